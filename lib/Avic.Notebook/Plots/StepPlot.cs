using System.Globalization;
using System.Text.Json.Nodes;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>How fields change from row to row: a step plot for each, one under the other, with one axis of rows.</summary>
public sealed class StepPlot : Picture
{
    private const double Margin = 8, Plot = 400, Line = 15, Foot = 36;

    private readonly Trace _trace;
    private readonly List<StepSeries> _series;

    internal StepPlot(Trace trace, string[] fields)
    {
        ArgumentNullException.ThrowIfNull(fields);
        if (fields.Length == 0) throw new ModelException("A plot needs a field at least: trace.Plot(\"apicv_inhibit_reasons\").");
        _trace = trace;
        _series = [.. fields.Select(field => new StepSeries(trace, field))];
    }

    private protected override string Alt => string.Create(CultureInfo.InvariantCulture,
        $"Step plots over {_trace.Steps.Count} rows: {string.Join("; ", _series.Select(series => series.Words))}.{(_trace.Violation is { } violation ? $" The last row is ***boom***, {violation}." : "")}");

    private protected override Svg Draw()
    {
        var gutter = _series.SelectMany(series => series.Ticks).Select(tick => Lettering.CodeSmall.Width(tick.Name)).Max();
        var left = Margin + Math.Min(gutter, 130) + 8;
        var svg = new Svg(left + Plot + 2 * Margin);
        var y = Margin;
        foreach (var line in Lettering.Small.Wrap(_trace.Title, svg.Width - 2 * Margin, 3)) svg.Text(Margin, y += 12, line, Lettering.Small);
        var top = y + 6;
        y = top;
        foreach (var series in _series) y = Panel(svg, series, left, y);
        Rows(svg, left, top, y);
        svg.Height = y + Foot + (_trace.Violation is null ? 0 : 20);
        return svg;
    }

    private double X(double left, double row) => left + Plot * row / Math.Max(_trace.Steps.Count, 1);

    private double Panel(Svg svg, StepSeries series, double left, double top)
    {
        svg.Text(left, top + 13, Lettering.CodeBold.Fit(series.Field, Plot - 12), Lettering.CodeBold);
        top += 20;
        var height = Math.Max(series.Ticks.Count - 1, 1) * Line + 12;
        svg.Rectangle(left, top, Plot, height, Palette.White, Palette.Pale);
        foreach (var (at, name) in series.Ticks)
        {
            svg.Line(left, Y(at), left + Plot, Y(at), "#e5e5e5");
            svg.Text(left - 6, Y(at) + 3.5, Lettering.CodeSmall.Fit(name, 130), Lettering.CodeSmall, Anchor.End);
        }
        var line = $"M{Svg.N(left)} {Svg.N(Y(series.Levels[0]))}";
        for (var i = 1; i < series.Levels.Length; i++)
        {
            if (series.Levels[i] != series.Levels[i - 1]) line += $"H{Svg.N(X(left, i))}V{Svg.N(Y(series.Levels[i]))}";
        }
        var end = $"H{Svg.N(left + Plot)}";
        svg.Path($"{line}{end}V{Svg.N(top + height)}H{Svg.N(left)}Z", "none", fill: Palette.PaleBlue);
        svg.Path(line + end, Palette.Blue, 2);
        if (_trace.Violation is not null) svg.Line(left + Plot, top - 4, left + Plot, top + height, Palette.DeepVermillion, 2, "5 3");
        Changes(svg, series, left, top + height, Y);
        return top + height + 16;

        double Y(double level) => top + height - 6 - level * (height - 12);
    }

    // Where it changes the row is named, below the panel, as far as there is room.
    private void Changes(Svg svg, StepSeries series, double left, double bottom, Func<double, double> y)
    {
        var free = left - Margin;
        for (var i = 1; i < series.Levels.Length; i++)
        {
            if (series.Levels[i] == series.Levels[i - 1]) continue;
            svg.Circle(X(left, i), y(series.Levels[i]), 2.6, Palette.Black);
            var name = i.ToString(CultureInfo.InvariantCulture);
            var half = Lettering.Small.Width(name) / 2;
            if (X(left, i) - half < free || X(left, i) + half > svg.Width) continue;
            svg.Line(X(left, i), bottom, X(left, i), bottom + 3, Palette.Black);
            svg.Text(X(left, i), bottom + 12, name, Lettering.Small, Anchor.Middle);
            free = X(left, i) + half + 4;
        }
    }

    private void Rows(Svg svg, double left, double top, double bottom)
    {
        svg.Line(left, bottom, left + Plot, bottom, Palette.Grey);
        foreach (var row in Ticks.Of(0, _trace.Steps.Count, 8))
        {
            svg.Line(X(left, row), bottom, X(left, row), bottom + 4, Palette.Grey);
            svg.Text(X(left, row), bottom + 14, Xml.Number(row), Lettering.Small, Anchor.Middle);
        }
        svg.Text(left + Plot / 2, bottom + 28, "rows taken", Lettering.Small, Anchor.Middle);
        if (_trace.Violation is not { } violation) return;
        LaneBody.Star(svg, left + Plot, top + 10, 7);
        svg.Text(left + Plot, bottom + 45, Lettering.Prose.Fit($"***boom*** {violation}", svg.Width - 2 * Margin), Lettering.Prose, Anchor.End);
    }

    /// <summary>The same as a plotly figure: panels of step lines over one axis of rows.</summary>
    public Figure ToFigure() => ToFigure(row => row, "rows taken");

    /// <summary>The same, with the rows laid on an axis of another kind.</summary>
    internal Figure ToFigure(Func<int, double> at, string axis)
    {
        var rows = _trace.Steps.Count;
        var panels = _series.Select(series =>
        {
            int[] turns = [.. Enumerable.Range(0, rows + 1).Where(row => row == 0 || row == rows || series.Heights[row] != series.Heights[row - 1])];
            var panel = Figure.Line(turns.Select(at), turns.Select(row => series.Heights[row])).Stepped().Filled().Y(series.Field);
            if (series.HasNames)
                panel = panel.With("layout.yaxis.tickvals", new JsonArray([.. series.Ticks.Select((_, value) => JsonValue.Create(value))]))
                    .With("layout.yaxis.ticktext", new JsonArray([.. series.Ticks.Select(tick => JsonValue.Create(PlotlyText.Of(tick.Name)))]));
            return panel;
        });
        var figure = Figure.Stack([.. panels]).Title(_trace.Title).X(axis).With("data.line.color", Palette.Blue);
        return _trace.Violation is { } violation ? figure.Vertical(at(rows), $"***boom*** {violation}") : figure;
    }

    /// <inheritdoc/>
    public override string ToText() => StepText.Of(_trace, _series);
}
