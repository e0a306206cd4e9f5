namespace Avic.Model.Tests;

/// <summary>Every exit of the table that the model has: a guest that runs into it, and what the VMCB says then.</summary>
public class ExitCodes
{
    private const uint Asserted = 1 << 14, Level = 1 << 15, Self = 1 << 18, Logical = 1 << 11;

    /// <summary>A way into an exit.</summary>
    /// <param name="Exit">The row of the table, as it calls itself.</param>
    /// <param name="Scenario">What runs; the last vCPU goes first, as far as it can.</param>
    /// <param name="Handler">KVM's function that has it; none for an interrupt.</param>
    /// <param name="Rip">The guest's place at the exit: behind the instruction in a trap, at it in a fault.</param>
    private sealed record Way(string Exit, Scenario Scenario, string Handler, int Rip, ulong Info1 = 0, ulong Info2 = 0)
    {
        /// <summary>True if the VMM has made its call before anybody enters.</summary>
        public bool IsInhibited { get; init; }

        public Trace Run() => Scenario.Run(new LastFirst(IsInhibited));
    }

    private static IEnumerable<Way> Ways()
    {
        const string incomplete = "avic_incomplete_ipi_interception", unaccelerated = "avic_unaccelerated_access_interception", fault = "kvm_mmu_page_fault";
        yield return new("18h Cr8Write", On(g => g.WriteCr8(15).SendIpi(Shorthand.Self, 0x31).WriteCr8(0)).Host(h => h.SetInhibit(Reason.PitReinject)), "cr8_write_interception", 2) { IsInhibited = true };
        yield return new("41h Debug, trap", On(g => g.SendNmi(to: 0).OnNmi(h => h.SendNmi(to: 0))), "db_interception", 2);
        yield return new("60h Interrupt", On(g => g).Host(h => h.SetInhibit(Reason.PitReinject)), "", 0);
        yield return new("64h VirtualInterrupt", On(g => g.Cli().Sti().ReadCr8().ReadCr8()).Vcpu(0, v => v.IrqWindow()), "interrupt_window_interception", 0);
        yield return new("74h Iret", On(g => g.SendNmi(to: 0)), "iret_interception", 5);
        yield return new("78h Halt", On(g => g.ReadCr8().Hlt()), "kvm_emulate_halt", 1);
        yield return new("7bh Port", On(g => g.ReadCr8().Lower(pin: 2)), "io_interception", 1, 0x2_0010, 2);
        yield return new("7ch Msr", On(g => g.Rdmsr(0x1b)), "msr_interception", 0);
        yield return new("7ch Msr", On(g => g.Wrmsr(0x808, 0x20)), "msr_interception", 0, 1);
        yield return new("80h Vmrun", On(g => g.ReadCr8().Vmrun(l2 => l2)), "nested_svm_vmrun", 1);
        yield return new("81h Vmmcall", On(g => g.Vmrun(l2 => l2.Vmmcall())), "nested_svm_vmexit", 6);
        yield return new("400h NestedPageFault", On(g => g.Read(Apic.Version)), fault, 0, 0x1_0000_0004, 0xfee0_0030);
        yield return new("400h NestedPageFault", On(g => g.Write(Apic.Tpr, 1)), fault, 0, 0x1_0000_0006, 0xfee0_0080);
        foreach (var (kind, name) in new[] { (Level, "level"), (0x100u, "lowest"), (0x200u, "SMI"), (0x400u, "NMI"), (0x500u, "INIT"), (0x600u, "SIPI") })
            yield return new("401h IncompleteIpi, id 0", To(1, 0x31 | Asserted | kind), incomplete, 2, 0x0100_0000_0000_0031UL | Asserted | kind, 0);
        yield return new("401h IncompleteIpi, id 1", To(1, 0x31 | Asserted).Guest(1, g => g.Hlt()), incomplete, 2, 0x0100_0000_0000_0031UL | Asserted, 1UL << 32 | 1);
        yield return new("401h IncompleteIpi, id 2", To(5, 0x31 | Asserted), incomplete, 2, 0x0500_0000_0000_0031UL | Asserted, 2UL << 32 | 5);
        yield return new("401h IncompleteIpi, id 2", To(0xfe, 0x31 | Asserted), incomplete, 2, 0xfe00_0000_0000_0031UL | Asserted, 2UL << 32 | 0xfe);
        yield return new("401h IncompleteIpi, id 2", To(0x42, 0x31 | Asserted | Logical), incomplete, 2, 0x4200_0000_0000_0031UL | Asserted | Logical, 2UL << 32 | 6);
        yield return new("401h IncompleteIpi, id 3", To(1, 0x31 | Asserted).On(Corrupt), incomplete, 2, 0x0100_0000_0000_0031UL | Asserted, 3UL << 32 | 1);
        yield return new("401h IncompleteIpi, id 4", To(1, 0x0f | Asserted), incomplete, 2, 0x0100_0000_0000_000fUL | Asserted, 4UL << 32);
        yield return new("402h UnacceleratedAccess, trap", On(g => g.Write(Apic.Ldr, 0x0400_0000)), unaccelerated, 1, 0x1_0000_00d0);
        yield return new("402h UnacceleratedAccess, trap", On(g => g.Write(Apic.IcrLow, 0x31 | Asserted | Level | Self).On(0x31, h => h.Eoi())), unaccelerated, 3, 0x1_0000_00b0, 0x31);
        yield return new("402h UnacceleratedAccess", On(g => g.Read(Apic.TimerCurrentCount)), unaccelerated, 0, 0x390);
        yield return new("402h UnacceleratedAccess", On(g => g.Write(Apic.Version, 1)), unaccelerated, 0, 0x1_0000_0030);
    }

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Ways().Count())];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void An_exit_says_what_the_table_says(int number)
    {
        var way = Ways().ElementAt(number);
        var row = Assert.Single(ExitCode.All, code => code.ToString() == way.Exit);
        var exit = Enum.Parse<Exit>(row.Name);
        Assert.Equal(row.Code, (uint)exit);
        var run = way.Run();
        var at = Assert.IsType<int>(LeavesFor(run, way));
        var vmcb = run.State<Machine>(at).Vmcb[0];
        Assert.Equal((exit, way.Rip, way.Info1, way.Info2), (vmcb.ExitCode, vmcb.Rip, vmcb.ExitInfo1, vmcb.ExitInfo2));
    }

    // A VMRUN that is refused is no way out of the guest, which it never entered: Vmruns has it. KVM here asks for no exit at idle HLT, and id 5 is Secure AVIC's.
    private static readonly string[] NoWay = ["ffffffffh Invalid", "a6h IdleHalt", "401h IncompleteIpi, id 5"];

    [Fact]
    public void Every_row_of_the_table_has_a_way_but_three() =>
        Assert.Equal(ExitCode.All.Select(code => code.ToString()).Except(NoWay), Ways().Select(way => way.Exit).Distinct());

    [Fact]
    public void The_three_are_rows_of_the_table() => Assert.Subset(ExitCode.All.Select(code => code.ToString()).ToHashSet(), NoWay.ToHashSet());

    [Fact]
    public void Every_exit_of_the_model_bears_the_name_of_its_code() =>
        Assert.All(Enum.GetValues<Exit>(), exit => Assert.Contains(ExitCode.All, code => code.Code == (uint)exit && code.Name == exit.ToString()));

    [Theory]
    [InlineData(0), InlineData(2), InlineData(3), InlineData(4)]
    public void An_ipi_that_fails_before_its_first_effect_has_reached_nobody(int id)
    {
        foreach (var way in Ways().Where(way => way.Exit == $"401h IncompleteIpi, id {id}"))
        {
            var run = way.Run();
            var machine = run.State<Machine>(LeavesFor(run, way)!.Value);
            Assert.Equal((-1, -1, false, false), (machine.ApicPage[0].Irr.Highest, machine.ApicPage[1].Irr.Highest, machine.Core[0].Doorbell, machine.Core[1].Doorbell));
        }
    }

    [Fact]
    public void An_ipi_to_one_who_sleeps_is_in_its_irr_at_the_exit()
    {
        var way = Ways().Single(way => way.Exit == "401h IncompleteIpi, id 1");
        var run = way.Run();
        var machine = run.State<Machine>(LeavesFor(run, way)!.Value);
        Assert.Equal((0x31, true), (machine.ApicPage[1].Irr.Highest, machine.Vcpu[1].Sleeping));
    }

    [Fact]
    public void The_eoi_of_a_level_interrupt_leaves_its_vector_in_service_for_kvm_to_end()
    {
        var way = Ways().Single(way => way.Info2 == 0x31);
        var run = way.Run();
        Assert.Equal(0x31, run.State<Machine>(LeavesFor(run, way)!.Value).ApicPage[0].Isr.Highest);
        Assert.Equal(-1, run.State<Machine>(run.Steps.Count).ApicPage[0].Isr.Highest);
    }

    [Fact]
    public void A_bad_backing_page_is_warned_of()
    {
        var run = Ways().Single(way => way.Exit.EndsWith("id 3", StringComparison.Ordinal)).Run();
        Assert.Contains(run.Steps, step => step.Row == "avic_incomplete_ipi_interception.id" && ((Mark)step.Marks).HasFlag(Mark.Warned));
    }

    [Fact]
    public void An_mmio_spte_is_a_fault_on_reserved_bits()
    {
        var run = Scenario.Parse(Linux.V5_14, "1,0R0R0,+4").Run(new LastFirst(isVmmFirst: true));
        var infos = Enumerable.Range(0, run.Steps.Count).Select(i => run.State<Machine>(i).Vmcb[0].ExitInfo1).Distinct();
        Assert.Equal([0UL, 0x1_0000_0004UL, 0x1_0000_000dUL], infos.Order());
    }

    private static Scenario On(Func<GuestProgram, GuestProgram> guest) => Scenario.On(Linux.V5_15, vcpus: 1).Guest(0, guest);

    private static Scenario To(int destination, uint icr) => Scenario.On(Linux.V5_15, vcpus: 2).Guest(0, g => g.Write(Apic.IcrHigh, (long)destination << 24).Write(Apic.IcrLow, icr));

    // KVM never writes such an entry.
    private static readonly Linux Corrupt = Linux.V5_15.With("svm_vcpu_run", "to_cr8", Row.Of("to_cr8", "a table gone bad", x =>
    {
        x.Store(ref x.PhysicalIdTable[1], PhysicalIdTable.Valid | PhysicalIdTable.IsRunning | 0x7f_ffff_f000 | 1);
        return x.Next;
    }));

    /// <summary>Rows after which vCPU 0 has left its guest into the handler, with what the way says.</summary>
    private static int? LeavesFor(Trace run, Way way)
    {
        var own = run.Steps.Where(step => step.Actor.Index == 0).ToList();
        foreach (var left in run.Steps.Where(step => run.State<Machine>(step.Number - 1).Core[0].InGuest && !run.State<Machine>(step.Number).Core[0].InGuest))
        {
            var handled = own.SkipWhile(step => step.Number <= left.Number || step.Row != "vcpu_enter_guest.irq_on").Take(2).ToList();
            if (handled.Count == 0) continue;
            var rows = handled[0].Control.Concat(handled.Skip(1).Select(step => step.Row)).SkipWhile(row => row != "vcpu_enter_guest.exit").Skip(1).ToList();
            var vmcb = run.State<Machine>(left.Number).Vmcb[0];
            if ((way.Handler == "" ? left.Row == "core.intr" : rows.FirstOrDefault()?.StartsWith(way.Handler + ".", StringComparison.Ordinal) == true)
                && (vmcb.ExitInfo1, vmcb.ExitInfo2, vmcb.Rip) == (way.Info1, way.Info2, way.Rip)) return left.Number;
        }
        return null;
    }

    /// <summary>The last vCPU first, then the others; the VMM before them, or when they stand still.</summary>
    private sealed class LastFirst(bool isVmmFirst) : Schedule
    {
        private int _vcpus;
        private Model _model = null!;

        public override void Start(Model model) => (_model, _vcpus) = (model, model.Actors.Count(actor => actor.Name.StartsWith("vcpu", StringComparison.Ordinal)));

        public override Move? Next(IReadOnlyList<Move> enabled)
        {
            if (enabled.Count == 0) return null;
            return enabled.MinBy(move => _model.Actors[move.Actor] is { IsThread: false } ? -1 : move.Actor < _vcpus ? _vcpus - move.Actor : isVmmFirst ? -2 : 100);
        }
    }
}
