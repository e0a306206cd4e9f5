namespace Avic.Model.Tests;

/// <summary>What guests and VMM bring about by APIC ids: entries that move until 5.18, an inhibit for good until 6.2, inhibits that come and go since.</summary>
public class InhibitsByIds
{
    private static string Reasons(Linux kernel, string programs)
    {
        HashSet<string> ends = [];
        var all = kernel.Reasons.Select(known => Property.Named(known.Reason.ToString(), "It is set at rest.").AtRest().Never(Property.Is("it is set", x => x.IsInhibitedFor(known.Reason)))).ToList();
        foreach (var verdict in Scenario.Parse(kernel, programs).Check(all))
        {
            if (verdict.Outcome == Outcome.Violated) ends.Add(verdict.Property.Name);
            Assert.NotEqual(Outcome.Unknown, verdict.Outcome);
        }
        return string.Join(' ', ends.Order());
    }

    [Theory]
    [InlineData("V5_15", "1,0w20=5000000.", "")]
    [InlineData("V5_18", "1,0w20=5000000.", "")]
    [InlineData("V5_19", "1,0w20=5000000.", "ApicIdModified")]
    [InlineData("V6_1", "1,0w20=5000000.", "ApicIdModified")]
    [InlineData("V6_3", "1,0w20=5000000.", "ApicIdModified")]
    [InlineData("V7_0", "1,0w20=5000000.", "ApicIdModified")]
    [InlineData("V5_19", "1,0w20=5000000.w20=0.", "ApicIdModified")]
    [InlineData("V6_3", "1,0w20=5000000.w20=0.", "")]
    [InlineData("V6_17", "1,0w20=5000000.w20=0.", "")]
    [InlineData("V6_1", "2,0wd0=2000000.", "")]
    [InlineData("V6_3", "2,0wd0=2000000.", "LogicalIdAliased")]
    [InlineData("V6_3", "2,0wd0=2000000.wd0=1000000.", "")]
    [InlineData("V6_3", "2,0wd0=4000000.", "")]
    [InlineData("V6_3", "1,0wd0=3000000.", "LogicalIdAliased")]
    [InlineData("V6_3", "2,0we0=fffffff.", "LogicalIdAliased")]
    [InlineData("V6_3", "1,0we0=fffffff.", "")]
    [InlineData("V6_1", "2,1w20=0.", "ApicIdModified")]
    [InlineData("V6_3", "2,1w20=0.", "ApicIdModified LogicalIdAliased PhysicalIdAliased")]
    public void An_id_that_the_guest_writes_inhibits_as_the_version_has_it(string kernel, string programs, string reasons) => Assert.Equal(reasons, Reasons(Linux.Parse(kernel), programs));

    // Of two modes there is one map at most.
    [Theory]
    [InlineData("V6_1", "2x,0m1b=fee00100.m1b=fee00900.", "")]
    [InlineData("V6_3", "2x,0m1b=fee00100.", "")]
    [InlineData("V6_3", "2x,0m1b=fee00100.m1b=fee00900.", "LogicalIdAliased")]
    [InlineData("V6_3", "2x,0m1b=fee00100.m1b=fee00900.m1b=fee00d00.", "")]
    public void A_vcpu_that_leaves_x2apic_mode_inhibits_as_the_version_has_it(string kernel, string programs, string reasons) => Assert.Equal(reasons, Reasons(Linux.Parse(kernel), programs));

    // Until 6.0 the id that was there before is looked at.
    [Theory]
    [InlineData("V5_18", "1,L0:20=5000000.", "")]
    [InlineData("V5_19", "1,L0:20=5000000.", "")]
    [InlineData("V5_19", "1,L0:20=5000000.l0", "ApicIdModified")]
    [InlineData("V6_1", "1,L0:20=5000000.", "ApicIdModified")]
    [InlineData("V6_1", "1,L0:20=5000000.L0:", "ApicIdModified")]
    [InlineData("V6_3", "1,L0:20=5000000.", "ApicIdModified")]
    [InlineData("V6_3", "1,L0:20=5000000.L0:", "")]
    [InlineData("V6_3", "2,L0:d0=2000000.", "LogicalIdAliased")]
    public void An_id_that_the_vmm_sets_inhibits_as_the_version_has_it(string kernel, string programs, string reasons) => Assert.Equal(reasons, Reasons(Linux.Parse(kernel), programs));

    [Theory]
    [InlineData("V5_19", "1,0w20=5000000.W32,+4-4")]
    [InlineData("V6_1", "1,0w20=1000000.w20=0.R0,+4")]
    [InlineData("V6_3", "1,0w20=5000000.w20=0.W32,+4-4")]
    [InlineData("V6_17", "1,0wd0=3000000.wd0=1000000.W32,+4")]
    [InlineData("V7_0", "1,0w20=5000000.W32,+4L0:")]
    public void Everything_that_must_hold_holds(string kernel, string programs)
    {
        foreach (var verdict in Scenario.Parse(Linux.Parse(kernel), programs).Check([.. Property.All, Property.LoadCheckNeverFires]))
            Assert.True(verdict.Outcome == Outcome.Safe, verdict.ToText());
    }

    private static readonly Property WordIsZeroInBetween = Property.Named("word-is-zero-in-between", "While the map is made the word is zero, and an id is not its vCPU's number.")
        .At("__kvm_request_apicv_update.store")
        .Sometimes(Property.Is("the word is zero, and ids have no AVIC", x => x.Vm.ApicvInhibitReasons == 0 && x.Vm.ApicMapLock.IsHeldBy(x.Actor) && x.ApicPageOf(0).PhysicalId != 0));

    // Three reasons, three times the lock: the alias is lifted before the mismatch is set. The other way round there is always one of them.
    [Theory]
    [InlineData("V6_3", "2,L0:d0=2000000.L0:20=5000000.", true)]
    [InlineData("V7_0", "2,L0:d0=2000000.L0:20=5000000.", true)]
    [InlineData("V6_3", "2,L0:20=5000000.L0:d0=2000000.", false)]
    public void From_an_alias_to_a_mismatch_the_word_passes_through_zero(string kernel, string programs, bool expected) =>
        Assert.Equal(expected, Scenario.Parse(Linux.Parse(kernel), programs).Check(WordIsZeroInBetween).Counterexample is not null);

    [Fact]
    public void An_ldr_written_again_after_dfr_stays_without_an_entry_in_6_17_too() =>
        Assert.Equal(Outcome.Violated, Scenario.Parse(Linux.V6_17, "1,0we0=fffffff.we0=ffffffff.wd0=1000000.").Check(Property.LogicalTableIsKept).Outcome);

    [Fact]
    public void The_reference_explorer_agrees()
    {
        var scenario = Scenario.Parse(Linux.V6_3, "1,0w20=5000000.w20=0.,+4");
        Assert.Equal(new ReferenceExplorer(scenario.Model, []).Seen.Count, scenario.Explore().States);
    }
}
