namespace Avic.Model;

/// <summary>Looking for an invalidation without mmu_lock: two words, a row each, before the page is resolved and after.</summary>
internal static class UnlockedRetry
{
    private const string Source = "arch/x86/kvm/mmu/mmu.c, v6.8; d02c357e5bfa";
    private const string Text = "mmu_invalidate_retry_gfn_unlocked(vcpu->kvm, fault->mmu_seq, fault->gfn)";

    public static Row<Machine>[] Before => [Count("before_count"), Seq("before_seq", x => x.Next)];

    public static Row<Machine>[] After => [Count("after_count"), Seq("after_seq", x => x.Return(PageFault.Continue))];

    /// <summary>The caller hands its snapshot over.</summary>
    public static readonly Row<Machine> Call = Row.Of("faultin", "kvm_faultin_pfn(vcpu, fault, ACC_ALL)",
        x => x.Call("kvm_faultin_pfn", new() { MmuSeq = x.Local.MmuSeq }), calls: ["kvm_faultin_pfn"], isControl: true) with
    { Source = Source };

    /// <summary>Then it is looked at once more.</summary>
    public static readonly Row<Machine> Resolve = Row.Of("resolve", "__kvm_faultin_pfn(vcpu, fault)", x => x.Next, isControl: true) with { Source = Source };

    private static Row<Machine> Count(string label) => Row.Of(label, Text + ": mmu_invalidate_in_progress", x => x.Vm.MmuNotifierCount != 0 ? Retry(x) : x.Next) with { Source = Source };

    private static Row<Machine> Seq(string label, Step fresh) => Row.Of(label, Text + ": mmu_invalidate_seq", x => x.Vm.MmuNotifierSeq != x.Local.MmuSeq ? Retry(x) : fresh(x)) with { Source = Source };

    private static Flow Retry(Context x)
    {
        x.Note(Mark.Retried);
        return x.Return(PageFault.Retry);
    }
}
