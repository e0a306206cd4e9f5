using System.Text;

namespace Avic.Notebook;

/// <summary>A way of writing: typeface, size, weight, ink.</summary>
/// <param name="Class">The CSS class it becomes.</param>
/// <param name="Size">In pixels.</param>
/// <param name="Mono">Every character 0.6 em wide; kernel terms stand in it.</param>
/// <param name="Bold">Heavier and, unless mono, wider.</param>
/// <param name="Ink">Its colour.</param>
/// <param name="Italic">Slanted.</param>
internal sealed record Lettering(string Class, double Size, bool Mono, bool Bold, string Ink, bool Italic = false)
{
    public static readonly Lettering Title = new("ti", 13, Mono: false, Bold: true, Palette.Black);
    public static readonly Lettering Name = new("na", 12, Mono: false, Bold: true, Palette.Black);
    public static readonly Lettering Small = new("sm", 10, Mono: false, Bold: false, Palette.Grey);
    public static readonly Lettering Prose = new("pr", 11, Mono: false, Bold: false, Palette.Black);
    public static readonly Lettering Note = new("no", 11, Mono: false, Bold: false, Palette.Grey, Italic: true);
    public static readonly Lettering Code = new("co", 12, Mono: true, Bold: false, Palette.Black);
    public static readonly Lettering CodeBold = new("cb", 12, Mono: true, Bold: true, Palette.Black);
    public static readonly Lettering CodeSmall = new("cs", 10, Mono: true, Bold: false, Palette.Black);
    public static readonly Lettering CodeStrong = new("ct", 10, Mono: true, Bold: true, Palette.Black);
    public static readonly Lettering CodeGrey = new("cg", 10, Mono: true, Bold: false, Palette.Grey, Italic: true);
    public static readonly Lettering Key = new("ke", 9, Mono: true, Bold: true, Palette.Black);
    public static readonly Lettering Boom = new("bo", 15, Mono: true, Bold: true, Palette.DeepVermillion);

    public string Css =>
        $".{Class}{{font:{(Italic ? "italic " : "")}{(Bold ? "bold " : "")}{Xml.Number(Size)}px {(Mono ? "'DejaVu Sans Mono',Menlo,Consolas,monospace" : "Arial,Helvetica,'Liberation Sans',sans-serif")};fill:{Ink}}}";

    /// <summary>Upper bound of the width in pixels, whichever of the usual typefaces a reader has.</summary>
    public double Width(string text)
    {
        var em = 0.0;
        foreach (var rune in text.EnumerateRunes()) em += Em(rune.Value);
        return em * Size;
    }

    // Mono: 0.6 em and a hair. Otherwise the widths of Verdana and DejaVu Sans, the widest in use, by class of letter.
    private double Em(int rune) => (rune, Mono) switch
    {
        ( >= 0x1100, _) when rune is not (>= 0x2000 and < 0x2600) => 1.3,
        (_, true) => rune < 0x250 || rune is '…' or '→' or '·' or '–' or '‘' or '’' ? 0.603 : 1.0,
        ( >= 0x250, _) => 1.0,
        (' ' or '.' or ',' or 'i' or 'j' or 'l' or '|' or '\'' or ':' or ';' or '!' or 'I' or '·', _) => Bold ? 0.42 : 0.36,
        ('f' or 't' or 'r' or '(' or ')' or '[' or ']' or '-' or '/', _) => Bold ? 0.5 : 0.43,
        ('m' or 'w' or 'M' or 'W' or '%' or '@', _) => Bold ? 1.06 : 0.98,
        ( >= 'A' and <= 'Z' or '_' or '=' or '+' or '<' or '>' or '#' or '*', _) => Bold ? 0.84 : 0.8,
        _ => Bold ? 0.72 : 0.64,
    };

    /// <summary>The text, or as much of its beginning as fits, with an ellipsis.</summary>
    public string Fit(string text, double width)
    {
        if (text.Length * Size * 0.3 < width && Width(text) <= width) return text;
        var room = width - Width("…");
        var kept = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if ((room -= Em(rune.Value) * Size) < 0) break;
            kept.Append(rune.ToString());
        }
        return kept.Append('…').ToString();
    }

    /// <summary>The text on several lines, broken at spaces; what is still too long, or beyond the last line, ends in an ellipsis.</summary>
    public List<string> Wrap(string text, double width, int most)
    {
        List<string> lines = [];
        var line = "";
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var longer = line == "" ? word : line + " " + word;
            if (line == "" || Width(longer) <= width)
            {
                line = longer;
            }
            else if (lines.Count == most - 1)
            {
                lines.Add(Fit(line + " …", width));
                return lines;
            }
            else
            {
                lines.Add(Fit(line, width));
                line = word;
            }
        }
        if (line != "") lines.Add(Fit(line, width));
        return lines;
    }
}
