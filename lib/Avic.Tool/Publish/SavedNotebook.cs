using System.Text;
using System.Text.Json;
using Markdig.Syntax;

namespace Avic.Tool;

/// <summary>What a cell left behind when it was last run.</summary>
internal abstract record SavedOutput;

/// <param name="Name">stdout or stderr.</param>
internal sealed record SavedStream(string Name, string Text) : SavedOutput;

internal sealed record SavedError(string Text) : SavedOutput;

/// <param name="Data">One value in several representations, by media type.</param>
internal sealed record SavedData(IReadOnlyDictionary<string, string> Data) : SavedOutput;

/// <param name="Kind">code, markdown or raw.</param>
/// <param name="Number">The place of a code cell among code cells, from 1; 0 for others.</param>
/// <param name="Attachments">Pictures that a Markdown cell carries, by name: media type and base64 text.</param>
internal sealed record SavedCell(
    string Kind, int Number, string Source, string Language, IReadOnlyList<string> Tags, IReadOnlyList<SavedOutput> Outputs,
    IReadOnlyDictionary<string, (string Type, string Base64)> Attachments);

/// <summary>A notebook as a reader meets it: text, code, and what the code said when it was last run. All strings are <see cref="PageText.Clean"/>.</summary>
internal sealed record SavedNotebook(string Path, IReadOnlyList<SavedCell> Cells)
{
    private const int LongestLabel = 40;

    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 300 };

    /// <summary>Whether it has code, and none of it was run.</summary>
    public bool IsWithoutOutputs =>
        Cells.Any(c => c.Kind == "code" && !string.IsNullOrWhiteSpace(c.Source)) && Cells.All(c => c.Outputs.Count == 0);

    /// <summary>The first cell whose error ended the last run, or null.</summary>
    public SavedCell? Failed => Cells.FirstOrDefault(c => c.Outputs.OfType<SavedError>().Any() && !c.Tags.Contains("raises-exception"));

    // No language has a longer name; a file may say anything.
    private static string Label(string language) =>
        PageText.Clean(language) is { Length: > LongestLabel } text ? string.Concat(text.EnumerateRunes().Take(LongestLabel)) + "…" : PageText.Clean(language);

    /// <exception cref="NotebookException">The file is no nbformat 4 notebook.</exception>
    public static SavedNotebook Read(string path, byte[] bytes)
    {
        // It says where a file is wrong; after it the shape of the code cells is known.
        var file = NotebookReader.Read(path, bytes);
        using var json = JsonDocument.Parse(bytes.AsMemory(bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0), Deep);
        List<SavedCell> cells = [];
        var number = 0;
        foreach (var cell in json.RootElement.GetProperty("cells").EnumerateArray())
        {
            var kind = Text(cell, "cell_type");
            if (kind == "code")
            {
                var code = file.Cells[number++];
                cells.Add(new(kind, number, PageText.Clean(code.Source), Label(code.Language ?? file.Language), code.Tags, Outputs(cell), NoAttachments));
            }
            else
                cells.Add(new(kind, 0, Text(cell, "source"), "", [], [], Attachments(cell)));
        }
        return new(path, cells);
    }

    /// <exception cref="NotebookException">Nested deeper than anybody writes.</exception>
    public MarkdownDocument Markdown(SavedCell cell)
    {
        try
        {
            return Prose.Parse(cell.Source);
        }
        catch (ArgumentException e)
        {
            throw new NotebookException($"{Path}: its Markdown cannot be read: {e.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>A page of text alone.</summary>
    public static SavedNotebook OfText(string path, byte[] bytes) =>
        new(path, [new("markdown", 0, PageText.Clean(Encoding.UTF8.GetString(bytes).TrimStart('\ufeff')), "", [], [], NoAttachments)]);

    private static readonly Dictionary<string, (string, string)> NoAttachments = [];

    private static Dictionary<string, (string, string)> Attachments(JsonElement cell)
    {
        Dictionary<string, (string, string)> pictures = [];
        if (Member(cell, "attachments") is { ValueKind: JsonValueKind.Object } attachments)
            foreach (var attachment in attachments.EnumerateObject())
                if (attachment.Value.ValueKind == JsonValueKind.Object)
                    foreach (var form in attachment.Value.EnumerateObject())
                        pictures[Name(attachment)] = (Name(form), Text(form.Value));
        return pictures;
    }

    private static List<SavedOutput> Outputs(JsonElement cell)
    {
        List<SavedOutput> outputs = [];
        if (Member(cell, "outputs") is { ValueKind: JsonValueKind.Array } saved)
            foreach (var output in saved.EnumerateArray())
                outputs.Add(Output(output));
        return outputs;
    }

    private static SavedOutput Output(JsonElement output)
    {
        switch (Text(output, "output_type"))
        {
            case "stream":
                return new SavedStream(Text(output, "name"), Text(output, "text"));
            case "error":
                var traceback = Member(output, "traceback") is { ValueKind: JsonValueKind.Array } lines ? string.Join('\n', lines.EnumerateArray().Select(Text)) : "";
                return new SavedError(traceback.Length > 0 ? traceback : $"{Text(output, "ename")}: {Text(output, "evalue")}");
            default:
                Dictionary<string, string> data = [];
                if (Member(output, "data") is { ValueKind: JsonValueKind.Object } forms)
                    foreach (var form in forms.EnumerateObject())
                        data[Name(form)] = Text(form.Value);
                return new SavedData(data);
        }
    }

    private static JsonElement? Member(JsonElement of, string name)
    {
        if (of.ValueKind == JsonValueKind.Object)
            foreach (var member in of.EnumerateObject())
                if (Name(member) == name)
                    return member.Value;
        return null;
    }

    private static string Text(JsonElement of, string name) => Member(of, name) is { } value ? Text(value) : "";

    /// <summary>A text, a list of texts joined, or whatever else is there as JSON.</summary>
    private static string Text(JsonElement value)
    {
        try
        {
            return PageText.Clean(value.ValueKind switch
            {
                JsonValueKind.String => value.GetString()!,
                JsonValueKind.Array when value.EnumerateArray().All(i => i.ValueKind == JsonValueKind.String) => string.Concat(value.EnumerateArray().Select(i => i.GetString())),
                _ => value.GetRawText(),
            });
        }
        catch (InvalidOperationException)
        {
            return PageText.Clean(value.GetRawText());   // half a surrogate pair
        }
    }

    private static string Name(JsonProperty member)
    {
        try
        {
            return PageText.Clean(member.Name);
        }
        catch (InvalidOperationException)
        {
            return "";   // half a surrogate pair names nothing we look for
        }
    }
}
