using System.Globalization;

namespace Avic.Tool.Tests;

/// <summary>What `avic publish` writes, overwrites and leaves alone, whatever it is given.</summary>
public sealed class SiteFolderFacts : PublishedSite
{
    [Fact]
    public async Task The_same_notebooks_make_the_same_bytes_in_every_culture()
    {
        await Publish(OurNotebooks);
        var first = Files.Select(f => (f, Convert.ToHexString(File.ReadAllBytes(Path.Combine(Site, f))))).ToList();
        var before = CultureInfo.DefaultThreadCurrentCulture;
        try
        {
            CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("tr-TR");
            await Publish(OurNotebooks);
        }
        finally
        {
            CultureInfo.DefaultThreadCurrentCulture = before;
        }
        Assert.Equal(first, Files.Select(f => (f, Convert.ToHexString(File.ReadAllBytes(Path.Combine(Site, f))))));
    }

    [Fact]
    public async Task Publishing_again_removes_what_is_gone_and_keeps_what_is_not_ours()
    {
        await Publish(_place.Notebook("old.ipynb", [Executed.Text("# Old"), Executed.Code("1", Executed.Html(Executed.Picture(Executed.Square())))]));
        File.WriteAllText(Path.Combine(Site, "CNAME"), "example.org");

        Assert.Equal(0, (await Publish(_place.Notebook("new.ipynb", [Executed.Text("# New")]))).Exit);

        Assert.Equal([".avic-site", "CNAME", "assets/search-index.js", "assets/search.js", "assets/site.css", "assets/site.js", "assets/stepper.js", "index.html", "new.html"], Files);
    }

    [Fact]
    public async Task A_folder_that_is_no_site_of_ours_is_left_alone()
    {
        Directory.CreateDirectory(Site);
        File.WriteAllText(Path.Combine(Site, "thesis.txt"), "x");

        var said = await Publish(_place.Notebook("a.ipynb", "1"));

        Assert.Equal(2, said.Exit);
        Assert.Equal($"avic: {Site}: not empty, and no site of avic publish; give another folder with --out", said.Error.TrimEnd());
        Assert.Equal(["thesis.txt"], Files);
    }

    [Theory]
    [InlineData("../out.txt")]
    [InlineData("figures/../../out.txt")]
    [InlineData("assets/../../out.txt")]
    [InlineData("other/out.txt")]
    [InlineData("/out.txt")]
    public async Task A_marker_that_names_other_files_removes_none(string name)
    {
        await Publish(_place.Notebook("a.ipynb", "1"));
        Directory.CreateDirectory(Path.Combine(Site, "other"));
        File.WriteAllText(_place.Path("out.txt"), "x");
        File.WriteAllText(Path.Combine(Site, "other", "out.txt"), "x");
        File.AppendAllText(Path.Combine(Site, ".avic-site"), name + "\n");

        Assert.Equal(0, (await Publish(_place.Path("a.ipynb"))).Exit);

        Assert.True(File.Exists(_place.Path("out.txt")));
        Assert.True(File.Exists(Path.Combine(Site, "other", "out.txt")));
    }

    [Fact]
    public async Task Links_in_the_folder_do_not_lead_a_page_out()
    {
        if (OperatingSystem.IsWindows())
            return;   // links need a privilege there
        var notebook = _place.Notebook("a.ipynb", "1");
        await Publish(notebook);
        File.WriteAllText(_place.Path("precious"), "x");
        File.Delete(Path.Combine(Site, "a.html"));
        File.CreateSymbolicLink(Path.Combine(Site, "a.html"), _place.Path("precious"));

        Assert.Equal(0, (await Publish(notebook)).Exit);

        Assert.Equal("x", _place.Text("precious"));
        Assert.Null(new FileInfo(Path.Combine(Site, "a.html")).LinkTarget);
        File.Delete(Path.Combine(Site, ".avic-site"));
        File.WriteAllText(_place.Path("precious"), "x\n");
        File.CreateSymbolicLink(Path.Combine(Site, ".avic-site"), _place.Path("precious"));
        Assert.Equal(0, (await Publish(notebook)).Exit);
        Assert.Equal("x\n", _place.Text("precious"));
        Directory.CreateDirectory(_place.Path("elsewhere"));
        Directory.Delete(Path.Combine(Site, "figures"));
        Directory.CreateSymbolicLink(Path.Combine(Site, "figures"), _place.Path("elsewhere"));
        Assert.Equal(2, (await Publish(notebook)).Exit);
    }

    [Fact]
    public void Pictures_of_a_page_lie_in_its_own_folder_whatever_links_there_are()
    {
        Directory.CreateDirectory(_place.Path("notes/own"));
        Directory.CreateDirectory(_place.Path("secret"));
        File.WriteAllText(_place.Path("notes/own/x.png"), "x");
        File.WriteAllText(_place.Path("secret/x.png"), "x");
        var links = new PageLinks(_place.Path("notes/n.ipynb"), new Dictionary<string, string>());
        Assert.Equal(_place.Path("notes/own/x.png"), links.Picture("own/x.png"));
        Assert.Null(links.Picture("../secret/x.png"));
        if (OperatingSystem.IsWindows())
            return;   // links need a privilege there
        Directory.CreateSymbolicLink(_place.Path("notes/dir"), _place.Path("secret"));
        File.CreateSymbolicLink(_place.Path("notes/x.png"), _place.Path("secret/x.png"));
        Assert.Null(links.Picture("dir/x.png"));
        Assert.Null(links.Picture("x.png"));
    }

    [Fact]
    public async Task An_interrupted_site_has_no_index_and_says_it_is_unfinished()
    {
        var notebook = _place.Notebook("a.ipynb", "1");
        await Publish(notebook);
        using var interrupt = new CancellationTokenSource();
        interrupt.Cancel();

        Assert.Throws<OperationCanceledException>(() => new SiteFolder(Site).Write([new("b.html", [1]), new("index.html", [2])], interrupt.Token));

        Assert.StartsWith("unfinished: ", File.ReadAllText(Path.Combine(Site, ".avic-site")));
        Assert.False(File.Exists(Path.Combine(Site, "index.html")));
        Assert.Equal(0, (await Publish(notebook)).Exit);
        Assert.StartsWith("written by avic publish", File.ReadAllText(Path.Combine(Site, ".avic-site")));
        Assert.True(File.Exists(Path.Combine(Site, "index.html")));
    }

    [Fact]
    public async Task Wrong_words_and_files_are_one_clear_line_and_nothing_is_written()
    {
        File.WriteAllText(_place.Path("broken.ipynb"), "{\n \"cells\": [,]\n}");
        _place.Notebook("deep.ipynb", [Executed.Text(new string('>', 5000))]);
        Assert.Equal("avic: nowhere.ipynb: there is no such file or folder", await Line("nowhere.ipynb"));
        Assert.Contains("broken.ipynb:2:12: not JSON: ", await Line(_place.Path("broken.ipynb")));
        Assert.Contains("deep.ipynb: its Markdown cannot be read: ", await Line(_place.Path("deep.ipynb")));
        Assert.StartsWith("avic: --title: a site needs a title.", await Line("x.ipynb", "--title", " "));

        async Task<string> Line(params string[] words)
        {
            var said = await Publish(words);
            Assert.Equal(2, said.Exit);
            Assert.DoesNotContain("   at ", said.Error);
            Assert.False(Directory.Exists(Site));
            return said.Error.TrimEnd();
        }
    }

    [Fact]
    public async Task A_damaged_notebook_is_a_page_or_an_error_of_one_line()
    {
        _place.Notebook("n.ipynb", [Executed.Text("# T\n\n<details><summary>s</summary>\n\n[a](b.ipynb)\n</details>\n\n|a|\n|-|\n|b|"), Executed.Code("var x = $\"{1}\";", Executed.Html(Executed.Picture(Executed.Square())), Executed.Stream("stdout", "x"))]);
        var whole = File.ReadAllBytes(_place.Path("n.ipynb"));
        var random = new Random(3);
        var pages = 0;
        for (var i = 0; i < 300; i++)
        {
            var damaged = i % 4 == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
            for (var flips = random.Next(1, 4); flips > 0 && i % 4 > 0; flips--)
                damaged[random.Next(damaged.Length)] = i % 4 == 1 ? (byte)random.Next(256) : (byte)"<>[]{}\"\\`*|&;:/"[random.Next(15)];
            File.WriteAllBytes(_place.Path("n.ipynb"), damaged);

            var said = await Publish(_place.Path("n.ipynb"));

            if (said.Exit == 0)
                pages++;
            else
                Assert.Matches(@"^avic: [^\n]*n\.ipynb[^\n]*\n$", said.Error.ReplaceLineEndings("\n"));
        }
        Assert.InRange(pages, 20, 280);
    }
}
