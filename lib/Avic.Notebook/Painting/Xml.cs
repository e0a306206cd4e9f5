using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Avic.Notebook;

/// <summary>Strings and numbers as SVG and HTML take them, whatever the thread's culture and whatever a label holds.</summary>
internal static partial class Xml
{
    /// <summary>Encodes text for content and for attributes; what XML cannot carry becomes U+FFFD.</summary>
    public static string Encode(string text)
    {
        var xml = new StringBuilder(text.Length + 8);
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '&' => xml.Append("&amp;"),
                '<' => xml.Append("&lt;"),
                '>' => xml.Append("&gt;"),
                '"' => xml.Append("&quot;"),
                '\'' => xml.Append("&#39;"),
                < 0x20 or (>= 0x7f and < 0xa0) or 0xfffe or 0xffff => xml.Append('\uFFFD'),
                // Marks that turn the direction of text would reorder the picture around them.
                (>= 0x202a and <= 0x202e) or (>= 0x2066 and <= 0x2069) => xml.Append('\uFFFD'),
                _ => xml.Append(rune.ToString()),
            };
        }
        return xml.ToString();
    }

    /// <summary>The same as HTML whose long names may go on in the next line, so that a table's columns can be narrow.</summary>
    public static string Breakable(string text) => Parts().Replace(Encode(text), "<wbr>");

    [GeneratedRegex("(?<=[A-Za-z0-9])(?=[_.])", RegexOptions.CultureInvariant)]
    private static partial Regex Parts();

    /// <summary>A coordinate: one decimal, a point, no minus zero.</summary>
    public static string Number(double value)
    {
        if (!double.IsFinite(value)) throw new ArgumentOutOfRangeException(nameof(value), "A picture has no place at infinity.");
        var tenths = Math.Round(value * 10, MidpointRounding.AwayFromZero);
        return tenths == 0 ? "0" : (tenths / 10).ToString("0.#", CultureInfo.InvariantCulture);
    }
}
