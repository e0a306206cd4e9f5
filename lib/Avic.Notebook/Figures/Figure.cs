using System.Text.Json;
using System.Text.Json.Nodes;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>
/// A chart: what plotly calls a figure, data and layout, painted here without plotly. Every word makes a new figure; the old one stays.
/// </summary>
/// <remarks>The schema is that of plotly.js: traces of type scatter, bar, heatmap and histogram are painted, in panels over one x axis.</remarks>
/// <example><code>
/// Figure.Line(vcpus, ours, "ours").Add(Figure.Line(vcpus, spin, "SPIN"))
///     .Title("How it grows").X("vCPUs").Y("states", log: true)
/// </code></example>
public sealed partial class Figure : Picture
{
    // Never changed once they are here, so figures share them.
    private readonly JsonArray _data;
    private readonly JsonObject _layout;
    private readonly Chart _chart;

    internal Chart Chart => _chart;

    private Figure(JsonArray data, JsonObject layout)
    {
        (_data, _layout) = (data, layout);
        _chart = ChartReader.Read(data, layout);
    }

    private protected override Svg Draw() => FigurePainter.Paint(_chart);

    private protected override string Alt => ChartWords.Of(_chart);

    /// <inheritdoc/>
    public override string ToText() => ChartText.Of(_chart);

    /// <summary>The figure for plotly.js, Plotly.NET and XPlot: <c>{"data":[…],"layout":{…}}</c>, with the looks that are painted here where it asks for none.</summary>
    public string ToPlotlyJson() => PlotlyLooks.On(_data, _layout, _chart).ToJsonString();

    /// <summary>A figure out of plotly JSON. What is not painted is kept, and in <see cref="ToPlotlyJson"/> again.</summary>
    /// <param name="json">An object with data and layout, or an array of traces.</param>
    /// <exception cref="ModelException">It is no JSON, or a trace or axis is of a type that is not painted; the message names those that are.</exception>
    public static Figure Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        JsonNode? node;
        try
        {
            node = Plain(JsonDocument.Parse(json).RootElement);
        }
        catch (Exception problem) when (problem is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new ModelException($"This is no plotly JSON: {problem.Message}", problem);
        }
        return node switch
        {
            JsonArray data => new(data, []),
            JsonObject figure when figure["data"] is JsonArray data && figure["layout"] is JsonObject or null => new((JsonArray)data.DeepClone(), (JsonObject?)figure["layout"]?.DeepClone() ?? []),
            _ => throw new ModelException("A plotly figure is an object with an array 'data' and an object 'layout': {\"data\":[{\"y\":[1,2]}],\"layout\":{}}."),
        };
    }

    // Values of our own making and values that were read shall be the same kind of node.
    private static JsonNode? Plain(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var members = new JsonObject();
                foreach (var member in element.EnumerateObject()) members[member.Name] = Plain(member.Value);
                return members;
            case JsonValueKind.Array: return new JsonArray([.. element.EnumerateArray().Select(Plain)]);
            case JsonValueKind.String: return JsonValue.Create(element.GetString());
            case JsonValueKind.Number: return element.TryGetDouble(out var number) && double.IsFinite(number) ? JsonValue.Create(number) : null;
            case JsonValueKind.Null: return null;
            default: return JsonValue.Create(element.GetBoolean());
        }
    }

    /// <summary>Lines through points.</summary>
    /// <param name="x">Where they stand: numbers of any type, <see cref="DateTime"/>, <see cref="DateOnly"/> or <see cref="DateTimeOffset"/> (in UTC). NaN and null are a gap, and so is
    /// what is infinite, which the figure says.</param>
    /// <param name="y">How high: as x.</param>
    /// <param name="name">For the legend.</param>
    /// <exception cref="ModelException">There are more of one than of the other, or they are neither numbers nor dates.</exception>
    public static Figure Line<TX, TY>(IEnumerable<TX> x, IEnumerable<TY> y, string name = "") =>
        Scatter(GivenValues.Of(x), GivenValues.Of(y), name, "lines");

    /// <inheritdoc cref="Line{TX, TY}(IEnumerable{TX}, IEnumerable{TY}, string)"/>
    public static Figure Line<TY>(IEnumerable<string> x, IEnumerable<TY> y, string name = "") =>
        Scatter(GivenValues.OfNames(x), GivenValues.Of(y), name, "lines+markers");

    /// <summary>A line through values, numbered from 0.</summary>
    public static Figure Line<TY>(IEnumerable<TY> y, string name = "")
    {
        ArgumentNullException.ThrowIfNull(y);
        return Line(y.Select((_, i) => i), y, name);
    }

    /// <summary>Points without lines.</summary>
    /// <inheritdoc cref="Line{TX, TY}(IEnumerable{TX}, IEnumerable{TY}, string)"/>
    public static Figure Points<TX, TY>(IEnumerable<TX> x, IEnumerable<TY> y, string name = "") =>
        Scatter(GivenValues.Of(x), GivenValues.Of(y), name, "markers");

    /// <summary>A bar for each name.</summary>
    /// <param name="labels">Their names.</param>
    /// <param name="values">How long they are.</param>
    /// <param name="name">Of them all, for the legend.</param>
    /// <param name="from">Where each begins, if not at 0.</param>
    /// <exception cref="ModelException">There are more of one than of the other.</exception>
    public static Figure Bars<T>(IEnumerable<string> labels, IEnumerable<T> values, string name = "", IEnumerable<double>? from = null) =>
        Bars(GivenValues.OfNames(labels), GivenValues.Of(values), name, from);

    /// <summary>A bar at each number or date.</summary>
    /// <inheritdoc cref="Bars{T}(IEnumerable{string}, IEnumerable{T}, string, IEnumerable{double})"/>
    public static Figure Bars<TX, T>(IEnumerable<TX> labels, IEnumerable<T> values, string name = "", IEnumerable<double>? from = null) =>
        Bars(GivenValues.Of(labels), GivenValues.Of(values), name, from);

    /// <summary>How often values fall into bins of one width.</summary>
    /// <param name="values">What is counted.</param>
    /// <param name="bins">How many bins at most; 0: as many as suit.</param>
    /// <param name="name">For the legend.</param>
    /// <param name="size">How wide a bin is; 0: a round width.</param>
    public static Figure Histogram<T>(IEnumerable<T> values, int bins = 0, string name = "", double size = 0)
    {
        ArgumentNullException.ThrowIfNull(values);
        double[] all = [.. values.Select(value => GivenValues.Number(value, nameof(values)))];
        var (start, round) = Binning.Of(all, bins);
        if (size > 0) (start, round) = (all.Where(double.IsFinite).Select(value => Math.Floor(value / size) * size).DefaultIfEmpty(0).Min(), size);
        var end = Math.Max(start + round, all.Where(double.IsFinite).Select(value => start + (Math.Floor((value - start) / round) + 1) * round).DefaultIfEmpty(0).Max());
        var counted = GivenValues.Of(all);
        return Of(new()
        {
            ["type"] = "histogram",
            ["x"] = counted.List,
            ["xbins"] = new JsonObject { ["start"] = start, ["end"] = end, ["size"] = round },
        }, name, new(), counted.Infinite);
    }

    /// <summary>A matrix of values as colours, with the values in the cells where they fit.</summary>
    /// <param name="rows">Values by row, from the top; NaN is a gap.</param>
    /// <param name="columnNames">Names of the columns.</param>
    /// <param name="rowNames">Names of the rows.</param>
    /// <param name="text">What stands in the cells instead of the values.</param>
    /// <exception cref="ModelException">Rows are not all as long, or names are missing.</exception>
    public static Figure Heatmap<T>(IEnumerable<IEnumerable<T>> rows, IEnumerable<string> columnNames, IEnumerable<string> rowNames, IEnumerable<IEnumerable<string>>? text = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        GivenValues[] z = [.. rows.Select(row => GivenValues.Of(row, nameof(rows)))];
        if (z.Any(row => row.AreDates)) throw new ModelException("rows holds dates, where a heat map has numbers.");
        var trace = new JsonObject
        {
            ["type"] = "heatmap",
            ["x"] = GivenValues.OfNames(columnNames).List,
            ["y"] = GivenValues.OfNames(rowNames).List,
            ["z"] = new JsonArray([.. z.Select(row => row.List)]),
            // Dark is much, on a white page.
            ["colorscale"] = "Cividis",
            ["reversescale"] = true,
            ["texttemplate"] = text is null ? "%{z}" : "%{text}",
        };
        if (text is not null) trace["text"] = new JsonArray([.. text.Select(row => GivenValues.OfNames(row, nameof(text)).List)]);
        return Of(trace, "", new()
        {
            ["xaxis"] = new JsonObject { ["type"] = "category" },
            ["yaxis"] = new JsonObject { ["type"] = "category", ["autorange"] = "reversed" },
        }, z.Sum(row => row.Infinite));
    }

    /// <inheritdoc cref="Heatmap{T}(IEnumerable{IEnumerable{T}}, IEnumerable{string}, IEnumerable{string}, IEnumerable{IEnumerable{string}})"/>
    public static Figure Heatmap<T>(T[,] rows, IEnumerable<string> columnNames, IEnumerable<string> rowNames)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return Heatmap(Enumerable.Range(0, rows.GetLength(0)).Select(r => Enumerable.Range(0, rows.GetLength(1)).Select(c => rows[r, c])), columnNames, rowNames);
    }

    private static Figure Scatter(GivenValues x, GivenValues y, string name, string mode) =>
        Of(new() { ["type"] = "scatter", ["mode"] = mode, ["x"] = x.List, ["y"] = y.List }, name, Typed(x, y), x.Infinite + y.Infinite);

    private static Figure Bars(GivenValues labels, GivenValues values, string name, IEnumerable<double>? from)
    {
        if (values.AreDates) throw new ModelException("values holds dates, where bars have lengths: Figure.Bars(dates, lengths).");
        var trace = new JsonObject { ["type"] = "bar", ["x"] = labels.List, ["y"] = values.List };
        if (from is not null) trace["base"] = GivenValues.Of(from).List;
        return Of(trace, name, Typed(labels, values), labels.Infinite + values.Infinite);
    }

    // Without the word, plotly takes the names "5.15" for a number and "2021-10" for a date.
    private static JsonObject Typed(GivenValues x, GivenValues y)
    {
        JsonObject layout = [];
        foreach (var (axis, values) in new[] { ("xaxis", x), ("yaxis", y) })
            if (values.AreNames || values.AreDates) layout[axis] = new JsonObject { ["type"] = values.AreNames ? "category" : "date" };
        return layout;
    }

    private static Figure Of(JsonObject trace, string name, JsonObject layout, int infinite)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name != "") trace["name"] = PlotlyText.Of(name);
        // JSON has no infinity. Plotly leaves alone what stands here.
        if (infinite > 0) trace["meta"] = new JsonObject { [RawTrace.InfiniteValues] = infinite };
        return new(new(trace), layout);
    }
}
