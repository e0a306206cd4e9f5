using System.Globalization;
using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using Avic.Notebook;

namespace Avic.Tool;

/// <summary>
/// HTML that somebody saved, as HTML that may stand in a page: parsed as a browser parses it, then written anew from a short
/// list of elements. No attribute survives that names, styles or addresses anything.
/// </summary>
/// <param name="picture">The HTML of a picture given as a data address and its alternative text; null if it is none.</param>
/// <param name="stepper">Told the text of each element that asks for a stepper.</param>
/// <param name="trace">The address of a run's page, given its schedule's token and the name of a property; null if it is none.</param>
internal sealed class SafeHtml(Func<string, string, string?> picture, Action<string>? stepper, Func<string, string, string?>? trace)
{
    // Deeper than any real output; a hostile one must not exhaust the stack.
    private const int MostDepth = 200;

    // A tree's cost grows with the square of its depth, and that is known only afterwards.
    private const int MostTags = 20_000;

    private static readonly HashSet<string> Kept =
    [
        "b", "strong", "i", "em", "u", "s", "sub", "sup", "small", "code", "kbd", "samp", "var", "mark", "del", "ins", "span", "br", "wbr",
        "p", "div", "pre", "blockquote", "hr", "ul", "ol", "li", "dl", "dt", "dd", "details", "summary",
        "table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td", "progress", "meter",
    ];

    private static readonly HashSet<string> Void = ["br", "hr", "col", "wbr"];

    /// <summary>Elements whose content is not for readers. Of all others that are not kept, the content is.</summary>
    private static readonly HashSet<string> Dropped =
    [
        "script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "math", "head", "title", "textarea", "select", "option",
        "audio", "video", "canvas", "frameset", "noframes", "noembed", "xmp", "plaintext",
    ];

    private readonly StringBuilder _html = new();
    private int _inPictures;
    private bool _isSeen;

    /// <summary>Empty if nothing is left to see, or more than anybody would read: so many signs beside the pictures.</summary>
    public static string From(string html, int most, Func<string, string, string?> picture, Action<string>? stepper = null, Func<string, string, string?>? trace = null)
    {
        if (html.AsSpan().Count('<') > MostTags)
            return "";
        // The doctype makes a paragraph end where a table begins, as it will in the page.
        using var document = new HtmlParser().ParseDocument("<!doctype html><body>" + html);
        if (document.Body is not { } body)
            return "";
        var safe = new SafeHtml(picture, stepper, trace);
        safe.Children(body, 0);
        return safe._isSeen && safe._html.Length - safe._inPictures <= most ? safe._html.ToString() : "";
    }

    private void Children(INode of, int depth)
    {
        foreach (var node in of.ChildNodes)
            if (node is IText text)
                Text(text.Data);
            else if (node is IElement element && depth < MostDepth)
                Element(element, depth + 1);
    }

    private void Element(IElement element, int depth)
    {
        var name = element.LocalName;
        if (element.NamespaceUri != "http://www.w3.org/1999/xhtml" || Dropped.Contains(name))
            return;
        switch (name)
        {
            case "img":
                var alt = PageText.Clean(element.GetAttribute("alt") ?? "");
                if (picture(element.GetAttribute("src") ?? "", alt) is { } image)
                {
                    _html.Append(image);
                    _inPictures += image.Length;
                    _isSeen = true;
                }
                else
                    Text(alt);
                break;
            // A page has one outline, and an output is not part of it.
            case "h1" or "h2" or "h3" or "h4" or "h5" or "h6":
                Wrapped("<p class=\"heading\">", element, depth, "</p>");
                break;
            // A wide table scrolls inside itself, by the keyboard too.
            case "table":
                Wrapped("<div class=\"scroll\" role=\"group\" aria-label=\"Table\" tabindex=\"0\"><table>", element, depth, "</table></div>");
                break;
            case "pre":
                Wrapped("<pre tabindex=\"0\">", element, depth, "</pre>");
                break;
            // A matrix keeps the schedule of a cell's witness behind what the cell says.
            case "details" when element.Children is [{ LocalName: "summary" } said, { LocalName: "code" } token]
                && trace?.Invoke(token.TextContent, token.GetAttribute("title") ?? "") is { } address:
                Wrapped($"<a href=\"{address}\">", said, depth, "</a>");
                break;
            // Above a column of names there may be nothing: a heading that says so is none.
            case "th" when element.TextContent.Length == 0 && element.ChildElementCount == 0:
                _html.Append("<td></td>");
                break;
            case var _ when Void.Contains(name):
                _html.Append('<').Append(name).Append('>');
                break;
            case var _ when Kept.Contains(name):
                if (name == "code" && element.ClassName == Stepper.Marker)
                    stepper?.Invoke(PageText.Clean(element.TextContent));
                Wrapped($"<{name}{Attributes(element)}>", element, depth, $"</{name}>");
                break;
            default:
                Children(element, depth);
                break;
        }
    }

    private void Text(string text)
    {
        _html.Append(PageText.Encode(PageText.Clean(text)));
        _isSeen |= !string.IsNullOrWhiteSpace(text);
    }

    private void Wrapped(string open, IElement element, int depth, string close)
    {
        _html.Append(open);
        // The parser swallows one line break after <pre>.
        if (element.LocalName == "pre" && element.TextContent.StartsWith('\n'))
            _html.Append('\n');
        Children(element, depth);
        _html.Append(close);
    }

    private static string Attributes(IElement element)
    {
        var kept = new StringBuilder();
        foreach (var name in element.LocalName switch
        {
            "td" or "th" => new[] { "colspan", "rowspan" },
            "ol" => ["start"],
            "progress" or "meter" => ["value", "max"],
            _ => [],
        })
            if (double.TryParse(element.GetAttribute(name), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= 1e6)
                kept.Append(CultureInfo.InvariantCulture, $" {name}=\"{number}\"");
        if (element.LocalName == "th" && element.GetAttribute("scope") is "row" or "col")
            kept.Append($" scope=\"{element.GetAttribute("scope")}\"");
        if (element.LocalName == "details" && element.HasAttribute("open"))
            kept.Append(" open");
        return kept.ToString();
    }
}
