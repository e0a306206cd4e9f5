using System.Globalization;
using System.Text;

namespace Avic.Tool;

/// <summary>The pages of a site: one for each article, and the index.</summary>
internal sealed class SitePages(string site, IReadOnlyList<Article> articles)
{
    public SiteFile Index() => new("index.html", PageFrame.Bytes(site, site, "index", $"""
        <main id="main">
        <h1>{PageText.Encode(site)}</h1>
        <ol class="articles">
        {string.Concat(articles.Select(a => $"""
        <li><h2><a href="{a.Page}.html">{PageText.Encode(a.Title)}</a></h2>{(a.Abstract.Length > 0 ? $"\n<p>{a.Abstract}</p>" : "")}</li>

        """))}</ol>
        </main>
        """));

    public SiteFile Page(int i)
    {
        var article = articles[i];
        return new($"{article.Page}.html", PageFrame.Bytes(article.Title, site, "article", $"""
            <header class="site"><nav aria-label="Site"><a href="index.html">{PageText.Encode(site)}</a></nav></header>
            <div class="sheet">
            {Contents(article)}<main id="main">
            <article>
            {article.Html}</article>
            </main>
            </div>
            {Neighbours(i)}
            """, scripts: article.Maps.Count == 0 ? [] : article.Maps.Select(map => map.Name).Append(SiteAssets.Stepper)));
    }

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

    private string Neighbours(int i)
    {
        var previous = i > 0 ? Neighbour(articles[i - 1], "prev", "Previous") : "";
        var next = i + 1 < articles.Count ? Neighbour(articles[i + 1], "next", "Next") : "";
        return previous + next is { Length: > 0 } both ? $"<footer class=\"site\"><nav aria-label=\"Neighbours\">\n{both}</nav></footer>" : "";
    }

    private static string Neighbour(Article article, string relation, string word) =>
        $"<a rel=\"{relation}\" href=\"{article.Page}.html\"><span class=\"label\">{word}</span> {PageText.Encode(article.Title)}</a>\n";
}
