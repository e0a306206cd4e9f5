using System.Numerics;

namespace Avic.Model;

/// <summary>Keeping AVIC's logical ID table as the guest's LDR and DFR say: one entry a vCPU, at the lowest bit of its logical id.</summary>
internal static class LogicalIds
{
    private const string Source = "arch/x86/kvm/svm/avic.c, v5.15";

    public static readonly Routine<Machine> LdrUpdate = Routine.Of("avic_handle_ldr_update", Source,
        Row.Of("same", "ldr == svm->ldr_reg", x => LogicalId(x) == x.Vcpu.LogicalId ? x.Return() : x.Next, isPrivate: true),
        Row.Of("invalidate", "avic_invalidate_logical_id_entry(vcpu)", x =>
        {
            Invalidate(x);
            return x.Next;
        }, Order.Locked),
        Row.Of("insert", "avic_ldr_write(vcpu, id, ldr)", x =>
        {
            if (Index(LogicalId(x), IsCluster(x)) is >= 0 and var index) x.Store(ref x.LogicalIdTable[index], LogicalIdTable.Valid | x.ApicPage.Id >> 24);
            x.Vcpu.LogicalId = LogicalId(x);
            return x.Next;
        }));

    public static readonly Routine<Machine> DfrUpdate = Routine.Of("avic_handle_dfr_update", Source,
        Row.Of("same", "svm->dfr_reg == dfr", x => IsCluster(x) == x.Vcpu.ClusterMode ? x.Return() : x.Next, isPrivate: true),
        // The entry comes back when LDR changes: whoever changes the format changes that, too, or stays without.
        Row.Of("invalidate", "avic_invalidate_logical_id_entry(vcpu)", x =>
        {
            Invalidate(x);
            x.Vcpu.ClusterMode = IsCluster(x);
            return x.Next;
        }, Order.Locked));

    // What the guest wrote while its accesses were emulated has not reached the table.
    public static readonly Routine<Machine> Restore = Routine.Of("avic_post_state_restore", Source,
        Row.Of("dfr", "avic_handle_dfr_update(vcpu)", x => x.Call("avic_handle_dfr_update"), calls: ["avic_handle_dfr_update"], isControl: true),
        Row.Of("ldr", "avic_handle_ldr_update(vcpu)", x => x.Call("avic_handle_ldr_update"), calls: ["avic_handle_ldr_update"], isControl: true),
        Row.Of("return", "return", x => x.Return(), isControl: true));

    /// <summary>True if the table is not as the guest's registers say.</summary>
    public static bool AreStale(Context x) => LogicalId(x) != x.Vcpu.LogicalId || IsCluster(x) != x.Vcpu.ClusterMode;

    private static byte LogicalId(Context x) => (byte)(x.ApicPage.Ldr >> 24);

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
