using Avic.Model;

namespace Avic.Notebook;

/// <summary>Finds where a trace goes round in a circle: the same rows by the same actors, which do the same, time after time.</summary>
internal static class LaneRepeats
{
    private const int Longest = 256, LeastHidden = 3;

    /// <summary>Where a round begins (from 0), how many rows it has, and how often it happens. What repeats nothing is in none.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="news">What each row did that matters: rounds that differ in it are no repeats.</param>
    /// <param name="arrows">Where an arrow begins or ends nothing may be hidden; nor may the last row, which a violation marks.</param>
    public static List<(int First, int Period, int Times)> Of(Trace trace, string?[] news, IEnumerable<LaneArrow> arrows)
    {
        var rows = Numbered(trace, news, arrows);
        var taken = new bool[rows.Length];
        List<(int First, int Period, int Times)> found = [];
        // The shortest rounds first: what goes round twice in ten rows is told as that, and not as once in twenty.
        for (var period = 1; period <= Math.Min(Longest, rows.Length / 2); period++)
            for (var i = 0; i + period < rows.Length;)
            {
                var same = 0;
                while (i + same + period < rows.Length && rows[i + same] == rows[i + same + period] && !taken[i + same] && !taken[i + same + period]) same++;
                var times = same / period + 1;
                if ((times - 1) * period < LeastHidden)
                {
                    i += same + 1;
                    continue;
                }
                found.Add((i, period, times));
                taken.AsSpan(i, period * times).Fill(true);
                i += period * times;
            }
        return [.. found.OrderBy(repeat => repeat.First)];
    }

    // Rows of the same number do the same.
    private static int[] Numbered(Trace trace, string?[] news, IEnumerable<LaneArrow> arrows)
    {
        Dictionary<(Actor, string, string, string?), int> known = [];
        var rows = new int[trace.Steps.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            var step = trace.Steps[i];
            var row = (step.Actor, step.Row, step.Text, news[i]);
            if (!known.TryGetValue(row, out rows[i])) known[row] = rows[i] = known.Count;
        }
        foreach (var end in arrows.SelectMany(arrow => new[] { arrow.From, arrow.To }).Where(end => end > 0).Append(rows.Length).Where(end => end > 0).Distinct()) rows[end - 1] = -end;
        return rows;
    }
}
