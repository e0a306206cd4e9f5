namespace Avic.Model;

/// <summary>
/// Emulating the instruction that faulted: an access to the page that IA32_APIC_BASE names goes to the in-kernel local APIC, which is not there
/// while it is disabled, or in x2APIC mode.
/// </summary>
internal static class Emulation
{
    public static readonly Routine<Machine> Routine = Avic.Model.Routine.Of("x86_emulate_instruction", "arch/x86/kvm/x86.c and lapic.c, v5.15",
        // The write and the retirement are seen together: the vCPU's own thread does both before the guest runs again.
        Row.Of("apic", "apic_mmio_write(vcpu, this, address, len, data)", x =>
        {
            // It does what stands there; behind its program the guest loops, and nothing tells one jump from another.
            if (x.Instruction is not { } access) return x.Next;
            if (access.IsMsrAccess) return Msr.Emulate(x);
            if (!x.Msrs.IsApicOf(access)) return ReadOnes(x, access);
            x.Note(Mark.Emulated);
            x.Retire();
            // Four bytes at a register's own address are written, and the bytes of one register are read; of anything else KVM does nothing.
            if (access.IsWrite) return access.IsOdd ? x.Next : Lapic.Write(x, access.Offset, (uint)access.Value);
            x.Vmcb.Rax = (access.Offset & 0xf) + access.Bytes <= 4 ? access.OutOf(Lapic.Read(x, access.Offset)) : 0;
            return x.Next;
        }, calls: Msr.Calls));

    // KVM_X86_QUIRK_LAPIC_MMIO_HOLE; of a moved APIC, what a VMM does that has no device there.
    private static Flow ReadOnes(Context x, GuestInstruction access)
    {
        if (!access.IsWrite) x.Vmcb.Rax = uint.MaxValue;
        x.Retire();
        return x.Next;
    }
}
