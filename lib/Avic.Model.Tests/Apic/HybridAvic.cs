namespace Avic.Model.Tests;

/// <summary>A guest in x2APIC mode on a processor that has AVIC and not x2AVIC: since 6.0 AVIC stays on, and its MSRs are KVM's.</summary>
public class HybridAvic
{
    [Theory]
    [InlineData("V5_15")]
    [InlineData("V5_19")]
    public void Until_5_19_it_makes_no_difference(string kernel)
    {
        var scenario = Scenario.Parse(Linux.Parse(kernel), "2x,0m830=100004031.m808=20.,1h");
        Assert.Equal(Explorer.Explore(scenario.Model).States, Explorer.Explore(scenario.On(Hardware.WithoutX2Avic).Model).States);
    }

    [Theory]
    [MemberData(nameof(Since6_0))]
    public void Avic_is_on_and_msrs_are_intercepted(string kernel)
    {
        var end = new Drive(On(kernel, "2x")).Run().Machine;
        Assert.Equal((0u, true, false, MsrPermissions.Intercepted), (end.Vm.ApicvInhibitReasons, end.Vmcb[1].AvicEnable, end.Vmcb[1].X2AvicEnable, end.Vmcb[1].MsrPermissions));
        Assert.Equal(255, end.Vmcb[1].AvicMaxIndex);
    }

    [Theory]
    [MemberData(nameof(Since6_0))]
    public void Whoever_comes_back_to_x2apic_mode_has_avic_on_without_x2avic(string kernel)
    {
        var end = new Drive(On(kernel, "1x,0m1b=fee00100.m1b=fee00900.m1b=fee00d00.m830=4031.")).Run().Machine;
        Assert.Equal((ApicMode.X2Apic, 0, true, true, false), (end.Msrs[0].Mode, end.Memory[0].GeneralProtections, end.Vcpu[0].ApicvActive, end.Vmcb[0].AvicEnable, end.Vmcb[0].X2AvicEnable));
    }

    [Theory]
    [MemberData(nameof(Sent))]
    public void An_ipi_reaches_whom_it_names(string kernel, uint low, uint to, int[] expected)
    {
        foreach (var others in (string[])["", ",1h,2h"])
        {
            var run = new Drive(On(kernel, $"3x,0m830={(ulong)to << 32 | low:x}.{others}")).Run();
            Assert.Equal(expected, Enumerable.Range(0, 3).Select(vcpu => run.Handled(vcpu)));
        }
    }

    // Neither does the core send it nor does the target leave its guest.
    [Theory]
    [MemberData(nameof(Since6_0))]
    public void An_ipi_is_sent_by_kvm_and_told_by_a_doorbell(string kernel)
    {
        var scenario = On(kernel, "2x,0m830=100004031.");
        Assert.Equal(Outcome.Reached, scenario.Check(Property.Taken("core.doorbell")).Outcome);
        foreach (var never in (string[])["avic_incomplete_ipi_interception.id", "kvm_vcpu_kick.ipi"])
            Assert.Equal(Outcome.NeverReached, scenario.Check(Property.Taken(never)).Outcome);
    }

    [Theory]
    [MemberData(nameof(Checked))]
    public void Every_property_holds_in_every_interleaving(string kernel, string programs)
    {
        // Until 6.2 KVM remembers a vector that the core has ended: exhibit 41.
        Property[] ofIsr = kernel == "V6_1" && programs.Contains("+4-4", StringComparison.Ordinal) ? [] : [Property.PriorityIsKept];
        Property[] asked = [.. Property.All, Property.InterruptIsNotStranded, Property.HostApicIsOutOfReach, Property.MemslotsReadUnderSrcu, .. ofIsr];
        Assert.All(On(kernel, programs).Check(asked), verdict => Assert.True(verdict.Outcome == Outcome.Safe, verdict.ToText()));
    }

    // INIT makes the VMCB anew, in the mode the APIC is in.
    [Theory]
    [MemberData(nameof(Since6_0))]
    public void Init_does_not_turn_on_what_hardware_has_not(string kernel)
    {
        var never = Property.Named("no-x2avic", "x2AVIC is off and its MSRs are intercepted.").Always(Property.Is("both are so", x => !x.VmcbOf(1).X2AvicEnable && x.VmcbOf(1).MsrPermissions == MsrPermissions.Intercepted));
        foreach (var verdict in On(kernel, "2x,0m830=100004500.").Check([never, Property.Taken("kvm_vcpu_reset.avic")]))
            Assert.True(verdict.Outcome is Outcome.Safe or Outcome.Reached, verdict.ToText());
    }

    // While AVIC is on it takes V_TPR for TPR, and so does the next exit; d02e48830e3f loads it at every entry.
    [Theory]
    [InlineData("V6_1", Outcome.Violated)]
    [InlineData("V6_8", Outcome.Violated)]
    [InlineData("V6_17", Outcome.Safe)]
    public void A_tpr_that_is_written_by_msr_is_lost_until_6_16(string kernel, Outcome outcome) =>
        Assert.Equal(outcome, On(kernel, "1x,0m808=20.").Check(Property.TprIsCr8).Outcome);

    [Theory]
    [InlineData("V6_1", true)]
    [InlineData("V6_3", false)]
    [InlineData("V7_0", false)]
    public void A_read_in_memory_is_answered_by_the_page_until_6_2(string kernel, bool isAnswered)
    {
        var end = new Drive(On(kernel, "2x,1r20.")).Run().Machine;
        Assert.Equal((isAnswered ? 1u : uint.MaxValue, isAnswered ? Slot.Present : Slot.Inhibited), ((uint)end.Vmcb[1].Rax, end.Vm.ApicAccessMemslot));
    }

    // The page is the whole VM's, and so is its loss.
    [Theory]
    [InlineData("V6_1", Outcome.Reached, Outcome.NeverReached)]
    [InlineData("V6_3", Outcome.NeverReached, Outcome.Reached)]
    public void Whoever_goes_back_to_xapic_mode_has_no_page_any_more(string kernel, Outcome accelerated, Outcome emulated)
    {
        var scenario = On(kernel, "1x,0m1b=fee00100.m1b=fee00900.W32");
        Assert.Equal((accelerated, emulated), (scenario.Check(Property.AccessIsAccelerated).Outcome, scenario.Check(Property.AccessIsEmulated).Outcome));
    }

    [Fact]
    public void Who_deletes_the_slot_and_holds_srcu_waits_for_itself() =>
        Assert.Equal(Outcome.Violated, On("V6_3~kvm_inhibit_apic_access_page.-srcu_unlock", "1x").Check(Property.NoDeadlock).Outcome);

    // Two vCPUs delete it at once, and each waits until the other has left its SRCU section.
    [Theory]
    [InlineData("V6_3")]
    [InlineData("V7_0")]
    public void The_slot_is_deleted_once_and_for_good(string kernel)
    {
        Property[] asked =
        [
            .. Property.All,
            Property.Named("deleted-once", "A slot that is gone is not deleted again.").At("kvm_inhibit_apic_access_page.invalid").Whenever(Property.Is("a vCPU deletes it", _ => true))
                .Never(Property.Is("the lock is another's", x => !x.Vm.SlotsLock.IsHeldBy(x.Actor))),
            Property.Named("gone-at-rest", "When nothing is bound to happen the slot is gone.").AtRest().Never(Property.Is("it is there", x => x.Vm.ApicAccessMemslot != Slot.Inhibited)),
        ];
        Assert.All(On(kernel, "2x,0r20.,1r20.,+4-4").Check(asked), verdict => Assert.True(verdict.Outcome == Outcome.Safe, verdict.ToText()));
    }

    [Fact]
    public void With_x2avic_the_page_stays()
    {
        var run = new Drive(Scenario.Parse(Linux.V6_3, "1x,0m808=20.")).Run();
        Assert.Equal(Slot.Present, run.Machine.Vm.ApicAccessMemslot);
    }

    // vcpu_block() holds no SRCU.
    [Fact]
    public void Who_deletes_a_memslot_does_not_wait_for_a_vcpu_that_sleeps() =>
        Assert.Equal(Outcome.Safe, Scenario.Parse(Linux.V5_14, "1,0h,+4").Check(Property.NoDeadlock).Outcome);

    public static TheoryData<string> Since6_0 => ["V6_1", "V6_3", "V6_8", "V6_17", "V7_0"];

    public static TheoryData<string, uint, uint, int[]> Sent
    {
        get
        {
            TheoryData<string, uint, uint, int[]> sent = [];
            foreach (var kernel in (string[])["V6_1", "V6_3", "V6_17", "V7_0"])
                foreach (var row in X2Ipis.Sent)
                    sent.Add(kernel, (uint)row[0] | 1 << 14, (uint)row[1], (int[])row[2]);
            return sent;
        }
    }

    public static TheoryData<string, string> Checked
    {
        get
        {
            TheoryData<string, string> data = [];
            foreach (var kernel in (string[])["V6_1", "V6_3", "V6_17", "V7_0"])
                foreach (var programs in (string[])["2x,0m830=100004031.,1h", "2x,0m83f=31.,1m830=4031.,+4", "1x,0m80b=0.h,+4-4,d0:31.", "1x,0I", "1x,0h,a0:41.,+4", "2x,0m830=100004031.,1h,+4-4"])
                    data.Add(kernel, programs);
            return data;
        }
    }

    private static Scenario On(string kernel, string programs) => Scenario.Parse(Linux.Parse(kernel), programs).On(Hardware.WithoutX2Avic);
}
