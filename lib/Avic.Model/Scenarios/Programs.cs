using System.Globalization;
using System.Text;

namespace Avic.Model;

/// <summary>One call that sets or clears a reason to keep AVIC off.</summary>
/// <param name="Reason">Which.</param>
/// <param name="Set">True to set it.</param>
public sealed record InhibitCall(Reason Reason, bool Set);

/// <summary>What the guests and the VMM's threads do, in a scenario.</summary>
/// <param name="Guest">For each vCPU, its guest's accesses; afterwards it idles in the guest.</param>
/// <param name="Host">For each VMM thread, its calls; afterwards it ends.</param>
/// <param name="IrqWindows">For each vCPU, how many IRQ windows its own thread asks for.</param>
/// <param name="HostTicks">Whether the host's tick may take a core out of its guest at any time.</param>
public sealed record Programs(IReadOnlyList<IReadOnlyList<GuestAccess>> Guest, IReadOnlyList<IReadOnlyList<InhibitCall>> Host, IReadOnlyList<int> IrqWindows, bool HostTicks = false)
{
    /// <summary>The bit that each reason has in the kernel's word, by the kit's number.</summary>
    internal IReadOnlyList<byte> Bits { get; init; } = [];

    /// <summary>The programs on one line, as <see cref="Parse"/> reads them: <c>2,1W32,+4-4</c>, or <c>2t,…</c> with host ticks.</summary>
    public override string ToString()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{Guest.Count}{(HostTicks ? "t" : "")}");
        for (var v = 0; v < Guest.Count; v++)
        {
            if (Guest[v].Count == 0 && IrqWindows[v] == 0) continue;
            text.Append(CultureInfo.InvariantCulture, $",{v}");
            for (var w = 0; w < IrqWindows[v]; w++) text.Append('I');
            foreach (var access in Guest[v]) text.Append(CultureInfo.InvariantCulture, $"{(access.IsWrite ? 'W' : 'R')}{access.Value}");
        }
        foreach (var calls in Host)
        {
            text.Append(',');
            foreach (var call in calls) text.Append(CultureInfo.InvariantCulture, $"{(call.Set ? '+' : '-')}{(int)call.Reason}");
        }
        return text.ToString();
    }

    /// <summary>Reads programs from one line.</summary>
    /// <exception cref="ModelException">The text is no program.</exception>
    public static Programs Parse(string text)
    {
        var parts = text.Split(',');
        var ticks = parts[0].EndsWith('t');
        if (!int.TryParse(parts[0].AsSpan(0, parts[0].Length - (ticks ? 1 : 0)), NumberStyles.None, CultureInfo.InvariantCulture, out var vcpus)) throw Bad(parts[0], "the number of vCPUs comes first");
        if (vcpus is < 1 or > Machine.MostVcpus) throw new ModelException($"A scenario has 1 to {Machine.MostVcpus} vCPUs, not {parts[0]}.");
        var guest = new IReadOnlyList<GuestAccess>[vcpus];
        Array.Fill(guest, []);
        var windows = new int[vcpus];
        List<IReadOnlyList<InhibitCall>> host = [];
        foreach (var part in parts.Skip(1))
        {
            if (part.Length > 1 && char.IsAsciiDigit(part[0]))
            {
                var v = part[0] - '0';
                if (v < 0 || v >= vcpus) throw Bad(part, $"there are vCPUs 0 to {vcpus - 1}");
                List<GuestAccess> accesses = [];
                foreach (var (sign, number) in Items(part[1..], "WRI"))
                {
                    if (sign == 'I') windows[v]++;
                    else accesses.Add(new(Apic.Tpr, sign == 'W', checked((byte)number)));
                }
                guest[v] = accesses;
            }
            else
            {
                host.Add([.. Items(part, "+-").Select(item => new InhibitCall(Enum.IsDefined((Reason)item.Number) ? (Reason)item.Number : throw Bad(part, "no such reason"), item.Sign == '+'))]);
            }
        }
        if (host.Count > 4) throw Bad(text, "a scenario has up to 4 VMM threads");
        if (guest.Any(accesses => accesses.Count > 100) || host.Any(calls => calls.Count > 100) || windows.Any(count => count > 50))
            throw Bad(text, "a guest makes up to 100 accesses, a VMM thread up to 100 calls, and a vCPU asks for up to 50 IRQ windows");
        return new(guest, host, windows, ticks);
    }

    private static IEnumerable<(char Sign, byte Number)> Items(string text, string signs)
    {
        for (var i = 0; i < text.Length;)
        {
            var sign = text[i++];
            if (!signs.Contains(sign)) throw Bad(text, $"'{sign}' is none of {string.Join(' ', signs.ToCharArray())}");
            var from = i;
            while (sign != 'I' && i < text.Length && char.IsAsciiDigit(text[i])) i++;
            byte number = 0;
            if (sign != 'I' && !byte.TryParse(text.AsSpan(from, i - from), NumberStyles.None, CultureInfo.InvariantCulture, out number)) throw Bad(text, $"a number from 0 to 255 follows '{sign}'");
            yield return (sign, number);
        }
    }

    private static ModelException Bad(string part, string why) => new($"'{part}' is no part of a scenario: {why}. A whole one reads 2,1W32,+4-4.");
}
