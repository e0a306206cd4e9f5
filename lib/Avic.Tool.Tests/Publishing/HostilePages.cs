using System.Text;
using System.Text.Json.Nodes;

namespace Avic.Tool.Tests;

/// <summary>A notebook that attacks with every text it has changes nothing in its page but the text, seen in a real browser.</summary>
[Collection(nameof(InABrowser))]
public sealed class HostilePages : PublishedSite
{
    /// <summary>Each sets `pwned` or asks for /leak when it works.</summary>
    private static string[] Attacks(string leak) =>
    [
        "<script>pwned = 1</script>",
        $"<script src=\"{leak}/leak.js\"></script>",
        $"<img src=\"{leak}/leak.png\">",
        "<img src=x onerror=\"pwned = 1\">",
        "\"><script>pwned = 1</script>",
        "'\"--></style></title></textarea></pre></code></script><script>pwned = 1</script>",
        "</p></div></section></details></article></main><svg onload=\"pwned = 1\"></svg>",
        "<svg><animate onbegin=\"pwned = 1\" attributeName=x></animate></svg>",
        $"<svg xmlns=\"http://www.w3.org/2000/svg\"><image href=\"{leak}/leak.svg\"/></svg>",
        $"<iframe src=\"{leak}/leak.html\"></iframe><iframe srcdoc=\"<script>parent.pwned = 1</script>\"></iframe>",
        $"<link rel=stylesheet href=\"{leak}/leak.css\"><style>@import url({leak}/leak2.css); body {{ background: url({leak}/leak3.png) }}</style>",
        $"<b style=\"background: url({leak}/leak4.png)\">b</b>",
        $"<object data=\"{leak}/leak.swf\"></object><embed src=\"{leak}/leak.bin\"><video src=\"{leak}/leak.mp4\" autoplay></video><audio src=\"{leak}/leak.mp3\" autoplay></audio>",
        $"<meta http-equiv=refresh content=\"0; url={leak}/leak.html\"><base href=\"{leak}/\">",
        "<details open ontoggle=\"pwned = 1\">d</details><input autofocus onfocus=\"pwned = 1\">",
        "<a href=\"javascript:pwned = 1\">a</a> [a](javascript:pwned=1) <javascript:pwned=1>",
        $"![i]({leak}/leak5.png) [l](//{leak[7..]}/leak)",
        $"<form action=\"{leak}/leak\"><button>b</button></form><math href=\"javascript:pwned=1\">m</math>",
        $"<link rel=prefetch href=\"{leak}/leak6\"><link rel=dns-prefetch href=\"{leak}\"><a ping=\"{leak}/leak7\" href=#>p</a>",
        "<noscript><p title=\"</noscript><img src=x onerror=pwned=1>\"></noscript>",
        "<code class=\"avic-stepper\">apic-access-is-never-lost V5_15<img src=x onerror=pwned=1>:0000:a</code>",
    ];

    private static string Vector(string inside) => Executed.Picture(
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\" width=\"99\" height=\"99\" onload=\"pwned = 1\"><rect width=\"99\" height=\"99\"/>{inside}</svg>", "&quot;&gt;&lt;script&gt;pwned=1&lt;/script&gt;");

    private static string[] Vectors(string leak) =>
    [
        Vector("<script>pwned = 1</script>"),
        Vector($"<image href=\"{leak}/leak.png\" width=\"9\" height=\"9\"/><use xlink:href=\"{leak}/leak.svg#a\"/>"),
        Vector($"<style>@import url({leak}/leak.css); rect {{ fill: url({leak}/leak.svg#a) }}</style>"),
        Vector("<foreignObject width=\"9\" height=\"9\"><img xmlns=\"http://www.w3.org/1999/xhtml\" src=\"x\" onerror=\"pwned = 1\"/></foreignObject>"),
        Vector("<animate attributeName=\"x\" dur=\"1s\" onbegin=\"pwned = 1\"/><set attributeName=\"href\" to=\"javascript:pwned=1\"/>"),
        Vector($"<?xml-stylesheet href=\"{leak}/leak.css\"?><h:script xmlns:h=\"http://www.w3.org/1999/xhtml\">pwned = 1</h:script>"),
    ];

    // Every place of a notebook where text may stand.
    private string Notebook(string name, IReadOnlyList<string> attacks, IEnumerable<string> vectors)
    {
        var all = string.Join("\n\n", attacks);
        List<JsonObject> cells = [Executed.Text($"# {attacks[0]} {attacks[3]}\n\n{attacks[4]} first"), Executed.Text(all), Executed.Text("## " + string.Join("\n## ", attacks)), Executed.Text("```csharp\n" + all + "\n```\n\n    " + attacks[0])];
        cells.AddRange(attacks.Select(a => Executed.Code(a,
            Executed.Html(a), Executed.Html($"<table><tr><td>{a}</table>"), Executed.Result(("text/plain", a)), Executed.Result(("text/markdown", a)), Executed.Result((a, a)), Executed.Result(("image/svg+xml", a)),
            Executed.Result(("image/png", Convert.ToBase64String(Encoding.UTF8.GetBytes(a)))), Executed.Stream("stdout", a), Executed.Stream("stderr", a), Executed.Error(a, a))));
        cells.AddRange(vectors.Select(v => Executed.Code(v, Executed.Html(v))));
        var strange = Executed.Code(all, Executed.Stream(attacks[4], all));
        strange["metadata"] = new JsonObject { ["polyglot_notebook"] = new JsonObject { ["kernelName"] = attacks[4] } };
        return _place.Notebook(name, [.. cells, strange]);
    }

    [NeedsFact("chromium")]
    public async Task Nothing_foreign_runs_and_nothing_leaves_from_disk_or_over_http()
    {
        using var leaks = new FolderServer(_place.Folder);
        var attacks = Attacks(leaks.Address.TrimEnd('/'));
        Notebook("in/a.ipynb", attacks, Vectors(leaks.Address.TrimEnd('/')));
        if (!OperatingSystem.IsWindows())
            Notebook("in/\"><script>pwned=1<|script> & '.ipynb", attacks, []);
        Assert.Equal(0, (await Publish(_place.Path("in"), "--title", attacks[4])).Exit);
        Assert.Equal(["in", "site"], Directory.EnumerateFileSystemEntries(_place.Folder).Select(Path.GetFileName).Order());
        using var server = new FolderServer(Site);
        await using var browser = await Chromium.Start();

        string[] files = [.. Directory.EnumerateFiles(Site, "*", SearchOption.AllDirectories).Where(f => f.EndsWith(".html", StringComparison.Ordinal) || f.EndsWith(".svg", StringComparison.Ordinal))];
        Assert.True(files.Length >= 2 + 6);
        foreach (var root in (string[])[new Uri(Site + "/").AbsoluteUri, server.Address])
            foreach (var file in files)
            {
                var tab = await browser.Open(root + Path.GetRelativePath(Site, file).Replace('\\', '/'));
                Assert.Equal("undefined", (await tab.Evaluate("typeof pwned"))!.GetValue<string>());
                Assert.Empty(tab.Dialogs);
                Assert.All(tab.Requests, address => Assert.StartsWith(root, address));
                if (file.EndsWith(".svg", StringComparison.Ordinal))
                    continue;
                Assert.Equal("[]", (await tab.Evaluate(Suspicious))!.GetValue<string>());
                // Our own script ran: the page is alive, not merely dead.
                if (!file.EndsWith("index.html", StringComparison.Ordinal))
                    Assert.Equal("Hide code", (await tab.Evaluate("document.querySelector('header.site button').textContent"))!.GetValue<string>());
            }
        Assert.Empty(leaks.Asked);
        // A picture opened by itself has nowhere to say that it has no icon; the browser asks for one.
        Assert.All(server.Asked.Except(["/favicon.ico"]), path => Assert.True(File.Exists(Path.Combine(Site, path.TrimStart('/'))), path));

        // The attacks are still there, as text.
        var text = (await (await browser.Open(server.Address + "a.html")).Evaluate("document.body.textContent"))!.GetValue<string>();
        Assert.All(attacks, attack => Assert.Contains(attack, text));

        // Found, too, they are text.
        var searched = await browser.Open(server.Address + "a.html");
        await searched.Evaluate("(() => { const box = document.querySelector('[role=search] input'); box.value = 'pwned'; box.dispatchEvent(new Event('input')) })()");
        await searched.Until("document.querySelector('.found mark')");
        Assert.Contains("<", (await searched.Evaluate("document.querySelector('.found').textContent"))!.GetValue<string>());
        Assert.Equal("[]", (await searched.Evaluate(Suspicious))!.GetValue<string>());
        Assert.Equal("undefined", (await searched.Evaluate("typeof pwned"))!.GetValue<string>());
    }

    // What no page of ours has, whatever a notebook says.
    private const string Suspicious = """
        JSON.stringify([...document.querySelectorAll('*')].filter(e =>
          [...e.attributes].some(a => /^on|^style$|^srcdoc$|^ping$|^formaction$/i.test(a.name)) ||
          /^(iframe|object|embed|form|input|base|style|svg|math|video|audio|template|noscript)$/i.test(e.localName) && !e.closest('header.site > form[role=search]') ||
          e.localName == 'script' && !/^(.*\/)?assets\/(site|search|search-index)\.js$/.test(e.getAttribute('src')) ||
          e.localName == 'a' && !/^(https?:|mailto:|file:)/.test(e.href) ||
          e.localName == 'img' && !/^(data:image\/(svg\+xml|png|jpeg|gif);base64,|figures\/)/.test(e.getAttribute('src'))).map(e => e.outerHTML))
        """;

    /// <summary>The same attacks in a page that does not defend itself: what the fact above would see.</summary>
    [NeedsFact("chromium")]
    public async Task Undefended_the_same_attacks_work()
    {
        using var leaks = new FolderServer(_place.Folder);
        var leak = leaks.Address.TrimEnd('/');
        await using var browser = await Chromium.Start();
        Directory.CreateDirectory(Site);
        for (var i = 0; i < Attacks(leak).Length; i++)
        {
            if (Attacks(leak)[i].Contains("[a](", StringComparison.Ordinal) || Attacks(leak)[i].StartsWith("![i]", StringComparison.Ordinal) || Attacks(leak)[i].StartsWith("<form", StringComparison.Ordinal))
                continue;   // these wait for a click, or for a Markdown writer
            var page = Path.Combine(Site, $"{i}.html");
            File.WriteAllText(page, $"<!DOCTYPE html><meta charset=utf-8><body>{(i == 5 ? "<textarea>" : "")}{(i == 4 ? "<b title=\"" : "")}{Attacks(leak)[i]}");
            var asked = leaks.Asked.Count;
            var tab = await browser.Open(new Uri(page).AbsoluteUri);
            Assert.True(leaks.Asked.Count > asked || tab.Requests.Any(r => r.StartsWith(leak, StringComparison.Ordinal)) || (await tab.Evaluate("typeof pwned"))!.GetValue<string>() == "number", Attacks(leak)[i]);
        }
        for (var i = 0; i < Vectors(leak).Length; i++)
        {
            var picture = Path.Combine(Site, $"{i}.svg");
            File.WriteAllBytes(picture, Convert.FromBase64String(Vectors(leak)[i].Split("base64,")[1].Split('"')[0]));
            Assert.Equal("number", (await (await browser.Open(new Uri(picture).AbsoluteUri)).Evaluate("typeof pwned"))!.GetValue<string>());
        }
    }
}
