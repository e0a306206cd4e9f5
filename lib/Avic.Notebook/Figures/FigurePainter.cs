namespace Avic.Notebook;

/// <summary>Paints a chart: title, legend, panels one under the other over one x axis, and below them what found no place.</summary>
internal sealed class FigurePainter
{
    private const double Margin = 10, Gap = 14, LineHeight = 15;

    private readonly Chart _chart;
    private readonly Svg _svg;
    private readonly List<string> _foot;

    private FigurePainter(Chart chart)
    {
        _chart = chart;
        _svg = new(chart.Width);
        _foot = [.. chart.Missing];
    }

    public static Svg Paint(Chart chart) => new FigurePainter(chart).Paint();

    private double Room => _svg.Width - 2 * Margin;

    private Svg Paint()
    {
        var y = Margin;
        if (_chart.Title != "")
            foreach (var line in Looks.Heading.Wrap(_chart.Title, Room, 3)) _svg.Text(Margin, y += 18, line, Looks.Heading);
        if (_chart.Title != "") y += 6;
        if (_chart.HasLegend) y = LegendPainter.Paint(_svg, [.. _chart.Series.Where(series => series.InLegend)], Margin, y);

        var heights = Heights(_chart.Height is { } height ? height - y - 60 : null);
        var ticks = _chart.Panels.Select((panel, i) => panel.Y.Ticks(Math.Clamp((int)(heights[i] / 38), 2, 8))).ToList();
        var widest = ticks.SelectMany(all => all).Select(tick => Looks.Tick.Width(tick.Text)).DefaultIfEmpty(0).Max();
        var left = Margin + Math.Min(widest, _svg.Width * 0.4) + 8;
        var scale = _chart.Series.OfType<Cells>().Where(cells => cells.HasScale).Select(ScaleWidth).DefaultIfEmpty(0).Max();
        // The matrix comes before what explains it.
        if (_svg.Width - left - Margin - 6 - scale < 60) scale = 0;
        var wide = _svg.Width - left - Margin - 6 - scale;
        var labels = XLabels.Plan(_chart.X, left, wide, _svg.Width);

        for (var i = 0; i < _chart.Panels.Count; i++)
        {
            var panel = _chart.Panels[i];
            if (panel.Y.Title != "") _svg.Text(Margin, y += LineHeight, Looks.Label.Fit(panel.Y.Title, Room), Looks.Label);
            var frame = new Frame(left, y + (panel.Y.Title != "" ? 10 : 7), wide, heights[i], _chart.X, panel.Y);
            PaintPanel(frame, panel, ticks[i], labels, hasScale: scale > 0);
            y = frame.Bottom + (i < _chart.Panels.Count - 1 ? Gap : 0);
        }
        y = labels.Paint(_svg, y);
        if (_chart.X.Title != "")
            foreach (var line in Looks.Label.Wrap(_chart.X.Title, Room, 2))
            {
                var half = Looks.Label.Width(line) / 2;
                _svg.Text(Math.Clamp(left + wide / 2, Margin + half, Math.Max(_svg.Width - Margin - half, Margin + half)), y += 17, line, Looks.Label, Anchor.Middle);
            }
        y = Foot(y);
        _svg.Height = y + Margin;
        return _svg;
    }

    private double Foot(double y)
    {
        const int Most = 6;
        if (_foot.Count > 0) y += 6;
        foreach (var note in _foot.Count <= Most ? _foot : [.. _foot.Take(Most), $"… and {Numbers.Short(_foot.Count - Most)} more."])
            foreach (var line in Looks.Foot.Wrap(note, Room, 3)) _svg.Text(Margin, y += 14, line, Looks.Foot);
        return y;
    }

    // Rows with names need room each; panels share what the figure gives them.
    private double[] Heights(double? given)
    {
        var panels = _chart.Panels;
        if (given is null && panels is [{ Y.Kind: AxisKind.Category } only])
        {
            // Beyond some rows names are left out anyway.
            var rows = only.Y.High - only.Y.Low;
            return [rows > 60 ? 600 : Math.Max(rows * (only.Series.OfType<Cells>().Any() ? 19 : 22), 60)];
        }
        var all = Math.Max((given ?? (panels.Count == 1 ? (_svg.Width < 450 ? 200 : 240) : 105 * panels.Count)) - (panels.Count - 1) * (Gap + 24), 50.0 * panels.Count);
        var whole = panels.Sum(panel => panel.Weight);
        return [.. panels.Select(panel => Math.Max(all * panel.Weight / whole, 30))];
    }

    private static double ScaleWidth(Cells cells) =>
        Math.Max(MatrixPainter.ScaleTicks(cells, 200).Concat(MatrixPainter.ScaleTicks(cells, 100)).Select(tick => Looks.Tick.Width(tick.Text)).DefaultIfEmpty(0).Max() + 32,
            Math.Min(Looks.Label.Width(cells.ScaleTitle), 90) + 12);

    private void PaintPanel(Frame frame, Panel panel, IReadOnlyList<Tick> ticks, XLabels labels, bool hasScale)
    {
        var isMatrix = panel.Series.Any(series => series is Cells);
        foreach (var shape in panel.Shapes.Where(shape => shape.IsBelow)) Draw(frame, shape);
        if (!isMatrix) Grid(frame, panel, ticks, labels);
        YLabels(frame, ticks);
        foreach (var series in panel.Series.OrderBy(series => series is Cells ? 0 : series is Bars ? 1 : 2))
        {
            if (series is Cells cells) MatrixPainter.Paint(_svg, frame, cells);
            else if (series is Bars bars) BarPainter.Paint(_svg, frame, bars);
            else CurvePainter.Paint(_svg, frame, (Curve)series);
        }
        if (!isMatrix)
        {
            _svg.Line(frame.Left, frame.Bottom, frame.Right, frame.Bottom, "#444");
            if (panel.Y.Kind == AxisKind.Linear && panel.Y.Low < 0 && panel.Y.High > 0) _svg.Line(frame.Left, frame.AtY(0), frame.Right, frame.AtY(0), "#888");
            if (IsLying(panel) && panel.Series.Count > 0) _svg.Line(frame.InX(0), frame.Top, frame.InX(0), frame.Bottom, "#444");
        }
        foreach (var shape in panel.Shapes.Where(shape => !shape.IsBelow)) Draw(frame, shape);
        if (!panel.Series.Any(HasContent)) _svg.Text(frame.Left + frame.Width / 2, frame.Top + frame.Height / 2 + 4, Looks.Foot.Fit("nothing to draw", frame.Width), Looks.Foot, Anchor.Middle);
        NotePainter.Paint(_svg, frame, panel, _foot);
        if (hasScale && panel.Series.OfType<Cells>().FirstOrDefault(cells => cells.HasScale) is { } scaled)
        {
            if (scaled.ScaleTitle != "") _svg.Text(frame.Right + 12, frame.Top + 8, Looks.Label.Fit(scaled.ScaleTitle, _svg.Width - frame.Right - 16), Looks.Label);
            var high = Math.Min(frame.Height - 12, 220) - (scaled.ScaleTitle != "" ? 14 : 0);
            MatrixPainter.Scale(_svg, scaled, frame.Right + 12, frame.Top + 6 + (scaled.ScaleTitle != "" ? 14 : 0), Math.Max(high, 10));
        }
    }

    private static bool IsLying(Panel panel) => panel.Series.Any(series => series is Bars { IsLying: true });

    private static bool HasContent(Series series) => series switch
    {
        Bars bars => bars.All.Count > 0,
        Curve curve => curve.X.Zip(curve.Y).Any(point => !double.IsNaN(point.First) && !double.IsNaN(point.Second)),
        Cells cells => cells.Z.Length > 0 && cells.Z[0].Length > 0,
        _ => false,
    };

    // Quiet: lines across from where values are read, and nothing around them.
    private void Grid(Frame frame, Panel panel, IReadOnlyList<Tick> ticks, XLabels labels)
    {
        if (panel.Y.Kind != AxisKind.Category)
            foreach (var tick in ticks) _svg.Line(frame.Left, frame.AtY(tick.At), frame.Right, frame.AtY(tick.At), tick.Text == "" ? "#f4f4f4" : "#e4e4e4");
        var isRead = _chart.X.Kind == AxisKind.Log || IsLying(panel) || panel.Series.Any(series => series is Curve { HasLine: false });
        if (!isRead || _chart.X.Kind == AxisKind.Category) return;
        foreach (var tick in labels.Ticks) _svg.Line(frame.AtX(tick.At), frame.Top, frame.AtX(tick.At), frame.Bottom, tick.Text == "" ? "#f4f4f4" : "#e4e4e4");
    }

    private void YLabels(Frame frame, IReadOnlyList<Tick> ticks)
    {
        // Names too close to each other are left out evenly.
        if (frame.Y is { Kind: AxisKind.Category, Given: null } && ticks.Count > 1)
        {
            var every = (int)Math.Ceiling(14.5 * ticks.Count / frame.Height);
            ticks = [.. ticks.Where((_, i) => i % every == 0)];
        }
        var free = double.PositiveInfinity;
        foreach (var tick in ticks.OrderByDescending(tick => frame.AtY(tick.At)))
        {
            var y = frame.AtY(tick.At);
            if (y + 7 > free || tick.Text == "") continue;
            _svg.Text(frame.Left - 7, y + 4, Looks.Tick.Fit(tick.Text, frame.Left - 7 - Margin / 2), Looks.Tick, Anchor.End);
            free = y - 7;
        }
    }

    private void Draw(Frame frame, Shape shape)
    {
        if (shape.IsLine)
        {
            if (frame.Clip((frame.AtX(shape.X0), frame.AtY(shape.Y0)), (frame.AtX(shape.X1), frame.AtY(shape.Y1))) is var (from, to))
                _svg.Line(from.X, from.Y, to.X, to.Y, shape.Line, shape.LineWidth, Looks.DashArray(shape.Dash));
            return;
        }
        double left = Math.Min(frame.InX(shape.X0), frame.InX(shape.X1)), top = Math.Min(frame.InY(shape.Y0), frame.InY(shape.Y1));
        double wide = Math.Abs(frame.InX(shape.X1) - frame.InX(shape.X0)), high = Math.Abs(frame.InY(shape.Y1) - frame.InY(shape.Y0));
        if (wide > 0 && high > 0) _svg.Rectangle(left, top, wide, high, shape.Fill ?? "none", shape.LineWidth > 0 ? shape.Line : "none", Math.Max(shape.LineWidth, 0.1));
    }
}
