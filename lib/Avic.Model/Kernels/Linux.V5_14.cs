namespace Avic.Model;

public sealed partial class Linux
{
    /// <summary>
    /// Linux 5.14, before the rework: no update lock, the word changed by cmpxchg, and the memslot deleted and made anew at
    /// every edge (b0a1637f64b0 and 36222b117e36 of 5.15 ended both). The fault path has no test of its own: without a slot
    /// an access is MMIO.
    /// </summary>
    /// <remarks>
    /// Simplified, and said so: an SRCU grace period is a wait until each vCPU has left its read section once; memslot
    /// generations are the slot's presence, which is all they tell here; the MMIO cache is filled but not consulted;
    /// KVM_REQ_MMU_RELOAD is a TLB flush. The update of the current vCPU at once was removed by df63202fe52b, which is in the
    /// 5.15 pull request. What svm_set_vintr() warns of is the word here: f1577ab21442 (v5.14) changed that alone, so 5.12 and
    /// 5.13 still warn of the flag, as <see cref="V5_7"/> does.
    /// </remarks>
    public static Linux V5_14 => field ??= V5_15.From
        .Replaced(ToggledMemslot.Request, ToggledMemslot.UpdateAccessPage, ToggledMemslot.ZapAll, ToggledMemslot.Update,
            ToggledMemslot.HandleFault, ToggledMemslot.MmioFault, ToggledMemslot.Faultin, AutoEoi.UpdateBitmap)
        .Edit("direct_page_fault", "mmu_lock to write", ToggledMemslot.WriteLocked)
        .Edit("kvm_vcpu_block", "preemptible", Blocking.Preemptible)
        .Less("svm_refresh_apicv_exec_ctrl", "load")
        .With("kvm_vm_ioctl_create_vcpu", "lapic", VcpuCreation.ByWord)
        .With("msr_interception", "msr", MovedPage.BarFollows)
        .Without("svm_vcpu_run", "warn")
        .Edit("svm_enable_irq_window", "without SRCU", ToggledMemslot.DropSrcu("inhibit"))
        .Edit("interrupt_window_interception", "without SRCU", ToggledMemslot.DropSrcu("lift"))
        .As("V5_14", "5.14: no update lock, the memslot deleted and made anew at every edge (simplified; its file says how)");
}
