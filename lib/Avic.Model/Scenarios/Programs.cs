namespace Avic.Model;

/// <summary>What the guests and the VMM's threads do, in a scenario.</summary>
/// <param name="Guest">For each vCPU, its guest's code; afterwards it idles in the guest.</param>
/// <param name="Host">For each VMM thread, its calls; afterwards it ends.</param>
/// <param name="IrqWindows">For each vCPU, how many IRQ windows its own thread asks for.</param>
/// <param name="HostTicks">Whether the host's tick may take a core out of its guest at any time.</param>
/// <param name="Devices">For each device, what it sends.</param>
/// <param name="HltInGuest">Whether HLT stays in the guest: the VMM has asked for KVM_X86_DISABLE_EXITS_HLT.</param>
/// <param name="Cores">Cores for the vCPUs; 0: one for each.</param>
/// <param name="HostPreempts">Whether the host may take a vCPU's thread off its core at any time.</param>
/// <param name="HostMigrates">Whether the thread may then come back on any other core.</param>
/// <param name="X2Apic">Whether the guests' CPUID offers x2APIC mode; then they begin in it.</param>
public sealed partial record Programs(IReadOnlyList<GuestCode> Guest, IReadOnlyList<IReadOnlyList<HostCall>> Host, IReadOnlyList<int> IrqWindows, bool HostTicks = false,
    IReadOnlyList<IReadOnlyList<DeviceSignal>>? Devices = null, bool HltInGuest = false, int Cores = 0, bool HostPreempts = false, bool HostMigrates = false, bool X2Apic = false)
{
    private Computed? _computed;

    // A copy of a record keeps its fields, so what is computed says of whom.
    private Computed Cache => _computed is { } computed && ReferenceEquals(computed.Programs, this) ? computed : _computed = new(this);

    /// <summary>For each device, what it sends.</summary>
    public IReadOnlyList<IReadOnlyList<DeviceSignal>> Devices { get; init; } = Devices ?? [];

    /// <summary>For each device that is assigned to the guest, the interrupts it sends by way of the IOMMU.</summary>
    public IReadOnlyList<IReadOnlyList<Msi>> Assigned { get; init; } = [];

    /// <summary>The pins of the I/O APIC that are programmed.</summary>
    public IReadOnlyList<Pin> Pins { get; init; } = [];

    /// <summary>Entries of the IOMMU's GA log; it holds one less.</summary>
    public int GaLog { get; init; } = Avic.Model.GaLog.Usual;

    /// <summary>The interrupts of assigned devices, one entry of the interrupt remapping table each.</summary>
    public IReadOnlyList<Msi> Irtes => Cache.Irtes ??= [.. Assigned.SelectMany(device => device.Distinct())];

    /// <summary>True if a device is assigned to the guest.</summary>
    public bool HasIommu => Assigned.Count > 0;

    /// <summary>What the VMM's threads call, of every thread of it.</summary>
    internal IEnumerable<HostCall> Calls => Host.SelectMany(calls => calls);

    /// <summary>The vCPUs that are not there from the start, in the order in which a VMM creates them.</summary>
    public IReadOnlyList<int> Created => Cache.Created ??= [.. Calls.OfType<CreateCall>().Select(call => call.Vcpu)];

    /// <summary>True if a VMM debugs.</summary>
    public bool HasGuestDebug => VcpuCalls.Any(call => call is GuestDebugCall);

    /// <summary>True if a thread of the VMM sends an assigned device's interrupt elsewhere.</summary>
    public bool RoutesChange => Calls.Any(call => call is RouteCall);

    /// <summary>True if something is wired to the I/O APIC.</summary>
    public bool HasIoApic => Pins.Count > 0 || Devices.Any(device => device.Any(signal => signal is LineLevel)) || Guest.Any(code => code.All.Any(i => i.Operation == GuestOperation.LowerLine));

    /// <summary>The entry of a pin.</summary>
    internal RedirectionEntry EntryOf(int pin)
    {
        foreach (var known in Pins)
            if (known.Number == pin) return known.Entry;
        return new(1 << 16);
    }

    /// <summary>The number of the entry by which an assigned device's interrupt goes.</summary>
    internal int IrteOf(int device, Msi msi)
    {
        var before = 0;
        for (var d = 0; d < device; d++) before += Assigned[d].Distinct().Count();
        return before + Assigned[device].Distinct().ToList().IndexOf(msi);
    }

    /// <summary>The vCPU that an entry's interrupts can be posted to, or -1: one that goes to several is remapped.</summary>
    internal int PostedTo(int irte) => Irtes[irte].Destination is var to && to < Guest.Count ? to : -1;

    /// <summary>
    /// How often a vCPU may handle a vector before it counts no further. While its line is high a level-triggered interrupt comes again and
    /// again: what counts is whether it came more often than the line went up. A periodic timer's comes for ever, and four is many.
    /// </summary>
    internal ushort CountsUpTo(int index) => (Cache.CountsUpTo ??= [.. Vectors.Select(MostCounted)])[index];

    private const ushort MostOfPeriodic = 4;

    private ushort MostCounted(int vector)
    {
        if (Guest.SelectMany(code => code.All).Any(i => i.Written == (int)Apic.LvtTimer && LapicTimer.ModeOf(i.Value) == TimerMode.Periodic && (byte)i.Value == vector)) return MostOfPeriodic;
        int[] pins = [.. Pins.Where(pin => pin.Entry.WaitsForEoiOf(vector)).Select(pin => (int)pin.Number)];
        return pins.Length == 0 ? ushort.MaxValue : (ushort)(1 + Devices.Sum(device => device.Count(signal => signal is LineLevel { IsHigh: true } line && pins.Contains(line.Pin))));
    }

    /// <summary>Cores for the vCPUs; vCPU n begins on core n, those beyond wait for one.</summary>
    public int Cores { get; init; } = Cores > 0 ? Cores : Guest.Count;

    /// <summary>False if each vCPU stays on a core of its own: then nothing of scheduling is a step.</summary>
    public bool VcpusMove => Cores < Guest.Count || HostPreempts || Calls.Any(call => call is PreemptCall or MigrateCall);

    /// <summary>True if local APICs' timers change cores with their vCPUs.</summary>
    internal bool TimersMove => HasTimers && VcpusMove;

    /// <summary>What the vCPUs' threads call for the VMM, of every thread of it.</summary>
    internal IReadOnlyList<VcpuCall> VcpuCalls => Cache.VcpuCalls ??= [.. Calls.OfType<VcpuCall>()];

    /// <summary>The place of a thread's call among <see cref="VcpuCalls"/>.</summary>
    internal int NumberOfVcpuCall(int host, int call)
    {
        var number = Host[host].Take(call).OfType<VcpuCall>().Count();
        for (var before = 0; before < host; before++) number += Host[before].OfType<VcpuCall>().Count();
        return number;
    }

    /// <summary>The vectors that the programs send or handle, in order; each vCPU counts how often it handled each.</summary>
    public IReadOnlyList<int> Vectors => Cache.Vectors ??= [.. Sent.Concat(Guest.SelectMany(code => code.VirtualInterrupts)).Distinct().Order()];

    /// <summary>Those that come by an APIC, or have a handler.</summary>
    internal IEnumerable<int> Sent =>
    [
        .. Guest.SelectMany(code => code.Handlers.Keys)
            .Concat(Guest.SelectMany(code => code.All).Where(Sends).Select(i => (int)(byte)i.Value))
            .Concat(HasNmi ? [Avic.Model.Nmi.Vector] : [])
            .Concat(Devices.SelectMany(device => device).OfType<Msi>().Concat(Assigned.SelectMany(device => device)).Select(msi => (int)msi.Vector))
            .Concat(Pins.Select(pin => (int)pin.Entry.Vector)).Concat(Calls.OfType<RouteCall>().Select(call => (int)call.Route.Vector))
            .Concat(VcpuCalls.OfType<LapicCall>().SelectMany(call => call.Page?.Vectors ?? [])),
    ];

    /// <summary>True if a guest arms its local APIC's timer: it writes an initial count or a deadline other than zero.</summary>
    public bool HasTimers => Cache.HasTimers ??= Guest.SelectMany(code => code.All).Any(i => i.Value != 0
        && (i.Written == (int)Apic.TimerInitialCount || i is { Operation: GuestOperation.Wrmsr, Offset: Msrs.TscDeadlineNumber }));

    /// <summary>True if something sends NMIs.</summary>
    public bool HasNmi => Cache.HasNmi ??= Guest.SelectMany(code => code.All).Any(i => Command(i) is { IsNmi: true })
        || Devices.Any(device => device.Any(signal => signal is NmiMessage)) || Pins.Any(pin => new InterruptCommand(pin.Entry.Command, 0).IsNmi);

    /// <summary>True if a guest has Hyper-V's SynIC: it reads or writes a SINT.</summary>
    public bool HasSynic => Cache.HasSynic ??= Guest.SelectMany(code => code.All).Any(i => i.IsMsrAccess && i.Offset == Synic.Sint2Number);

    /// <summary>True if a guest moves its local APIC's page.</summary>
    public bool MovesApic => Cache.MovesApic ??= Guest.SelectMany(code => code.All).Any(i => i is { Operation: GuestOperation.Wrmsr, Offset: Msrs.ApicBaseNumber } && Msrs.PageOf(i.Value) != Msrs.DefaultPage);

    /// <summary>True if a guest sends INIT or SIPI, or a vCPU waits for it.</summary>
    public bool HasInit => Cache.HasInit ??= Guest.Any(code => code.Waits || code.All.Any(i => Command(i) is { IsInit: true } or { IsStartup: true }));

    /// <summary>True if a guest runs guests.</summary>
    public bool HasNested => Cache.HasNested ??= Guest.Any(code => code.Program.Any(i => i.Operation == GuestOperation.Vmrun));

    private static InterruptCommand? Command(GuestInstruction i) => i.Written == (int)Apic.IcrLow ? new InterruptCommand((uint)i.Value, 0) : null;

    // In the page 3F0h is plain memory. An NMI's vector is its own, INIT has none, and SIPI's is no interrupt's.
    private bool Sends(GuestInstruction i) => Command(i) is not ({ IsNmi: true } or { IsInit: true } or { IsStartup: true }) && Names(i);

    private bool Names(GuestInstruction i) => i.Written == (int)Apic.IcrLow || i.Written == (int)Apic.SelfIpi && i.IsMsrAccess || i.Written == (int)Apic.LvtTimer && HasTimers;

    /// <summary>False if nothing in the programs sends an interrupt: then no vCPU's IRR is ever anything but empty.</summary>
    public bool Interrupts => Vectors.Count > 0;

    /// <summary>The place of a vector among <see cref="Vectors"/>.</summary>
    public int VectorIndex(int vector)
    {
        for (var i = 0; i < Vectors.Count; i++)
            if (Vectors[i] == vector) return i;
        throw new ModelException($"vector {vector:x2}h came from nowhere: no program sends it");
    }

    /// <summary>What they run on.</summary>
    internal Hardware Hardware { get; init; } = Hardware.Default;

    /// <summary>The bit that each reason has in the kernel's word, by the kit's number.</summary>
    internal IReadOnlyList<byte> Bits { get; init; } = [];

    /// <summary>True if the kernel counts IRQ windows, and the word's bit may be behind its count while another reason is set.</summary>
    internal bool CountsIrqWindows { get; init; }

    private sealed class Computed(Programs programs)
    {
        public readonly Programs Programs = programs;
        public int[]? Vectors, Created;
        public Msi[]? Irtes;
        public ushort[]? CountsUpTo;
        public VcpuCall[]? VcpuCalls;
        public bool? HasTimers, HasNmi, MovesApic, HasInit, HasNested, HasSynic;
    }
}
