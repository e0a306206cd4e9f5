using System.Text.Json;

namespace Avic.Tool.Tests;

/// <summary>A cell between the client's request and its engine.</summary>
public sealed class CellExecutionFacts
{
    [Fact]
    public async Task Who_is_told_of_a_cell_can_interrupt_it_before_it_began()
    {
        using var place = new Workplace();
        await using var host = new CellHost(place.Folder, _ => { });
        List<string> told = [];
        CellExecution cells = null!;
        cells = new CellExecution(host, new StdinQuestion(host, new WireSession([]), () => []), (_, type, _) =>
        {
            told.Add(type);
            if (type == "execute_input" && told.Count == 1)
                cells.Interrupt();
        });

        var reply = await cells.Run(Cell("while (true) { }"), CancellationToken.None).WaitAsync(KernelClient.Long);

        Assert.Equal("interrupted before it began", (string?)reply["evalue"]);
        Assert.True(cells.WasInterrupted);
        Assert.Equal("ok", (string?)(await cells.Run(Cell("1"), CancellationToken.None))["status"]);
        Assert.False(cells.WasInterrupted);
        Assert.Equal(["execute_input", "error", "execute_input", "execute_result"], told);
    }

    private static WireMessage Cell(string code) =>
        new(null!, [], [], "execute_request", JsonElement.Parse(KernelClient.Cell(code).ToJsonString()));
}
