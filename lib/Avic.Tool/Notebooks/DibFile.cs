using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Avic.Tool;

/// <param name="Language">The kernel's name, as Polyglot calls it: csharp, markdown, mermaid, …</param>
internal sealed record DibCell(string Language, string Source);

/// <summary>
/// Polyglot Notebooks' text format: cells one after the other, each begun by a line such as <c>#!csharp</c>; before them, where
/// a tool wrote it, a line <c>#!meta</c> and a JSON object with the names of further kernels. It holds no outputs.
/// </summary>
/// <remarks>Any other line that begins with <c>#!</c> belongs to the cell it stands in. Empty lines around a cell do not count.</remarks>
internal sealed record DibFile(JsonObject Meta, IReadOnlyList<DibCell> Cells)
{
    private const string Default = "csharp";
    private const string Markdown = "markdown";

    // What Polyglot Notebooks brings along, by every name it answers to.
    private static readonly string[][] Kernels =
    [
        [Default, "c#", "C#"], ["fsharp", "f#", "F#"], ["pwsh", "powershell"], ["javascript", "js"], [Markdown, "md"],
        ["mermaid"], ["html"], ["http", "httpRequest"], ["sql"], ["kql"], ["value"],
    ];

    /// <exception cref="NotebookException">Not text, or its <c>#!meta</c> block is no JSON object.</exception>
    public static DibFile Read(string path, byte[] bytes)
    {
        if (!Utf8.IsValid(bytes))
            throw new NotebookException($"{path}:{LineOfBrokenUtf8(bytes)}: not UTF-8 text");
        var lines = Encoding.UTF8.GetString(bytes).TrimStart('\ufeff').Split('\n').Select(line => line.EndsWith('\r') ? line[..^1] : line).ToArray();
        JsonObject meta = [];
        var names = Kernels.SelectMany(names => names.Select(name => (name, Kernel: names[0]))).ToDictionary(n => n.name, n => n.Kernel, StringComparer.Ordinal);
        List<DibCell> cells = [];
        List<string> source = [];
        var language = Default;
        for (var i = 0; i < lines.Length; i++)
            if (lines[i].TrimEnd() == "#!meta" && meta.Count == 0)
            {
                var end = Array.FindIndex(lines, i + 1, line => line.StartsWith("#!", StringComparison.Ordinal));
                meta = ReadMeta(path, i + 1, string.Join('\n', lines[(i + 1)..(end < 0 ? lines.Length : end)]));
                i = (end < 0 ? lines.Length : end) - 1;
                language = AddKernels(meta, names) is { } other && cells.Count == 0 && source.Count == 0 ? other : language;
            }
            else if (lines[i].StartsWith("#!", StringComparison.Ordinal) && names.TryGetValue(lines[i][2..].TrimEnd(), out var next))
            {
                End();
                language = next;
            }
            else
                source.Add(lines[i]);
        End();
        return new DibFile(meta, cells);

        void End()
        {
            var from = source.FindIndex(line => line.Length > 0);
            if (from >= 0)
                cells.Add(new DibCell(language, string.Join('\n', source[from..(source.FindLastIndex(line => line.Length > 0) + 1)])));
            source.Clear();
        }
    }

    /// <summary>The same cells as a Jupyter notebook, which says what it was made from.</summary>
    public byte[] ToJupyter(string madeFrom)
    {
        var metadata = (JsonObject)Meta.DeepClone();
        var kernels = metadata["kernelInfo"];
        metadata.Remove("kernelInfo");
        if (metadata["avic"] is not JsonObject own)
            metadata["avic"] = own = [];
        own["from"] = madeFrom;
        metadata["kernelspec"] = new JsonObject { ["display_name"] = ".NET (C#)", ["language"] = "C#", ["name"] = ".net-csharp" };
        metadata["language_info"] = new JsonObject { ["name"] = Default };
        metadata["polyglot_notebook"] = new JsonObject
        {
            ["kernelInfo"] = kernels ?? new JsonObject
            {
                ["defaultKernelName"] = Default,
                ["items"] = new JsonArray(new JsonObject { ["aliases"] = new JsonArray(), ["languageName"] = Default, ["name"] = Default }),
            },
        };
        var notebook = new JsonObject
        {
            ["cells"] = new JsonArray([.. Cells.Select(ToJupyter)]),
            ["metadata"] = metadata,
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        };
        return Encoding.UTF8.GetBytes(JupyterJson.Write(notebook, JsonLayout.Jupyter, 0) + "\n");
    }

    // Ids by place: the same text gives the same notebook.
    private static JsonObject ToJupyter(DibCell cell, int index) => cell.Language == Markdown
        ? new()
        {
            ["cell_type"] = "markdown",
            ["id"] = $"cell-{index + 1}",
            ["metadata"] = new JsonObject(),
            ["source"] = CellOutputs.Lines(cell.Source),
        }
        : new()
        {
            ["cell_type"] = "code",
            ["execution_count"] = null,
            ["id"] = $"cell-{index + 1}",
            ["metadata"] = new JsonObject
            {
                ["dotnet_interactive"] = new JsonObject { ["language"] = cell.Language },
                ["polyglot_notebook"] = new JsonObject { ["kernelName"] = cell.Language },
            },
            ["outputs"] = new JsonArray(),
            ["source"] = CellOutputs.Lines(cell.Source),
        };

    private static JsonObject ReadMeta(string path, int line, string text)
    {
        try
        {
            var meta = JsonNode.Parse(text, documentOptions: new() { AllowDuplicateProperties = false }) as JsonObject
                ?? throw new NotebookException($"{path}:{line}: what follows #!meta is no JSON object");
            JupyterJson.Write(meta, JsonLayout.Jupyter, 0);   // half a surrogate pair is found when it is read
            return meta;
        }
        catch (JsonException e)
        {
            throw new NotebookException($"{path}:{line + 1 + (e.LineNumber ?? 0)}:{1 + (e.BytePositionInLine ?? 0)}: what follows #!meta is not JSON: {e.Message.Split(" LineNumber:")[0].ReplaceLineEndings(" ")}");
        }
        catch (InvalidOperationException)
        {
            throw new NotebookException($"{path}:{line}: what follows #!meta holds half a surrogate pair (\\ud800 to \\udfff alone)");
        }
    }

    /// <summary>Learns the names of the kernels that the notebook had, and returns the one it begins with.</summary>
    private static string? AddKernels(JsonObject meta, Dictionary<string, string> names)
    {
        if (meta["kernelInfo"] is not JsonObject info)
            return null;
        foreach (var kernel in Objects(info["items"]))
            if (Text(kernel["name"]) is { Length: > 0 } name)
                foreach (var alias in (kernel["aliases"] as JsonArray ?? []).Select(Text).Append(name).OfType<string>())
                    names.TryAdd(alias, names.GetValueOrDefault(name, name));
        return Text(info["defaultKernelName"]) is { } first ? names.GetValueOrDefault(first) : null;
    }

    private static IEnumerable<JsonObject> Objects(JsonNode? list) => (list as JsonArray ?? []).OfType<JsonObject>();

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    internal static int LineOfBrokenUtf8(byte[] bytes)
    {
        Utf8.ToUtf16(bytes, new char[bytes.Length], out var good, out _, replaceInvalidSequences: false);
        return bytes.AsSpan(0, good).Count((byte)'\n') + 1;
    }
}
