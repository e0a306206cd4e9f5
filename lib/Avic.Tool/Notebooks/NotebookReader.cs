using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Avic.Tool;

/// <summary>Finds a notebook's code cells in its bytes, and says where a file is wrong.</summary>
internal ref struct NotebookReader
{
    /// <summary>Deeper than any real output; hostile files must not exhaust the stack.</summary>
    private const int MaxDepth = 256;

    private readonly string _path;
    private readonly byte[] _bytes;
    private readonly int _start;
    private Utf8JsonReader _json;
    private string[] _requires = [];
    private string? _madeFrom;

    private NotebookReader(string path, byte[] bytes)
    {
        _path = path;
        _bytes = bytes;
        _start = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        _json = new Utf8JsonReader(bytes.AsSpan(_start), new JsonReaderOptions { MaxDepth = MaxDepth });
    }

    /// <exception cref="NotebookException">The file is no nbformat 4 notebook.</exception>
    public static NotebookFile Read(string path, byte[] bytes)
    {
        var reader = new NotebookReader(path, bytes);
        try
        {
            reader.CheckUtf8();
            if (bytes.AsSpan().Trim(" \r\n\t"u8).IsEmpty)
                throw new NotebookException($"{path}:1:1: the file is empty; an editor makes a notebook of it");
            return reader.Notebook();
        }
        catch (JsonException e)
        {
            // Its own message ends in a place counted from zero.
            var what = e.Message.Split(" LineNumber:")[0].ReplaceLineEndings(" ");
            throw new NotebookException($"{path}:{e.LineNumber + 1}:{e.BytePositionInLine + 1}: not JSON: {what}");
        }
    }

    private readonly void CheckUtf8()
    {
        if (Utf8.IsValid(_bytes))
            return;
        Utf8.ToUtf16(_bytes, new char[_bytes.Length], out var good, out _, replaceInvalidSequences: false);
        throw Wrong("not UTF-8 text", good);
    }

    private NotebookFile Notebook()
    {
        Next();
        if (_json.TokenType != JsonTokenType.StartObject)
            throw Wrong("not a Jupyter notebook: a notebook is a JSON object");
        var layout = Layout();
        List<NotebookCell>? cells = null;
        var format = 0;
        var language = "";
        while (Member() is { } name)
            switch (name)
            {
                case "cells" when cells is not null:
                    throw Wrong("\"cells\" appears twice");
                case "cells":
                    cells = Cells();
                    break;
                case "nbformat":
                    format = _json.TokenType == JsonTokenType.Number && _json.TryGetInt32(out var number) ? number : throw Wrong("\"nbformat\" is not a number");
                    break;
                case "metadata":
                    language = Metadata();
                    break;
                default:
                    _json.Skip();
                    break;
            }
        Next();   // anything after the object is an error of the JSON
        if (cells is null)
            throw Wrong("not a Jupyter notebook: it has no \"cells\"", _start);
        if (format != 4)
            throw Wrong($"nbformat is {format}, and only 4 can be run; open and save the file in Jupyter", _start);
        return new NotebookFile(_path, _bytes, cells, language, layout) { Requires = _requires, MadeFrom = _madeFrom };
    }

    private List<NotebookCell> Cells()
    {
        Expect(JsonTokenType.StartArray, "\"cells\" is not a list");
        List<NotebookCell> cells = [];
        while (Next() && _json.TokenType != JsonTokenType.EndArray)
        {
            Expect(JsonTokenType.StartObject, "a cell is not an object");
            if (Cell(cells.Count + 1) is { } cell)
                cells.Add(cell);
        }
        return cells;
    }

    private NotebookCell? Cell(int number)
    {
        var line = LineOf(Here);
        string? kind = null, source = null, language = null;
        string[] tags = [];
        Span? outputs = null, count = null, sourceAt = null;
        var end = 0;
        while (Member() is { } name)
        {
            var start = Here;
            switch (name)
            {
                case "cell_type" when kind is null:
                    kind = Text("\"cell_type\" is not a text");
                    break;
                case "source" when sourceAt is null:
                    source = Lines();
                    sourceAt = new(start, start);
                    break;
                case "metadata":
                    (tags, language) = CellMetadata();
                    break;
                case "outputs" when outputs is null:
                    _json.Skip();
                    outputs = new(start, Consumed);
                    break;
                case "execution_count" when count is null:
                    _json.Skip();
                    count = new(start, Consumed);
                    break;
                case "cell_type" or "source" or "outputs" or "execution_count":
                    throw Wrong($"cell {number}: \"{name}\" appears twice");
                default:
                    _json.Skip();
                    break;
            }
            end = Consumed;
        }
        if (kind is null)
            throw Wrong("a cell has no \"cell_type\"");
        if (kind != "code")
            return null;
        if (outputs is { } saved && _bytes[saved.Start] != '[')
            throw Wrong($"cell {number}: \"outputs\" is not a list", saved.Start);
        if (sourceAt is null || source is null)
            throw Wrong($"cell {number}: \"source\" is {(sourceAt is null ? "missing" : "neither a text nor a list of texts")}", sourceAt?.Start ?? Here);
        return new NotebookCell(number, line, source, tags, language, outputs, count, end);
    }

    // Polyglot cells name their language one by one; without a name it is the notebook's.
    private (string[] Tags, string? Language) CellMetadata()
    {
        string[] tags = [];
        string? language = null;
        if (!IsObject())
            return (tags, language);
        while (Member() is { } name)
            switch (name)
            {
                case "tags":
                    tags = Strings() ?? [];
                    break;
                case "polyglot_notebook" when IsObject():
                    language = MemberText("kernelName") ?? language;
                    break;
                case "dotnet_interactive" when IsObject():
                    // Read in any case: what is not read would be taken for the members that follow.
                    var older = MemberText("language");
                    language ??= older;
                    break;
                default:
                    _json.Skip();
                    break;
            }
        return (tags, language);
    }

    // The language, and on the way what is meant for us.
    private string Metadata()
    {
        string? kernel = null, info = null;
        if (!IsObject())
            return "";
        while (Member() is { } name)
            switch (name)
            {
                case "kernelspec" when IsObject():
                    kernel = MemberText("language");
                    break;
                case "language_info" when IsObject():
                    info = MemberText("name");
                    break;
                case "avic" when IsObject():
                    Own();
                    break;
                default:
                    _json.Skip();
                    break;
            }
        return kernel ?? info ?? "";
    }

    private void Own()
    {
        while (Member() is { } name)
            switch (name)
            {
                case "requires":
                    var at = Here;
                    _requires = _json.TokenType == JsonTokenType.String ? [Text("")]
                        : Strings() ?? throw Wrong("metadata: avic.requires is neither a text nor a list of texts", at);
                    break;
                case "from" when _json.TokenType == JsonTokenType.String:
                    _madeFrom = Text("");
                    break;
                default:
                    _json.Skip();
                    break;
            }
    }

    private string? MemberText(string wanted)
    {
        string? text = null;
        while (Member() is { } name)
            if (name == wanted && _json.TokenType == JsonTokenType.String)
                text = Text("");
            else
                _json.Skip();
        return text;
    }

    /// <summary>A text, or a list of texts joined; null for anything else.</summary>
    private string? Lines() =>
        _json.TokenType == JsonTokenType.String ? Text("") : Strings() is { } lines ? string.Concat(lines) : null;

    private string[]? Strings()
    {
        if (_json.TokenType != JsonTokenType.StartArray)
        {
            _json.Skip();
            return null;
        }
        List<string> texts = [];
        var good = true;
        while (Next() && _json.TokenType != JsonTokenType.EndArray)
            if (_json.TokenType == JsonTokenType.String)
                texts.Add(Text(""));
            else
            {
                good = false;
                _json.Skip();
            }
        return good ? [.. texts] : null;
    }

    private bool IsObject()
    {
        if (_json.TokenType == JsonTokenType.StartObject)
            return true;
        _json.Skip();
        return false;
    }

    /// <summary>Moves to the next member's value and returns its name; null at the object's end.</summary>
    private string? Member()
    {
        Next();
        if (_json.TokenType == JsonTokenType.EndObject)
            return null;
        var name = Text("");
        Next();
        return name;
    }

    private string Text(string otherwise)
    {
        if (_json.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
            throw Wrong(otherwise);
        try
        {
            return _json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Wrong("a text holds half a surrogate pair (\\ud800 to \\udfff alone)");
        }
    }

    private bool Next() => _json.Read();

    private readonly void Expect(JsonTokenType type, string otherwise)
    {
        if (_json.TokenType != type)
            throw Wrong(otherwise);
    }

    private readonly int Here => _start + (int)_json.TokenStartIndex;

    private readonly int Consumed => _start + (int)_json.BytesConsumed;

    private readonly int LineOf(int at) => _bytes.AsSpan(0, at).Count((byte)'\n') + 1;

    private readonly NotebookException Wrong(string what) => Wrong(what, Here);

    private readonly NotebookException Wrong(string what, int at) =>
        new($"{_path}:{LineOf(at)}:{at - _bytes.AsSpan(0, at).LastIndexOf((byte)'\n')}: {what}");

    // What stands between the first brace and the first member is the file's line break and indent.
    private readonly JsonLayout Layout()
    {
        var rest = _bytes.AsSpan(Consumed);
        var white = Encoding.UTF8.GetString(rest[..Math.Max(0, rest.IndexOfAnyExcept(" \t\r\n"u8))]);
        if (white.LastIndexOf('\n') is var last && last < 0)
            return JsonLayout.Jupyter with { Indent = null };
        return new JsonLayout(white[(last + 1)..], white.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n");
    }
}
