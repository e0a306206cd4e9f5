namespace Avic.Model.Tests;

/// <summary>INIT and SIPI, from one vCPU to another, with every interleaving.</summary>
public class Inits
{
    private const string Init = "w310=1000000.w300=4500.", Sipi = "w300=469a.", ToSelf = "w300=44500.";

    private static Property AtRest(string sentence, When when) => Property.Named(sentence.Replace(' ', '-'), sentence).AtRest().Always(Property.Is(sentence, when));

    private static void Holds(string kernel, string programs, params IReadOnlyList<Property> properties)
    {
        foreach (var verdict in Scenario.Parse(Linux.Parse(kernel), programs).Check([.. properties, .. Property.OfInit]))
            Assert.True(verdict.Outcome == Outcome.Safe && (verdict.Premised > 0 || Property.Known.Contains(verdict.Property)), $"{kernel} {programs}: {verdict.ToText()}{verdict.Counterexample?.ToText()}");
    }

    private static Outcome Taken(string programs, string row) => Scenario.Parse(Linux.V5_15, programs).Check(Property.Taken(row)).Outcome;

    public static TheoryData<string> Kernels => ["V5_15", "V5_17", "V6_17", "V7_0"];

    // Whatever the guest did before: it runs, has halted, or has changed what it could.
    [Theory]
    [InlineData("")]
    [InlineData(",1h")]
    [InlineData(",1zh")]
    [InlineData(",1w80=20.w320=31.wf0=1f0.w350=700.")]
    public void Init_brings_every_register_to_its_reset_value_but_the_id(string program)
    {
        foreach (var kernel in (string[])["V5_15", "V5_17", "V6_17", "V7_0"])
        {
            Holds(kernel, $"2,0{Init}{program}", AtRest("the page is as at reset", x =>
            {
                foreach (var register in ApicRegister.All.Where(register => register.Offset < 0x400))
                    if (x.ApicPageOf(1)[register.Offset] != (register.Offset == (int)Apic.Id ? 1u << 24 : register.Reset)) return false;
                return true;
            }), AtRest("the tables say so", x => x.LogicalIdTable[1] == 0 || (x.LogicalIdTable[1] & LogicalIdTable.Valid) == 0),
            AtRest("it sleeps, and is not running", x => x.IsAsleep(1) && x.VcpuOf(1).MpState == MpState.InitReceived && (x.PhysicalIdTable[1] & PhysicalIdTable.IsRunning) == 0));
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Init_and_sipi_start_the_other_vcpu_at_the_vector(string kernel)
    {
        Property[] begun = [AtRest("the guest runs in its page", x => x.IsInGuest(1) && x.VmcbOf(1).CodeSegment == 0x9a), AtRest("the program has run", x => x.ApicPageOf(1).Tpr == 0x20), .. Property.All];
        Holds(kernel, $"2,0{Init}{Sipi},1uW32", begun);
        Holds(kernel, $"2,0{Init}{Sipi},1huW32", begun);
        Holds(kernel, $"2,0{Init}{Sipi},1UW32", begun);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_vcpu_that_waits_is_started_by_sipi_alone_and_once(string kernel)
    {
        Holds(kernel, $"2,0w310=1000000.{Sipi}{Sipi},1UW32", [AtRest("it has run", x => x.ApicPageOf(1).Tpr == 0x20 && x.VmcbOf(1).CodeSegment == 0x9a), .. Property.All]);
        Holds(kernel, $"2,0w310=1000000.{Sipi},1UW32,+4", [AtRest("it has run", x => x.ApicPageOf(1).Tpr == 0x20), .. Property.All]);
    }

    [Fact]
    public void Sipi_starts_nobody_who_does_not_wait()
    {
        Assert.Equal(Outcome.NeverReached, Taken($"2,0w310=1000000.{Sipi},1guW32", "kvm_apic_accept_events.begin"));
        Assert.Equal(Outcome.Reached, Taken($"2,0w310=1000000.{Sipi},1guW32", "kvm_apic_accept_events.sipi"));
    }

    // ICR 8500h: what a level-triggered INIT is taken back by.
    [Fact]
    public void An_init_that_is_deasserted_is_none() => Assert.Equal([Outcome.NeverReached, Outcome.Reached],
        new[] { "8500", "c500" }.Select(command => Taken($"2,0w310=1000000.w300={command}.", "kvm_vcpu_reset.vmcb")));

    [Fact]
    public void The_vcpu_that_boots_the_others_does_not_wait() =>
        Holds("V5_15", $"1,0W7{ToSelf}", AtRest("it idles in its guest, reset", x => x.IsInGuest(0) && x.VcpuOf(0).MpState == MpState.Runnable && x.ApicPageOf(0).Tpr == 0 && x.ApicPageOf(0).Svr == 0xff));

    [Theory]
    [InlineData("V5_15")]
    [InlineData("V6_1")]
    [InlineData("V6_8")]
    [InlineData("V7_0")]
    public void X2apic_mode_and_what_it_fixes_outlive_init(string kernel) => Holds(kernel, "2x,0m830=100004500.",
        AtRest("mode, id and logical id are as they were", x => x.MsrsOf(1).Mode == ApicMode.X2Apic && x.ApicPageOf(1).Id == 1 && x.ApicPageOf(1).Ldr == 2), AtRest("it waits", x => x.VcpuOf(1).MpState == MpState.InitReceived));

    // INIT switches x2AVIC off with AVIC, and the MSRs that it leaves to the core with both.
    [Theory]
    [InlineData("V6_1")]
    [InlineData("V6_8")]
    [InlineData("V7_0")]
    public void The_msrs_of_x2apic_mode_are_open_to_x2avic_alone(string kernel) => Holds(kernel, "1x,0m830=44500.m808=20.,+4-4",
        Property.Named("msrs-go-with-x2avic", "MSRs are open where x2AVIC is on.").Always(Property.Is("they are as the VMCB says", x =>
            (x.VmcbOf(0).MsrPermissions == MsrPermissions.X2AvicOpen) == x.VmcbOf(0).X2AvicEnable && (!x.VmcbOf(0).X2AvicEnable || x.VmcbOf(0).AvicEnable))), Property.HostApicIsOutOfReach);

    public static TheoryData<string> WithMap => ["V6_3", "V6_8", "V6_17", "V7_0"];

    // The one that shared its logical id, or had it in a form of its own, has none after INIT; the id is the guest's still.
    [Theory]
    [MemberData(nameof(WithMap))]
    public void Since_6_3_an_init_ends_what_the_logical_id_inhibited_and_not_what_the_id_did(string kernel)
    {
        Holds(kernel, $"2,0{Init},1wd0=1000000.", AtRest("AVIC is on for all", x => x.Vm.ApicvInhibitReasons == 0 && x.VmcbOf(0).AvicEnable), AtRest("the map is clean", x => x.Vm.ApicMapDirty == ApicMapState.Clean));
        Holds(kernel, $"2,0{Init},1we0=fffffff.", AtRest("AVIC is on for all", x => x.Vm.ApicvInhibitReasons == 0));
        Holds(kernel, $"2,0{Init},1w20=5000000.", AtRest("AVIC is off where the id is not the number", x => x.ApicPageOf(1).PhysicalId == 1 || x.Vm.ApicvInhibitReasons != 0), Property.OtherIdsInhibit);
    }

    [Fact]
    public void A_reset_that_makes_no_new_map_leaves_the_inhibit_behind() => Assert.Equal(Outcome.Violated,
        Scenario.Parse(Linux.V6_3.Without("kvm_vcpu_reset", "recalculate"), $"2,0{Init},1wd0=1000000.").Check(AtRest("AVIC is on", x => x.Vm.ApicvInhibitReasons == 0)).Outcome);

    // Until 5.18 AVIC's tables follow: the place in the one of physical ids is looked for at the vCPU's number, which it has left.
    [Fact]
    public void Until_5_18_a_vcpu_with_another_id_loses_its_entry_by_init() => Assert.Equal(Outcome.Violated,
        Scenario.Parse(Linux.V5_15, $"2,0{Init},1w20=5000000.").Check(AtRest("its entry is at its id", x => (x.PhysicalIdTable[x.ApicPageOf(1).PhysicalId] & PhysicalIdTable.Valid) != 0)).Outcome);

    // What ids have inhibited from 5.19 to 6.2 nothing ends, INIT neither.
    [Theory]
    [InlineData("V5_19")]
    [InlineData("V6_1")]
    public void From_5_19_to_6_2_an_id_inhibits_over_init(string kernel) => Holds(kernel, $"1,0w20=5000000.{ToSelf}",
        AtRest("AVIC is off", x => x.Vm.ApicvInhibitReasons != 0 && !x.VmcbOf(0).AvicEnable));

    [Fact]
    public void A_place_that_the_guest_gave_the_apic_outlives_init() => Holds("V5_15", $"2,0{Init},1m1b=fed00800.",
        AtRest("base is the old one or the new", x => x.MsrsOf(1).ApicBase is 0xfee00800 or 0xfed00800), AtRest("it waits", x => x.VcpuOf(1).MpState == MpState.InitReceived));

    [Fact]
    public void An_armed_timer_is_stopped() =>
        Holds("V5_15", $"2,0{Init},1w320=31.w380=5.", AtRest("no timer runs", x => x.VcpuOf(1).Timer == TimerState.Off));

    [Theory]
    [InlineData("V5_15")]
    [InlineData("V7_0")]
    public void An_nmi_before_it_is_handled_or_forgotten_and_never_held_over(string kernel) =>
        Holds(kernel, $"2,0{Init}{Sipi},1uR0,dn1.", AtRest("none waits", x => x.VcpuOf(1) is { NmiQueued: 0, NmiPending: 0 }), Property.NmiIsNotStranded);

    // kvm_apicv_activated() asks the word, which an inhibit has set and its end cleared again before the vCPU follows: nobody sets the bit. Mended in 7.0 (3989a6d036c8).
    [Theory]
    [InlineData("V5_15", 112)]
    [InlineData("V6_17", 142)]
    public void Until_7_0_an_init_while_an_inhibit_comes_and_goes_switches_avic_off_for_good(string kernel, int rows)
    {
        var verdict = Scenario.Parse(Linux.Parse(kernel), $"1,0{ToSelf},+4-4").Check(Property.FlagAndVmcbAgreeAtVmrun);
        Assert.Equal((Outcome.Violated, rows), (verdict.Outcome, verdict.Counterexample?.Steps.Count ?? 0));
        Assert.Equal(Outcome.Violated, Scenario.Parse(Linux.Parse(kernel), $"1,0{ToSelf},+4-4").Check(Property.AllAgreeAtRest).Outcome);
    }

    [Fact]
    public void Since_7_0_it_does_not() => Holds("V7_0", $"1,0{ToSelf},+4-4", Property.FlagAndVmcbAgreeAtVmrun, Property.AllAgreeAtRest);

    [Fact]
    public void One_vcpu_does_that_to_another() => Assert.Equal((Outcome.Violated, 134),
        Scenario.Parse(Linux.V5_15, $"2,0{Init}{Sipi},+4-4").Check(Property.FlagAndVmcbAgreeAtVmrun) is var verdict ? (verdict.Outcome, verdict.Counterexample!.Steps.Count) : default);

    // V_IRQ is cleared, and with it the exit that would have lifted what was inhibited for the window; in 7.0 the next interrupt that KVM injects lifts it.
    [Theory]
    [InlineData("V5_15", 164)]
    [InlineData("V7_0", 204)]
    public void An_init_in_an_irq_window_leaves_the_inhibit_behind(string kernel, int rows) => Assert.Equal((Outcome.Violated, rows),
        Scenario.Parse(Linux.Parse(kernel), "2,0w310=1000000.w300=4031.w300=4500.,1z,+4").Check(Property.WordIsWhatWasAsked) is var verdict ? (verdict.Outcome, verdict.Counterexample?.Steps.Count ?? 0) : default);

    [Fact]
    public void A_sender_that_tells_nobody_strands_it() => Assert.Equal(Outcome.Violated,
        Scenario.Parse(Linux.V5_15, $"2,0{Init}").On(Linux.V5_15.With("kvm_vcpu_kick", "mode", x => x.Return())).Check(Property.InitIsNotStranded).Outcome);

    [Fact]
    public void A_kernel_that_forgets_to_wait_runs_what_was_reset() => Assert.Equal(Outcome.Violated,
        Scenario.Parse(Linux.V5_15.With("vcpu_run", "enter", x => x.Call("vcpu_enter_guest")), "2,1UR0").Check(Property.NothingRunsBeforeSipi).Outcome);

    [Theory]
    [InlineData("kvm_vcpu_reset", "vmcb")]
    [InlineData("kvm_vcpu_reset", "nmi")]
    public void A_kernel_that_forgets_to_reset_is_found(string function, string label) => Assert.Equal(Outcome.Violated,
        Scenario.Parse(Linux.V5_15.Without(function, label), $"2,0{Init}{Sipi},1v2.g,dn1.").Check(Property.SipiFindsResetVcpu).Outcome);

    [Fact]
    public void What_sends_none_has_no_rows_for_them()
    {
        Assert.DoesNotContain(Scenario.Parse(Linux.V5_15, "2,0w310=1000000.w300=4031.").Model.Rows, row => row.Id.StartsWith("kvm_apic_accept_events", StringComparison.Ordinal));
        Assert.Contains(Scenario.Parse(Linux.V5_15, $"2,0{Init}").Model.Rows, row => row.Id == "kvm_apic_accept_events.init");
    }

    [Fact]
    public void Words_and_text_are_the_same()
    {
        var scenario = Scenario.On(Linux.V5_15, vcpus: 3).Guest(0, g => g.SendInit(to: 1).SendSipi(to: 1, vector: 0x9a))
            .Guest(1, g => g.Hlt().OnSipi(s => s.Write(Apic.Tpr, 0x20)).On(0x31, h => h.Eoi())).WaitsForSipi(2).Guest(2, g => g.OnSipi(s => s.Sti()));
        Assert.Equal($"3,0{Init}w310=1000000.{Sipi},1huW32v31.wb0=0.,2Us", scenario.Programs.ToString());
        Assert.Equal(scenario.Programs.ToString(), Programs.Parse(scenario.Programs.ToString()).ToString());
        Assert.Equal("2,1U", Programs.Parse("2,1U").ToString());
    }

    // What 5.17's load check says of a vCPU that is preempted where it goes to sleep, it says of these as of any interrupt.
    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_vcpu_that_moves_is_reset_and_started(string kernel)
    {
        Property[] always = [AtRest("it runs in its page", x => x.IsInGuest(1) && x.VmcbOf(1).CodeSegment == 0x9a && x.ApicPageOf(1).Tpr == 0x20), .. Property.All, .. kernel == "V5_17" ? [] : Property.OfCores];
        Holds(kernel, $"2p,0{Init}{Sipi},1UW32", always);
        Holds(kernel, $"1c2m,0hw300=44500.,d0:31.", [AtRest("it is reset", x => x.VmcbOf(0).Rip == 0 || x.ApicPageOf(0).Irr.Highest < 0), .. Property.All]);
        Holds(kernel, $"2c1,0{Init}{Sipi},1uW32", [AtRest("the program has run", x => x.ApicPageOf(1).Tpr == 0x20), .. Property.All]);
    }

    [Theory]
    [InlineData("2,1W32U", "runs nothing before")]
    [InlineData("2,1uW32uW8", "one program for SIPI")]
    [InlineData("2,0UW32", "vCPU 0 boots the others")]
    [InlineData("2,1U,a0:41.", "beside assigned devices")]
    public void What_is_not_one_is_refused(string programs, string why) =>
        Assert.Contains(why, Assert.Throws<ModelException>(() => Scenario.Parse(Linux.V5_15, programs).Model).Message, StringComparison.Ordinal);

    [Fact]
    public void A_vcpu_with_a_program_does_not_wait() => Assert.Contains("say OnSipi",
        Assert.Throws<ModelException>(() => Scenario.On(Linux.V5_15).Guest(1, g => g.Hlt()).WaitsForSipi(1)).Message, StringComparison.Ordinal);
}
