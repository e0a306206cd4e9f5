using System.Text;

namespace Avic.Notebook;

/// <summary>Paints points and the lines between them.</summary>
internal static class CurvePainter
{
    public const double FillShare = 0.16;

    private const int Many = 1500;

    public static void Paint(Svg svg, Frame frame, Curve curve)
    {
        var runs = Runs(frame, curve);
        if (curve.IsFilled) Fill(svg, frame, curve, runs);
        if (curve.HasLine) svg.Path(Line(frame, runs), curve.Colour, 2, dash: Looks.DashArray(curve.Dash));
        if (!curve.HasMarkers && !(curve.HasLine && runs.Any(IsAPoint))) return;
        // A point without neighbours is no line; it would not be seen.
        var points = (curve.HasMarkers ? runs : runs.Where(IsAPoint).Select(run => run.Take(1))).SelectMany(run => run);
        if (curve.IsStepped && curve.HasMarkers) points = Points(frame, curve);
        var seen = points.Where(frame.Holds).ToList();
        Markers(svg, seen.Count > Many ? Thinning.OfPoints(seen, 2) : seen, curve.Symbol, curve.Colour);
    }

    // One point, or the same again and again.
    private static bool IsAPoint(List<(double X, double Y)> run) => run.All(point => point == run[0]);

    /// <summary>A sample for the legend.</summary>
    public static void Sample(Svg svg, double x, double y, Curve curve)
    {
        if (curve.HasLine) svg.Line(x, y, x + 26, y, curve.Colour, 2, Looks.DashArray(curve.Dash));
        if (curve.HasMarkers) Markers(svg, [(x + 13, y)], curve.Symbol, curve.Colour);
    }

    private static IEnumerable<(double X, double Y)> Points(Frame frame, Curve curve) =>
        curve.X.Zip(curve.Y).Where(point => !double.IsNaN(point.First) && !double.IsNaN(point.Second)).Select(point => (frame.AtX(point.First), frame.AtY(point.Second)));

    // Stretches without a gap.
    private static List<List<(double X, double Y)>> Runs(Frame frame, Curve curve)
    {
        List<List<(double X, double Y)>> runs = [];
        var open = false;
        for (var i = 0; i < curve.X.Length; i++)
        {
            if (double.IsNaN(curve.X[i]) || double.IsNaN(curve.Y[i]))
            {
                open = false;
                continue;
            }
            var point = (X: frame.AtX(curve.X[i]), Y: frame.AtY(curve.Y[i]));
            if (!open) runs.Add([]);
            else if (curve.IsStepped) runs[^1].Add((point.X, runs[^1][^1].Y));
            runs[^1].Add(point);
            open = true;
        }
        if (curve.HasLine)
            for (var i = 0; i < runs.Count; i++)
                if (runs[i].Count > Many) runs[i] = Thinning.OfLine(runs[i]);
        return runs;
    }

    private static string Line(Frame frame, List<List<(double X, double Y)>> runs)
    {
        var path = new StringBuilder();
        foreach (var run in runs)
        {
            var pen = "";
            for (var i = 1; i < run.Count; i++)
            {
                if (frame.Clip(run[i - 1], run[i]) is not { } seen) continue;
                var (from, to) = (Point(seen.From), Point(seen.To));
                if (from != pen) path.Append('M').Append(from);
                if (to != from) path.Append('L').Append(to);
                pen = to;
            }
        }
        return path.Length == 0 ? "M0 0" : path.ToString();
    }

    private static void Fill(Svg svg, Frame frame, Curve curve, List<List<(double X, double Y)>> runs)
    {
        var path = new StringBuilder();
        var ground = Svg.N(frame.InY(0));
        foreach (var run in runs.Where(run => run.Count > 1))
        {
            path.Append($"M{Svg.N(Math.Clamp(run[0].X, frame.Left, frame.Right))} {ground}");
            foreach (var (x, y) in run) path.Append($"L{Svg.N(Math.Clamp(x, frame.Left, frame.Right))} {Svg.N(Math.Clamp(y, frame.Top, frame.Bottom))}");
            path.Append($"L{Svg.N(Math.Clamp(run[^1].X, frame.Left, frame.Right))} {ground}Z");
        }
        if (path.Length > 0) svg.Path(path.ToString(), "none", fill: Looks.Pale(curve.Colour, FillShare));
    }

    private static string Point((double X, double Y) point) => $"{Svg.N(point.X)} {Svg.N(point.Y)}";

    private static void Markers(Svg svg, List<(double X, double Y)> points, string symbol, string colour)
    {
        if (points.Count == 0) return;
        // A point is a stroke without length and with round ends.
        var sign = symbol switch
        {
            "square" => "m-3.2 -3.2h6.4v6.4h-6.4Z",
            "diamond" => "m0 -4.3l4.3 4.3l-4.3 4.3l-4.3 -4.3Z",
            "triangle-up" => "m0 -4.2l4.2 7.4h-8.4Z",
            "triangle-down" => "m0 4.2l4.2 -7.4h-8.4Z",
            "cross" => "m-4 0h8m-4 -4v8",
            "x" => "m-3.2 -3.2l6.4 6.4m-6.4 0l6.4 -6.4",
            _ => "h0",
        };
        var path = new StringBuilder();
        foreach (var point in points) path.Append('M').Append(Point(point)).Append(sign);
        if (sign == "h0") svg.Path(path.ToString(), colour, 7, round: true);
        else if (sign.EndsWith('Z')) svg.Path(path.ToString(), "none", fill: colour);
        else svg.Path(path.ToString(), colour, 2.2);
    }
}
