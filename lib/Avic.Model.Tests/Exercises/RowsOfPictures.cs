namespace Avic.Model.Tests;

/// <summary>Rows read off a picture.</summary>
public class RowsOfPictures
{
    private static readonly Trace Run = Scenario.Parse(Linux.V5_15, "2,0W32,+4-4").Check(Property.AvicComesBack).Counterexample!;

    private static Exercise<int[]> Enters => Exercise.Rows(Run, "vCPU 0 enters its guest", ("core0.in_guest", 1));

    [Fact]
    public void All_rows_in_any_order_are_right()
    {
        var right = Enters.Check(() => [72, 33, 33]);
        Assert.Equal((true, "Each time that vCPU 0 enters its guest is there: row 33, svm_vcpu_run.vmrun, row 72, svm_vcpu_run.vmrun."), (right.IsRight, right.Reason));
        Assert.Same(Run, Enters.Shown);
    }

    [Fact]
    public void A_row_beside_it_hears_how_far_it_is()
    {
        var wrong = Enters.Check(() => [33, 70]);
        Assert.Equal("Row 70, vcpu0's svm_vcpu_run.warn, is not where vCPU 0 enters its guest. 1 of 2 rows found.", wrong.Reason);
        Assert.Equal("The nearest that is lies 2 rows from it.", wrong.Hint);
    }

    [Fact]
    public void Every_row_at_once_is_no_answer() => Assert.StartsWith("Row 1, vmm0's kvm_request_apicv_update.lock, is not where", Enters.Check(() => [.. Enumerable.Range(1, 74)]).Reason);

    [Fact]
    public void None_too_few_and_such_as_the_run_has_not_are_told()
    {
        Assert.Equal("No row is given, and there are 2.", Enters.Check(() => []).Reason);
        Assert.Equal("That is not every time that vCPU 0 enters its guest. 1 of 2 rows found.", Enters.Check(() => [72]).Reason);
        Assert.Equal("The run has rows 1 to 74, and no row -5.", Enters.Check(() => [-5]).Reason);
        Assert.Equal("The run has rows 1 to 74, and no row 75.", Enters.Check(() => [33, 72, 75]).Reason);
    }

    [Fact]
    public void Fields_are_looked_at_together_and_only_where_it_begins()
    {
        var apart = Exercise.Rows(Run, "word and VMCB come apart", ("apicv_inhibit_reasons", 0), ("vcpu0.int_ctl.avic_enable", 0));
        Assert.True(apart.Check(() => [48]).IsRight);
        Assert.Equal("The nearest that is lies 1 row from it; here it is so already.", apart.Check(() => [49]).Hint);
    }

    [Fact]
    public void A_question_without_an_answer_is_refused()
    {
        Assert.Equal("In no row of this run vCPU 1 enters its guest.", Assert.Throws<ModelException>(() => Exercise.Rows(Run, "vCPU 1 enters its guest", ("core1.in_guest", 1))).Message);
        Assert.StartsWith("The state has no field 'core0.in_gues'.", Assert.Throws<ModelException>(() => Exercise.Rows(Run, "", ("core0.in_gues", 1))).Message);
    }
}
