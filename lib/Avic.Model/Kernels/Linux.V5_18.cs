namespace Avic.Model;

public sealed partial class Linux
{
    private const string Wrapped = "arch/x86/kvm/svm/avic.c avic_refresh_apicv_exec_ctrl(), v5.18; b652de1e3dfb";
    private const string Wrappers = "arch/x86/kvm/svm/svm.c, v5.18; 320af55a930f";

    /// <summary>Linux 5.18: setting and clearing a reason have names of their own, and the TDP MMU zaps leaves only.</summary>
    /// <remarks>
    /// With the module parameter off, the function that takes the lock returns at once; it is on here. The tracepoint fires
    /// without an edge, too (4f4c4a3ee53c).
    /// </remarks>
    public static Linux V5_18 => field ??= V5_17.From
        .Reworded("kvm_request_apicv_update", "inner", "__kvm_set_or_clear_apicv_inhibit(kvm, reason, set)", "arch/x86/kvm/x86.c, v5.18; 7491b7b2e1c5")
        .With("kvm_vm_ioctl_create_vcpu", "lapic", VcpuCreation.Pended)
        .Reworded("kvm_arch_vcpu_guestdbg_update_apicv_inhibit", "inner", "__kvm_set_or_clear_apicv_inhibit(kvm, APICV_INHIBIT_REASON_BLOCKIRQ, set)", "arch/x86/kvm/x86.c, v5.18; 7491b7b2e1c5")
        .Reworded("synic_update_vector", "inner", "__kvm_set_or_clear_apicv_inhibit(vcpu->kvm, APICV_INHIBIT_REASON_HYPERV, !!hv->synic_auto_eoi_used)", "arch/x86/kvm/hyperv.c, v5.18; 7491b7b2e1c5")
        .Reworded("svm_enable_irq_window", "inhibit", "kvm_set_apicv_inhibit(vcpu->kvm, APICV_INHIBIT_REASON_IRQWIN)", Wrappers)
        .Reworded("interrupt_window_interception", "lift", "kvm_clear_apicv_inhibit(vcpu->kvm, APICV_INHIBIT_REASON_IRQWIN)", Wrappers)
        .Reworded("kvm_zap_gfn_range", "zap", "flush = kvm_tdp_mmu_zap_leafs(kvm, i, gfn_start, gfn_end, true, flush)", "arch/x86/kvm/mmu/mmu.c, v5.18; f47e5bbbc92f")
        .With("avic_incomplete_ipi_interception", "emulate", Row.Of("emulate", "kvm_apic_send_ipi(apic, icrl, icrh)",
            x => x.Call("kvm_irq_delivery_to_apic", new() { Word = x.Local.Word, Index = x.Local.Index }), calls: ["kvm_irq_delivery_to_apic"]) with
        { Source = "arch/x86/kvm/svm/avic.c, v5.18; b51818afdc1d" })
        .Marked("kvm_vcpu_update_apicv", "refresh", row => row with { Undisturbed = true, Source = Wrapped })
        .As("V5_18", "5.18: set and clear have names of their own", numbering: "5.18");

    /// <summary>
    /// Linux 5.19: a vCPU may have reasons of its own, beside the VM's; the only one is running L2. Whoever
    /// follows the word or goes to sleep cannot be preempted halfway (66c768d30e64, 18869f26df1a). An APIC id that is not the vCPU's
    /// inhibits AVIC for good.
    /// </summary>
    public static Linux V5_19 => field ??= V5_18.From
        .Replaced(FastKick.Routine)
        .Before("avic_kick_target_vcpus", "each", FastKick.First)
        .With("kvm_vcpu_update_apicv", "activate", NestedGuest.Activate)
        .With("svm_vcpu_run", "warn", NestedGuest.Warn)
        .After("enter_svm_guest_mode", "gif", NestedGuest.UpdateSelf)
        .After("nested_svm_vmexit", "leave", NestedGuest.UpdateAtOnce)
        .After("kvm_lapic_set_base", "base", Row.Of("moved", "kvm_set_apicv_inhibit(apic->vcpu->kvm, APICV_INHIBIT_REASON_APIC_BASE_MODIFIED)",
            x => x.Msrs.IsApicOn && !x.Msrs.IsAtDefault ? x.Call("kvm_request_apicv_update", new() { Reason = Reason.ApicBaseModified, Set = true }) : x.Next,
            calls: ["kvm_request_apicv_update"], isControl: true) with
        { Source = "arch/x86/kvm/lapic.c, v5.19; 3743c2f02517" })
        .With("avic_unaccelerated_access_interception", "ids", ApicMap.Ids)
        .Less("avic_post_state_restore", "id")
        .After("avic_unaccelerated_access_interception", "write", ApicMap.IdTrapped)
        .With("kvm_mmu_page_fault", "result", ApicMap.Result)
        .After("kvm_mmu_page_fault", "result", ApicMap.IdEmulated)
        .Before("kvm_apic_set_state", "regs", ApicMap.IdFixedUp)
        .After("kvm_apic_get_state", "regs", ApicMap.IdFixedUp)
        .Undisturbed("kvm_vcpu_update_apicv", "active", "metadata", "restore", "refresh", "event")
        .Undisturbed("kvm_vcpu_block", "state", "unblocking")
        .As("V5_19", "5.19: a vCPU may have reasons of its own", numbering: "5.19");
}
