using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace Avic.Tool;

/// <summary>
/// What the search box looks through, as a script that assigns it: browsers load no data from disk. An entry is a section
/// of a page, its text and its code; what cells showed is left out, for it repeats the words of the code many times.
/// </summary>
internal sealed partial class SearchIndex
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<(string Page, string Heading, string Address, StringBuilder Text)> _sections = [];

    public static SiteFile Of(IEnumerable<Article> articles)
    {
        var index = new SearchIndex();
        var parser = new HtmlParser();
        foreach (var article in articles)
        {
            index.Begin(article, article.Title, "");
            index.Collect(article, parser.ParseDocument(article.Html).Body!);
        }
        return new(SiteAssets.SearchIndex, Encoding.UTF8.GetBytes($"window.avicSearch = {JsonSerializer.Serialize(
            index._sections.Select(section => (string[])[section.Page, section.Heading, section.Address, Space().Replace(section.Text.ToString(), " ").Trim()]), Plain)};\n"));
    }

    private void Begin(Article article, string heading, string fragment) => _sections.Add((article.Title, heading, $"{article.Page}.html{fragment}", new()));

    private void Collect(Article article, INode above)
    {
        foreach (var node in above.ChildNodes)
            if (node is IText text)
                _sections[^1].Text.Append(text.Data);
            else if (node is IElement element && !element.ClassList.Contains("output") && !element.Matches(".code > summary, .figure, h1"))
                if (element.Id is { } id && element.LocalName is ['h', >= '2' and <= '6'])
                    Begin(article, element.TextContent, $"#{id}");
                else
                {
                    Collect(article, element);
                    // A cell's end is a word's end.
                    _sections[^1].Text.Append(element.LocalName is "a" or "code" or "em" or "strong" or "span" ? "" : " ");
                }
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
