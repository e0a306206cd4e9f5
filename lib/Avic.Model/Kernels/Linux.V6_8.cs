namespace Avic.Model;

public sealed partial class Linux
{
    private const string Gfns = "arch/x86/kvm/mmu/mmu.c, v6.8; 8569992d64b8";

    /// <summary>
    /// Linux 6.8: invalidations count frames, and a fault looks for one before it takes mmu_lock, too. Where a vCPU runs is told to the IOMMU
    /// without an invalidation (57cdb720eaa5).
    /// </summary>
    public static Linux V6_8 => field ??= V6_3.From
        .Reworded("kvm_zap_gfn_range", "begin", "kvm_mmu_invalidate_begin(kvm)", Gfns).Uncovered("kvm_zap_gfn_range", "begin").Uncovered("kvm_zap_gfn_range", "end")
        .With("direct_page_fault", "faultin", UnlockedRetry.Call)
        .With("kvm_faultin_pfn", "resolve", UnlockedRetry.Resolve)
        .Before("kvm_faultin_pfn", "resolve", UnlockedRetry.Before)
        .After("kvm_faultin_pfn", "resolve", UnlockedRetry.After)
        .With("kvm_vcpu_update_apicv", "refresh", VirtualApicMode.Refresh(mended: true))
        .With("kvm_lapic_set_base", "mode", VirtualApicMode.Mode(mended: true))
        .With("kvm_vcpu_reset", "avic", AcceptEvents.Word(mended: true))
        .After("svm_leave_nested", "leave", NestedGuest.UpdateLater)
        .After("nested_svm_vmexit", "leave", NestedGuest.LookAgain)
        .Less("avic_update_iommu_vcpu_affinity", "flush").Less("avic_update_iommu_vcpu_affinity", "wait")
        .With("svm_set_pi_irte_mode", "mode", PostedInterrupts.ModeAgain).With("svm_update_pi_irte", "guest", InterruptRoutes.ActivateAgain)
        .Before("svm_ir_list_add", "add", InterruptRoutes.Running)
        .As("V6_8", "6.8 to 6.16: faults look for an invalidation before they take mmu_lock");

    /// <summary>
    /// Linux 6.17: V_TPR follows the page's TPR at every entry, irr_pending is true whenever the flag changes, and there is a reason
    /// for vCPU ids that the hardware cannot address. The IOMMU's entries follow the flag with what the vCPU's entry says, and log for vCPUs that block alone.
    /// </summary>
    /// <remarks>irr_pending is so since 6.13 or 6.12 (d3ddef46f22e; which, the sources at hand do not tell), in the middle of what V6_8 stands for.</remarks>
    public static Linux V6_17 => field ??= V6_8.From
        .Replaced(ApicMetadata.True, PostedInterrupts.RefreshAtOnce, InterruptRoutes.UpdateUnderLock)
        .With("avic_update_iommu_vcpu_affinity", "is_run", PostedInterrupts.IsRunOrBlocks)
        .With("svm_set_pi_irte_mode", "mode", PostedInterrupts.ModeAndIsRun)
        .With("svm_vcpu_run", "to_cr8", Row.Of("to_cr8", "sync_lapic_to_cr8(vcpu)", x =>
        {
            if (!NestedGuest.HasOwnTpr(x)) x.Vmcb.VTpr = (byte)(x.ApicPage.Tpr >> 4);
            return x.Next;
        }) with
        { Source = "arch/x86/kvm/svm/svm.c, v6.17; d02e48830e3f" })
        .As("V6_17", "6.17 to 6.19: V_TPR is loaded at every entry, and there is one reason more", numbering: "6.17");
}
