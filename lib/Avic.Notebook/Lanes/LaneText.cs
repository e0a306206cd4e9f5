using System.Globalization;
using System.Text;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>The space-time diagram in letters: a column for each lane, a line for each item.</summary>
internal static class LaneText
{
    public static string Of(Trace trace, List<LaneItem> items, LaneColumns columns)
    {
        var text = new StringBuilder();
        if (trace.Title != "") text.Append(trace.Title).Append('\n');
        var wide = columns.All.Select(lane => Math.Max(lane.Name.Length, 3)).ToArray();
        text.Append(" row  ");
        for (var i = 0; i < wide.Length; i++) text.Append(columns.All[i].Name.PadRight(wide[i] + 2));
        text.Append('\n');
        foreach (var item in items)
        {
            text.Append(CultureInfo.InvariantCulture, $"{item.First,4}  ");
            for (var i = 0; i < wide.Length; i++)
            {
                var lane = columns.All[i];
                var acts = item.Actor is { } actor && columns[actor] == lane;
                text.Append(Sign(trace, lane, item, acts).PadRight(wide[i] + 2));
            }
            var step = trace.Steps[item.First - 1];
            var changes = item.IsRun ? [] : LaneWords.Changes(trace, item.First);
            text.Append(item.Times > 0 ? string.Create(CultureInfo.InvariantCulture, $"... rows {item.First - item.Period} to {item.First - 1} x {item.Times}")
                : item.IsRun ? string.Create(CultureInfo.InvariantCulture, $"... {item.Rows} rows") : step.Row);
            if (changes.Count > 0) text.Append("    ").AppendJoin(", ", changes);
            text.Append('\n');
        }
        if (trace.Violation is { } violation) text.Append("      ***boom*** ").Append(violation).Append('\n');
        if (columns.All.Any(lane => lane.HasGuest)) text.Append("      G guest, h host; + AVIC on, - AVIC off; * takes the row\n");
        return text.ToString();
    }

    private static string Sign(Trace trace, Lane lane, LaneItem item, bool acts)
    {
        if (!lane.HasGuest) return acts ? "*" : "|";
        var before = item.First - 1;
        var side = trace.Value($"core{lane.Vcpu}.in_guest", before) != 0 ? 'G' : 'h';
        var avic = trace.Value($"vcpu{lane.Vcpu}.int_ctl.avic_enable", before) != 0 ? '+' : '-';
        return $"{side}{avic}{(acts ? "*" : "")}";
    }
}
