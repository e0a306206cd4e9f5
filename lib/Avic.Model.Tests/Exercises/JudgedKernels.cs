namespace Avic.Model.Tests;

/// <summary>Kernels without a lock, and kernels sorted by what they keep.</summary>
public class JudgedKernels
{
    private static readonly Scenario Whole = Scenario.Parse(Linux.V5_15, "1,0W32,+4-4");
    private static readonly string[] Locks = ["kvm_request_apicv_update.lock", "kvm_vcpu_update_apicv.lock", "direct_page_fault.lock", "kvm_zap_gfn_range.lock"];

    private static Exercise<string> Missing(int number) => Exercise.MissingLock(Whole, Property.ApicAccessIsNeverLost, number, Locks);

    [Theory]
    [InlineData(9, "kvm_zap_gfn_range.lock", 54)]
    [InlineData(6, "kvm_request_apicv_update.lock", 47)]
    [InlineData(2, "direct_page_fault.lock", 54)]
    [InlineData(4, "kvm_vcpu_update_apicv.lock", 47)]
    public void Only_the_missing_lock_mends_the_kernel(int number, string missing, int rows)
    {
        var exercise = Missing(number);
        Assert.Equal(rows, exercise.Shown!.Steps.Count);
        Assert.Equal([missing], Locks.Where(row => exercise.Check(() => row).IsRight));
        Assert.Equal($"With {missing} back, apic-access-is-never-lost is kept in all of 2839 states; without it, it is broken in {rows} rows.", exercise.Check(() => missing).Reason);
    }

    [Fact]
    public void What_is_shown_does_not_name_the_lock() => Assert.EndsWith("V5_15 without a lock (9)", Missing(9).Shown!.Title);

    [Fact]
    public void A_lock_that_is_there_is_shown_where_it_is_taken()
    {
        var wrong = Missing(6).Check(() => "kvm_vcpu_update_apicv.lock");
        Assert.Equal("kvm_vcpu_update_apicv.lock is there: putting it back changes nothing, and apic-access-is-never-lost is still broken in 47 rows.", wrong.Reason);
        Assert.StartsWith("In the run, row 28 takes it: apicv_update_lock.owner: 0 → 1.", wrong.Hint);
        Assert.StartsWith("The run does not even come by that row.", Missing(6).Check(() => "kvm_zap_gfn_range.lock").Hint);
        Assert.StartsWith("'mutex' is none of the rows in question: ", Missing(6).Check(() => "mutex").Reason);
    }

    [Fact]
    public void A_row_that_nobody_misses_is_passed_over()
    {
        Assert.True(Exercise.MissingLock(Whole, Property.ApicAccessIsNeverLost, 0, "kvm_faultin_pfn.slot", "kvm_zap_gfn_range.lock").Check(() => "kvm_zap_gfn_range.lock").IsRight);
        Assert.StartsWith("apic-access-is-never-lost is kept without any of kvm_faultin_pfn.slot:", Assert.Throws<ModelException>(() => Exercise.MissingLock(Whole, Property.ApicAccessIsNeverLost, 0, "kvm_faultin_pfn.slot")).Message);
        Assert.StartsWith("apic-access-is-never-lost is kept without any of :", Assert.Throws<ModelException>(() => Exercise.MissingLock(Whole, Property.ApicAccessIsNeverLost, -1)).Message);
        Assert.Equal("'lock' is no row: write function.label.", Assert.Throws<ModelException>(() => Exercise.MissingLock(Whole, Property.ApicAccessIsNeverLost, 1, "lock")).Message);
    }

    private static readonly Exercise<Linux[]> X2 = Exercise.Which(Scenario.Parse(Linux.V6_8, "1x,0m808=20."), Property.AccessIsAccelerated, Linux.V5_15, Linux.V5_19, Linux.V6_1, Linux.V6_8);

    [Fact]
    public void Kernels_are_sorted_by_what_they_reach()
    {
        Assert.Equal("access-is-accelerated is reached on V6_1, V6_8, and on no other.", X2.Check(() => [Linux.V6_8, Linux.V6_1]).Require().Reason);
        var (all, none) = (X2.Check(() => [Linux.V5_15, Linux.V5_19, Linux.V6_1, Linux.V6_8]), X2.Check(() => []));
        Assert.Equal(("V5_15 is none of them: access-is-accelerated is not reached in any of 24 states.", "2 of 4 kernels are sorted as they are."), (all.Reason, all.Hint));
        Assert.Equal(("V6_1 is one of them: access-is-accelerated is reached in 10 rows.", 10), (none.Reason, none.Trace!.Steps.Count));
    }

    [Fact]
    public void And_by_what_they_keep()
    {
        var reach = Exercise.Which(Scenario.Parse(Linux.V6_8, "1x,0m1b=fee00100.m808=20."), Property.HostApicIsOutOfReach, Linux.V5_19, Linux.V6_1, Linux.V6_3, Linux.V6_8);
        Assert.Equal("host-apic-is-out-of-reach is kept on V5_19, V6_8, and on no other.", reach.Check(() => [Linux.V5_19, Linux.V6_8]).Require().Reason);
        Assert.Equal("V6_1 is none of them: host-apic-is-out-of-reach is broken in 34 rows.", reach.Check(() => [Linux.V5_19, Linux.V6_1, Linux.V6_8]).Reason);
        Assert.StartsWith("V5_19 is one of them: host-apic-is-out-of-reach is not broken in any of ", reach.Check(() => [Linux.V6_8]).Reason);
    }

    [Fact]
    public void Kernels_that_were_not_asked_about_and_null_are_told()
    {
        Assert.StartsWith("V7_0 is none of the kernels in question: V5_15, ", X2.Check(() => [Linux.V6_1, Linux.V6_8, Linux.V7_0]).Reason);
        Assert.Equal("One of the kernels is null.", X2.Check(() => [null!]).Reason);
    }
}
