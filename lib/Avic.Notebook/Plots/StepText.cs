using System.Globalization;
using System.Text;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>Step plots in letters: a column for each row of the trace, or for several where they are many.</summary>
internal static class StepText
{
    private const int Widest = 100;

    public static string Of(Trace trace, IReadOnlyList<StepSeries> series)
    {
        var text = new StringBuilder();
        if (trace.Title != "") text.Append(trace.Title).Append('\n');
        var each = (trace.Steps.Count + Widest) / Widest;
        var gutter = series.SelectMany(one => one.Ticks).Max(tick => tick.Name.Length);
        foreach (var one in series)
        {
            text.Append(one.Field).Append('\n');
            for (var t = one.Ticks.Count - 1; t >= 0; t--)
            {
                text.Append(one.Ticks[t].Name.PadLeft(gutter)).Append(" |");
                var from = t == 0 ? double.NegativeInfinity : (one.Ticks[t].At + one.Ticks[t - 1].At) / 2;
                var to = t == one.Ticks.Count - 1 ? double.PositiveInfinity : (one.Ticks[t].At + one.Ticks[t + 1].At) / 2;
                var line = new StringBuilder();
                for (var i = 0; i < one.Levels.Length; i += each)
                    line.Append(one.Levels.Skip(i).Take(each).Any(level => level >= from && level < to) ? '#' : ' ');
                text.Append(line.ToString().TrimEnd()).Append('\n');
            }
        }
        var wide = (trace.Steps.Count + each) / each;
        var last = trace.Steps.Count.ToString(CultureInfo.InvariantCulture);
        text.Append(' ', gutter + 1).Append('+').Append('-', wide).Append('\n');
        text.Append(' ', gutter + 2).Append('0').Append(last.PadLeft(Math.Max(wide - 1, last.Length + 1))).Append(" rows taken\n");
        if (trace.Violation is { } violation) text.Append(' ', gutter + 2).Append("***boom*** ").Append(violation).Append('\n');
        return text.ToString();
    }
}
