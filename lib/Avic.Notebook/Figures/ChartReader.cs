using System.Text.Json.Nodes;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>Reads plotly's data and layout: the part of its schema that is painted. What it does not know it passes over.</summary>
internal sealed class ChartReader
{
    private const double Usual = 520;

    private readonly Place _layout;
    private readonly List<RawTrace> _traces;
    private readonly List<string> _missing = [];

    private ChartReader(JsonArray data, JsonObject layout)
    {
        _layout = new(layout, "layout");
        _traces = [.. new Place(data, "data").Each().Select((place, i) => (place, i)).Where(one => IsSeen(one.place)).Select(one => RawTrace.Read(one.place, one.i))];
    }

    public static Chart Read(JsonArray data, JsonObject layout) => new ChartReader(data, layout).Read();

    private static bool IsSeen(Place trace) => trace["visible"].Is(otherwise: true) && trace["visible"].Word("true") != "legendonly";

    private Chart Read()
    {
        string[] rows = [.. _traces.Select(trace => trace.YAxis).Distinct()];
        if (rows.Length == 0) rows = ["y"];
        foreach (var other in _traces.Select(trace => trace.XAxis).Where(name => name != "x").Distinct())
            if (Axis(other)["matches"].Word() != "x") throw new ModelException($"A trace stands on '{other}'; panels of a Figure share one x axis. Set layout.xaxis{other[1..]}.matches to \"x\", or make two figures.");
        foreach (var row in rows)
            if (Axis(row)["overlaying"].Word() is { Length: > 0 } below) throw new ModelException($"The axis '{row}' lies over '{below}'; a Figure has one y axis a panel. Figure.Stack(a, b) puts them one under the other.");

        var x = ReadAxis("x", [.. _traces.SelectMany(trace => trace.X)], _traces.Select(trace => trace.XAxis));
        var panels = rows.OrderByDescending(row => Domain(row).From).Select(row =>
        {
            var traces = _traces.Where(trace => trace.YAxis == row).ToList();
            var y = ReadAxis(row, [.. traces.SelectMany(trace => trace.Y)], [row]);
            return (Row: row, Y: y, Series: new SeriesReader(_layout, traces, x, y, _missing).Read().ToList());
        }).ToList();

        var shapes = new ShapeReader(_layout, [.. panels.Select(panel => (panel.Row, Domain(panel.Row).From, Domain(panel.Row).To))], _missing);
        var wide = new Extent();
        foreach (var panel in panels) wide.Add(panel.Series, upright: false);
        shapes.Widen(wide, x, "x");
        x = wide.Ranged(x, Axis("x"));
        var painted = panels.Select(panel =>
        {
            var high = new Extent();
            high.Add(panel.Series, upright: true);
            shapes.Widen(high, panel.Y, panel.Row);
            var y = high.Ranged(panel.Y, Axis(panel.Row));
            var (from, to) = Domain(panel.Row);
            return new Panel(y, Math.Max(to - from, 0.02), panel.Series, [.. shapes.Shapes(panel.Row, x, y)], [.. shapes.Notes(panel.Row, x, y)]);
        }).ToList();

        var named = painted.SelectMany(panel => panel.Series).Count(series => series.InLegend);
        return new(_layout["title"].Title, Math.Clamp(_layout["width"].Number() ?? Usual, 240, 2000), _layout["height"].Number() is { } height ? Math.Clamp(height, 120, 4000) : null,
            x, painted, _layout["showlegend"].Is(otherwise: named > 1) && named > 0, _missing);
    }

    private Place Axis(string name) => _layout[(name[0] == 'x' ? "xaxis" : "yaxis") + name[1..]];

    private (double From, double To) Domain(string row)
    {
        double?[] ends = [.. Axis(row)["domain"].Each().Select(end => end.Number())];
        return ends is [{ } from, { } to] ? (from, to) : (0, 1);
    }

    private ChartAxis ReadAxis(string name, Datum[] values, IEnumerable<string> names)
    {
        var place = Axis(name);
        var kind = place["type"].Word("-") switch
        {
            "linear" => AxisKind.Linear,
            "log" => AxisKind.Log,
            "category" => AxisKind.Category,
            "date" => AxisKind.Date,
            "-" when values.Any(value => value.Text is not null) && values.All(value => value.IsGap || value.Text is { } text && !double.IsNaN(Dates.Parse(text))) => AxisKind.Date,
            "-" => values.Any(value => value.Text is { } text && double.IsNaN(ChartAxis.Parse(text))) ? AxisKind.Category : AxisKind.Linear,
            _ => throw place["type"].Wrong("linear, log, category or date (the axes that a Figure paints)"),
        };
        string[] categories = kind != AxisKind.Category ? []
            : [.. (place["categoryarray"].Data() ?? []).Concat(values).Where(value => !value.IsGap).Select(value => value.Word).Distinct(StringComparer.Ordinal)];
        var title = names.Prepend(name).Select(one => Axis(one)["title"].Title).FirstOrDefault(text => text != "") ?? "";
        var axis = new ChartAxis(kind, title, place["ticksuffix"].Text().Trim(), [.. categories], null);
        return axis with { Given = ReadTicks(place, axis), Reversed = place["autorange"].Word() == "reversed", IsWhole = values.All(value => value.Text is null && (value.IsGap || value.Number == Math.Truncate(value.Number))) };
    }

    private static List<Tick>? ReadTicks(Place place, ChartAxis axis)
    {
        if (place["tickvals"].Data() is not { } values || place["tickmode"].Word("array") != "array") return null;
        var texts = place["ticktext"].Data() ?? [];
        return [.. values.Select((value, i) => new Tick(axis.Of(value), i < texts.Length ? PlotlyText.Plain(texts[i].Word) : axis.Show(axis.Of(value)))).Where(tick => double.IsFinite(tick.At)).OrderBy(tick => tick.At)];
    }
}

/// <summary>What an axis must reach.</summary>
internal sealed class Extent
{
    private const double HalfADay = 12 * 60 * 60 * 1000;

    private double _low = double.PositiveInfinity, _high = double.NegativeInfinity;
    private bool _lowIsTight, _highIsTight;

    /// <summary>Takes a value in; a tight one may lie on the very edge.</summary>
    public void Add(double value, bool tight)
    {
        if (!double.IsFinite(value)) return;
        if (value < _low || (value == _low && tight)) (_low, _lowIsTight) = (value, tight);
        if (value > _high || (value == _high && tight)) (_high, _highIsTight) = (value, tight);
    }

    /// <summary>Takes the x or the y of series in.</summary>
    public void Add(IEnumerable<Series> all, bool upright)
    {
        foreach (var series in all)
        {
            if (series is Curve curve)
            {
                var tight = !upright && !curve.HasMarkers;
                foreach (var value in upright ? curve.Y : curve.X) Add(value, tight);
                if (upright && curve.IsFilled) Add(0, tight: true);
            }
            else if (series is Bars bars)
            {
                foreach (var bar in bars.All)
                {
                    if (bars.IsLying == upright) Both(bar.Left, bar.Right, bars.AreBins, bars.AreBins);
                    else Both(bar.From, bar.To, bar.From == 0, bar.To == 0);
                }
            }
            else if (series is Cells cells)
            {
                foreach (var edge in upright ? cells.Y : cells.X) Add(edge, tight: true);
            }
        }
    }

    private void Both(double a, double b, bool aIsTight, bool bIsTight)
    {
        Add(a, aIsTight);
        Add(b, bIsTight);
    }

    /// <summary>The axis with its range: as the figure asks, otherwise as far as the values reach and a little more.</summary>
    public ChartAxis Ranged(ChartAxis axis, Place place)
    {
        var (low, high) = axis.Kind == AxisKind.Category ? (-0.5, Math.Max(axis.Categories.Count, 1) - 0.5) : Rounded(axis.Kind);
        if (place["rangemode"].Word() == "tozero" && axis.Kind == AxisKind.Linear) (low, high) = (Math.Min(low, 0), Math.Max(high, 0));
        Place[] asked = place["range"].IsMissing ? [] : [.. place["range"].Each()];
        var reversed = axis.Reversed;
        if (asked.Length == 2)
        {
            if (End(asked[0], axis) is { } from) low = from;
            if (End(asked[1], axis) is { } to) high = to;
            if (low > high) (low, high, reversed) = (high, low, !reversed);
        }
        var least = axis.Kind == AxisKind.Date ? 1 : Math.Max(Math.Max(Math.Abs(low), Math.Abs(high)) * 1e-9, 1e-300);
        if (high / 2 - low / 2 < least / 2) (low, high) = (low - least, high + least);
        // Days that nobody asked for would be those of 1970.
        var given = axis.Kind == AxisKind.Date && _low > _high && asked.Length == 0 ? [] : axis.Given;
        return axis with { Low = Math.Max(low, double.MinValue), High = Math.Min(high, double.MaxValue), Reversed = reversed, Given = given };
    }

    private static double? End(Place place, ChartAxis axis) => axis.Kind != AxisKind.Date ? place.Number()
        : axis.Of(Datum.Of(place.Node, place.Name, 0)) is var at && (double.IsFinite(at) || place.IsMissing) ? double.IsFinite(at) ? at : null : throw place.Wrong("a date");

    private (double Low, double High) Rounded(AxisKind kind)
    {
        var log = kind == AxisKind.Log;
        if (kind == AxisKind.Date && _low >= _high) return _low > _high ? (0, HalfADay) : (_low - HalfADay, _low + HalfADay);
        if (_low > _high || (_low == 0 && _high == 0 && !log)) return (0, 1);
        var more = _low == _high ? (log ? 0.5 : _low == 0 ? 1 : Math.Abs(_low) / 2) : (_high / 2 - _low / 2) * 0.1;
        // What is never negative stands on 0 rather than a little above it.
        if (!log && _low >= 0 && _low < more && _low < _high) return (0, _highIsTight ? _high : Math.Min(_high + more, double.MaxValue));
        var bothTight = _low == _high && _lowIsTight && _highIsTight;
        return (Math.Max(_lowIsTight && !(bothTight && _low != 0) ? _low : _low - more, double.MinValue), Math.Min(_highIsTight && !bothTight ? _high : _high + more, double.MaxValue));
    }
}
