using System.Text;

namespace Avic.Notebook;

/// <summary>Paints cells of a matrix: all of one kind as one shape, so that a large matrix stays a small file.</summary>
internal sealed class CellPainter(Svg svg)
{
    // Shapes are painted in this order; signs are drawn, not written: no typeface lacks them.
    private readonly StringBuilder _kept = new(), _broken = new(), _unknown = new(), _blanks = new(), _dots = new(), _crosses = new(), _questions = new(), _points = new();
    private readonly List<(double X, double Y, string Text, Lettering Lettering)> _texts = [];
    private double _top = double.PositiveInfinity, _bottom = double.NegativeInfinity;

    public void Add(double x, double y, double width, double height, Cell cell)
    {
        var (cx, cy) = (x + width / 2, y + height / 2);
        (_top, _bottom) = (Math.Min(_top, y), Math.Max(_bottom, y + height));
        var text = string.IsNullOrEmpty(cell.Text) ? "" : Lettering.CodeSmall.Fit(cell.Text, width - 4);
        if (text != "") _texts.Add((cx, cy + 3.5, text, cell.Kind == CellKind.Broken ? Lettering.CodeStrong : Lettering.CodeSmall));
        switch (cell.Kind)
        {
            case CellKind.Kept:
                Box(_kept, x + 0.7, y + 0.7, width - 1.4, height - 1.4);
                if (text == "") _dots.Append($"M{Svg.N(cx)} {Svg.N(cy)}h0");
                break;
            case CellKind.Broken:
                Box(_broken, x + 0.7, y + 0.7, width - 1.4, height - 1.4);
                if (text == "") _crosses.Append($"M{Svg.N(cx - 4)} {Svg.N(cy - 4)}l8 8m0 -8l-8 8");
                break;
            case CellKind.Unknown:
                Box(_unknown, x + 1.5, y + 1.5, width - 3, height - 3);
                var half = text == "" ? 5 : Lettering.CodeSmall.Width(text) / 2 + 2;
                Box(_blanks, cx - half, cy - 6, 2 * half, 12);
                if (text != "") break;
                _questions.Append($"M{Svg.N(cx - 2.5)} {Svg.N(cy - 2.5)}a2.5 2.5 0 1 1 3.8 2.1q-1.3 .8 -1.3 2");
                _points.Append($"M{Svg.N(cx)} {Svg.N(cy + 4.2)}h0");
                break;
        }
    }

    public void Finish()
    {
        Shape(_kept, fill: Palette.PaleBlue);
        Shape(_dots, Palette.Blue, 3.6);
        Shape(_broken, fill: Palette.Vermillion);
        Shape(_crosses, Palette.Black, 2.2);
        Shape(_unknown, Palette.Grey, 1, Palette.Dots);
        Shape(_blanks, fill: Palette.White);
        Shape(_questions, Palette.Black, 1.5);
        Shape(_points, Palette.Black, 2);
        foreach (var (x, y, text, lettering) in _texts) svg.Text(x, y, text, lettering, Anchor.Middle);
    }

    private static void Box(StringBuilder path, double x, double y, double width, double height) =>
        path.Append($"M{Svg.N(x)} {Svg.N(y)}h{Svg.N(width)}v{Svg.N(height)}h{Svg.N(-width)}Z");

    private void Shape(StringBuilder path, string stroke = "none", double width = 1, string fill = "none")
    {
        if (path.Length > 0) svg.Path(path.ToString(), stroke, width, fill, round: stroke != "none", top: _top, bottom: _bottom);
    }
}
