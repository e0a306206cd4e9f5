using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Avic.Model;
using Avic.Notebook;

namespace Avic.Tool.Tests;

/// <summary>What cells saved shows where readers are: in nbconvert's page, in a classic notebook that does not trust it, and on our page without scripts.</summary>
[Collection(nameof(InABrowser))]
public sealed class DisplayFacts : JupyterPlace
{
    // Unfolds what is folded, and waits until every image has been decoded or cannot be.
    private const string Seen = """
        (async () => {
          document.querySelectorAll('OUTPUT details').forEach(fold => fold.open = true);
          const images = [...document.querySelectorAll('OUTPUT img')], tables = [...document.querySelectorAll('OUTPUT table')];
          await Promise.allSettled(images.map(image => image.decode()));
          const isSeen = element => element.checkVisibility() && element.getBoundingClientRect().height > 0 && element.getBoundingClientRect().width > 0;
          return [images.filter(image => image.naturalWidth > 0 && isSeen(image)).length, tables.filter(isSeen).length].join();
        })()
        """;

    /// <summary>An output of every kind that Avic.Notebook has, and those of the model.</summary>
    private static readonly IDisplayed[] Outputs =
    [
        .. Examples.All.Values.Select(make => make()),
        Examples.Race, Examples.Race.Stepper(), Examples.Race.Table(), Examples.Race.Diff(Examples.Seed(1)),
        Small.Check(Property.NoDeadlock), Small.Ablate([Property.NoDeadlock]), Small.Ablate([Property.NoDeadlock]).Heatmap(),
    ];

    private static readonly string[] Saved = [.. Outputs.Select(output => output.ToHtml())];

    private static readonly string Expected = string.Create(CultureInfo.InvariantCulture,
        $"{Saved.Sum(html => Regex.Count(html, "<img src=\"data:"))},{Saved.Sum(html => Regex.Count(html, "<table>"))}");

    private static Scenario Small => Scenario.Parse(Linux.V5_15, "1,,+4");

    private string Notebook() => _place.Notebook("shown.ipynb", [Executed.Text("# Shown"), .. Saved.Select((html, i) => Executed.Code($"{i}", Executed.Html(html)))]);

    [Fact]
    public void No_kind_of_output_is_left_out() => Assert.Empty(
        typeof(Picture).Assembly.GetExportedTypes().Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(IDisplayed))).Except(Outputs.Select(output => output.GetType())));

    [NeedsFact("jupyter", "chromium")]
    public async Task Every_picture_and_table_shows_in_nbconverts_page()
    {
        var (exit, said) = await Run("jupyter", _place.Folder, "nbconvert", "--to", "html", Notebook());
        Assert.True(exit == 0, said);
        await using var browser = await Chromium.Start();

        var tab = await browser.Open(new Uri(_place.Path("shown.html")).AbsoluteUri);

        Assert.Equal(Expected, await Look(tab, ".jp-OutputArea-output"));
    }

    [NeedsFact("jupyter", "chromium")]
    public async Task Every_picture_and_table_shows_in_a_classic_notebook_that_is_not_trusted()
    {
        Notebook();
        var port = FreePort();
        using var server = Start("jupyter", _place.Folder, "notebook", "--no-browser", "--allow-root", "--ip=127.0.0.1", $"--port={port}", "--NotebookApp.port_retries=0", "--NotebookApp.token=t");
        _ = server.StandardOutput.ReadToEndAsync();
        try
        {
            while (await server.StandardError.ReadLineAsync() is { } line && !line.Contains("is running at", StringComparison.Ordinal))
                continue;
            Assert.False(server.HasExited);
            _ = server.StandardError.ReadToEndAsync();
            await using var browser = await Chromium.Start();

            var tab = await browser.Open($"http://127.0.0.1:{port}/notebooks/shown.ipynb?token=t");
            await tab.Evaluate("new Promise(done => { const look = () => window.Jupyter && Jupyter.notebook && Jupyter.notebook._fully_loaded ? done(0) : setTimeout(look, 50); look(); })");

            Assert.False((bool)(await tab.Evaluate("Jupyter.notebook.trusted"))!);
            Assert.Equal(Expected, await Look(tab, ".output_html"));
        }
        finally
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
        }
    }

    [NeedsFact("chromium")]
    public async Task Every_picture_and_table_shows_on_our_page_without_scripts()
    {
        Assert.Equal(0, (await Workplace.Avic("publish", Notebook(), "--out", _place.Path("site"))).Exit);
        await using var browser = await Chromium.Start();

        var tab = await browser.Open(new Uri(_place.Path("site/shown.html")).AbsoluteUri, scripts: false);

        Assert.Equal(Expected, await Look(tab, ".output"));
    }

    private static async Task<string?> Look(Tab tab, string output) => (string?)await tab.Evaluate(Seen.Replace("OUTPUT", output, StringComparison.Ordinal));
}
