using System.Net;
using System.Text;

namespace Avic.Tool;

/// <summary>Text on its way into a page.</summary>
internal static class PageText
{
    /// <summary>Text whose every sign shows as itself, in content and in attributes.</summary>
    public static string Encode(string text) => WebUtility.HtmlEncode(text);

    /// <summary>Unix line ends, and nothing that HTML cannot carry or that would reorder the text around it.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        // Half a surrogate pair comes out of here as U+FFFD.
        foreach (var rune in text.ReplaceLineEndings("\n").EnumerateRunes())
            clean.Append(rune.Value is '\n' or '\t' || !IsUnfit(rune.Value) ? rune.ToString() : "\uFFFD");
        return clean.ToString();
    }

    private static bool IsUnfit(int sign) =>
        sign is < 0x20 or (>= 0x7f and < 0xa0) or (>= 0xfdd0 and <= 0xfdef)
        || (sign & 0xfffe) == 0xfffe
        || sign is (>= 0x202a and <= 0x202e) or (>= 0x2066 and <= 0x2069);

    /// <summary>Lower-case ASCII letters and digits, joined by hyphens; empty where the text has none.</summary>
    public static string Slug(string text)
    {
        var slug = new StringBuilder();
        foreach (var c in text)
            if (char.IsAsciiLetterOrDigit(c))
                slug.Append(char.ToLowerInvariant(c));
            else if (slug.Length > 0 && slug[^1] != '-')
                slug.Append('-');
        return slug.ToString().TrimEnd('-');
    }
}
