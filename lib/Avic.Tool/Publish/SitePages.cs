using System.Globalization;
using System.Text;

namespace Avic.Tool;

/// <summary>The pages of a site: one for each article, and the one it opens with.</summary>
internal sealed class SitePages
{
    private const string Untitled = "Notebooks";

    private readonly Article? _front;
    private readonly IReadOnlyList<Article> _row;
    private readonly IReadOnlyList<Article> _beside;

    /// <param name="title">Plain; null for the front page's own.</param>
    public SitePages(string? title, IReadOnlyList<(SiteSource Source, Article Article)> pages)
    {
        Article[] Of(params SiteRole[] roles) => [.. pages.Where(page => roles.Contains(page.Source.Role)).Select(page => page.Article)];
        _front = Of(SiteRole.Front).FirstOrDefault();
        _row = Of(SiteRole.Notebook);
        _beside = Of(SiteRole.Text);
        Face = new(title ?? _front?.Title ?? Untitled, [.. Of(SiteRole.Glossary, SiteRole.Aid).Select(aid => ($"{aid.Page}.html", aid.Title))]);
    }

    public SiteFace Face { get; }

    public SiteFile Index() => new($"{PageNames.Index}.html", PageFrame.Bytes(Face.Title, Face.Title, _front is null ? "index" : "front", _front is null ? $"""
        {Face.Header()}
        <main id="main">
        <h1>{PageText.Encode(Face.Title)}</h1>
        {List(_row.Concat(_beside))}</main>
        """ : $"""
        {Face.Header()}
        <main id="main">
        <article class="opening">
        {WithCover(_front.Html)}</article>
        {Others()}</main>
        """));

    // On a phone the picture follows what the site is about, before the rest.
    private string WithCover(string html) =>
        html.IndexOf("<h2 ", StringComparison.Ordinal) is >= 0 and var parts ? $"{html[..parts]}</div>\n{Cover()}<div class=\"text\">\n{html[parts..]}" : html + Cover();

    // What the front page leads to by itself needs no second list.
    private string Others() => _row.Concat(_beside).Where(page => !_front!.Html.Contains($"href=\"{page.Page}.html", StringComparison.Ordinal)).ToList() is { Count: > 0 } others
        ? $"<h2 id=\"others\">Other pages</h2>\n{List(others)}" : "";

    private string Cover() => _row.FirstOrDefault(page => page.Cover is not null) is { Cover: { } cover } page
        ? $"""
        <figure class="cover">
        <span class="figure">{cover.Html}</span>
        <figcaption><a href="{page.Page}.html#cell-{cover.Cell}">{PageText.Encode(cover.Under)}</a>, as it ends. From <cite>{PageText.Encode(page.Title)}</cite>, which computes it.</figcaption>
        </figure>

        """ : "";

    private static string List(IEnumerable<Article> articles) => $"""
        <ol class="articles">
        {string.Concat(articles.Select(a => $"""
        <li><h2><a href="{a.Page}.html">{PageText.Encode(a.Title)}</a></h2>{(a.Abstract.Length > 0 ? $"\n<p>{a.Abstract}</p>" : "")}</li>

        """))}</ol>

        """;

    public SiteFile Page(Article article) => new($"{article.Page}.html", PageFrame.Bytes(article.Title, Face.Title, "article", $"""
        {Face.Header()}
        <div class="sheet">
        {Contents(article)}<main id="main">
        <article>
        {article.Html}</article>
        </main>
        </div>
        {Neighbours(article)}
        """, scripts: article.Maps.Count == 0 ? [] : article.Maps.Select(map => map.Name).Append(SiteAssets.Stepper)));

    // A page without sections needs no map.
    private static string Contents(Article article)
    {
        var entries = article.Headings.Where(h => h.Level is 2 or 3).ToList();
        if (entries.Count < 2)
            return "";
        var html = new StringBuilder("<nav class=\"contents\" aria-labelledby=\"contents\">\n<details open><summary id=\"contents\">On this page</summary>\n<ol>\n");
        for (var i = 0; i < entries.Count; i++)
        {
            var (level, id, text) = entries[i];
            html.Append(CultureInfo.InvariantCulture, $"<li><a href=\"#{id}\">{PageText.Encode(text)}</a>");
            var next = i + 1 < entries.Count ? entries[i + 1].Level : 2;
            html.Append((level, next) switch { (2, 3) => "\n<ol>\n", (3, 2) => "</li>\n</ol>\n</li>\n", _ => "</li>\n" });
        }
        return html.Append("</ol>\n</details>\n</nav>\n").ToString();
    }

    private string Neighbours(Article article)
    {
        var row = _row.ToList();
        var i = row.IndexOf(article);
        var previous = i > 0 ? Neighbour(row[i - 1], "prev", "Previous") : "";
        var next = i >= 0 && i + 1 < row.Count ? Neighbour(row[i + 1], "next", "Next") : "";
        return previous + next is { Length: > 0 } both ? $"<footer class=\"site\"><nav aria-label=\"Neighbours\">\n{both}</nav></footer>" : "";
    }

    private static string Neighbour(Article article, string relation, string word) =>
        $"<a rel=\"{relation}\" href=\"{article.Page}.html\"><span class=\"label\">{word}</span> {PageText.Encode(article.Title)}</a>\n";
}
