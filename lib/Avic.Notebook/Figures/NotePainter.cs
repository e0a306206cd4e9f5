namespace Avic.Notebook;

/// <summary>Writes texts beside the places they speak of, where they cover the least; without a place, below the picture.</summary>
internal static class NotePainter
{
    private const int Rows = 9;

    public static void Paint(Svg svg, Frame frame, Panel panel, List<string> foot)
    {
        if (panel.Notes.Count == 0) return;
        var drawn = panel.Series.SelectMany(series => Ink(frame, series)).Where(frame.Holds).Take(20_000).ToList();
        foreach (var note in panel.Notes)
        {
            var (x, y) = (frame.AtX(note.X), frame.AtY(note.Y));
            var text = Looks.Label.Fit(note.Text, frame.Width * 0.7);
            var places = Places(frame, x, y, Looks.Label.Width(text), note.HasArrow).Where(place => !svg.Boxes.Any(other => other.Overlaps(place.Box))).ToList();
            if (text != note.Text || places.Count == 0)
            {
                foot.Add(note.Words(frame.X, frame.Y));
                continue;
            }
            var best = places.Select(place => (place.Far, place.Box, Covers: drawn.Count(point => point.X > place.Box.Left - 3 && point.X < place.Box.Right + 3 && point.Y > place.Box.Top - 3 && point.Y < place.Box.Bottom + 3)))
                .MinBy(place => place.Far + 2 * place.Covers);
            Write(svg, best.Box, text, note.HasArrow ? (x, y) : null, onInk: best.Covers > 0);
        }
    }

    // Points along lines and over bars: what a text should rather not cover.
    private static IEnumerable<(double X, double Y)> Ink(Frame frame, Series series)
    {
        const double Every = 8;
        if (series is Bars bars)
        {
            foreach (var bar in bars.All)
            {
                double left = frame.InX(bars.IsLying ? bar.From : bar.Left), right = frame.InX(bars.IsLying ? bar.To : bar.Right), top = frame.InY(bars.IsLying ? bar.Left : bar.To), bottom = frame.InY(bars.IsLying ? bar.Right : bar.From);
                for (var x = Math.Min(left, right); x <= Math.Max(left, right); x += Every)
                    for (var y = Math.Min(top, bottom); y <= Math.Max(top, bottom); y += Every) yield return (x, y);
            }
        }
        if (series is not Curve curve) yield break;
        (double X, double Y)? before = null;
        for (var i = 0; i < curve.X.Length; i++)
        {
            if (double.IsNaN(curve.X[i]) || double.IsNaN(curve.Y[i]))
            {
                before = null;
                continue;
            }
            var here = (X: frame.AtX(curve.X[i]), Y: frame.AtY(curve.Y[i]));
            yield return here;
            if (curve.HasLine && before is { } last)
            {
                (double X, double Y)[] corners = curve.IsStepped ? [last, (here.X, last.Y), here] : [last, here];
                for (var c = 1; c < corners.Length; c++)
                {
                    if (frame.Clip(corners[c - 1], corners[c]) is not var (from, to)) continue;
                    var parts = Math.Floor(Math.Max(Math.Abs(to.X - from.X), Math.Abs(to.Y - from.Y)) / Every);
                    for (var part = 1; part < parts; part++) yield return (from.X + (to.X - from.X) * part / parts, from.Y + (to.Y - from.Y) * part / parts);
                }
            }
            before = here;
        }
    }

    private static IEnumerable<(double Far, TextBox Box)> Places(Frame frame, double x, double y, double wide, bool hasArrow)
    {
        for (var row = 0; row < Rows; row++)
        {
            foreach (var up in new[] { true, false })
            {
                var baseline = up ? y - 8 - row * 15 : y + 17 + row * 15;
                foreach (var left in hasArrow ? new[] { x + 8, x - 8 - wide, x - wide / 2 } : [x + 6, x - 6 - wide])
                {
                    var box = new TextBox("", left - 2, baseline - 11, left + wide + 2, baseline + 4);
                    if (box.Left >= frame.Left && box.Right <= frame.Right && box.Top >= frame.Top && box.Bottom <= frame.Bottom) yield return (row, box);
                }
            }
        }
    }

    private static void Write(Svg svg, TextBox box, string text, (double X, double Y)? point, bool onInk)
    {
        if (point is var (x, y))
        {
            var (endX, endY) = (Math.Clamp(x, box.Left, box.Right), y < box.Top ? box.Top : box.Bottom);
            svg.Line(x, y, endX, endY, "#666");
            svg.Circle(x, y, 2.5, Palette.White, "#444", 1.2);
        }
        if (onInk) svg.Rectangle(box.Left, box.Top, box.Right - box.Left, box.Bottom - box.Top, Palette.White);
        svg.Text(box.Left + 2, box.Bottom - 4, text, Looks.Label);
    }
}
