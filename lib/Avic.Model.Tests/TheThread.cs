using Avic.Model;

namespace Avic.Model.Tests;

/// <summary>What the thread of October 2021 comes to.</summary>
public class TheThread
{
    private static Scenario Race(Linux kernel) => Scenario.On(kernel, vcpus: 2)
        .Guest(1, g => g.Write(Apic.Tpr, 0x20))
        .Host(h => h.SetInhibit(Reason.PitReinject).ClearInhibit(Reason.PitReinject).SetInhibit(Reason.PitReinject));

    [Fact]
    public void The_vm_wide_status_loses_no_access() =>
        Assert.Equal((Outcome.Safe, 639_197L), (Race(Linux.V5_15).Check(Property.ApicAccessIsNeverLost) is var v ? v.Outcome : default, v.Exploration.States));

    [Fact]
    public void The_vcpus_own_status_loses_an_access_in_56_rows()
    {
        var verdict = Race(Linux.VcpuStatus).Check(Property.ApicAccessIsNeverLost);
        Assert.Equal(56, verdict.Counterexample!.Steps.Count);
        Assert.Equal((uint)Mark.Lost, verdict.Counterexample.Steps[^1].Marks);
    }

    [Fact]
    public void One_inhibit_is_enough_for_the_loss() =>
        Assert.Equal(56, Scenario.Parse(Linux.VcpuStatus, "2,1W32,+4").Check(Property.ApicAccessIsNeverLost).Counterexample!.Steps.Count);

    [Fact]
    public void Retry_while_pending_mends_it() =>
        Assert.Equal(Outcome.Safe, Race(Linux.RetryIfPending).Check(Property.ApicAccessIsNeverLost).Outcome);

    [Fact]
    public void Word_before_kick_fires_the_entry_check_falsely_and_loses_nothing_while_inhibiting()
    {
        var one = Scenario.Parse(Linux.WordBeforeKick, "2,1W32,+4");
        Assert.Equal((10, Outcome.Safe), (one.Check(Property.EntryCheckNeverFires).Counterexample!.Steps.Count, one.Check(Property.ApicAccessIsNeverLost).Outcome));
    }

    [Fact]
    public void Word_before_kick_loses_an_access_when_the_inhibit_is_lifted() =>
        Assert.Equal(59, Scenario.Parse(Linux.WordBeforeKick, "2,1W32,+4-4").Check(Property.ApicAccessIsNeverLost).Counterexample!.Steps.Count);

    [Fact]
    public void Before_the_rework_lifting_an_inhibit_loses_an_access() =>
        Assert.Equal(104, Scenario.Parse(Linux.V5_14, "2,1W32,+4-4").Check(Property.ApicAccessIsNeverLost).Counterexample!.Steps.Count);

    [Theory]
    [InlineData("2t,1W32,+4-4")]
    [InlineData("1t,0W32W33,+4-4+4")]
    public void Host_ticks_break_neither_the_merged_kernel_nor_the_sketch(string programs)
    {
        foreach (var kernel in new[] { Linux.V5_15, Linux.RetryIfPending })
            Assert.All(Scenario.Parse(kernel, programs).Check(Property.All), verdict => Assert.Equal(Outcome.Safe, verdict.Outcome));
    }

    [Fact]
    public void Two_irq_windows_share_one_bit_and_one_is_left_waiting()
    {
        var verdicts = Scenario.Parse(Linux.V5_15, "2,0I,1I").Check([Property.WindowCheckNeverFires, Property.NoDeadlock]);
        Assert.All(verdicts, verdict => Assert.Equal(Outcome.Violated, verdict.Outcome));
    }

    [Theory]
    [InlineData("no-entry-under-lock", Standing.HoldsOnlyIf)]
    [InlineData("new-word-unseen-under-lock", Standing.HoldsOnlyIf)]
    [InlineData("word-is-not-guarded", Standing.Holds)]
    [InlineData("mmio-cache-goes-bad", Standing.Fails)]
    [InlineData("sequence-makes-either-order-safe", Standing.Holds)]
    [InlineData("sequence-is-needed", Standing.Holds)]
    [InlineData("vcpu-status-is-fine", Standing.HoldsOnlyIf)]
    [InlineData("vcpu-status-is-wrong", Standing.Holds)]
    [InlineData("vm-status-is-fine", Standing.Holds)]
    [InlineData("uninhibit-at-worst-emulates", Standing.Holds)]
    [InlineData("uninhibit-does-emulate", Standing.Holds)]
    [InlineData("order-matters-to-request-consumers-only", Standing.Fails)]
    [InlineData("order-is-a-matter-of-a-warning", Standing.HoldsOnlyIf)]
    [InlineData("retry-while-pending-is-fine", Standing.Holds)]
    public void Each_claim_comes_to(string id, Standing standing) =>
        Assert.Equal(standing, Claim.Thread.Single(claim => claim.Id == id).Judge().Standing);

    [Fact]
    public void Every_claim_of_the_thread_is_tested() => Assert.Equal(14, Claim.Thread.Count);

    [Fact]
    public void Every_surviving_ablation_has_a_reason_and_every_reason_a_survivor()
    {
        var matrix = Scenario.Parse(Linux.V5_15, "1,0W32W33I,+4-4").Ablate([.. Property.All, .. Property.Goals]);
        Assert.Equal(AblationMatrix.Reasons.Keys.Order(), matrix.Survivors.Select(row => row.Edit).Order());
    }

    [Theory]
    [InlineData("kvm_zap_gfn_range.-seq")]
    [InlineData("kvm_zap_gfn_range.-lock")]
    [InlineData("kvm_faultin_pfn.-activated")]
    [InlineData("direct_page_fault.seq<>faultin")]
    public void A_load_bearing_row_is_found(string edit) =>
        Assert.Equal(Outcome.Violated, Scenario.Parse(Linux.V5_15.Edited(edit), "1,0W32W33I,+4-4").Check(Property.ApicAccessIsNeverLost).Outcome);
}
