using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Avic.Tool;

/// <summary>A cell of any kind in a notebook with exercises.</summary>
/// <param name="Name">"cell 3" as `avic run` counts them, or "markdown cell 2".</param>
/// <param name="Line">The line of the file on which it begins.</param>
/// <param name="IsCSharp">Whether it can be run here.</param>
/// <param name="Marks">Null where nbgrader's metadata is missing or wrong.</param>
internal sealed record ExerciseCell(JsonObject Json, string Name, int Number, int Line, string Source, bool IsCode, bool IsCSharp, ExerciseMarks? Marks)
{
    /// <summary>The text with the line breaks that every editor agrees on: what two copies are compared by.</summary>
    public string Text => Source.ReplaceLineEndings("\n").TrimEnd();
}

/// <summary>A notebook with what nbgrader's metadata says of its cells.</summary>
/// <param name="Problems">What is wrong with the metadata, each naming file, line and cell.</param>
internal sealed partial record ExerciseNotebook(
    string Path, JsonObject Root, JsonLayout Layout, IReadOnlyList<ExerciseCell> Cells, IReadOnlyList<string> Problems)
{
    // As deep as the reader before it lets through, and a little more.
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 300, AllowDuplicateProperties = false };

    /// <exception cref="NotebookException">The file is no notebook.</exception>
    public static ExerciseNotebook Read(string path)
    {
        var bytes = NotebookBytes.Read(path);
        var file = NotebookReader.Read(path, bytes);
        var start = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        try
        {
            var root = JsonNode.Parse(bytes.AsSpan(start), documentOptions: Deep)!.AsObject();
            JupyterJson.Write(root, file.Layout, 0);   // reads every text once
            List<string> problems = [];
            var cells = Read(file, root, Lines(bytes, start), problems);
            foreach (var twice in cells.Where(c => c.Marks is not null).GroupBy(c => c.Marks!.GradeId).Where(g => g.Count() > 1))
                problems.Add($"{path}:{twice.ElementAt(1).Line}: {twice.ElementAt(1).Name}: the grade_id \"{twice.Key}\" is {twice.First().Name}'s already");
            return new(path, root, file.Layout, cells, problems);
        }
        catch (JsonException e)
        {
            throw new NotebookException($"{path}:{e.LineNumber + 1}:{e.BytePositionInLine + 1}: {e.Message.Split(" LineNumber:")[0]}");
        }
        catch (InvalidOperationException)
        {
            throw new NotebookException($"{path}: a text holds half a surrogate pair (\\ud800 to \\udfff alone)");
        }
    }

    /// <summary>The file as it would be saved now.</summary>
    public byte[] ToBytes() => Encoding.UTF8.GetBytes(JupyterJson.Write(Root, Layout, 0) + Layout.NewLine);

    private static List<ExerciseCell> Read(NotebookFile file, JsonObject root, List<int> lines, List<string> problems)
    {
        List<ExerciseCell> cells = [];
        Dictionary<string, int> counts = [];
        foreach (var (node, line) in root["cells"]!.AsArray().Zip(lines))
        {
            var json = node!.AsObject();
            var kind = TextOf(json["cell_type"]);
            var number = counts[kind] = counts.GetValueOrDefault(kind) + 1;
            var isCode = kind == "code";
            var name = isCode ? $"cell {number}" : $"{kind} cell {number}";
            var isCSharp = isCode && NotebookRun.IsCSharp(file.Cells[number - 1].Language ?? file.Language);
            cells.Add(new(json, name, number, line, TextOf(json["source"]), isCode, isCSharp,
                Marks(json, isCode, what => problems.Add($"{file.Path}:{line}: {name}: {what}"))));
        }
        return cells;
    }

    private static ExerciseMarks? Marks(JsonObject cell, bool isCode, Action<string> wrong)
    {
        if ((cell["metadata"] as JsonObject)?["nbgrader"] is not { } given)
            return null;
        if (given is not JsonObject marks)
            return Wrong("its nbgrader metadata is no object");
        bool Is(string name) => marks[name] is JsonValue value && value.TryGetValue(out bool yes) && yes;
        var (isGrade, isSolution, isLocked, isTask) = (Is("grade"), Is("solution"), Is("locked"), Is("task"));
        if (!(isGrade || isSolution || isLocked || isTask))
            return null;
        if (Number(marks["schema_version"]) is var version && version != 3)
            return Wrong($"its nbgrader metadata has the schema version {marks["schema_version"]?.ToJsonString() ?? "none"}; only 3 is known here");
        if (TextOf(marks["grade_id"]) is var id && !GradeId().IsMatch(id))
            return Wrong(id.Length == 0 ? "it has no grade_id" : $"the grade_id \"{id}\" has other characters than letters, digits, - and _");
        var points = Number(marks["points"]);
        if ((isGrade || isTask) && points is not >= 0)
            return Wrong(marks["points"] is null ? $"\"{id}\" is graded and has no points" : $"\"{id}\": its points are no number from 0 up");
        if (isTask && (isGrade || isSolution))
            return Wrong($"\"{id}\" is a task and cannot be a solution or a test, too");
        if (!isCode && isGrade && !isSolution)
            return Wrong($"\"{id}\" is a test, and a test is a code cell");
        return new(id, isGrade, isSolution, isLocked, isTask, isGrade || isTask ? points!.Value : 0);

        ExerciseMarks? Wrong(string what)
        {
            wrong(what);
            return null;
        }
    }

    private static double? Number(JsonNode? node) => node is JsonValue value && value.TryGetValue(out double number) && double.IsFinite(number) ? number : null;

    /// <summary>A text, or a list of texts joined: nbformat allows both.</summary>
    private static string TextOf(JsonNode? node) => node switch
    {
        JsonValue value when value.TryGetValue(out string? text) => text,
        JsonArray list => string.Concat(list.Select(TextOf)),
        _ => "",
    };

    // Where each cell begins; the first reader has made sure of the shape.
    private static List<int> Lines(byte[] bytes, int start)
    {
        List<int> lines = [];
        var json = new Utf8JsonReader(bytes.AsSpan(start), new JsonReaderOptions { MaxDepth = 300 });
        var (inCells, line, counted) = (false, 1, 0);
        while (json.Read())
            if (json is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 1 })
                inCells = json.ValueTextEquals("cells"u8);
            else if (inCells && json is { TokenType: JsonTokenType.StartObject, CurrentDepth: 2 })
            {
                var at = start + (int)json.TokenStartIndex;
                line += bytes.AsSpan(counted, at - counted).Count((byte)'\n');
                counted = at;
                lines.Add(line);
            }
        return lines;
    }

    [GeneratedRegex(@"^[A-Za-z0-9_\-]+$")]
    private static partial Regex GradeId();
}
