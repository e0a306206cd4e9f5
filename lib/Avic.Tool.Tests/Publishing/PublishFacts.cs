using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AngleSharp.Dom;

namespace Avic.Tool.Tests;

/// <summary>What `avic publish` makes of notebooks.</summary>
public sealed class PublishFacts : PublishedSite
{
    [Fact]
    public async Task Our_notebooks_become_pages_without_a_parse_error()
    {
        Assert.Equal(0, (await Publish(OurNotebooks)).Exit);

        foreach (var name in Files.Where(f => f.EndsWith(".html", StringComparison.Ordinal)))
        {
            using var page = Page(name);
            Assert.Equal("en", page.DocumentElement.GetAttribute("lang"));
            Assert.Equal(PageFrame.Policy, page.QuerySelector("meta[http-equiv='Content-Security-Policy']")!.GetAttribute("content"));
            Assert.Single(page.QuerySelectorAll("main"));
            Assert.Single(page.QuerySelectorAll("h1"));
            Assert.Equal("#main", page.QuerySelector("a")!.GetAttribute("href"));
            int[] levels = [.. page.QuerySelectorAll("h1,h2,h3,h4,h5,h6").Select(h => h.LocalName[1] - '0')];
            Assert.All(levels.Zip(levels.Skip(1)), pair => Assert.True(pair.Second <= pair.First + 1));
            Assert.All(page.QuerySelectorAll("img"), image => Assert.NotEmpty(image.GetAttribute("alt")!));
            Assert.Empty(page.QuerySelectorAll("[style],style,script:not([src])"));
            string[] ids = [.. page.QuerySelectorAll("[id]").Select(e => e.Id!)];
            Assert.Equal(ids.Distinct(), ids);
            Assert.InRange(new FileInfo(Path.Combine(Site, name)).Length, 1, 2_000_000);
            // Every address is a file of the site, a place on the page, or of the web.
            foreach (var address in page.QuerySelectorAll("[href],[src]").Select(e => e.GetAttribute("href") ?? e.GetAttribute("src")!).Where(a => !a.StartsWith("data:", StringComparison.Ordinal) && !a.StartsWith("https:", StringComparison.Ordinal)))
                if (address.StartsWith('#'))
                    Assert.Contains(address[1..], ids);
                else
                    Assert.Contains(new Uri(new Uri($"file:///{name}"), address.Split('#')[0]).AbsolutePath[1..], Files);
        }
    }

    [Fact]
    public async Task Every_picture_that_a_cell_saved_is_shown_and_is_a_file()
    {
        await Publish(OurNotebooks);
        var saved = Regex.Count(File.ReadAllText(Path.Combine(OurNotebooks, "01-the-thread.ipynb")), "<img src=");

        using var page = Page("01-the-thread.html");

        Assert.NotEqual(0, saved);
        Assert.Equal(saved, page.QuerySelectorAll(".figure img[src^='data:image/svg+xml;base64,']").Length);
        foreach (var figure in page.QuerySelectorAll(".figure"))
            Assert.Equal(
                figure.QuerySelector("img")!.GetAttribute("src")!.Split(',')[1],
                Convert.ToBase64String(File.ReadAllBytes(Path.Combine(Site, figure.QuerySelector("a[download]")!.GetAttribute("href")!))));
    }

    [Fact]
    public async Task A_notebook_that_an_error_ended_is_published_with_a_word_on_it()
    {
        var meant = Executed.Code("throw null;", Executed.Error("Exception", "shown"));
        meant["metadata"]!["tags"] = new JsonArray("raises-exception");
        _place.Notebook("n/1.ipynb", [meant, Executed.Code("throw null;", Executed.Error("Exception", "no"))]);
        _place.Notebook("n/2.ipynb", [meant.DeepClone().AsObject()]);

        var said = await Publish(_place.Path("n"));

        Assert.Equal(0, said.Exit);
        Assert.Single(said.Error.Split('\n'), line => line.EndsWith("1.ipynb  cell 2 ended with an error, and is published with it", StringComparison.Ordinal));
        Assert.DoesNotContain("2.ipynb  cell", said.Error);
    }

    [Fact]
    public async Task The_index_tells_titles_and_abstracts_and_pages_know_their_neighbours()
    {
        _place.Notebook("n/1.ipynb", [Executed.Text("# One *&* only\n\nThe [first](2.ipynb) `a<b` paragraph.\n\nThe second.\n## Part\n## Other")]);
        _place.Notebook("n/2.ipynb", [Executed.Text("No heading."), Executed.Code("1")]);
        _place.Notebook("n/sub/3.ipynb", [Executed.Text("### Three")]);

        Assert.Equal(0, (await Publish(_place.Path("n"), "--title", "A & B")).Exit);

        using var index = Page("index.html");
        Assert.Equal("A & B", index.Title);
        Assert.Equal(["One & only", "2", "Three"], index.QuerySelectorAll(".articles h2").Select(h => h.TextContent));
        Assert.Equal(["1.html", "2.html", "sub-3.html"], index.QuerySelectorAll(".articles a").Select(a => a.GetAttribute("href")));
        Assert.Equal("The first <code>a&lt;b</code> paragraph.", index.QuerySelector(".articles p")!.InnerHtml);
        using var page = Page("2.html");
        Assert.Equal("2 · A & B", page.Title);
        Assert.Equal("1.html", page.QuerySelector("a[rel=prev]")!.GetAttribute("href"));
        Assert.Equal("sub-3.html", page.QuerySelector("a[rel=next]")!.GetAttribute("href"));
        using var first = Page("1.html");
        Assert.Equal(["#s-part", "#s-other"], first.QuerySelectorAll("nav.contents a").Select(a => a.GetAttribute("href")));
    }

    [Fact]
    public async Task Links_lead_to_pages_to_the_web_or_nowhere()
    {
        _place.Notebook("n/a b.ipynb", [Executed.Text("# A")]);
        _place.Notebook("n/sub/é.ipynb", [Executed.Text("""
            # E
            [page](../a%20b.ipynb#A-Part) [here](#E) [web](https://example.org/x?y=1&z) [mail](mailto:a@b.c)
            [out](../../secret.ipynb) [file](../data.csv) [abs](/etc/passwd) [host](//evil.example/x) [code](javascript:x)
            """)]);

        await Publish(_place.Path("n"));

        using var page = Page($"{new PageNames().For("sub/é.ipynb")}.html");
        Assert.Equal(["a-b.html#s-a-part", "#s-e", "https://example.org/x?y=1&z", "mailto:a@b.c"], page.QuerySelectorAll("article a").Select(a => a.GetAttribute("href")));
        Assert.Contains("out file abs host code", page.QuerySelectorAll("article p").Single().TextContent.ReplaceLineEndings(" "));
    }

    [Fact]
    public async Task Texts_of_a_folder_are_pages_and_three_of_them_have_a_part()
    {
        _place.Notebook("n/1.ipynb", [Executed.Text("# One\n\nTwo rows, a Row and C# of the GA logs; `row`, [row](2.ipynb), arow. **TLB** <row>\n\n## row")]);
        _place.Notebook("n/2.ipynb", [Executed.Text("# Two\n\n## Under"), Executed.Code("1", Executed.Html(Executed.Picture(Executed.Square(), "first")), Executed.Html(Executed.Picture(Executed.Square("<g/>"), "last")))]);
        File.WriteAllText(_place.Path("n/2.ipynb"), _place.Text("n/2.ipynb").Replace("\"metadata\": {},\n   \"outputs\"", "\"metadata\": {\"tags\": [\"front-page\"]},\n   \"outputs\"", StringComparison.Ordinal));
        File.WriteAllText(_place.Path("n/README.md"), "\ufeff# Home\r\n\r\nSee [one](1.ipynb), [words](glossary.md#row), [up](../up.md).\r\n\r\n## Then\r\n");
        File.WriteAllText(_place.Path("n/glossary.md"), "# Words\n\n## row\n\nA step; a row.\n\n## TLB, C#\n\nCache.\n\n## GA log\n\n## , (.*\n");
        File.WriteAllText(_place.Path("n/sources.md"), "# Where from");
        File.WriteAllText(_place.Path("n/Else é.md"), "no heading");

        Assert.Equal(0, (await Publish(_place.Path("n"))).Exit);

        using var front = Page("index.html");
        Assert.Equal("Home", front.Title);
        Assert.Equal(["1.html", "glossary.html#s-row"], front.QuerySelectorAll("article .text a").Select(link => link.GetAttribute("href")));
        Assert.Equal(["Two", "Else é"], front.QuerySelectorAll(".articles a").Select(link => link.TextContent));
        Assert.Equal("first last", front.QuerySelector(".cover img")!.GetAttribute("alt"));
        Assert.Equal("2.html#cell-1", front.QuerySelector("figcaption a")!.GetAttribute("href"));
        using var one = Page("1.html");
        Assert.Equal(["index.html", "glossary.html", "sources.html"], one.QuerySelectorAll("header a").Select(link => link.GetAttribute("href")));
        Assert.Equal(["rows", "C#", "GA logs"], one.QuerySelectorAll(".term").Select(term => term.TextContent));
        Assert.Equal(["glossary.html#s-row", "glossary.html#s-tlb-c", "glossary.html#s-ga-log"], one.QuerySelectorAll(".term").Select(term => term.GetAttribute("href")));
        Assert.Equal("Two rows, a Row and C# of the GA logs; row, row, arow. TLB <row>", one.QuerySelector("article p")!.TextContent);
        using var words = Page("glossary.html");
        Assert.Null(words.QuerySelector(".term"));
    }

    [Fact]
    public async Task Outputs_of_every_kind_are_shown()
    {
        var plain = Convert.ToBase64String([0x89, .. "PNG\r\n\u001a\n"u8, 0, 0]);
        _place.Notebook("o.ipynb",
        [
            Executed.Text("# O\n![b](attachment:b.png) ![l](l.svg) ![gone](../l.svg)"),
            Executed.Code("1", Executed.Stream("stdout", "out\n\u001b[31mred\u001b[0m\n"), Executed.Stream("stderr", "err"), Executed.Error("E", "bad <b>")),
            Executed.Code("2", Executed.Html("<table><tr><td>cell</td></tr></table>"), Executed.Html("<script>gone()</script>"), Executed.Html(Executed.Picture(Executed.Square()))),
            Executed.Code("3", Executed.Result(("image/png", plain), ("text/plain", "p")), Executed.Result(("image/svg+xml", Executed.Square())), Executed.Result(("image/png", "broken"))),
            Executed.Code("4", Executed.Result(("text/markdown", "*m* <b>")), Executed.Result(("application/json", "{}")), Executed.Result(("x/<y>", "z"))),
            Executed.Code(""),
        ]);
        var notebook = JsonNode.Parse(_place.Text("o.ipynb"))!;
        notebook["cells"]![0]!["attachments"] = new JsonObject { ["b.png"] = new JsonObject { ["image/png"] = plain } };
        notebook["cells"]![4]!["outputs"]![1]!["data"]!["application/json"] = new JsonObject { ["k"] = 1 };
        File.WriteAllText(_place.Path("o.ipynb"), notebook.ToJsonString());
        File.WriteAllText(_place.Path("l.svg"), Executed.Square());

        Assert.Equal(0, (await Publish(_place.Path("o.ipynb"))).Exit);

        using var page = Page("o.html");
        Assert.Equal("out\nred", page.QuerySelector("#cell-1 pre:not(.code pre)")!.TextContent);
        Assert.Equal(["written to stderr", "error"], page.QuerySelectorAll(".trouble .label").Select(l => l.TextContent));
        Assert.Equal("E: bad <b>", page.QuerySelectorAll(".trouble pre").Last().TextContent);
        Assert.Equal("cell", page.QuerySelector("#cell-2 td")!.TextContent);
        Assert.Equal("plain", page.QuerySelector("#cell-2 .output > pre")!.TextContent);
        Assert.Equal("a square", page.QuerySelector("#cell-2 img")!.GetAttribute("alt"));
        Assert.Equal(["Picture of cell 3", "Picture of cell 3"], page.QuerySelectorAll("#cell-3 img").Select(i => i.GetAttribute("alt")));
        Assert.Contains("m <b>", page.QuerySelector("#cell-4 .output")!.TextContent);
        Assert.Contains("{\"k\":1}", page.QuerySelector("#cell-4 .output")!.TextContent);
        Assert.Contains("An output of type x/<y>", page.QuerySelector("#cell-4 .output")!.TextContent);
        Assert.Null(page.QuerySelector("#cell-5"));
        Assert.Equal("gone", page.QuerySelector(".text p")!.ChildNodes.OfType<IText>().Last().Data.Trim());
        Assert.Equal(
            ["o-cell-2.svg", "o-cell-3-2.svg", "o-cell-3.png", "o-picture-2.svg", "o-picture.png"],
            Files.Where(f => f.StartsWith("figures/", StringComparison.Ordinal)).Select(f => f["figures/".Length..]));
    }

    [Fact]
    public async Task A_notebook_that_was_not_run_says_so()
    {
        var said = await Publish(_place.Notebook("fresh.ipynb", "1"));

        Assert.Equal(0, said.Exit);
        Assert.Contains("has no outputs, and is published without; to have them: avic run", said.Error);
        using var page = Page("fresh.html");
        Assert.Contains("published before it was run", page.QuerySelector(".note")!.TextContent);
    }

    [Fact]
    public async Task Line_ends_of_the_file_and_its_byte_order_mark_do_not_show()
    {
        _place.Notebook("a.ipynb", [Executed.Text("# A\n\ntext\n\n- one\n- two"), Executed.Code("1;\n2", Executed.Stream("stdout", "x\ny"))]);
        await Publish(_place.Path("a.ipynb"));
        var unix = File.ReadAllBytes(Path.Combine(Site, "a.html"));
        File.WriteAllText(_place.Path("a.ipynb"), "\ufeff" + _place.Text("a.ipynb").Replace("\n", "\r\n", StringComparison.Ordinal).Replace("\\n", "\\r\\n", StringComparison.Ordinal));

        await Publish(_place.Path("a.ipynb"));

        Assert.Equal(unix, File.ReadAllBytes(Path.Combine(Site, "a.html")));
    }

    [Fact]
    public async Task A_page_has_at_most_two_megabytes()
    {
        var pixels = new byte[1_000_000];
        new Random(1).NextBytes(pixels);
        var png = Convert.ToBase64String([0x89, .. "PNG"u8, .. pixels]);
        var text = string.Concat(Enumerable.Repeat("0123456789", 100_000));
        _place.Notebook("big.ipynb", [Executed.Code("1", [.. Enumerable.Range(0, 3).Select(_ => Executed.Result(("image/png", png))), Executed.Stream("stdout", text)])]);
        Assert.Equal(0, (await Publish(_place.Path("big.ipynb"))).Exit);
        Assert.InRange(new FileInfo(Path.Combine(Site, "big.html")).Length, 1, 2_000_000);
        using var page = Page("big.html");
        Assert.Equal(["figures/big-cell-1.png", "figures/big-cell-1-2.png", "figures/big-cell-1-3.png"], page.QuerySelectorAll("img").Select(i => i.GetAttribute("src")));

        _place.Notebook("huge.ipynb", [Executed.Text(text), Executed.Text(text), Executed.Text(text)]);
        var before = Files;
        var said = await Publish(_place.Path("huge.ipynb"));
        Assert.Equal(2, said.Exit);
        Assert.Matches(@"huge\.ipynb: its page would have 30\d\d kB, and 2 MB is the most", said.Error);
        Assert.Equal(before, Files);
    }

    [Fact]
    public async Task Strange_but_valid_notebooks_are_published()
    {
        File.WriteAllText(_place.Path("odd.ipynb"), """
            {"nbformat": 4, "metadata": 7, "cells": [
              {"cell_type": "markdown", "source": 5, "attachments": {"\ud800": {"image/png": [1]}}},
              {"cell_type": "raw", "source": ["<b>", "raw"]}, {"cell_type": "strange"},
              {"cell_type": "code", "source": "1", "metadata": {"polyglot_notebook": {"kernelName": "<i>"}}, "outputs": [
                5, null, {}, {"output_type": "stream", "text": "\ud800"}, {"output_type": "error", "traceback": [1]}, {"output_type": "display_data", "data": {"\udc00": "x", "text/html": 5}},
                {"output_type": "stream", "name": "stdout", "text": "\u0000\u202e\u0085\ufdd0a"}]}]}
            """);

        Assert.Equal(0, (await Publish(_place.Path("odd.ipynb"))).Exit);

        using var page = Page("odd.html");
        Assert.Contains("<b>raw", page.QuerySelector("article > pre")!.TextContent);
        Assert.Equal("<i> of cell 1", page.QuerySelector("summary")!.TextContent);
        Assert.Contains("\uFFFD\uFFFD\n\uFFFDa", page.QuerySelector("#cell-1 .output")!.TextContent);
    }

    /// <summary>In a process of its own: this one has a compiler, the tool has only its engine's.</summary>
    [Fact]
    public async Task Code_is_coloured_by_the_engines_compiler()
    {
        _place.Notebook("a.ipynb", [Executed.Code("var x = 1;", Executed.Stream("stdout", "1"))]);
        using var front = Process.Start(new ProcessStartInfo(Platform.Dotnet, ["exec", Path.Combine(AppContext.BaseDirectory, "avic.dll"), "publish", _place.Path("a.ipynb"), "--out", Site])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        await front.WaitForExitAsync();

        Assert.Equal(0, front.ExitCode);
        Assert.DoesNotContain("CodeAnalysis", File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "avic.deps.json")));
        using var page = Page("a.html");
        Assert.Equal("var", page.QuerySelector(".code .k")!.TextContent);
    }

    [Fact]
    public async Task Help_shows_an_example() => Assert.Contains("avic publish notebooks", (await Workplace.Avic("publish", "--help")).Output);
}
