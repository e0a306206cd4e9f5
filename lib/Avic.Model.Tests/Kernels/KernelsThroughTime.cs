namespace Avic.Model.Tests;

public class KernelsThroughTime
{
    public static TheoryData<string> Names => [.. Linux.Known.Select(kernel => kernel.Name)];

    [Fact]
    public void History_is_in_order_and_ends_with_the_latest()
    {
        var versions = Linux.History.Select(kernel => Version.Parse(kernel.Name[1..].Replace('_', '.'))).ToList();
        Assert.Equal(versions.Order(), versions);
        Assert.Same(Linux.Latest, Linux.History[^1]);
    }

    [Fact]
    public void Each_kernel_but_the_hub_is_a_list_of_edits_of_its_neighbour() =>
        Assert.All(Linux.Known, kernel => Assert.Equal(kernel.Name == "V5_15", kernel.Edits.Count == 0));

    [Theory, MemberData(nameof(Names))]
    public void A_kernel_is_found_by_its_name_and_says_what_it_stands_for(string name)
    {
        Assert.Same(Linux.Known.Single(kernel => kernel.Name == name), Linux.Parse(name));
        Assert.True(Linux.Parse(name).StandsFor.Length > 10);
    }

    [Fact]
    public void A_row_that_a_newer_kernel_has_changed_says_since_when()
    {
        var versions = Versions.Since(Linux.V5_15).ToList();
        foreach (var (older, newer) in versions.Zip(versions.Skip(1)))
        {
            var had = older.Code.Routines.SelectMany(routine => routine.Rows).Select(row => (row.Text, row.Effect)).ToHashSet();
            foreach (var routine in newer.Code.Routines)
                foreach (var row in routine.Rows.Where(row => !had.Contains((row.Text, row.Effect))))
                    Assert.Contains("v" + newer.Name[1..].Replace('_', '.'), row.Source ?? routine.Source);
        }
    }

    [Fact]
    public void Functions_keep_their_identity_when_they_are_renamed()
    {
        foreach (var kernel in Linux.History)
        {
            Assert.Equal("kvm_request_apicv_update", kernel.Code["kvm_set_or_clear_apicv_inhibit"].Name);
            Assert.Equal("kvm_vcpu_update_apicv", kernel.Code["__kvm_vcpu_update_apicv"].Name);
            Assert.Equal("kvm_faultin_pfn", kernel.Code["try_async_pf"].Name);
            Assert.Equal("kvm_faultin_pfn", kernel.Code["kvm_mmu_faultin_pfn"].Name);
            Assert.Equal("direct_page_fault", kernel.Code["kvm_tdp_mmu_page_fault"].Name);
        }
    }

    [Fact]
    public void The_hub_has_the_states_that_are_in_the_readme() =>
        Assert.Equal((24_396L, 159_868L), (Scenario.Parse(Linux.V5_15, "2,1W32,+4").Explore().States, Scenario.Parse(Linux.V5_15, "2,1W32,+4-4").Explore().States));

    [Theory]
    [InlineData("V5_16")]
    [InlineData("V5_17")]
    [InlineData("V5_18")]
    [InlineData("V5_19")]
    [InlineData("V6_1")]
    [InlineData("V6_3")]
    [InlineData("V6_8")]
    [InlineData("V6_17")]
    [InlineData("V7_0")]
    public void Since_the_rework_one_vcpu_and_all_it_can_ask_for_break_nothing(string kernel) =>
        Assert.All(Scenario.Parse(Linux.Parse(kernel), "1,0W32I,+4-4").Check(Property.All), verdict => Assert.Equal(Outcome.Safe, verdict.Outcome));

    [Theory, MemberData(nameof(Names))]
    public void Every_row_of_every_kernel_can_be_taken_away(string name)
    {
        // One that is never disarmed goes on asking: its sequence numbers have no end within any budget.
        var effects = Scenario.Parse(Linux.Parse(name), "1,0I").Ablate([Property.NoDeadlock], new() { MaxStates = 20_000 }).Rows.Select(row => row.Cells[0].Effect).ToList();
        Assert.True(effects.Count > 50);
        Assert.InRange(effects.Count(effect => effect is AblationEffect.CannotRun or AblationEffect.Unknown), 0, 4);
    }

    [Fact]
    public void From_5_16_on_two_vcpus_follow_the_word_side_by_side()
    {
        var both = Property.Named("both-follow", "Two vCPUs hold the update lock.").Sometimes(Property.Is("two readers", x => x.Vm.ApicvUpdateLock.Readers == 3));
        Assert.Equal(Outcome.NeverReached, Scenario.Parse(Linux.V5_15, "2,+4").Check(both).Outcome);
        Assert.Equal(Outcome.Reached, Scenario.Parse(Linux.V5_16, "2,+4").Check(both).Outcome);
    }

    [Fact]
    public void From_6_8_on_a_fault_sees_an_invalidation_in_progress_before_it_takes_the_lock()
    {
        var seen = Property.Named("seen-in-progress", "A fault is retried for an invalidation in progress.").At("kvm_faultin_pfn.after_count")
            .Sometimes(Property.Is("it is retried", x => x.Marks.HasFlag(Mark.Retried)));
        Assert.Equal(Outcome.Reached, Scenario.Parse(Linux.V6_8, "2,1W32,+4").Check(seen).Outcome);
    }

    [Fact]
    public void In_7_0_the_bit_may_lag_behind_the_count_while_another_reason_is_set()
    {
        var (counted, window) = (Property.Is("a vCPU is counted", x => x.Vm.ApicvNrIrqWindowReq > 0), Property.Is("the bit is clear", x => (x.Vm.ApicvInhibitReasons & x.BitOf(Reason.IrqWindow)) == 0));
        var unlocked = Property.Is("nobody changes the word", x => x.Vm.ApicvUpdateLock.IsFree);
        var lags = Property.Named("bit-lags", "A vCPU is counted and the bit is clear, another one set.").Sometimes(counted, window, unlocked, Property.Is("another is set", x => x.Vm.ApicvInhibitReasons != 0));
        var alone = Property.Named("bit-decides", "Where the bit alone decides it is never behind the count.").Never(counted, window, unlocked, Property.Is("no other is set", x => x.Vm.ApicvInhibitReasons == 0));
        var verdicts = Scenario.Parse(Linux.V7_0, "1,0IW1,+4-4").Check([lags, alone]);
        Assert.Equal([Outcome.Reached, Outcome.Safe], verdicts.Select(verdict => verdict.Outcome));
    }
}
