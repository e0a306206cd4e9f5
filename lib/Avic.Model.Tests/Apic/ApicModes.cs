namespace Avic.Model.Tests;

/// <summary>
/// Modes of the local APIC: the ways between them, what each leaves of page and MSRs, and what becomes of AVIC. What the guest must find it
/// finds also where a VMM's thread inhibits AVIC, or inhibits it and lets it come back, at any step.
/// </summary>
public class ApicModes
{
    private const uint AllOnes = uint.MaxValue;

    // From x2APIC mode, where the guest begins, each mode has a way.
    private static GuestProgram Go(GuestProgram g, ApicMode mode) => mode switch
    {
        ApicMode.X2Apic => g,
        ApicMode.Disabled => g.SetApicMode(ApicMode.Disabled),
        _ => g.SetApicMode(ApicMode.Disabled).SetApicMode(ApicMode.XApic),
    };

    // AMD64 APM vol. 2, 16.9, and the cases of kvm-unit-tests' apic.c.
    [Theory]
    [InlineData(ApicMode.Disabled, ApicMode.Disabled, true)]
    [InlineData(ApicMode.Disabled, ApicMode.Invalid, false)]
    [InlineData(ApicMode.Disabled, ApicMode.XApic, true)]
    [InlineData(ApicMode.Disabled, ApicMode.X2Apic, false)]
    [InlineData(ApicMode.XApic, ApicMode.Disabled, true)]
    [InlineData(ApicMode.XApic, ApicMode.Invalid, false)]
    [InlineData(ApicMode.XApic, ApicMode.XApic, true)]
    [InlineData(ApicMode.XApic, ApicMode.X2Apic, true)]
    [InlineData(ApicMode.X2Apic, ApicMode.Disabled, true)]
    [InlineData(ApicMode.X2Apic, ApicMode.Invalid, false)]
    [InlineData(ApicMode.X2Apic, ApicMode.XApic, false)]
    [InlineData(ApicMode.X2Apic, ApicMode.X2Apic, true)]
    public void A_mode_is_reached_or_refused(ApicMode from, ApicMode to, bool isReached)
    {
        foreach (var kernel in (Linux[])[Linux.V5_15, Linux.V6_8])
        {
            foreach (var end in Ends(Scenario.On(kernel, vcpus: 1).X2Apic().Guest(0, g => Go(g, from).SetApicMode(to).Rdmsr(0x1b))))
            {
                Assert.Equal((isReached ? to : from, isReached ? 0 : 1), (end.Msrs[0].Mode, end.Memory[0].GeneralProtections));
                Assert.Equal((end.Msrs[0].ApicBase, 0xfee0_0100UL | (ulong)end.Msrs[0].Mode), (end.Vmcb[0].Rax | (ulong)end.Vmcb[0].Rdx << 32, end.Msrs[0].ApicBase));
            }
        }
    }

    public static TheoryData<int> Bits => [.. Enumerable.Range(0, 64)];

    [Theory]
    [MemberData(nameof(Bits))]
    public void A_reserved_bit_of_the_base_is_refused(int bit)
    {
        var isReserved = bit is <= 7 or 9 or >= 48;
        var value = 0xfee0_0c00UL ^ (bit is 10 or 11 ? 0 : 1UL << bit);
        Assert.All(Ends(Scenario.On(Linux.V5_15, vcpus: 1).X2Apic().Guest(0, g => g.Wrmsr(0x1b, value))),
            end => Assert.Equal((isReserved ? 0xfee0_0d00 : value, isReserved ? 1 : 0), (end.Msrs[0].ApicBase, end.Memory[0].GeneralProtections)));
    }

    [Fact]
    public void A_guest_whose_cpuid_lacks_x2apic_does_not_get_it()
    {
        var end = End(Scenario.On(Linux.V5_15, vcpus: 1).Guest(0, g => g.SetApicMode(ApicMode.X2Apic)));
        Assert.Equal((ApicMode.XApic, 1), (end.Msrs[0].Mode, end.Memory[0].GeneralProtections));
    }

    [Fact]
    public void X2apic_ids_are_the_vcpus_and_logical_ids_are_computed()
    {
        var end = End(Scenario.On(Linux.V5_15, vcpus: 4).X2Apic());
        for (var vcpu = 0; vcpu < 4; vcpu++) Assert.Equal(((uint)vcpu, 1u << vcpu), (end.ApicPage[vcpu].Id, end.ApicPage[vcpu].Ldr));
        Assert.Equal([0x1u, 0x8000u, 0x10001u, 0xff8000u], ((uint[])[0, 15, 16, 0xfff]).Select(ApicPage.X2LogicalId));
    }

    [Fact]
    public void Enabled_again_an_apic_has_its_first_id()
    {
        Assert.All(Ends(Scenario.On(Linux.V5_15, vcpus: 2).X2Apic().Guest(1, g => Go(g, ApicMode.XApic).Write(Apic.Id, 7 << 24).SetApicMode(ApicMode.Disabled).SetApicMode(ApicMode.XApic))),
            end => Assert.Equal((1u << 24, ApicMode.XApic, 0), (end.ApicPage[1].Id, end.Msrs[1].Mode, end.Memory[1].GeneralProtections)));
    }

    [Theory]
    [InlineData(ApicMode.Disabled, "r30.")]
    [InlineData(ApicMode.Disabled, "w80=55.r80.")]
    [InlineData(ApicMode.X2Apic, "r30.")]
    [InlineData(ApicMode.X2Apic, "w80=55.r80.")]
    public void Without_a_page_reads_are_all_ones_and_writes_vanish(ApicMode mode, string accesses)
    {
        Assert.All(Ends(Scenario.Parse(Linux.V5_15, $"1x,0{Go(mode)}{accesses}")), end => Assert.Equal((AllOnes, 0u), (end.Vmcb[0].Rax, end.ApicPage[0].Tpr)));
    }

    [Fact]
    public void Cr8_does_not_mind_a_disabled_apic_and_tpr_has_it_afterwards()
    {
        Assert.All(Ends(Scenario.On(Linux.V5_15, vcpus: 1).X2Apic().Guest(0, g => Go(g, ApicMode.Disabled).WriteCr8(0xa).SetApicMode(ApicMode.XApic).Read(Apic.Tpr))),
            end => Assert.Equal((0xa0u, (byte)0xa), (end.Vmcb[0].Rax, end.Vmcb[0].VTpr)));
    }

    [Theory]
    [InlineData("V5_15", 1, Mark.Accelerated)]   // AVIC's page answers for an APIC that is off, until 8fc9c7a3079e
    [InlineData("V6_8", 0, (Mark)0)]
    public void A_disabled_apic_has_no_avic_since_6_0(string kernel, int active, Mark marks)
    {
        var run = Scenario.Parse(Linux.Parse(kernel), "1,0m1b=fee00100.R0").Run(Schedule.RoundRobin, 2_000);
        Assert.Equal(active, run.Value("vcpu0.apicv_active", run.Steps.Count));
        Assert.Equal(marks, (Mark)run.Steps[^1].Marks | (Mark)run.Steps.Where(step => step.Marks != 0).Aggregate(0u, (all, step) => all | step.Marks));
    }

    [Theory]
    [InlineData("V5_18", 0)]
    [InlineData("V5_19", 1)]
    [InlineData("V6_8", 1)]
    public void A_moved_apic_keeps_avic_off_since_5_19(string kernel, int inhibits)
    {
        var end = End(Scenario.Parse(Linux.Parse(kernel), "1,0m1b=fed40900."));
        Assert.Equal((inhibits != 0, inhibits == 0, 0xfed4_0900UL), (end.Vm.ApicvInhibitReasons != 0, end.Vmcb[0].AvicEnable, end.Msrs[0].ApicBase));
    }

    [Theory]
    [InlineData("V5_7", true)]
    [InlineData("V5_15", true)]
    [InlineData("V5_19", true)]
    [InlineData("V6_1", false)]
    [InlineData("V7_0", false)]
    public void Until_5_19_a_guest_with_x2apic_has_no_avic(string kernel, bool isInhibited)
    {
        var end = End(Scenario.On(Linux.Parse(kernel), vcpus: 2).X2Apic());
        Assert.Equal((isInhibited, !isInhibited, !isInhibited), (end.Vm.ApicvInhibitReasons != 0, end.Vmcb[1].AvicEnable, end.Vmcb[1].X2AvicEnable));
    }

    // It may change to xAPIC mode, by way of disabling its APIC; the inhibit stays, and with it there is no page.
    [Theory]
    [InlineData("V5_7")]
    [InlineData("V5_14")]
    [InlineData("V5_15")]
    public void A_guest_that_leaves_x2apic_mode_accesses_kvms_apic_until_5_19(string kernel)
    {
        foreach (var verdict in Scenario.Parse(Linux.Parse(kernel), "1x,0m1b=fee00100.m1b=fee00900.w80=20.r80.").Check([.. Property.All, Property.TprIsCr8]))
            Assert.True(verdict.Outcome == Outcome.Safe, verdict.ToText());
    }

    [Fact]
    public void X2avic_is_inhibited_and_comes_back_in_every_interleaving()
    {
        var verdicts = Scenario.Parse(Linux.V6_8, "1x,0m808=20.m808=30.,+4-4").Check([.. Property.All, .. Property.Goals.Take(2), Property.HostApicIsOutOfReach]);
        Assert.All(verdicts, verdict => Assert.True(verdict.Outcome is Outcome.Safe or Outcome.Reached, verdict.ToText()));
    }

    // CVE-2023-5090, mended by b65235f6e102 in 6.6.
    [Theory]
    [InlineData("V6_1", Outcome.Violated)]
    [InlineData("V6_3", Outcome.Violated)]
    [InlineData("V6_8", Outcome.Safe)]
    public void A_guest_that_leaves_x2apic_mode_has_the_hosts_apic_until_6_5(string kernel, Outcome outcome)
    {
        var verdict = Scenario.Parse(Linux.Parse(kernel), "1x,0m1b=fee00100.m808=20.").Check(Property.HostApicIsOutOfReach);
        Assert.Equal(outcome, verdict.Outcome);
    }

    [Theory]
    [InlineData("V5_15")]
    [InlineData("V6_3")]
    [InlineData("V6_8")]
    public void Every_way_through_the_modes_leaves_vmcb_and_mode_in_agreement(string kernel)
    {
        var end = End(Scenario.Parse(Linux.Parse(kernel), "1x,0m1b=fee00100.m1b=fee00900.m1b=fee00d00.m808=40."));
        Assert.Equal((ApicMode.X2Apic, 0x40u, 0), (end.Msrs[0].Mode, end.ApicPage[0].Tpr, end.Memory[0].GeneralProtections));
        Assert.Equal(kernel == "V5_15" ? MsrPermissions.Intercepted : MsrPermissions.X2AvicOpen, end.Vmcb[0].MsrPermissions);
    }

    [Fact]
    public void A_program_is_made_for_the_mode_that_it_asks_for()
    {
        var scenario = Scenario.On(Linux.V5_15, vcpus: 2).X2Apic()
            .Guest(1, g => g.Write(Apic.Tpr, 0x20).SendIpi(1, 0x31).SelfIpi(0x31).Eoi().SetApicMode(ApicMode.Disabled).SetApicMode(ApicMode.XApic).Write(Apic.Tpr, 0x20).Eoi());
        Assert.Equal("2x,1m808=20.m830=100004031.m83f=31.m80b=0.m1b=fee00000.m1b=fee00800.W32wb0=0.", scenario.Programs.ToString());
    }

    [Fact]
    public void What_no_program_can_say_is_refused_in_a_sentence()
    {
        var scenario = Scenario.On(Linux.V5_15, vcpus: 1);
        foreach (var bad in (Action[])[
            () => scenario.Guest(0, g => g.SelfIpi(0x31)), () => scenario.Guest(0, g => g.Rdmsr(0x1a)), () => scenario.Guest(0, g => g.Wrmsr(0x900, 0)),
            () => scenario.Guest(0, g => g.SetApicMode((ApicMode)1)), () => scenario.Guest(0, g => g.Eoi()).X2Apic(), () => scenario.Guest(0, g => g.SendIpi(256u, 0x31)),
            () => Scenario.Parse(Linux.V5_15, "1,0m7ff=0."), () => Scenario.Parse(Linux.V5_15, "1,0q900."), () => Scenario.Parse(Linux.V5_15, "1,0m808=10000000000000000.")])
            Assert.DoesNotContain('\n', Assert.Throws<ModelException>(bad).Message);
    }

    private static string Go(ApicMode mode) => mode == ApicMode.Disabled ? "m1b=fee00100." : "";

    // The suite's cases with AVIC as it is, and with a toggle at every step of a run.
    private static IEnumerable<Machine> Ends(Scenario scenario) => Drive.Toggled(scenario).Select(toggled => toggled.Run.Machine).Prepend(End(scenario));

    private static Machine End(Scenario scenario) => new Drive(scenario).Run().Machine;
}
