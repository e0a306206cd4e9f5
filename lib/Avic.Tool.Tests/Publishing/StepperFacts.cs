using System.Text;
using System.Text.Json.Nodes;
using Avic.Model;
using Avic.Notebook;

namespace Avic.Tool.Tests;

/// <summary>Runs to walk by hand: what publishing makes of the word of a notebook, and what a reader's browser makes of that.</summary>
[Collection(nameof(InABrowser))]
public sealed class StepperFacts : PublishedSite
{
    private static readonly Scenario Race = Scenario.Parse(Linux.VcpuStatus, "2,1W32,+4-4");

    private static readonly Lazy<Trace> Shortest = new(() => Race.Check(Property.ApicAccessIsNeverLost).Counterexample!);

    private async Task<string> Written(params IEnumerable<string> html)
    {
        _place.Notebook("a.ipynb", [Executed.Text("# A"), .. html.Select(h => Executed.Code("1", Executed.Html(h)))]);
        Assert.Equal(0, (await Publish(_place.Path("a.ipynb"))).Exit);
        return new Uri(_place.Path("site/a.html")).AbsoluteUri;
    }

    private static string Marked(string text) => $"<p>run <code class=\"{Stepper.Marker}\">{PageText.Encode(text)}</code></p>";

    private static string Token(string moves) => Race.Run(Schedule.Seed(1), 0).Token + moves;

    // The state of the first stepper on a page.
    private const string Root = "document.querySelector('.stepper')", Status = Root + ".querySelector('.status').textContent", Mail = Root + ".querySelectorAll('pre')[0].textContent",
        Buttons = "[..." + Root + ".querySelectorAll('.board button')]", Controls = Root + ".querySelectorAll('.controls button')";

    private static async Task<string> Text(Tab tab, string script) => (await tab.Evaluate(script))!.GetValue<string>();

    private static async Task Press(Tab tab, params string[] keys)
    {
        foreach (var key in keys)
            foreach (var type in (string[])["keyDown", "keyUp"])
                await tab.Ask("Input.dispatchKeyEvent", new() { ["type"] = type, ["key"] = key, ["text"] = type == "keyDown" && key.Length == 1 ? key : "" });
    }

    [Fact]
    public void A_cell_shows_the_lanes_and_the_schedule_and_a_mail_the_block()
    {
        var stepper = Shortest.Value.Stepper();

        Assert.Equal(Shortest.Value.Mail(), stepper.ToText());
        Assert.Contains(Shortest.Value.Lanes().ToHtml(), stepper.ToHtml());
        Assert.Contains($"<code class=\"avic-stepper\">apic-access-is-never-lost {Shortest.Value.Token}</code>", stepper.ToHtml());
        Assert.Contains("<code class=\"avic-stepper\">no-deadlock ", Shortest.Value.Stepper(Property.NoDeadlock).ToHtml());
    }

    [Fact]
    public async Task The_page_without_scripts_has_the_lanes_and_beside_it_lies_a_map_of_at_most_300_kB()
    {
        await Written(Shortest.Value.Stepper().ToHtml());

        using var page = Page("a.html");
        Assert.NotNull(page.QuerySelector("#cell-1 details[open] img"));
        Assert.Empty(page.QuerySelector("#stepper-1")!.ChildNodes);
        Assert.Equal(["assets/site.js", "assets/search.js", "maps/a-stepper-1.js", "assets/stepper.js"], page.Scripts.Select(script => script.GetAttribute("src")));
        Assert.InRange(new FileInfo(Path.Combine(Site, "maps/a-stepper-1.js")).Length, 270_000, StepperMap.MostBytes);
        Assert.Contains("maps/a-stepper-1.js", File.ReadAllText(Path.Combine(Site, SiteFolder.Marker)));
    }

    [Fact]
    public async Task Pages_without_a_run_to_step_have_no_more_scripts_than_before()
    {
        await Written("<p>x</p>");

        using var page = Page("a.html");
        Assert.Equal(["assets/site.js", "assets/search.js"], page.Scripts.Select(script => script.GetAttribute("src")));
    }

    /// <summary>Read as the format says and not as the script reads it, then compared with the graph that another explorer makes.</summary>
    [Fact]
    public void Every_move_in_the_map_is_one_of_the_model_and_none_is_missing()
    {
        var graph = ReachableGraph.Of(Race.Model, 1_000_000)!;
        var edges = graph.Edges.ToLookup(edge => edge.From);
        using var map = StateMap.Around(Shortest.Value.Token, Property.ApicAccessIsNeverLost, 1_000_000, CancellationToken.None);

        var script = Encoding.UTF8.GetString(StepperMap.Script("s", map));
        var data = JsonNode.Parse(script[(script.IndexOf("= {", StringComparison.Ordinal) + 2)..script.LastIndexOf(';')])!;
        var nodes = data["nodes"]!.GetValue<string>();
        var (at, explored) = (0, data["explored"]!.GetValue<int>());
        List<int> distances = [.. data["run"]!.AsArray().Select(distance => distance!.GetValue<int>())];
        var same = new Dictionary<int, int>();
        foreach (var (number, state) in graph.Path(Shortest.Value).SkipLast(1).Index())
            same[number] = state;
        for (var from = 0; from < explored; from++)
        {
            Assert.Equal(edges[same[from]].Count(), Next());
            foreach (var edge in edges[same[from]])
            {
                var kind = data["moves"]![Next()]!;
                Assert.Equal((edge.Actor.Index, edge.Row), (kind[0]!.GetValue<int>(), data["rows"]![kind[3]!.GetValue<int>()]![0]!.GetValue<string>()));
                var met = Next();
                Assert.Equal(met == 1, kind[6] is not null);
                if (met == 0)
                {
                    var change = Next();
                    same[distances.Count] = edge.To;
                    distances.Add(change == 0 ? -1 : Math.Max(0, distances[from]) + (change % 2 == 1 ? (change - 1) / 2 : -change / 2));
                }
                else if (met > 1)
                    Assert.Equal(edge.To, same[distances.Count + 1 - met]);
            }
        }
        Assert.Equal(nodes.Length, at);
        Assert.Equal(data["known"]!.GetValue<int>(), distances.Count);
        Assert.Equal(distances.Count, same.Values.Distinct().Count());
        Assert.Equal(Enumerable.Range(0, distances.Count).Select(map.Distance), distances);
        Assert.InRange(explored, 20_000, distances.Count - 1);

        int Next()
        {
            for (int number = 0, scale = 1; ; scale *= 45)
            {
                var sign = nodes[at++];
                var digit = sign - '#' - (sign > '\\' ? 1 : 0);
                number += digit % 45 * scale;
                if (digit < 45)
                    return number;
            }
        }
    }

    [NeedsFact("chromium")]
    public async Task Walked_by_keyboard_the_shortest_way_ends_in_the_boom_at_the_verdicts_row()
    {
        await using var browser = await Chromium.Start();
        var page = await Written(Shortest.Value.Stepper().ToHtml());
        var tab = await browser.Open(page);
        await tab.Evaluate($"{Buttons}[0].focus()");

        foreach (var step in Shortest.Value.Steps)
        {
            Assert.Contains($"The nearest boom is {57 - step.Number} row", await Text(tab, Status));
            // Down to the actor's row, as a reader would.
            for (var tries = 0; tries < 20 && await Text(tab, "document.activeElement.querySelector('.row').textContent + document.activeElement.parentElement.querySelector('.label').textContent.toLowerCase()") != step.Row + step.Actor.Name
                || await Text(tab, "document.activeElement.querySelector('.text').textContent.replace(/[\\u2060\\u200b]/g, '')") is var text && step.Row == "guest.insn" && !text.StartsWith(step.Text, StringComparison.Ordinal); tries++)
                await Press(tab, "j");
            await Press(tab, "ArrowRight");
        }

        Assert.Contains("***boom*** after 56 rows; the shortest way takes 56.", await Text(tab, Status));
        Assert.Equal(Shortest.Value.Mail(), await Text(tab, Mail));
        Assert.Equal(0, (await tab.Evaluate($"{Buttons}.length"))!.GetValue<int>());
        Assert.All(tab.Requests, address => Assert.StartsWith(new Uri(Site + "/").AbsoluteUri, address));
    }

    [NeedsFact("chromium")]
    public async Task Every_row_of_a_walk_is_shown_as_the_model_takes_it()
    {
        await using var browser = await Chromium.Start();
        var tab = await browser.Open(await Written(Shortest.Value.Stepper().ToHtml()));
        for (var i = 1; i <= 60; i++)
        {
            // Anybody's turn, but never off the map.
            await tab.Evaluate($"var b = {Buttons}; (b[{i * 7} % b.length] || {Controls}[0]).click()");
            var cell = await Text(tab, $"{Root}.querySelectorAll('pre')[1].textContent");
            var token = cell.Split('"')[1];
            Assert.Equal($"var token = \"{token}\"; Scenario.Of(token).Replay(token).Lanes()", cell);
            Assert.Equal($"avic replay --rows '{token}'", await Text(tab, $"{Root}.querySelectorAll('pre')[2].textContent"));
            var trace = Scenario.Of(token).Replay(token);
            Assert.Equal(trace.Mail(), await Text(tab, Mail));
            // The page shows what the state then is, and in bold what the last row changed.
            var shown = JsonNode.Parse(await Text(tab, $"JSON.stringify([...{Root}.querySelectorAll('.values > div')].map(d => [d.firstChild.textContent, d.lastChild.textContent, d.className]))"))!.AsArray();
            var changes = trace.Changes(trace.Steps.Count);
            Assert.Equal(changes.Count, shown.Count(line => line![2]!.GetValue<string>() == "changed"));
            foreach (var line in shown.Select(line => (Field: line![0]!.GetValue<string>(), Value: line[1]!.GetValue<string>())))
                Assert.Equal(changes.FirstOrDefault(change => change.Field == line.Field) is { } change ? $"{change.Before} → {change.After}" : trace.Show(line.Field, trace.Steps.Count), line.Value);
            if (await Text(tab, Status) is var status && (status.Contains("beyond", StringComparison.Ordinal) || status.Contains("boom***", StringComparison.Ordinal)))
                continue;
            var offered = JsonNode.Parse(await Text(tab, $"JSON.stringify({Buttons}.map(b => b.querySelector('.row').textContent.replace(/^core\\d: |, choice \\d+$/g, '')))"))!;
            Assert.Equal(Offered(token), offered.AsArray().Select(row => row!.GetValue<string>()).Order(StringComparer.Ordinal));
        }
    }

    private static IEnumerable<string> Offered(string token)
    {
        var after = new After(token);
        Race.Run(after);
        return after.Enabled.Select(move => Race.Replay($"{token}{"abcde"[move.Actor]}_{move.Alternative}.{move.Choice}").Steps[^1].Row).Order(StringComparer.Ordinal);
    }

    /// <summary>Takes a schedule's rows, and remembers what is on offer then.</summary>
    private sealed class After(string token) : Schedule
    {
        private readonly Schedule _written = Parse(token);

        public IReadOnlyList<Move> Enabled { get; private set; } = [];

        public override void Start(Model.Model model) => _written.Start(model);

        public override Move? Next(IReadOnlyList<Move> enabled)
        {
            Enabled = enabled;
            return _written.Next(enabled);
        }
    }

    [NeedsFact("chromium")]
    public async Task The_shortest_way_to_any_end_is_told_as_the_verdict_tells_it()
    {
        Verdict[] verdicts =
        [
            Scenario.Parse(Linux.WordBeforeKick, "2,1W32,+4").Check(Property.EntryCheckNeverFires),
            Scenario.Parse(Linux.Parse("V5_15~vcpu_enter_guest.-mode"), "2,1W32,+4").Check(Property.WaitedRequestIsServedFirst),
            Scenario.Parse(Linux.Parse("V5_15~kvm_request_apicv_update.-unlock"), "1,0W32,+4-4").Check(Property.NoDeadlock),
            Scenario.Parse(Linux.V5_15, "4,0W1,3W1,+4").Check(Property.AccessIsAccelerated, new() { MaxStates = 10_000_000 }),
        ];
        await using var browser = await Chromium.Start();
        var page = await Written(verdicts.Select(verdict => verdict.Counterexample!.Stepper(verdict.Property).ToHtml()));
        foreach (var (i, verdict) in verdicts.Index())
        {
            var moves = verdict.Counterexample!.Token.Split(':')[^1];
            var tab = await browser.Open($"{page}#stepper-{i + 1}={verdict.Counterexample.Model.Fingerprint}:{moves}");
            Assert.Equal(verdict.Counterexample.Mail(), await Text(tab, $"document.querySelector('#stepper-{i + 1} pre').textContent"));
            var said = await Text(tab, $"document.querySelector('#stepper-{i + 1} .status').textContent");
            Assert.Contains($"{(verdict.Property.IsSometimes ? "Reached" : "Broken")}: {verdict.Property.Sentence}", said);
            // Again, a row at a time, the way that the page would go.
            await tab.Evaluate($"var c = document.querySelectorAll('#stepper-{i + 1} .controls button'); c[2].click(); while (!c[1].disabled) c[1].click()");
            Assert.Contains($"after {verdict.Counterexample.Steps.Count} rows", await Text(tab, $"document.querySelector('#stepper-{i + 1} .status').textContent"));
        }
    }

    [NeedsFact("chromium")]
    public async Task A_mail_of_more_columns_than_fit_side_by_side_is_tagged_as_the_models_is()
    {
        await using var browser = await Chromium.Start();
        var many = Scenario.Parse(Linux.V5_15, "3,0W1,1W1,2W1,+4").Run(Schedule.Seed(3), 80);
        var page = await Written(many.Stepper().ToHtml());

        var tab = await browser.Open($"{page}#stepper-1={many.Model.Fingerprint}:{many.Token.Split(':')[^1]}");

        Assert.Contains("vCPU2 | ", many.Mail());
        Assert.Equal(many.Mail(), await Text(tab, Mail));
    }

    [NeedsFact("chromium")]
    public async Task Undo_takes_back_and_start_over_begins_anew_and_the_address_tells_where_one_is()
    {
        await using var browser = await Chromium.Start();
        var tab = await browser.Open(await Written(Shortest.Value.Stepper().ToHtml()));
        var start = await Text(tab, $"{Root}.innerText");
        await tab.Evaluate($"{Buttons}[2].focus()");

        await Press(tab, "ArrowRight", "k", "ArrowRight");
        var two = await Text(tab, Status);
        Assert.EndsWith("cb", await Text(tab, "location.hash"));
        await Press(tab, "ArrowRight");
        Assert.EndsWith("cbx2", await Text(tab, "location.hash"));
        Assert.Contains("vcpu1", await Text(tab, Status));
        await Press(tab, "ArrowLeft");

        Assert.Equal(two, await Text(tab, Status));
        await Press(tab, "ArrowLeft", "ArrowLeft", "ArrowLeft");
        Assert.Equal(start, await Text(tab, $"{Root}.innerText"));
        await tab.Evaluate($"{Buttons}[0].click(); {Controls}[2].click()");
        Assert.Equal(start, await Text(tab, $"{Root}.innerText"));
        Assert.Equal("#stepper-1", await Text(tab, "location.hash"));
    }

    [NeedsFact("chromium")]
    public async Task An_address_brings_a_walk_back_as_far_as_it_can_be_followed()
    {
        await using var browser = await Chromium.Start();
        var page = await Written(Shortest.Value.Stepper().ToHtml());
        var fingerprint = Race.Model.Fingerprint;
        var moves = Shortest.Value.Token.Split(':')[^1];
        var tab = await browser.Open($"{page}#stepper-1={fingerprint}:{moves}");
        Assert.Contains("***boom*** after 56 rows", await Text(tab, Status));
        Assert.Equal(Shortest.Value.Mail(), await Text(tab, Mail));
        Assert.True((await tab.Evaluate($"Math.abs({Root}.getBoundingClientRect().top) < 40"))!.GetValue<bool>());

        (string Hash, string Says)[] strange =
        [
            ($"{fingerprint}:cx2<img src=x onerror=alert(1)>", "This address is no schedule from its letter 4 on.2. vmm0"),
            ($"{fingerprint}:{new string('c', 100_000)}", "goes on where nothing does here, after"),
            ($"{fingerprint}:cx9999b", "goes on where nothing does here, after"),
            ($"{fingerprint}:c_9", "goes on where nothing does here, after 0 rows"),
            ($"{fingerprint}:%63", "is no schedule from its letter 1 on"),
            ($"0000:{moves}", "made with other rows"),
            ("__proto__:constructor", "made with other rows"),
            ($"{fingerprint}:", "The nearest boom is 56 rows away"),
        ];
        foreach (var (hash, says) in strange)
        {
            var odd = await browser.Open($"{page}#stepper-1={hash}");
            Assert.Contains(says, (await Text(odd, Status)).Replace(" 2.", "2.", StringComparison.Ordinal));
            Assert.Empty(odd.Dialogs);
        }
        foreach (var hash in (string[])["stepper-9=x:y", "stepper-1", "stepper-1=", "=", "%", "constructor=a:b"])
            Assert.Contains("The nearest boom is 56 rows away", await Text(await browser.Open($"{page}#{hash}"), Status));
    }

    [NeedsFact("chromium")]
    public async Task At_its_edge_the_map_says_so_and_tells_how_to_go_on()
    {
        await using var browser = await Chromium.Start();
        var tab = await browser.Open(await Written(Shortest.Value.Stepper().ToHtml()));
        var token = "";
        // Away from the run: everything that vCPU 0 and the VMM can do comes first.
        for (var i = 0; i < 200 && token == ""; i++)
            if (!(await Text(tab, Status)).Contains("beyond this map", StringComparison.Ordinal))
                await tab.Evaluate($"({Buttons}.find(b => !b.parentElement.textContent.startsWith('vCPU1')) || {Buttons}[0]).click()");
            else
                token = (await Text(tab, $"{Root}.querySelectorAll('pre')[2].textContent")).Split('\'')[1];

        Assert.NotEmpty(Scenario.Of(token).Replay(token).Steps);
        Assert.True((await tab.Evaluate($"{Root}.querySelectorAll('pre')[2].checkVisibility() && {Buttons}.length == 0 && !{Controls}[0].disabled"))!.GetValue<bool>());
        await tab.Evaluate($"{Controls}[0].click()");
        Assert.DoesNotContain("beyond", await Text(tab, Status));
    }

    [NeedsFact("chromium")]
    public async Task On_a_phone_nothing_is_wider_than_it_and_on_paper_there_are_the_lanes()
    {
        await using var browser = await Chromium.Start();
        var page = await Written(Shortest.Value.Stepper().ToHtml());
        var phone = await browser.Open(page, 350);
        for (var row = 0; row < 56; row++)
        {
            Assert.InRange((await phone.Evaluate("document.querySelectorAll('.stepper details').forEach(d => d.open = true); document.documentElement.scrollWidth"))!.GetValue<int>(), 1, 350);
            await phone.Evaluate($"{Controls}[1].click()");
        }
        Assert.Contains("***boom*** after 56 rows", await Text(phone, Status));

        var paper = await browser.Open(page, print: true);
        Assert.True((await paper.Evaluate($"!{Root}.checkVisibility() && document.querySelector('.figure img').getBoundingClientRect().height > 500"))!.GetValue<bool>());
        var still = await browser.Open(page, scripts: false);
        Assert.True((await still.Evaluate($"!{Root}.checkVisibility() && document.querySelector('.figure img').checkVisibility()"))!.GetValue<bool>());
    }

    [Theory]
    [InlineData("apic-access-is-never-lost V5_15~kvm_faultin_pfn.activated'/2,1W32,+4:0000:a", "was made by code in a cell")]
    [InlineData("no-such-property V5_15/1,0W1:0000:a", "There is no property 'no-such-property'.")]
    [InlineData("apic-access-is-never-lost V5_15/2,1W99999999999,+4:0000:a", "a number from 0 to 255")]
    [InlineData("apic-access-is-never-lost V9/1:0000:a", "There is no kernel 'V9'.")]
    [InlineData("apic-access-is-never-lost", "a property and a token were expected here")]
    [InlineData("<script>alert(1)</script> <img/src=x/onerror=alert(1)>:0000:", "There is no property '<script>alert(1)</script>'.")]
    [InlineData("no-deadlock \"><img/src=x/onerror=alert(1)>:0000:", "There is no kernel '\"><img/src=x'.")]
    public async Task A_word_that_is_none_leaves_the_page_as_it_was_and_says_why(string marked, string why)
    {
        await Written(Marked(marked));

        using var page = Page("a.html");
        Assert.StartsWith("Not to be stepped by hand: ", page.QuerySelector(".output .note")!.TextContent);
        Assert.Contains(why, page.QuerySelector(".output .note")!.TextContent);
        Assert.Equal($"run {marked}", page.QuerySelector(".output p:not(.note)")!.TextContent);
        Assert.Null(page.QuerySelector(".stepper"));
        Assert.DoesNotContain(Files, file => file.StartsWith("maps/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_page_asks_for_a_bounded_amount_of_work()
    {
        var small = Scenario.Parse(Linux.V5_15, "1,0W1").Run(Schedule.Seed(1), 5).Token;
        await Written([Marked("apic-access-is-never-lost " + Token("ax1000000")), .. Enumerable.Repeat(Marked("apic-access-is-never-lost " + small), 10)]);

        using var page = Page("a.html");
        Assert.Equal(7, page.QuerySelectorAll(".stepper").Length);
        Assert.Equal("Not to be stepped by hand: The schedule has 1000000 rows; up to 1000 can be walked by hand.", page.QuerySelector(".output .note")!.TextContent);
        Assert.Equal("Not to be stepped by hand: a page has up to 8 runs to step", page.QuerySelectorAll(".output .note").Last().TextContent);
    }
}
