using System.Globalization;
using System.Text;

namespace Avic.Model;

/// <summary>One line of the tracepoint kvm_apicv_inhibit_changed: a call that set or cleared a reason.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Microseconds">When, by the host's clock.</param>
/// <param name="Thread">Whose call, as <c>comm-tid</c>.</param>
/// <param name="Core">Where it ran.</param>
/// <param name="IsSet">True if it set the reason.</param>
/// <param name="Reason">The reason, by its number in the kernel that ran.</param>
/// <param name="Inhibits">apicv_inhibit_reasons after the call.</param>
public sealed record InhibitCalled(int Number, long Microseconds, string Thread, int Core, bool IsSet, int Reason, uint Inhibits)
{
    /// <summary>The line as the kernel prints it, up to 6.9 without names of reasons.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Thread,20} [{Core:000}] {Microseconds / 1_000_000,6}.{Microseconds % 1_000_000:000000}: kvm_apicv_inhibit_changed: {(IsSet ? "set" : "cleared")} reason={Reason}, inhibits=0x{Inhibits:x}");
}

/// <summary>What a kernel traced of its inhibits: an excerpt of <c>data/inhibit-logs.csv</c>.</summary>
/// <example><code>
/// InhibitLog.Find("reboot")
/// </code></example>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed record InhibitLog : IDisplayed
{
    private const string File = "inhibit-logs.csv";

    private InhibitLog(string name, Linux kernel, IReadOnlyList<InhibitCalled> lines) => (Name, Kernel, Lines) = (name, kernel, lines);

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>The kernel that ran, whose numbers the reasons have.</summary>
    public Linux Kernel { get; }

    /// <summary>Its lines, in the order of time.</summary>
    public IReadOnlyList<InhibitCalled> Lines { get; }

    /// <summary>All there are.</summary>
    public static IReadOnlyList<InhibitLog> All => field ??=
    [
        .. Csv.Named(Data.Text(File), File).GroupBy(cells => (Log: cells["log"], Kernel: cells["kernel"]))
            .Select(log => new InhibitLog(log.Key.Log, Linux.Parse(log.Key.Kernel), [.. log.Select((cells, i) => Read(cells, i + 1))])),
    ];

    /// <summary>A log by its name.</summary>
    /// <exception cref="ModelException">There is none; the message names the nearest.</exception>
    public static InhibitLog Find(string name) => All.FirstOrDefault(log => log.Name == Given.Value(name))
        ?? throw new ModelException($"There is no log '{name}'. {Nearest.To(name, All.Select(log => log.Name))}");

    /// <summary>The reason that a line's number stands for in the kernel that ran.</summary>
    internal Reason ReasonOf(int number) => Kernel.Reasons.Single(known => Kernel.NumberOf(known.Reason) == number).Reason;

    /// <summary>The reasons in the order in which each appears first.</summary>
    internal IReadOnlyList<Reason> Reasons => [.. Lines.Select(line => ReasonOf(line.Reason)).Distinct()];

    /// <summary>The reasons that its last word still has.</summary>
    internal IReadOnlyList<Reason> Left => [.. Reasons.Where(reason => (Lines[^1].Inhibits >> Kernel.NumberOf(reason) & 1) != 0)];

    /// <summary>The lines by which AVIC went off and came back on, each time that it did.</summary>
    internal IReadOnlyList<(InhibitCalled Off, InhibitCalled On)> TimesOff
    {
        get
        {
            List<(InhibitCalled, InhibitCalled)> times = [];
            InhibitCalled? off = null;
            foreach (var line in Lines)
            {
                if (line.Inhibits != 0) off ??= line;
                else if (off is not null)
                {
                    times.Add((off, line));
                    off = null;
                }
            }
            return times;
        }
    }

    private static InhibitCalled Read(IReadOnlyDictionary<string, string> cells, int number) =>
        new(number, (long)(decimal.Parse(cells["seconds"], CultureInfo.InvariantCulture) * 1_000_000), cells["thread"], int.Parse(cells["core"], CultureInfo.InvariantCulture),
            cells["change"] == "set", int.Parse(cells["reason"], CultureInfo.InvariantCulture), uint.Parse(cells["inhibits"], NumberStyles.HexNumber, CultureInfo.InvariantCulture));

    /// <summary>The kernel, and the lines with their numbers.</summary>
    public string ToText()
    {
        var text = new StringBuilder($"{Name} · {Kernel.Name} · composed, not captured\n");
        foreach (var line in Lines) text.Append(CultureInfo.InvariantCulture, $"{line.Number,3}  {line}\n");
        return text.ToString();
    }

    /// <summary>The same, the first line in bold.</summary>
    public string ToHtml() => Html.Of(ToText());

    /// <inheritdoc/>
    public override string ToString() => ToText();
}
