namespace Avic.Model;

/// <summary>An assigned device's interrupt on its way through the IOMMU: by its entry it is posted to a vCPU's APIC page, or remapped to a vector of the host.</summary>
/// <remarks>
/// AMD I/O Virtualization Technology specification, 2.2.5. The IOMMU has a copy of each entry, which it may read anew at any time; IsRun and Destination
/// are not of it, it reads them in memory (since the edition of February 2025 the specification says so). IRR is set before anybody is told.
/// Level-triggered interrupts are not posted.
/// </remarks>
internal static class InterruptRemapping
{
    private const string Source = "AMD I/O Virtualization Technology specification, 2.2.5, guest virtual APIC";

    public static readonly Routine<Machine> Device = Routine.Of("iommu_interrupt", Source,
        Row.Of("next", "the device's next interrupt", x => x.Local.Index < Sent(x).Count ? x.Next : x.Return(), isControl: true),
        Row.Of("irte", "interrupt remapping table entry", x =>
        {
            ref var irte = ref x.IrteOf(Number(x));
            if ((irte.Low != irte.CachedLow || irte.High != irte.CachedHigh) && x.Choose(2) == 1) Read(x, ref irte);
            if ((irte.CachedLow & Irte.Valid) == 0) return x.Goto("abort");
            if ((irte.CachedLow & Irte.GuestMode) == 0) return x.Goto("host");
            x.Local.MmuSeq = (ushort)(irte.CachedLow >> 32);
            (x.Local.Value, x.Local.Targets) = ((byte)irte.CachedHigh, (byte)PhysicalIdTable.VcpuOf(irte.CachedHigh, x.VcpuCount));
            return x.Next;
        }, to: ["abort", "host"]),
        Row.Of("irr", "set IRR in the virtual APIC page", x =>
        {
            x.Add(ref x.ApicPageOf(x.Done(ref x.Local.Targets)).Irr, x.Done(ref x.Local.Value));
            return x.Next;
        }, Order.Locked),
        Row.Of("running", "IsRun", x => Told(x, x.IrteOf(Number(x)).Low), to: ["log", "sent"]),
        Row.Of("doorbell", "doorbell to the core of the entry", x =>
        {
            x.Store(ref x.CoreOf((int)(x.Local.Word >> 8)).Doorbell, true);
            return x.Goto("sent");
        }, to: ["sent"]),
        // An entry that finds no room is lost, and no other is written until software starts the log again. The IOMMU writes one after
        // the other, and nobody looks for one before the tail has passed it: entry and tail are one step.
        Row.Of("log", "GA log entry", x =>
        {
            ref var iommu = ref x.Iommu;
            if ((iommu.Status & IommuStatus.GaLogRun) == 0) return x.Goto("sent");
            if (GaLogInterrupt.After(iommu.GaTail, iommu.GaLength) == iommu.GaHead)
            {
                x.Store(ref iommu.Status, iommu.Status & ~IommuStatus.GaLogRun | IommuStatus.GaLogOverflow);
                return x.Goto("sent");
            }
            x.Store(ref x.GaLogEntry(iommu.GaTail), GaLogEntry.Of(Assigned(x), x.Local.MmuSeq));
            x.Store(ref iommu.GaTail, GaLogInterrupt.After(iommu.GaTail, iommu.GaLength));
            return x.Next;
        }, to: ["sent"]),
        Row.Of("int", "GALogInt: interrupt of the host", x =>
        {
            x.Store(ref x.Iommu.Status, x.Iommu.Status | IommuStatus.GaLogInt);
            return x.Goto("sent");
        }, to: ["sent"]),
        // The driver of the device has a handler on that vector of the host, and hands on to KVM what comes by it.
        Row.Of("host", "vfio_msihandler(irq, arg)", x => Sent(x)[x.Local.Index] is var msi
            ? x.Call("kvm_irq_delivery_to_apic", new() { Word = msi.Vector, Index = msi.Destination }) : x.Next, calls: ["kvm_irq_delivery_to_apic"], isControl: true),
        Row.Of("sent", "sent", x =>
        {
            x.Local = new() { Index = (byte)(x.Local.Index + 1) };
            return x.Goto("next");
        }, to: ["next"], isControl: true),
        Row.Of("abort", "target abort: the entry is not valid", x => x.Goto("sent"), to: ["sent"]));

    /// <summary>
    /// The command processor. Invalidation and completion are one step, for the driver can only tell that both are done; and that is when
    /// what was on its way by an old entry has arrived.
    /// </summary>
    public static readonly Routine<Machine> Unit = Routine.Of("iommu", "AMD I/O Virtualization Technology specification, 2.4.5, INVALIDATE_INTERRUPT_TABLE, and 2.4.1",
        Row.Of("invalidate", "interrupt table invalidated: COMPLETION_WAIT", x =>
        {
            if (x.Iommu.Commands == 0 || AnyInFlight(x)) return x.Wait;
            for (var irte = 0; irte < x.Programs.Irtes.Count; irte++) Read(x, ref x.IrteOf(irte));
            x.Store(ref x.Iommu.Commands, 0u);
            return x.Next;
        }));

    /// <summary>Who is told of the vector, as an entry's low half says: the core, the GA log, or nobody.</summary>
    public static Flow Told(Context x, ulong low)
    {
        x.Local.Word = (uint)(low & Irte.Destination);
        return (low & Irte.IsRun) != 0 ? x.Next : x.Goto((low & Irte.GaLogIntr) != 0 ? "log" : "sent");
    }

    /// <summary>The copies of IsRun, Destination and GALogIntr, which the IOMMU may have taken at any time since the last invalidation.</summary>
    public static ulong Copy(Context x) => x.IrteOf(Number(x)).CachedLow;

    /// <summary>As it is, but for GALogIntr.</summary>
    public static ulong WithCopyOfGaLogIntr(Context x) => x.IrteOf(Number(x)).Low & ~Irte.GaLogIntr | Copy(x) & Irte.GaLogIntr;

    private static void Read(Context x, ref Irte irte)
    {
        x.Store(ref irte.CachedLow, irte.Low);
        x.Store(ref irte.CachedHigh, irte.High);
    }

    private static bool AnyInFlight(Context x)
    {
        var first = x.VcpuCount + x.Programs.Host.Count + x.Programs.Devices.Count;
        for (var device = 0; device < x.Programs.Assigned.Count; device++)
            if (x.PositionOf(first + device) is "iommu_interrupt.irr" or "iommu_interrupt.running" or "iommu_interrupt.doorbell" or "iommu_interrupt.log" or "iommu_interrupt.int") return true;
        return false;
    }

    private static int Assigned(Context x) => x.Actor - x.VcpuCount - x.Programs.Host.Count - x.Programs.Devices.Count;

    private static IReadOnlyList<Msi> Sent(Context x) => x.Programs.Assigned[Assigned(x)];

    /// <summary>The entry of the interrupt that a device sends.</summary>
    public static int Number(Context x) => x.Programs.IrteOf(Assigned(x), Sent(x)[x.Local.Index]);
}
