namespace Avic.Model.Tests;

/// <summary>KVM_SET_GUEST_DEBUG with KVM_GUESTDBG_BLOCKIRQ: interrupts that a debugger blocks, and the inhibit that goes with it.</summary>
public class Debuggers
{
    public static TheoryData<string> Since5_16 => [.. Versions.Since(Linux.V5_16).Select(kernel => kernel.Name)];

    [Theory]
    [MemberData(nameof(Since5_16))]
    public void Avic_is_off_exactly_while_some_vcpu_is_blocked(string kernel)
    {
        foreach (var programs in (string[])["1,b0,d0:31.", "1,b0u0,d0:31.", "2,b0u0b1"])
        {
            foreach (var verdict in Scenario.Parse(Linux.Parse(kernel), programs).Check([Property.BlockIrqInhibits, Property.AvicIsOffWhileBlocked, Property.InterruptIsNotStranded, .. Property.All]))
                Assert.True(verdict.Outcome == Outcome.Safe, $"{kernel} {programs}: {verdict.ToText()}");
        }
        Assert.Equal(Outcome.Reached, Scenario.Parse(Linux.Parse(kernel), "1,0W7,b0u0").Check(Property.AvicComesBack).Outcome);
    }

    // The device sends when the word holds the reason: then the vCPU has its interrupts blocked.
    [Theory]
    [InlineData("V5_15")]
    [InlineData("V5_16")]
    [InlineData("V7_0")]
    public void What_comes_while_they_are_blocked_waits_and_is_handled_afterwards(string kernel)
    {
        var scenario = Scenario.Parse(Linux.Parse(kernel), "1,b0u0,d0:31.");
        Assert.Equal(Outcome.Safe, scenario.Check(Property.Named("once", "At rest it has been handled once.").AtRest().Always(Property.Is("it was", x => x.MemoryOf(0).Handled[0] == 1))).Outcome);
        Assert.Equal(kernel == "V5_15" ? Outcome.Violated : Outcome.Safe, scenario.Check(Property.Named("not-while-blocked", "None is taken from IRR while they are blocked.").On((uint)Mark.Handled)
            .Never(Property.Is("they are, and it was not under way", x => x.GuestDebugOf(0).BlocksIrqs && x.VmcbOf(0).AvicEnable))).Outcome);
    }

    // One whose entry was called off has been taken already, and is injected all the same.
    [Fact]
    public void With_avic_off_kvm_takes_none_out_of_irr()
    {
        var scenario = Scenario.Parse(Linux.V5_16, "1,0zw300=44031.s,+4b0");
        Assert.Equal(Outcome.Reached, scenario.Check(Property.Named("asked", "One is held back.").At("inject_pending_event.blockirq").Sometimes(Property.Is("IRR", x => x.GuestDebug.BlocksIrqs && x.ApicPage.Irr.Contains(0x31)))).Outcome);
        Assert.Equal(Outcome.Safe, scenario.Check(Property.Named("held", "Blocked, none is taken.").At("inject_pending_event.get").Never(Property.Is("blocked", x => x.GuestDebug.BlocksIrqs))).Outcome);
    }

    // The proposal of February 2025, and Linux 6.8 with the same rows taken away.
    [Theory]
    [InlineData("V6_8.ScanUnlocked", "2,u0,b1")]
    [InlineData("V6_8.ScanUnlocked", "2,b0u0,b1")]
    [InlineData("V5_16~kvm_arch_vcpu_guestdbg_update_apicv_inhibit.-lock", "2,u0,b1")]
    public void A_scan_without_the_lock_lifts_an_inhibit_that_it_has_not_seen(string kernel, string programs) =>
        Assert.Equal(Outcome.Violated, Scenario.Parse(Linux.Parse(kernel), programs).Check(Property.BlockIrqInhibits).Outcome);

    [Fact]
    public void One_thread_of_the_vmm_alone_does_not_show_it() =>
        Assert.Equal(Outcome.Safe, Scenario.Parse(Linux.ScanUnlocked, "2,u0b1u1").Check(Property.BlockIrqInhibits).Outcome);

    [Theory]
    [InlineData("V5_14", "1,b0", "came with 5.15")]
    [InlineData("V5_16", "1p,b0", "vCPUs that move")]
    [InlineData("V5_16", "1,b0,a0:41.", "assigned devices")]
    [InlineData("V5_16", "1,b0,+6", "leave out SetInhibit(Reason.BlockIrq)")]
    [InlineData("V5_16", "1,b1", "0 to 0")]
    public void What_it_does_not_go_with_is_refused(string kernel, string programs, string why) =>
        Assert.Contains(why, Assert.Throws<ModelException>(() => Scenario.Parse(Linux.Parse(kernel), programs).Model).Message, StringComparison.Ordinal);

    [Fact]
    public void Words_and_text_are_the_same()
    {
        var scenario = Scenario.On(Linux.V5_16, vcpus: 2).Host(h => h.SetGuestDebug(1, blockIrq: true).SetGuestDebug(1, blockIrq: false));
        Assert.Equal("2,b1u1", scenario.Programs.ToString());
        Assert.Equal("2,b1u1", Programs.Parse("2,b1u1").ToString());
        Assert.Contains("2 KVM_SET_GUEST_DEBUGs", scenario.Bounds, StringComparison.Ordinal);
    }
}
