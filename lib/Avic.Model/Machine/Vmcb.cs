namespace Avic.Model;

/// <summary>What the hardware sees of one vCPU: control fields, the guest's registers, its cached translation.</summary>
/// <remarks>Offsets are those of the AMD64 APM vol. 2, appendix B.</remarks>
public struct Vmcb
{
    /// <summary>Offset 078h, EXITINFO1; zero once KVM has read it.</summary>
    [Private, Hexadecimal, Term("exit_info_1")]
    public ulong ExitInfo1;

    /// <summary>Offset 080h, EXITINFO2; zero once KVM has read it.</summary>
    [Private, Hexadecimal, Term("exit_info_2")]
    public ulong ExitInfo2;

    /// <summary>Offset 5F8h: what the guest read last.</summary>
    [Private]
    public uint Rax;

    /// <summary>Offset 060h bit 31. Obeyed from the next VMRUN on.</summary>
    [Private, Term("int_ctl.avic_enable")]
    public bool AvicEnable;

    /// <summary>Offset 060h bit 8: a virtual interrupt is pending. Ignored while AVIC is on.</summary>
    [Private, Term("int_ctl.v_irq")]
    public bool VIrq;

    /// <summary>Offset 058h bits 39:32: flush this ASID at VMRUN.</summary>
    [Private]
    public bool TlbControl;

    /// <summary>The cached translation of guest frame 0xfee00.</summary>
    [Private, Term("tlb[0xfee00]")]
    public TlbEntry Tlb;

    /// <summary>Guest instructions passed; the place in the guest's code.</summary>
    [Private]
    public byte Rip;

    /// <summary>RFLAGS bit 9: the guest takes interrupts.</summary>
    [Private, Term("rflags.if")]
    public bool InterruptFlag;

    /// <summary>Offset 068h bit 0: the instruction after STI has not retired yet.</summary>
    [Private]
    public bool InterruptShadow;

    /// <summary>Offset 0A8h: the vector VMRUN will deliver to the guest, or 0.</summary>
    [Private]
    public byte EventInjection;

    /// <summary>
    /// What the core remembers from its last evaluation of IRR: a vector above the processor's priority is to be taken. Not in the
    /// VMCB; false outside the guest. A store to IRR alone does not change it.
    /// </summary>
    [Private]
    public bool VirtualInterruptPending;

    /// <summary>The core is within an instruction of more than one step: no #VMEXIT(INTR) until it has retired.</summary>
    [Private]
    public bool WithinInstruction;

    /// <summary>Offset 060h bits 3:0, V_TPR: the guest's CR8. What the core masks interrupts by, AVIC or not.</summary>
    [Private]
    public byte VTpr;

    /// <summary>Offset 000h bit 24: a write of CR8 leaves the guest.</summary>
    [Private, Term("intercept_cr8_write")]
    public bool InterceptCr8Write;
}

/// <summary>A cached translation of the APIC page. Its kind is fixed when it is filled.</summary>
public enum TlbEntry : byte
{
    /// <summary>None: the next access walks.</summary>
    None,

    /// <summary>Filled with AVIC on: accesses reach the virtual APIC page.</summary>
    Avic,

    /// <summary>Filled with AVIC off: accesses reach the frame in the leaf, as plain memory.</summary>
    Plain,
}
