using System.Diagnostics;
using System.Net;
using AngleSharp.Dom;
using Avic.Model;
using Avic.Notebook;

namespace Avic.Tool.Tests;

/// <summary>What becomes of the schedules that a matrix carries behind its cells.</summary>
public sealed class TracePagesFacts : PublishedSite
{
    private static readonly Scenario Small = Scenario.Parse(Linux.V5_15, "1,,+4");

    private async Task<IDocument> Published(params string[] outputs)
    {
        _place.Notebook("a.ipynb", [Executed.Text("# A & B"), Executed.Code("1", [.. outputs.Select(Executed.Html)])]);
        Assert.Equal(0, (await Publish(_place.Path("a.ipynb"))).Exit);
        return Page("a.html");
    }

    private static string Cell(string token, string property = "no-deadlock", string said = "53") =>
        $"<table><tr><td><details><summary>{said}</summary><code title=\"{WebUtility.HtmlEncode(property)}\">{WebUtility.HtmlEncode(token)}</code></details></td></tr></table>";

    [Fact]
    public async Task Every_broken_cell_of_an_ablation_leads_to_its_shortest_witness()
    {
        var matrix = Small.Ablate([Property.NoDeadlock, Property.LocksReleasedByHolder]);
        var witnesses = matrix.Rows.SelectMany(row => row.Cells).Where(cell => cell.Effect == AblationEffect.Broken).Select(cell => cell.Verdict!.Counterexample!).ToList();

        using var page = await Published(matrix.Heatmap().ToHtml());

        var links = page.QuerySelectorAll("td a").ToList();
        Assert.NotEmpty(witnesses);
        Assert.Equal(witnesses.Select(trace => $"{trace.Steps.Count}"), links.Select(link => link.TextContent));
        foreach (var (trace, link) in witnesses.Zip(links))
        {
            using var run = Page(link.GetAttribute("href")!);
            Assert.Equal($"{trace.Violation} is violated in {trace.Steps.Count} rows", run.QuerySelector("h1")!.TextContent);
            Assert.Equal(trace.Mail(), run.QuerySelector("pre")!.TextContent);
            Assert.Contains($"'{trace.Token}'", run.QuerySelectorAll("pre").Last().TextContent);
            Assert.Equal(trace.Lanes().ToHtml().Split("<img").Length - 1, run.QuerySelectorAll(".figure img").Length);
            Assert.Equal(["../index.html", "../a.html#cell-1"], run.QuerySelectorAll("header a").Select(a => a.GetAttribute("href")));
            Assert.Equal("../assets/site.css", run.QuerySelector("link[rel=stylesheet]")!.GetAttribute("href"));
            Assert.Empty(run.QuerySelectorAll("[style],script:not([src])"));
        }
    }

    [Fact]
    public async Task What_a_notebook_says_of_a_run_is_not_believed()
    {
        var run = Small.Run(Schedule.RoundRobin, longest: 9);

        using var page = await Published(Cell(run.Token, "no-deadlock"), Cell(run.Token, "made-up"));

        foreach (var link in page.QuerySelectorAll("td a"))
        {
            using var trace = Page(link.GetAttribute("href")!);
            Assert.Equal("A run of 9 rows", trace.QuerySelector("h1")!.TextContent);
            Assert.DoesNotContain("boom", trace.Body!.TextContent);
        }
        Assert.Equal(2, page.QuerySelectorAll("td a").Length);
    }

    [Fact]
    public async Task A_schedule_that_cannot_be_taken_stays_text()
    {
        var model = Small.Model;
        string[] tokens =
        [
            "", ":", "/", "::", "V5_15", "V5_15/1,,+4", $"{model.Name}:0000:a", "V9/1:0:a", "V5_15~x.-y/1:0:a", "V5_15~code.label'/1:0:a",
            $"{model.Name}:{model.Fingerprint}:ax1000000", $"{model.Name}:{model.Fingerprint}:ax1000", $"{model.Name}:{model.Fingerprint}:z_9.9", $"{model.Name}:{model.Fingerprint}:bx5ax999",
            "V5_15/4,0" + new string('I', 60) + ":0:a", "V5_15/1" + string.Concat(Enumerable.Repeat(",+4", 9)) + ":0:a", "../../x", "javascript:pwned=1", "\"><script>pwned = 1</script>", new string('a', 50_000),
            "V5_15" + string.Concat(Enumerable.Repeat("~kvm_zap_gfn_range.-seq", 80)) + "/1:0:a",
        ];

        using var page = await Published([.. tokens.Select(token => Cell(token, "\"><script>pwned = 1</script>"))]);

        Assert.Equal(tokens, page.QuerySelectorAll("td details code").Select(code => code.TextContent));
        Assert.Empty(page.QuerySelectorAll("td a,[title],script:not([src])"));
    }

    [Fact]
    public async Task A_notebook_that_names_endless_runs_gets_some_hundred_pages_and_no_more()
    {
        // Each of other programs, so that nothing is worked out once for all.
        var tokens = Enumerable.Range(0, 520).Select(i => Scenario.Parse(Linux.V5_15, $"4,0W{i % 250},1W{i / 250},2W1,3W1,+4-4+4-4+4,-4+4,+1-1,-2").Run(Schedule.Seed(i), longest: 900).Token);
        var html = string.Concat(tokens.Select(token => Cell(token)));
        using var page = await Published(html);

        Assert.Equal(500, page.QuerySelectorAll("td a").Length);
    }
}
