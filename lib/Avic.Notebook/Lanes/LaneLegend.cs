using Avic.Model;

namespace Avic.Notebook;

/// <summary>What the signs mean: those that occur, no others.</summary>
internal static class LaneLegend
{
    private const int MostColumns = 3;
    private const double Line = 18;

    /// <summary>Draws the legend and returns where it ends.</summary>
    public static double Draw(Svg svg, Trace trace, List<LaneItem> items, LaneColumns columns, List<LockHold> holds, SortedDictionary<string, string> letters, List<LaneArrow> arrows, LaneTracks tracks, double left, double top)
    {
        List<(double Wide, Action<double, double> Sign, string Text)> entries = [];
        var rows = Enumerable.Range(0, trace.Steps.Count + 1);
        var sides = columns.All.Where(lane => lane.HasGuest).Select(lane => rows.Select(i => columns.Stays.Of(lane.Vcpu, i)).ToList()).ToList();
        var ways = columns.All.Where(lane => lane.HasGuest).SelectMany((lane, i) => sides[i].Zip(trace.Series($"vcpu{lane.Vcpu}.int_ctl.avic_enable").Values, (side, avic) => (Side: side, Avic: avic != 0)));
        foreach (var (guest, avic) in ways.Where(way => way.Side <= Side.Host).Select(way => (Guest: way.Side == Side.Guest, way.Avic)).Distinct().OrderByDescending(way => way))
            entries.Add((18, (x, y) => LaneBody.Fill(svg, x, y - 6, 17, 12, guest, avic), $"{(guest ? "guest" : "host")}, AVIC {(avic ? "on" : "off")}"));
        foreach (var away in sides.SelectMany(side => side).Where(side => side > Side.Host).Distinct().Order())
            entries.Add((18, (x, y) => LaneBody.Away(svg, x, y - 6, 17, 12, away), away == Side.Waits ? "waits for a core" : "sleeps, on no core"));
        if (columns.Stays.Move) entries.Add((12, (x, y) => LaneBody.Stay(svg, x, y - 6, 12), "vCPU on the core"));
        entries.Add((10, (x, y) => svg.Circle(x + 5, y, 4, Palette.Black, Palette.White), "a row"));
        if (trace.Steps.Any(step => !step.Actor.IsThread)) entries.Add((12, (x, y) => LaneBody.Diamond(svg, x + 6, y), "a row of the core"));
        if (items.Any(item => item is { IsRun: true, Times: 0, Actor: not null })) entries.Add((8, (x, y) => LaneBody.Run(svg, x + 4, y), "rows without news"));
        if (items.Any(item => item.Times > 0)) entries.Add((12, (x, y) => LaneBody.Again(svg, x + 6, y), "the rows above again"));
        if (sides.Any(side => side.Zip(side.Skip(1)).Any(pair => pair.First != Side.Guest && pair.Second == Side.Guest)))
            entries.Add((26, (x, y) => LaneBody.Crossing(svg, x, x + 25, y, @out: false), "VMRUN: into the guest"));
        if (sides.Any(side => side.Zip(side.Skip(1)).Any(pair => pair.First == Side.Guest && pair.Second != Side.Guest)))
            entries.Add((26, (x, y) => LaneBody.Crossing(svg, x, x + 25, y, @out: true), "#VMEXIT: out of it"));
        foreach (var kind in arrows.Select(arrow => arrow.Kind).Distinct().Order())
            entries.Add((26, (x, y) => LaneBody.Arrow(svg, kind, x, y, x + 25, y), kind switch
            {
                ArrowKind.Request => "request: made, served",
                ArrowKind.Kick => "kick: sent, taken",
                ArrowKind.Acknowledgement => "kick acknowledged",
                ArrowKind.Interrupt => "interrupt: sent, accepted",
                _ => "doorbell: rung, answered",
            }));
        if (arrows.Any(arrow => arrow.To == 0)) entries.Add((10, (x, y) => svg.Circle(x + 5, y, 3, Palette.White, Palette.Grey, 1.5), "not taken within the trace"));
        foreach (var reads in holds.Select(hold => hold.Reads).Distinct().Order())
            entries.Add((12, (x, y) => LaneBody.Bar(svg, x, y - 6, 12, reads), $"lock held to {(reads ? "read" : "write")}"));
        foreach (var (letter, name) in letters)
            entries.Add((12, (x, y) => svg.Text(x + 6, y + 3.5, letter, Lettering.Key, Anchor.Middle), name));
        if (trace.Violation is not null) entries.Add((18, (x, y) => LaneBody.Star(svg, x + 9, y, 8), "***boom***"));

        var (right, middle) = (svg.Width - left, top + 6);
        // As many columns as the longest text leaves room for.
        var widest = entries.Select(entry => entry.Wide + 5 + Lettering.Small.Width(entry.Text) + 6).Where(wide => wide < right - left).DefaultIfEmpty(1).Max();
        var count = Math.Clamp((int)((right - left) / widest), 1, MostColumns);
        var column = (right - left) / count;
        for (var i = 0; i < entries.Count; i++)
        {
            var (wide, sign, text) = entries[i];
            var at = left + i % count * column;
            middle = top + 6 + i / count * Line;
            sign(at, middle);
            svg.Text(at + wide + 5, middle + 3.5, Lettering.Small.Fit(text, column - wide - 8), Lettering.Small);
        }
        var y = middle + 12;
        List<string> notes = [];
        if (columns.All.Any(lane => lane.HasGuest)) notes.Add("AVIC is on or off as the VMCB has it.");
        if (!tracks.IsEmpty) notes.Add("Right: values after each row, growing to the right.");
        if (tracks.Still.Count > 0) notes.Add($"Unchanged: {string.Join(", ", tracks.Still)}.");
        foreach (var line in Lettering.Small.Wrap(string.Join(' ', notes), right - left, 4))
        {
            y += 13;
            svg.Text(left, y - 2, line, Lettering.Small);
        }
        return y;
    }
}
