using System.Text.Json;
using System.Text.Json.Nodes;
using Avic.Cells;

namespace Avic.Tool;

/// <summary>What execute_request asks for: a cell run, told as it goes, and its reply.</summary>
internal sealed class CellExecution(CellHost host, StdinQuestion stdin, Action<byte[]?, string, JsonObject> publish)
{
    /// <summary>The number of the last cell that counted.</summary>
    public int Count { get; private set; }

    public KernelHistory History { get; } = new();

    /// <summary>Whether somebody interrupted the last cell: then those behind it are not wanted either.</summary>
    public bool WasInterrupted { get; private set; }

    /// <summary>May come at any time, from any thread.</summary>
    public void Interrupt()
    {
        stdin.Forget();
        host.Interrupt();
    }

    /// <summary>The content of the execute_reply.</summary>
    public async Task<JsonObject> Run(WireMessage request, CancellationToken cancel)
    {
        WasInterrupted = false;
        var code = request.Text("code");
        var isSilent = request.Flag("silent", false);
        var answers = request.Flag("allow_stdin", true);
        var counts = !isSilent && request.Flag("store_history", true) && !string.IsNullOrWhiteSpace(code);
        Count += counts ? 1 : 0;
        using var turn = host.Open();   // before anybody is told: who sees a cell may interrupt it
        if (!isSilent)
            publish(request.Header, "execute_input", new() { ["code"] = code, ["execution_count"] = Count });

        var output = new CellOutput(Count, isSilent ? (_, _) => { } : (type, content) => publish(request.Header, type, content));
        await Run(turn, code, output, asked => answers && stdin.Ask(request, asked), cancel);
        if (counts)
            History.Add(Count, code, output.Result);
        if (output.Failed is { } failed)
            return Error(failed);
        return new()
        {
            ["status"] = "ok",
            ["execution_count"] = Count,
            ["user_expressions"] = await Values(request, cancel),
            ["payload"] = new JsonArray(),
        };
    }

    /// <summary>The reply of a cell that is not run, because one before it failed.</summary>
    public JsonObject Aborted() => new() { ["status"] = "aborted", ["execution_count"] = Count };

    private async Task Run(CellHost.Turn turn, string code, CellOutput output, Func<Asked, bool> ask, CancellationToken cancel)
    {
        if (string.IsNullOrWhiteSpace(code))
            return;
        try
        {
            await host.Run(turn, Math.Max(1, Count), code, Say, cancel);
        }
        finally
        {
            WasInterrupted |= turn.IsInterrupted;
            stdin.Forget();
            output.End();
        }

        void Say(Message message)
        {
            if (message is not Asked asked)
                output.Add(message);
            else if (!ask(asked))
                host.Refuse();
        }
    }

    // Each is a small cell of its own: one that fails is told in its place.
    private async Task<JsonObject> Values(WireMessage request, CancellationToken cancel)
    {
        JsonObject values = [];
        if (!request.Content.TryGetProperty("user_expressions", out var asked) || asked.ValueKind != JsonValueKind.Object)
            return values;
        foreach (var expression in asked.EnumerateObject())
        {
            JsonObject? value = null;
            var output = new CellOutput(Count, (type, content) => value = type == "execute_result" ? content : value);
            using var turn = host.Open();
            await Run(turn, expression.Value.GetString() ?? "", output, _ => false, cancel);
            values[expression.Name] = output.Failed is { } failed ? Error(failed)
                : new() { ["status"] = "ok", ["data"] = value?["data"]?.DeepClone() ?? new JsonObject(), ["metadata"] = new JsonObject() };
        }
        return values;
    }

    private JsonObject Error(Failed failed) => new()
    {
        ["status"] = "error",
        ["ename"] = failed.Name,
        ["evalue"] = failed.Value,
        ["traceback"] = CellOutput.Lines(failed),
        ["execution_count"] = Count,
    };
}
