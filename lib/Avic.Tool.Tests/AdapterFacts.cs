using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Avic.Tool.Tests;

/// <summary>
/// The adapters to Plotly.NET and XPlot, run against stand-ins for the few members that they use: those packages cannot be had everywhere.
/// </summary>
public sealed class AdapterFacts : IDisposable
{
    // Members go in by SetProperty, and come out beside the .NET property "type".
    private const string PlotlyNet = """
        using System.Collections.Generic;
        using System.Linq;
        namespace DynamicObj { public class DynamicObj { public readonly Dictionary<string, object> All = new(); public void SetProperty(string name, object value) => All.Add(name, value); } }
        namespace Plotly.NET
        {
            public class Trace : DynamicObj.DynamicObj { public Trace(string type) => All["type"] = type; }
            public class Layout : DynamicObj.DynamicObj { }
            public class Figure { }
            public class GenericChart
            {
                private Trace[] _traces; private Layout _layout;
                public static GenericChart ofTraceObjects<T>(bool useDefaults, T traces) where T : IEnumerable<Trace> => new() { _traces = traces.ToArray() };
                public static GenericChart setLayout(Layout layout, GenericChart chart) => new() { _traces = chart._traces, _layout = layout };
                public static string toEmbeddedHTML(GenericChart chart) => "<p>" + Newtonsoft.Json.JsonConvert.SerializeObject(new { data = chart._traces.Select(trace => trace.All), layout = chart._layout.All }) + "</p>";
            }
        }
        """;

    // Titles are strings, a list is of a fixed size, and a margin is known.
    private const string XPlot = """
        using System.Collections.Generic;
        using System.Linq;
        using Newtonsoft.Json;
        namespace XPlot.Plotly.Layout { public class Layout : Rest { public string title { get; set; } public Axis xaxis { get; set; } public Axis yaxis { get; set; } } }
        namespace XPlot.Plotly
        {
            public class Rest { [JsonExtensionData] public IDictionary<string, Newtonsoft.Json.Linq.JToken> All { get; } = new Dictionary<string, Newtonsoft.Json.Linq.JToken>(); }
            public class Trace : Rest { public IList<object> y { get; set; } = new object[] { 7 }; }
            public class Scatter : Trace { } public class Bar : Trace { } public class Histogram : Trace { } public class Heatmap : Trace { }
            public class Axis : Rest { public string title { get; set; } }
            public class PlotlyChart { internal object Figure; public string GetHtml() => "<p>" + JsonConvert.SerializeObject(Figure, new JsonSerializerSettings { NullValueHandling = NullValueHandling.Ignore }) + "</p>"; }
            public static class Chart { public static PlotlyChart Plot<T>(IEnumerable<T> data, Layout.Layout layout) => new() { Figure = new { data = data.Select(one => new { kind = one.GetType().Name, one }), layout } }; }
        }
        """;

    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Plotly_NET_is_given_every_member_of_every_kind_of_figure()
    {
        var given = await Given("plotly-net.csx", "Plotly.NET", PlotlyNet, "ToPlotlyNetHtml");
        Assert.All(FigureExamples.Kinds, kind => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(kind.Value().ToPlotlyJson()), given[kind.Key]), $"{kind.Key}: {given[kind.Key]}"));
    }

    [Fact]
    public async Task XPlot_is_given_a_class_for_each_type_titles_as_words_and_room_for_names()
    {
        var given = await Given("xplot.csx", "XPlot.Plotly", XPlot, "ToXPlotHtml");
        Assert.Equal(["Bar", "Heatmap", "Histogram", "Scatter"], given.Values.SelectMany(figure => figure["data"]!.AsArray().Select(trace => trace!["kind"]!.GetValue<string>())).Distinct().Order());
        Assert.Equal("States of the race", given["lines-log"]["layout"]!["title"]!.GetValue<string>());
        Assert.Equal("states", given["lines-log"]["layout"]!["yaxis"]!["title"]!.GetValue<string>());
        Assert.Equal("[22489,146380,571426,2019841,41485085,287471301]", Regex.Replace(given["lines-log"]["data"]![0]!["one"]!["y"]!.ToJsonString(), @"\.0\b", ""));
        Assert.Equal(170, given["heatmap"]["layout"]!["margin"]!["l"]!.GetValue<int>());
        Assert.Null(given["lines-log"]["layout"]!["margin"]);
    }

    private async Task<Dictionary<string, JsonNode>> Given(string adapter, string package, string standIn, string function)
    {
        var newtonsoft = Path.Combine(AppContext.BaseDirectory, "Newtonsoft.Json.dll");
        File.Copy(newtonsoft, _place.Path("Newtonsoft.Json.dll"));
        var platform = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        _place.Library($"{package}.dll", standIn, [newtonsoft, .. new[] { "System.Linq", "System.Collections", "System.ObjectModel", "netstandard" }.Select(name => Path.Combine(platform, $"{name}.dll"))]);
        var notebooks = new DirectoryInfo(Path.Combine(AppContext.BaseDirectory, "../../../../../notebooks"));
        File.Copy(Path.Combine(notebooks.FullName, adapter), _place.Path(adapter));
        foreach (var (name, make) in FigureExamples.Kinds) File.WriteAllText(_place.Path($"{name}.json"), make().ToPlotlyJson());
        var notebook = _place.Notebook("adapter.ipynb",
            $"#r \"{Path.Combine(notebooks.FullName, "bin", "Avic.Notebook.dll")}\"\n#r \"Newtonsoft.Json.dll\"\n#r \"{package}.dll\"\nusing Avic.Model; using Avic.Notebook;",
            $"#load \"{adapter}\"",
            $"foreach (var file in Directory.GetFiles(\".\", \"*.json\")) File.WriteAllText(Path.ChangeExtension(file, \".html\"), {function}(Figure.Parse(File.ReadAllText(file))));");
        var said = await Workplace.Avic("run", notebook);
        Assert.True(said.Exit == 0, said.Error);
        return FigureExamples.Kinds.Keys.ToDictionary(name => name, name =>
        {
            var frame = Regex.Match(_place.Text($"{name}.html"), "^<iframe srcdoc=\"([^\"<>]*)\" width=\"100%\" height=\"\\d+\" frameborder=\"0\"></iframe>$");
            Assert.True(frame.Success, _place.Text($"{name}.html"));
            return JsonNode.Parse(WebUtility.HtmlDecode(frame.Groups[1].Value)["<p>".Length..^"</p>".Length])!;
        });
    }
}
