namespace Avic.Model;

public sealed partial class Linux
{
    /// <summary>
    /// Linux 5.14, before the rework, as far as museum entry 3 needs it: no update lock, the word changed by cmpxchg, and the
    /// memslot deleted and made anew at every edge. The fault path has no test of its own: without a slot an access is MMIO.
    /// </summary>
    /// <remarks>
    /// Simplified, and said so: an SRCU grace period is a wait until each vCPU has left its read section once; memslot
    /// generations are the slot's presence, which is all they tell here; KVM_REQ_MMU_RELOAD is a TLB flush.
    /// That the current vCPU is not treated apart (df63202fe52b) was read from the patch mail, not from a 5.14 tree.
    /// </remarks>
    public static Linux V5_14 => field ??= new("V5_14", V5_15.Code
        .With(ToggledMemslot.Request, ToggledMemslot.UpdateAccessPage, ToggledMemslot.ZapAll, ToggledMemslot.Update,
            ToggledMemslot.HandleFault, ToggledMemslot.Direct, ToggledMemslot.MmioFault, ToggledMemslot.Faultin)
        .Edit("svm_vcpu_run", routine => routine.Without("warn"))
        .Edit("svm_enable_irq_window", ToggledMemslot.DropSrcu("inhibit"))
        .Edit("interrupt_window_interception", ToggledMemslot.DropSrcu("lift")), []);
}
