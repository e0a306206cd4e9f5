using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Avic.Tool.Tests;

/// <summary>Pages as readers meet them: on a phone, in the dark, on paper, without scripts.</summary>
[Collection(nameof(InABrowser))]
public sealed class PageLooks : PublishedSite
{
    private async Task<string> Written()
    {
        _place.Notebook("a.ipynb",
        [
            Executed.Text("# Title\n\nText with `a_very_long_name_that_no_line_of_a_phone_could_ever_hold_without_breaking`.\n\n" + string.Join("\n\n", Enumerable.Range(1, 30).Select(i => $"## Part {i}"))
                + "\n\n|a|b|\n|-|-|\n|" + new string('x', 200) + "|y|\n\n<details><summary>Ask</summary>\n\nAnswer\n</details>"),
            Executed.Code("var x = \"" + new string('x', 300) + "\";",
                Executed.Stream("stdout", new string('=', 400)), Executed.Html($"<table><tr>{string.Concat(Enumerable.Repeat("<td>cellcellcell</td>", 40))}</tr></table>"),
                Executed.Html(Executed.Picture(Executed.Square().Replace("width=\"10\"", "width=\"3000\"", StringComparison.Ordinal))), Executed.Error("E", new string('!', 300))),
        ]);
        Assert.Equal(0, (await Publish(_place.Path("a.ipynb"))).Exit);
        return new Uri(_place.Path("site/a.html")).AbsoluteUri;
    }

    [NeedsFact("chromium")]
    public async Task Nothing_is_wider_than_a_phone_but_what_scrolls_in_itself()
    {
        var page = await Written();
        await using var browser = await Chromium.Start();
        foreach (var width in (int[])[350, 390, 800, 1200, 2000])
        {
            var tab = await browser.Open(page, width);
            Assert.InRange((await tab.Evaluate("document.documentElement.scrollWidth"))!.GetValue<int>(), 1, width);
        }
    }

    [NeedsFact("chromium")]
    public async Task A_drawing_keeps_its_size_on_a_phone_and_shrinks_to_paper()
    {
        const string Drawing = "document.querySelector('.figure .scroll img').getBoundingClientRect().width";
        var page = await Written();
        await using var browser = await Chromium.Start();

        Assert.Equal(3000, (await (await browser.Open(page, 350)).Evaluate(Drawing))!.GetValue<double>());
        Assert.InRange((await (await browser.Open(page, 673, print: true)).Evaluate(Drawing))!.GetValue<double>(), 10, 673);
    }

    [NeedsFact("chromium")]
    public async Task Without_scripts_the_page_is_whole()
    {
        await using var browser = await Chromium.Start();

        var tab = await browser.Open(await Written(), scripts: false);

        Assert.True((await tab.Evaluate("document.querySelector('header.site button') == null"))!.GetValue<bool>());
        Assert.True((await tab.Evaluate("document.querySelector('.code pre').checkVisibility() && document.querySelector('.contents a').checkVisibility() && getComputedStyle(document.body).backgroundColor != 'rgba(0, 0, 0, 0)'"))!.GetValue<bool>());
    }

    [NeedsFact("chromium")]
    public async Task A_click_hides_all_code_and_another_shows_it()
    {
        await using var browser = await Chromium.Start();
        var tab = await browser.Open(await Written());

        Assert.Equal("Show code", (await tab.Evaluate("var b = document.querySelector('header.site button'); b.click(); b.textContent"))!.GetValue<string>());
        Assert.False((await tab.Evaluate("document.querySelector('.code pre').checkVisibility({contentVisibilityAuto: true})"))!.GetValue<bool>());
        await tab.Evaluate("b.click()");
        Assert.True((await tab.Evaluate("document.querySelector('.code pre').checkVisibility()"))!.GetValue<bool>());
    }

    [NeedsFact("chromium")]
    public async Task On_paper_everything_is_unfolded_and_the_navigation_is_gone()
    {
        await using var browser = await Chromium.Start();

        // The script's own unfolding needs a print; the style sheet must do without.
        var tab = await browser.Open(await Written(), scripts: false, print: true);

        Assert.True((await tab.Evaluate("document.querySelector('.fold p').getBoundingClientRect().height > 0 && document.querySelector('.fold p').checkVisibility()"))!.GetValue<bool>());
        Assert.False((await tab.Evaluate("['.contents', 'header.site', '.file', '.skip'].some(s => document.querySelector(s).checkVisibility())"))!.GetValue<bool>());
    }

    [NeedsFact("chromium")]
    public async Task In_the_dark_the_ground_is_dark_and_the_letters_are_light()
    {
        const string Brightness = "getComputedStyle(document.body).$.match(/\\d+/g).slice(0, 3).reduce((a, b) => a + +b, 0)";
        var page = await Written();
        await using var browser = await Chromium.Start();
        foreach (var (dark, lighter, darker) in ((bool, string, string)[])[(false, "backgroundColor", "color"), (true, "color", "backgroundColor")])
        {
            var tab = await browser.Open(page, dark: dark);
            Assert.InRange((await tab.Evaluate(Brightness.Replace("$", lighter, StringComparison.Ordinal)))!.GetValue<int>(), 600, 765);
            Assert.InRange((await tab.Evaluate(Brightness.Replace("$", darker, StringComparison.Ordinal)))!.GetValue<int>(), 0, 150);
        }
    }

    /// <summary>WCAG 2's contrast of every colour that letters have, on every ground they stand on.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Letters_stand_out_in_both_themes(int theme)
    {
        var style = Encoding.UTF8.GetString(SiteAssets.All().First().Bytes);
        var colours = Regex.Matches(Regex.Matches(style, @":root \{(.*?)\}", RegexOptions.Singleline)[theme].Value, @"--(\w+): #([0-9a-f]{6})").ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);
        foreach (var letters in (string[])["ink", "quiet", "link", "keyword", "string", "number", "comment", "trouble"])
            foreach (var ground in (string[])["paper", "shade"])
            {
                double[] both = [Luminance(colours[letters]), Luminance(colours[ground])];
                Assert.True((both.Max() + 0.05) / (both.Min() + 0.05) >= 4.5, $"{letters} on {ground}");
            }

        static double Luminance(string colour) => new[] { 0.2126, 0.7152, 0.0722 }.Select((weight, i) =>
            int.Parse(colour.AsSpan(2 * i, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0 is var c && c <= 0.03928 ? weight * c / 12.92 : weight * Math.Pow((c + 0.055) / 1.055, 2.4)).Sum();
    }
}
