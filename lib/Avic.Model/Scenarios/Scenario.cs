using System.Globalization;

namespace Avic.Model;

/// <summary>A kernel, hardware and programs: what is run under one schedule or checked under every one.</summary>
/// <remarks>
/// It begins with AVIC on everywhere, nothing mapped at the APIC's frame and no vCPU yet in the guest. A scenario is a
/// value: each word returns a changed copy.
/// </remarks>
/// <example><code>
/// var race = Scenario.On(Linux.V5_15, vcpus: 2)
///     .Guest(1, g => g.Write(Apic.Tpr, 0x20))
///     .Host(h => h.SetInhibit(Reason.PitReinject));
/// race.Check(Property.ApicAccessIsNeverLost)
/// </code></example>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed partial class Scenario : IDisplayed
{
    private Model? _model;

    private Scenario(Linux kernel, Hardware hardware, Programs programs)
    {
        (Kernel, Hardware, Programs) = (kernel, hardware, programs);
        foreach (var call in programs.Calls)
        {
            if (call is InhibitCall inhibit) _ = kernel.NumberOf(inhibit.Reason);
            if (call is VcpuCall ofVcpu) _ = Known(ofVcpu.Vcpu);
            if (call is PreemptCall preempt) _ = Known(preempt.Vcpu);
            if (call is not MigrateCall migrate) continue;
            _ = Known(migrate.Vcpu);
            if (migrate.Core < 0 || migrate.Core >= programs.Cores)
                throw new ModelException($"There is no core {migrate.Core}: the host has cores 0 to {programs.Cores - 1} for the vCPUs, up to {Machine.MostVcpus} if Cores(…) says so first.");
        }
    }

    /// <summary>The kernel.</summary>
    public Linux Kernel { get; }

    /// <summary>The hardware: how the manual is read where it is silent.</summary>
    public Hardware Hardware { get; }

    // What tokens and bounds call both.
    private string System => Hardware.IsDefault ? Kernel.Name : $"{Kernel.Name}@{Hardware.Name}";

    /// <summary>What guests and VMM do.</summary>
    public Programs Programs { get; }

    /// <summary>A scenario without programs.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="vcpus">1 to 4.</param>
    /// <exception cref="ModelException">The number of vCPUs is out of range.</exception>
    public static Scenario On(Linux kernel, int vcpus = 2)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        if (vcpus is < 1 or > Machine.MostVcpus) throw new ModelException($"A scenario has 1 to {Machine.MostVcpus} vCPUs, not {vcpus}: a VM without one has nothing to race, and more would not fit the machine.");
        return new(kernel, Hardware.Default, new([.. Enumerable.Repeat(GuestCode.Idle, vcpus)], [], new int[vcpus]));
    }

    /// <summary>A scenario read from one line, as <see cref="Programs.ToString"/> writes it.</summary>
    public static Scenario Parse(Linux kernel, string programs)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(programs);
        return new(kernel, Hardware.Default, Programs.Parse(programs));
    }

    /// <summary>The scenario that a schedule's token names: <c>V5_15/2,1W32,+4-4:0123:ax3c</c>, and on hardware of another reading <c>V5_15@doorbell-kept/…</c>.</summary>
    /// <exception cref="ModelException">The text is no token, or its kernel was edited by code.</exception>
    public static Scenario Of(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        var parts = token.Split(':');
        var name = parts.Length > 2 ? string.Join(':', parts[..^2]) : parts[0]; // programs of devices hold colons
        var slash = name.LastIndexOf('/');
        if (slash < 0) throw new ModelException("That is no token of a scenario: one reads V5_15/2,1W32,+4-4:0123:ax3c.");
        var system = name[..slash].Split('@');
        if (system.Length > 2) throw new ModelException($"A token names one hardware behind its '@': {string.Join('@', system.Skip(1))} are {system.Length - 1}.");
        return Parse(Linux.Parse(system[0]), name[(slash + 1)..]).On(system.Length == 1 ? Hardware.Default : Hardware.Parse(system[1]));
    }

    /// <summary>Takes the moves of a token, row by row.</summary>
    public Trace Replay(string token) => Trace.Replay(Model, Schedule.Moves(Model, token), Bounds);

    /// <summary>Takes the moves of a token and looks at their end: if it breaks the property, the trace says so.</summary>
    /// <exception cref="ModelException">The text is no token of this scenario, or a move is not possible.</exception>
    public Trace Replay(string token, Property property)
    {
        var model = Build(Given.Value(property).Observers);
        var moves = Schedule.Moves(model, token);
        var trace = Trace.Replay(model, moves, Bounds);
        return !property.IsSometimes && EndOfRun.Hits(property, trace) ? Trace.Replay(model, moves, Bounds, property.Name) : trace;
    }

    /// <summary>The same programs on another kernel.</summary>
    public Scenario On(Linux kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        return new(kernel, Hardware, Programs);
    }

    /// <summary>The same kernel and programs on hardware of another reading.</summary>
    public Scenario On(Hardware hardware)
    {
        ArgumentNullException.ThrowIfNull(hardware);
        return new(Kernel, hardware, Programs);
    }

    /// <summary>Gives a vCPU's guest a program, or more of it. A vCPU without one idles in the guest and can be kicked.</summary>
    public Scenario Guest(int vcpu, Func<GuestProgram, GuestProgram> program)
    {
        var guest = Programs.Guest.ToArray();
        ArgumentNullException.ThrowIfNull(program);
        guest[Known(vcpu)] = Given.Made(new GuestProgram(guest[vcpu].Program, guest[vcpu].Handlers, (vcpu, Programs.X2Apic ? ApicPlace.Msrs : ApicPlace.Page), guest[vcpu].Startup), program, nameof(program), "g => g.Write(Apic.Tpr, 0x20)").Code(guest[vcpu].Waits);
        RefuseToRunBeforeSipi(vcpu, guest[vcpu]);
        return With(Programs with { Guest = guest });
    }

    /// <summary>Lets a vCPU begin in wait for SIPI, its APIC as INIT leaves it: what it runs then is <see cref="GuestProgram.OnSipi"/>.</summary>
    /// <exception cref="ModelException">The vCPU has a program, or is the one that boots the others.</exception>
    public Scenario WaitsForSipi(int vcpu)
    {
        var guest = Programs.Guest.ToArray();
        var code = guest[Known(vcpu)];
        guest[vcpu] = new(code.Program, code.Handlers, Programs.X2Apic, code.Startup, waits: true);
        RefuseToRunBeforeSipi(vcpu, guest[vcpu]);
        return With(Programs with { Guest = guest });
    }

    private static void RefuseToRunBeforeSipi(int vcpu, GuestCode code)
    {
        if (code.Waits && code.Program.Count > 0) throw new ModelException($"vCPU {vcpu} waits for SIPI and runs nothing before: say OnSipi(s => …).");
    }

    /// <summary>Adds a device of the VMM, which sends message-signalled interrupts and raises lines by way of KVM; up to four devices, side by side.</summary>
    public Scenario Device(Func<DeviceProgram, DeviceProgram> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        RefuseFifthDevice();
        return With(Programs with { Devices = [.. Programs.Devices, Given.Made(new DeviceProgram([]), program, nameof(program), "d => d.Msi(to: 1, vector: 0x31)").Sent] });
    }

    /// <summary>Adds a device that is assigned to the guest: its interrupts go by way of the IOMMU, which posts them to the vCPU while AVIC is on.</summary>
    /// <param name="program">Message-signalled interrupts; each different one has an entry of the interrupt remapping table.</param>
    public Scenario AssignedDevice(Func<DeviceProgram, DeviceProgram> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        RefuseFifthDevice();
        var sent = Given.Made(new DeviceProgram([]), program, nameof(program), "d => d.Msi(to: 1, vector: 0x31)").Sent;
        if (sent.FirstOrDefault(signal => signal is not Msi) is not null) throw new ModelException("An assigned device has no line to the I/O APIC: it sends Msi(to, vector).");
        var programs = Programs with { Assigned = [.. Programs.Assigned, [.. sent.Cast<Msi>()]] };
        return With(programs);
    }

    /// <summary>Programs the I/O APIC, or more pins of it. The table stays as it is.</summary>
    public Scenario IoApic(Func<IoApicProgram, IoApicProgram> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return With(Programs with { Pins = Given.Made(new IoApicProgram(Programs.Pins), program, nameof(program), "io => io.Level(pin: 1, to: 0, vector: 0x42)").Pins });
    }

    /// <summary>How many entries the IOMMU's GA log has; without it four. The driver's has 512.</summary>
    /// <param name="entries">2 to 512; it holds one less.</param>
    public Scenario GaLog(int entries) => entries is >= 2 and <= Avic.Model.GaLog.Most ? With(Programs with { GaLog = entries })
        : throw new ModelException($"A GA log has 2 to {Avic.Model.GaLog.Most} entries, not {entries}.");

    private void RefuseFifthDevice()
    {
        if (Programs.Devices.Count + Programs.Assigned.Count == 4) throw new ModelException("A scenario has up to 4 devices.");
    }

    private Scenario With(Programs programs)
    {
        if (programs.Irtes.Count > Irte.Most) throw new ModelException($"Assigned devices send up to {Irte.Most} different interrupts, not {programs.Irtes.Count}: the machine keeps no more entries for them.");
        return programs.Vectors.Count <= GuestMemory.MostVectors ? new(Kernel, Hardware, programs)
            : throw new ModelException($"A scenario uses up to {GuestMemory.MostVectors} vectors, not {programs.Vectors.Count}.");
    }

    /// <summary>Adds a VMM thread that calls ioctls; up to four, side by side.</summary>
    public Scenario Host(Func<HostProgram, HostProgram> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        if (Programs.Host.Count == 4) throw new ModelException("A scenario has up to 4 VMM threads.");
        var calls = Given.Made(new HostProgram([]), program, nameof(program), "h => h.SetInhibit(Reason.PitReinject)").Calls;
        if (calls.Count > 100) throw new ModelException($"A VMM thread makes up to 100 calls, not {calls.Count}.");
        return With(Programs with { Host = [.. Programs.Host, calls] });
    }

    /// <summary>Lets a vCPU's own thread do something between runs of its guest.</summary>
    public Scenario Vcpu(int vcpu, Func<VcpuProgram, VcpuProgram> program)
    {
        var windows = Programs.IrqWindows.ToArray();
        ArgumentNullException.ThrowIfNull(program);
        windows[Known(vcpu)] = Given.Made(new VcpuProgram(windows[vcpu]), program, nameof(program), "v => v.IrqWindow()").IrqWindows;
        return new(Kernel, Hardware, Programs with { IrqWindows = windows });
    }

    /// <summary>Lets the host's tick take any core out of its guest at any time; many more states.</summary>
    public Scenario HostTicks() => new(Kernel, Hardware, Programs with { HostTicks = true });

    /// <summary>
    /// Gives the host a number of cores for the vCPUs, instead of one for each. vCPU n begins on core n; those beyond wait for one, and
    /// the host shares the cores out.
    /// </summary>
    /// <param name="count">1 to 4.</param>
    /// <exception cref="ModelException">The number is out of range, or a call migrates a vCPU to a core that there is no longer.</exception>
    public Scenario Cores(int count) => count is >= 1 and <= Machine.MostVcpus ? new(Kernel, Hardware, Programs with { Cores = count })
        : throw new ModelException($"A host has 1 to {Machine.MostVcpus} cores for the vCPUs, not {count}.");

    /// <summary>Lets the host take any vCPU's thread off its core, wherever a preemptible kernel can; it comes back on that core. Many more states.</summary>
    public Scenario HostPreempts() => new(Kernel, Hardware, Programs with { HostPreempts = true });

    /// <summary>The same as <see cref="HostPreempts"/>, and the thread may come back on any core. Many more states.</summary>
    public Scenario HostMigrates() => new(Kernel, Hardware, Programs with { HostPreempts = true, HostMigrates = true });

    /// <summary>Leaves HLT to the guests, as a VMM does that gives each vCPU a core (KVM_X86_DISABLE_EXITS_HLT): a guest that halts stays in guest mode.</summary>
    public Scenario HltInGuest() => new(Kernel, Hardware, Programs with { HltInGuest = true });

    /// <summary>
    /// Offers x2APIC mode to the guests, and they begin in it. Until 5.19 that keeps AVIC off; later kernels use x2AVIC, and on
    /// hardware <see cref="Avic.Model.Hardware.WithoutX2Avic"/> they use AVIC for delivery alone. Say it before the guests' programs: their accesses go by MSR then.
    /// </summary>
    /// <exception cref="ModelException">A guest has a program.</exception>
    public Scenario X2Apic() => Programs.Guest.All(code => code.ToString() == "")
        ? new(Kernel, Hardware, Programs with { Guest = [.. Programs.Guest.Select(_ => GuestCode.IdleInX2)], X2Apic = true })
        : throw new ModelException("Say X2Apic() before Guest(…): a program's accesses to the local APIC are made for a mode.");

    /// <summary>How far the scenario reaches, in words.</summary>
    public string Bounds => $"{Programs.Reach}{(Kernel.HasReasonsOfVcpus || Programs.IdBeyondTable is not { } id ? "" : string.Create(CultureInfo.InvariantCulture, $", APIC id {id:x}h beyond the table"))} · {System}";

    /// <summary>The linked model, without observers.</summary>
    public Model Model => _model ??= Build([]);

    internal Model Build(IEnumerable<Observer> observers)
    {
        NotModelled.Refuse(Kernel, Programs);
        var vcpus = Programs.Guest.Count;
        var code = Hardware.Under(Kernel.Code);
        if (Programs.HasIoApic) code = IoApicLines.Woven(code);
        if (Programs.HasNmi) code = Nmi.Woven(code);
        if (Programs.HasInit) code = AcceptEvents.Woven(code);
        if (Programs.HasSynic) code = AutoEoi.Woven(code);
        if (Programs.MovesApic) code = MovedPage.Woven(code);
        if (Programs.VcpusMove) code = Scheduling.Woven(code, Programs);
        if (Programs.TimersMove) code = MovingTimers.Woven(code);
        if (Programs.HasNested) code = NestedGuest.Woven(code);
        if (Programs.VcpuCalls.Count > 0) code = LapicState.Woven(code, Programs);
        if (Programs.Created.Count > 0) code = VcpuCreation.Woven(code);
        if (Programs.HasGuestDebug) code = DebuggedVcpus.Woven(code);
        if (Programs.HasIommu) code = PostedInterrupts.Woven(code, Programs.VcpusMove);
        if (Programs.RoutesChange) code = InterruptRoutes.Woven(code);
        var builder = new ModelBuilder<Machine>($"{System}/{Programs}", code, Boot.Of(Kernel, Hardware, Programs)) { Locals = typeof(Locals), Data = Programs with { Bits = Kernel.Bits, CountsIrqWindows = code.Routines.Any(routine => routine.Name == CountedIrqWindow.IncOrDec.Name), Hardware = Hardware } };
        for (var v = 0; v < vcpus; v++) builder.Thread($"vcpu{v}", Programs.Created.Contains(v) ? VcpuCreation.Thread.Name : v < Programs.Cores ? "vcpu_run" : "kvm_arch_vcpu_ioctl_run");
        for (var h = 0; h < Programs.Host.Count; h++) builder.Thread($"vmm{h}", "kvm_vm_ioctl");
        for (var d = 0; d < Programs.Devices.Count; d++) builder.Thread($"device{d}", "irqfd_inject");
        for (var a = 0; a < Programs.Assigned.Count; a++) builder.Thread($"device{Programs.Devices.Count + a}", "iommu_interrupt");
        if (Programs.HasIommu) builder.Thread("iommu_irq", "amd_iommu_int_thread");
        for (var c = 0; c < Programs.Cores; c++) builder.Unit($"core{c}", "core");
        for (var v = 0; Programs.HasTimers && v < vcpus; v++) builder.Unit($"timer{v}", "hrtimer");
        if (Programs.HasIommu) builder.Unit("iommu", "iommu");
        foreach (var observer in observers) builder.Watched(observer);
        return builder.Count("vcpu", vcpus).Count("core", Programs.Cores)
            .Count("irte", Programs.Irtes.Count).Count("irqfd", Programs.Irtes.Count).Count("ir_list", Programs.RoutesChange ? vcpus : 0).Count("ga_log", Programs.HasIommu ? Avic.Model.GaLog.Parts(Programs.GaLog) : 0).Count("iommu", Programs.HasIommu ? 1 : 0).Count("ioapic", Programs.HasIoApic ? 1 : 0).Count("nested", Programs.HasNested ? vcpus : 0)
            .Count("hrtimer", Programs.TimersMove ? vcpus : 0)
            .Count("creation", Programs.Created.Count > 0 ? vcpus : 0).Count("cached", Hardware.CachesVmcb ? vcpus : 0).Count("moved_apic", Programs.MovesApic ? vcpus : 0).Count("guest_debug", Programs.HasGuestDebug ? vcpus : 0).Count("synic", Programs.HasSynic ? vcpus : 0).Count("hyperv", Programs.HasSynic ? 1 : 0).Build();
    }

    /// <summary>Checks a property under every schedule.</summary>
    public Verdict Check(Property property, Limits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(property);
        return Check([property], limits)[0];
    }

    /// <summary>Checks several properties in one exploration.</summary>
    public IReadOnlyList<Verdict> Check(IReadOnlyList<Property> properties, Limits? limits = null)
    {
        _ = Given.Each(properties);
        return Explorer.Check(Build(properties.SelectMany(property => property.Observers)), properties, Audited(limits), Bounds);
    }

    /// <summary>Counts every state.</summary>
    public Exploration Explore(Limits? limits = null) => Explorer.Explore(Model, Audited(limits));

    // Fusing is audited for the kernels of the kit on the default hardware; an edit, whatever it is called, may break what it rests on.
    private Limits? Audited(Limits? limits) =>
        limits is { Fuse: true } && (!Hardware.IsDefault || !Linux.Known.Any(known => ReferenceEquals(known.Code, Kernel.Code))) ? limits with { Fuse = false } : limits;

    /// <summary>Runs it under one schedule.</summary>
    /// <param name="schedule">Who goes next.</param>
    /// <param name="longest">Rows after which to stop.</param>
    public Trace Run(Schedule schedule, int longest = 10_000)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        return Trace.Record(Model, schedule, longest, Bounds);
    }

    /// <summary>Runs it under one schedule by chance for each seed and counts the runs that break the property (or reach the goal).</summary>
    /// <param name="property">What is looked for.</param>
    /// <param name="runs">How many: the seeds from 0.</param>
    /// <param name="schedule">A new schedule for each seed; by default <see cref="Schedule.Seed"/>.</param>
    /// <param name="limits">A run is cut at <see cref="Limits.MaxLevels"/> rows, 10 000 at most. Of the others, threads and cancel count.</param>
    /// <example><code>race.Sample(Property.ApicAccessIsNeverLost, runs: 1000, seed => Schedule.Pct(seed, depth: 2, rows: 150))</code></example>
    public Sampling Sample(Property property, int runs = 1000, Func<int, Schedule>? schedule = null, Limits? limits = null) =>
        Sampling.Of(Build(Given.Value(property).Observers), property, runs, schedule, limits, Bounds);

    private int Known(int vcpu) => vcpu >= 0 && vcpu < Programs.Guest.Count ? vcpu
        : throw new ModelException($"There is no vCPU {vcpu}: the scenario has vCPUs 0 to {Programs.Guest.Count - 1}.");

    /// <summary>How far the scenario reaches.</summary>
    public string ToText() => Bounds;

    /// <summary>The same in bold.</summary>
    public string ToHtml() => Html.Of(Bounds);

    /// <inheritdoc/>
    public override string ToString() => Bounds;
}
