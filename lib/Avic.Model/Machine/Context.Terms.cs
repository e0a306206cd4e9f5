namespace Avic.Model;

// What properties ask of the machine, and of the row just taken.
public readonly ref partial struct Context
{
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

    /// <summary>True if a vCPU's thread sleeps for a guest that has halted, or waits for SIPI.</summary>
    public bool IsAsleep(int vcpu) => VcpuOf(vcpu).Sleeping && VcpuOf(vcpu).MpState != MpState.Runnable;

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
            // What guests bring about by the mode, place and ids of their APICs nobody has to ask for.
            var ofGuests = BitIfKnown(Reason.X2Apic) | (Programs.HasNested ? BitIfKnown(Reason.Nested) : 0) | (Programs.HasSynic ? BitIfKnown(Reason.Hyperv) : 0) | (Programs.HasGuestDebug ? BitIfKnown(Reason.BlockIrq) : 0) | BitIfKnown(Reason.ApicBaseModified) | BitIfKnown(Reason.ApicIdModified) | BitIfKnown(Reason.PhysicalIdAliased) | BitIfKnown(Reason.LogicalIdAliased);
            var word = Vm.ApicvInhibitReasons;
            // What counts then is the count.
            var window = BitIfKnown(Reason.IrqWindow);
            if (Programs.CountsIrqWindows && (word & ~window) != 0) word = word & ~window | (Vm.ApicvNrIrqWindowReq != 0 ? window : 0);
            // A bit that one thread set last and another cleared last may end either way.
            return (word & ~set & ~(ofGuests & ~cleared)) == 0 && (set & ~cleared & ~Vm.ApicvInhibitReasons) == 0;
        }
    }

    /// <summary>True if a vCPU runs L2.</summary>
    public bool IsInL2Of(int vcpu) => Programs.HasNested && NestedOf(vcpu).GuestMode;

    /// <summary>True if nothing keeps AVIC off for a vCPU: no reason of the VM's, and no L2 of its own.</summary>
    public bool IsActivated(int vcpu) => Vm.ApicvInhibitReasons == 0 && !IsInL2Of(vcpu);

    /// <summary>True if a vCPU's L1 takes interrupts; while L2 runs they end it, or are L2's.</summary>
    public bool TakesInterrupts(int vcpu)
    {
        if (Programs.HasGuestDebug && GuestDebugOf(vcpu).BlocksIrqs) return false;
        if (!Programs.HasNested) return VmcbOf(vcpu).InterruptFlag;
        ref var nested = ref NestedOf(vcpu);
        return (nested is { GuestMode: true, SharesInterrupts: false } ? _machine.Vmcb01[vcpu].InterruptFlag : VmcbOf(vcpu).InterruptFlag) && !nested.GifIsClear;
    }

    /// <summary>True if the kernel has the reason.</summary>
    internal bool Knows(Reason reason) => BitIfKnown(reason) != 0;

    /// <summary>True if the word holds the reason.</summary>
    internal bool IsInhibitedFor(Reason reason) => (Vm.ApicvInhibitReasons & BitIfKnown(reason)) != 0;

    private uint BitIfKnown(Reason reason) => Programs.Bits[(int)reason] is var bit and < 32 ? 1u << bit : 0;

    /// <summary>What an observer has seen so far.</summary>
    public T Seen<T>(string observer) where T : unmanaged => _engine.Seen<T>(observer);

    /// <summary>The function of the row being, or just, taken.</summary>
    public string Routine => _engine.Routine;

    /// <summary>The label of the row being, or just, taken.</summary>
    public string Label => _engine.Label;

    /// <summary>What the row marked.</summary>
    public Mark Marks => (Mark)_engine.Marks;
}
