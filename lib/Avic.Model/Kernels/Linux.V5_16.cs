namespace Avic.Model;

public sealed partial class Linux
{
    private const string Semaphore = "arch/x86/kvm/x86.c, v5.16; 187c8833def8", SynicSemaphore = "arch/x86/kvm/hyperv.c, v5.16; 187c8833def8";
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
        .Reworded("synic_update_vector", "lock", "down_write(&vcpu->kvm->arch.apicv_update_lock)", SynicSemaphore)
        .Reworded("synic_update_vector", "unlock", "up_write(&vcpu->kvm->arch.apicv_update_lock)", SynicSemaphore)
        .With("kvm_vcpu_update_apicv", "lock", Row.Of("lock", "down_read(&vcpu->kvm->arch.apicv_update_lock)", x => x.AcquireRead(ref x.Vm.ApicvUpdateLock), Order.Locked) with { Source = Semaphore })
        .With("kvm_vcpu_update_apicv", "unlock", Row.Of("unlock", "up_read(&vcpu->kvm->arch.apicv_update_lock)", x => x.ReleaseRead(ref x.Vm.ApicvUpdateLock), Order.Locked) with { Source = Semaphore })
        .With("kvm_vm_ioctl_create_vcpu", "lapic", VcpuCreation.ByWord)
        .After("kvm_arch_vcpu_ioctl_set_guest_debug", "event", DebuggedVcpus.Inhibit).Replaced(DebuggedVcpus.Update)
        .Reworded("direct_page_fault", "faultin", "kvm_faultin_pfn(vcpu, fault, &r)", Fault)
        .Reworded("direct_page_fault", "abnormal", "handle_abnormal_pfn(vcpu, fault, ACC_ALL, &r)", Fault)
        .Reworded("direct_page_fault", "stale", "is_page_fault_stale(vcpu, fault, mmu_seq)", Fault + "; a955cad84cda")
        .Reworded("direct_page_fault", "map", "r = kvm_tdp_mmu_map(vcpu, fault)", Fault)
        .As("V5_16", "5.16: vCPUs take the update lock to read", numbering: "5.16");
}
