namespace Avic.Notebook;

/// <summary>A chart in a few sentences, for those who cannot see it: what kind, which axes, each series with its ends and extremes.</summary>
internal static class ChartWords
{
    private const int MostSeries = 8, MostBars = 8, Longest = 60;

    public static string Of(Chart chart)
    {
        List<string> sentences = [(chart.Title == "" ? "" : Cut(chart.Title) + ": ") + Kind(chart) + "."];
        if (chart.Panels.Count > 1) sentences.Add($"{chart.Panels.Count} panels over one x axis.");
        sentences.Add(Axis("x", chart.X));
        var series = chart.Series.ToList();
        foreach (var panel in chart.Panels)
        {
            sentences.Add(Axis("y", panel.Y));
            sentences.AddRange(panel.Series.Where(one => series.IndexOf(one) < MostSeries).Select(one => Words(one, chart.X, panel.Y)));
            sentences.AddRange(panel.Notes.Take(4).Select(note => Cut(note.Words(chart.X, panel.Y)) + "."));
        }
        if (series.Count > MostSeries) sentences.Add($"{series.Count - MostSeries} more series.");
        sentences.AddRange(chart.Missing.Take(3).Select(Cut));
        return string.Join(' ', sentences.Where(sentence => sentence != ""));
    }

    private static string Kind(Chart chart)
    {
        var kinds = chart.Series.Select(series => series switch
        {
            Cells => "heat map",
            Bars { AreBins: true } => "histogram",
            Bars => "bar chart",
            Curve { HasLine: false } => "scatter plot",
            Curve { IsStepped: true } => "step plot",
            _ => "line chart",
        }).Distinct().ToList();
        return kinds.Count == 0 ? "an empty chart" : "a " + string.Join(" and ", kinds);
    }

    private static string Axis(string letter, ChartAxis axis)
    {
        var name = $"{letter}{(axis.Title == "" ? "" : $", {Cut(axis.Title)},")}";
        if (axis.Kind == AxisKind.Category) return axis.Categories.Count == 0 ? "" : $"{name} has {Plural(axis.Categories.Count, "name")}.";
        return axis.Title == "" && axis.Kind != AxisKind.Log ? "" : $"{letter} is {(axis.Title == "" ? "" : Cut(axis.Title))}{(axis.Kind == AxisKind.Log ? $"{(axis.Title == "" ? "" : ", ")}logarithmic" : "")}.";
    }

    private static string Words(Series series, ChartAxis x, ChartAxis y) => (series.Name == "" ? "" : Cut(series.Name) + ": ") + series switch
    {
        Curve curve => Words(curve, x, y),
        Bars bars => Words(bars, bars.IsLying ? y : x, bars.IsLying ? x : y),
        Cells cells => Words(cells, x, y),
        _ => "",
    };

    private static string Words(Curve curve, ChartAxis x, ChartAxis y)
    {
        var points = curve.X.Zip(curve.Y).Where(point => !double.IsNaN(point.First) && !double.IsNaN(point.Second)).ToList();
        if (points.Count == 0) return "no points.";
        string At((double First, double Second) point) => $"{y.Show(point.Second)} at {x.Show(point.First)}";
        if (points.Count == 1) return At(points[0]) + ".";
        var (low, high) = (points.MinBy(point => point.Second), points.MaxBy(point => point.Second));
        return low.Second == high.Second ? $"{points.Count} points, all {y.Show(low.Second)}."
            : $"{points.Count} points from {At(points[0])} to {At(points[^1])}; lowest {At(low)}, highest {At(high)}.";
    }

    private static string Words(Bars bars, ChartAxis along, ChartAxis up)
    {
        if (bars.All.Count == 0) return "no bars.";
        string Of(Bar bar) => $"{(bars.AreBins ? $"{along.Show(bar.Left)} to {along.Show(bar.Right)}" : Cut(along.Show(bar.At)))}: {up.ShowNumber(bar.Value)}";
        return bars.All.Count <= MostBars ? string.Join(", ", bars.All.Select(Of)) + "."
            : $"{bars.All.Count} bars; lowest {Of(bars.All.MinBy(bar => bar.Value))}, highest {Of(bars.All.MaxBy(bar => bar.Value))}.";
    }

    private static string Words(Cells cells, ChartAxis x, ChartAxis y)
    {
        if (cells.Z.Length == 0 || cells.Z[0].Length == 0) return "no cells.";
        var all = (from r in Enumerable.Range(0, cells.Z.Length) from c in Enumerable.Range(0, cells.Z[0].Length) where !double.IsNaN(cells.Z[r][c]) select (Row: r, Column: c, Value: cells.Z[r][c])).ToList();
        var gaps = cells.Z.Length * cells.Z[0].Length - all.Count;
        var size = $"{Plural(cells.Z.Length, "row")} and {Plural(cells.Z[0].Length, "column")}";
        if (all.Count == 0) return $"{size}, all empty.";
        string At((int Row, int Column, double Value) cell) =>
            $"{Numbers.Short(cell.Value)} at {y.Show(cells.Y[cell.Row] / 2 + cells.Y[cell.Row + 1] / 2)}, {x.Show(cells.X[cell.Column] / 2 + cells.X[cell.Column + 1] / 2)}";
        return $"{size}; lowest {At(all.MinBy(cell => cell.Value))}; highest {At(all.MaxBy(cell => cell.Value))}{(gaps > 0 ? $"; {gaps} empty" : "")}.";
    }

    private static string Plural(int count, string noun) => $"{count} {noun}{(count == 1 ? "" : "s")}";

    private static string Cut(string text) => text.Length <= Longest ? text : string.Concat(text[..Longest].EnumerateRunes()) + "…";
}
