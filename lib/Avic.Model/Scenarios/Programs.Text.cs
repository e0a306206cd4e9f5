using System.Globalization;
using System.Text;

namespace Avic.Model;

public sealed partial record Programs
{
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
        if (GaLog != Avic.Model.GaLog.Usual) text.Append(CultureInfo.InvariantCulture, $",g{GaLog}");
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
        var gaLog = Avic.Model.GaLog.Usual;
        foreach (var part in parts.Skip(1))
        {
            if (part.Length > 1 && char.IsAsciiDigit(part[0]))
            {
                var v = part[0] - '0';
                if (v < 0 || v >= vcpus) throw Bad(part, $"there are vCPUs 0 to {vcpus - 1}");
                if (guest[v] != idle || windows[v] > 0) throw Bad(part, $"vCPU {v} has a program already");
                (guest[v], windows[v]) = GuestCode.Parse(part[1..], Bad, x2);
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
                if (parts.Count(other => other.StartsWith('g')) > 1) throw Bad(part, "a scenario has one GA log");
                gaLog = int.TryParse(part[1..], NumberStyles.None, CultureInfo.InvariantCulture, out var entries) && entries is >= 2 and <= Avic.Model.GaLog.Most ? entries
                    : throw Bad(part, $"a GA log has 2 to {Avic.Model.GaLog.Most} entries");
            }
            else
            {
                host.Add(HostCalls(part));
            }
        }
        if (host.Count > 4) throw Bad(text, "a scenario has up to 4 VMM threads");
        if (devices.Count + assigned.Count > 4) throw Bad(text, "a scenario has up to 4 devices");
        if (host.Any(calls => calls.Count > 100) || devices.Any(sent => sent.Count > DeviceProgram.Most) || assigned.Any(sent => sent.Count > DeviceProgram.Most) || windows.Any(asked => asked > 50))
            throw Bad(text, $"a VMM thread makes up to 100 calls, a device sends up to {DeviceProgram.Most} interrupts, and a vCPU asks for up to 50 IRQ windows");
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

    private const string SignsOfCalls = "+-pmclLnRbuC";

    private static List<HostCall> HostCalls(string part)
    {
        List<HostCall> calls = [];
        for (var i = 0; i < part.Length;)
        {
            var sign = part[i++];
            if (!SignsOfCalls.Contains(sign)) throw Bad(part, $"'{sign}' is none of {string.Join(' ', SignsOfCalls.AsEnumerable())}");
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
