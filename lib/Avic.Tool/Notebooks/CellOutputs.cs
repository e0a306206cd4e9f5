using System.Text;
using System.Text.Json.Nodes;
using Avic.Cells;

namespace Avic.Tool;

/// <summary>Gathers what a cell says into the outputs that a notebook file saves (nbformat 4).</summary>
/// <param name="executionCount">The cell's number.</param>
/// <param name="displays">What was shown under a name, in this cell or one before: an update changes it there.</param>
internal sealed class CellOutputs(int executionCount, IDictionary<string, JsonObject>? displays = null)
{
    private readonly IDictionary<string, JsonObject> _displays = displays ?? new Dictionary<string, JsonObject>();
    private readonly List<JsonObject> _outputs = [];
    private readonly StringBuilder _text = new();
    private string? _stream;

    /// <summary>The error the cell ended in, as one line.</summary>
    public string? Error { get; private set; }

    /// <summary>How many bytes of text and pictures it made.</summary>
    public long Size { get; private set; }

    public void Add(Message message)
    {
        Size += message switch
        {
            Written some => Encoding.UTF8.GetByteCount(some.Text),
            Shown some => some.Data.Sum(d => (long)Encoding.UTF8.GetByteCount(d.Value)),
            _ => 0,
        };
        if (message is Written written)
        {
            if (_stream != written.Stream)
                EndStream();
            _stream = written.Stream;
            _text.Append(written.Text);
            return;
        }
        if (message is Shown { IsUpdate: true, DisplayId: { } shownAs } update)
        {
            if (_displays.TryGetValue(shownAs, out var there))
                there["data"] = Data(update);
            return;
        }
        if (message is not (Shown or Failed))
            return;   // what is not saved must not cut a stream in two either
        EndStream();
        switch (message)
        {
            case Shown shown:
                _outputs.Add(Output(shown));
                if (shown.DisplayId is { } id)
                    _displays[id] = _outputs[^1];
                break;
            case Failed failed:
                Error = $"{failed.Name}: {failed.Value}".ReplaceLineEndings(" ");
                _outputs.Add(new()
                {
                    ["ename"] = failed.Name,
                    ["evalue"] = failed.Value,
                    ["output_type"] = "error",
                    ["traceback"] = new JsonArray([.. failed.Traceback.Select(line => JsonValue.Create(line))]),
                });
                break;
        }
    }

    public JsonArray ToJson()
    {
        EndStream();
        return new JsonArray([.. _outputs.Select(o => o.DeepClone())]);
    }

    // Keys in alphabetical order, as Jupyter saves them.
    private JsonObject Output(Shown shown) => shown.IsResult
        ? new() { ["data"] = Data(shown), ["execution_count"] = executionCount, ["metadata"] = new JsonObject(), ["output_type"] = "execute_result" }
        : new() { ["data"] = Data(shown), ["metadata"] = new JsonObject(), ["output_type"] = "display_data" };

    // A figure is saved as its picture: no reader of the file needs the numbers, and most have no renderer for them.
    private static JsonObject Data(Shown shown)
    {
        var data = new JsonObject();
        foreach (var (type, text) in shown.Data.Where(d => d.Key != "application/vnd.plotly.v1+json").OrderBy(d => d.Key, StringComparer.Ordinal))
            data[type] = Lines(text);
        return data;
    }

    private void EndStream()
    {
        if (_stream is { } name)
            _outputs.Add(new() { ["name"] = name, ["output_type"] = "stream", ["text"] = Lines(_text.ToString()) });
        _stream = null;
        _text.Clear();
    }

    /// <summary>Text as nbformat stores it: a list of lines with their ends, cut where Python's splitlines cuts.</summary>
    internal static JsonArray Lines(string text)
    {
        JsonArray lines = [];
        for (var start = 0; start < text.Length;)
        {
            var end = text.AsSpan(start).IndexOfAny("\n\r\v\f\u001c\u001d\u001e\u0085\u2028\u2029");
            var next = end < 0 ? text.Length
                : start + end + (text[start + end] == '\r' && start + end + 1 < text.Length && text[start + end + 1] == '\n' ? 2 : 1);
            lines.Add((JsonNode)text[start..next]);
            start = next;
        }
        return lines;
    }
}
