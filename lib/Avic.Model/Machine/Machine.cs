using System.Runtime.CompilerServices;

namespace Avic.Model;

/// <summary>Everything that is remembered: the VM, each vCPU's software, VMCB and APIC page, each core.</summary>
/// <remarks>
/// Three truths of "AVIC is on" are kept apart: the VM's word (<see cref="Vm.ApicvInhibitReasons"/> is zero), the vCPU's
/// flag (<see cref="Vcpu.ApicvActive"/>), and the bit its VMCB holds (<see cref="Vmcb.AvicEnable"/>), which alone the
/// hardware obeys. vCPU n runs on core n, unless the scenario lets vCPUs move.
/// </remarks>
public struct Machine
{
    /// <summary>AVIC's table of physical ids; the VM's.</summary>
    [Hexadecimal]
    public PhysicalIdTable PhysicalIdTable;

    /// <summary>What the hardware sees of each vCPU.</summary>
    [Each("vcpu")]
    public Vmcbs Vmcb;

    /// <summary>MSRs of each vCPU's local APIC.</summary>
    [Each("vcpu")]
    public MsrsOfVcpus Msrs;

    /// <summary>The VM.</summary>
    [Term("")]
    public Vm Vm;

    /// <summary>AVIC's table of logical ids; the VM's.</summary>
    [Hexadecimal]
    public LogicalIdTable LogicalIdTable;

    /// <summary>The virtual APIC page of each vCPU.</summary>
    [Each("vcpu")]
    public ApicPages ApicPage;

    /// <summary>What each vCPU's guest keeps in memory.</summary>
    [Each("vcpu"), Term("memory")]
    public GuestMemories Memory;

    /// <summary>Each core.</summary>
    [Each("core")]
    public Cores Core;

    /// <summary>The software part of each vCPU.</summary>
    [Each("vcpu")]
    public Vcpus Vcpu;

    /// <summary>The IOMMU's entries for assigned devices; none where no device is assigned.</summary>
    [Each("irte")]
    public Irtes Irte;

    /// <summary>What is kept beside each of the IOMMU's entries.</summary>
    [Each("irqfd")]
    public Irqfds Irqfd;

    /// <summary>Guards each vCPU's list of entries; none where no VMM changes a route, for then the vCPU's own thread alone takes it.</summary>
    [Each("ir_list")]
    public IrLists IrList;

    /// <summary>The rest of the IOMMU; none where no device is assigned.</summary>
    [Each("iommu")]
    public Iommus Iommu;

    /// <summary>The IOMMU's GA log; nothing where no device is assigned.</summary>
    [Each("ga_log"), Hexadecimal]
    public GaLog GaLog;

    /// <summary>The I/O APIC; none where nothing is wired to it.</summary>
    [Each("ioapic")]
    public IoApics IoApic;

    /// <summary>What there is more of each vCPU where guests run guests; otherwise nothing.</summary>
    [Each("nested")]
    public NestedOfVcpus Nested;

    /// <summary>vmcb01 of each vCPU whose guest runs L2, with the registers of L1; zero while L1 runs.</summary>
    [Each("nested"), Term("vmcb01")]
    public Vmcbs Vmcb01;

    /// <summary>Hyper-V's interrupt controller of each vCPU; none where no guest has one.</summary>
    [Each("synic")]
    public SynicsOfVcpus Synic;

    /// <summary>Hyper-V's part of the VM; none where no guest has a SynIC.</summary>
    [Each("hyperv"), Term("hyperv")]
    public HyperVs HyperV;

    /// <summary>Where each local APIC's timer is queued; none where vCPUs do not move, or have no timers.</summary>
    [Each("hrtimer")]
    public Hrtimers Hrtimer;

    /// <summary>What a debugger has asked of each vCPU; none where the VMM debugs none.</summary>
    [Each("guest_debug")]
    public GuestDebugs GuestDebug;

    /// <summary>How far each vCPU has come; nothing where all are there from the start.</summary>
    [Each("creation")]
    public Creations Creation;

    /// <summary>What there is more of each vCPU where a guest moves its local APIC; otherwise nothing.</summary>
    [Each("moved_apic")]
    public MovedApics MovedApic;

    /// <summary>What cores have of each vCPU's VMCB; nothing where they obey no clean bits.</summary>
    [Each("cached")]
    public CachedVmcbs Cached;

    /// <summary>vCPUs (and cores) the machine has room for.</summary>
    public const int MostVcpus = 4;
}

/// <summary>One for each vCPU.</summary>
[InlineArray(Machine.MostVcpus)]
public struct Vcpus
{
    private Vcpu _first;
}

/// <summary>One for each vCPU.</summary>
[InlineArray(Machine.MostVcpus)]
public struct Vmcbs
{
    private Vmcb _first;
}

/// <summary>One for each vCPU.</summary>
[InlineArray(Machine.MostVcpus)]
public struct ApicPages
{
    private ApicPage _first;
}

/// <summary>One for each vCPU.</summary>
[InlineArray(Machine.MostVcpus)]
public struct GuestMemories
{
    private GuestMemory _first;
}

/// <summary>One for each vCPU.</summary>
[InlineArray(Machine.MostVcpus)]
public struct MsrsOfVcpus
{
    private Msrs _first;
}

/// <summary>One for each core.</summary>
[InlineArray(Machine.MostVcpus)]
public struct Cores
{
    private Core _first;
}
