using System.Numerics;

namespace Avic.Model;

/// <summary>
/// Keeping AVIC's tables as the guest's registers say: its entry of the physical ID table at its APIC id, and of the logical one at the
/// lowest bit of its logical id.
/// </summary>
internal static class IdTableUpdates
{
    private const string Source = "arch/x86/kvm/svm/avic.c, v5.15";

    public static readonly Routine<Machine> LdrUpdate = Routine.Of("avic_handle_ldr_update", Source,
        Row.Of("same", "ldr == svm->ldr_reg", x => x.ApicPage.LogicalId == x.Vcpu.LogicalId ? x.Return() : x.Next, isPrivate: true),
        Row.Of("invalidate", "avic_invalidate_logical_id_entry(vcpu)", x =>
        {
            Invalidate(x);
            return x.Next;
        }, Order.Locked),
        // An id that the table has no place for is not remembered either, until 6.2: whoever goes back to the one before stays without.
        // (What KVM then returns to the VMM is not followed.)
        Row.Of("insert", "avic_ldr_write(vcpu, id, ldr)", x =>
        {
            var (id, index) = (x.ApicPage.LogicalId, Index(x.ApicPage.LogicalId, IsCluster(x)));
            if (index >= 0) x.Store(ref x.LogicalIdTable[index], LogicalIdTable.Valid | x.ApicPage.PhysicalId);
            if (index >= 0 || id == 0) x.Vcpu.LogicalId = id;
            return x.Next;
        }));

    /// <summary>Since 6.3 it is remembered first, and only one bit has a place (1808c950955d).</summary>
    public static readonly Row<Machine> Insert = Row.Of("insert", "svm->ldr_reg = ldr; avic_ldr_write(vcpu, id, ldr)", x =>
    {
        var (id, index) = (x.ApicPage.LogicalId, Index(x.ApicPage.LogicalId, IsCluster(x)));
        if (index >= 0 && BitOperations.IsPow2(IsCluster(x) ? id & 0xf : id)) x.Store(ref x.LogicalIdTable[index], LogicalIdTable.Valid | x.ApicPage.PhysicalId);
        x.Vcpu.LogicalId = id;
        return x.Next;
    }) with
    { Source = "arch/x86/kvm/svm/avic.c, v6.3; 1ba59a445467, 1808c950955d" };

    public static readonly Routine<Machine> DfrUpdate = Routine.Of("avic_handle_dfr_update", Source,
        Row.Of("same", "svm->dfr_reg == dfr", x => IsCluster(x) == x.Vcpu.ClusterMode ? x.Return() : x.Next, isPrivate: true),
        // The entry comes back when LDR changes: whoever changes the format changes that, too, or stays without.
        Row.Of("invalidate", "avic_invalidate_logical_id_entry(vcpu)", x =>
        {
            Invalidate(x);
            x.Vcpu.ClusterMode = IsCluster(x);
            return x.Next;
        }, Order.Locked));

    // From the place of vcpu_id, wherever the entry is by now: who is restored after a move loses it. Gone since 5.19.
    public static readonly Routine<Machine> IdUpdate = Routine.Of("avic_handle_apic_id_update", Source,
        Row.Of("same", "vcpu->vcpu_id == id", x => x.ApicPage.PhysicalId == x.Me || x.ApicPage.PhysicalId == 0xff ? x.Return() : x.Next, isPrivate: true),
        Row.Of("new", "*new = *old", x =>
        {
            if (x.ApicPage.PhysicalId < PhysicalIdTable.Size) x.Store(ref x.PhysicalIdTable[x.ApicPage.PhysicalId], x.PhysicalIdTable[x.Me]);
            return x.Next;
        }),
        Row.Of("old", "*old = 0", x =>
        {
            x.Store(ref x.PhysicalIdTable[x.Me], 0UL);
            return x.Next;
        }),
        Row.Of("ldr", "svm->ldr_reg", x => x.Vcpu.LogicalId != 0 ? x.Call("avic_handle_ldr_update") : x.Next, calls: ["avic_handle_ldr_update"], isControl: true),
        Row.Of("return", "return 0", x => x.Return(), isControl: true));

    // What the guest wrote while its accesses were emulated has not reached the table.
    public static readonly Routine<Machine> Restore = Routine.Of("avic_post_state_restore", Source,
        Row.Of("id", "avic_handle_apic_id_update(vcpu)", x => x.ApicPage.PhysicalId != x.Me ? x.Call("avic_handle_apic_id_update") : x.Next,
            calls: ["avic_handle_apic_id_update"], isControl: true),
        Row.Of("dfr", "avic_handle_dfr_update(vcpu)", x => x.Call("avic_handle_dfr_update"), calls: ["avic_handle_dfr_update"], isControl: true),
        Row.Of("ldr", "avic_handle_ldr_update(vcpu)", x => x.Call("avic_handle_ldr_update"), calls: ["avic_handle_ldr_update"], isControl: true),
        Row.Of("return", "return", x => x.Return(), isControl: true));

    /// <summary>True if the tables are not as the guest's registers say, or the id is not the vCPU's number. In x2APIC mode ids are fixed.</summary>
    public static bool AreStale(Context x) => !x.Msrs.IsX2 && (x.ApicPage.PhysicalId != x.Me || x.ApicPage.LogicalId != x.Vcpu.LogicalId || IsCluster(x) != x.Vcpu.ClusterMode);

    /// <summary>True if a vCPU with AVIC on has a logical id of one bit; or, of those, if one is missing from the table.</summary>
    public static bool AnyPlace(Context x, bool missing)
    {
        for (var v = 0; v < x.VcpuCount; v++)
        {
            ref var page = ref x.ApicPageOf(v);
            if (!x.VmcbOf(v).AvicEnable || x.MsrsOf(v).IsX2 || !BitOperations.IsPow2(page.IsFlat ? page.LogicalId : page.LogicalId & 0xf)) continue;
            if (Index(page.LogicalId, !page.IsFlat) is >= 0 and var index && (!missing || x.LogicalIdTable[index] != (LogicalIdTable.Valid | page.PhysicalId))) return true;
        }
        return false;
    }

    /// <summary><c>avic_physical_id_cache</c>: the entry that points to the vCPU's page; -1 if it is beyond those that the machine keeps, or lost.</summary>
    public static int EntryOf(Context x, int vcpu)
    {
        if (PhysicalIdTable.VcpuOf(x.PhysicalIdTable[vcpu], x.VcpuCount) == vcpu) return vcpu;
        for (var index = 0; index < PhysicalIdTable.Size; index++)
            if (PhysicalIdTable.VcpuOf(x.PhysicalIdTable[index], x.VcpuCount) == vcpu) return index;
        return -1;
    }

    /// <summary>The core that the vCPU's entry names, or -1 if it says that it does not run.</summary>
    public static int RunsOn(Context x, int vcpu) => InterruptDelivery.IsRunning(x, vcpu) ? PhysicalIdTable.CoreOf(x.PhysicalIdTable[EntryOf(x, vcpu)]) : -1;

    // In a trap the page holds what the guest wrote: without its reserved ones not even flat is flat.
    private static bool IsCluster(Context x) => x.ApicPage.Dfr != uint.MaxValue;

    private static void Invalidate(Context x)
    {
        if (Index(x.Vcpu.LogicalId, x.Vcpu.ClusterMode) is >= 0 and var index) x.Store(ref x.LogicalIdTable[index], x.LogicalIdTable[index] & ~LogicalIdTable.Valid);
    }

    // avic_get_logical_id_entry()
    private static int Index(byte id, bool isCluster)
    {
        if (!isCluster) return id == 0 ? -1 : BitOperations.TrailingZeroCount(id);
        return (id & 0xf) == 0 || id >> 4 == 0xf ? -1 : (id >> 4) * 4 + BitOperations.TrailingZeroCount(id);
    }
}
