// A figure of the kit as a chart of Plotly.NET. Before it, in a cell:
//   #r "bin/Avic.Notebook.dll"
//   #r "nuget: Plotly.NET, 6.0.0"
//   #load "plotly-net.csx"
// and then HTML(ToPlotlyNetHtml(figure)), or ToPlotlyNet(figure) for whatever else Plotly.NET does with a chart.
using System.Linq;
using System.Net;
using Newtonsoft.Json.Linq;
using Plotly.NET;

GenericChart ToPlotlyNet(Avic.Notebook.Figure figure)
{
    var json = JObject.Parse(figure.ToPlotlyJson());
    var traces = json["data"].Cast<JObject>().Select(trace => With(new Plotly.NET.Trace((string)trace["type"]), trace)).ToArray();
    return GenericChart.setLayout(With(new Plotly.NET.Layout(), (JObject)json["layout"]), GenericChart.ofTraceObjects(true, traces));
}

// A page of its own within the notebook's: the chart's page loads plotly.js, which the notebook's has not.
string ToPlotlyNetHtml(Avic.Notebook.Figure figure) =>
    $"<iframe srcdoc=\"{WebUtility.HtmlEncode(GenericChart.toEmbeddedHTML(ToPlotlyNet(figure)))}\" width=\"100%\" height=\"500\" frameborder=\"0\"></iframe>";

// Numbers and words as such: Plotly.NET asks some members for their .NET type. A trace has its type from its constructor, and takes it from nowhere else.
T With<T>(T owner, JObject members) where T : DynamicObj.DynamicObj
{
    foreach (var member in members.Properties().Where(member => member.Name != "type"))
        owner.SetProperty(member.Name, member.Value is JValue scalar ? scalar.Value : member.Value);
    return owner;
}
