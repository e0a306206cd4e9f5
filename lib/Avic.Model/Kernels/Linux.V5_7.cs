namespace Avic.Model;

public sealed partial class Linux
{
    private const string Rwlock = "arch/x86/kvm/mmu/mmu.c, v5.7; a rwlock since 531810caa9f4 (v5.12)";

    /// <summary>
    /// Linux 5.7, as released and as of the stable release 5.7.14: the inhibit machinery of 5.14, with a check of the vCPU's
    /// flag when V_IRQ is armed, above an mmu_lock that is a spinlock and a retry that knows neither ranges nor missing slots.
    /// </summary>
    public static Linux V5_7 => field ??= V5_14.From
        .Reworded("direct_page_fault", "lock", "spin_lock(&vcpu->kvm->mmu_lock)", Rwlock)
        .With("direct_page_fault", "stale", Row.Of("stale", "mmu_notifier_retry(vcpu->kvm, mmu_seq)", x =>
        {
            // Any fault is looked at, until 5f8a7cf25a80, and any invalidation in progress counts, until 4a42d848db95 (both v5.12).
            if (x.Vm.MmuNotifierCount == 0 && x.Vm.MmuNotifierSeq == x.Done(ref x.Local.MmuSeq)) return x.Next;
            x.Local.MmuSeq = 0;
            x.Note(Mark.Retried);
            x.Local.Value = (byte)PageFault.Retry;
            return x.Goto("unlock");
        }, to: ["unlock"]) with
        { Source = "arch/x86/kvm/mmu/mmu.c, v5.7" })
        .Reworded("direct_page_fault", "unlock", "spin_unlock(&vcpu->kvm->mmu_lock)", Rwlock)
        .Reworded("kvm_mmu_zap_all_fast", "lock", "spin_lock(&kvm->mmu_lock)", Rwlock)
        .Reworded("kvm_mmu_zap_all_fast", "unlock", "spin_unlock(&kvm->mmu_lock)", Rwlock)
        .With("kvm_faultin_pfn", "slot", Row.Of("slot", "slot = kvm_vcpu_gfn_to_memslot(vcpu, gfn)",
            x => x.Return(x.Vm.ApicAccessMemslot == Slot.Present ? PageFault.Continue : PageFault.NoSlot)) with
        { Source = "arch/x86/kvm/mmu/mmu.c try_async_pf(), v5.7; an invalid slot is no slot until e0c378684b65 (v5.13)" })
        .With("svm_enable_irq_window", "arm", ToggledMemslot.Arm)
        .Reworded("kvm_inject_pending_timer_irqs", "unblock", "kvm_clear_request(KVM_REQ_PENDING_TIMER, vcpu)", "arch/x86/kvm/x86.c vcpu_run(), v5.7; 084071d5e922 (v5.13)")
        .With("kvm_vcpu_block", "check", Blocking.CheckTimer)
        .As("V5_7", "5.7 to 5.11: the same, mmu_lock a spinlock, the check in svm_set_vintr() against the vCPU's own flag");

    /// <summary>
    /// Linux 5.7 on its way, after 64b5bd270426 had made svm_set_vintr() warn of AVIC (5.7-rc1) and before 7d611233b016 made
    /// the vCPU that asks for an inhibit follow it at once: everybody gets a request and nobody more. No release.
    /// </summary>
    public static Linux V5_7_Rc => field ??= V5_7.From
        .With("kvm_request_apicv_update", "request", Row.Of("request", "kvm_make_all_cpus_request(kvm, KVM_REQ_APICV_UPDATE)",
            x => x.Call("kvm_make_all_cpus_request", new() { Request = Request.ApicvUpdate }), calls: ["kvm_make_all_cpus_request"], isControl: true) with
        { Source = "arch/x86/kvm/x86.c, v5.7-rc1; changed by 7d611233b016 (v5.7)" })
        .Less("kvm_request_apicv_update", "except")
        .As("V5_7.Rc", "5.7-rc1: a warning when V_IRQ is armed, and no update at once yet");
}
