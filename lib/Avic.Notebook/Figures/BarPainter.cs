using System.Text;

namespace Avic.Notebook;

/// <summary>Paints bars: a fill, and over it a pattern for those who see no colour.</summary>
internal static class BarPainter
{
    public static void Paint(Svg svg, Frame frame, Bars bars)
    {
        var path = new StringBuilder();
        foreach (var (x, y, wide, high) in Merged([.. bars.All.Select(bar => Box(frame, bars, bar))], bars.IsLying))
            path.Append($"M{Svg.N(x)} {Svg.N(y)}h{Svg.N(wide)}v{Svg.N(high)}h{Svg.N(-wide)}Z");
        if (path.Length > 0) Fill(svg, path.ToString(), bars);
    }

    /// <summary>A sample for the legend.</summary>
    public static void Sample(Svg svg, double x, double y, Bars bars) => Fill(svg, $"M{Svg.N(x)} {Svg.N(y - 6)}h22v12h-22Z", bars);

    private static void Fill(Svg svg, string path, Bars bars)
    {
        svg.Path(path, "none", fill: bars.Colour);
        if (Pattern(bars.Pattern) is { } strokes) svg.Path(path, "none", fill: svg.Pattern("bars" + strokes.Id, strokes.Body));
    }

    private static (string Id, string Body)? Pattern(string shape) => shape switch
    {
        "/" => ("up", Strokes("M-1 1l2 -2M0 6l6 -6M5 7l2 -2")),
        "\\" => ("down", Strokes("M-1 5l2 2M0 0l6 6M5 -1l2 2")),
        "x" => ("cross", Strokes("M0 0l6 6M0 6l6 -6")),
        "-" => ("level", Strokes("M0 3h6")),
        "|" => ("upright", Strokes("M3 0v6")),
        "+" => ("grid", Strokes("M3 0v6M0 3h6")),
        "." => ("dots", "<circle cx=\"1.5\" cy=\"1.5\" r=\"1.1\" fill=\"#fff\"/><circle cx=\"4.5\" cy=\"4.5\" r=\"1.1\" fill=\"#fff\"/>"),
        _ => null,
    };

    private static string Strokes(string path) => $"<path d=\"{path}\" stroke=\"#fff\" stroke-width=\"1.2\"/>";

    // Bars stay a little apart, and at least a hair wide.
    private static (double X, double Y, double Wide, double High) Box(Frame frame, Bars bars, Bar bar)
    {
        double Side(double value) => bars.IsLying ? frame.InY(value) : frame.InX(value);
        double End(double value) => bars.IsLying ? frame.InX(value) : frame.InY(value);
        var (left, right) = Order(Side(bar.Left), Side(bar.Right));
        var (low, high) = Order(End(bar.From), End(bar.To));
        var gap = right - left > 6 ? 0.5 : right - left > 3 ? 0.25 : 0;
        (left, right) = (left + gap, Math.Max(right - gap, left + gap + 0.5));
        return bars.IsLying ? (low, left, high - low, right - left) : (left, low, right - left, high - low);
    }

    private static (double, double) Order(double a, double b) => a < b ? (a, b) : (b, a);

    // Thinner than a pixel: those of one pixel are drawn as one.
    private static List<(double X, double Y, double Wide, double High)> Merged(List<(double X, double Y, double Wide, double High)> boxes, bool lying)
    {
        if (boxes.Count < 1000) return boxes;
        return [.. boxes.GroupBy(box => Math.Floor(lying ? box.Y : box.X)).Select(pixel =>
        {
            double left = pixel.Min(box => box.X), top = pixel.Min(box => box.Y);
            return (left, top, pixel.Max(box => box.X + box.Wide) - left, pixel.Max(box => box.Y + box.High) - top);
        })];
    }
}
