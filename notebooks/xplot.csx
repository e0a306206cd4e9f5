// A figure of the kit as a chart of XPlot.Plotly. Before it, in a cell:
//   #r "bin/Avic.Notebook.dll"
//   #r "nuget: XPlot.Plotly, 4.1.0"
//   #load "xplot.csx"
// and then HTML(ToXPlotHtml(figure)), or ToXPlot(figure) for whatever else XPlot does with a chart. Its classes are those of an older plotly: the base of
// bars, a third panel and patterns have no place in them and are left out.
using System;
using System.Linq;
using System.Net;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;
using XPlot.Plotly;

PlotlyChart ToXPlot(Avic.Notebook.Figure figure)
{
    var json = JObject.Parse(figure.ToPlotlyJson());
    Flatten(json);
    // XPlot has no word for margins that make room for long names.
    if ((string)json["layout"]["yaxis"]?["type"] == "category") json["layout"]["margin"] ??= new JObject { ["l"] = 170 };
    // Lists are made anew: XPlot's own are of a fixed size.
    var reader = JsonSerializer.Create(new() { ObjectCreationHandling = ObjectCreationHandling.Replace });
    var traces = json["data"].Select(trace => (XPlot.Plotly.Trace)trace.ToObject((string)trace["type"] switch
    {
        "bar" => typeof(Bar),
        "histogram" => typeof(Histogram),
        "heatmap" => typeof(Heatmap),
        _ => typeof(Scatter),
    }, reader)).ToArray();
    return Chart.Plot(traces, json["layout"].ToObject<XPlot.Plotly.Layout.Layout>(reader));
}

// A page of its own within the notebook's: the chart's page loads plotly.js, which the notebook's has not.
string ToXPlotHtml(Avic.Notebook.Figure figure) =>
    $"<iframe srcdoc=\"{WebUtility.HtmlEncode(ToXPlot(figure).GetHtml())}\" width=\"100%\" height=\"540\" frameborder=\"0\"></iframe>";

// XPlot's titles are words; those of today's plotly are objects with a text.
void Flatten(JToken node)
{
    foreach (var title in node.SelectTokens("$..title").OfType<JObject>().ToArray())
        title.Replace(title["text"] ?? "");
}
