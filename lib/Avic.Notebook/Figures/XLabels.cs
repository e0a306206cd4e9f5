using System.Text.RegularExpressions;

namespace Avic.Notebook;

/// <summary>What stands below the lowest panel: as many labels as fit, level if they can, upright if they must.</summary>
internal sealed partial class XLabels
{
    private const double Longest = 150;

    private readonly List<(double X, string[] Lines)> _level = [];
    private readonly List<(double X, string Text)> _upright = [];
    private readonly List<double> _marks = [];

    /// <summary>The ticks they belong to, and minor ones.</summary>
    public IReadOnlyList<Tick> Ticks { get; private init; } = [];

    public static XLabels Plan(ChartAxis axis, double left, double wide, double picture)
    {
        double At(Tick tick) => left + Math.Clamp(axis.Place(tick.At), -1, 2) * wide;
        return axis.Kind == AxisKind.Category && axis.Given is null ? Names(axis, At, wide, picture) : Round(axis, At, wide, picture);
    }

    private static XLabels Round(ChartAxis axis, Func<Tick, double> at, double wide, double picture)
    {
        // Fewer and fewer, until they fit side by side; of given ones some are left out.
        for (var about = Math.Clamp((int)(wide / 55), 2, 10); ; about--)
        {
            var ticks = axis.Ticks(about);
            var labels = new XLabels { Ticks = ticks };
            var free = double.NegativeInfinity;
            var allFit = true;
            foreach (var tick in ticks.OrderBy(at))
            {
                labels._marks.Add(at(tick));
                if (tick.Text == "") continue;
                var text = Looks.Tick.Fit(tick.Text, Longest);
                var half = Looks.Tick.Width(text) / 2;
                var x = Math.Clamp(at(tick), half + 3, Math.Max(picture - half - 3, half + 3));
                if (x - half < free)
                {
                    allFit = false;
                    continue;
                }
                labels._level.Add((x, [text]));
                free = x + half + 9;
            }
            if (allFit || about <= 2 || axis.Given is not null) return labels;
        }
    }

    private static XLabels Names(ChartAxis axis, Func<Tick, double> at, double wide, double picture)
    {
        Tick[] ticks = [.. axis.Ticks(0)];
        var labels = new XLabels { Ticks = ticks };
        var slot = wide / Math.Max(axis.High - axis.Low, 1);
        if (slot > 24 && ticks.Length <= 60)
        {
            var wrapped = ticks.Select(tick => (At: at(tick), Lines: Parted(tick.Text, slot - 6))).ToArray();
            if (wrapped.All(label => label.Lines is not null))
            {
                labels._level.AddRange(wrapped.Select(label => (label.At, label.Lines!)));
                return labels;
            }
        }
        var isShort = ticks.All(tick => tick.Text.Length <= 5);
        if (isShort && ticks.Length > 0)
        {
            var every = (int)Math.Ceiling((ticks.Max(tick => Looks.Tick.Width(tick.Text)) + 8) / slot);
            foreach (var tick in ticks.Where((_, i) => i % every == 0))
            {
                var half = Looks.Tick.Width(tick.Text) / 2;
                labels._level.Add((Math.Clamp(at(tick), half + 3, picture - half - 3), [tick.Text]));
            }
            return labels;
        }
        var step = Math.Max(1, (int)Math.Ceiling(14 / slot));
        labels._upright.AddRange(ticks.Where((_, i) => i % step == 0).Select(tick => (at(tick), Looks.Tick.Fit(tick.Text, Longest))));
        return labels;
    }

    // On three lines at most, broken where names may be: at spaces and behind the signs that kernel names are joined with.
    private static string[]? Parted(string text, double wide)
    {
        const int Most = 3;
        if (text.Length > 120) return null;
        List<string> lines = [""];
        foreach (var part in Joint().Split(text))
        {
            if (Looks.Tick.Width((lines[^1] + part).Trim()) <= wide) lines[^1] += part;
            else if (Looks.Tick.Width(part.Trim()) > wide || lines.Count == Most) return null;
            else if (lines[^1] == "") lines[^1] = part;
            else lines.Add(part);
        }
        return [.. lines.Select(line => line.Trim())];
    }

    [GeneratedRegex(@"(?<=[ _./:-])", RegexOptions.CultureInvariant)]
    private static partial Regex Joint();

    /// <summary>Paints them below y and returns where they end.</summary>
    public double Paint(Svg svg, double y)
    {
        foreach (var x in _marks) svg.Line(x, y, x, y + 4, "#444");
        foreach (var (x, lines) in _level)
            for (var i = 0; i < lines.Length; i++) svg.Text(x, y + 17 + i * 14, lines[i], Looks.Tick, Anchor.Middle);
        foreach (var (x, text) in _upright) svg.Upwards(x + 4, y + 6, text, Looks.Tick, Anchor.End);
        var tall = _level.Select(label => 6 + 14.0 * label.Lines.Length).Concat(_upright.Select(label => 8 + Looks.Tick.Width(label.Text))).DefaultIfEmpty(6).Max();
        return y + tall;
    }
}
