using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Avic.Tool.Tests;

/// <summary>Our figures in plotly.js itself: its newest version, and those that Plotly.NET and XPlot load.</summary>
public class PlotlyFacts
{
    // What they are called here, on npm, and their file.
    private static readonly (string Name, string Package, string File)[] Versions =
    [
        ("newest", "plotly.js-cartesian-dist-min@4.1.1", "plotly-cartesian.min.js"),
        ("2.27.1", "plotly.js-dist-min@2.27.1", "plotly.min.js"),
        ("1.49.5", "plotly.js-dist@1.49.5", "plotly.js"),
    ];

    // Writes for each figure what plotly says of it, what it drew, and which texts.
    private const string Script = """
        const found = [];
        (async () => {
          for (const [name, figure] of Object.entries(figures)) {
            const one = { name, version: Plotly.version };
            const place = document.createElement('div');
            document.body.appendChild(place);
            try {
              one.problems = Plotly.validate ? (Plotly.validate(figure.data, figure.layout) || []).map(problem => problem.msg) : [];
              await Plotly.newPlot(place, figure.data, figure.layout, { staticPlot: true });
              one.drawn = place.querySelectorAll('.scatterlayer .trace path.js-line, .scatterlayer .trace .point, .barlayer .point path, .heatmaplayer image').length;
              one.texts = [...place.querySelectorAll('text')].map(text => text.textContent);
            } catch (error) { one.error = String(error); }
            place.remove();
            found.push(one);
          }
          const said = document.createElement('pre');
          said.id = 'found';
          said.textContent = JSON.stringify(found);
          document.body.innerHTML = '';
          document.body.appendChild(said);
        })();
        """;

    // Large ones would show nothing else, and take plotly a minute.
    private static readonly Lazy<Dictionary<string, string>> Json = new(() =>
        FigureExamples.All.Select(figure => (figure.Key, Json: figure.Value().ToPlotlyJson())).Where(figure => figure.Json.Length < 100_000).ToDictionary(figure => figure.Key, figure => figure.Json));

    private static readonly Lazy<JsonArray[]> Found = new(() => [.. Versions.Select(version => Draw(version.Name, version.Package, version.File))]);

    [NeedsFact("chromium", "npm")]
    public void The_newest_plotly_finds_nothing_wrong_with_any_figure()
    {
        Assert.StartsWith("4.", Found.Value[0][0]!["version"]!.GetValue<string>(), StringComparison.Ordinal);
        // Of a trace without values it says that it is not visible, so nothing else of it counts; and a foreign colour is not ours.
        var problems = from one in Found.Value[0].OfType<JsonNode>()
                       let said = one["problems"]!.AsArray().Select(problem => problem!.GetValue<string>()).ToList()
                       where FigureExamples.Kinds.ContainsKey(Name(one)) || !said.Any(problem => problem.EndsWith("got defaulted to be not visible", StringComparison.Ordinal))
                       from problem in said
                       where !problem.Contains("javascript:alert(1)", StringComparison.Ordinal)
                       select $"{Name(one)}: {problem}";
        Assert.True(!problems.Any(), string.Join('\n', problems));
    }

    [NeedsFact("chromium", "npm")]
    public void Three_generations_of_plotly_draw_every_figure()
    {
        foreach (var (version, found) in Versions.Zip(Found.Value))
        {
            Assert.Equal(Json.Value.Keys, found.Select(one => Name(one!)));
            Assert.True(FigureExamples.Kinds.Keys.All(Json.Value.ContainsKey));
            var problems = from one in found.OfType<JsonNode>()
                           where one["error"] is not null || (FigureExamples.Kinds.ContainsKey(Name(one)) && one["drawn"]!.GetValue<int>() == 0)
                           select $"{version.Name}, {Name(one)}: {one["error"]?.GetValue<string>() ?? "nothing drawn"}";
            Assert.True(!problems.Any(), string.Join('\n', problems));
        }
    }

    [NeedsFact("chromium", "npm")]
    public void Titles_axes_and_names_are_written()
    {
        foreach (var (version, found) in Versions.Zip(Found.Value))
        {
            Has("lines", "How the race grows with its toggles", "toggles", "states in thousands", "fused, symmetric", "more than an hour before");
            Has("bars-stacked", "V5_15.WordBeforeKick", "latency");
            Has("panels", "apicv_active", "exits", "***boom***");

            void Has(string name, params string[] texts)
            {
                var written = found.Single(one => Name(one!) == name)!["texts"]!.AsArray().Select(text => text!.GetValue<string>().Replace('\u00a0', ' ')).ToList();
                Assert.All(texts, text => Assert.True(written.Contains(text), $"{version.Name} writes no '{text}' in {name}: {string.Join(" | ", written)}"));
            }
        }
    }

    [NeedsFact("chromium", "npm")]
    public void Hostile_strings_are_text_in_plotly_too()
    {
        foreach (var found in Found.Value)
            Assert.Contains(found.Single(one => Name(one!) == "hostile")!["texts"]!.AsArray(), text => text!.GetValue<string>().Replace('\u00a0', ' ').Contains("<img src=x onerror=alert(1)> ]]>", StringComparison.Ordinal));
    }

    private static string Name(JsonNode one) => one["name"]!.GetValue<string>();

    private static JsonArray Draw(string name, string package, string file)
    {
        var figures = new JsonObject();
        foreach (var (title, json) in Json.Value) figures[title] = JsonNode.Parse(json);
        using var place = new Workplace();
        var page = place.Path($"{name}.html");
        File.WriteAllText(place.Path("figures.js"), $"const figures = {figures.ToJsonString()};");
        File.WriteAllText(page, $"<!DOCTYPE html><meta charset=\"utf-8\"><body><script src=\"{new Uri(NpmPackage.File(package, file))}\"></script><script src=\"figures.js\"></script><script>{Script}</script>");
        string[] quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", $"--user-data-dir={place.Path("chromium")}"];
        var shown = NpmPackage.Run("chromium", place.Path("."), [.. quiet, "--virtual-time-budget=600000", "--timeout=300000", "--dump-dom", new Uri(page).AbsoluteUri]);
        var said = Regex.Match(shown, "<pre id=\"found\">(.*)</pre>", RegexOptions.Singleline);
        Assert.True(said.Success, $"plotly {name} said nothing: {shown[..Math.Min(shown.Length, 2000)]}");
        return JsonNode.Parse(WebUtility.HtmlDecode(said.Groups[1].Value))!.AsArray();
    }
}
