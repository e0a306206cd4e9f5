namespace Avic.Model;

public sealed partial class Linux
{
    private const string Flush = "0ccf3e7cb95a (v6.3)";

    /// <summary>
    /// Linux 6.3: a vCPU that switches AVIC on flushes its own translations, which were made with it off; inhibits for APIC ids are found
    /// anew with the map of ids, and end when the ids allow. What KVM remembers of ISR is forgotten when AVIC goes on or off. A vCPU in
    /// x2APIC mode without x2AVIC gives the APIC access page up for good.
    /// </summary>
    /// <remarks>
    /// The request is made behind the flush in the order of requests, so that it sends the vCPU round once more before VMRUN.
    /// Not modelled: that 6.6 mends the MSRs left open to a guest that leaves x2APIC mode (b65235f6e102), which are 6.5's here. The sequence
    /// is sampled in kvm_faultin_pfn() since 6.3, before all that it does; it stays where it was here, in the same order.
    /// </remarks>
    public static Linux V6_3 => field ??= V6_1.From
        .After("kvm_vcpu_update_apicv", "refresh", Row.Of("flush", "kvm_make_request(KVM_REQ_TLB_FLUSH_CURRENT, vcpu)", x =>
        {
            if (x.Vcpu.ApicvActive && !x.Vmcb.X2AvicEnable) x.SetBits(ref x.Vcpu.Requests, Request.TlbFlushCurrent);
            return x.Next;
        }, Order.Locked, preemptOff: true) with
        { Source = "arch/x86/kvm/svm/avic.c avic_activate_vmcb(), " + Flush })
        .After("vcpu_enter_guest", "flush", Row.Of("flush_current", "kvm_check_request(KVM_REQ_TLB_FLUSH_CURRENT, vcpu)", x =>
        {
            if (x.CheckRequest(Request.TlbFlushCurrent)) x.Vmcb.TlbControl = TlbControl.FlushAsid;
            return x.Next;
        }, Order.Locked) with
        { Source = "arch/x86/kvm/x86.c kvm_service_local_tlb_flush_requests(), v6.3" })
        .With("avic_kick_target_vcpus_fast", "dest", FastKick.Dest)
        .With("avic_incomplete_ipi_interception", "id", AvicExits.IdOf6_3)
        .Replaced(ApicMap.Routine, ApicMetadata.Purged)
        .Less("avic_unaccelerated_access_interception", "id").Less("kvm_mmu_page_fault", "id").Less("kvm_apic_set_state", "id")
        .After("avic_unaccelerated_access_interception", "write", ApicMap.Trapped)
        .After("kvm_mmu_page_fault", "result", ApicMap.AfterEmulation)
        .After("msr_interception", "msr", ApicMap.BaseSet)
        .After("kvm_apic_set_state", "regs", ApicMap.Replaced)
        .After("kvm_lapic_reset", "dfr", ApicMap.Dirtied("dfr_dirty")).After("kvm_lapic_reset", "svr", ApicMap.Dirtied("svr_dirty"))
        .After("kvm_lapic_reset", "ldr", ApicMap.Dirtied("ldr_dirty", unless: x => x.Msrs.IsX2))
        .After("kvm_vcpu_reset", "lapic", ApicMap.AfterReset)
        .With("avic_handle_ldr_update", "insert", IdTableUpdates.Insert)
        .Replaced(InhibitedAccessPage.Routine, InhibitedAccessPage.ZapAll, InhibitedAccessPage.MmioFault)
        .Before("kvm_vcpu_update_apicv", "lock", InhibitedAccessPage.Wrapper)
        .With("kvm_lapic_set_base", "update", VirtualApicMode.RequestUpdate)
        .With("kvm_faultin_pfn", "slot", InhibitedAccessPage.FaultSlot)
        .Before("kvm_mmu_page_fault", "fault", InhibitedAccessPage.Reserved)
        .With("kvm_mmu_page_fault", "result", InhibitedAccessPage.Result)
        .After("kvm_mmu_page_fault", "result", InhibitedAccessPage.Emulate)
        .As("V6_3", "6.3 to 6.7: switching AVIC on flushes the vCPU's translations", numbering: "6.3");
}
