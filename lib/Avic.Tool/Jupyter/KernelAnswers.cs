using System.Text.Json.Nodes;
using Avic.Cells;

namespace Avic.Tool;

/// <summary>What a kernel is asked besides running cells: the contents of the replies.</summary>
internal static class KernelAnswers
{
    public static JsonObject Info() => new()
    {
        ["status"] = "ok",
        ["protocol_version"] = WireSession.Version,
        ["implementation"] = "avic",
        ["implementation_version"] = Release,
        ["language_info"] = new JsonObject
        {
            ["name"] = "C#",
            ["version"] = "14.0",
            ["mimetype"] = "text/x-csharp",
            ["file_extension"] = ".cs",
            ["pygments_lexer"] = "csharp",
            ["codemirror_mode"] = "text/x-csharp",
        },
        ["banner"] = $"avic {Release}: C# for the AVIC exploration kit. Begin with #r \"bin/Avic.Notebook.dll\".",
        ["debugger"] = false,
        ["help_links"] = new JsonArray(),
    };

    public static string Release => typeof(KernelAnswers).Assembly.GetName().Version!.ToString(3);

    /// <summary>We have no widgets; a client that opens a channel is told at once that it is closed.</summary>
    public static JsonObject Comms() => new() { ["status"] = "ok", ["comms"] = new JsonObject() };

    public static async Task<JsonObject> Complete(WireMessage request, CellHost host, CancellationToken cancel)
    {
        var (code, cursor) = Place(request);
        var found = await host.Ask<Completed>(number => new Complete(number, code, cursor), cancel) ?? new(0, cursor, cursor, []);
        var (start, end) = (CodePoints.FromUnits(code, found.Start), CodePoints.FromUnits(code, found.End));
        return new()
        {
            ["status"] = "ok",
            ["matches"] = new JsonArray([.. found.Proposals.Select(p => JsonValue.Create(p.Text))]),
            ["cursor_start"] = start,
            ["cursor_end"] = end,
            ["metadata"] = new JsonObject
            {
                // Named experimental for years, and what every client draws its icons from.
                ["_jupyter_types_experimental"] = new JsonArray([.. found.Proposals.Select(p => new JsonObject
                {
                    ["text"] = p.Text,
                    ["type"] = p.Kind,
                    ["signature"] = p.Summary ?? "",
                    ["start"] = start,
                    ["end"] = end,
                })]),
            },
        };
    }

    public static async Task<JsonObject> Inspect(WireMessage request, CellHost host, CancellationToken cancel)
    {
        var (code, cursor) = Place(request);
        var found = await host.Ask<Inspected>(number => new Inspect(number, code, cursor), cancel);
        var data = new JsonObject();
        foreach (var (type, text) in found?.Data ?? [])
            data[type] = text;
        return new() { ["status"] = "ok", ["found"] = data.Count > 0, ["data"] = data, ["metadata"] = new JsonObject() };
    }

    public static async Task<JsonObject> IsComplete(WireMessage request, CellHost host, CancellationToken cancel)
    {
        var code = request.Text("code");
        var judged = await host.Ask<Judged>(number => new IsWhole(number, code), cancel);
        JsonObject reply = new() { ["status"] = judged?.Status ?? "unknown" };
        if (judged?.Status == "incomplete")
            reply["indent"] = judged.Indent;
        return reply;
    }

    private static (string Code, int Cursor) Place(WireMessage request)
    {
        var code = request.Text("code");
        return (code, CodePoints.ToUnits(code, request.Number("cursor_pos", int.MaxValue)));
    }
}
