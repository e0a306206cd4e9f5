using Avic.Model;

namespace Avic.Notebook;

/// <summary>What stands on one line of a space-time diagram: a row, or a run of rows in which little happens.</summary>
/// <param name="First">Number of its first row, from 1.</param>
/// <param name="Last">Number of its last row.</param>
/// <param name="Actor">Who takes them; null if several do.</param>
/// <param name="Turn">True if another actor took the row before.</param>
internal sealed record LaneItem(int First, int Last, Actor? Actor, bool Turn)
{
    public int Rows => Last - First + 1;

    public bool IsRun => Last > First;
}

/// <summary>Which rows are shown one by one, and which collapse.</summary>
internal static class LaneItems
{
    private const int ShortestRun = 3, Most = 240;

    // What only its own thread looks at, or what the entry path flips each time round: no news by itself.
    private static readonly string[] Routine = [".irqs_off", ".mode", ".rip", ".tlb_control", ".irq_windows", ".mmio_cache"];

    public static List<LaneItem> Of(Trace trace, bool all)
    {
        var steps = trace.Steps;
        var shown = new bool[steps.Count];
        for (var i = 0; i < steps.Count; i++) shown[i] = all || IsNews(trace, i);
        List<LaneItem> items = [];
        for (int i = 0, next; i < steps.Count; i = next)
        {
            next = i + 1;
            while (!shown[i] && next < steps.Count && !shown[next]) next++;
            if (next - i >= ShortestRun) items.Add(new(i + 1, next, steps[i].Actor, IsTurn(steps, i)));
            else for (var k = i; k < next; k++) items.Add(new(k + 1, k + 1, steps[k].Actor, IsTurn(steps, k)));
        }
        return Shortened(items);
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

    // The rows at which the schedule turns to another actor are where races happen, whether they change anything or not.
    private static bool IsNews(Trace trace, int i)
    {
        var steps = trace.Steps;
        return IsTurn(steps, i) || i == steps.Count - 1 || steps[i + 1].Actor != steps[i].Actor || steps[i].Marks != 0
            || trace.Changes(i + 1).Any(change => !Routine.Any(end => change.Field.EndsWith(end, StringComparison.Ordinal)));
    }
}
