using System.Text;

namespace Avic.Notebook;

/// <summary>Paints a matrix of values as colours: all cells of one colour as one shape, so that it stays a small file.</summary>
internal static class MatrixPainter
{
    private const int Shades = 64;

    public static void Paint(Svg svg, Frame frame, Cells cells)
    {
        if (cells.Z.Length == 0 || cells.Z[0].Length == 0) return;
        var shapes = new SortedDictionary<int, StringBuilder>();
        var (tall, wide) = (Blocks(cells.Z.Length, frame.Height), Blocks(cells.Z[0].Length, frame.Width));
        var gap = frame.Width / cells.Z[0].Length * wide > 8 && frame.Height / cells.Z.Length * tall > 8 ? 0.6 : 0;
        for (var r = 0; r < cells.Z.Length; r += tall)
        {
            for (var c = 0; c < cells.Z[0].Length; c += wide)
            {
                var (left, right) = Order(frame.InX(cells.X[c]), frame.InX(cells.X[Math.Min(c + wide, cells.X.Length - 1)]));
                var (top, bottom) = Order(frame.InY(cells.Y[r]), frame.InY(cells.Y[Math.Min(r + tall, cells.Y.Length - 1)]));
                // Cells that touch end on whole pixels: otherwise the page shines through between them.
                if (gap == 0) (left, right, top, bottom) = (Math.Round(left), Math.Round(right), Math.Round(top), Math.Round(bottom));
                if (right - left < 0.05 || bottom - top < 0.05) continue;
                var value = Highest(cells.Z, r, c, tall, wide);
                var shade = double.IsNaN(value) ? -1 : (int)Math.Round(Share(cells, value) * (Shades - 1));
                if (!shapes.TryGetValue(shade, out var shape)) shapes[shade] = shape = new();
                shape.Append($"M{Svg.N(left + gap)} {Svg.N(top + gap)}h{Svg.N(right - left - 2 * gap)}v{Svg.N(bottom - top - 2 * gap)}H{Svg.N(left + gap)}Z");
            }
        }
        foreach (var (shade, shape) in shapes)
            svg.Path(shape.ToString(), "none", fill: shade < 0 ? svg.Pattern("nothing", Palette.Nothing) : Colour(cells, shade));
        if (tall == 1 && wide == 1) Texts(svg, frame, cells);
    }

    /// <summary>What the colours mean, along a bar.</summary>
    public static void Scale(Svg svg, Cells cells, double left, double top, double height)
    {
        const int Steps = 32;
        for (var i = 0; i < Steps; i++) svg.Rectangle(left, top + height * i / Steps, 12, height * (Steps - i) / Steps, Looks.Hex(cells.Ramp.At(1 - (i + 0.5) / Steps)));
        foreach (var (at, text) in ScaleTicks(cells, height))
        {
            var y = top + height * (1 - Share(cells, at));
            svg.Line(left + 12, y, left + 15, y, Palette.Grey);
            svg.Text(left + 18, y + 4, text, Looks.Tick);
        }
    }

    public static IReadOnlyList<Tick> ScaleTicks(Cells cells, double height) => RoundTicks.Even(cells.Low, cells.High, Math.Clamp((int)(height / 45), 2, 6), "");

    // More cells than a reader can tell apart: each painted cell stands for several, and shows the highest of them.
    private static int Blocks(int cells, double room) => cells * 2 <= room ? 1 : (int)Math.Ceiling(cells * 3 / Math.Max(room, 1));

    private static double Highest(double[][] z, int row, int column, int tall, int wide)
    {
        if (tall == 1 && wide == 1) return z[row][column];
        var highest = double.NaN;
        for (var r = row; r < Math.Min(row + tall, z.Length); r++)
            for (var c = column; c < Math.Min(column + wide, z[0].Length); c++)
                if (!(z[r][c] <= highest)) highest = double.IsNaN(z[r][c]) ? highest : z[r][c];
        return highest;
    }

    private static void Texts(Svg svg, Frame frame, Cells cells)
    {
        if (cells.Texts is not { } texts) return;
        var (rows, columns) = (texts.Length, texts[0].Length);
        if (frame.Height / rows < Looks.Cell.Size + 2) return;
        // A number that is cut short would be another number: all fit, or none is written.
        var room = Enumerable.Range(0, columns).Min(c => Math.Abs(frame.InX(cells.X[c + 1]) - frame.InX(cells.X[c])));
        if (texts.SelectMany(row => row).Any(text => Looks.Cell.Width(text) > room - 3)) return;
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < columns; c++)
            {
                var (x, y) = (frame.AtX(cells.X[c] / 2 + cells.X[c + 1] / 2), frame.AtY(cells.Y[r] / 2 + cells.Y[r + 1] / 2));
                if (!frame.Holds((x - room / 2, y - 7)) || !frame.Holds((x + room / 2, y + 7))) continue;
                var dark = !double.IsNaN(cells.Z[r][c]) && Ramp.IsDark(cells.Ramp.At(Share(cells, cells.Z[r][c])));
                svg.Text(x, y + 4, texts[r][c], dark ? Looks.PaleCell : Looks.Cell, Anchor.Middle);
            }
        }
    }

    private static double Share(Cells cells, double value) => cells.High == cells.Low ? 0.5 : Math.Clamp((value / 2 - cells.Low / 2) / (cells.High / 2 - cells.Low / 2), 0, 1);

    private static string Colour(Cells cells, int shade) => Looks.Hex(cells.Ramp.At(shade / (Shades - 1.0)));

    private static (double, double) Order(double a, double b) => a < b ? (a, b) : (b, a);
}
