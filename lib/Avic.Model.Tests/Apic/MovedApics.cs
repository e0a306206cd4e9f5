namespace Avic.Model.Tests;

/// <summary>A local APIC whose guest has moved its page: what answers there, and what at the old address.</summary>
public class MovedApics
{
    public static TheoryData<string> Kernels => [.. Linux.History.Select(kernel => kernel.Name)];

    private static GuestProgram Moved(GuestProgram g) => g.MoveApic(0xfed4_0000);

    // kvm-unit-tests, apic.c, apicbase.
    [Theory]
    [MemberData(nameof(Kernels))]
    public void The_version_is_read_at_the_new_address(string kernel)
    {
        var end = End(Scenario.On(Linux.Parse(kernel), vcpus: 1).Guest(0, g => Moved(g).Read(Apic.Version)));
        Assert.Equal((ApicRegister.At((int)Apic.Version).Reset, 0xfed4_0900UL), (end.Vmcb[0].Rax, end.Msrs[0].ApicBase));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void What_is_written_there_is_read_there_in_every_interleaving_with_a_toggle(string kernel)
    {
        var read = Property.Named("read", "At rest a register was read as it was written.").AtRest().Whenever(Property.Is("the guest has moved", x => !x.MsrsOf(0).IsAtDefault))
            .Always(Property.Is("it is Bh", x => x.VmcbOf(0).Rax == 0xb && x.ApicPageOf(0)[(int)Apic.DivideConfiguration] == 0xb));
        foreach (var verdict in Scenario.On(Linux.Parse(kernel), vcpus: 1).Guest(0, g => Moved(g).Write(Apic.DivideConfiguration, 0xb).Read(Apic.DivideConfiguration))
            .Host(h => h.SetInhibit(Reason.PitReinject).ClearInhibit(Reason.PitReinject)).Check([read, Property.EveryAccessTakesEffectOnce, Property.EntryNeverFails]))
            Assert.True(verdict.Outcome == Outcome.Safe && (verdict.Property != read || verdict.Premised > 0), verdict.ToText());
    }

    // With AVIC on, what KVM emulates of TPR is gone with the next exit, as V_TPR is not told of it (museum 25). Since 5.19 AVIC is off by then.
    [Theory]
    [MemberData(nameof(Kernels))]
    public void Tpr_is_lost_there_until_5_18(string kernel) => Assert.Equal(Versions.IsBefore(kernel, Linux.V5_19) ? Outcome.Violated : Outcome.Safe,
        Scenario.On(Linux.Parse(kernel), vcpus: 1).Guest(0, g => Moved(g).Write(Apic.Tpr, 0x20).Read(Apic.Tpr)).Check(Property.Named("kept", "At rest TPR was read as it was written.").AtRest()
            .Whenever(Property.Is("it was", x => !x.MsrsOf(0).IsAtDefault)).Always(Property.Is("20h was read", x => x.VmcbOf(0).Rax == 0x20))).Outcome);

    [Theory]
    [MemberData(nameof(Kernels))]
    public void An_interrupt_is_sent_and_ended_there(string kernel)
    {
        var handled = Property.Named("handled", "At rest the interrupt was handled once and is not in service.").AtRest()
            .Whenever(Property.Is("both have moved", x => !x.MsrsOf(0).IsAtDefault && !x.MsrsOf(1).IsAtDefault))
            .Always(Property.Is("it was", x => x.MemoryOf(1).Handled[0] == 1 && !x.ApicPageOf(1).Isr.Contains(0x31)));
        foreach (var verdict in Scenario.On(Linux.Parse(kernel)).Guest(0, g => Moved(g).SendIpi(to: 1, vector: 0x31)).Guest(1, Moved).Check([handled, .. Property.All, .. Property.OfInterrupts]))
            Assert.True(verdict.Outcome == Outcome.Safe && (verdict.Property != handled || verdict.Premised > 0), verdict.ToText());
    }

    // The old frame: up to 5.14 the core has been told, and sees memory; up to 5.18 it has not; since then AVIC is off, and no APIC is there.
    [Theory]
    [InlineData("V5_6", 3, 0xb)]
    [InlineData("V5_14", 3, 0xb)]
    [InlineData("V5_15", 3, 3)]
    [InlineData("V5_18", 3, 3)]
    [InlineData("V5_19", 0xffff_ffff, 0xb)]
    [InlineData("V7_0", 0xffff_ffff, 0xb)]
    public void At_the_old_address_is_what_the_core_takes_it_for(string kernel, uint read, uint register)
    {
        var scenario = Scenario.Parse(Linux.Parse(kernel), "1,0m1b=fed40900.bw3e0=b.w3e0=3.r3e0.");
        var end = End(scenario);
        Assert.Equal((read, register), (end.Vmcb[0].Rax, end.ApicPage[0][(int)Apic.DivideConfiguration]));
        Assert.DoesNotContain(scenario.Run(Schedule.RoundRobin, 2_000).Steps, step => ((Mark)step.Marks).HasFlag(Mark.Lost));
    }

    [Theory]
    [InlineData("V5_14", "", 0xfed4_0000UL)]
    [InlineData("V5_14", "m1b=1fed40900.", 0x1_fed4_0000UL)]
    [InlineData("V5_14", "m1b=fee00900.", 0xfee0_0000UL)]
    [InlineData("V5_15", "", 0xfee0_0000UL)]
    [InlineData("V7_0", "", 0xfee0_0000UL)]
    public void Until_5_14_the_vmcb_follows_while_avic_is_on(string kernel, string more, ulong bar) =>
        Assert.Equal(bar, End(Scenario.Parse(Linux.Parse(kernel), "1,0m1b=fed40900." + more)).MovedApic[0].AvicApicBar);

    // svm_set_msr() stores it before anybody looks at the value.
    [Fact]
    public void Until_5_14_it_follows_a_value_that_is_refused()
    {
        var end = End(Scenario.Parse(Linux.V5_14, "1,0m1b=fed40901."));
        Assert.Equal((0xfee0_0900UL, 1, 0xfed4_0000UL), (end.Msrs[0].ApicBase, (int)end.Memory[0].GeneralProtections, end.MovedApic[0].AvicApicBar));
    }

    [Fact]
    public void Behind_the_move_accesses_go_there_and_behind_the_way_back_they_do_not() =>
        Assert.Equal("W32m1b=fed40900.bW32br30.m1b=fee00900.r30.", Scenario.On(Linux.V5_15, vcpus: 1).Guest(0, g => Moved(g.Write(Apic.Tpr, 32)).Write(Apic.Tpr, 32).Read(Apic.Version)
            .SetApicMode(ApicMode.XApic).Read(Apic.Version)).Programs.Guest[0].ToString());

    [Theory]
    [InlineData("1,0m1b=fed40900.bW32bR0bw310=0.br30.v41.bwb0=0.")]
    public void An_access_there_is_told_by_a_letter(string programs) => Assert.Equal(programs, Scenario.Parse(Linux.V5_15, programs).Programs.ToString());

    [Theory]
    [InlineData("1,0b")]
    [InlineData("1,0bz")]
    [InlineData("1,0bbW1")]
    public void The_letter_is_for_accesses_alone(string programs) =>
        Assert.Contains("an access of the page follows 'b'", Assert.Throws<ModelException>(() => Scenario.Parse(Linux.V5_15, programs)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(-4096)]
    [InlineData(0xfed4_0900)]
    [InlineData(1L << 48)]
    public void A_page_has_an_address_of_a_page(long page) =>
        Assert.Contains("below 2^48", Assert.Throws<ModelException>(() => Scenario.On(Linux.V5_15).Guest(0, g => g.MoveApic(page))).Message, StringComparison.Ordinal);

    private static Machine End(Scenario scenario) => new Drive(scenario).Run().Machine;
}
