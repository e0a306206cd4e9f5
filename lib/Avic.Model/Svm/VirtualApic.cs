namespace Avic.Model;

/// <summary>A guest's access that translates to the virtual APIC page, as AVIC's register table has it.</summary>
/// <remarks>AMD64 APM vol. 2, 15.29; data/apic-registers.csv.</remarks>
internal static class VirtualApic
{
    /// <summary>Carries out the access at the guest's place, or leaves the guest for it.</summary>
    public static Flow Access(Context x, GuestInstruction access)
    {
        var (offset, isWrite) = (access.Offset, access.IsWrite);
        if (x.Msrs.IsX2) x.Note(Mark.PageInX2);
        switch (ApicRegister.At(offset).Avic(isWrite))
        {
            case AvicAccess.Allow:
            case AvicAccess.Trap when !isWrite:
            case AvicAccess.Accelerate when !isWrite:
                return InMemory(x, access);
            case AvicAccess.Accelerate:
                x.Note(Mark.Accelerated);
                return Accelerated(x, (Apic)(offset & ~0xf), access.Into(x.ApicPage[offset & ~0xf]));
            case AvicAccess.Trap:
                // The page holds the raw value, reserved bits and all; who reads the exit tidies up.
                InMemory(x, access);
                return Unaccelerated(x, offset, isWrite: true);
            default:
                return Unaccelerated(x, offset, isWrite);
        }
    }

    /// <summary>Reads or writes the bytes of the page, and does nothing else.</summary>
    public static Flow InMemory(Context x, GuestInstruction access)
    {
        ref var register = ref x.ApicPage[access.Offset & ~0xf];
        if (access.IsWrite) x.Store(ref register, access.Into(register));
        else x.Vmcb.Rax = access.OutOf(register);
        x.Note(Mark.Accelerated);
        x.Retire();
        return x.Goto("insn");
    }

    /// <summary>The access that is next, if the virtual APIC page is to answer it and no manual says how.</summary>
    public static GuestInstruction? OddAccess(Context x) => x.Vmcb.Tlb == TlbEntry.Avic && !Guest.IsElsewhere(x) && Guest.AtAccess(x) is { IsOdd: true } odd ? odd : null;

    /// <summary>
    /// Carries out RDMSR or WRMSR of an x2APIC MSR: the map of MSR permissions is asked first, then what x2APIC mode allows at all,
    /// then AVIC's table.
    /// </summary>
    public static Flow AccessMsr(Context x, GuestInstruction access)
    {
        var (register, isWrite) = (ApicRegister.OfMsr(access.Offset), access.Operation == GuestOperation.Wrmsr);
        if (IsIntercepted(x, register))
        {
            x.Vmcb.ExitInfo1 = isWrite ? 1UL : 0;
            return x.Exit(Exit.Msr);
        }
        if (!x.Vmcb.X2AvicEnable)
        {
            x.Note(Mark.Escaped);
            x.Retire();
            return x.Goto("insn");
        }
        var kind = register.Avic(isWrite, isX2: true);
        if (kind == AvicAccess.Gp || isWrite && kind != AvicAccess.Fault && !register.MayHold(access.Value))
        {
            x.RaiseGp();
            return x.Goto("insn");
        }
        if (kind == AvicAccess.Fault) return Unaccelerated(x, register.Offset, isWrite);
        x.Note(Mark.Accelerated);
        if (!isWrite)
        {
            (x.Vmcb.Rax, x.Vmcb.Rdx) = (x.ApicPage[register.Offset], register.Offset == (int)Apic.IcrLow ? x.ApicPage.IcrHigh : 0);
            x.Retire();
            return x.Goto("insn");
        }
        if (register.Offset == (int)Apic.IcrLow) x.Store(ref x.ApicPage.IcrHigh, (uint)(access.Value >> 32));
        if (kind == AvicAccess.Accelerate) return Accelerated(x, (Apic)register.Offset, (uint)access.Value);
        x.Store(ref x.ApicPage[register.Offset], (uint)access.Value);
        x.Retire();
        return Unaccelerated(x, register.Offset, isWrite: true);
    }

    private static bool IsIntercepted(Context x, ApicRegister register) => x.Vmcb.MsrPermissions switch
    {
        MsrPermissions.Open => false,
        MsrPermissions.X2AvicOpen => !register.X2AvicOpen,
        _ => true,
    };

    private static Flow Accelerated(Context x, Apic register, uint value)
    {
        switch (register)
        {
            case Apic.Tpr:
                WriteTpr(x, (byte)value);
                x.Retire();
                return x.Goto("insn");
            case Apic.Eoi:
                x.Retire();
                return EndOfInterrupt(x);
            case Apic.IcrLow:
                x.Store(ref x.ApicPage.IcrLow, value);
                return Ipi.Begin(x, value);
            case Apic.SelfIpi:
                return Ipi.Begin(x, (byte)value | 1u << 18);
            default:
                throw new ModelException($"nothing says how {register} is accelerated");
        }
    }

    /// <summary>A write of TPR by whatever way: the page, its copy V_TPR, the processor's priority, and a look at what is pending.</summary>
    public static void WriteTpr(Context x, byte value)
    {
        x.Store(ref x.ApicPage.Tpr, value);
        x.Vmcb.VTpr = (byte)(value >> 4);
        Interrupts.PriorityChanged(x);
    }

    // Edge: no exit. Level: the I/O APIC waits for this EOI, so KVM must see it.
    private static Flow EndOfInterrupt(Context x)
    {
        var vector = x.ApicPage.Isr.Highest;
        if (vector < 0) return x.Goto("insn");
        if (x.ApicPage.Tmr.Contains(vector)) return ExitForEoi(x, vector);
        x.Remove(ref x.ApicPage.Isr, vector);
        Interrupts.PriorityChanged(x);
        return x.Goto("insn");
    }

    /// <summary>#VMEXIT(AVIC_NOACCEL) for an EOI: EXITINFO2 has the vector.</summary>
    public static Flow ExitForEoi(Context x, int vector)
    {
        x.Vmcb.ExitInfo2 = (uint)vector;
        return Unaccelerated(x, (int)Apic.Eoi, isWrite: true);
    }

    /// <summary>True if the guest's next instruction is an accelerated EOI of a level-triggered vector.</summary>
    public static bool EndsLevel(Context x) =>
        (x.Vmcb.Tlb == TlbEntry.Avic && Guest.AtAccess(x) is { IsWrite: true, Offset: (int)Apic.Eoi }
            || x.Vmcb.X2AvicEnable && Guest.AtMsr(x) is { Operation: GuestOperation.Wrmsr, Offset: Msrs.FirstOfX2Apic + ((int)Apic.Eoi >> 4), Value: 0 } && !IsIntercepted(x, ApicRegister.At((int)Apic.Eoi)))
        && x.ApicPage.Isr.Highest is >= 0 and var vector && x.ApicPage.Tmr.Contains(vector);

    /// <summary>#VMEXIT(AVIC_NOACCEL): EXITINFO1 has the offset in 11:4 and the direction in bit 32.</summary>
    public static Flow Unaccelerated(Context x, int offset, bool isWrite)
    {
        x.Vmcb.ExitInfo1 = (uint)(offset & 0xff0) | (isWrite ? 1UL << 32 : 0);
        return x.Exit(Exit.UnacceleratedAccess);
    }
}
