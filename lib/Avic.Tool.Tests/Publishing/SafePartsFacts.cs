using System.Text;
using AngleSharp.Html.Parser;
using FsCheck;
using FsCheck.Fluent;

namespace Avic.Tool.Tests;

/// <summary>What cells saved and writers wrote comes out harmless, and otherwise as it was.</summary>
public sealed class SafePartsFacts
{
    private static string Html(string html) => SafeHtml.From(html, 100_000, (source, alt) => $"[{alt}]");

    private static string? Svg(string svg) => SafeSvg.From(Encoding.UTF8.GetBytes(svg)) is { } safe ? Encoding.UTF8.GetString(safe) : null;

    private static string Prose(string markdown) =>
        new Prose(new Headings(), address => Uri.TryCreate(address, UriKind.Absolute, out var to) && to.Scheme == "https" ? to.AbsoluteUri : null, (_, _) => null)
            .Html(Avic.Tool.Prose.Parse(markdown)).Trim();

    [Theory]
    [InlineData("<p>a <b>b</b><br>c</p>", "<p>a <b>b</b><br>c</p>")]
    [InlineData("<p onclick=x style='color:red' id=main class=skip title=t>a</p>", "<p>a</p>")]
    [InlineData("a<script>x</script><style>x</style><iframe src=x></iframe>", "a")]
    [InlineData("<form action=x><button formaction=x>a</button></form>", "a")]
    [InlineData("<a href='javascript:x'>a</a><font size=7>b</font>", "ab")]
    [InlineData("<svg><script>x</script><text>y</text></svg><math><mtext>z</mtext></math>a", "a")]
    [InlineData("<noscript><p title='</noscript><img src=x onerror=y>'></p></noscript>a", "a")]
    [InlineData("<h1>a</h1>", "<p class=\"heading\">a</p>")]
    [InlineData("<table style='width:1px'><tr><td colspan=2 rowspan=x onmouseover=y>a</table>",
        "<div class=\"scroll\" role=\"group\" aria-label=\"Table\" tabindex=\"0\"><table><tbody><tr><td colspan=\"2\">a</td></tr></tbody></table></div>")]
    [InlineData("<details open ontoggle=x><summary>s</summary>a</details>", "<details open><summary>s</summary>a</details>")]
    [InlineData("<progress value=3 max=10 onclick=x></progress>a", "<progress value=\"3\" max=\"10\"></progress>a")]
    [InlineData("<img src=x onerror=y alt='<b>'>", "[<b>]")]
    [InlineData("&lt;script&gt;", "&lt;script&gt;")]
    [InlineData("<pre>\n\na</pre>", "<pre tabindex=\"0\">\n\na</pre>")]
    [InlineData("<base href=//x><meta http-equiv=refresh content='0;url=x'><link rel=stylesheet href=x>a", "a")]
    [InlineData("<script>only</script>", "")]
    [InlineData(" <div>\n</div> ", "")]
    public void Saved_html_is_written_anew_from_a_short_list(string saved, string shown) => Assert.Equal(shown, Html(saved));

    [Fact]
    public void Whatever_is_saved_only_listed_elements_and_attributes_come_out_and_again_the_same()
    {
        string[] parts =
        [
            "<", ">", "</", "\"", "'", "=", "/", "<!--", "-->", "<![CDATA[", "]]>", "&lt;", "&#x3c;", "\0", " ", "x", "<p>", "</p>", "<b>", "<table>", "<td>", "<svg>", "<math>",
            "<mtext>", "<mglyph>", "<style>", "</style>", "<title>", "</title>", "<noscript>", "</noscript>", "<template>", "<textarea>", "<xmp>", "<select>", "<img src=x onerror=alert(1)>",
            "<script>alert(1)</script>", "<a href=javascript:alert(1)>", "<iframe srcdoc='<script>'>", "<body onload=x>", "<frameset>", "<details ontoggle=x open>", "<foreignObject>",
            "<plaintext>", "<form>", "<input autofocus onfocus=x>", "<annotation-xml encoding=text/html>", " style=x", " onclick=x",
        ];
        var fragments = Gen.Elements(parts).ArrayOf().Select(string.Concat).ToArbitrary();
        Prop.ForAll(fragments, html =>
        {
            var safe = Html(html);
            using var page = new HtmlParser().ParseDocument("<!doctype html><body>" + safe);
            foreach (var element in page.Body!.QuerySelectorAll("*"))
            {
                Assert.Contains(element.LocalName, new[] { "p", "b", "td", "tr", "tbody", "table", "div", "details", "summary" });
                Assert.All(element.Attributes, a => Assert.Contains(a.Name, new[] { "class", "role", "aria-label", "tabindex", "open" }));
            }
            Assert.Equal(page.Body.TextContent, Parsed(Html(safe)));
        }).QuickCheckThrowOnFailure();

        static string Parsed(string html) => new HtmlParser().ParseDocument("<!doctype html><body>" + html).Body!.TextContent;
    }

    [Fact]
    public void Nesting_without_end_exhausts_nothing()
    {
        Assert.Equal("", Html(string.Concat(Enumerable.Repeat("<div>", 100_000)) + "a"));
        Assert.Equal("", Html(string.Concat(Enumerable.Repeat("<div>", 5_000)) + "a"));
        Assert.Null(Svg("<svg xmlns=\"http://www.w3.org/2000/svg\">" + string.Concat(Enumerable.Repeat("<g>", 100_000)) + string.Concat(Enumerable.Repeat("</g>", 100_000)) + "</svg>"));
        Assert.Throws<ArgumentException>(() => Avic.Tool.Prose.Parse(new string('>', 100_000)));
    }

    [Theory]
    [InlineData("<script>x</script>", "")]
    [InlineData("<foreignObject><p>x</p></foreignObject>", "")]
    [InlineData("<g onclick=\"x\" OnLoad=\"y\" class=\"c\"/>", "<g class=\"c\" />")]
    [InlineData("<a href=\"javascript:x\"><path d=\"M0 0\"/></a>", "<g><path d=\"M0 0\" /></g>")]
    [InlineData("<use href=\"#a\"/><use href=\"http://x/y#a\"/>", "<use href=\"#a\" /><use />")]
    [InlineData("<image href=\"http://x/y.png\"/><animate attributeName=\"href\" to=\"x\"/><set/>", "")]
    [InlineData("<style>.a{fill:url(#hatch)}</style>", "<style>.a{fill:url(#hatch)}</style>")]
    [InlineData("<style>@import url(http://x)</style>", "")]
    [InlineData("<style>.a{fill:url( \"http://x\" )}</style>", "")]
    [InlineData("<style>.a{background:image-set('http://x')}</style>", "")]
    [InlineData("<style>.a{fill:\\75rl(http://x)}</style>", "")]
    [InlineData("<rect fill=\"url(http://x)\" stroke=\"url(#a)\" style=\"fill:URL(//x)\" transform=\"rotate(45)\"/>", "<rect stroke=\"url(#a)\" transform=\"rotate(45)\" />")]
    [InlineData("<h:script xmlns:h=\"http://www.w3.org/1999/xhtml\">x</h:script>", "")]
    [InlineData("<?xml-stylesheet href=\"http://x\"?><!-- x --><title>a &lt; b</title>", "<title>a &lt; b</title>")]
    public void A_picture_keeps_only_what_draws(string inside, string kept) => Assert.Equal(Svg(Executed.Square(kept)), Svg(Executed.Square(inside)));

    [Theory]
    [InlineData("<svg xmlns=\"http://www.w3.org/2000/svg\">")]
    [InlineData("<!DOCTYPE svg [<!ENTITY a \"b\">]><svg xmlns=\"http://www.w3.org/2000/svg\">&a;</svg>")]
    [InlineData("<html xmlns=\"http://www.w3.org/1999/xhtml\"/>")]
    [InlineData("<svg/>")]
    [InlineData("<?xml version=\"1.0\" encoding=\"utf-7\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>")]
    [InlineData("")]
    public void What_is_no_picture_becomes_none(string text) => Assert.Null(Svg(text));

    [Fact]
    public void Our_own_pictures_are_kept_to_the_last_attribute()
    {
        foreach (var (_, make) in Examples.All)
            Assert.Equal(System.Xml.Linq.XElement.Parse(make().ToSvg(), System.Xml.Linq.LoadOptions.PreserveWhitespace).ToString(System.Xml.Linq.SaveOptions.DisableFormatting), Svg(make().ToSvg()));
    }

    [Theory]
    [InlineData("<script>x</script>", "<p>&lt;script&gt;x&lt;/script&gt;</p>")]
    [InlineData("a <b onclick=x>b</b>", "<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>")]
    [InlineData("[a](javascript:x) [b](JaVaScRiPt&colon;x) [c](<java\tscript:x>) [d](data:text/html,x) [e](vbscript:x)", "<p>a b c d e</p>")]
    [InlineData("<javascript:alert(1)>", "<p>javascript:alert(1)</p>")]
    [InlineData("[a](https://x.org/\"onclick=x)", "<p><a href=\"https://x.org/%22onclick=x\" rel=\"noopener noreferrer\">a</a></p>")]
    [InlineData("![<b>](x\"onerror=y)", "<p>&lt;b&gt;</p>")]
    [InlineData("```\"><script>\n</pre>\n```", "<pre tabindex=\"0\"><code>&lt;/pre&gt;</code></pre>")]
    [InlineData("a|b\n:-|-:\n<i>|d", "<div class=\"scroll\" role=\"group\" aria-label=\"Table\" tabindex=\"0\">\n<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>&lt;i&gt;</td>\n<td>d</td>\n</tr>\n</tbody>\n</table>\n</div>")]
    public void Markdown_is_text_and_never_html(string markdown, string html) => Assert.Equal(html, Prose(markdown));

    [Theory]
    [InlineData("<details><summary>*q*</summary>\n\na\n</details>\nb", "<details class=\"fold\">\n<summary><em>q</em></summary>\n<p>a</p>\n</details>\n<p>b</p>")]
    [InlineData("<details>\n<summary>q</summary>\na\n</details>", "<details class=\"fold\">\n<summary>q</summary>\n<p>a</p>\n</details>")]
    [InlineData("<details>\na", "<details class=\"fold\">\n<summary>More</summary>\n<p>a</p>\n</details>")]
    [InlineData("<details>\n<details>\na\n</details>\nb\n</details>\nc",
        "<details class=\"fold\">\n<summary>More</summary>\n<details class=\"fold\">\n<summary>More</summary>\n<p>a</p>\n</details>\n<p>b</p>\n</details>\n<p>c</p>")]
    [InlineData("<details>\n```\n</details>\n```\n</details>", "<details class=\"fold\">\n<summary>More</summary>\n<pre tabindex=\"0\"><code>&lt;/details&gt;</code></pre>\n</details>")]
    [InlineData("<details ontoggle=x>\na", "<p>&lt;details ontoggle=x&gt;\na</p>")]
    [InlineData("</details>", "<p>&lt;/details&gt;</p>")]
    public void Folds_are_the_one_exception(string markdown, string html) => Assert.Equal(html, Prose(markdown));

    [Theory]
    [InlineData("# a\n### b\n# c\n#\n", "<h1 id=\"s-a\">a</h1>\n<h2 id=\"s-b\">b</h2>\n<h2 id=\"s-c\">c</h2>")]
    [InlineData("### A `b` & c!\n# A b c", "<h1 id=\"s-a-b-c\">A <code>b</code> &amp; c!</h1>\n<h2 id=\"s-a-b-c-2\">A b c</h2>")]
    [InlineData("# main\n# é", "<h1 id=\"s-main\">main</h1>\n<h2 id=\"s\">é</h2>")]
    public void Headings_have_one_title_skip_no_level_and_have_addresses(string markdown, string html) => Assert.Equal(html, Prose(markdown));

    [Theory]
    [InlineData("var x = \"a\" + 1; // c", "<span class=\"k\">var</span> x = <span class=\"s\">&quot;a&quot;</span> + <span class=\"n\">1</span>; <span class=\"c\">// c</span>")]
    [InlineData("#r \"a.dll\"\nawait f();", "<span class=\"d\">#r &quot;a.dll&quot;\n</span><span class=\"k\">await</span> f();")]
    [InlineData("$\"<{x}>\"", "<span class=\"s\">$&quot;&lt;{x}&gt;&quot;</span>")]
    [InlineData("</pre><script>", "&lt;/pre&gt;&lt;script&gt;")]
    public void Code_is_coloured(string code, string html) => Assert.Equal(html, SyntaxColours.Html(code));

    [Fact]
    public void Colours_change_no_sign_of_any_text()
    {
        string[] parts = ["\"", "\"\"\"", "$\"", "@\"", "{", "}", "//", "/*", "*/", "'", "\\", "#r ", "#if x", "#endif", "\n", " ", "<b>", "&", "var", "1e", "é", "\t", "#!x", "(", ")"];
        Prop.ForAll(Gen.Elements(parts).ArrayOf().Select(string.Concat).ToArbitrary(), Keeps).QuickCheckThrowOnFailure();
        foreach (var deep in (string[])["(", "$\"{", "$\"{(", "[{("])
            Keeps(string.Concat(Enumerable.Repeat(deep, 100_000 / deep.Length)));

        static void Keeps(string code)
        {
            using var page = new HtmlParser().ParseDocument($"<!doctype html><body><pre><code>{SyntaxColours.Html(code)}</code></pre>");
            Assert.Equal(code, page.QuerySelector("pre")!.TextContent);
        }
    }

    [Fact]
    public void A_language_has_a_short_name_whatever_a_notebook_says()
    {
        Assert.Equal(string.Concat(Enumerable.Repeat("🙂", 40)) + "…", Label(string.Concat(Enumerable.Repeat("🙂", 10_000))));
        Assert.Equal("rust", Label("rust"));

        static string Label(string language) => SavedNotebook.Read("a.ipynb", System.Text.Encoding.UTF8.GetBytes("""
            {"cells": [{"cell_type": "code", "execution_count": null, "metadata": {}, "outputs": [], "source": "x"}],
             "metadata": {"kernelspec": {"language": "LANGUAGE"}}, "nbformat": 4, "nbformat_minor": 5}
            """.Replace("LANGUAGE", language, StringComparison.Ordinal))).Cells[0].Language;
    }

    [Fact]
    public void Page_names_are_safe_everywhere_and_given_once()
    {
        var names = new PageNames();
        string[] given =
        [
            "a.ipynb", "A.ipynb", "a b/c.ipynb", "../../a.ipynb", "index.ipynb", "CON.ipynb", "lpt1.ipynb", "漢字.ipynb", "...ipynb", "<script>alert(1)</script>.ipynb", "a-2.ipynb",
            new string('x', 300) + ".ipynb", new string('x', 300) + "y.ipynb", "é\"'.ipynb",
        ];
        Assert.Equal(
            [
                "a", "a-2", "a-b-c", "a-3", "index-2", "notebook-con", "notebook-lpt1", "notebook-c6d297", "notebook", "script-alert-1-script", "a-2-2",
                new string('x', 80) + "-0d4e2c", new string('x', 80) + "-bb6bf8", "notebook-8e1ef3",
            ], given.Select(names.For));
    }

    [Fact]
    public void A_page_name_beyond_ASCII_is_the_same_whatever_is_published_beside_it()
    {
        string[] given = ["ok é.ipynb", "ok ü.ipynb", "ok.ipynb", "漢字.ipynb", "かな.ipynb", new string('x', 300) + ".ipynb", new string('x', 300) + "y.ipynb"];
        var together = new PageNames();
        string[] all = [.. given.Select(together.For)];

        Assert.Equal(given.Select(name => new PageNames().For(name)), all);
        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.All(all, name => Assert.True(PageNames.IsSafe(name + ".html")));
        Assert.Matches("^ok-[0-9a-f]{6}$", all[0]);
        Assert.Equal("ok", all[2]);
    }
}
