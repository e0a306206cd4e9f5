namespace Avic.Model;

/// <summary>VMRUN by a core that obeys clean bits: a group that software calls clean need not be read from memory.</summary>
/// <remarks>AMD64 APM vol. 2, 15.15. A core may drop what it has at any time, so each VMRUN chooses; worth a choice only where memory says otherwise.</remarks>
internal static class CleanFields
{
    public static Routine<Machine> Obeyed(Routine<Machine> run) => Reading.Before(Reading.Before(run, "vmrun", Load, "clean fields as cached"), "from_cr8", Leave, "memory as it was")
        .After("from_cr8", Row.Of("clean", "vmcb_mark_all_clean(svm->vmcb)", x =>
        {
            if (!x.IsInL2) x.Cached.Clean = CleanBits.All;
            return x.Next;
        }, isPrivate: true) with
        { Source = "arch/x86/kvm/svm/svm.c, v5.15, and AMD64 APM vol. 2, 15.15, read otherwise" });

    private static void Load(Context x)
    {
        if (x.IsInL2) return;
        var memory = InVmcb(x);
        var used = Of(x.Cached.Clean, x.Cached, memory);
        if (used != memory && x.Choose(2) == 1) Put(x, used);
        x.Cached = memory;
    }

    // What the core went by it keeps; memory has what it had.
    private static void Leave(Context x)
    {
        if (x.IsInL2) return;
        var used = InVmcb(x);
        Put(x, x.Cached);
        x.Cached = used;
    }

    /// <summary>Software says that it has changed a group, or may have: what is cached of it is of no use any more.</summary>
    public static void MarkDirty(ref CachedVmcb cached, CleanBits groups) => cached = Of(groups, new(), cached) with { Clean = cached.Clean & ~groups };

    // The clean bits are software's own, and no part of what a core keeps.
    private static CachedVmcb InVmcb(Context x) => new()
    {
        AvicApicBar = x.Programs.MovesApic ? x.MovedApic.AvicApicBar : 0,
        Asid = x.Vmcb.Asid,
        Clean = x.Cached.Clean,
        AvicMaxIndex = (ushort)x.Vmcb.AvicMaxIndex,
        AvicEnable = x.Vmcb.AvicEnable,
        X2AvicEnable = x.Vmcb.X2AvicEnable,
        InterceptCr8Write = x.Vmcb.InterceptCr8Write,
        InterceptIret = x.Vmcb.InterceptIret,
        InterceptVintr = x.Vmcb.InterceptVintr,
        InterceptHlt = x.Vmcb.InterceptHlt,
    };

    private static void Put(Context x, in CachedVmcb from)
    {
        ref var vmcb = ref x.Vmcb;
        if (x.Programs.MovesApic) x.MovedApic.AvicApicBar = from.AvicApicBar;
        vmcb.AvicPhysicalTable = vmcb.AvicPhysicalTable & ~0xfffUL | from.AvicMaxIndex;
        (vmcb.Asid, vmcb.AvicEnable, vmcb.X2AvicEnable) = (from.Asid, from.AvicEnable, from.X2AvicEnable);
        (vmcb.InterceptCr8Write, vmcb.InterceptIret, vmcb.InterceptVintr, vmcb.InterceptHlt) = (from.InterceptCr8Write, from.InterceptIret, from.InterceptVintr, from.InterceptHlt);
    }

    // Some groups of the one, the others of the other.
    private static CachedVmcb Of(CleanBits groups, in CachedVmcb one, in CachedVmcb other)
    {
        var mixed = other;
        if ((groups & CleanBits.Avic) != 0) (mixed.AvicApicBar, mixed.AvicMaxIndex, mixed.AvicEnable, mixed.X2AvicEnable) = (one.AvicApicBar, one.AvicMaxIndex, one.AvicEnable, one.X2AvicEnable);
        if ((groups & CleanBits.Asid) != 0) mixed.Asid = one.Asid;
        if ((groups & CleanBits.Intercepts) != 0) (mixed.InterceptCr8Write, mixed.InterceptIret, mixed.InterceptVintr, mixed.InterceptHlt) = (one.InterceptCr8Write, one.InterceptIret, one.InterceptVintr, one.InterceptHlt);
        return mixed;
    }
}
