namespace Avic.Model.Tests;

/// <summary>A guest that runs a guest of its own, on each kernel and with every interleaving.</summary>
public class NestedGuests
{
    private static Property AtRest(string sentence, When when) => Property.Named(sentence.Replace(' ', '-'), sentence).AtRest().Always(Property.Is(sentence, when));

    private static IReadOnlyList<Verdict> Check(string kernel, string programs, params IReadOnlyList<Property> properties) => Scenario.Parse(Linux.Parse(kernel), programs).Check(properties);

    private static void Holds(string kernel, string programs, params IReadOnlyList<Property> properties)
    {
        foreach (var verdict in Check(kernel, programs, properties))
            Assert.True(verdict.Outcome == Outcome.Safe && (verdict.Premised > 0 || Property.Known.Contains(verdict.Property)), $"{kernel} {programs}: {verdict.ToText()}{verdict.Counterexample?.ToText()}");
    }

    private static Outcome Taken(string kernel, string programs, string row) => Check(kernel, programs, Property.Taken(row))[0].Outcome;

    public static TheoryData<string> Kernels => [.. Linux.History.Select(kernel => kernel.Name)];

    public static TheoryData<string> Later => ["V5_19", "V6_1", "V6_3", "V6_8", "V6_17", "V7_0"];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void What_must_hold_holds_beside_inhibits(string kernel)
    {
        foreach (var programs in (string[])["1,0n(W32k)eW7,+4-4", "1,0N(W32k)eW7,+4", "2,0n(W32k)e,1W7,+4"])
            Holds(kernel, programs, [.. Property.All, Property.L2RunsWithoutAvic, Property.IsRunningOnlyWithAvicOn]);
    }

    // By way of the fault that no kernel maps the page for.
    [Theory]
    [MemberData(nameof(Kernels))]
    public void L2_reaches_the_apic_of_L1_through_the_emulator_alone(string kernel)
    {
        Holds(kernel, "1,0W7n(W32k)e", AtRest("TPR is as L2 wrote it", x => x.ApicPageOf(0).Tpr == 32),
            Property.Named("emulated", "An access of L2 is emulated.").On((uint)(Mark.Accelerated | Mark.Emulated | Mark.Lost)).Whenever(Property.Is("it was L2's", x => x.IsInL2))
                .Never(Property.Is("it was not", x => x.IsInL2 && !x.Marks.HasFlag(Mark.Emulated))));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Until_5_18_a_guest_that_may_run_guests_has_no_AVIC_and_since_5_19_it_comes_back_behind_L2(string kernel)
    {
        var comesBack = Linux.Parse(kernel).HasReasonsOfVcpus;
        Assert.Equal(comesBack ? Outcome.Reached : Outcome.NeverReached, Check(kernel, "1,0n(W32k)eW7", Property.AvicComesBack)[0].Outcome);
        Assert.Equal(comesBack ? Outcome.Reached : Outcome.NeverReached, Check(kernel, "1,0W7n(k)e", Property.AccessIsAccelerated)[0].Outcome);
    }

    [Theory]
    [MemberData(nameof(Later))]
    public void While_one_vcpu_runs_L2_another_keeps_AVIC(string kernel) =>
        Holds(kernel, "2,0n()e", AtRest("AVIC is off for the one and on for the other", x => x.IsInL2Of(0) && x is { Vm.ApicvInhibitReasons: 0 } && !x.VcpuOf(0).ApicvActive && x.VcpuOf(1).ApicvActive
            && (x.PhysicalIdTable[0] & PhysicalIdTable.IsRunning) == 0 && (x.PhysicalIdTable[1] & PhysicalIdTable.IsRunning) != 0));

    [Theory]
    [MemberData(nameof(Later))]
    public void L1_goes_on_behind_VMRUN_and_L2_ends_with_vmmcall_or_hlt(string kernel)
    {
        foreach (var end in "kh")
            Holds(kernel, $"1,0n({end})eW7", AtRest("L1 has gone on with interrupts on", x => !x.IsInL2Of(0) && x.ApicPageOf(0).Tpr == 7 && x.TakesInterrupts(0)), Property.AllAgreeAtRest);
    }

    // From a device, and by an IPI whose sender finds the vCPU not running.
    [Theory]
    [MemberData(nameof(Kernels))]
    public void An_interrupt_of_L1_ends_L2_and_is_handled(string kernel)
    {
        foreach (var programs in (string[])["1,0n()e,d0:31.", "2,0n()e,1w310=0.w300=4031."])
        {
            Holds(kernel, programs, Property.InterruptIsNotStranded, Property.NoDeadlock, AtRest("L2 has ended, and the vector was handled", x => x.MemoryOf(0).Handled[0] == 1));
            Assert.Equal(Outcome.Reached, Taken(kernel, programs, "nested_svm_vmexit.leave"));
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void L1_that_takes_no_interrupts_keeps_L2_running(string kernel) =>
        Holds(kernel, "1,0zn()e,d0:31.", Property.NoDeadlock, AtRest("L2 runs, unless the vector came before CLI", x => x.IsInL2Of(0) && (x.MemoryOf(0).Handled[0] == 1 || x.ApicPageOf(0).Irr.Contains(0x31))));

    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_thin_hypervisor_leaves_its_interrupts_to_L2(string kernel)
    {
        Holds(kernel, "1,0zN(W0)e,d0:31.", Property.InterruptIsNotStranded, Property.NoDeadlock, AtRest("L2 runs, and the vector was handled", x => x.IsInL2Of(0) && x.MemoryOf(0).Handled[0] == 1));
        Assert.Equal(Outcome.NeverReached, Taken(kernel, "1,0zN(W0)e,d0:31.", "nested_svm_vmexit.leave"));
    }

    // The window that was asked for while L2 had interrupts off is L2's VMCB's.
    [Theory]
    [MemberData(nameof(Kernels))]
    public void Until_6_3_a_window_of_a_thin_hypervisor_is_lost_when_L2_ends(string kernel)
    {
        var verdict = Check(kernel, "1,0N(zk)e,+4,d0:31.", Property.InterruptIsNotStranded)[0];
        Assert.Equal(Linux.Parse(kernel).Code["nested_svm_vmexit"].Labels.Contains("event") ? Outcome.Safe : Outcome.Violated, verdict.Outcome);
    }

    [Theory]
    [MemberData(nameof(Later))]
    public void Entering_L2_asks_for_an_update_and_leaving_it_makes_one(string kernel)
    {
        Assert.Equal(Outcome.Violated, Check($"{kernel}~enter_svm_guest_mode.-update", "1,0n()e", Property.L2RunsWithoutAvic)[0].Outcome);
        Assert.Equal(Outcome.Violated, Check($"{kernel}~nested_svm_vmexit.-update", "1,0n(k)e", Property.AllAgreeAtRest)[0].Outcome);
    }

    [Fact]
    public void An_inhibit_that_comes_while_L2_runs_is_followed_behind_it() =>
        Holds("V7_0", "1,0n()eW7,+4,d0:31.", [.. Property.All, Property.InterruptIsNotStranded, Property.L2RunsWithoutAvic]);

    [Theory]
    [InlineData("V5_18", Outcome.Safe)]
    [InlineData("V6_17", Outcome.Violated)]
    [InlineData("V7_0", Outcome.Safe)]
    public void Who_sends_a_vcpu_an_IPI_that_was_restored_into_L2_is_heard_since_7_0(string kernel, Outcome expected) =>
        Assert.Equal(expected, Check(kernel, "2,0n()e,1w310=0.w300=4031.,n0", Property.InterruptIsNotStranded)[0].Outcome);

    // Restored from L2 into L2: 6.6 mends that nobody then asks for the update.
    [Theory]
    [InlineData("V7_0")]
    public void A_vcpu_that_runs_L2_may_be_restored_again(string kernel) => Holds(kernel, "1,0n(k)eW7,n0n0", [.. Property.All, Property.L2RunsWithoutAvic]);

    [Fact]
    public void Guests_without_guests_have_no_part_of_it()
    {
        var model = Scenario.Parse(Linux.V7_0, "1,0W7,+4").Model;
        Assert.DoesNotContain(model.Layout.Fields, field => field.Name.StartsWith("nested", StringComparison.Ordinal));
    }

    [Fact]
    public void The_word_is_the_text()
    {
        var scenario = Scenario.On(Linux.V7_0, vcpus: 1).Guest(0, g => g.Vmrun(l2 => l2.Write(Apic.Tpr, 32).Vmmcall()).Vmrun(l2 => l2.Cli(), sharesInterrupts: true).Write(Apic.Tpr, 7)).Host(h => h.SetNestedState(0));
        Assert.Equal("1,0n(W32k)eN(z)eW7,n0", scenario.Programs.ToString());
        Assert.Equal("1 vCPU, 0 toggles, 8 guest instructions, 2 VMRUNs, 1 restored L2 · V7_0", scenario.Bounds);
    }

    [Theory]
    [InlineData("1x,0n()e", "L2 is not modelled together with x2APIC mode")]
    [InlineData("1,0n()e,L0:80=20.", "not modelled together with L2")]
    [InlineData("1,0W7,n0", "vCPU 0 has no L2 to go on in")]
    [InlineData("1,0k", "VMMCALL is L2's")]
    [InlineData("1,0v31.n()", "handlers, and what SIPI starts, run no L2")]
    [InlineData("1,0n(e)", "What KVM does with stgi of L2 is not modelled")]
    [InlineData("1,0n(W7", "what runs in L2 follows 'n' in parentheses")]
    [InlineData("1,0n", "what runs in L2 follows 'n' in parentheses")]
    public void What_is_not_modelled_is_refused_in_a_sentence(string programs, string why) =>
        Assert.Contains(why, Assert.Throws<ModelException>(() => Scenario.Parse(Linux.V7_0, programs).Model).Message);

    [Fact]
    public void Words_out_of_place_are_refused_in_a_sentence()
    {
        var scenario = Scenario.On(Linux.V7_0, vcpus: 1);
        Assert.StartsWith("VMMCALL is L2's", Assert.Throws<ModelException>(() => scenario.Guest(0, g => g.Vmmcall())).Message);
        Assert.StartsWith("L2 has no handlers of its own", Assert.Throws<ModelException>(() => scenario.Guest(0, g => g.Vmrun(l2 => l2.On(0x31, h => h)))).Message);
        Assert.StartsWith("There is no vCPU 1", Assert.Throws<ModelException>(() => scenario.Guest(0, g => g.Vmrun(l2 => l2)).Host(h => h.SetNestedState(1))).Message);
    }
}
