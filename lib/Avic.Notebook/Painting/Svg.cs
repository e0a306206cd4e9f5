using System.Text;

namespace Avic.Notebook;

/// <summary>Where a text stands at its point.</summary>
internal enum Anchor { Start, Middle, End }

/// <summary>The rectangle a text may fill, by our own measure.</summary>
internal readonly record struct TextBox(string Text, double Left, double Top, double Right, double Bottom)
{
    public bool Overlaps(TextBox other) => Left < other.Right && other.Left < Right && Top < other.Bottom && other.Top < Bottom;
}

/// <summary>A drawing under way: shapes in the order they are painted, on white.</summary>
internal sealed class Svg(double width)
{
    private readonly StringBuilder _shape = new();
    private readonly List<(double Top, double Bottom, string Xml)> _shapes = [];
    private readonly List<double> _cuts = [];
    private readonly SortedDictionary<string, Lettering> _used = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _patterns = new(StringComparer.Ordinal);

    public double Width { get; } = width;

    /// <summary>Grows as the drawing does; set last.</summary>
    public double Height { get; set; }

    /// <summary>Where a tall drawing may be cut into parts that a page holds, from the top down.</summary>
    public IReadOnlyList<double> Cuts => _cuts;

    /// <summary>What texts fill, for the test that none overlaps another.</summary>
    public List<TextBox> Boxes { get; } = [];

    /// <summary>Ends one part and begins the next: whatever reaches across is in both.</summary>
    public void CutAt(double y) => _cuts.Add(y);

    public void Rectangle(double x, double y, double width, double height, string fill, string stroke = "none", double strokeWidth = 1, double round = 0)
    {
        _shape.Append($"<rect x=\"{N(x)}\" y=\"{N(y)}\" width=\"{N(width)}\" height=\"{N(height)}\" fill=\"{fill}\"");
        if (round > 0) _shape.Append($" rx=\"{N(round)}\"");
        Stroke(stroke, strokeWidth, "", y, y + height);
    }

    public void Line(double x1, double y1, double x2, double y2, string stroke, double strokeWidth = 1, string dash = "") =>
        Path($"M{N(x1)} {N(y1)}L{N(x2)} {N(y2)}", stroke, strokeWidth, dash: dash, top: Math.Min(y1, y2), bottom: Math.Max(y1, y2));

    /// <summary>A path; one that does not say from where to where it reaches is in every part of the drawing.</summary>
    public void Path(string d, string stroke, double strokeWidth = 1, string fill = "none", string dash = "", bool round = false,
        double top = double.NegativeInfinity, double bottom = double.PositiveInfinity)
    {
        _shape.Append($"<path d=\"{d}\" fill=\"{fill}\"");
        if (round) _shape.Append(" stroke-linecap=\"round\"");
        Stroke(stroke, strokeWidth, dash, top, bottom);
    }

    /// <summary>A triangle at the end of a line.</summary>
    public void ArrowHead(double x1, double y1, double x2, double y2, string ink)
    {
        const double length = 7, half = 3;
        var whole = Math.Sqrt((x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1));
        if (whole == 0) return;
        var (dx, dy) = ((x2 - x1) / whole, (y2 - y1) / whole);
        var (x, y) = (x2 - length * dx, y2 - length * dy);
        Path($"M{N(x2)} {N(y2)}L{N(x - half * dy)} {N(y + half * dx)}L{N(x + half * dy)} {N(y - half * dx)}Z", "none", fill: ink, top: y2 - length, bottom: y2 + length);
    }

    public void Circle(double x, double y, double radius, string fill, string stroke = "none", double strokeWidth = 1, string dash = "")
    {
        _shape.Append($"<circle cx=\"{N(x)}\" cy=\"{N(y)}\" r=\"{N(radius)}\" fill=\"{fill}\"");
        Stroke(stroke, strokeWidth, dash, y - radius, y + radius);
    }

    /// <summary>Writes on a line whose baseline is y.</summary>
    public void Text(double x, double y, string text, Lettering lettering, Anchor anchor = Anchor.Start)
    {
        if (text == "") return;
        var wide = lettering.Width(text);
        var left = anchor switch { Anchor.Start => x, Anchor.Middle => x - wide / 2, _ => x - wide };
        Boxes.Add(new(text, left, y - 0.78 * lettering.Size, left + wide, y + 0.22 * lettering.Size));
        Write($"x=\"{N(x)}\" y=\"{N(y)}\"", text, lettering, anchor);
    }

    /// <summary>Writes upwards along a line x: from y, or so that it ends at y.</summary>
    public void Upwards(double x, double y, string text, Lettering lettering, Anchor anchor = Anchor.Start)
    {
        if (text == "") return;
        var wide = lettering.Width(text);
        var foot = anchor switch { Anchor.Start => y, Anchor.Middle => y + wide / 2, _ => y + wide };
        Boxes.Add(new(text, x - 0.78 * lettering.Size, foot - wide, x + 0.22 * lettering.Size, foot));
        Write($"transform=\"translate({N(x)} {N(y)})rotate(-90)\"", text, lettering, anchor);
    }

    /// <summary>A pattern of this picture's own; named once however often it is asked for.</summary>
    public string Pattern(string id, string body)
    {
        _patterns[id] = $"<pattern id=\"{id}\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">{body}</pattern>";
        return $"url(#{id})";
    }

    private void Write(string place, string text, Lettering lettering, Anchor anchor)
    {
        _used[lettering.Class] = lettering;
        _shape.Append($"<text {place} class=\"{lettering.Class}\"");
        if (anchor != Anchor.Start) _shape.Append(anchor == Anchor.Middle ? " text-anchor=\"middle\"" : " text-anchor=\"end\"");
        _shape.Append('>').Append(Xml.Encode(text)).Append("</text>\n");
        Done(Boxes[^1].Top, Boxes[^1].Bottom);
    }

    private void Stroke(string stroke, double width, string dash, double top, double bottom)
    {
        if (stroke != "none")
        {
            _shape.Append($" stroke=\"{stroke}\"");
            if (width != 1) _shape.Append($" stroke-width=\"{N(width)}\"");
            if (dash != "") _shape.Append($" stroke-dasharray=\"{dash}\"");
        }
        _shape.Append("/>\n");
        Done(top - width, bottom + width);
    }

    private void Done(double top, double bottom)
    {
        _shapes.Add((top, bottom, _shape.ToString()));
        _shape.Clear();
    }

    /// <summary>A coordinate for a path.</summary>
    public static string N(double value) => Xml.Number(value);

    /// <summary>The finished document.</summary>
    /// <param name="alt">What the picture shows, for those who cannot see it.</param>
    public string ToString(string alt) => Between(0, Height, alt);

    /// <summary>The part from one height to another, as a document of its own.</summary>
    public string Between(double top, double bottom, string alt)
    {
        var size = $"width=\"{N(Width)}\" height=\"{N(bottom - top)}\"";
        var letters = string.Concat(_used.Values.Select(lettering => lettering.Css));
        var patterns = _patterns.Count == 0 ? "" : $"<defs>{string.Concat(_patterns.Values)}</defs>";
        var shapes = string.Concat(_shapes.Where(shape => shape.Top < bottom && shape.Bottom > top).Select(shape => shape.Xml));
        return $"<svg xmlns=\"http://www.w3.org/2000/svg\" {size} viewBox=\"0 {N(top)} {N(Width)} {N(bottom - top)}\" role=\"img\">"
            + $"<title>{Xml.Encode(alt)}</title><style>{letters}</style>{Palette.Definitions}{patterns}\n<rect {(top > 0 ? $"y=\"{N(top)}\" " : "")}{size} fill=\"#fff\"/>\n{shapes}</svg>\n";
    }
}
