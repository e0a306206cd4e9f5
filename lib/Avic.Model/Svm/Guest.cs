namespace Avic.Model;

/// <summary>Why the core left the guest: the exit code.</summary>
public enum Exit
{
    /// <summary>VMEXIT_INVALID: VMRUN found the VMCB inconsistent, and the guest did not run.</summary>
    Invalid = -1,

    /// <summary>VMEXIT_CR8_WRITE.</summary>
    Cr8Write = 0x18,

    /// <summary>VMEXIT_EXCP1: #DB.</summary>
    Debug = 0x41,

    /// <summary>VMEXIT_INTR: a physical interrupt.</summary>
    Interrupt = 0x60,

    /// <summary>VMEXIT_VINTR: the guest can take a virtual interrupt.</summary>
    VirtualInterrupt = 0x64,

    /// <summary>VMEXIT_IRET.</summary>
    Iret = 0x74,

    /// <summary>VMEXIT_HLT.</summary>
    Halt = 0x78,

    /// <summary>VMEXIT_IOIO: OUT to a port; every port is intercepted.</summary>
    Port = 0x7b,

    /// <summary>VMEXIT_MSR: RDMSR or WRMSR of an MSR that is intercepted.</summary>
    Msr = 0x7c,

    /// <summary>VMEXIT_VMRUN: the guest would run a guest of its own.</summary>
    Vmrun = 0x80,

    /// <summary>VMEXIT_VMMCALL.</summary>
    Vmmcall = 0x81,

    /// <summary>VMEXIT_NPF: a nested page fault.</summary>
    NestedPageFault = 0x400,

    /// <summary>AVIC_INCOMPLETE_IPI.</summary>
    IncompleteIpi = 0x401,

    /// <summary>AVIC_NOACCEL.</summary>
    UnacceleratedAccess = 0x402,
}

/// <summary>Guest mode: the guest's program, one retired instruction a row, and the nested walk for the APIC page.</summary>
/// <remarks>
/// An access is one retired instruction, however often it faults and is retried. The decision "vAPIC access or plain
/// memory" is made by the walk and remembered in the TLB entry; a later change of the AVIC bit does not purge it.
/// AMD64 APM vol. 2, 15.29 (AVIC) and 15.25 (nested paging); TLB behaviour after kernel commits 0ccf3e7cb95a, a9e18aa3263f.
/// </remarks>
internal static class Guest
{
    public static readonly Routine<Machine> Routine = Avic.Model.Routine.Of("guest", "AMD64 APM vol. 2, 15.29",
        // Translation and access are one row: an interrupt is taken before the instruction or after it, never within.
        Row.Of("insn", "access through the TLB entry", x =>
        {
            if (AtAccess(x) is not { } access || x.Vmcb.Tlb == TlbEntry.None || IsElsewhere(x)) return x.Wait;
            x.Tell(access.Told);
            if (x.Vmcb.Tlb == TlbEntry.Avic) return VirtualApic.Access(x, access);
            if (x.Vmcb.Tlb >= TlbEntry.AvicOfVcpu0) return Translations.Misdirected(x, access);
            // The APIC's frame seen as memory: what is written there no APIC reads.
            if (access.IsWrite) x.Store(ref x.Vm.ScratchPage, (byte)access.Value);
            else x.Vmcb.Rax = x.Vm.ScratchPage;
            if (x.Msrs.IsApicOf(access)) x.Note(Mark.Lost); // in other modes, and elsewhere, the frame is no APIC's
            x.Retire();
            return x.Goto("insn");
        }, to: ["insn"], calls: ["avic_ipi"]),
        Row.Of("insn", "walk, fill the TLB", x => AtAccess(x) is not null && (x.Vmcb.Tlb == TlbEntry.None || IsElsewhere(x)) ? Walk(x) : x.Wait, to: ["insn"]),
        // The core may have dropped the entry by itself; worth a step only where a fresh walk differs.
        Row.Of("insn", "walk again", x => AtAccess(x) is not null && x.Vmcb.Tlb != TlbEntry.None && x.Vmcb.Tlb != Translation(x) && !IsElsewhere(x) ? Walk(x) : x.Wait, to: ["insn"], may: true),
        // Under AVIC the core ignores V_IRQ, so the window opens unseen.
        Row.Of("insn", "V_IRQ: interrupt window", x =>
        {
            if (!Interrupts.IsVIrqDue(x)) return x.Wait;
            if (x.Vmcb.InterceptVintr) return x.Exit(Exit.VirtualInterrupt);
            Interrupts.AcceptVIrq(x);
            return x.Goto("insn");
        }, to: ["insn"]),
        Row.Of("insn", "virtual interrupt", x =>
        {
            if (!Interrupts.Due(x)) return x.Wait;
            Interrupts.Accept(x);
            return x.Goto("insn");
        }, Order.Locked, to: ["insn"]),
        Row.Of("insn", "instruction", x => Next(x) is { } next && !next.IsApicAccess ? Execute(x, next) : x.Wait, to: ["insn"], calls: ["avic_ipi"]),
        Row.Of("retired", "the IPI retires, or leaves the guest", x => x.Result == Ipi.Retired ? x.Goto("insn") : x.Return(), to: ["insn"], isControl: true));

    /// <summary>#DB behind an instruction that passed with TF set; at the end of the program one passes all the time. Only where there are NMIs.</summary>
    public static readonly Row<Machine> SingleStepped = Row.Of("insn", "#DB: single step", x =>
        x.Vmcb.SingleStep == SingleStep.Due || x.Vmcb.SingleStep == SingleStep.On && x.Instruction is null && !Interrupts.Due(x) ? x.Exit(Exit.Debug) : x.Wait) with
    { Source = "AMD64 APM vol. 2, 13.1.4 and 15.12.2" };

    // An interrupt that is due comes before the instruction, and a trap before both. So does L1's V_IRQ for L2; KVM's window may open late, for a guest
    // has interrupts off now and then in code that no program here spells out.
    private static GuestInstruction? Next(Context x) => x.Instruction is { } next && !x.Vmcb.Halted && !Interrupts.Due(x) && !(NestedGuest.HasOwnTpr(x) && Interrupts.IsVIrqDue(x)) && x.Vmcb.SingleStep != SingleStep.Due ? next : null;

    /// <summary>The access to the APIC's page that is next, or null.</summary>
    public static GuestInstruction? AtAccess(Context x) => Next(x) is { IsApicAccess: true } access ? access : null;

    /// <summary>The access to an MSR that is next, or null.</summary>
    public static GuestInstruction? AtMsr(Context x) => Next(x) is { IsMsrAccess: true } access ? access : null;

    /// <summary>True if the access that is next goes to a page that the APIC was moved to, where the nested tables have nothing.</summary>
    public static bool IsElsewhere(Context x) => x.Instruction is { AtBase: true } && !x.Msrs.IsAtDefault;

    private static Flow Walk(Context x)
    {
        if (IsElsewhere(x)) return Fault(x, Msrs.PageOf(x.Msrs.ApicBase), 0);
        var found = Translation(x);
        x.Vmcb.Tlb = found;
        if (found != TlbEntry.None) return x.Goto("insn");
        return Fault(x, Msrs.DefaultPage, x.Vm.Npt == Leaf.Mmio && !x.IsInL2 ? ReservedBits | PresentLeaf : 0);
    }

    // The error code of the page fault, on the final address (bit 32), and that address.
    private static Flow Fault(Context x, ulong page, ulong leaf)
    {
        var access = x.Instruction!;
        x.Vmcb.ExitInfo1 = 1UL << 32 | UserAccess | (access.IsWrite ? WriteAccess : 0) | leaf;
        x.Vmcb.ExitInfo2 = page | (uint)access.Offset;
        return x.Exit(Exit.NestedPageFault);
    }

    // AMD64 APM vol. 2, 8.4.2 and 15.25.6: all of a guest's accesses are user accesses to the nested tables.
    private const ulong PresentLeaf = 1, WriteAccess = 2, UserAccess = 4;

    /// <summary>PFERR_RSVD_MASK, bit 3 of the error code.</summary>
    public const ulong ReservedBits = 8;

    // L2's tables are others: they never map the frame.
    private static TlbEntry Translation(Context x) =>
        x.Vm.Npt != Leaf.Present || x.IsInL2 ? TlbEntry.None : x.Vmcb.AvicEnable && !x.Vmcb.X2AvicEnable && TakesDefaultPage(x) ? TlbEntry.Avic : TlbEntry.Plain;

    private static bool TakesDefaultPage(Context x) => !x.Programs.MovesApic || x.MovedApic.AvicApicBar == Msrs.DefaultPage;

    private static Flow Execute(Context x, GuestInstruction next)
    {
        x.Tell(next.Told);
        switch (next.Operation)
        {
            case GuestOperation.Rdmsr or GuestOperation.Wrmsr when Msrs.IsOfX2Apic(next.Offset):
                return VirtualApic.AccessMsr(x, next);
            case GuestOperation.Rdmsr or GuestOperation.Wrmsr:
                x.Vmcb.ExitInfo1 = next.Operation == GuestOperation.Wrmsr ? 1UL : 0;
                return x.Exit(Exit.Msr);
            case GuestOperation.WriteCr8 when x.Vmcb.InterceptCr8Write:
                return x.Exit(Exit.Cr8Write);
            case GuestOperation.LowerLine:
                (x.Vmcb.ExitInfo1, x.Vmcb.ExitInfo2) = (IoApicLines.PortInfo((uint)next.Value), x.Vmcb.Rip + 1u);
                return x.Exit(Exit.Port);
            case GuestOperation.Vmrun:
                return x.Exit(Exit.Vmrun);
            case GuestOperation.Vmmcall:
                return x.Exit(Exit.Vmmcall);
            case GuestOperation.Stgi:
                x.Nested.GifIsClear = false;
                break;
            case GuestOperation.Hlt when x.Vmcb.InterceptHlt || x.IsInL2:
                return x.Exit(Exit.Halt);
            case GuestOperation.Hlt:
                x.Retire();
                x.Vmcb.Halted = true;
                return x.Goto("insn");
            case GuestOperation.WriteCr8:
                // CR8 is V_TPR whether AVIC is on or not (V_INTR_MASKING); with AVIC on the page follows it.
                x.Vmcb.VTpr = (byte)(next.Value & 0xf);
                if (x.Vmcb.AvicEnable) VirtualApic.WriteTpr(x, (byte)(next.Value << 4));
                break;
            case GuestOperation.ReadCr8:
                x.Vmcb.Rax = x.Vmcb.VTpr;
                break;
            case GuestOperation.Iret when x.Vmcb.InterceptIret:
                return x.Exit(Exit.Iret);
            case GuestOperation.Iret:
                Interrupts.Return(x);
                return x.Goto("insn");
        }
        x.Retire();
        if (next.Operation == GuestOperation.Cli) x.Vmcb.InterruptFlag = false;
        // At the end of the program the guest loops: an instruction passes, and nothing tells that it did.
        if (next.Operation == GuestOperation.Sti) (x.Vmcb.InterruptShadow, x.Vmcb.InterruptFlag) = (!x.Vmcb.InterruptFlag && x.Instruction is not null, true);
        return x.Goto("insn");
    }
}
