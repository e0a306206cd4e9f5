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
                text.Append(Sign(trace, columns.Stays, lane, item, acts).PadRight(wide[i] + 2));
            }
            var step = trace.Steps[item.First - 1];
            var changes = item.IsRun ? [] : LaneWords.Changes(trace, item.First);
            text.Append(item.Times > 0 ? string.Create(CultureInfo.InvariantCulture, $"... rows {item.First - item.Period} to {item.First - 1} x {item.Times}")
                : item.IsRun ? string.Create(CultureInfo.InvariantCulture, $"... {item.Rows} rows") : step.Row);
            if (changes.Count > 0) text.Append("    ").AppendJoin(", ", changes);
            text.Append('\n');
        }
        if (trace.Violation is { } violation) text.Append("      ***boom*** ").Append(violation).Append('\n');
        if (columns.Stays.Move) text.Append("      G guest, h host, on the core of that number; w waits for a core, s sleeps; + AVIC on, - AVIC off; * takes the row; below a core, the vCPU on it\n");
        else if (columns.All.Any(lane => lane.HasGuest)) text.Append("      G guest, h host; + AVIC on, - AVIC off; * takes the row\n");
        return text.ToString();
    }

    private static string Sign(Trace trace, LaneStays stays, Lane lane, LaneItem item, bool acts)
    {
        var before = item.First - 1;
        if (lane.Core >= 0 && stays.VcpuOn(lane.Core, before) is >= 0 and var on) return string.Create(CultureInfo.InvariantCulture, $"{on}{(acts ? "*" : "")}");
        if (!lane.HasGuest) return acts ? "*" : "|";
        var side = stays.Of(lane.Vcpu, before) switch
        {
            Side.Guest => "G",
            Side.Host => "h",
            Side.Waits => "w",
            _ => "s",
        };
        if (stays.Move && stays.CoreOf(lane.Vcpu, before) is >= 0 and var core) side += core.ToString(CultureInfo.InvariantCulture);
        var avic = trace.Value($"vcpu{lane.Vcpu}.int_ctl.avic_enable", before) != 0 ? '+' : '-';
        return $"{side}{avic}{(acts ? "*" : "")}";
    }
}
