using System.Net;

namespace Avic.Model;

/// <summary>Text as HTML that every host keeps: no style, no script.</summary>
internal static class Html
{
    /// <summary>Text whose every sign shows as itself.</summary>
    public static string Encode(string text) => WebUtility.HtmlEncode(text);

    /// <summary>The first line in bold, the others as they stand.</summary>
    public static string Of(string text)
    {
        var lines = text.TrimEnd('\n').Split('\n', 2);
        return $"<div><b>{Encode(lines[0])}</b>{(lines.Length > 1 ? $"<pre>{Encode(lines[1])}</pre>" : "")}</div>";
    }
}
