using System.Text.Json.Nodes;
using Avic.Cells;

namespace Avic.Tool;

/// <summary>One open notebook: its engine, and how the engine's words look on the wire.</summary>
internal sealed class EditorSession(string folder, Action<string> note) : IAsyncDisposable
{
    private readonly CellHost _host = new(folder, note);
    private readonly CancellationTokenSource _closing = new();
    private Task _cell = Task.CompletedTask;

    public Task<bool> IsReady() => _host.Ready(_closing.Token);

    public async Task<JsonObject> Execute(int cell, string code, Action<string, JsonObject> say)
    {
        if (!_cell.IsCompleted)
            throw new RequestException("a cell is running; one at a time");
        var ok = true;
        var running = _host.Run(cell, code, message =>
        {
            ok &= message is not Failed;
            if (Words(message) is var (type, body))
                say(type, body);
        }, _closing.Token);
        _cell = running;
        await running;
        return new() { ["ok"] = ok };
    }

    public void Interrupt() => _host.Interrupt();

    public void Input(string? text) => _host.Answer(text);

    public async Task<JsonObject> Restart()
    {
        await _host.Restart(_closing.Token);
        return [];
    }

    public async Task<JsonObject> Complete(string code, int cursor)
    {
        var found = await Ask<Completed>(request => new Complete(request, code, cursor));
        return new()
        {
            ["start"] = found.Start,
            ["end"] = found.End,
            ["proposals"] = new JsonArray([.. found.Proposals.Select(p => new JsonObject { ["text"] = p.Text, ["kind"] = p.Kind, ["summary"] = p.Summary })]),
        };
    }

    public async Task<JsonObject> Inspect(string code, int cursor) =>
        new() { ["data"] = (await Ask<Inspected>(request => new Inspect(request, code, cursor))).Data is { } data ? MimeBundle.Of(data) : null };

    public async Task<JsonObject> IsComplete(string code)
    {
        var judged = await Ask<Judged>(request => new IsWhole(request, code));
        return new() { ["status"] = judged.Status, ["indent"] = judged.Indent };
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _cell.ContinueWith(_ => { }, TaskScheduler.Default);   // its end is told where it was asked for
        await _host.DisposeAsync();
    }

    private async Task<TReply> Ask<TReply>(Func<int, Message> question) where TReply : Message, IReply =>
        await _host.Ask<TReply>(question, _closing.Token) ?? throw new RequestException("the engine was lost");

    private static (string Type, JsonObject Body)? Words(Message message) => message switch
    {
        Written written => ("stream", new() { ["name"] = written.Stream, ["text"] = written.Text }),
        Shown shown => ("display", new() { ["data"] = MimeBundle.Of(shown.Data), ["isResult"] = shown.IsResult, ["displayId"] = shown.DisplayId, ["isUpdate"] = shown.IsUpdate }),
        Failed failed => ("error", new() { ["name"] = failed.Name, ["value"] = failed.Value, ["traceback"] = new JsonArray([.. failed.Traceback.Select(l => (JsonNode)l)]) }),
        Progressed progressed => ("progress", new() { ["text"] = progressed.Text, ["fraction"] = progressed.Fraction }),
        Asked asked => ("ask", new() { ["prompt"] = asked.Prompt, ["isSecret"] = asked.IsSecret }),
        _ => null,
    };
}
