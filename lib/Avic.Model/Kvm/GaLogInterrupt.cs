namespace Avic.Model;

/// <summary>The IOMMU's interrupt for its GA log: KVM wakes the vCPUs that the entries name.</summary>
internal static class GaLogInterrupt
{
    /// <summary>Where the thread stands when there is nothing to do.</summary>
    public const string Idle = "amd_iommu_int_thread.status";

    // 5.15 asks for the log's interrupt only: an overflow tells nobody, and the log stays off. (Since 6.4 it is started again.)
    public static readonly Routine<Machine> Thread = Routine.Of("amd_iommu_int_thread", "drivers/iommu/amd/iommu.c, v5.15",
        Row.Of("status", "status & MMIO_STATUS_GALOG_INT_MASK", x =>
        {
            if ((x.Iommu.Status & IommuStatus.GaLogInt) == 0) return x.Wait;
            x.Store(ref x.Iommu.Status, x.Iommu.Status & ~IommuStatus.GaLogInt);
            return x.Next;
        }, Order.Locked),
        Row.Of("tail", "tail = readl(iommu->mmio_base + MMIO_GA_TAIL_OFFSET)", x =>
        {
            x.Local.MmuSeq = (ushort)x.Iommu.GaTail;
            return x.Next;
        }),
        // The IOMMU does not write an entry again before head has passed it.
        Row.Of("entry", "log_entry = *raw", x =>
        {
            if (x.Iommu.GaHead == x.Local.MmuSeq)
            {
                x.Local = default;
                return x.Goto("status");
            }
            x.Local.Index = GaLogEntry.VcpuOf(x.GaLogEntry(x.Iommu.GaHead));
            return x.Next;
        }, to: ["status"]),
        Row.Of("head", "writel(head, iommu->mmio_base + MMIO_GA_HEAD_OFFSET)", x =>
        {
            x.Store(ref x.Iommu.GaHead, After(x.Iommu.GaHead, x.Iommu.GaLength));
            return x.Next;
        }),
        Row.Of("notify", "avic_ga_log_notifier(ga_tag)", x =>
        {
            InterruptDelivery.WakeUp(x, x.Done(ref x.Local.Index));
            return x.Goto("entry");
        }, Order.Locked, to: ["entry"]));

    /// <summary>The next place in the log.</summary>
    public static uint After(uint place, uint length) => (place + 1) % length;
}
