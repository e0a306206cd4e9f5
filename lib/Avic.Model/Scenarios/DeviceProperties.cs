namespace Avic.Model;

/// <summary>What must hold of devices' interrupts.</summary>
public sealed partial class Property
{
    /// <summary>What the broadcast of EOIs is for.</summary>
    public static readonly Property LevelEoiClearsRemoteIrr =
        Named("level-eoi-clears-remote-irr", "When nothing is bound to happen, remote IRR is set only for vectors that a vCPU has still to handle or to end.")
            .AtRest()
            .Whenever(Is("a level-triggered interrupt was handled", HasHandledLevel))
            .Never(Is("remote IRR waits for an EOI that nobody will write", x => AnyPin(x, (x, pin) => x.IoApic.RemoteIrr.Contains(pin.Number) && !IsPending(x, pin.Entry.Vector))));

    /// <summary>What a level is: a request for as long as it lasts.</summary>
    public static readonly Property HighLineIsServed =
        Named("high-line-is-served", "When nothing is bound to happen, a level-triggered pin whose line is high has its interrupt at a vCPU.")
            .AtRest()
            .Whenever(Is("a level-triggered interrupt was handled", HasHandledLevel))
            .Never(Is("the line is high and no vCPU has the vector", x =>
                AnyPin(x, (x, pin) => !pin.Entry.IsMasked && x.IoApic.Irr.Contains(pin.Number) && !IsPending(x, pin.Entry.Vector))));

    /// <summary>What must hold of level-triggered interrupts, beside <see cref="OfInterrupts"/>, in scenarios that raise lines.</summary>
    public static readonly IReadOnlyList<Property> OfLines = [LevelEoiClearsRemoteIrr, HighLineIsServed];

    /// <summary>What wakes vCPUs for assigned devices.</summary>
    public static readonly Property GaLogIsRead =
        Named("ga-log-is-read", "When nothing is bound to happen, every entry of the GA log has been read, and the log is still being written.")
            .AtRest()
            .Whenever(Is("a device is assigned", x => x.Programs.HasIommu), Is("an entry was written", x => x.Iommu.GaTail != 0 || x.Iommu.GaHead != 0 || (x.Iommu.Status & IommuStatus.GaLogRun) == 0))
            .Never(Is("an entry waits, or the log is off", x => x.Iommu.GaHead != x.Iommu.GaTail || (x.Iommu.Status & IommuStatus.GaLogRun) == 0));

    /// <summary>What devices rely on: IsRun of an entry follows IsRunning of the vCPU, and its destination the core.</summary>
    public static readonly Property IrtesFollowTheVcpu =
        Named("irtes-follow-the-vcpu", "When nothing is bound to happen, the entries of assigned devices say of a vCPU what the physical ID table says, and are posted while its AVIC is on.")
            .AtRest()
            .Whenever(Is("a device is assigned", x => x.Programs.Assigned.Count > 0))
            .Never(Is("an entry says otherwise", x => AnyIrte(x, (x, irte) => x.IrqfdOf(irte).Destination is var vcpu && vcpu < x.VcpuCount
                && (x.IrteOf(irte).IsPosted != x.VcpuOf(vcpu).ApicvActive || x.IrteOf(irte).IsPosted && x.IrteOf(irte).RunsOn != IdTableUpdates.RunsOn(x, vcpu)))));

    /// <summary>What KVM_SET_GSI_ROUTING is for.</summary>
    public static readonly Property IrtesFollowTheRoute =
        Named("irtes-follow-the-route", "When nothing is bound to happen, an entry that is posted names the vCPU and the vector that KVM's routing table does.")
            .AtRest()
            .Whenever(Is("an entry is posted", x => AnyIrte(x, (x, irte) => x.IrteOf(irte).IsPosted)))
            .Never(Is("it names another", x => AnyIrte(x, (x, irte) => x.IrteOf(irte).IsPosted && x.IrqfdOf(irte) is var irqfd
                && ((byte)x.IrteOf(irte).High != irqfd.Vector || PhysicalIdTable.VcpuOf(x.IrteOf(irte).High, x.VcpuCount) != irqfd.Destination))));

    /// <summary>What must hold of posted interrupts, beside <see cref="OfInterrupts"/>, in scenarios with assigned devices.</summary>
    public static readonly IReadOnlyList<Property> OfPosting = [GaLogIsRead, IrtesFollowTheVcpu, IrtesFollowTheRoute];

    private delegate bool WhenIrte(Context x, int irte);

    private static bool AnyIrte(Context x, WhenIrte when)
    {
        for (var irte = 0; irte < x.Programs.Irtes.Count; irte++)
            if (when(x, irte)) return true;
        return false;
    }

    private delegate bool WhenPin(Context x, Pin pin);

    private static bool AnyPin(Context x, WhenPin when)
    {
        foreach (var pin in x.Programs.Pins)
            if (pin.Entry.IsLevel && when(x, pin)) return true;
        return false;
    }

    private static bool HasHandledLevel(Context x) => AnyPin(x, (x, pin) => AnyVcpu(x, (x, vcpu) => x.MemoryOf(vcpu).Handled[x.Programs.VectorIndex(pin.Entry.Vector)] > 0));

    private static bool IsPending(Context x, int vector) => AnyVcpu(x, (x, vcpu) => x.ApicPageOf(vcpu).Irr.Contains(vector) || x.ApicPageOf(vcpu).Isr.Contains(vector));
}
