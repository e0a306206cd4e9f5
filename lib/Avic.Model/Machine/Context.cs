using System.Runtime.CompilerServices;

namespace Avic.Model;

/// <summary>One row of KVM or of the hardware, as a lambda over the machine.</summary>
public delegate Flow Step(Context x);

/// <summary>A predicate over the machine, for properties: <c>x => x.Vm.ApicvInhibitReasons == 0</c>.</summary>
public delegate bool When(Context x);

/// <summary>What a row did that properties and pictures look for.</summary>
[Flags]
public enum Mark : uint
{
    /// <summary>A guest access reached the virtual APIC page without an exit.</summary>
    Accelerated = 1,

    /// <summary>KVM emulated a guest access.</summary>
    Emulated = 2,

    /// <summary>A guest access reached the page behind the memslot: it is lost. ***boom***</summary>
    Lost = 4,

    /// <summary>A fault found its snapshot stale and is retried.</summary>
    Retried = 8,

    /// <summary>A WARN_ON fired.</summary>
    Warned = 16,

    /// <summary>A lock was released by one who does not hold it.</summary>
    BadRelease = 32,

    /// <summary>A lock was taken against the documented order.</summary>
    BadOrder = 64,

    /// <summary>The guest began to handle an interrupt.</summary>
    Handled = 128,

    /// <summary>A guest access reached the APIC page of another vCPU.</summary>
    Misdirected = 256,

    /// <summary>A WARN_ON fired: the vCPU is to be marked as running, and is marked already.</summary>
    LoadedTwice = 512,

    /// <summary>A guest's instruction ended in #GP.</summary>
    Refused = 1024,

    /// <summary>A guest's access by MSR reached the local APIC of the core itself, which is the host's.</summary>
    Escaped = 2048,
}

/// <summary>The machine as a row sees it: the actor's own vCPU and core, the VM, the locals, and what may be done.</summary>
public readonly ref struct Context
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

    // A core's own vCPU is the one that it runs.
    private int Own => (uint)Actor < (uint)VcpuCount ? Actor
        : Actor >= _engine.Threads && VcpuOn(Me) is >= 0 and var vcpu ? vcpu
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

    /// <summary>MSRs of the actor's own local APIC.</summary>
    public ref Msrs Msrs => ref Given(in _machine.Msrs[Own]);

    /// <summary>The actor's own core.</summary>
    public ref Core Core => ref Given(in _machine.Core[OwnCore is >= 0 and var core ? core : throw new ModelException($"actor {Actor} is on no core; a row that waits for one is missing")]);

    /// <summary>The I/O APIC, where something is wired to it.</summary>
    public ref IoApic IoApic => ref Given(in _machine.IoApic[0]);

    /// <summary>The IOMMU, where a device is assigned.</summary>
    public ref Iommu Iommu => ref Given(in _machine.Iommu[0]);

    /// <summary>An entry of the interrupt remapping table by number.</summary>
    public ref Irte IrteOf(int irte) => ref Given(in _machine.Irte[irte]);

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

    /// <summary>The word's bit for a reason, as this kernel numbers it.</summary>
    public uint BitOf(Reason reason) => 1u << Programs.Bits[(int)reason];

    /// <summary>Where an actor stands, as <c>function.label</c>.</summary>
    public string PositionOf(int actor) => _engine.Position(actor);

    /// <summary>Where a thread stands that was taken off its core, or waits for one.</summary>
    internal string PositionBelow(int actor) => _engine.PositionBelow(actor);

    /// <summary>
    /// True if a thread is neither done nor idle: a VMM thread that has not ended, a vCPU that is not in the guest, or one
    /// whose guest still has accesses or IRQ windows before it.
    /// </summary>
    public bool Stuck
    {
        get
        {
            for (var actor = 0; actor < _engine.Threads; actor++)
                if (actor < VcpuCount ? !IsAsleep(actor) && !VmcbOf(actor).Halted && (!IsInGuest(actor) && !HostScheduler.WouldIdle(this, actor) || !Programs.Guest[actor].IsIdleAt(VmcbOf(actor).Rip) || VcpuOf(actor).IrqWindows > 0) : !HasEnded(actor)) return true;
            return false;
        }
    }

    /// <summary>True if a vCPU's guest runs: its thread is on a core, and the core in the guest.</summary>
    public bool IsInGuest(int vcpu) => VcpuOf(vcpu).Core is >= 0 and var core && CoreOf(core).InGuest;

    /// <summary>True if a vCPU's thread sleeps for a guest that has halted.</summary>
    public bool IsAsleep(int vcpu) => VcpuOf(vcpu).Sleeping && VcpuOf(vcpu).MpState == MpState.Halted;

    /// <summary>True if a vCPU's guest has begun to handle an interrupt.</summary>
    public bool HasHandled(int vcpu)
    {
        foreach (var count in MemoryOf(vcpu).Handled)
            if (count > 0) return true;
        return false;
    }

    /// <summary>True if every thread of the VMM has made its last call.</summary>
    public bool HostIsDone
    {
        get
        {
            for (var actor = VcpuCount; actor < _engine.Threads; actor++)
                if (!HasEnded(actor)) return false;
            return true;
        }
    }

    // A driver's interrupt thread has no end: it waits for the next.
    private bool HasEnded(int actor) => PositionOf(actor) is "" or GaLogInterrupt.Idle;

    /// <summary>How far the thread that changes the word has come; the property needs the observer.</summary>
    internal RequestingSeen Requesting => Seen<RequestingSeen>("requesting");

    /// <summary>Whether a fault mapped the page while its vCPU had an update pending; the property needs the observer.</summary>
    internal bool MappedWhilePending => Seen<byte>("mapped_while_pending") != 0;

    /// <summary>True if each bit of the word is what some VMM thread asked for last, or clear if none asked.</summary>
    public bool WordMayBeAsked
    {
        get
        {
            uint set = 0, cleared = 0;
            foreach (var calls in Programs.Host)
            {
                uint last = 0, asked = 0;
                foreach (var call in calls.OfType<InhibitCall>())
                {
                    asked |= BitOf(call.Reason);
                    last = call.Set ? last | BitOf(call.Reason) : last & ~(BitOf(call.Reason));
                }
                set |= last;
                cleared |= asked & ~last;
            }
            // A bit that one thread set last and another cleared last may end either way.
            return (Vm.ApicvInhibitReasons & ~set) == 0 && (set & ~cleared & ~Vm.ApicvInhibitReasons) == 0;
        }
    }

    /// <summary>What an observer has seen so far.</summary>
    public T Seen<T>(string observer) where T : unmanaged => _engine.Seen<T>(observer);

    /// <summary>The function of the row being, or just, taken.</summary>
    public string Routine => _engine.Routine;

    /// <summary>The label of the row being, or just, taken.</summary>
    public string Label => _engine.Label;

    /// <summary>What the row marked.</summary>
    public Mark Marks => (Mark)_engine.Marks;

    /// <summary>On to the next row.</summary>
    public Flow Next => Flow.Next;

    /// <summary>Not now.</summary>
    public Flow Wait => Flow.Wait;

    /// <summary>What the function called last returned; reading it clears it.</summary>
    public int Result => _engine.Result;

    /// <summary>Jumps to a label that the row declares.</summary>
    public Flow Goto(string label) => _engine.Goto(label);

    /// <summary>Calls a function that the row declares.</summary>
    public Flow Call(string function, in Locals arguments = default) => _engine.Call(function, arguments);

    /// <summary>Returns from the function.</summary>
    public Flow Return(int value = 0) => _engine.Return(value);

    /// <summary>Returns the outcome of a page fault.</summary>
    public Flow Return(PageFault outcome) => _engine.Return((int)outcome);

    /// <summary>Leaves the guest for a reason.</summary>
    public Flow Exit(Exit reason)
    {
        Leave(Own);
        return _engine.Return((int)reason);
    }

    // What the core has evaluated does not outlive its stay in the guest: VMRUN looks anew.
    private void Leave(int vcpu)
    {
        Store(ref CoreOf(VcpuOf(vcpu).Core).InGuest, false);
        Store(ref VmcbOf(vcpu).VirtualInterruptPending, false);
        VmcbOf(vcpu).Halted = false;
    }

    /// <summary>The guest's instruction is done: on to the next, and what STI held off is no longer.</summary>
    public void Retire()
    {
        Vmcb.Rip++;
        Vmcb.InterruptShadow = false;
    }

    /// <summary>The guest's instruction ends in #GP: nothing was done, and the guest's handler goes on behind it.</summary>
    public void RaiseGp()
    {
        Note(Mark.Refused);
        Store(ref Memory.GeneralProtections, checked((ushort)(Memory.GeneralProtections + 1)));
        Retire();
    }

    /// <summary>What hardware or the environment decides: 0 to n - 1.</summary>
    public int Choose(int n) => _engine.Choose(n);

    /// <summary>Notes something for properties and pictures.</summary>
    public void Note(Mark mark) => _engine.Mark((uint)mark);

    /// <summary>Says what the row does this time, where its text cannot: which instruction the guest executes.</summary>
    public void Tell(string text) => _engine.Tell(text);

    /// <summary>A store to shared memory; the kernel's WRITE_ONCE or plain store.</summary>
    public void Store<T>(ref T location, T value) where T : unmanaged
    {
        _engine.Declare(ref location);
        location = value;
    }

    /// <summary>Sets bits of a request word; declare the row <see cref="Order.Locked"/>.</summary>
    public void SetBits(ref Request word, Request bits) => Store(ref word, word | bits);

    /// <summary>Clears bits of a request word; declare the row <see cref="Order.Locked"/>.</summary>
    public void ClearBits(ref Request word, Request bits) => Store(ref word, word & ~bits);

    /// <summary><c>kvm_check_request()</c>: whether the actor's own vCPU has a request, which is then no longer one; declare the row <see cref="Order.Locked"/>.</summary>
    public bool CheckRequest(Request request)
    {
        if (!Vcpu.Requests.HasFlag(request)) return false;
        ClearBits(ref Vcpu.Requests, request);
        return true;
    }

    /// <summary>Adds a vector to a set; where others may add, too, declare the row <see cref="Order.Locked"/>.</summary>
    public void Add(ref VectorSet set, int vector)
    {
        ref var word = ref Unsafe.AsRef(in set[vector >> 5]);
        Store(ref word, word | 1u << (vector & 31));
    }

    /// <summary>Adds a pin to a set, or takes it out.</summary>
    public void Store(ref PinSet set, int pin, bool isIn)
    {
        ref var eight = ref Unsafe.AsRef(in set[pin >> 3]);
        Store(ref eight, (byte)(isIn ? eight | 1 << (pin & 7) : eight & ~(1 << (pin & 7))));
    }

    /// <summary>Takes a vector out of a set; where others may add, declare the row <see cref="Order.Locked"/>.</summary>
    public void Remove(ref VectorSet set, int vector)
    {
        ref var word = ref Unsafe.AsRef(in set[vector >> 5]);
        Store(ref word, word & ~(1u << (vector & 31)));
    }

    /// <summary>Adds one to a counter of shared memory; running over is an error, not a wrap.</summary>
    public void Increment(ref ushort counter)
    {
        if (counter == ushort.MaxValue) throw new ModelException("a counter ran over; use fewer invalidations in the scenario");
        Store(ref counter, (ushort)(counter + 1));
    }

    /// <summary>Takes a lock to write, or waits while another holds it.</summary>
    public Flow Acquire(ref KernelLock @lock)
    {
        if (!@lock.IsFree) return Wait;
        NoteOrder(ref @lock);
        Store(ref @lock.Owner, (byte)(Actor + 1));
        return Next;
    }

    /// <summary>Releases a lock held to write; one not held stays as it is, and the row is marked.</summary>
    public Flow Release(ref KernelLock @lock)
    {
        if (@lock.Owner == Actor + 1) Store(ref @lock.Owner, (byte)0);
        else Note(Mark.BadRelease);
        return Next;
    }

    /// <summary>Takes a lock to read, or waits while another writes.</summary>
    public Flow AcquireRead(ref KernelLock @lock)
    {
        if (@lock.Owner != 0) return Wait;
        NoteOrder(ref @lock);
        Store(ref @lock.Readers, (byte)(@lock.Readers | 1 << Actor));
        return Next;
    }

    /// <summary>Releases a lock held to read; one not held stays as it is, and the row is marked.</summary>
    public Flow ReleaseRead(ref KernelLock @lock)
    {
        if ((@lock.Readers >> Actor & 1) != 0) Store(ref @lock.Readers, (byte)(@lock.Readers & ~(1 << Actor)));
        else Note(Mark.BadRelease);
        return Next;
    }

    /// <summary>Puts a function before what a thread does next; the row declares it.</summary>
    public void Inject(int actor, string function) => _engine.Inject(actor, function);

    /// <summary>
    /// True if a vCPU's thread can be preempted where it stands (CONFIG_PREEMPT): in the host, but not with interrupts off, under a
    /// spinlock, or where a row says that preemption is off.
    /// </summary>
    public bool IsPreemptible(int vcpu) =>
        VcpuOf(vcpu).Core is >= 0 and var core && !CoreOf(core).InGuest && !CoreOf(core).IrqsOff && !Vm.MmuLock.IsHeldBy(vcpu) && _engine.CanInject(vcpu);

    /// <summary>Ends a function that was injected: what it came before goes on.</summary>
    public Flow Resume() => Engine.Resume();

    /// <summary>Forces a vCPU's thread out of the guest; the row declares the routine "guest".</summary>
    public void ForceExit(int vcpu, Exit reason)
    {
        if (_engine.Interrupt(vcpu, "guest", (int)reason)) Leave(vcpu);
    }

    // The documented order: slots_lock outside apicv_update_lock outside mmu_lock.
    private void NoteOrder(ref KernelLock taken)
    {
        ref var vm = ref Vm;
        var inner = Unsafe.AreSame(ref taken, ref vm.SlotsLock) ? vm.SlotsLock.IsHeldBy(Actor) || vm.ApicvUpdateLock.IsHeldBy(Actor) || vm.MmuLock.IsHeldBy(Actor)
            : Unsafe.AreSame(ref taken, ref vm.ApicvUpdateLock) ? vm.ApicvUpdateLock.IsHeldBy(Actor) || vm.MmuLock.IsHeldBy(Actor)
            : vm.MmuLock.IsHeldBy(Actor);
        if (inner) Note(Mark.BadOrder);
    }
}
