using System.Text.Json.Nodes;
using Avic.Cells;

namespace Avic.Tool.Tests;

/// <summary>What a cell says, as Jupyter's messages.</summary>
public sealed class CellOutputFacts
{
    private readonly List<(string Type, JsonObject Content)> _sent = [];
    private readonly CellOutput _output;

    public CellOutputFacts() => _output = new CellOutput(7, (type, content) => _sent.Add((type, content)));

    [Fact]
    public void Json_goes_as_json_and_text_as_text()
    {
        _output.Add(new Shown(new() { ["application/vnd.plotly.v1+json"] = """{"data":[]}""", ["application/json"] = "[1]", ["text/plain"] = "{}" }, IsResult: true));

        var data = _sent.Single().Content["data"]!;
        Assert.IsType<JsonArray>(data["application/vnd.plotly.v1+json"]!["data"]);
        Assert.IsType<JsonArray>(data["application/json"]);
        Assert.Equal("{}", (string?)data["text/plain"]);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("\"\\ud800\"")]
    [InlineData("{\"\\udc00\":1}")]
    public void What_claims_to_be_json_and_cannot_be_sent_as_json_goes_as_text(string text)
    {
        _output.Add(new Shown(new() { ["application/json"] = text }, IsResult: false));
        Assert.Equal(text, (string?)_sent.Single().Content["data"]!["application/json"]);
    }

    [Fact]
    public void A_display_with_a_name_can_be_updated()
    {
        _output.Add(new Shown(new() { ["text/plain"] = "1" }, IsResult: false, "d"));
        _output.Add(new Shown(new() { ["text/plain"] = "2" }, IsResult: false, "d", IsUpdate: true));

        Assert.Equal(["display_data", "update_display_data"], _sent.Select(s => s.Type));
        Assert.All(_sent, s => Assert.Equal("d", (string?)s.Content["transient"]!["display_id"]));
    }

    [Fact]
    public void Progress_is_one_display_that_changes_and_leaves_nothing()
    {
        _output.Add(new Progressed("level 3", null));
        _output.Add(new Progressed("level 4", 0.25));
        _output.Add(new Shown(new() { ["text/plain"] = "SAFE" }, IsResult: true));
        _output.End();

        Assert.Equal(["display_data", "update_display_data", "clear_output", "execute_result"], _sent.Select(s => s.Type));
        Assert.Equal("25 % · level 4", (string?)_sent[1].Content["data"]!["text/plain"]);
        Assert.Single(_sent.Take(2).Select(s => (string?)s.Content["transient"]!["display_id"]).Distinct());
        Assert.True((bool)_sent[2].Content["wait"]!);
    }

    [Fact]
    public void Progress_among_other_output_is_emptied_at_the_end()
    {
        _output.Add(new Written("stdout", "a"));
        _output.Add(new Progressed("level 3", null));
        _output.Add(new Written("stdout", "b"));
        _output.Add(new Progressed("level 4", null));
        _output.End();

        Assert.Equal(["stream", "display_data", "stream", "update_display_data", "update_display_data"], _sent.Select(s => s.Type));
        Assert.Equal("", (string?)_sent[^1].Content["data"]!["text/plain"]);
    }
}
