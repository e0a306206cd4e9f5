using System.Text.Json.Nodes;

namespace Avic.Notebook;

/// <summary>Gives plotly the looks that are painted here, wherever a figure asks for none: it looks alike in both, and is read back the same.</summary>
internal static class PlotlyLooks
{
    public static JsonObject On(JsonArray bare, JsonObject plain, Chart chart)
    {
        var (data, layout) = ((JsonArray)bare.DeepClone(), (JsonObject)plain.DeepClone());
        foreach (var series in chart.Series) Dress((JsonObject)data[series.Number]!, series);
        Absent(layout, "colorway", () => new JsonArray([.. Looks.Colours.Select(colour => JsonValue.Create(colour))]));
        Absent(layout, "plot_bgcolor", () => Palette.White);
        if (chart.Series.Any(series => series is Bars { AreBins: false }) && !chart.Series.Any(series => series is Bars { AreBins: true })) Absent(layout, "bargap", () => 0.25);
        if (chart.HasLegend) Absent(layout, "legend", () => new JsonObject { ["orientation"] = "h", ["x"] = 0.0, ["y"] = 1.0, ["yanchor"] = "bottom" });
        else if (data.Count > 1) Absent(layout, "showlegend", () => false);
        Title(layout, "title");
        foreach (var (name, axis) in layout.Where(member => member.Key.StartsWith("xaxis", StringComparison.Ordinal) || member.Key.StartsWith("yaxis", StringComparison.Ordinal)).ToList())
            if (axis is JsonObject place) Title(place, "title");
        Axis(layout, "xaxis", chart.X);
        foreach (var (panel, row) in chart.Panels.Zip(Rows(chart, data))) Axis(layout, row, panel.Y);
        return new() { ["data"] = data, ["layout"] = layout };
    }

    private static IEnumerable<string> Rows(Chart chart, JsonArray data) =>
        chart.Panels.Where(panel => panel.Series.Count > 0).Select(panel => "yaxis" + (data[panel.Series[0].Number]!["yaxis"]?.ToString() ?? "y")[1..]);

    private static void Dress(JsonObject trace, Series series)
    {
        if (series is Curve curve)
        {
            if (curve.HasLine) Absent(Member(trace, "line"), "dash", () => curve.Dash);
            if (curve.HasMarkers) Absent(Member(trace, "marker"), "symbol", () => curve.Symbol);
            if (curve.IsFilled) Absent(trace, "fillcolor", () => Looks.Pale(curve.Colour, CurvePainter.FillShare));
        }
        else if (series is Bars { Pattern: not "" } bars)
        {
            var pattern = Member(Member(trace, "marker"), "pattern");
            Absent(pattern, "shape", () => bars.Pattern);
            Absent(pattern, "fillmode", () => "overlay");
            Absent(pattern, "fgcolor", () => Palette.White);
        }
        else if (series is Cells cells)
        {
            if (cells.Z.Length is > 0 and <= 60) Absent(trace, "xgap", () => 1.0);
            if (cells.Z.Length is > 0 and <= 60) Absent(trace, "ygap", () => 1.0);
            if (trace["colorbar"] is JsonObject bar) Title(bar, "title");
        }
    }

    private static void Axis(JsonObject layout, string name, ChartAxis axis)
    {
        var place = Member(layout, name);
        if (axis.Kind is AxisKind.Category or AxisKind.Date) Absent(place, "type", () => axis.Kind == AxisKind.Date ? "date" : "category");
        Absent(place, "automargin", () => true);
        Absent(place, "zeroline", () => false);
        // Older versions know no range of which one end is free.
        if (place["range"] is JsonArray range && range.Contains(null) && range.Count == 2)
            place["range"] = new JsonArray([.. range.Select((end, i) => end?.DeepClone() ?? JsonValue.Create(i == 0 == !axis.Reversed ? axis.Low : axis.High))]);
    }

    // A title was a string once; what is newest draws none but objects.
    private static void Title(JsonObject owner, string name)
    {
        if (owner[name] is JsonValue text) owner[name] = new JsonObject { ["text"] = text.DeepClone() };
    }

    private static void Absent(JsonObject owner, string name, Func<JsonNode> value)
    {
        if (!owner.ContainsKey(name)) owner[name] = value();
    }

    private static JsonObject Member(JsonObject owner, string name)
    {
        if (owner[name] is not JsonObject member) owner[name] = member = [];
        return member;
    }
}
