using System.Net;

namespace Avic.Model;

/// <summary>Text as HTML that every host keeps: no style, no script.</summary>
internal static class Html
{
    /// <summary>The first line in bold, the others as they stand.</summary>
    public static string Of(string text)
    {
        var lines = text.TrimEnd('\n').Split('\n', 2);
        return $"<div><b>{WebUtility.HtmlEncode(lines[0])}</b>{(lines.Length > 1 ? $"<pre>{WebUtility.HtmlEncode(lines[1])}</pre>" : "")}</div>";
    }
}
