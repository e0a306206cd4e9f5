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
        foreach (var call in programs.Host.SelectMany(calls => calls))
        {
            if (call is InhibitCall inhibit) _ = kernel.NumberOf(inhibit.Reason);
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
        guest[Known(vcpu)] = Given.Back(program(new(guest[vcpu].Program, guest[vcpu].Handlers, (vcpu, Programs.X2Apic))), nameof(program), "g => g.Write(Apic.Tpr, 0x20)").Code;
        if (guest[vcpu].Program.Count > 100) throw new ModelException($"A guest program has up to 100 instructions, not {guest[vcpu].Program.Count}.");
        return With(Programs with { Guest = guest });
    }

    /// <summary>Adds a device of the VMM, which sends message-signalled interrupts and raises lines by way of KVM; up to four devices, side by side.</summary>
    public Scenario Device(Func<DeviceProgram, DeviceProgram> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        RefuseFifthDevice();
        return With(Programs with { Devices = [.. Programs.Devices, Given.Back(program(new([])), nameof(program), "d => d.Msi(to: 1, vector: 0x31)").Sent] });
    }

    /// <summary>Adds a device that is assigned to the guest: its interrupts go by way of the IOMMU, which posts them to the vCPU while AVIC is on.</summary>
    /// <param name="program">Message-signalled interrupts; each different one has an entry of the interrupt remapping table.</param>
    public Scenario AssignedDevice(Func<DeviceProgram, DeviceProgram> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        RefuseFifthDevice();
        var sent = Given.Back(program(new([])), nameof(program), "d => d.Msi(to: 1, vector: 0x31)").Sent;
        if (sent.FirstOrDefault(signal => signal is not Msi) is not null) throw new ModelException("An assigned device has no line to the I/O APIC: it sends Msi(to, vector).");
        var programs = Programs with { Assigned = [.. Programs.Assigned, [.. sent.Cast<Msi>()]] };
        return With(programs);
    }

    /// <summary>Programs the I/O APIC, or more pins of it. The table stays as it is.</summary>
    public Scenario IoApic(Func<IoApicProgram, IoApicProgram> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        return With(Programs with { Pins = Given.Back(program(new(Programs.Pins)), nameof(program), "io => io.Level(pin: 1, to: 0, vector: 0x42)").Pins });
    }

    /// <summary>Makes the IOMMU's GA log smaller than four entries, so that it overflows sooner. The driver's has 512.</summary>
    /// <param name="entries">2 to 4; it holds one less.</param>
    public Scenario GaLog(int entries) => entries is >= 2 and <= Avic.Model.GaLog.Most ? With(Programs with { GaLog = entries })
        : throw new ModelException($"A GA log has 2 to {Avic.Model.GaLog.Most} entries here, not {entries}.");

    private void RefuseFifthDevice()
    {
        if (Programs.Devices.Count + Programs.Assigned.Count == 4) throw new ModelException("A scenario has up to 4 devices.");
    }

    // Copies of a record keep what it has computed, so the programs are made anew.
    private Scenario With(Programs programs)
    {
        programs = programs.Anew();
        if (programs.Irtes.Count > Irte.Most) throw new ModelException($"Assigned devices send up to {Irte.Most} different interrupts, not {programs.Irtes.Count}: the machine keeps no more entries for them.");
        return programs.Vectors.Count <= GuestMemory.MostVectors ? new(Kernel, Hardware, programs)
            : throw new ModelException($"A scenario uses up to {GuestMemory.MostVectors} vectors, not {programs.Vectors.Count}.");
    }

    /// <summary>Adds a VMM thread that calls ioctls; up to four, side by side.</summary>
    public Scenario Host(Func<HostProgram, HostProgram> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        if (Programs.Host.Count == 4) throw new ModelException("A scenario has up to 4 VMM threads.");
        var calls = Given.Back(program(new([])), nameof(program), "h => h.SetInhibit(Reason.PitReinject)").Calls;
        if (calls.Count > 100) throw new ModelException($"A VMM thread makes up to 100 calls, not {calls.Count}.");
        return new(Kernel, Hardware, Programs with { Host = [.. Programs.Host, calls] });
    }

    /// <summary>Lets a vCPU's own thread do something between runs of its guest.</summary>
    public Scenario Vcpu(int vcpu, Func<VcpuProgram, VcpuProgram> program)
    {
        var windows = Programs.IrqWindows.ToArray();
        ArgumentNullException.ThrowIfNull(program);
        windows[Known(vcpu)] = Given.Back(program(new(windows[vcpu])), nameof(program), "v => v.IrqWindow()").IrqWindows;
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
    /// Offers x2APIC mode to the guests, and they begin in it. Until 5.19 that keeps AVIC off; later kernels use x2AVIC, which the
    /// hardware here has. Say it before the guests' programs: their accesses go by MSR then.
    /// </summary>
    /// <exception cref="ModelException">A guest has a program.</exception>
    public Scenario X2Apic() => Programs.Guest.All(code => code.ToString() == "")
        ? new(Kernel, Hardware, Programs with { Guest = [.. Programs.Guest.Select(_ => GuestCode.IdleInX2)], X2Apic = true })
        : throw new ModelException("Say X2Apic() before Guest(…): a program's accesses to the local APIC are made for a mode.");

    /// <summary>How far the scenario reaches, in words.</summary>
    public string Bounds
    {
        get
        {
            var toggles = Programs.Host.Sum(calls => calls.OfType<InhibitCall>().Count()) + 2 * Programs.IrqWindows.Sum();
            var moves = Programs.Host.Sum(calls => calls.Count(call => call is not InhibitCall));
            var accesses = Programs.Guest.Sum(guest => guest.All.Count());
            var interrupts = Programs.Devices.Sum(device => device.Count(signal => signal is Msi));
            var raised = Programs.Devices.Sum(device => device.Count(signal => signal is LineLevel { IsHigh: true }));
            var posted = Programs.Assigned.Sum(device => device.Count);
            return string.Create(CultureInfo.InvariantCulture, $"{Plural(Programs.Guest.Count, "vCPU")}, {Plural(toggles, "toggle")}, {(Programs.Guest.SelectMany(guest => guest.All).All(i => i.IsApicAccess) ? Plural(accesses, "access", "accesses") : Plural(accesses, "guest instruction"))}{(interrupts > 0 ? ", " + Plural(interrupts, "MSI") : "")}{(raised > 0 ? ", " + Plural(raised, "raised line") : "")}{(posted > 0 ? ", " + Plural(posted, "interrupt") + " of assigned devices" : "")}{(Programs.HostTicks ? ", host ticks" : "")}{(Programs.HltInGuest ? ", HLT in the guest" : "")}{(Programs.X2Apic ? ", x2APIC" : "")}{(Programs.VcpusMove || Programs.Cores != Programs.Guest.Count ? ", " + Plural(Programs.Cores, "core") : "")}{(moves > 0 ? ", " + Plural(moves, "call of the scheduler", "calls of the scheduler") : "")}{(Programs.HostMigrates ? ", migration" : Programs.HostPreempts ? ", preemption" : "")} · {System}");
            static string Plural(int n, string one, string? many = null) => string.Create(CultureInfo.InvariantCulture, $"{n} {(n == 1 ? one : many ?? one + "s")}");
        }
    }

    /// <summary>The linked model, without observers.</summary>
    public Model Model => _model ??= Build([]);

    internal Model Build(IEnumerable<Observer> observers)
    {
        if (!Kernel.IsOfV5_15 && (Programs.X2Apic || Programs.HasTimers || Programs.Guest.SelectMany(code => code.All).Any(i => i.IsMsrAccess)) && !Programs.Guest.SelectMany(code => code.All).All(IsOfTpr))
            throw new ModelException($"What {Kernel.Name} does in x2APIC mode and with timers is not modelled yet; there its guests access TPR only. Use V5_15, or a kernel made from it.");
        if (!Kernel.IsOfV5_15 && Programs.VcpusMove)
            throw new ModelException($"{Kernel.Name} loads and puts vCPUs in ways that are not modelled yet; each of its vCPUs stays on a core of its own. Move them on V5_15, or on a kernel made from it.");
        if (!Kernel.IsOfV5_15 && (HasIommu || Programs.HasIoApic))
            throw new ModelException($"What {Kernel.Name} does for assigned devices and the I/O APIC is not modelled yet. Use V5_15, or a kernel made from it.");
        if (Programs.X2Apic && Programs.HasIoApic) throw new ModelException("What the I/O APIC sends guests in x2APIC mode is not modelled yet: leave out its lines, or X2Apic().");
        if (Programs.VcpusMove && Programs.HasTimers) throw new ModelException("What becomes of an armed timer when its vCPU moves is not modelled yet: leave out the timer, or preemption and Cores(…).");
        if (!Kernel.MovesIds && Programs.Guest.SelectMany(code => code.All).Any(i => i.IsWrite && (i.Offset & ~0xf) == (int)Apic.Id))
            throw new ModelException($"{Kernel.Name} inhibits AVIC when a guest changes its APIC id, which is not modelled yet. Change ids on V5_15 or an older kernel.");
        Machine machine = default;
        machine.Vm.ApicAccessMemslot = Slot.Present;
        var vcpus = Programs.Guest.Count;
        for (var v = 0; v < vcpus; v++)
        {
            Booted(ref machine, v, Programs.Cores);
            if (Programs.X2Apic) BootedInX2(ref machine, v);
            else
            {
                (machine.Vcpu[v].ApicvActive, machine.Vcpu[v].IrrPending) = (true, true);
                machine.Vmcb[v].AvicEnable = true;
            }
            machine.Vmcb[v].InterceptHlt = !Programs.HltInGuest;
            machine.Vcpu[v].IrqWindows = (byte)Programs.IrqWindows[v];
        }
        for (var irte = 0; irte < Programs.Irtes.Count; irte++) machine.Irte[irte] = Assigned(irte);
        if (HasIommu) (machine.Iommu[0].GaLength, machine.Iommu[0].Status) = ((byte)Programs.GaLog, IommuStatus.GaLogRun);
        var code = Hardware.Under(Kernel.Code);
        if (Programs.HasIoApic) code = IoApicLines.Woven(code);
        if (Programs.VcpusMove) code = Scheduling.Woven(code, Programs);
        if (HasIommu) code = PostedInterrupts.Woven(code, Programs.VcpusMove);
        var builder = new ModelBuilder<Machine>($"{System}/{Programs}", code, machine) { Locals = typeof(Locals), Data = Programs with { Bits = Kernel.Bits } };
        for (var v = 0; v < vcpus; v++) builder.Thread($"vcpu{v}", v < Programs.Cores ? "vcpu_run" : "kvm_arch_vcpu_ioctl_run");
        for (var h = 0; h < Programs.Host.Count; h++) builder.Thread($"vmm{h}", "kvm_vm_ioctl");
        for (var d = 0; d < Programs.Devices.Count; d++) builder.Thread($"device{d}", "irqfd_inject");
        for (var a = 0; a < Programs.Assigned.Count; a++) builder.Thread($"device{Programs.Devices.Count + a}", "iommu_interrupt");
        if (HasIommu) builder.Thread("iommu_irq", "amd_iommu_int_thread");
        for (var c = 0; c < Programs.Cores; c++) builder.Unit($"core{c}", "core");
        for (var v = 0; Programs.HasTimers && v < vcpus; v++) builder.Unit($"timer{v}", "hrtimer");
        if (HasIommu) builder.Unit("iommu", "iommu");
        foreach (var observer in observers) builder.Watched(observer);
        return builder.Count("vcpu", vcpus).Count("core", Programs.Cores)
            .Count("irte", Programs.Irtes.Count).Count("iommu", HasIommu ? 1 : 0).Count("ioapic", Programs.HasIoApic ? 1 : 0).Build();
    }

    private bool HasIommu => Programs.Assigned.Count > 0;

    // As svm_update_pi_irte() and the vCPU's last load have left it. What goes to several vCPUs, or to none, cannot be posted.
    private Irte Assigned(int irte)
    {
        var vcpu = Programs.PostedTo(irte);
        var (low, high) = vcpu < 0 ? (Irte.Remapped, PostedInterrupts.HostVector(irte))
            : (Irte.Guest(Irte.TagOf(vcpu)) | (ulong)(vcpu % Programs.Cores) << 8 | (vcpu < Programs.Cores ? Irte.IsRun : 0), Irte.GuestHigh(vcpu, Programs.Irtes[irte].Vector));
        return new() { Low = low, High = high, CachedLow = low, CachedHigh = high };
    }

    // As an operating system has left it: APIC on, flat logical ids, interrupts on, the vCPU loaded on its core if it has one.
    private static void Booted(ref Machine machine, int vcpu, int cores)
    {
        var core = vcpu < cores ? vcpu : Avic.Model.Vcpu.WaitsForCore;
        ref var page = ref machine.ApicPage[vcpu];
        foreach (var register in ApicRegister.All.Where(register => register.Offset < 0x400)) page[register.Offset] = register.Reset;
        (page.Id, page.Ldr, page.Svr) = ((uint)vcpu << 24, 1u << 24 + vcpu, 0x1ff);
        machine.PhysicalIdTable[vcpu] = PhysicalIdTable.Entry(vcpu, vcpu % cores, running: core >= 0);
        machine.LogicalIdTable[vcpu] = LogicalIdTable.Valid | (uint)vcpu;
        ref var vmcb = ref machine.Vmcb[vcpu];
        (vmcb.AvicBackingPage, vmcb.AvicLogicalTable, vmcb.AvicPhysicalTable) = (PhysicalIdTable.BackingPage(vcpu), LogicalIdTable.Address, PhysicalIdTable.Address | 0xff);
        (vmcb.InterruptFlag, vmcb.InterceptVmrun, vmcb.Asid) = (true, true, 1); // each core numbers its own
        machine.Vcpu[vcpu].AvicIsRunning = true;
        (machine.Vcpu[vcpu].Core, machine.Vcpu[vcpu].Cpu, machine.Vcpu[vcpu].Affinity) = ((sbyte)core, (byte)(vcpu % cores), -1);
        machine.Vcpu[vcpu].VmcbCpu = core >= 0 ? (byte)core : byte.MaxValue;
        machine.Vcpu[vcpu].LogicalId = (byte)(1 << vcpu);
        machine.Msrs[vcpu].ApicBase = Msrs.Base(ApicMode.XApic, vcpu);
    }

    // A kernel with a reason for it keeps AVIC off, and of it the tables know no more than at reset; others have x2AVIC on.
    private void BootedInX2(ref Machine machine, int vcpu)
    {
        ref var page = ref machine.ApicPage[vcpu];
        (page.Id, page.Ldr, machine.Msrs[vcpu].ApicBase) = ((uint)vcpu, ApicPage.X2LogicalId((uint)vcpu), Msrs.Base(ApicMode.X2Apic, vcpu));
        (machine.Vcpu[vcpu].LogicalId, machine.LogicalIdTable[vcpu]) = (0, 0);
        if (Kernel.Reasons.Any(known => known.Reason == Reason.X2Apic))
        {
            machine.Vm.ApicvInhibitReasons = 1u << Kernel.NumberOf(Reason.X2Apic);
            machine.PhysicalIdTable[vcpu] = PhysicalIdTable.Entry(vcpu, core: vcpu, running: false);
            return;
        }
        (machine.Vcpu[vcpu].ApicvActive, machine.Vcpu[vcpu].IrrPending) = (true, true);
        VirtualApicMode.Set(ref machine.Vmcb[vcpu], isActive: true, isX2: true);
    }

    private static bool IsOfTpr(GuestInstruction i) => i.IsApicAccess ? i.Offset == (int)Apic.Tpr : i.IsMsrAccess && i.Offset is Msrs.FirstOfX2Apic + ((int)Apic.Tpr >> 4) or Msrs.ApicBaseNumber;

    /// <summary>Checks a property under every schedule.</summary>
    public Verdict Check(Property property, Limits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(property);
        return Check([property], limits)[0];
    }

    /// <summary>Checks several properties in one exploration.</summary>
    public IReadOnlyList<Verdict> Check(IReadOnlyList<Property> properties, Limits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(properties);
        foreach (var property in properties) ArgumentNullException.ThrowIfNull(property, nameof(properties));
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

    private int Known(int vcpu) => vcpu >= 0 && vcpu < Programs.Guest.Count ? vcpu
        : throw new ModelException($"There is no vCPU {vcpu}: the scenario has vCPUs 0 to {Programs.Guest.Count - 1}.");

    /// <summary>How far the scenario reaches.</summary>
    public string ToText() => Bounds;

    /// <summary>The same in bold.</summary>
    public string ToHtml() => Html.Of(Bounds);

    /// <inheritdoc/>
    public override string ToString() => Bounds;
}

/// <summary>What a VMM thread calls, in order.</summary>
public sealed class HostProgram
{
    internal HostProgram(IReadOnlyList<HostCall> calls) => Calls = calls;

    internal IReadOnlyList<HostCall> Calls { get; }

    /// <summary>Sets a reason to keep AVIC off.</summary>
    public HostProgram SetInhibit(Reason reason) => new([.. Calls, new InhibitCall(Known(reason), Set: true)]);

    /// <summary>Clears a reason to keep AVIC off.</summary>
    public HostProgram ClearInhibit(Reason reason) => new([.. Calls, new InhibitCall(Known(reason), Set: false)]);

    /// <summary>Takes a vCPU's thread off its core, as a thread of higher priority does that wakes there; it comes back later. Nothing if it has no core.</summary>
    public HostProgram Preempt(int vcpu) => new([.. Calls, new PreemptCall(vcpu)]);

    /// <summary>Moves a vCPU's thread to a core, which it may no longer leave: <c>sched_setaffinity()</c>, as <c>taskset</c> calls it.</summary>
    public HostProgram Migrate(int vcpu, int core) => new([.. Calls, new MigrateCall(vcpu, core)]);

    private static Reason Known(Reason reason) => Enum.IsDefined(reason) ? reason
        : throw new ModelException($"There is no reason {(int)reason}. There are: {string.Join(", ", Enum.GetNames<Reason>())}.");
}

/// <summary>What a vCPU's own thread does between runs of its guest.</summary>
public sealed class VcpuProgram
{
    internal VcpuProgram(int windows) => IrqWindows = windows;

    internal int IrqWindows { get; }

    /// <summary>Opens an IRQ window: inhibits AVIC for it, and lifts the inhibit when the guest can take the interrupt.</summary>
    public VcpuProgram IrqWindow() => IrqWindows < 50 ? new(IrqWindows + 1) : throw new ModelException("A vCPU asks for up to 50 IRQ windows.");
}
