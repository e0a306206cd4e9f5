using System.Runtime.InteropServices;

namespace Avic.Model.Tests;

/// <summary>Interrupts of assigned devices: posted by the IOMMU while AVIC is on, remapped while it is off, and told to KVM where the vCPU does not run.</summary>
public class AssignedDevices
{
    private static Property Handled(int vcpu, int vector, Func<int, bool> count) => Property.Named($"vcpu{vcpu}-{vector}", "At rest the vCPU has handled the vector so often.").AtRest()
        .Never(Property.Is("another number of times", x => !count(x.MemoryOf(vcpu).Handled[vector])));

    private static readonly Property Once = Handled(0, 0, times => times == 1);

    // As since 5.17.
    private static readonly Linux IrrPendingKept = Linux.V5_15.With("kvm_apic_update_apicv", "search", x =>
    {
        x.Local.Set = true;
        return x.Next;
    });

    private static readonly Linux ModeFirst = IrrPendingKept.Swap("svm_refresh_apicv_exec_ctrl", "load", "mode");

    private static IReadOnlyList<Outcome> Check(string programs, params Property[] properties) => On(Linux.V5_15, programs, properties);

    private static IReadOnlyList<Outcome> On(Linux kernel, string programs, params Property[] properties) => [.. Scenario.Parse(kernel, programs).Check(properties).Select(verdict => verdict.Outcome)];

    private static IReadOnlyList<Outcome> All(Outcome outcome, int times) => [.. Enumerable.Repeat(outcome, times)];

    [Theory]
    [InlineData("1,a0:41.")]
    [InlineData("1,0h,a0:41.")]
    [InlineData("1,0zsh,a0:41.")]
    [InlineData("1,+4,a0:41.")]
    [InlineData("1,0h,+4,a0:41.")]
    public void A_posted_interrupt_is_handled_once(string programs) =>
        Assert.Equal(All(Outcome.Safe, 5), On(IrrPendingKept, programs, Once, Property.InterruptIsNotStranded, Property.NoDeadlock, Property.GaLogIsRead, Property.IrtesFollowTheVcpu));

    // 755c2bf87860: the IOMMU posts between the search of IRR and the store of what it found.
    [Fact]
    public void In_5_15_one_that_is_posted_while_avic_goes_off_is_forgotten() =>
        Assert.Equal(All(Outcome.Violated, 2), Check("1,+4,a0:41.", Property.InterruptIsNotStranded, Property.IrrPendingMissesNothing));

    // x2APIC mode up to 5.19, and a SynIC up to 5.14, keep AVIC off from the start.
    [Theory]
    [InlineData("V5_7", "1x,a0:41.")]
    [InlineData("V5_15", "1x,a0:41.")]
    [InlineData("V5_19", "1x,0h,a0:41.")]
    [InlineData("V5_7", "1,0m40000092=20031.,a0:41.")]
    [InlineData("V5_14", "1,0m40000092=20031.,a0:41.")]
    public void With_avic_off_from_the_start_it_is_remapped(string kernel, string programs)
    {
        Assert.Equal(All(Outcome.Safe, 3), On(Linux.Parse(kernel), programs, Property.InterruptIsNotStranded, Property.NoDeadlock, Property.IrtesFollowTheVcpu));
        Assert.Equal([Outcome.NeverReached], On(Linux.Parse(kernel), programs, Property.Taken("iommu_interrupt.irr")));
    }

    [Fact]
    public void Two_that_come_together_may_be_one() => Assert.Equal([Outcome.Safe], Check("1,0h,a0:41.0:41.", Handled(0, 0, times => times is 1 or 2)));

    [Fact]
    public void A_vcpu_that_sleeps_is_woken_by_the_ga_log_alone() =>
        Assert.Equal([Outcome.Violated], On(Linux.V5_15.Without("amd_iommu_int_thread", "notify"), "1,0h,a0:41.", Property.InterruptIsNotStranded));

    // IsRun of 5.15 is lost when AVIC comes back: the vCPU is loaded while its entries are remapped still, and nobody loads it again.
    [Fact]
    public void After_an_inhibit_5_15_posts_to_a_vcpu_that_it_takes_for_asleep()
    {
        var verdicts = Scenario.Parse(Linux.V5_15, "1,+4-4,a0:41.").Check([Property.InterruptIsNotStranded, Property.IrtesFollowTheVcpu]);
        Assert.Equal([(Outcome.Violated, 85), (Outcome.Violated, 85)], verdicts.Select(verdict => (verdict.Outcome, verdict.Counterexample!.Steps.Count)));
    }

    [Theory]
    [InlineData("1,+4-4,a0:41.")]
    [InlineData("1,0h,+4-4,a0:41.")]
    public void Mode_before_load_mends_it(string programs) => Assert.Equal(All(Outcome.Safe, 3), On(ModeFirst, programs, Once, Property.InterruptIsNotStranded, Property.IrtesFollowTheVcpu));

    private static readonly Property NamesTheCore = Property.Named("irte-names-the-core", "At VMRUN an entry with IsRun names the vCPU's core.").At("svm_vcpu_run.vmrun")
        .Whenever(Property.Is("it has IsRun", x => (x.IrteOf(0).Low & Irte.GuestMode) != 0 && (x.IrteOf(0).Low & Irte.IsRun) != 0 && x.Programs.PostedTo(0) == x.Me))
        .Always(Property.Is("the cores agree", x => (int)((x.IrteOf(0).Low & Irte.Destination) >> 8) == x.Vcpu.Core));

    [Theory]
    [InlineData("1p,a0:41.")]
    [InlineData("1c2m,a0:41.")]
    [InlineData("1c2m,0h,a0:41.")]
    [InlineData("2c1,a1:41.")]
    [InlineData("1c2,a0:41.,m0c1m0c0")]
    public void One_that_is_posted_to_a_vcpu_that_moves_is_handled_once(string programs)
    {
        var verdicts = Scenario.Parse(Linux.V5_15, programs).Check([programs[0] == '2' ? Handled(1, 0, times => times == 1) : Once, NamesTheCore, Property.InterruptIsNotStranded, Property.NoDeadlock, Property.IrtesFollowTheVcpu, Property.GaLogIsRead]);
        Assert.All(verdicts, verdict => Assert.True(verdict is { Outcome: Outcome.Safe, Premised: > 0 }, verdict.ToText() + verdict.Counterexample?.ToText()));
    }

    // The invalidation is for an IOMMU that goes by copies of IsRun and Destination.
    [Theory]
    [InlineData("is_run", "default", Outcome.Violated)]
    [InlineData("flush", "irte-cached", Outcome.Violated)]
    [InlineData("wait", "irte-cached", Outcome.Violated)]
    [InlineData("flush", "default", Outcome.Safe)]
    public void A_vcpu_that_moves_rests_on_what_the_iommu_is_told(string row, string hardware, Outcome outcome) =>
        Assert.Equal(outcome, Scenario.Parse(Linux.V5_15.Without("avic_update_iommu_vcpu_affinity", row), "1c2m,a0:41.").On(Hardware.Parse(hardware)).Check(Property.InterruptIsNotStranded).Outcome);

    // 57cdb720eaa5: since 6.8 the IOMMU is told without an invalidation.
    [Theory]
    [InlineData("V6_3", "irte-cached", Outcome.Safe)]
    [InlineData("V6_8", "irte-cached", Outcome.Violated)]
    [InlineData("V6_8", "galogintr-cached", Outcome.Safe)]
    [InlineData("V6_17", "default", Outcome.Safe)]
    [InlineData("V6_17", "galogintr-cached", Outcome.Violated)]
    public void What_later_kernels_do_not_invalidate_must_not_be_cached(string kernel, string hardware, Outcome outcome) =>
        Assert.Equal(outcome, Scenario.Parse(Linux.Parse(kernel), "1,0h,a0:41.").On(Hardware.Parse(hardware)).Check(Property.InterruptIsNotStranded).Outcome);

    [Theory]
    [MemberData(nameof(Mended))]
    public void Since_5_17_a_posted_interrupt_is_handled_once(string kernel, string programs) =>
        Assert.Equal(All(Outcome.Safe, 5), On(Linux.Parse(kernel), programs, Once, Property.InterruptIsNotStranded, Property.NoDeadlock, Property.GaLogIsRead, Property.IrtesFollowTheVcpu));

    public static TheoryData<string, string> Mended
    {
        get
        {
            TheoryData<string, string> scenarios = new();
            foreach (var kernel in Versions.Since(Linux.V5_17))
                foreach (var programs in (string[])["1,a0:41.", "1,0h,a0:41.", "1,+4,a0:41."]) scenarios.Add(kernel.Name, programs);
            foreach (var kernel in (string[])["V6_17", "V7_0"]) scenarios.Add(kernel, "1,+4-4,a0:41.");
            foreach (var kernel in (string[])["V5_19", "V6_8", "V6_17", "V7_0"])
                foreach (var programs in (string[])["1p,a0:41.", "1c2m,0h,a0:41."]) scenarios.Add(kernel, programs);
            return scenarios;
        }
    }

    // Museum 36: who was preempted looks at IRR when it comes back, and nobody need be told.
    [Theory]
    [InlineData("V6_8", Outcome.Reached)]
    [InlineData("V6_17", Outcome.NeverReached)]
    public void Since_6_17_only_a_vcpu_that_blocks_has_interrupts_logged(string kernel, Outcome outcome) =>
        Assert.Equal(outcome, Scenario.Parse(Linux.Parse(kernel), "1p,a0:41.").Check(Property.Taken("iommu_interrupt.log")).Outcome);

    [Fact]
    public void An_entry_that_keeps_the_core_of_before_or_is_not_told_of_the_new_one_strands_an_interrupt()
    {
        Assert.Equal([Outcome.Violated], On(Told(x => x.Local.Value == 0 ? 0 : x.Vcpu.Cpu + 1), "1c2m,a0:41.", Property.InterruptIsNotStranded));
        Assert.Equal([Outcome.Violated], On(Told(x => x.Local.Set ? -1 : x.Local.Value), "1c2m,a0:41.", Property.InterruptIsNotStranded));
        Assert.Equal([Outcome.Safe], On(Told(x => x.Local.Value), "1c2m,a0:41.", Property.InterruptIsNotStranded));
    }

    [Fact]
    public void An_entry_that_is_not_told_of_a_preemption_says_that_the_vcpu_runs()
    {
        Assert.Equal([Outcome.Violated], On(Told(x => x.Local.Set ? x.Local.Value : -1), "2c1,a1:41.,a0:41.", Property.IrtesFollowTheVcpu));
        Assert.Equal([Outcome.Safe], On(Told(x => x.Local.Value), "2c1,a1:41.,a0:41.", Property.IrtesFollowTheVcpu));
    }

    private delegate int CoreTold(Context x);

    // A kernel that tells the IOMMU of another core (plus 1), of none (0), or nothing at all (-1).
    private static Linux Told(CoreTold core) => Linux.V5_15.With("avic_update_iommu_vcpu_affinity", "is_run", x =>
    {
        ref var low = ref x.IrteOf(x.Local.Index).Low;
        if (core(x) is not (>= 0 and var told)) return x.Goto("next");
        x.Store(ref low, low & ~(Irte.IsRun | (told == 0 ? 0 : Irte.Destination)) | (told == 0 ? 0 : (ulong)(told - 1) << 8) | (x.Local.Set ? Irte.IsRun : 0));
        return x.Next;
    });

    // The IOMMU is told of the core that the vCPU has left, as the physical ID table is (b652de1e3dfb, 66c768d30e64).
    [Fact]
    public void In_5_15_an_entry_may_name_a_core_that_the_vcpu_has_left()
    {
        Assert.Equal([Outcome.Violated], On(ModeFirst, "1c2m,+4-4,a0:41.", NamesTheCore));
        Assert.Equal([Outcome.Safe], On(Linux.PreemptOff.Swap("svm_refresh_apicv_exec_ctrl", "load", "mode"), "1c2m,+4-4,a0:41.", NamesTheCore));
    }

    // A vCPU that goes to sleep looks at IRR when nobody can post to it by an old entry any more.
    [Theory]
    [InlineData("wait")]
    [InlineData("flush")]
    [InlineData("is_run")]
    public void Going_to_sleep_rests_on_each_row_of_the_update_where_entries_are_copied(string row) =>
        Assert.Equal(Outcome.Violated, Scenario.Parse(Linux.V5_15.Without("avic_update_iommu_vcpu_affinity", row), "1,0h,a0:41.0:42.").On(Hardware.With(Reading.IrteCached)).Check(Property.InterruptIsNotStranded).Outcome);

    [Fact]
    public void A_log_that_overflows_stays_off_and_strands_a_sleeper()
    {
        Assert.Equal(All(Outcome.Violated, 2), Check("2,0h,1h,a0:41.,a1:42.,g2", Property.GaLogIsRead, Property.InterruptIsNotStranded));
        Assert.Equal(All(Outcome.Safe, 2), Check("2,0h,1h,a0:41.,a1:42.", Property.GaLogIsRead, Property.InterruptIsNotStranded));
    }

    // A vCPU that sleeps with interrupts off, and three devices that go on and on while nobody reads the log.
    [Theory]
    [InlineData(511, 511, IommuStatus.GaLogRun | IommuStatus.GaLogInt)]
    [InlineData(512, 511, IommuStatus.GaLogOverflow | IommuStatus.GaLogInt)]
    public void The_drivers_log_of_512_entries_holds_511_and_overflows_with_the_next(int sent, int tail, IommuStatus status)
    {
        var scenario = Scenario.On(Linux.V5_15, vcpus: 1).Guest(0, g => g.Cli().Hlt()).GaLog(entries: 512);
        foreach (var part in (int[])[200, 200, sent - 400]) scenario = scenario.AssignedDevice(d => d.Repeat(part, again => again.Msi(to: 0, vector: 0x41)));
        Assert.Equal(scenario.Programs.ToString(), Scenario.Parse(Linux.V5_15, scenario.Programs.ToString()).Programs.ToString());
        var run = scenario.Run(new DriverLast(), longest: 100_000);
        var iommu = run.State<Machine>(run.Steps.First(step => step.Actor.Name == "iommu_irq").Number - 1).Iommu[0];
        Assert.Equal((0U, (uint)tail, status), (iommu.GaHead, iommu.GaTail, iommu.Status));
        Assert.Equal((uint)tail, run.State<Machine>(run.Steps.Count).Iommu[0].GaHead);
    }

    [Fact]
    public void The_drivers_log_is_explored_like_a_small_one() =>
        Assert.Equal(Scenario.Parse(Linux.V5_15, "1,0h,a0:41.").Explore().States, Scenario.Parse(Linux.V5_15, "1,0h,a0:41.,g512").Explore().States);

    // A vCPU and the hardware as far as they can, then devices, then the thread that reads the log.
    private sealed class DriverLast : Schedule
    {
        private Model _model = null!;

        public override void Start(Model model) => _model = model;

        public override Move? Next(IReadOnlyList<Move> enabled) => enabled.Count == 0 ? null : enabled.MinBy(move => (_model.Actors[move.Actor].Name is var name && name == "iommu_irq" ? 2 : name.StartsWith("device", StringComparison.Ordinal) ? 1 : 0, move.Actor));
    }

    [Fact]
    public void What_goes_to_several_vcpus_is_remapped_and_delivered_by_kvm()
    {
        var scenario = Scenario.Parse(Linux.V5_15, "2,aff:41.");
        var machine = MemoryMarshal.Read<Machine>(scenario.Model.Initial);
        Assert.Equal((Irte.Remapped, 0UL), (machine.Irte[0].Low, machine.Irte[0].Low & Irte.GuestMode));
        Assert.Equal([Outcome.Safe, Outcome.Safe], Check("2,aff:41.", Once, Handled(1, 0, times => times == 1)));
    }

    [Fact]
    public void An_entry_that_is_not_valid_ends_the_interrupt()
    {
        var broken = Linux.V5_15.With("svm_set_pi_irte_mode", "mode", x =>
        {
            x.Store(ref x.IrteOf(x.Local.Index).Low, 0UL);
            return x.Next;
        });
        var aborted = Property.Named("aborted", "The IOMMU ends it.").At("iommu_interrupt.abort").Sometimes(Property.Is("it does", _ => true));
        Assert.Equal([Outcome.Reached, Outcome.Safe], On(broken, "1,+4,a0:41.", aborted, Property.NoDeadlock));
    }

    [Fact]
    public void An_entry_has_the_bits_of_the_manual()
    {
        var machine = MemoryMarshal.Read<Machine>(Scenario.Parse(Linux.V5_15, "2,a1:41.").Model.Initial);
        var (layout, value) = (BitLayout.Of("IRTE"), new UInt128(machine.Irte[0].High, machine.Irte[0].Low));
        Assert.Equal([1UL, 0, 1, 1, 1, 1, 0x101, 0x41, PhysicalIdTable.BackingPage(1) >> 12, 0], ((string[])["VALID", "NO_FAULT", "GA_LOG_INTR", "IS_RUN", "GUEST_MODE", "DESTINATION[23:0]", "GA_TAG", "VECTOR", "GA_ROOT_PTR", "DESTINATION[31:24]"])
            .Select(field => layout[field].Get(value)));
        Assert.Equal(UInt128.Zero, value & layout.Reserved);
    }

    [Fact]
    public void A_remapped_entry_has_the_bits_of_the_manual()
    {
        var layout = BitLayout.Of("IRTE, remapped");
        var value = new UInt128(PostedInterrupts.HostVector(0), Irte.Remapped);
        Assert.Equal([1UL, 0, 0x22, 0], ((string[])["VALID", "GUEST_MODE", "VECTOR", "INT_TYPE"]).Select(field => layout[field].Get(value)));
    }

    [Fact]
    public void Programs_are_words_and_the_words_are_one_line()
    {
        var scenario = Scenario.On(Linux.V5_15).AssignedDevice(d => d.Msi(to: 1, vector: 0x41).Msi(to: 0, vector: 0x42)).Device(d => d.Msi(to: 0, vector: 0x43)).GaLog(entries: 2);
        Assert.Equal("2,d0:43.,a1:41.0:42.,g2", scenario.Programs.ToString());
        Assert.Equal(scenario.Programs.ToString(), Programs.Parse(scenario.Programs.ToString()).ToString());
        Assert.Contains("1 MSI, 2 interrupts of assigned devices", scenario.Bounds, StringComparison.Ordinal);
    }

    [Fact]
    public void What_an_assigned_device_cannot_do_is_refused()
    {
        Refused("An assigned device has no line to the I/O APIC", s => s.AssignedDevice(d => d.Raise(1)));
        Refused("An interrupt has a vector from 16 to 255, not 3.", s => s.AssignedDevice(d => d.Msi(0, 3)));
        Refused("Assigned devices send up to 4 different interrupts, not 5", s => s.AssignedDevice(d => d.Msi(0, 0x41).Msi(0, 0x42).Msi(0, 0x43).Msi(1, 0x41).Msi(1, 0x42)));
        Refused("A scenario has up to 4 devices.", s => s.AssignedDevice(d => d).Device(d => d).AssignedDevice(d => d).Device(d => d).AssignedDevice(d => d));
        Refused("A GA log has 2 to 512 entries, not 1.", s => s.GaLog(1));
        Refused("A GA log has 2 to 512 entries, not 513.", s => s.GaLog(513));
    }

    [Theory]
    [InlineData("1,a+1.")]
    [InlineData("1,a0:5.")]
    [InlineData("1,a0.")]
    [InlineData("1,a0:41.0:42.0:43.0:44.0:45.")]
    [InlineData("1,a,a,d,d,a")]
    [InlineData("1,g1")]
    [InlineData("1,g513")]
    [InlineData("1,g")]
    public void What_is_no_assigned_device_is_refused_in_one_line(string text) => Assert.DoesNotContain('\n', Assert.Throws<ModelException>(() => Programs.Parse(text)).Message);

    [Theory]
    [InlineData("1,a0:41.", 163, 282)]
    [InlineData("1,+4,a0:41.", 8_325, 18_517)]
    [InlineData("1,+4-4,a0:41.", 42_095, 102_959)]
    [InlineData("2,0h,a0:41.,a1:42.", 142_827, 496_358)]
    public void States_and_edges_are_these(string programs, long states, long edges)
    {
        var explored = Scenario.Parse(Linux.V5_15, programs).Explore();
        Assert.Equal((states, edges), (explored.States, explored.Edges));
    }

    private static void Refused(string why, Func<Scenario, Scenario> word) =>
        Assert.StartsWith(why, Assert.Throws<ModelException>(() => word(Scenario.On(Linux.V5_15))).Message, StringComparison.Ordinal);
}
