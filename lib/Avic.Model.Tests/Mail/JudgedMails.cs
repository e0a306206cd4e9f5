namespace Avic.Model.Tests;

public class JudgedMails
{
    // Judged once: the largest of the fixtures.
    private static readonly Lazy<MailJudgement> LateFault = new(() => MailFacts.Only("late-fault").Judge(Linux.V5_15));
    private static readonly Lazy<MailJudgement> LateFaultWithOwnStatus = new(() => MailFacts.Only("late-fault").Judge(Linux.VcpuStatus));

    [Fact]
    public void The_algorithm_as_its_author_numbers_it_is_feasible_on_the_kernel_that_has_it()
    {
        var judgement = MailFacts.Only("algorithm").Judge(Linux.V5_15);
        Assert.Equal((MailOutcome.Feasible, 9, 0), (judgement.Outcome, judgement.Alignment.Count, judgement.LeftOut.Count));
    }

    [Fact]
    public void A_late_fault_cannot_find_its_vcpu_still_active_on_any_kernel()
    {
        foreach (var judgement in new[] { LateFault.Value, LateFaultWithOwnStatus.Value })
        {
            Assert.Equal((MailOutcome.Infeasible, 28), (judgement.Outcome, judgement.FailsAt!.Number));
            Assert.Equal("vCPU1's AVIC is still active", judgement.FailsAt.Text);
            Assert.Equal(127, judgement.AsFarAs!.Steps.Count);
        }
    }

    [Fact]
    public void Its_nearest_reading_leaves_out_one_line_and_loses_the_access_with_the_vcpus_own_status()
    {
        var judgement = LateFaultWithOwnStatus.Value;
        Assert.True(judgement.ReachesBoom);
        var left = Assert.Single(judgement.LeftOut);
        Assert.Equal((8, "it comes at row 23 instead, after line 11, before line 12"), (left.Line.Number, left.Instead));
        Assert.Equal(134, judgement.Schedule!.Steps.Count);
        Assert.Contains("***boom***", judgement.ToText());
    }

    [Fact]
    public void With_the_vm_wide_status_no_reading_loses_it()
    {
        var judgement = LateFault.Value;
        Assert.Equal(Outcome.Safe, judgement.Boom!.Outcome);
        Assert.False(judgement.ReachesBoom);
        Assert.Equal([8, 28, 34, 35], judgement.LeftOut.Select(left => left.Line.Number));
        Assert.True(judgement.LeftOut[^1].Impossible);
    }

    [Fact]
    public void A_fault_before_the_first_kick_makes_it_feasible_as_drawn()
    {
        var judgement = MailFacts.Only("early-fault").Judge(Linux.VcpuStatus);
        Assert.Equal((MailOutcome.Feasible, 105, true), (judgement.Outcome, judgement.Schedule!.Steps.Count, judgement.ReachesBoom));
        Assert.Equal(judgement.Judged, judgement.Alignment.Count);
        Assert.Equal(judgement.Alignment.Select(kept => kept.Row).Order(), judgement.Alignment.Select(kept => kept.Row));
        Assert.Equal(MailOutcome.Infeasible, MailFacts.Only("early-fault").Judge(Linux.V5_15).Outcome);
    }

    [Fact]
    public void A_reader_may_give_the_programs_that_the_drawing_leaves_out()
    {
        var judgement = MailFacts.Only("early-fault").Running("2,1W32W33,+4-4+4").Judge(Linux.VcpuStatus);
        Assert.Equal("2,1W32W33,+4-4+4", judgement.Scenario!.Programs.ToString());
        Assert.Equal(MailOutcome.Feasible, judgement.Outcome);
    }

    [Fact]
    public void Programs_that_do_not_fit_the_columns_are_refused_not_replaced_by_a_guess() =>
        Assert.Contains("do not fit the diagram", Assert.Throws<ModelException>(() => MailFacts.Only("early-fault").Running("1,0W32,+4").Judge(Linux.V5_15)).Message);

    [Fact]
    public void After_the_word_is_stored_its_test_reads_true_and_false_is_infeasible_there()
    {
        var drawn = MailFacts.Only("reenable");
        Assert.Equal(10, drawn.Judge(Linux.V5_15).FailsAt!.Number);
        var corrected = drawn.Corrected!.Judge(Linux.V5_15);
        Assert.Equal(14, corrected.FailsAt!.Number);
        // Lifting an inhibit zaps nothing, and with the slot in place nothing is cached.
        Assert.Equal([14, 15, 16], corrected.LeftOut.Select(left => left.Line.Number));
        Assert.Equal(15, drawn.Corrected!.Judge(Linux.VcpuStatus).FailsAt!.Number);
    }

    [Fact]
    public void A_request_is_not_served_while_the_requester_holds_the_lock()
    {
        var judgement = MailFacts.Only("service").Judge(Linux.V5_15);
        Assert.Equal(6, judgement.FailsAt!.Number);
        Assert.Equal("it comes at row 20 instead, after line 8, before line 9", Assert.Single(judgement.LeftOut).Instead);
    }

    [Fact]
    public void A_vcpu_that_stands_still_in_the_guest_holds_the_requester_up()
    {
        var judgement = MailDiagram.Parse("vCPU0    vCPU1\n=====    =====\n         VMRUN\n         stuck\ndisable AVIC\n")[0].Judge(Linux.V5_15);
        Assert.Equal(5, judgement.FailsAt!.Number);
        Assert.Single(judgement.LeftOut);
    }

    [Fact]
    public void A_pause_may_begin_some_rows_after_the_line_above_it()
    {
        // Right after the #NPF the core has interrupts off, and the kick would never be acknowledged.
        var judgement = MailDiagram.Parse("vCPU0    vCPU1\n=====    =====\n         #NPF\n         stuck\ndisable AVIC\n")[0].Judge(Linux.V5_15);
        Assert.Equal(MailOutcome.Feasible, judgement.Outcome);
    }

    [Fact]
    public void A_paused_vcpu_serves_nothing()
    {
        var judgement = MailDiagram.Parse("vCPU0    vCPU1\n=====    =====\n         #NPF\n         stuck\ndisable AVIC\nvCPU1 AVIC is disabled\n")[0].Judge(Linux.V5_15);
        Assert.Equal(6, judgement.FailsAt!.Number);
        Assert.Equal(6, Assert.Single(judgement.LeftOut).Line.Number); // the pause would do as well, with more rows
    }

    [Fact]
    public void Lines_side_by_side_have_no_order()
    {
        const string mail = "vCPU0           vCPU1\n=====           =====\nVMRUN           VMRUN\ndisable AVIC    #VMEXIT(INTR)\n";
        Assert.Equal(MailOutcome.Feasible, MailDiagram.Parse(mail)[0].Judge(Linux.V5_15).Outcome);
    }

    [Fact]
    public void A_budget_says_unknown()
    {
        var judgement = MailFacts.Only("late-fault").Judge(Linux.V5_15, new() { MaxStates = 1000 });
        Assert.Equal(MailOutcome.Unknown, judgement.Outcome);
        Assert.Contains("state budget 1000 reached", judgement.ToText());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void The_verdict_does_not_depend_on_the_workers(int threads) =>
        Assert.Equal(MailFacts.Only("service").Judge(Linux.V5_15).ToText(), MailFacts.Only("service").Judge(Linux.V5_15, new() { Threads = threads, MaxStates = 3_000_000 }).ToText());

    [Fact]
    public void Five_vcpus_get_a_clear_error() =>
        Assert.Contains("5 vCPUs", Assert.Throws<ModelException>(() => MailDiagram.Parse("cpu0   cpu1   cpu2   cpu3   cpu4\nVMRUN\n")[0].Judge(Linux.V5_15)).Message);

    [Fact]
    public void Our_own_block_of_the_boom_is_feasible_on_the_kernel_that_made_it_alone()
    {
        var block = MailFacts.Boom().Mail();
        var judgement = MailDiagram.Parse(block)[0].Judge(Linux.VcpuStatus);
        Assert.Equal((MailOutcome.Feasible, block), (judgement.Outcome, judgement.Schedule!.Mail()));
        Assert.Equal(MailOutcome.Infeasible, MailDiagram.Parse(block)[0].Judge(Linux.V5_15).Outcome);
    }

    [Fact]
    public void Blocks_of_random_runs_are_feasible_on_the_kernel_that_made_them()
    {
        var scenario = MailFacts.Race(Linux.V5_15).Vcpu(0, v => v.IrqWindow());
        for (var seed = 0; seed < 12; seed++)
        {
            var block = scenario.Run(Schedule.Seed(seed), 60).Mail();
            var diagram = Assert.Single(MailDiagram.Parse(block));
            Assert.Empty(diagram.Unmapped);
            Assert.Equal((seed, MailOutcome.Feasible), (seed, diagram.Judge(Linux.V5_15).Outcome));
        }
    }

    [Fact]
    public void A_report_answers_a_whole_mail()
    {
        var report = MailReport.Of(MailFacts.Fixture("reenable"), [Linux.V5_15]);
        Assert.Contains("DIAGRAM 1 of 1, lines 5 to 16: vCPU0 | vCPU1", report);
        Assert.Contains("On V5_15, as corrected by the reply:\nINFEASIBLE as drawn, at line 14", report);
        Assert.Contains("lines 24 to 26: a list in prose, 3 items", report);
        Assert.Contains("No diagram found", MailReport.Of("Hello.", [Linux.V5_15]));
        Assert.Contains("NOT UNDERSTOOD: lines 7", MailReport.Of(MailFacts.Fixture("service"), [Linux.V5_15]));
    }
}
