using AngleSharp.Dom;

namespace Avic.Tool.Tests;

/// <summary>The site of the whole course, as its readers meet it.</summary>
[Collection(nameof(InABrowser))]
public sealed class CourseSiteFacts(CourseSite site) : IClassFixture<CourseSite>
{
    [Fact]
    public void Every_address_on_every_page_is_there_down_to_the_place_on_the_page()
    {
        Assert.True(site.Pages.Length > 20, string.Join(' ', site.Pages));
        foreach (var name in site.Pages)
            foreach (var address in site.Page(name).QuerySelectorAll("[href],[src]").Select(element => element.GetAttribute("href") ?? element.GetAttribute("src")!).Where(address => !address.StartsWith("data:", StringComparison.Ordinal)))
                if (address.Contains(':'))
                    Assert.True(Uri.TryCreate(address, UriKind.Absolute, out var web) && web.Scheme == "https", $"{name}: {address}");
                else if (address.Split('#') is var parts && parts[0].Length > 0)
                {
                    Assert.True(File.Exists(Path.Combine(site.Folder, parts[0])), $"{name}: {address}");
                    Assert.True(parts.Length == 1 || site.Page(parts[0]).GetElementById(parts[1]) is not null, $"{name}: {address}");
                }
                else
                    Assert.True(site.Page(name).GetElementById(parts[1]) is not null, $"{name}: {address}");
    }

    [Fact]
    public void Every_page_leads_home_to_the_glossary_and_to_the_sources()
    {
        foreach (var name in site.Pages)
            Assert.Equal(["index.html", "glossary.html", "sources.html"], site.Page(name).QuerySelectorAll("header.site a").Select(link => link.GetAttribute("href")));
        var run = Directory.GetFiles(Path.Combine(site.Folder, "traces"))[0];
        Assert.Contains("\"../glossary.html\"", File.ReadAllText(run));
    }

    [Fact]
    public void The_front_page_leads_to_every_other_page_by_its_own_text_and_shows_the_race()
    {
        var front = site.Page("index.html");

        Assert.Equal(site.Pages.Except(["index.html"]), front.QuerySelectorAll("article a").Select(link => link.GetAttribute("href")!.Split('#')[0]).Distinct().Where(page => !page.Contains(':')).Order(StringComparer.Ordinal));
        Assert.Empty(front.QuerySelectorAll(".articles"));
        var race = front.QuerySelector(".cover img")!;
        Assert.Contains("***boom***", race.GetAttribute("alt"));
        Assert.Contains(race.GetAttribute("src"), site.Page("00-start-here.html").QuerySelectorAll(".figure img").Select(picture => picture.GetAttribute("src")));
    }

    [Fact]
    public void Words_of_the_glossary_lead_there_once_a_page_from_running_text_only()
    {
        var led = new HashSet<string>();
        foreach (var page in site.Pages.Select(site.Page))
        {
            string[] terms = [.. page.QuerySelectorAll("a.term").Select(term => term.GetAttribute("href")!)];
            Assert.Equal(terms.Distinct(), terms);
            Assert.Empty(page.QuerySelectorAll("h1 .term, h2 .term, h3 .term, summary .term, pre .term, code .term, a .term, .output .term"));
            led.UnionWith(terms);
        }
        Assert.Empty(site.Page("glossary.html").QuerySelectorAll(".term"));
        Assert.True(led.Count > 40, string.Join(' ', led));
    }

    [NeedsFact("chromium", "npm")]
    public async Task No_page_has_a_fault_on_a_desk_by_day_or_on_a_phone_by_night()
    {
        await using var browser = await Chromium.Start();
        List<string> wrong = [];
        foreach (var name in site.Pages)
            foreach (var (width, dark) in ((int, bool)[])[(1200, false), (350, true)])
            {
                var tab = await browser.Open(site.Address(name), width, dark: dark);
                var at = $"{name}, {width} px, {(dark ? "dark" : "light")}";
                if ((await tab.Evaluate("document.documentElement.scrollWidth"))!.GetValue<int>() is var whole && whole > width)
                    wrong.Add($"{at}: {whole} px wide");
                // What the auditor itself asks for is not the page's doing.
                wrong.AddRange(tab.Errors.Select(error => $"{at}: {error}"));
                wrong.AddRange(tab.Requests.Where(request => !request.StartsWith(site.Address(""), StringComparison.Ordinal)).Select(request => $"{at}: asks for {request}"));
                wrong.AddRange((await Axe.Audit(tab)).Select(violation => $"{at}: {violation}"));
                await tab.Close();
            }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [NeedsFact("chromium", "npm")]
    public async Task Words_typed_in_the_box_find_sections_without_a_server()
    {
        await using var browser = await Chromium.Start();
        var tab = await browser.Open(site.Address("00-start-here.html"), 350, dark: true);
        Assert.DoesNotContain(tab.Requests, request => request.EndsWith("search-index.js", StringComparison.Ordinal));

        await Search(tab, "DOORBELL");
        await tab.Until("document.querySelectorAll('.found a').length > 3");

        Assert.Equal($"{site.Address("glossary.html")}#s-doorbell", await Text(tab, "document.querySelector('.found a').href"));
        Assert.Matches(@"^\d+ sections", await Text(tab, "document.querySelector('.found [aria-live=polite]').textContent"));
        Assert.True((await tab.Evaluate("document.documentElement.scrollWidth"))!.GetValue<int>() <= 350);
        Assert.Empty(tab.Errors);
        Assert.Empty(await Axe.Audit(tab));

        // By keys alone: down to the first, up again, out.
        await Key(tab, "ArrowDown");
        Assert.Equal("A", await Text(tab, "document.activeElement.tagName"));
        await Key(tab, "ArrowUp");
        Assert.Equal("INPUT", await Text(tab, "document.activeElement.tagName"));
        await Key(tab, "Escape");
        Assert.True((await tab.Evaluate("document.querySelector('.found').hidden"))!.GetValue<bool>());

        await Search(tab, "qqxzz");
        Assert.Equal("Nothing found", await Text(tab, "document.querySelector('.found [aria-live]').textContent"));

        // Two letters exchanged, and one word that is there: Enter takes what was meant.
        await Search(tab, "inhibti word");
        Assert.Equal("inhibit word", await Text(tab, "document.querySelector('.found button').textContent"));
        Assert.Empty(await Axe.Audit(tab));
        await Key(tab, "Enter");
        Assert.Matches(@"^\d+ sections", await Text(tab, "document.querySelector('.found [aria-live]').textContent"));
        Assert.True((await tab.Evaluate("document.querySelector('.found button').hidden"))!.GetValue<bool>());

        await Search(tab, "kvm_vcpu_block blocking check");
        Assert.Contains("03-ipis-and-doorbells.html#", await Text(tab, "document.querySelector('.found a').href"));
        await Key(tab, "Enter");
        await tab.Until("location.pathname.endsWith('03-ipis-and-doorbells.html') && location.hash");
    }

    [NeedsFact("chromium")]
    public async Task Where_scripts_are_off_there_is_no_box_and_the_glossary_is_a_click_away()
    {
        await using var browser = await Chromium.Start();

        var tab = await browser.Open(site.Address("03-ipis-and-doorbells.html"), scripts: false);

        Assert.True((await tab.Evaluate("document.querySelector('input') == null && document.querySelector('header a[href=\"glossary.html\"]').checkVisibility()"))!.GetValue<bool>());
    }

    private static Task Search(Tab tab, string words) => tab.Evaluate($"(() => {{ const box = document.querySelector('[role=search] input'); box.focus(); box.value = '{words}'; box.dispatchEvent(new Event('input')) }})()");

    private static async Task Key(Tab tab, string key)
    {
        foreach (var type in (string[])["keyDown", "keyUp"])
            await tab.Ask("Input.dispatchKeyEvent", new() { ["type"] = type, ["key"] = key, ["code"] = key, ["windowsVirtualKeyCode"] = key == "Enter" ? 13 : 0, ["text"] = key == "Enter" && type == "keyDown" ? "\r" : "" });
    }

    private static async Task<string> Text(Tab tab, string script) => (await tab.Evaluate(script))!.GetValue<string>();
}
