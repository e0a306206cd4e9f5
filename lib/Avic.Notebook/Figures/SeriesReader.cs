using Avic.Model;

namespace Avic.Notebook;

/// <summary>Gives the values of a panel's traces their places.</summary>
internal sealed class SeriesReader(Place layout, List<RawTrace> traces, ChartAxis x, ChartAxis y, List<string> missing)
{
    // How far stacks have grown, by where they stand: upwards, downwards.
    private readonly Dictionary<double, (double Up, double Down)> _stacks = [];

    public IEnumerable<Series> Read()
    {
        foreach (var trace in traces)
        {
            if (trace.Infinite > 0) missing.Add($"{Numbers.Short(trace.Infinite)} {(trace.Infinite == 1 ? "value is infinite and is" : "values are infinite and are")} left out.");
            Series series = trace.Type switch { "heatmap" => ReadCells(trace), "scatter" => ReadCurve(trace), _ => ReadBars(trace) };
            yield return series with { InLegend = series is not Cells && series.Name != "" && trace.Place["showlegend"].Is(otherwise: true) };
        }
    }

    private string Name(RawTrace trace) => trace.Name != "" || traces.Count == 1 ? trace.Name : $"series {Numbers.Exact(trace.Number + 1)}";

    // Its place among the panel's traces of its kind.
    private int Among(RawTrace trace) => traces.Where(other => other.IsBars == trace.IsBars).TakeWhile(other => other.Number != trace.Number).Count();

    private Curve ReadCurve(RawTrace trace)
    {
        var place = trace.Place;
        var mode = place["mode"].Word(trace.X.Length < 20 ? "lines+markers" : "lines");
        var hasMarkers = mode.Contains("markers", StringComparison.Ordinal);
        double[] xs = Places(trace.X, x, "x"), ys = Places(trace.Y, y, "y");
        var colour = Looks.Colour(place["line"]["color"].Word(place["marker"]["color"].Node is System.Text.Json.Nodes.JsonValue ? place["marker"]["color"].Word() : ""), Looks.Of(Looks.Colours, trace.Number));
        return new(Name(trace), trace.Number, colour, xs, ys)
        {
            HasLine = mode.Contains("lines", StringComparison.Ordinal),
            HasMarkers = hasMarkers,
            IsStepped = place["line"]["shape"].Word() == "hv",
            IsFilled = place["fill"].Word() == "tozeroy",
            Dash = place["line"]["dash"].Word(hasMarkers ? "solid" : Looks.Of(Looks.Dashes, Among(trace))),
            Symbol = place["marker"]["symbol"].Word(Looks.Of(Looks.Symbols, Among(trace))),
        };
    }

    private double[] Places(Datum[] values, ChartAxis axis, string name)
    {
        var places = Array.ConvertAll(values, axis.Of);
        var lost = values.Zip(places).Count(pair => !pair.First.IsGap && double.IsNaN(pair.Second));
        if (lost > 0) missing.Add(axis.Kind == AxisKind.Log
            ? $"{Numbers.Short(lost)} {(lost == 1 ? "value is" : "values are")} not above 0: a log axis has no place for {(lost == 1 ? "it" : "them")}."
            : $"{Numbers.Short(lost)} of {name} {(lost, axis.Kind) switch { (1, AxisKind.Date) => "is no date", (_, AxisKind.Date) => "are no dates", (1, _) => "is no number", _ => "are no numbers" }}.");
        return places;
    }

    private Bars ReadBars(RawTrace trace)
    {
        var (along, up) = trace.IsLying ? (y, x) : (x, y);
        var (where, values) = trace.IsLying ? (trace.Y, trace.X) : (trace.X, trace.Y);
        if (up.Kind is AxisKind.Category or AxisKind.Date) throw new ModelException($"{trace.Place.Name} has {(up.Kind == AxisKind.Date ? "dates" : "names")} where its bars have lengths. Bars that lie have their lengths in x: set orientation to \"h\", or Figure.Bars(labels, values).Sideways().");
        if (trace.Bin > 0 && along.Kind != AxisKind.Linear) throw new ModelException($"{trace.Place.Name} is a histogram, whose x axis is linear. Count by category with Figure.Bars(labels, counts).");
        var at = Places(where, along, trace.IsLying ? "y" : "x");
        var (left, wide) = Slot(trace, along);
        var mode = layout["barmode"].Word("group");
        var bases = Bases(trace, values.Length);
        var bars = new List<Bar>(at.Length);
        var lost = 0;
        for (var i = 0; i < at.Length; i++)
        {
            var value = values[i].Text is { } text ? ChartAxis.Parse(text) : values[i].Number;
            if (double.IsNaN(at[i]) || double.IsNaN(value)) continue;
            var from = bases?[i] ?? 0;
            if (mode is "stack" or "relative" && bases is null)
            {
                var (above, below) = _stacks.GetValueOrDefault(at[i]);
                from = value >= 0 ? above : below;
                _stacks[at[i]] = value >= 0 ? (above + value, below) : (above, below + value);
            }
            var to = Math.Clamp(from + value, double.MinValue, double.MaxValue);
            if (up.Kind == AxisKind.Log && to <= 0)
            {
                lost++;
                continue;
            }
            bars.Add(new(at[i], at[i] + left, at[i] + left + wide, up.Kind == AxisKind.Log && from <= 0 ? double.NegativeInfinity : up.Of(from), up.Of(to), value));
        }
        if (lost > 0) missing.Add($"{Numbers.Short(lost)} {(lost == 1 ? "bar is" : "bars are")} not above 0: a log axis has no place for {(lost == 1 ? "it" : "them")}.");
        var marker = trace.Place["marker"];
        return new(Name(trace), trace.Number, Looks.Colour(marker["color"].Node is System.Text.Json.Nodes.JsonValue ? marker["color"].Word() : "", Looks.Of(Looks.Colours, trace.Number)), bars)
        {
            IsLying = trace.IsLying,
            AreBins = trace.Bin > 0,
            Pattern = marker["pattern"]["shape"].Node is System.Text.Json.Nodes.JsonValue ? marker["pattern"]["shape"].Word() : Looks.Of(Looks.Patterns, Among(trace)),
        };
    }

    private static double[]? Bases(RawTrace trace, int count)
    {
        var place = trace.Place["base"];
        if (place.IsMissing) return null;
        if (place.Node is not System.Text.Json.Nodes.JsonArray) return [.. Enumerable.Repeat(place.Number() ?? 0, count)];
        var bases = place.Data()!;
        if (bases.Length != count) throw new ModelException($"{trace.Place.Name} has {count} bars and {bases.Length} bases: each bar needs one.");
        return Array.ConvertAll(bases, value => double.IsNaN(value.Number) ? 0 : value.Number);
    }

    // Bars share what lies between their neighbours; side by side, each has its own part of it.
    private (double Left, double Wide) Slot(RawTrace trace, ChartAxis along)
    {
        var alike = traces.Where(other => other.IsBars && other.IsLying == trace.IsLying).ToList();
        double[] places = [.. alike.SelectMany(other => other.IsLying ? other.Y : other.X).Select(along.Of).Where(double.IsFinite).Distinct().Order()];
        var room = 1.0;
        if (trace.Bin > 0) room = trace.Bin;
        else if (along.Kind != AxisKind.Category && places.Length > 1) room = Enumerable.Range(1, places.Length - 1).Min(i => places[i] - places[i - 1]);
        else if (along.Kind == AxisKind.Log) room = 0.3;
        if (!double.IsFinite(room)) room = double.MaxValue / 4;
        room *= 1 - Math.Clamp(layout["bargap"].Number() ?? (trace.Bin > 0 ? 0 : 0.25), 0, 0.95);
        if (layout["barmode"].Word("group") != "group") return (-room / 2, room);
        var one = room / alike.Count;
        return (-room / 2 + one * alike.IndexOf(trace), one);
    }

    private Cells ReadCells(RawTrace trace)
    {
        var place = trace.Place;
        var rows = place["z"].Each().ToArray();
        double[][] z = [.. rows.Select(row => (row.Data() ?? []).Select(value => value.Text is null ? value.Number : ChartAxis.Parse(value.Text)).ToArray())];
        var wide = z.Length == 0 ? 0 : z.Max(row => row.Length);
        for (var r = 0; r < z.Length; r++)
            if (z[r].Length != wide) throw new ModelException($"{rows[r].Name} has {z[r].Length} values, another row {wide}: a matrix has as many in each. Fill with double.NaN (null in JSON).");
        var xs = Edges(trace.X, z, wide, x, $"{place.Name}.x", "columns");
        var ys = Edges(trace.Y, z, z.Length, y, $"{place.Name}.y", "rows");
        double[] all = [.. z.SelectMany(row => row).Where(double.IsFinite)];
        double low = place["zmin"].Number() ?? (all.Length == 0 ? 0 : all.Min()), high = place["zmax"].Number() ?? (all.Length == 0 ? 1 : all.Max());
        if (low > high) throw new ModelException($"{place.Name}.zmin, {Numbers.Short(low)}, is above its zmax, {Numbers.Short(high)}.");
        return new(trace.Name, trace.Number, xs, ys, z, Texts(place, z), Ramp.Of(place["colorscale"], place["reversescale"].Is(otherwise: false)))
        {
            Low = low,
            High = high,
            HasScale = place["showscale"].Is(otherwise: true) && high > low,
            ScaleTitle = place["colorbar"]["title"].Title,
        };
    }

    // Cells reach half-way to their neighbours.
    private static double[] Edges(Datum[] centres, double[][] z, int count, ChartAxis axis, string name, string what)
    {
        if (z.Length == 0) return [];
        if (centres.Length == 0) centres = RawTrace.Count(count);
        if (centres.Length != count) throw new ModelException($"{name} has {centres.Length} values for {count} {what} of z: each needs one.");
        double[] at = [.. centres.Select(axis.Of)];
        if (at.Any(double.IsNaN)) throw new ModelException($"{name} has a value that the axis has no place for; a gap in a matrix is a NaN in z.");
        if (count == 0) return [];
        if (count == 1) return [at[0] - 0.5, at[0] + 0.5];
        for (var i = 1; i < count; i++)
            if ((at[i] > at[i - 1]) != (at[1] > at[0]) || at[i] == at[i - 1]) throw new ModelException($"{name} goes back and forth: {what} stand in order, each once.");
        double[] edges = [1.5 * at[0] - 0.5 * at[1], .. Enumerable.Range(1, count - 1).Select(i => at[i - 1] / 2 + at[i] / 2), 1.5 * at[^1] - 0.5 * at[^2]];
        return Array.ConvertAll(edges, edge => Math.Clamp(edge, double.MinValue, double.MaxValue));
    }

    private static string[][]? Texts(Place place, double[][] z)
    {
        var template = place["texttemplate"].Word();
        if (template == "%{z}") return [.. z.Select(row => row.Select(value => double.IsNaN(value) ? "" : Numbers.Short(value)).ToArray())];
        if (template != "%{text}") return null;
        Datum[][] texts = [.. place["text"].Each().Select(row => row.Data() ?? [])];
        return [.. z.Select((row, r) => row.Select((_, c) => r < texts.Length && c < texts[r].Length && !texts[r][c].IsGap ? PlotlyText.Plain(texts[r][c].Word) : "").ToArray())];
    }
}
