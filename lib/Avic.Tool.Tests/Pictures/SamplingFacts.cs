using Avic.Model;
using Avic.Notebook;

namespace Avic.Tool.Tests;

public class SamplingFacts
{
    [Fact]
    public void A_sample_is_a_line_that_rises_where_a_run_hits()
    {
        var sampling = Scenario.Parse(Linux.VcpuStatus, "2,1W32,+4").Sample(Property.ApicAccessIsNeverLost, 60, seed => Schedule.Pct(seed, depth: 2, rows: 110));
        Assert.Equal([42], sampling.Hits);
        using var figure = System.Text.Json.JsonDocument.Parse(sampling.Hits().ToPlotlyJson());
        var line = figure.RootElement.GetProperty("data")[0];
        Assert.Equal("[0,43,60] [0,1,1] PCT, depth 2, 110 rows", $"{line.GetProperty("x")} {line.GetProperty("y")} {line.GetProperty("name").GetString()}");
    }
}
