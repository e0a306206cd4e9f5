namespace Avic.Model;

public sealed partial class Linux
{
    /// <summary>
    /// The proposal of October 2021: the fault path asks the vCPU's own flag. Both versions of the patch test the same
    /// flag, so they are one kernel. S. Christopherson, 20211009010135.4031460-2 and 20211022004927.1448382-2; not merged.
    /// </summary>
    public static Linux VcpuStatus => field ??= V5_15.From.With("kvm_faultin_pfn",
        "activated", Row.Of("activated", "!kvm_vcpu_apicv_active(vcpu)", x => x.Vcpu.ApicvActive ? x.Next : x.Return(PageFault.Emulate))
            with
        { Source = "20211022004927.1448382-2-seanjc@google.com" }).As("V5_15.VcpuStatus", "the proposal of October 2021: the fault path asks the vCPU's own flag (not merged)");

    /// <summary>
    /// The sketch that followed: the vCPU's own flag, and a retry while an update is pending, looked at outside mmu_lock
    /// but after the sequence was sampled. S. Christopherson, YWmpKTk/7MOCzm15; never a patch.
    /// </summary>
    public static Linux RetryIfPending => field ??= VcpuStatus.From.After("kvm_faultin_pfn",
        "activated", Row.Of("pending", "kvm_test_request(KVM_REQ_APICV_UPDATE, vcpu)",
            x => x.Vcpu.Requests.HasFlag(Request.ApicvUpdate) ? x.Return(PageFault.Retry) : x.Next)
            with
        { Source = "YWmpKTk/7MOCzm15@google.com" }).As("V5_15.RetryIfPending", "the sketch after it: the same, and a retry while an update is pending (never a patch)");

    /// <summary>
    /// 5.15 with what 5.18 and 5.19 mended about preemption: from the flag's change to the table's nobody takes the vCPU off its core
    /// (b652de1e3dfb, 66c768d30e64). The same as 5.15 where vCPUs stay on their cores.
    /// </summary>
    public static Linux PreemptOff => field ??= V5_15.From.Undisturbed("kvm_vcpu_update_apicv", "active", "metadata", "restore", "refresh", "event")
        .As("V5_15.PreemptOff", "5.15 with preemption off while a vCPU follows the word, as since 5.19");

    /// <summary>
    /// A proposal of February 2025: who looks which vCPUs have their interrupts blocked does so without the lock, and takes it for the word alone.
    /// N. N. Rao, dc6cf3403e29; reviewed, shown to be wrong by P. Bonzini in an interleaving drawn by hand, and not merged.
    /// </summary>
    public static Linux ScanUnlocked => field ??= V6_8.From
        .Less("kvm_arch_vcpu_guestdbg_update_apicv_inhibit", "lock").With("kvm_arch_vcpu_guestdbg_update_apicv_inhibit", "inner", DebuggedVcpus.Outer).Less("kvm_arch_vcpu_guestdbg_update_apicv_inhibit", "unlock")
        .As("V6_8.ScanUnlocked", "a proposal of February 2025: BLOCKIRQ of all vCPUs is looked at without the update lock (not merged)");

    /// <summary>
    /// A sketch against a deadlock that lockdep warned of: ir_list_lock becomes a leaf, and whether AVIC is on is read under it.
    /// S. Christopherson, aUmdSb3d7Z5REMLk, December 2025; never a patch. The deadlock, with locks of interrupts and of the scheduler, is not modelled.
    /// </summary>
    public static Linux ListLockIsLeaf => field ??= V6_17.From
        .With("svm_update_pi_irte", "active", InterruptRoutes.KeepUnlocked).With("svm_update_pi_irte", "guest", InterruptRoutes.WriteAsActive)
        .As("V6_17.ListLockIsLeaf", "a sketch of December 2025: ir_list_lock is a leaf, and AVIC's state is read under it (never a patch)");

    /// <summary>
    /// The second patch of the proposal taken alone, on plain 5.15: the word first, the request after.
    /// S. Christopherson, 20211009010135.4031460-3; withdrawn. (The series also had <see cref="VcpuStatus"/>; both together
    /// are <c>VcpuStatus.Swap("__kvm_request_apicv_update", "kick", "store")</c>.)
    /// </summary>
    public static Linux WordBeforeKick => field ??= V5_15.From.Swap("__kvm_request_apicv_update", "kick", "store")
        .As("V5_15.WordBeforeKick", "the proposal's second patch: the word stored before the kick (withdrawn)");
}
