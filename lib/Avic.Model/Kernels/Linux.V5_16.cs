namespace Avic.Model;

public sealed partial class Linux
{
    private const string Semaphore = "arch/x86/kvm/x86.c, v5.16; 187c8833def8";
    private const string Fault = "arch/x86/kvm/mmu/mmu.c, v5.16";

    /// <summary>
    /// Linux 5.16: the update lock is a semaphore that vCPUs take to read, so that several follow the word side by side; a
    /// fault is one struct.
    /// </summary>
    /// <remarks>
    /// The check before VMRUN moved from svm_vcpu_run() to its caller, between the same rows; it stays where it was here.
    /// 5.16 also retries a fault whose root has become obsolete (a955cad84cda); roots are not modelled.
    /// </remarks>
    public static Linux V5_16 => field ??= V5_15.From
        .Reworded("kvm_request_apicv_update", "lock", "down_write(&kvm->arch.apicv_update_lock)", Semaphore)
        .Reworded("kvm_request_apicv_update", "unlock", "up_write(&kvm->arch.apicv_update_lock)", Semaphore)
        .With("kvm_vcpu_update_apicv", "lock", Row.Of("lock", "down_read(&vcpu->kvm->arch.apicv_update_lock)", x => x.AcquireRead(ref x.Vm.ApicvUpdateLock), Order.Locked) with { Source = Semaphore })
        .With("kvm_vcpu_update_apicv", "unlock", Row.Of("unlock", "up_read(&vcpu->kvm->arch.apicv_update_lock)", x => x.ReleaseRead(ref x.Vm.ApicvUpdateLock), Order.Locked) with { Source = Semaphore })
        .Reworded("direct_page_fault", "faultin", "kvm_faultin_pfn(vcpu, fault, &r)", Fault)
        .Reworded("direct_page_fault", "abnormal", "handle_abnormal_pfn(vcpu, fault, ACC_ALL, &r)", Fault)
        .Reworded("direct_page_fault", "stale", "is_page_fault_stale(vcpu, fault, mmu_seq)", Fault + "; a955cad84cda")
        .Reworded("direct_page_fault", "map", "r = kvm_tdp_mmu_map(vcpu, fault)", Fault)
        .As("V5_16", "5.16: vCPUs take the update lock to read", numbering: "5.16");

    /// <summary>
    /// Linux 5.17: an interrupt is put into IRR before the flag is asked, and the mode is stored with release, so that who reads it
    /// also reads the flag that was written before.
    /// </summary>
    public static Linux V5_17 => field ??= V5_16.From
        .Reworded("vcpu_enter_guest", "mode", "smp_store_release(&vcpu->mode, IN_GUEST_MODE)", "arch/x86/kvm/x86.c, v5.17; 66fa226c131f")
        .Replaced(ApicMetadata.Kept, CompleteDelivery.Deliver, CompleteDelivery.Complete)
        .With("__apic_accept_irq", "post", CompleteDelivery.Post)
        .With("__apic_accept_irq", "posted", CompleteDelivery.Posted)
        .Less("__apic_accept_irq", "irr").Less("__apic_accept_irq", "pending").Less("__apic_accept_irq", "event").Less("__apic_accept_irq", "kick")
        .Less("avic_kick_target_vcpus", "running")
        .Edit("avic_kick_target_vcpus", "wake'", r => r.With("wake", CompleteDelivery.Kick))
        .Less("kvm_vcpu_block", "update")
        .With("kvm_vcpu_block", "blocking", CompleteDelivery.Put)
        .With("kvm_vcpu_block", "unblocking", CompleteDelivery.Load)
        .With("kvm_vcpu_update_apicv", "refresh", CompleteDelivery.Refresh)
        .As("V5_17", "5.17: IRR before the flag in delivery, the mode stored with release");
}
