namespace Avic.Model;

/// <summary>When the core looks at the virtual APIC page for something to deliver, and how it delivers it.</summary>
/// <remarks>
/// The core looks at VMRUN, at a doorbell in the guest, at EOI, and when TPR or PPR changes; what it found it remembers
/// until it looks again. A store to IRR by others is no reason to look. AMD64 APM vol. 2, 15.29.
/// </remarks>
internal static class Interrupts
{
    /// <summary>Looks for a vector above the processor's priority, and remembers whether there is one.</summary>
    public static void Evaluate(Context x) => x.Store(ref x.Vmcb.VirtualInterruptPending, Deliverable(x) >= 0);

    // The core masks by V_TPR and not by the page's TPR, as kernel commit d02e48830e3f found where the two differ.
    private static int Deliverable(Context x) => x.ApicPage.DeliverableAbove((uint)x.Vmcb.VTpr << 4);

    /// <summary>True if the core would find a vector if it looked now.</summary>
    public static bool AnyDeliverable(Context x) => Deliverable(x) >= 0;

    /// <summary>Keeps PPR in the page after a change of TPR or ISR, and looks.</summary>
    public static void PriorityChanged(Context x)
    {
        x.Store(ref x.ApicPage.Ppr, x.ApicPage.ProcessorPriority);
        Evaluate(x);
    }

    /// <summary>True if the guest takes a virtual interrupt before its next instruction.</summary>
    public static bool Due(Context x) => x.Vmcb.VirtualInterruptPending && x.Vmcb.AvicEnable && Open(x) && x.Vmcb.SingleStep != SingleStep.Due;

    /// <summary>True if nothing in the guest holds an interrupt off.</summary>
    public static bool Open(Context x) => x.Vmcb.InterruptFlag && !x.Vmcb.InterruptShadow && !x.IsGifClear;

    /// <summary>Takes the highest vector: out of IRR, into ISR, through the guest's IDT.</summary>
    public static void Accept(Context x)
    {
        var vector = Deliverable(x);
        x.Vmcb.Halted = false;
        Take(x, vector);
        Evaluate(x);
        Dispatch(x, vector);
    }

    /// <summary>
    /// True if V_IRQ has its turn: AVIC is off, and nothing holds it off, V_TPR included. KVM's own window stands for what the programs leave out,
    /// and goes without V_TPR: of a guest at CR8 15, which holds it off, KVM at its next look asks IF alone, and injects without a window.
    /// </summary>
    public static bool IsVIrqDue(Context x) =>
        x.Vmcb.VIrq && !x.Vmcb.AvicEnable && (x.Vmcb.VIgnTpr || x.Vmcb.VIntrPrio > x.Vmcb.VTpr || !NestedGuest.HasOwnTpr(x)) && Open(x) && x.Vmcb.SingleStep != SingleStep.Due;

    /// <summary>Takes the virtual interrupt, of which the APIC's page knows nothing.</summary>
    public static void AcceptVIrq(Context x)
    {
        (x.Vmcb.VIrq, x.Vmcb.Halted) = (false, false);
        Dispatch(x, x.Vmcb.VIntrVector);
    }

    private static void Take(Context x, int vector)
    {
        x.Remove(ref x.ApicPage.Irr, vector);
        x.Add(ref x.ApicPage.Isr, vector);
        x.Store(ref x.ApicPage.Ppr, x.ApicPage.ProcessorPriority);
    }

    /// <summary>Through the guest's IDT: the handler runs next, with interrupts off.</summary>
    public static void Dispatch(Context x, int vector)
    {
        ref var memory = ref x.Memory;
        if (memory.Depth == GuestMemory.DeepestHandlers) throw new ModelException($"handlers are within one another {memory.Depth} deep: return from some, or set IF later");
        if (!x.Vmcb.InterruptFlag) memory.InterruptsWereOff |= (byte)(1 << memory.Depth);
        memory.Return[memory.Depth++] = x.Vmcb.Rip;
        x.Vmcb.Rip = x.Programs.Guest[x.Me].HandlerOf(vector);
        (x.Vmcb.InterruptFlag, x.Vmcb.InterruptShadow) = (false, false);
        x.Note(Mark.Handled);
        var index = x.Programs.VectorIndex(vector);
        ref var handled = ref memory.Handled[index];
        if (handled < x.Programs.CountsUpTo(index)) x.Store(ref handled, (ushort)(handled + 1));
    }

    /// <summary>IRET: back to what was interrupted, which took interrupts unless it was an NMI that came.</summary>
    public static void Return(Context x)
    {
        ref var memory = ref x.Memory;
        if (memory.Depth == 0) throw new ModelException("IRET outside a handler");
        ref var place = ref memory.Return[--memory.Depth];
        x.Vmcb.Rip = x.Done(ref place);
        var wereOff = 1 << memory.Depth;
        x.Vmcb.InterruptFlag = (memory.InterruptsWereOff & wereOff) == 0;
        memory.InterruptsWereOff &= (byte)~wereOff;
        x.Passed();
    }
}
