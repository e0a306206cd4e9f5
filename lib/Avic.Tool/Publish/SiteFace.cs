namespace Avic.Tool;

/// <summary>What all pages of a site say of it: its title, and the pages that every page leads to.</summary>
/// <param name="Title">Plain, not yet encoded.</param>
/// <param name="Links">Addresses below the site's folder, and plain texts.</param>
internal sealed record SiteFace(string Title, params IReadOnlyList<(string Address, string Text)> Links)
{
    /// <param name="root">The way from the page's folder to the site's.</param>
    /// <param name="between">HTML of what lies between the site and the page.</param>
    public string Header(string root = "", string between = "") => $"""
        <header class="site"><nav aria-label="Site"><a href="{root}index.html">{PageText.Encode(Title)}</a>{between}{string.Concat(Links.Select(link =>
            $" <a class=\"aid\" href=\"{root}{link.Address}\">{PageText.Encode(link.Text)}</a>"))}</nav></header>
        """;
}
