using System.Text;

namespace Avic.Tool;

/// <summary>What every page of a site has around its text.</summary>
internal static class PageFrame
{
    /// <summary>Nothing but the site's own files and pictures written into a page: no script in the text, no style, no other address.</summary>
    public const string Policy = "default-src 'none'; img-src 'self' data:; style-src 'self'; script-src 'self'; base-uri 'none'; form-action 'none'";

    /// <param name="title">Of the page, plain.</param>
    /// <param name="site">The site's title, plain.</param>
    /// <param name="body">HTML of what stands between skip link and footer.</param>
    /// <param name="root">The way from the page's folder to the site's.</param>
    /// <param name="scripts">Addresses of scripts that this page has beside those of all pages, in order.</param>
    public static byte[] Bytes(string title, string site, string kind, string body, string root = "", params IEnumerable<string> scripts) => Encoding.UTF8.GetBytes($"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="{Policy}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="referrer" content="no-referrer">
        <title>{PageText.Encode(title == site ? title : $"{title} · {site}")}</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="{root}{SiteAssets.Style}">
        {string.Join('\n', scripts.Prepend(SiteAssets.Search).Prepend(SiteAssets.Script).Select(script => $"<script src=\"{root}{script}\" defer></script>"))}
        </head>
        <body class="{kind}">
        <a class="skip" href="#main">Skip to the text</a>
        {body}
        </body>
        </html>

        """.ReplaceLineEndings("\n"));
}
