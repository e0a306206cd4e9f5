using System.Text.Json.Nodes;
using Avic.Model;

namespace Avic.Notebook;

// What may be said about a figure once it is there.
public sealed partial class Figure
{
    /// <summary>Says what the figure shows.</summary>
    public Figure Title(string text) => Changed(layout => layout["title"] = Titled(text));

    /// <summary>Says what stands on the x axis.</summary>
    /// <param name="title">What it measures.</param>
    /// <param name="log">Equal steps are equal factors; only what is above 0 has a place.</param>
    /// <param name="unit">Of its numbers: s, B, Hz and such take prefixes (20 ms), % stands behind them, others behind the title.</param>
    /// <param name="from">Where the axis begins; otherwise as the values need.</param>
    /// <param name="to">Where it ends.</param>
    public Figure X(string title = "", bool log = false, string unit = "", double? from = null, double? to = null) => Axis("x", "xaxis", title, log, unit, from, to);

    /// <summary>Says what stands on an x axis of dates, and where it begins and ends.</summary>
    public Figure X(string title, DateTime from, DateTime to) => X(title).Changed(layout =>
    {
        if (_chart.X.Kind != AxisKind.Date) throw new ModelException("The x axis holds no dates: say its ends as numbers, X(title, from: 0, to: 10).");
        Member(layout, "xaxis")["range"] = new JsonArray(Dates.Text(from), Dates.Text(to));
    });

    /// <summary>Says what stands on the y axis.</summary>
    /// <inheritdoc cref="X(string, bool, string, double?, double?)"/>
    public Figure Y(string title = "", bool log = false, string unit = "", double? from = null, double? to = null) => _chart.Panels.Count == 1
        ? Axis("y", "yaxis", title, log, unit, from, to)
        : throw new ModelException("Panels have a y axis each: say .Y(…) of each figure before Figure.Stack puts them together.");

    /// <summary>Other figures' series, notes and marks on the same axes; many at once are quicker than one after the other.</summary>
    /// <exception cref="ModelException">One of them has several panels.</exception>
    public Figure Add(params IEnumerable<Figure> others)
    {
        ArgumentNullException.ThrowIfNull(others);
        var shown = this;
        var (data, layout) = ((JsonArray)_data.DeepClone(), (JsonObject)_layout.DeepClone());
        foreach (var other in others)
        {
            ArgumentNullException.ThrowIfNull(other);
            if (_chart.Panels.Count > 1 || other._chart.Panels.Count > 1) throw new ModelException("A figure of several panels cannot be added: add series first, then Figure.Stack(a, b).");
            if (other._data.Count > 0)
            {
                if (shown._data.Count > 0)
                    foreach (var (letter, one, two) in new[] { ("x", shown._chart.X, other._chart.X), ("y", shown._chart.Panels[0].Y, other._chart.Panels[0].Y) }) SameDates(letter, one, two);
                shown = other;
            }
            foreach (var trace in other._data) data.Add(trace?.DeepClone());
            Complete(layout, other._layout);
        }
        return new(data, layout);
    }

    /// <summary>Panels one under the other over one x axis, from the top.</summary>
    /// <param name="panels">Figures of one panel each. A title becomes that of the panel's y axis.</param>
    public static Figure Stack(params Figure[] panels)
    {
        ArgumentNullException.ThrowIfNull(panels);
        foreach (var panel in panels) ArgumentNullException.ThrowIfNull(panel, nameof(panels));
        if (panels.Length == 0) throw new ModelException("A stack needs a figure at least: Figure.Stack(a, b).");
        var (data, layout, notes, shapes) = (new JsonArray(), new JsonObject(), new JsonArray(), new JsonArray());
        var whole = panels.Sum(panel => panel.Tall);
        var top = 1.0;
        for (var i = 0; i < panels.Length; i++)
        {
            if (panels[i]._chart.Panels.Count > 1) throw new ModelException("A stack holds figures of one panel each: give all of them to one Figure.Stack(a, b, c).");
            SameDates("x", panels[0]._chart.X, panels[i]._chart.X);
            var row = i == 0 ? "y" : "y" + Numbers.Exact(i + 1);
            foreach (var trace in panels[i]._data)
            {
                var moved = (JsonObject)trace!.DeepClone();
                moved["yaxis"] = row;
                moved.Remove("xaxis");
                data.Add(moved);
            }
            double bottom = Math.Round(i == panels.Length - 1 ? 0 : top - panels[i].Tall / whole, 4), ceiling = Math.Round(i == 0 ? 1 : top - 0.04, 4);
            var inner = (JsonObject)panels[i]._layout.DeepClone();
            foreach (var (list, all) in new[] { ("annotations", notes), ("shapes", shapes) })
            {
                foreach (var one in inner[list]?.AsArray() ?? [])
                {
                    var moved = (JsonObject)one!.DeepClone();
                    all.Add(moved);
                    if (moved["yref"] is not JsonValue given || given.ToString() == "y")
                    {
                        moved["yref"] = row;
                        continue;
                    }
                    // What spanned the figure spans its panel.
                    moved["yref"] = "paper";
                    foreach (var end in new[] { "y", "y0", "y1" })
                        if (moved[end] is JsonValue value && Place.TryNumber(value, out var share)) moved[end] = bottom + share * (ceiling - bottom);
                }
                inner.Remove(list);
            }
            var axis = inner["yaxis"] as JsonObject ?? [];
            inner.Remove("yaxis");
            var title = string.Join(": ", new[] { panels[i]._chart.Title, panels[i]._chart.Panels[0].Y.Title }.Where(text => text != ""));
            if (title != "") axis["title"] = Titled(title);
            axis["domain"] = new JsonArray(bottom, ceiling);
            axis["anchor"] = "x";
            layout["yaxis" + row[1..]] = axis.DeepClone();
            inner.Remove("title");
            Complete(layout, inner);
            top = bottom;
        }
        var x = layout["xaxis"] as JsonObject ?? [];
        if (layout["xaxis"] is null) layout["xaxis"] = x;
        x["anchor"] = panels.Length == 1 ? "y" : "y" + Numbers.Exact(panels.Length);
        if (notes.Count > 0) layout["annotations"] = notes;
        if (shapes.Count > 0) layout["shapes"] = shapes;
        return new(data, layout);
    }

    private static void SameDates(string letter, ChartAxis one, ChartAxis two)
    {
        if ((one.Kind == AxisKind.Date) != (two.Kind == AxisKind.Date)) throw new ModelException($"One figure has dates on its {letter} axis and another has not: give both dates.");
    }

    // A panel whose rows have names is as tall as they need.
    private double Tall => _chart.Panels[0].Y is { Kind: AxisKind.Category } y ? Math.Clamp(y.Categories.Count, 2, 40) / 5.0 + 0.4
        : _chart.Panels[0].Y.Given is { Count: > 0 } ticks ? Math.Clamp(ticks.Count, 2, 40) / 6.0 + 0.4 : 1;

    /// <summary>Bars of one name on top of each other, instead of side by side.</summary>
    public Figure Stacked() => Changed(layout => layout["barmode"] = "stack");

    /// <summary>Bars that lie, the first on top: room for long names.</summary>
    public Figure Sideways()
    {
        var (data, layout) = ((JsonArray)_data.DeepClone(), (JsonObject)_layout.DeepClone());
        foreach (var trace in data.OfType<JsonObject>().Where(trace => trace["type"]?.ToString() == "bar" && trace["orientation"]?.ToString() != "h"))
        {
            (trace["x"], trace["y"]) = (trace["y"]?.DeepClone(), trace["x"]?.DeepClone());
            trace["orientation"] = "h";
        }
        var (x, y) = (layout["xaxis"]?.DeepClone(), layout["yaxis"]?.DeepClone());
        layout["xaxis"] = y ?? new JsonObject();
        layout["yaxis"] = x ?? new JsonObject();
        layout["yaxis"]!["autorange"] = "reversed";
        return new(data, layout);
    }

    /// <summary>Lines that stay level until the next value.</summary>
    public Figure Stepped() => EachTrace("scatter", trace => Member(trace, "line")["shape"] = "hv");

    /// <summary>Points upon the lines.</summary>
    public Figure WithPoints() => EachTrace("scatter", trace => trace["mode"] = "lines+markers");

    /// <summary>The plane between lines and 0 tinted.</summary>
    public Figure Filled() => EachTrace("scatter", trace => trace["fill"] = "tozeroy");

    /// <summary>A text that points to a place.</summary>
    public Figure Note(double x, double y, string text) => Noted(OnAxis("xaxis", x), OnAxis("yaxis", y), text);

    /// <summary>A text that points to a place over a name.</summary>
    public Figure Note(string x, double y, string text) => Noted(PlotlyText.Of(x), OnAxis("yaxis", y), text);

    /// <summary>A text that points to a place over a date.</summary>
    public Figure Note(DateTime x, double y, string text) => Noted(Dates.Text(x), OnAxis("yaxis", y), text);

    /// <summary>An upright line at a date, and a text at its top.</summary>
    public Figure Vertical(DateTime x, string text = "") => Upright(Dates.Text(x), Dates.Text(x), text);

    /// <summary>An upright line, and a text at its top.</summary>
    public Figure Vertical(double x, string text = "") => Upright(x, OnAxis("xaxis", x), text);

    // A mark counts in values, its text in axis space.
    private Figure Upright(JsonNode x, JsonNode at, string text) => Marked(new() { ["type"] = "line", ["x0"] = x.DeepClone(), ["x1"] = x.DeepClone(), ["y0"] = 0, ["y1"] = 1, ["yref"] = "paper", ["line"] = Dashed() },
        new() { ["x"] = at.DeepClone(), ["y"] = 1, ["yref"] = "paper", ["xanchor"] = "left", ["yanchor"] = "top" }, text);

    /// <summary>A level line, and a text at its right end.</summary>
    public Figure Horizontal(double y, string text = "") => Marked(new() { ["type"] = "line", ["x0"] = 0, ["x1"] = 1, ["xref"] = "paper", ["y0"] = y, ["y1"] = y, ["line"] = Dashed() },
        new() { ["x"] = 1, ["xref"] = "paper", ["y"] = OnAxis("yaxis", y), ["xanchor"] = "right", ["yanchor"] = "bottom" }, text);

    /// <summary>A stretch of the x axis shaded, and a text at its top.</summary>
    public Figure Shade(double from, double to, string text = "") => Marked(
        new() { ["type"] = "rect", ["x0"] = from, ["x1"] = to, ["y0"] = 0, ["y1"] = 1, ["yref"] = "paper", ["fillcolor"] = "#eeeeee", ["layer"] = "below", ["line"] = new JsonObject { ["width"] = 0 } },
        new() { ["x"] = OnAxis("xaxis", from), ["y"] = 1, ["yref"] = "paper", ["xanchor"] = "left", ["yanchor"] = "top" }, text);

    /// <summary>Another size, in pixels. A wider picture shows smaller letters where the page is narrow.</summary>
    public Figure Size(double width, double? height = null) => Changed(layout =>
    {
        layout["width"] = width;
        if (height is { } tall) layout["height"] = tall;
    });

    /// <summary>For a column or a phone: letters keep their size down to a width of 350 pixels.</summary>
    public Figure Narrow() => Size(350);

    /// <summary>Sets anything else that plotly's schema has.</summary>
    /// <param name="path">Where: <c>"layout.xaxis.dtick"</c>, or <c>"data.marker.size"</c> for every trace.</param>
    /// <param name="value">What; null takes it away.</param>
    public Figure With(string path, JsonNode? value)
    {
        ArgumentNullException.ThrowIfNull(path);
        var names = path.Split('.');
        if (names.Length < 2 || names[0] is not ("data" or "layout") || names.Contains("")) throw new ModelException($"'{path}' is no place in a figure: it begins with \"data.\" or \"layout.\", such as \"layout.xaxis.dtick\".");
        var plain = Parsed(value);
        var (data, layout) = ((JsonArray)_data.DeepClone(), (JsonObject)_layout.DeepClone());
        foreach (var owner in names[0] == "layout" ? [layout] : data.OfType<JsonObject>())
        {
            var at = owner;
            foreach (var name in names[1..^1]) at = Member(at, name);
            if (plain is null) at.Remove(names[^1]);
            else at[names[^1]] = plain.DeepClone();
        }
        return new(data, layout);

        static JsonNode? Parsed(JsonNode? value) => value is null ? null : Plain(System.Text.Json.JsonDocument.Parse(value.ToJsonString()).RootElement);
    }

    private Figure Axis(string letter, string name, string title, bool log, string unit, double? from, double? to) => Changed(layout =>
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(unit);
        var onTicks = Numbers.TakesPrefix(unit) || unit is "%" or "°";
        var axis = Member(layout, name);
        if (title != "" || unit != "") axis["title"] = Titled(onTicks || unit == "" ? title : $"{title} ({unit})".Trim());
        if (onTicks) axis["ticksuffix"] = PlotlyText.Of(unit);
        if (Numbers.TakesPrefix(unit)) axis["exponentformat"] = "SI";
        var isDate = (letter == "x" ? _chart.X : _chart.Panels[0].Y).Kind == AxisKind.Date;
        if (isDate && log) throw new ModelException($"The {letter} axis holds dates, which have no logarithms.");
        if (isDate && (from ?? to) is not null) throw new ModelException($"The {letter} axis holds dates: {(letter == "x" ? "X(title, new DateTime(…), new DateTime(…))" : "With(\"layout.yaxis.range\", …)")} says where it begins and ends.");
        if (log && axis["type"]?.ToString() != "log")
        {
            // Plotly counts notes on log axes in decades.
            foreach (var note in layout["annotations"]?.AsArray().OfType<JsonObject>() ?? [])
                if ((note[letter + "ref"]?.ToString() ?? letter) == letter && note[letter] is JsonValue value && value.TryGetValue(out double at)) note[letter] = Decades(at);
            axis["type"] = "log";
        }
        if (from is null && to is null) return;
        axis["range"] = new JsonArray(from is { } low ? Placed(low) : null, to is { } high ? Placed(high) : null);
        double Placed(double value) => axis["type"]?.ToString() == "log" ? Decades(value) : double.IsFinite(value) ? value : throw new ModelException("An axis ends at a number.");
    });

    private static double Decades(double value) => value > 0 && double.IsFinite(value) ? Math.Log10(value) : throw new ModelException($"{Numbers.Short(value)} has no place on a log axis: it holds what is above 0.");

    private double OnAxis(string name, double value) => _layout[name] is JsonObject dated && dated["type"]?.ToString() == "date" ? throw new ModelException($"The {name[..1]} axis holds dates: a note or mark stands at one, Note(new DateTime(…), y, text) or Vertical(new DateTime(…), text).") : _layout[name] is JsonObject axis && axis["type"]?.ToString() == "log" ? Decades(value)
        : double.IsFinite(value) ? value : throw new ModelException("A note or mark stands at a number.");

    private Figure Noted(JsonNode x, JsonNode y, string text) => Changed(layout => ListOf(layout, "annotations").Add(new JsonObject { ["x"] = x, ["y"] = y, ["text"] = PlotlyText.Of(text), ["showarrow"] = true }));

    private Figure Marked(JsonObject shape, JsonObject note, string text) => Changed(layout =>
    {
        ListOf(layout, "shapes").Add(shape);
        if (text == "") return;
        note["text"] = PlotlyText.Of(text);
        note["showarrow"] = false;
        ListOf(layout, "annotations").Add(note);
    });

    private static JsonObject Dashed() => new() { ["color"] = "#444444", ["width"] = 1.5, ["dash"] = "dash" };

    private static JsonObject Titled(string text) => new() { ["text"] = PlotlyText.Of(text) };

    private Figure Changed(Action<JsonObject> change)
    {
        var layout = (JsonObject)_layout.DeepClone();
        change(layout);
        return new(_data, layout);
    }

    private Figure EachTrace(string type, Action<JsonObject> change)
    {
        var data = (JsonArray)_data.DeepClone();
        foreach (var trace in data.OfType<JsonObject>().Where(trace => (trace["type"]?.ToString() ?? "scatter") == type)) change(trace);
        return new(data, _layout);
    }

    private static JsonObject Member(JsonObject owner, string name)
    {
        if (owner[name] is not JsonObject member) owner[name] = member = [];
        return member;
    }

    private static JsonArray ListOf(JsonObject owner, string name)
    {
        if (owner[name] is not JsonArray list) owner[name] = list = [];
        return list;
    }

    // What the one does not say, the other may.
    private static void Complete(JsonObject one, JsonObject other)
    {
        foreach (var (name, value) in other)
        {
            if (one[name] is JsonObject mine && value is JsonObject theirs) Complete(mine, theirs);
            else if (one[name] is JsonArray list && value is JsonArray more && name is "annotations" or "shapes") foreach (var entry in more) list.Add(entry?.DeepClone());
            else if (!one.ContainsKey(name)) one[name] = value?.DeepClone();
        }
    }
}
