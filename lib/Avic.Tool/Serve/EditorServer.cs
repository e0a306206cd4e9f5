using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text.Json.Nodes;

namespace Avic.Tool;

/// <summary>Engines for an editor: one for each open notebook, all over one pair of pipes.</summary>
/// <remarks>
/// One JSON object a line, UTF-8. The editor asks; <c>id</c> is any whole number, <c>session</c> any text that names a notebook.
/// <code>
/// {"id", "type": "open",       "session", "folder"}         an engine that works in this folder
/// {"id", "type": "execute",    "session", "cell", "code"}   cell: the number that error messages call it by
/// {"id", "type": "interrupt",  "session"}                   the cell at hand ends early
/// {"id", "type": "restart",    "session"}                   a fresh engine; all variables are gone
/// {"id", "type": "complete",   "session", "code", "cursor"} places count UTF-16 units
/// {"id", "type": "inspect",    "session", "code", "cursor"}
/// {"id", "type": "isComplete", "session", "code"}
/// {"id", "type": "input",      "session", "text"}           the line a cell asked for; null for the end of the input
/// {"id", "type": "shutdown",   "session"}                   the notebook was closed
/// </code>
/// Every request is answered by one line of its id, the last to bear it: <c>done</c>, or <c>refused</c> with a message.
/// <code>
/// {"id", "type": "done"}                                    execute adds "ok": false after an error
///                                                           complete adds "start", "end", "proposals": [{"text", "kind", "summary"}]
///                                                           inspect adds "data" by MIME type, or null
///                                                           isComplete adds "status" (complete, incomplete, invalid) and "indent"
/// {"id", "type": "refused", "message"}                      id is null where the line had none
/// </code>
/// Before its <c>done</c>, an <c>execute</c> may be answered by any number of
/// <code>
/// {"id", "type": "stream",   "name", "text"}                stdout or stderr
/// {"id", "type": "display",  "data", "isResult", "displayId", "isUpdate"}   data by MIME type, JSON as JSON
/// {"id", "type": "progress", "text", "fraction"}            takes the place of the last; the end of the cell takes it away
/// {"id", "type": "error",    "name", "value", "traceback"}
/// {"id", "type": "ask",      "prompt", "isSecret"}          the cell waits for an "input"
/// </code>
/// At any time <c>{"type": "note", "session", "text"}</c> is a word to the person. Cells of a session run one at a time; an
/// <c>execute</c> beside another is refused. Everything ends when the input ends.
/// </remarks>
internal sealed class EditorServer(Stream input, Stream output)
{
    private readonly Lock _writing = new();
    private readonly ConcurrentDictionary<string, EditorSession> _sessions = new(StringComparer.Ordinal);
    private readonly List<Task> _underway = [];
    private long _line;

    public async Task Run(CancellationToken cancel)
    {
        try
        {
            await ReadLines(cancel);
        }
        finally
        {
            await Task.WhenAll(_sessions.Values.Select(s => s.DisposeAsync().AsTask()));
            await Task.WhenAll(_underway);
        }
    }

    private async Task ReadLines(CancellationToken cancel)
    {
        var reader = PipeReader.Create(input);
        while (true)
        {
            // A terminal's or pipe's read cannot be cancelled; it is left behind.
            var read = await reader.ReadAsync(CancellationToken.None).AsTask().WaitAsync(cancel);
            var rest = read.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                Take(rest.Slice(0, end).ToArray());
                rest = rest.Slice(rest.GetPosition(1, end));
            }
            if (read.IsCompleted)
            {
                Take(rest.ToArray());
                return;
            }
            reader.AdvanceTo(rest.Start, rest.End);
        }
    }

    private void Take(byte[] line)
    {
        _line++;
        if (line.AsSpan().Trim(" \t\r"u8).IsEmpty)
            return;
        _underway.RemoveAll(t => t.IsCompleted);
        _underway.Add(Answer(line));
    }

    // What comes before the first wait happens in the order of the lines.
    private async Task Answer(byte[] line)
    {
        EditorRequest? request = null;
        try
        {
            request = EditorRequest.Read(line);
            Say(request.Id, "done", await Do(request));
        }
        catch (RequestException e)
        {
            Say(request?.Id ?? e.Id, "refused", new() { ["message"] = request is null ? $"line {_line}: {e.Message}" : e.Message });
        }
        catch (OperationCanceledException)
        {
            Say(request?.Id, "refused", new() { ["message"] = "the session was closed" });
        }
        catch (Exception e)
        {
            Say(request?.Id, "refused", new() { ["message"] = $"{e.GetType().Name}: {e.Message}" });   // whatever it is, somebody waits for an answer
        }
    }

    private async Task<JsonObject> Do(EditorRequest request)
    {
        var name = request.Text("session");
        if (request.Type == "open")
            return await Open(name, request.Text("folder"));
        if (!_sessions.TryGetValue(name, out var session))
            throw new RequestException($"session '{name}' is not open");
        switch (request.Type)
        {
            case "execute":
                return await session.Execute(request.Number("cell"), request.Text("code"), (type, body) => Say(request.Id, type, body));
            case "interrupt":
                session.Interrupt();
                return [];
            case "restart":
                return await session.Restart();
            case "complete":
                return await session.Complete(request.Text("code"), request.Place("cursor", "code"));
            case "inspect":
                return await session.Inspect(request.Text("code"), request.Place("cursor", "code"));
            case "isComplete":
                return await session.IsComplete(request.Text("code"));
            case "input":
                session.Input(request.TextOrNull("text"));
                return [];
            case "shutdown":
                _sessions.TryRemove(KeyValuePair.Create(name, session));
                await session.DisposeAsync();
                return [];
            default:
                throw new RequestException($"there is no request of type '{request.Type}'");
        }
    }

    private async Task<JsonObject> Open(string name, string folder)
    {
        if (_sessions.ContainsKey(name))
            throw new RequestException($"session '{name}' is open already");
        if (!Directory.Exists(folder))
            throw new RequestException($"{folder}: there is no such folder");
        var session = new EditorSession(folder, text => Write(new() { ["type"] = "note", ["session"] = name, ["text"] = text }));
        _sessions[name] = session;   // only the reader of lines opens
        if (await session.IsReady())
            return [];
        _sessions.TryRemove(KeyValuePair.Create(name, session));
        await session.DisposeAsync();
        throw new RequestException("the engine did not start");
    }

    private void Say(long? id, string type, JsonObject body)
    {
        JsonObject line = new() { ["id"] = id, ["type"] = type };
        foreach (var (name, value) in body.ToList())
        {
            body.Remove(name);
            line[name] = value;
        }
        Write(line);
    }

    private void Write(JsonObject line)
    {
        lock (_writing)
            try
            {
                output.Write([.. System.Text.Encoding.UTF8.GetBytes(line.ToJsonString()), (byte)'\n']);
                output.Flush();
            }
            catch (IOException)
            {
                // The editor went; the end of the input tells the same.
            }
    }
}
