namespace Avic.Model;

/// <summary>RDMSR and WRMSR that leave the guest: the local APIC's base and mode, its registers in x2APIC mode, and its timer's deadline.</summary>
/// <remarks>
/// A write of ICR with a fixed interrupt to one physical destination is sent before interrupts are on again (handle_fastpath_set_msr_irqoff());
/// here it is sent with the others, later.
/// </remarks>
internal static class Msr
{
    public static readonly Routine<Machine> Interception = Routine.Of("msr_interception", "arch/x86/kvm/svm/svm.c and arch/x86/kvm/x86.c, v5.15",
        Intercepted("to_svm(vcpu)->vmcb->control.exit_info_1 ? kvm_emulate_wrmsr(vcpu) : kvm_emulate_rdmsr(vcpu)", _ => { }));

    /// <summary>The row that emulates the access.</summary>
    /// <param name="text">What is said of it.</param>
    /// <param name="first">What svm_set_msr() does before it hands the access on.</param>
    internal static Row<Machine> Intercepted(string text, Act first) => Row.Of("msr", text, x =>
    {
        x.Vmcb.ExitInfo1 = 0;
        first(x);
        return Emulate(x);
    }, Order.Locked, calls: Calls);

    // Base, id and logical id are seen together: others look at the map of APIC ids, which is made anew at the end.
    public static readonly Routine<Machine> SetBase = Routine.Of("kvm_lapic_set_base", Lapic.Source,
        Row.Of("base", "vcpu->arch.apic_base = value", x =>
        {
            var (old, value) = (x.Msrs.Mode, x.Instruction!.Value);
            x.Store(ref x.Msrs.ApicBase, value);
            if (old == ApicMode.Disabled && x.Msrs.IsApicOn) x.Store(ref x.ApicPage.Id, (uint)x.Me << 24);
            if (old != ApicMode.X2Apic && x.Msrs.IsX2)
            {
                x.Store(ref x.ApicPage.Id, (uint)x.Me);
                x.Store(ref x.ApicPage.Ldr, ApicPage.X2LogicalId((uint)x.Me));
            }
            x.Retire();
            x.Local.Set = old != x.Msrs.Mode;
            return x.Next;
        }));

    /// <summary>Functions that <see cref="Emulate"/> may call.</summary>
    public static string[] Calls => [.. Lapic.Calls, "kvm_lapic_set_base"];

    /// <summary><c>kvm_get_msr()</c> and <c>kvm_set_msr()</c>; what KVM refuses is #GP. The row declares <see cref="Calls"/>.</summary>
    public static Flow Emulate(Context x)
    {
        var access = x.Instruction!;
        return access.Operation == GuestOperation.Wrmsr ? Write(x, access.Offset, access.Value) : Read(x, access.Offset);
    }

    private static Flow Read(Context x, int msr)
    {
        var register = ApicRegister.OfMsr(msr);
        var isX2 = Msrs.IsOfX2Apic(msr);
        if (isX2 && !(x.Msrs.IsX2 && register.KvmX2Read)) return Refuse(x);
        if (isX2) x.Note(Mark.Emulated);
        var value = isX2 ? Lapic.Read(x, register.Offset) | (register.Offset == (int)Apic.IcrLow ? (ulong)x.ApicPage.IcrHigh << 32 : 0)
            : msr == Msrs.ApicBaseNumber ? x.Msrs.ApicBase
            : msr == Synic.Sint2Number ? x.Synic.Sint2
            : LapicTimer.Deadline(x);
        (x.Vmcb.Rax, x.Vmcb.Rdx) = ((uint)value, (uint)(value >> 32));
        x.Retire();
        return x.Next;
    }

    private static Flow Write(Context x, int msr, ulong value)
    {
        if (msr == Msrs.ApicBaseNumber) return MaySetBase(x, value) ? x.Call("kvm_lapic_set_base") : Refuse(x);
        if (msr == Synic.Sint2Number) return AutoEoi.Accepts(value) ? x.Call("synic_set_sint") : Refuse(x);
        if (msr == Msrs.TscDeadlineNumber)
        {
            x.Retire();
            LapicTimer.SetDeadline(x, value);
            return x.Next;
        }
        var register = ApicRegister.OfMsr(msr);
        // Of reserved bits 5.15 minds those of ESR alone, and of the upper half none.
        if (!x.Msrs.IsX2 || !register.KvmX2Write || register.Offset == (int)Apic.Esr && (uint)value != 0) return Refuse(x);
        x.Note(Mark.Emulated);
        x.Retire();
        if (register.Offset == (int)Apic.IcrLow) x.Store(ref x.ApicPage.IcrHigh, (uint)(value >> 32));
        return Lapic.Write(x, register.Offset, (uint)value);
    }

    /// <summary><c>kvm_set_apic_base()</c>: the reserved bits, and the ways from mode to mode that there are.</summary>
    private static bool MaySetBase(Context x, ulong value)
    {
        var reserved = ~0ul << PhysicalAddressBits | 0x2ff | (x.Programs.X2Apic ? 0 : (ulong)ApicMode.Invalid);
        var (old, mode) = (x.Msrs.Mode, Msrs.ModeOf(value));
        return (value & reserved) == 0 && mode != ApicMode.Invalid
            && (old, mode) is not ((ApicMode.X2Apic, ApicMode.XApic) or (ApicMode.Disabled, ApicMode.X2Apic));
    }

    // What the guest's CPUID says.
    private const int PhysicalAddressBits = 48;

    private static Flow Refuse(Context x)
    {
        x.RaiseGp();
        return x.Next;
    }
}
