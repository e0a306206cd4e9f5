using System.Globalization;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>What stands on one line of a space-time diagram: a row, a run of rows in which little happens, or a run that repeats the rows above.</summary>
/// <param name="First">Number of its first row, from 1.</param>
/// <param name="Last">Number of its last row.</param>
/// <param name="Actor">Who takes them; null if several do.</param>
/// <param name="Turn">True if another actor took the row before.</param>
internal sealed record LaneItem(int First, int Last, Actor? Actor, bool Turn)
{
    public int Rows => Last - First + 1;

    public bool IsRun => Last > First || Times > 0;

    /// <summary>How often the rows above happen in all, this item being all times but the first; 0 if it repeats nothing.</summary>
    public int Times { get; init; }

    /// <summary>How many rows it repeats.</summary>
    public int Period => Times > 0 ? Rows / (Times - 1) : 0;
}

/// <summary>Which rows are shown one by one, and which collapse.</summary>
internal static class LaneItems
{
    private const int ShortestRun = 3, Most = 240;

    // What only its own thread looks at, or what the entry path flips each time round: no news by itself.
    private static readonly string[] Routine = [".irqs_off", ".mode", ".rip", ".exit_code", ".tlb_control", ".irq_windows", ".mmio_cache"];

    public static List<LaneItem> Of(Trace trace, bool all, IEnumerable<LaneArrow> arrows)
    {
        var steps = trace.Steps;
        var news = new string?[steps.Count];
        for (var i = 0; i < steps.Count; i++) news[i] = News(trace, i);
        List<LaneItem> items = [];
        var next = 0;
        foreach (var (first, period, times) in all ? [] : LaneRepeats.Of(trace, news, arrows))
        {
            Show(next, first + period);
            next = first + times * period;
            var several = Enumerable.Range(first, period).Any(i => steps[i].Actor != steps[first].Actor);
            items.Add(new(first + period + 1, next, several ? null : steps[first].Actor, several) { Times = times });
        }
        Show(next, steps.Count);
        return Shortened(items);

        void Show(int from, int to)
        {
            for (int i = from, end; i < to; i = end)
            {
                end = i + 1;
                while (!IsShown(i) && end < to && !IsShown(end)) end++;
                var turn = IsTurn(steps, i) || items is [.., { Actor: null }];
                if (end - i >= ShortestRun) items.Add(new(i + 1, end, steps[i].Actor, turn));
                else for (var k = i; k < end; k++) items.Add(new(k + 1, k + 1, steps[k].Actor, k == i ? turn : IsTurn(steps, k)));
            }
        }

        // The rows at which the schedule turns to another actor are where races happen, whether they change anything or not.
        bool IsShown(int i) => all || news[i] is not null || IsTurn(steps, i) || i == steps.Count - 1 || steps[i + 1].Actor != steps[i].Actor;
    }

    // A picture of ten thousand rows would be no picture: its beginning and its end are drawn.
    private static List<LaneItem> Shortened(List<LaneItem> items)
    {
        if (items.Count <= Most) return items;
        var (head, tail) = (items.Take(Most / 3), items.TakeLast(Most - Most / 3).ToList());
        var gap = new LaneItem(items[Most / 3].First, tail[0].First - 1, null, Turn: true);
        tail[0] = tail[0] with { Turn = true };
        return [.. head, gap, .. tail];
    }

    private static bool IsTurn(IReadOnlyList<TraceStep> steps, int i) => i == 0 || steps[i - 1].Actor != steps[i].Actor;

    // What a row did that matters; null if nothing.
    private static string? News(Trace trace, int i)
    {
        var changes = trace.Changes(i + 1).Where(change => !Routine.Any(end => change.Field.EndsWith(end, StringComparison.Ordinal))).ToList();
        return changes.Count == 0 && trace.Steps[i].Marks == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{trace.Steps[i].Marks} {string.Join(", ", changes)}");
    }
}
