namespace Avic.Model;

/// <summary>What KVM keeps for one vCPU.</summary>
public struct Vcpu
{
    /// <summary>Tells requesters whether a kick needs an IPI.</summary>
    public Mode Mode;

    /// <summary>What the vCPU must do before it runs guest code again.</summary>
    [Signal(Signal.Request)]
    public Request Requests;

    /// <summary>Whether KVM runs this vCPU with AVIC on; written by the vCPU's own thread alone.</summary>
    public bool ApicvActive;

    /// <summary>The last access without a memslot is cached as MMIO.</summary>
    [Private]
    public bool MmioCache;

    /// <summary>The vCPU's thread has left its SRCU read section in the middle of the host's path; before 5.15, and since 6.3.</summary>
    public bool SrcuDropped;

    /// <summary><c>apic-&gt;irr_pending</c>: IRR may hold a vector. Software that sets one says so, the core does not.</summary>
    public bool IrrPending;

    /// <summary><c>apic-&gt;isr_count</c>: vectors in ISR; 1 with AVIC on, where the core changes ISR.</summary>
    [Private]
    public byte IsrCount;

    /// <summary><c>apic-&gt;highest_isr_cache</c>: the highest of them, as far as it is known; 0 if it is to be searched for, which KVM writes as -1.</summary>
    [Private]
    public byte HighestIsrCache;

    /// <summary>IRQ windows the VMM will still ask for on this vCPU's thread.</summary>
    [Private]
    public byte IrqWindows;

    /// <summary>Whether the vCPU's guest runs or has halted.</summary>
    [Private]
    public MpState MpState;

    /// <summary>The vCPU's thread sleeps, or is about to, until somebody wakes it.</summary>
    public bool Sleeping;

    /// <summary><c>avic_is_running</c>: what <c>avic_vcpu_load()</c> would write as IsRunning; false while the vCPU blocks. Since 5.17 the opposite of <c>kvm_vcpu_is_blocking()</c>.</summary>
    [Private]
    public bool AvicIsRunning;

    /// <summary>KVM's copy of LDR bits 31:24, as the logical ID table has it.</summary>
    [Private]
    public byte LogicalId;

    /// <summary>KVM's copy of DFR: cluster instead of flat, as the logical ID table has it.</summary>
    [Private]
    public bool ClusterMode;

    /// <summary><c>svm-&gt;avic_irq_window</c>: the vCPU is counted among those that wait for a window; since 7.0.</summary>
    [Private]
    public bool AvicIrqWindow;

    /// <summary>The core that runs the vCPU's thread, or <see cref="WaitsForCore"/>, or <see cref="OffTheQueue"/>.</summary>
    public sbyte Core;

    /// <summary><c>vcpu-&gt;cpu</c>: the core that KVM loaded the vCPU on last.</summary>
    public byte Cpu;

    /// <summary>TIF_NEED_RESCHED of the vCPU's thread: it is to let another run.</summary>
    public bool NeedResched;

    /// <summary>The one core that the vCPU's thread may run on, or -1.</summary>
    public sbyte Affinity;

    /// <summary><c>vmcb01.cpu</c>: the core that this VMCB ran on last, whose numbering its ASID is of.</summary>
    [Private, Term("vmcb01.cpu")]
    public byte VmcbCpu;

    /// <summary><c>vmcb01.asid_generation</c> is not the core's: the ASID is of another numbering.</summary>
    [Private, Term("vmcb01.asid_is_old")]
    public bool AsidIsOld;

    /// <summary>A signal is pending for the vCPU's thread: outside KVM_RUN it is to make this call of the VMM's, counted from 1; 0 if none.</summary>
    public byte HostWork;

    /// <summary>What has become of the local APIC's timer.</summary>
    public TimerState Timer;

    /// <summary><c>apic-&gt;lapic_timer.timer_mode</c>: as LVT timer has it.</summary>
    [Private]
    public TimerMode TimerMode;

    /// <summary><c>vcpu-&gt;arch.nmi_queued</c>: NMIs that were sent, and that the vCPU's thread has not seen yet.</summary>
    public byte NmiQueued;

    /// <summary><c>vcpu-&gt;arch.nmi_pending</c>: NMIs to inject, two at most.</summary>
    [Private]
    public byte NmiPending;

    /// <summary>HF_NMI_MASK: an NMI was injected, and the guest has not returned from its handler.</summary>
    [Private]
    public bool NmiMasked;

    /// <summary><c>svm-&gt;nmi_iret_rip</c>, with HF_IRET_MASK: the guest is about to return from an NMI's handler here; 0 if it is not.</summary>
    [Private]
    public byte NmiIretRip;

    /// <summary><c>apic-&gt;pending_events</c>: INIT and SIPI that the vCPU's thread has still to look at.</summary>
    public ApicEvents PendingEvents;

    /// <summary><c>apic-&gt;sipi_vector</c>: where the last SIPI said to begin.</summary>
    [Hexadecimal]
    public byte SipiVector;

    /// <summary><see cref="Core"/> of a thread that could run and has no core.</summary>
    public const sbyte WaitsForCore = -1;

    /// <summary><see cref="Core"/> of a thread that sleeps: the scheduler does not count it.</summary>
    public const sbyte OffTheQueue = -2;
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

/// <summary><c>vcpu-&gt;arch.mp_state</c>.</summary>
public enum MpState : byte
{
    /// <summary>KVM_MP_STATE_RUNNABLE.</summary>
    Runnable,

    /// <summary>KVM_MP_STATE_HALTED: the guest has executed HLT and waits for an interrupt.</summary>
    Halted,

    /// <summary>KVM_MP_STATE_INIT_RECEIVED: the vCPU was reset by INIT and waits for SIPI.</summary>
    InitReceived,
}

/// <summary><c>apic-&gt;pending_events</c>.</summary>
[Flags]
public enum ApicEvents : byte
{
    /// <summary>None.</summary>
    None,

    /// <summary>KVM_APIC_INIT.</summary>
    Init = 1,

    /// <summary>KVM_APIC_SIPI.</summary>
    Sipi = 2,
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

    /// <summary>KVM_REQ_UNBLOCK: the local APIC's timer has expired.</summary>
    Unblock = 16,

    /// <summary>KVM_REQ_NMI: an NMI was sent.</summary>
    Nmi = 32,

    /// <summary>KVM_REQ_MIGRATE_TIMER: the thread is on another core than its timer.</summary>
    MigrateTimer = 64,
}

/// <summary>The local APIC's timer, an hrtimer of the host's.</summary>
[Flags]
public enum TimerState : byte
{
    /// <summary>It has expired, or never was armed.</summary>
    Off,

    /// <summary>It will expire some time.</summary>
    Armed = 1,

    /// <summary>It has expired, and its interrupt is on its way to the host.</summary>
    Fired = 2,

    /// <summary><c>lapic_timer.pending</c>: KVM has still to give the guest its interrupt.</summary>
    Pending = 4,
}

/// <summary>How far a vCPU has come that a VMM creates while others run.</summary>
public struct Creation
{
    /// <summary>What has been done.</summary>
    public CreationState State;
}

/// <summary>What has been done of a vCPU's creation.</summary>
[Flags]
public enum CreationState : ushort
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Its flag says AVIC.</summary>
    ApicvActive = 1,

    /// <summary>Its VMCB was made with AVIC on.</summary>
    AvicEnabled = 2,

    /// <summary>It counts among <c>kvm->online_vcpus</c>: others make requests of it.</summary>
    Online = 4,

    /// <summary>The VMM has made a thread for it, which calls KVM_RUN.</summary>
    Started = 8,
}

/// <summary>One for each vCPU, where a VMM creates some.</summary>
[System.Runtime.CompilerServices.InlineArray(Machine.MostVcpus)]
public struct Creations
{
    private Creation _first;
}

/// <summary>Where a timer is queued, and what its expiry has still to do.</summary>
public struct Hrtimer
{
    /// <summary>The core whose queue has it; that core's interrupt it is.</summary>
    public byte Cpu;

    /// <summary>What <c>apic_timer_fn()</c> does next.</summary>
    public ExpiryStage Callback;
}

/// <summary>How far <c>apic_timer_fn()</c> is.</summary>
public enum ExpiryStage : byte
{
    /// <summary>It does not run.</summary>
    None,

    /// <summary>It is to make the request.</summary>
    Request,

    /// <summary>It is to kick the vCPU.</summary>
    Kick,
}

/// <summary>One for each vCPU.</summary>
[System.Runtime.CompilerServices.InlineArray(Machine.MostVcpus)]
public struct Hrtimers
{
    private Hrtimer _first;
}

/// <summary>LVT timer bits 18:17.</summary>
public enum TimerMode : byte
{
    /// <summary>The initial count, once.</summary>
    OneShot,

    /// <summary>The initial count, again and again.</summary>
    Periodic,

    /// <summary>At the time that IA32_TSC_DEADLINE says.</summary>
    TscDeadline,

    /// <summary>Reserved.</summary>
    Reserved,
}
