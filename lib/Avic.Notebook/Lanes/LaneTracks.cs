using Avic.Model;

namespace Avic.Notebook;

/// <summary>The strip at the right: one narrow step plot for each value that matters, downwards like the lanes.</summary>
internal sealed class LaneTracks
{
    private const double Track = 20, Inset = 4;

    private readonly Trace _trace;
    private readonly List<(string Field, long[] Values)> _tracks = [];

    private LaneTracks(Trace trace, IEnumerable<string> fields)
    {
        _trace = trace;
        foreach (var field in fields)
        {
            var values = trace.Series(field).Values;
            if (values.Distinct().Skip(1).Any()) _tracks.Add((field, values));
            else Still.Add($"{field} = {trace.Show(field, 0)}");
        }
    }

    /// <summary>Fields without a track, because they never change, and their value.</summary>
    public List<string> Still { get; } = [];

    public double Width => _tracks.Count * Track;

    public bool IsEmpty => _tracks.Count == 0;

    public static LaneTracks Of(Trace trace)
    {
        var known = trace.Model.Layout.Fields.Select(field => field.Name).ToHashSet();
        List<string> fields = ["apicv_inhibit_reasons", "npt[0xfee00]", "mmu_notifier_seq"];
        for (var v = 0; known.Contains($"vcpu{v}.apicv_active"); v++)
            fields.AddRange([$"vcpu{v}.apicv_active", $"vcpu{v}.requests", $"vcpu{v}.tlb[0xfee00]"]);
        if (fields.All(known.Contains)) return new(trace, fields);
        // Some other model: whatever changes, up to eight.
        return new(trace, trace.Model.Layout.Fields.Select(field => field.Name).Where(name => trace.Series(name).Values.Distinct().Skip(1).Any()).Take(8));
    }

    public IEnumerable<(double X, string Name)> Names(double left) => _tracks.Select((track, i) => (left + (i + 0.5) * Track, track.Field));

    public void Draw(Svg svg, List<LaneItem> items, List<LanePlace> places, double left, double top, double bottom)
    {
        for (var t = 0; t < _tracks.Count; t++)
        {
            var values = _tracks[t].Values;
            var scale = Scale(values);
            var x0 = left + t * Track + Inset;
            svg.Line(x0, top, x0, bottom, Palette.Pale);
            var line = $"M{Svg.N(X(0))} {Svg.N(top)}";
            var area = $"M{Svg.N(x0)} {Svg.N(top)}L{Svg.N(X(0))} {Svg.N(top)}";
            List<(double X, double Y)> dots = [];
            for (var i = 0; i < items.Count; i++)
            {
                var (before, after) = (items[i].First - 1, items[i].Last);
                if (values[before] == values[after]) continue;
                var step = $"V{Svg.N(places[i].Middle)}H{Svg.N(X(after))}";
                line += step;
                area += step;
                dots.Add((X(after), places[i].Middle));
            }
            svg.Path($"{area}V{Svg.N(bottom)}H{Svg.N(x0)}Z", "none", fill: "#d9d9d9");
            svg.Path($"{line}V{Svg.N(bottom)}", Palette.Black, 1.3);
            foreach (var (x, y) in dots) svg.Circle(x, y, 2.2, Palette.Black);

            double X(int rows) => x0 + scale(values[rows]) * (Track - 2 * Inset);
        }
    }

    // Few values are levels of equal distance, in their order; many are numbers.
    private static Func<long, double> Scale(long[] values)
    {
        long[] levels = [.. values.Distinct().Order()];
        if (levels.Length <= 6) return value => (double)Array.IndexOf(levels, value) / (levels.Length - 1);
        double low = levels[0], high = levels[^1];
        return value => (value - low) / (high - low);
    }
}
