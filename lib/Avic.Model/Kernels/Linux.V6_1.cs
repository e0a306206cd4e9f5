namespace Avic.Model;

public sealed partial class Linux
{
    private const string Invalidate = "arch/x86/kvm/mmu/mmu.c, v6.1; 20ec3ebd707c";

    /// <summary>Linux 6.1: the zap of an inhibit is an SRCU read section of its own, and its range covers every fault.</summary>
    /// <remarks>6.0 has the same reasons, and 6.0.y the same zap. Stable releases before have taken some of it, too.</remarks>
    public static Linux V6_1 => field ??= V5_19.From
        .Before("__kvm_request_apicv_update", "zap", SrcuSection.Lock)
        .After("__kvm_request_apicv_update", "zap", SrcuSection.Unlock)
        .Reworded("kvm_zap_gfn_range", "begin", "kvm_mmu_invalidate_begin(kvm, 0, -1ul)", Invalidate + ", 6d3085e4d89a")
        .Reworded("kvm_zap_gfn_range", "seq", "kvm->mmu_invalidate_seq++", Invalidate)
        .Reworded("kvm_zap_gfn_range", "end", "kvm->mmu_invalidate_in_progress--", Invalidate)
        .Reworded("direct_page_fault", "seq", "mmu_seq = vcpu->kvm->mmu_invalidate_seq", Invalidate)
        // The range now covers the fault; but mmu_lock is held from begin to end, so that only who looks without it can tell.
        .With("direct_page_fault", "stale", Row.Of("stale", "is_page_fault_stale(vcpu, fault, mmu_seq)", x =>
        {
            var seq = x.Done(ref x.Local.MmuSeq);
            var stale = x.Local.Value != (byte)PageFault.NoSlot && (x.Vm.MmuNotifierCount != 0 || x.Vm.MmuNotifierSeq != seq);
            if (!stale) return x.Next;
            x.Note(Mark.Retried);
            x.Local.Value = (byte)PageFault.Retry;
            return x.Goto("unlock");
        }, to: ["unlock"], isCovered: true) with
        { Source = Invalidate + ", 6d3085e4d89a" })
        .With("kvm_vcpu_update_apicv", "activate", VirtualApicMode.Activate)
        .With("kvm_vcpu_update_apicv", "refresh", VirtualApicMode.Refresh(mended: false))
        .After("kvm_lapic_set_base", "base", VirtualApicMode.Update, VirtualApicMode.Mode(mended: false))
        .With("kvm_vcpu_reset", "avic", AcceptEvents.Word(mended: false))
        .With("svm_vcpu_run", "warn", VirtualApicMode.Warn)
        .Less("kvm_apic_set_state", "fixup").Less("kvm_apic_get_state", "fixup")
        .After("kvm_apic_set_state", "regs", ApicMap.IdSet)
        .As("V6_1", "6.1: an SRCU read section around the zap", numbering: "6.0");
}
