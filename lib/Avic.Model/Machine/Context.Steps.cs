using System.Runtime.CompilerServices;

namespace Avic.Model;

// What a row may do.
public readonly ref partial struct Context
{
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
        Leave(Own, reason);
        return _engine.Return();
    }

    private void Leave(int vcpu, Exit reason)
    {
        VmcbOf(vcpu).ExitCode = reason;
        if (Programs.Hardware.SwitchesInSteps) return; // its thread does the rest
        Save(vcpu);
        ToHost(vcpu);
    }

    /// <summary>#VMEXIT: the core is the host's. What it has found in IRR does not outlive its stay in the guest: VMRUN looks anew.</summary>
    internal void ToHost(int vcpu)
    {
        Store(ref CoreOf(VcpuOf(vcpu).Core).InGuest, false);
        Store(ref VmcbOf(vcpu).VirtualInterruptPending, false);
    }

    /// <summary>#VMEXIT: the guest's state goes into the VMCB.</summary>
    internal void Save(int vcpu)
    {
        VmcbOf(vcpu).Halted = false;
        // A trap that was not taken is not kept; TF is.
        if (VmcbOf(vcpu).SingleStep == SingleStep.Due) VmcbOf(vcpu).SingleStep = SingleStep.On;
    }

    /// <summary>The guest's instruction is done: on to the next, and what STI held off is no longer.</summary>
    public void Retire()
    {
        Vmcb.Rip++;
        Passed();
    }

    /// <summary>One of the guest's instructions has passed: what STI held off is no longer, and what TF asked for is due.</summary>
    public void Passed()
    {
        Vmcb.InterruptShadow = false;
        if (Vmcb.SingleStep == SingleStep.On && Core.InGuest) Vmcb.SingleStep = SingleStep.Due;
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

    /// <summary><c>vmcb_mark_dirty()</c>: VMRUN must read a group of the VMCB's fields again. Only a core that obeys clean bits minds.</summary>
    public void MarkDirty(CleanBits groups)
    {
        _ = Own; // a thread of the VMM is told that it has none, whatever the core caches
        if (Programs.Hardware.CachesVmcb) CleanFields.MarkDirty(ref Cached, groups);
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
        if (_engine.Interrupt(vcpu, "guest", 0)) Leave(vcpu, reason);
    }

    // The documented order: slots_lock outside apicv_update_lock outside mmu_lock, and apic_map_lock outside the latter two.
    private void NoteOrder(ref KernelLock taken)
    {
        ref var vm = ref Vm;
        var inner = Unsafe.AreSame(ref taken, ref vm.SlotsLock) ? vm.SlotsLock.IsHeldBy(Actor) || vm.ApicvUpdateLock.IsHeldBy(Actor) || vm.MmuLock.IsHeldBy(Actor)
            : Unsafe.AreSame(ref taken, ref vm.ApicMapLock) ? vm.ApicMapLock.IsHeldBy(Actor) || vm.ApicvUpdateLock.IsHeldBy(Actor) || vm.MmuLock.IsHeldBy(Actor)
            : Unsafe.AreSame(ref taken, ref vm.ApicvUpdateLock) ? vm.ApicvUpdateLock.IsHeldBy(Actor) || vm.MmuLock.IsHeldBy(Actor)
            : vm.MmuLock.IsHeldBy(Actor);
        if (inner) Note(Mark.BadOrder);
    }
}
