namespace Avic.Model;

/// <summary>What KVM keeps for one vCPU.</summary>
public struct Vcpu
{
    /// <summary>Tells requesters whether a kick needs an IPI.</summary>
    public Mode Mode;

    /// <summary>What the vCPU must do before it runs guest code again.</summary>
    public Request Requests;

    /// <summary>Whether KVM runs this vCPU with AVIC on; written by the vCPU's own thread alone.</summary>
    public bool ApicvActive;

    /// <summary>The last access without a memslot is cached as MMIO.</summary>
    [Private]
    public bool MmioCache;

    /// <summary>The vCPU's thread has left its SRCU read section in the middle of the host's path; before 5.15.</summary>
    public bool SrcuDropped;

    /// <summary>IRQ windows the VMM will still ask for on this vCPU's thread.</summary>
    [Private]
    public byte IrqWindows;

    /// <summary><c>svm-&gt;avic_irq_window</c>: the vCPU is counted among those that wait for a window; since 7.0.</summary>
    [Private]
    public bool AvicIrqWindow;

    /// <summary>The guest was last seen interruptible, and nothing has been injected since; since 7.0, which injects before it lets go.</summary>
    [Private]
    public bool WindowOpen;
}

/// <summary><c>vcpu-&gt;mode</c>.</summary>
public enum Mode : byte
{
    /// <summary>OUTSIDE_GUEST_MODE.</summary>
    Outside,

    /// <summary>IN_GUEST_MODE: set before the last look at requests; guest code may be running.</summary>
    InGuest,

    /// <summary>EXITING_GUEST_MODE: somebody has kicked.</summary>
    Exiting,
}

/// <summary><c>vcpu-&gt;requests</c>, those that the inhibit paths use.</summary>
[Flags]
public enum Request : byte
{
    /// <summary>None.</summary>
    None,

    /// <summary>KVM_REQ_TLB_FLUSH (WAIT, NO_WAKEUP).</summary>
    TlbFlush = 1,

    /// <summary>KVM_REQ_EVENT.</summary>
    Event = 2,

    /// <summary>KVM_REQ_APICV_UPDATE (WAIT, NO_WAKEUP).</summary>
    ApicvUpdate = 4,

    /// <summary>KVM_REQ_TLB_FLUSH_CURRENT, made by a vCPU of itself.</summary>
    TlbFlushCurrent = 8,
}

/// <summary>What the hardware sees of one vCPU: control fields, the guest's place, its cached translation.</summary>
public struct Vmcb
{
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

    /// <summary>Guest instructions retired.</summary>
    [Private]
    public byte Rip;
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

/// <summary>The virtual APIC page: the registers KVM and AVIC share.</summary>
public struct ApicPage
{
    /// <summary>Offset 80h: task priority.</summary>
    public byte Tpr;
}

/// <summary>A core, as far as kicks go.</summary>
public struct Core
{
    /// <summary>The core runs guest code.</summary>
    public bool InGuest;

    /// <summary>The host runs with interrupts disabled.</summary>
    public bool IrqsOff;

    /// <summary>Function calls sent to this core and not yet acknowledged: a bit for each requesting actor.</summary>
    public byte PendingCalls;
}
