namespace Avic.Model;

/// <summary>Taking guest frame 0xfee00 out of the nested page tables, and out of every TLB.</summary>
internal static class ZapGfnRange
{
    public static readonly Routine<Machine> Routine = Avic.Model.Routine.Of("kvm_zap_gfn_range", "arch/x86/kvm/mmu/mmu.c, v5.15",
        Row.Of("lock", "write_lock(&kvm->mmu_lock)", x => x.Acquire(ref x.Vm.MmuLock), Order.Locked),
        Row.Of("begin", "kvm_inc_notifier_count(kvm, gfn_start, gfn_end)", x =>
        {
            x.Store(ref x.Vm.MmuNotifierCount, checked((sbyte)(x.Vm.MmuNotifierCount + 1)));
            return x.Next;
        }, isCovered: true),
        Row.Of("zap", "flush = kvm_tdp_mmu_zap_gfn_range(kvm, i, gfn_start, gfn_end, flush)", x =>
        {
            if (x.Vm.Npt == Leaf.NotPresent) return x.Goto("seq");
            x.Store(ref x.Vm.Npt, Leaf.NotPresent);
            return x.Next;
        }, Order.Locked, to: ["seq"]),
        Row.Of("flush", "kvm_flush_remote_tlbs_with_address(kvm, gfn_start, gfn_end - gfn_start)",
            x => x.Call("kvm_make_all_cpus_request", new() { Request = Request.TlbFlush }), calls: ["kvm_make_all_cpus_request"], isControl: true),
        Row.Of("seq", "kvm->mmu_notifier_seq++", x =>
        {
            x.Increment(ref x.Vm.MmuNotifierSeq);
            return x.Next;
        }),
        Row.Of("end", "kvm->mmu_notifier_count--", x =>
        {
            x.Store(ref x.Vm.MmuNotifierCount, checked((sbyte)(x.Vm.MmuNotifierCount - 1)));
            return x.Next;
        }, isCovered: true),
        Row.Of("unlock", "write_unlock(&kvm->mmu_lock)", x => x.Release(ref x.Vm.MmuLock), Order.Locked));
}
