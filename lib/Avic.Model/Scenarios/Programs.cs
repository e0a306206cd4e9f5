using System.Globalization;
using System.Text;

namespace Avic.Model;

/// <summary>One thing that a thread of the VMM, or another of the host, does.</summary>
public abstract record HostCall;

/// <summary>One call that sets or clears a reason to keep AVIC off.</summary>
/// <param name="Reason">Which.</param>
/// <param name="Set">True to set it.</param>
public sealed record InhibitCall(Reason Reason, bool Set) : HostCall;

/// <summary>The thread of a vCPU must let another run, for once.</summary>
/// <param name="Vcpu">Which.</param>
public sealed record PreemptCall(int Vcpu) : HostCall;

/// <summary>The thread of a vCPU may run on one core only.</summary>
/// <param name="Vcpu">Which.</param>
/// <param name="Core">The core.</param>
public sealed record MigrateCall(int Vcpu, int Core) : HostCall;

/// <summary>An assigned device's interrupt is to go elsewhere: KVM_SET_GSI_ROUTING.</summary>
/// <param name="Irte">Its place among <see cref="Programs.Irtes"/>.</param>
/// <param name="Route">Where to.</param>
public sealed record RouteCall(int Irte, Msi Route) : HostCall
{
    internal static int Known(int irte) => irte is >= 0 and < Avic.Model.Irte.Most ? irte : throw new ModelException($"Assigned devices have entries 0 to {Avic.Model.Irte.Most - 1}, not {irte}.");
}

/// <summary>The VMM creates a vCPU and its thread: KVM_CREATE_VCPU.</summary>
/// <param name="Vcpu">Which.</param>
public sealed record CreateCall(int Vcpu) : HostCall;

/// <summary>The thread of a vCPU makes a call between two runs; the thread of the VMM that wants it waits.</summary>
/// <param name="Vcpu">Which.</param>
public abstract record VcpuCall(int Vcpu) : HostCall;

/// <summary>The thread of a vCPU calls KVM_SET_LAPIC between two runs, or KVM_GET_LAPIC; the thread of the VMM that wants it waits.</summary>
/// <param name="Vcpu">Which.</param>
/// <param name="Page">The registers to set, or null to get them.</param>
public sealed record LapicCall(int Vcpu, LapicPage? Page) : VcpuCall(Vcpu);

/// <summary>The thread of a vCPU calls KVM_SET_NESTED_STATE between two runs: it goes on in L2.</summary>
/// <param name="Vcpu">Which.</param>
public sealed record NestedStateCall(int Vcpu) : VcpuCall(Vcpu);

/// <summary>The thread of a vCPU calls KVM_SET_GUEST_DEBUG between two runs: from then on KVM injects no interrupt, or does again.</summary>
/// <param name="Vcpu">Which.</param>
/// <param name="BlockIrq">Whether interrupts are to be blocked (KVM_GUESTDBG_BLOCKIRQ).</param>
public sealed record GuestDebugCall(int Vcpu, bool BlockIrq) : VcpuCall(Vcpu);

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
    private int[]? _vectors;
    private bool? _hasTimers, _hasNmi, _hasInit, _hasNested, _hasSynic;
    private Msi[]? _irtes;
    private ushort[]? _countsUpTo;
    private int[]? _created;
    private VcpuCall[]? _vcpuCalls;

    /// <summary>For each device, what it sends.</summary>
    public IReadOnlyList<IReadOnlyList<DeviceSignal>> Devices { get; init; } = Devices ?? [];

    /// <summary>For each device that is assigned to the guest, the interrupts it sends by way of the IOMMU.</summary>
    public IReadOnlyList<IReadOnlyList<Msi>> Assigned { get; init; } = [];

    /// <summary>The pins of the I/O APIC that are programmed.</summary>
    public IReadOnlyList<Pin> Pins { get; init; } = [];

    /// <summary>Entries of the IOMMU's GA log; it holds one less.</summary>
    public int GaLog { get; init; } = Avic.Model.GaLog.Most;

    /// <summary>The interrupts of assigned devices, one entry of the interrupt remapping table each.</summary>
    public IReadOnlyList<Msi> Irtes => _irtes ??= [.. Assigned.SelectMany(device => device.Distinct())];

    /// <summary>True if a device is assigned to the guest.</summary>
    public bool HasIommu => Assigned.Count > 0;

    /// <summary>The vCPUs that are not there from the start, in the order in which a VMM creates them.</summary>
    public IReadOnlyList<int> Created => _created ??= [.. Host.SelectMany(calls => calls).OfType<CreateCall>().Select(call => call.Vcpu)];

    /// <summary>True if a VMM debugs.</summary>
    public bool HasGuestDebug => VcpuCalls.Any(call => call is GuestDebugCall);

    /// <summary>True if a thread of the VMM sends an assigned device's interrupt elsewhere.</summary>
    public bool RoutesChange => Host.SelectMany(calls => calls).Any(call => call is RouteCall);

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
    internal ushort CountsUpTo(int index) => (_countsUpTo ??= [.. Vectors.Select(MostCounted)])[index];

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
    public bool VcpusMove => Cores < Guest.Count || HostPreempts || Host.SelectMany(calls => calls).Any(call => call is PreemptCall or MigrateCall);

    /// <summary>What the vCPUs' threads call for the VMM, of every thread of it.</summary>
    internal IReadOnlyList<VcpuCall> VcpuCalls => _vcpuCalls ??= [.. Host.SelectMany(calls => calls).OfType<VcpuCall>()];

    /// <summary>The place of a thread's call among <see cref="VcpuCalls"/>.</summary>
    internal int NumberOfVcpuCall(int host, int call)
    {
        var number = Host[host].Take(call).OfType<VcpuCall>().Count();
        for (var before = 0; before < host; before++) number += Host[before].OfType<VcpuCall>().Count();
        return number;
    }

    /// <summary>The vectors that the programs send or handle, in order; each vCPU counts how often it handled each.</summary>
    public IReadOnlyList<int> Vectors => _vectors ??=
    [
        .. Guest.SelectMany(code => code.Handlers.Keys)
            .Concat(Guest.SelectMany(code => code.All).Where(Sends).Select(i => (int)(byte)i.Value))
            .Concat(HasNmi ? [Avic.Model.Nmi.Vector] : [])
            .Concat(Devices.SelectMany(device => device).OfType<Msi>().Concat(Assigned.SelectMany(device => device)).Select(msi => (int)msi.Vector))

            .Concat(Pins.Select(pin => (int)pin.Entry.Vector)).Concat(Host.SelectMany(calls => calls).OfType<RouteCall>().Select(call => (int)call.Route.Vector))
            .Concat(VcpuCalls.OfType<LapicCall>().SelectMany(call => call.Page?.Vectors ?? [])).Distinct().Order(),
    ];

    /// <summary>True if a guest arms its local APIC's timer: it writes an initial count or a deadline other than zero.</summary>
    public bool HasTimers => _hasTimers ??= Guest.SelectMany(code => code.All).Any(i => i.Value != 0
        && (i.Written == (int)Apic.TimerInitialCount || i is { Operation: GuestOperation.Wrmsr, Offset: Msrs.TscDeadlineNumber }));

    /// <summary>True if something sends NMIs.</summary>
    public bool HasNmi => _hasNmi ??= Guest.SelectMany(code => code.All).Any(i => Command(i) is { IsNmi: true })
        || Devices.Any(device => device.Any(signal => signal is NmiMessage)) || Pins.Any(pin => new InterruptCommand(pin.Entry.Command, 0).IsNmi);

    /// <summary>True if a guest has Hyper-V's SynIC: it reads or writes a SINT.</summary>
    public bool HasSynic => _hasSynic ??= Guest.SelectMany(code => code.All).Any(i => i.IsMsrAccess && i.Offset == Synic.Sint2Number);

    /// <summary>True if a guest sends INIT or SIPI, or a vCPU waits for it.</summary>
    public bool HasInit => _hasInit ??= Guest.Any(code => code.Waits || code.All.Any(i => Command(i) is { IsInit: true } or { IsStartup: true }));

    /// <summary>True if a guest runs guests.</summary>
    public bool HasNested => _hasNested ??= Guest.Any(code => code.Program.Any(i => i.Operation == GuestOperation.Vmrun));

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

    // Copies of a record keep what it has computed.
    internal Programs Anew() => this with { _vectors = null, _hasTimers = null, _hasNmi = null, _hasInit = null, _irtes = null, _countsUpTo = null, _vcpuCalls = null, _hasNested = null, _hasSynic = null, _created = null };

    /// <summary><c>x2avic_enabled</c>: what the hardware told KVM.</summary>
    internal bool X2AvicEnabled { get; init; } = true;

    /// <summary>The bit that each reason has in the kernel's word, by the kit's number.</summary>
    internal IReadOnlyList<byte> Bits { get; init; } = [];

    /// <summary>The programs on one line, as <see cref="Parse"/> reads them: <c>2,1W32,+4-4</c>; <c>2t,…</c> with host ticks, <c>2h,…</c> with HLT left to the guest, <c>2c3,…</c> on three cores, <c>2p,…</c> with preemption, <c>2m,…</c> with migration, too; <c>2x,…</c> in x2APIC mode.</summary>
    /// <remarks>
    /// Numbers of devices are hexadecimal: <c>d1:31.+2.-2.n1.</c> sends vector 31h to vCPU 1, raises pin 2 and lowers it, and sends vCPU 1 an NMI; <c>a1:31.</c> is assigned;
    /// <c>i2:8041.</c> are pins of the I/O APIC and their entries; <c>g2</c> is a GA log of two entries. In a thread of the VMM <c>l1</c> gets
    /// vCPU 1's page of registers and <c>L1:80=20.</c> sets it, with TPR 20h; <c>n1</c> has vCPU 1 go on in L2; <c>R0=1:41.</c> sends the first
    /// assigned interrupt to vCPU 1 as vector 41h; <c>b1</c> blocks vCPU 1's interrupts, as a debugger does, and <c>u1</c> lets them in again; <c>C1</c> creates vCPU 1.
    /// </remarks>
    public override string ToString()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{Guest.Count}{(Cores == Guest.Count ? "" : $"c{Cores}")}{(HostMigrates ? "m" : HostPreempts ? "p" : "")}{(HostTicks ? "t" : "")}{(HltInGuest ? "h" : "")}{(X2Apic ? "x" : "")}");
        for (var v = 0; v < Guest.Count; v++)
        {
            var code = Guest[v].ToString();
            if (code == "" && IrqWindows[v] == 0) continue;
            text.Append(CultureInfo.InvariantCulture, $",{v}").Append('I', IrqWindows[v]).Append(code);
        }
        foreach (var calls in Host)
        {
            text.Append(',');
            foreach (var call in calls)
            {
                text.Append(call switch
                {
                    InhibitCall inhibit => string.Create(CultureInfo.InvariantCulture, $"{(inhibit.Set ? '+' : '-')}{(int)inhibit.Reason}"),
                    LapicCall { Page: null } get => string.Create(CultureInfo.InvariantCulture, $"l{get.Vcpu}"),
                    NestedStateCall nested => string.Create(CultureInfo.InvariantCulture, $"n{nested.Vcpu}"),
                    LapicCall set => string.Create(CultureInfo.InvariantCulture, $"L{set.Vcpu}:{set.Page}"),
                    CreateCall create => string.Create(CultureInfo.InvariantCulture, $"C{create.Vcpu}"),
                    GuestDebugCall debug => string.Create(CultureInfo.InvariantCulture, $"{(debug.BlockIrq ? 'b' : 'u')}{debug.Vcpu}"),
                    RouteCall route => string.Create(CultureInfo.InvariantCulture, $"R{route.Irte}={Text(route.Route)}"),
                    MigrateCall migrate => string.Create(CultureInfo.InvariantCulture, $"m{migrate.Vcpu}c{migrate.Core}"),
                    _ => string.Create(CultureInfo.InvariantCulture, $"p{((PreemptCall)call).Vcpu}"),
                });
            }
        }
        foreach (var device in Devices)
        {
            text.Append(",d");
            foreach (var signal in device) text.Append(Text(signal));
        }
        foreach (var device in Assigned) text.Append(",a").AppendJoin("", device.Select(msi => Text(msi)));
        if (Pins.Count > 0) text.Append(",i").AppendJoin("", Pins.Select(pin => string.Create(CultureInfo.InvariantCulture, $"{pin.Number:x}:{pin.Entry.Bits:x}.")));
        if (GaLog != Avic.Model.GaLog.Most) text.Append(CultureInfo.InvariantCulture, $",g{GaLog}");
        return text.ToString();
    }

    private static string Text(DeviceSignal signal) => signal switch
    {
        LineLevel line => string.Create(CultureInfo.InvariantCulture, $"{(line.IsHigh ? '+' : '-')}{line.Pin:x}."),
        Msi msi => string.Create(CultureInfo.InvariantCulture, $"{msi.Destination:x}:{msi.Vector:x}."),
        NmiMessage nmi => string.Create(CultureInfo.InvariantCulture, $"n{nmi.Destination:x}."),
        _ => throw new ModelException($"nothing says how {signal} is written"),
    };

    /// <summary>Reads programs from one line.</summary>
    /// <exception cref="ModelException">The text is no program.</exception>
    public static Programs Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split(',');
        var count = parts[0].AsSpan();
        var x2 = count.EndsWith("x");
        if (x2) count = count[..^1];
        var halts = count.EndsWith("h");
        if (halts) count = count[..^1];
        var ticks = count.EndsWith("t");
        if (ticks) count = count[..^1];
        var (preempts, migrates) = (count.EndsWith("p"), count.EndsWith("m"));
        if (preempts || migrates) count = count[..^1];
        var cores = 0;
        if (count.IndexOf('c') is >= 0 and var c)
        {
            if (!int.TryParse(count[(c + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out cores) || cores is < 1 or > Machine.MostVcpus) throw Bad(parts[0], $"a number of cores from 1 to {Machine.MostVcpus} follows 'c'");
            count = count[..c];
        }
        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var vcpus)) throw Bad(parts[0], "the number of vCPUs comes first");
        if (vcpus is < 1 or > Machine.MostVcpus) throw new ModelException($"A scenario has 1 to {Machine.MostVcpus} vCPUs, not {parts[0]}.");
        var guest = new GuestCode[vcpus];
        var idle = x2 ? GuestCode.IdleInX2 : GuestCode.Idle;
        Array.Fill(guest, idle);
        var windows = new int[vcpus];
        List<IReadOnlyList<HostCall>> host = [];
        List<IReadOnlyList<DeviceSignal>> devices = [];
        List<IReadOnlyList<Msi>> assigned = [];
        var pins = new IoApicProgram([]);
        var gaLog = Avic.Model.GaLog.Most;
        foreach (var part in parts.Skip(1))
        {
            if (part.Length > 1 && char.IsAsciiDigit(part[0]))
            {
                var v = part[0] - '0';
                if (v < 0 || v >= vcpus) throw Bad(part, $"there are vCPUs 0 to {vcpus - 1}");
                if (guest[v] != idle || windows[v] > 0) throw Bad(part, $"vCPU {v} has a program already");
                windows[v] = part.Count(sign => sign == 'I');
                guest[v] = GuestCode.Parse(part[1..].Replace("I", "", StringComparison.Ordinal), Bad, x2);
            }
            else if (part.StartsWith('d'))
            {
                devices.Add([.. Signals(part).Select<string, DeviceSignal>(signal => signal[0] is '+' or '-' ? Line(part, signal) : signal[0] == 'n' ? Nmi(part, signal) : Message(part, signal))]);
            }
            else if (part.StartsWith('a'))
            {
                assigned.Add([.. Signals(part).Select(signal => Message(part, signal))]);
            }
            else if (part.StartsWith('i'))
            {
                foreach (var pin in Signals(part)) pins = Entry(part, pin, pins);
            }
            else if (part.StartsWith('g'))
            {
                gaLog = int.TryParse(part[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var entries) && entries is >= 2 and <= Avic.Model.GaLog.Most ? entries
                    : throw Bad(part, $"a GA log has 2 to {Avic.Model.GaLog.Most} entries");
            }
            else
            {
                host.Add(Calls(part));
            }
        }
        if (host.Count > 4) throw Bad(text, "a scenario has up to 4 VMM threads");
        if (devices.Count + assigned.Count > 4) throw Bad(text, "a scenario has up to 4 devices");
        if (host.Any(calls => calls.Count > 100) || devices.Any(sent => sent.Count > 100) || assigned.Any(sent => sent.Count > 100) || windows.Any(asked => asked > 50))
            throw Bad(text, "a VMM thread makes up to 100 calls, a device sends up to 100 interrupts, and a vCPU asks for up to 50 IRQ windows");
        var programs = new Programs(guest, host, windows, ticks, devices, halts, cores, preempts || migrates, migrates, x2) { Assigned = assigned, Pins = pins.Pins, GaLog = gaLog };
        if (programs.Irtes.Count > Irte.Most) throw Bad(text, $"assigned devices send up to {Irte.Most} different interrupts");
        return programs.Vectors.Count <= GuestMemory.MostVectors ? programs : throw Bad(text, $"a scenario uses up to {GuestMemory.MostVectors} vectors");
    }

    private static string[] Signals(string part) => part[1..].Split('.', StringSplitOptions.RemoveEmptyEntries);

    private static LineLevel Line(string part, string text) =>
        byte.TryParse(text.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var pin) && pin < IoApic.Pins ? new(pin, text[0] == '+')
            : throw Bad(part, $"a device raises +pin. and lowers -pin. in hexadecimal, up to {IoApic.Pins - 1:x}");

    private static NmiMessage Nmi(string part, string text) =>
        byte.TryParse(text.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var destination) ? new(destination) : throw Bad(part, "a device sends an NMI to n and a destination in hexadecimal");

    private static IoApicProgram Entry(string part, string text, IoApicProgram pins)
    {
        var cells = text.Split(':');
        return cells.Length == 2 && byte.TryParse(cells[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var pin)
            && ulong.TryParse(cells[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var entry) ? pins.Entry(pin, entry)
            : throw Bad(part, "the I/O APIC has pin:entry. in hexadecimal");
    }

    private static Msi Message(string part, string text)
    {
        var cells = text.Split(':');
        return cells.Length == 2 && byte.TryParse(cells[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var destination)
            && byte.TryParse(cells[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var vector) && vector >= 16
            ? new(destination, vector) : throw Bad(part, "a device sends destination:vector. in hexadecimal, vectors from 10");
    }

    private static List<HostCall> Calls(string part)
    {
        List<HostCall> calls = [];
        for (var i = 0; i < part.Length;)
        {
            var sign = part[i++];
            if (!"+-pmclLnRbuC".Contains(sign)) throw Bad(part, $"'{sign}' is none of + - p m c l L n R b u C");
            var number = Number(part, sign, ref i);
            calls.Add(sign switch
            {
                '+' or '-' => new InhibitCall(Enum.IsDefined((Reason)number) ? (Reason)number : throw Bad(part, "no such reason"), sign == '+'),
                'c' when calls is [.., MigrateCall { Core: -1 } to] && calls.Remove(to) => to with { Core = number },
                'c' => throw Bad(part, "the core follows the vCPU that moves there, as in m1c0"),
                'm' => new MigrateCall(number, Core: -1),
                'n' => new NestedStateCall(number),
                'l' => new LapicCall(number, Page: null),
                'L' => new LapicCall(number, Registers(part, ref i)),
                'C' => new CreateCall(number),
                'b' or 'u' => new GuestDebugCall(number, sign == 'b'),
                'R' => new RouteCall(RouteCall.Known(number), Route(part, ref i)),
                _ => new PreemptCall(number),
            });
        }
        return calls.Exists(call => call is MigrateCall { Core: -1 }) ? throw Bad(part, "the core follows the vCPU that moves there, as in m1c0") : calls;
    }

    private static byte Number(string part, char sign, ref int i)
    {
        var from = i;
        while (i < part.Length && char.IsAsciiDigit(part[i])) i++;
        return byte.TryParse(part.AsSpan(from, i - from), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Bad(part, $"a number from 0 to 255 follows '{sign}'");
    }

    // =1:41. of R0=1:41.
    private static Msi Route(string part, ref int i)
    {
        var (from, stop) = (i + 1, part.IndexOf('.', i));
        if (i == part.Length || part[i] != '=' || stop < 0) throw Bad(part, "a route is R0=destination:vector. in hexadecimal");
        i = stop + 1;
        return Message(part, part[from..stop]);
    }

    // :80=20.210=20000. ends where the next call begins.
    private static LapicPage Registers(string part, ref int i)
    {
        LapicPage page = new();
        if (i == part.Length || part[i++] != ':') throw Bad(part, "a page is L1: and register=value. in hexadecimal");
        while (i < part.Length && char.IsAsciiHexDigit(part[i]))
        {
            var (equals, stop) = (part.IndexOf('=', i), part.IndexOf('.', i));
            if (equals < 0 || stop < equals
                || !ushort.TryParse(part.AsSpan(i, equals - i), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var offset)
                || !uint.TryParse(part.AsSpan(equals + 1, stop - equals - 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
                throw Bad(part, "a page is L1: and register=value. in hexadecimal");
            page = page.With((Apic)offset, value);
            i = stop + 1;
        }
        return page;
    }

    private static ModelException Bad(string part, string why) => new($"'{(part.Length <= 80 ? part : part[..80] + "…")}' is no part of a scenario: {why}. A whole one reads 2,1W32,+4-4.");
}
