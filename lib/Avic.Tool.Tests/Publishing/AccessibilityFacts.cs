using Avic.Notebook;

namespace Avic.Tool.Tests;

/// <summary>Pages with every kind of picture, audited by axe: contrast, names, roles, order of headings, what a keyboard reaches.</summary>
[Collection(nameof(InABrowser))]
public sealed class AccessibilityFacts : PublishedSite
{
    [NeedsFact("chromium", "npm")]
    public async Task Axe_finds_nothing_wrong_with_any_page_by_day_or_by_night()
    {
        _place.Notebook("odds.ipynb",
        [
            Executed.Text("# Odds and ends\n\n|a|b|\n|-|-|\n|1|2|\n\n> A note\n\n## A part\n\n`code` and [a link](other.ipynb)"),
            Executed.Code("1 / 0", Executed.Stream("stdout", "written\n"), Executed.Stream("stderr", "warned\n"), Executed.Error("DivideByZeroException", "Attempted to divide by zero.")),
            .. Examples.All.Where(example => !example.Key.StartsWith("figure", StringComparison.Ordinal) && !example.Key.Contains("long", StringComparison.Ordinal)).Select(example => Executed.Code("p", Executed.Html(example.Value().ToHtml()))),
            Executed.Code("t", Executed.Html(Examples.Race.Table().ToHtml()), Executed.Html(Examples.Race.ToHtml()), Executed.Html(Examples.Race.Diff(Examples.Seed(1)).ToHtml())),
        ]);
        _place.Notebook("other.ipynb", "1");
        Assert.Equal(0, (await Publish(_place.Path("odds.ipynb"), _place.Path("other.ipynb"))).Exit);
        await using var browser = await Chromium.Start();
        List<string> wrong = [];
        foreach (var page in (string[])["index", "odds"])
            foreach (var (width, dark) in ((int, bool)[])[(1200, false), (1200, true), (350, true)])
            {
                var tab = await browser.Open(new Uri(_place.Path($"site/{page}.html")).AbsoluteUri, width, dark: dark);
                wrong.AddRange((await Axe.Audit(tab)).Select(violation => $"{page}, {width} px, {(dark ? "dark" : "light")}: {violation}"));
            }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>So that the fact above can fail.</summary>
    [NeedsFact("chromium", "npm")]
    public async Task Axe_finds_a_picture_without_a_text_and_pale_letters()
    {
        File.WriteAllText(_place.Path("bad.html"), "<!DOCTYPE html><html lang=\"en\"><title>t</title><main><h1>t</h1><img src=\"data:,\"><p style=\"color:#ccc\">pale</p></main></html>");
        await using var browser = await Chromium.Start();
        var tab = await browser.Open(new Uri(_place.Path("bad.html")).AbsoluteUri);
        var found = await Axe.Audit(tab, fewest: 1);
        Assert.Contains(found, violation => violation.StartsWith("image-alt", StringComparison.Ordinal));
        Assert.Contains(found, violation => violation.StartsWith("color-contrast", StringComparison.Ordinal));
    }
}
