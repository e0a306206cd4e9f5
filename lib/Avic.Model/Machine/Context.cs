using System.Runtime.CompilerServices;

namespace Avic.Model;

/// <summary>One row of KVM or of the hardware, as a lambda over the machine.</summary>
public delegate Flow Step(Context x);

/// <summary>A predicate over the machine, for properties: <c>x => x.Vm.ApicvInhibitReasons == 0</c>.</summary>
public delegate bool When(Context x);

/// <summary>A part of what a row does: it changes the machine, and goes nowhere.</summary>
internal delegate void Act(Context x);

/// <summary>The machine as a row sees it: the actor's own vCPU and core, the VM, the locals, and what may be done.</summary>
public readonly ref partial struct Context
{
    private readonly ref Machine _machine;
    private readonly Engine _engine;

    internal Context(ref Machine machine, int actor, Engine engine)
    {
        _machine = ref machine;
        _engine = engine;
        Actor = actor;
    }

    /// <summary>Index of the actor that takes the row; 0 to <see cref="VcpuCount"/> - 1 are the vCPU threads.</summary>
    public int Actor { get; }

    /// <summary>Number of the actor's own vCPU or core; -1 if it has none.</summary>
    public int Me
    {
        get
        {
            // Behind the threads a unit for each core, and where there are timers one for each vCPU.
            var unit = Actor - _engine.Threads;
            return unit < 0 ? Actor : unit < CoreCount ? unit : Programs.HasTimers ? unit - CoreCount : -1;
        }
    }

    // A core's own vCPU is the one that it runs, and a timer's is that whose timer it is.
    private int Own => (uint)Actor < (uint)VcpuCount ? Actor
        : Actor - _engine.Threads is var unit && unit >= CoreCount && Programs.HasTimers && unit < CoreCount + VcpuCount ? unit - CoreCount
        : unit >= 0 && VcpuOn(Me) is >= 0 and var vcpu ? vcpu
        : throw new ModelException(Actor < 0 ? "nobody has moved here, so there is no vCPU of one's own; name one, as in x.VcpuOf(0)"
            : $"actor {Actor} is no vCPU and has none of its own; name one, as in x.VcpuOf(0)");

    // Whoever has the reference may write through it.
    private ref T Given<T>(ref readonly T part) where T : unmanaged
    {
        _engine.Touch(Unsafe.ByteOffset(in Unsafe.As<Machine, byte>(ref _machine), in Unsafe.As<T, byte>(ref Unsafe.AsRef(in part))), Unsafe.SizeOf<T>());
        return ref Unsafe.AsRef(in part);
    }

    /// <summary>The vCPU whose thread a core runs, or -1.</summary>
    public int VcpuOn(int core)
    {
        for (var vcpu = 0; vcpu < VcpuCount; vcpu++)
            if (_machine.Vcpu[vcpu].Core == core) return vcpu;
        return -1;
    }

    /// <summary>True if the actor is a vCPU's thread.</summary>
    public bool IsVcpu => (uint)Actor < (uint)VcpuCount;

    /// <summary>vCPUs of the VM.</summary>
    public int VcpuCount => _engine.Instances;

    /// <summary>Cores of the host that vCPUs may run on.</summary>
    public int CoreCount => Programs.Cores;

    /// <summary>The core that the actor's own rows run on, or -1: threads of VMM and devices run on cores beyond those of the vCPUs.</summary>
    public int OwnCore => IsVcpu ? _machine.Vcpu[Actor].Core : Actor < _engine.Threads ? -1 : Me;

    /// <summary>The VM.</summary>
    public ref Vm Vm => ref Given(in _machine.Vm);

    /// <summary>The actor's own vCPU.</summary>
    public ref Vcpu Vcpu => ref Given(in _machine.Vcpu[Own]);

    /// <summary>The actor's own VMCB.</summary>
    public ref Vmcb Vmcb => ref Given(in _machine.Vmcb[Own]);

    /// <summary>The actor's own virtual APIC page.</summary>
    public ref ApicPage ApicPage => ref Given(in _machine.ApicPage[Own]);

    /// <summary>AVIC's table of physical ids.</summary>
    public ref PhysicalIdTable PhysicalIdTable => ref Given(in _machine.PhysicalIdTable);

    /// <summary>AVIC's table of logical ids.</summary>
    public ref LogicalIdTable LogicalIdTable => ref Given(in _machine.LogicalIdTable);

    /// <summary>What the actor's own guest keeps in memory.</summary>
    public ref GuestMemory Memory => ref Given(in _machine.Memory[Own]);

    /// <summary>What there is of the actor's own vCPU where guests run guests.</summary>
    public ref Nested Nested => ref Given(in _machine.Nested[Own]);

    /// <summary>The same by number of its vCPU.</summary>
    public ref Nested NestedOf(int vcpu) => ref Given(in _machine.Nested[vcpu]);

    /// <summary>The VMCB that the actor's own vCPU runs L1 with, whether or not L2 runs.</summary>
    public ref Vmcb Vmcb01 => ref IsInL2 ? ref Given(in _machine.Vmcb01[Own]) : ref Vmcb;

    /// <summary>True if the actor's own vCPU runs L2.</summary>
    public bool IsInL2 => Programs.HasNested && Nested.GuestMode;

    /// <summary>True if L1 of the actor's own vCPU is between #VMEXIT and STGI.</summary>
    public bool IsGifClear => Programs.HasNested && Nested.GifIsClear;

    /// <summary>MSRs of the actor's own local APIC.</summary>
    public ref Msrs Msrs => ref Given(in _machine.Msrs[Own]);

    /// <summary>Hyper-V's interrupt controller of the vCPU, where guests have one.</summary>
    public ref Synic Synic => ref Given(in _machine.Synic[Own]);

    /// <summary>Hyper-V's interrupt controller of a vCPU, by number.</summary>
    public ref Synic SynicOf(int vcpu) => ref Given(in _machine.Synic[vcpu]);

    /// <summary>What KVM keeps of Hyper-V for the VM, where guests have a SynIC.</summary>
    public ref HyperV HyperV => ref Given(in _machine.HyperV[0]);

    /// <summary>How far a vCPU has come, where a VMM creates some.</summary>
    public ref Creation CreationOf(int vcpu) => ref Given(in _machine.Creation[vcpu]);

    /// <summary>What a debugger has asked of the vCPU, where a VMM debugs.</summary>
    public ref GuestDebug GuestDebug => ref Given(in _machine.GuestDebug[Own]);

    /// <summary>What a debugger has asked of a vCPU, by number.</summary>
    public ref GuestDebug GuestDebugOf(int vcpu) => ref Given(in _machine.GuestDebug[vcpu]);

    /// <summary>What there is more of its vCPU where a guest moves its local APIC.</summary>
    public ref MovedApic MovedApic => ref Given(in _machine.MovedApic[Own]);

    /// <summary>What the core has of its VMCB, where cores obey clean bits.</summary>
    public ref CachedVmcb Cached => ref Given(in _machine.Cached[Own]);

    /// <summary>The actor's own core.</summary>
    public ref Core Core => ref Given(in _machine.Core[OwnCore is >= 0 and var core ? core : throw new ModelException($"actor {Actor} is on no core; a row that waits for one is missing")]);

    /// <summary>The I/O APIC, where something is wired to it.</summary>
    public ref IoApic IoApic => ref Given(in _machine.IoApic[0]);

    /// <summary>The IOMMU, where a device is assigned.</summary>
    public ref Iommu Iommu => ref Given(in _machine.Iommu[0]);

    /// <summary>An entry of the GA log by number, where a device is assigned.</summary>
    public ref byte GaLogEntry(uint entry) => ref Given(in _machine.GaLog[(int)entry / GaLogPart.Entries][(int)entry % GaLogPart.Entries]);

    /// <summary>Where a vCPU's timer is queued, where vCPUs move.</summary>
    public ref Hrtimer HrtimerOf(int vcpu) => ref Given(in _machine.Hrtimer[vcpu]);

    /// <summary>An entry of the interrupt remapping table by number.</summary>
    public ref Irte IrteOf(int irte) => ref Given(in _machine.Irte[irte]);

    /// <summary>What is kept beside it, by number of the entry.</summary>
    public ref Irqfd IrqfdOf(int irte) => ref Given(in _machine.Irqfd[irte]);

    /// <summary>What guards a vCPU's list of entries, where a VMM changes routes.</summary>
    public ref IrList IrListOf(int vcpu) => ref Given(in _machine.IrList[vcpu]);

    /// <summary>The locals of the running function.</summary>
    public ref Locals Local => ref _engine.Locals<Locals>();

    /// <summary>Reads a local for the last time: it is zero from now on, so that states which differ in a dead value only are one.</summary>
    public T Done<T>(ref T local) where T : unmanaged
    {
        var value = local;
        local = default;
        return value;
    }

    /// <summary>A vCPU by number.</summary>
    public ref Vcpu VcpuOf(int vcpu) => ref Given(in _machine.Vcpu[vcpu]);

    /// <summary>A VMCB by number of its vCPU.</summary>
    public ref Vmcb VmcbOf(int vcpu) => ref Given(in _machine.Vmcb[vcpu]);

    /// <summary>A virtual APIC page by number of its vCPU.</summary>
    public ref ApicPage ApicPageOf(int vcpu) => ref Given(in _machine.ApicPage[vcpu]);

    /// <summary>What a guest keeps in memory, by number of its vCPU.</summary>
    public ref GuestMemory MemoryOf(int vcpu) => ref Given(in _machine.Memory[vcpu]);

    /// <summary>MSRs of a local APIC, by number of its vCPU.</summary>
    public ref Msrs MsrsOf(int vcpu) => ref Given(in _machine.Msrs[vcpu]);

    /// <summary>A core by number.</summary>
    public ref Core CoreOf(int core) => ref Given(in _machine.Core[core]);

    /// <summary>What the guests and the VMM run.</summary>
    public Programs Programs => Unsafe.As<Programs>(_engine.Data!);

    /// <summary>The instruction that the guest is at; null behind its last.</summary>
    internal GuestInstruction? Instruction => Programs.Guest[Me].At(Vmcb.Rip);

    /// <summary>The one before it: for who looks after it has retired.</summary>
    internal GuestInstruction? Retired => Programs.Guest[Me].At((byte)(Vmcb.Rip - 1));

    /// <summary>The word's bit for a reason, as this kernel numbers it.</summary>
    public uint BitOf(Reason reason) => 1u << Programs.Bits[(int)reason];

    /// <summary>Where an actor stands, as <c>function.label</c>.</summary>
    public string PositionOf(int actor) => _engine.Position(actor);

    /// <summary>Where a thread stands that was taken off its core, or waits for one.</summary>
    internal string PositionBelow(int actor) => _engine.PositionBelow(actor);
}
