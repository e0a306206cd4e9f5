using System.Text;
using System.Text.Json.Nodes;

namespace Avic.Tool;

/// <summary>A value in the bytes of a notebook file.</summary>
internal readonly record struct Span(int Start, int End);

/// <summary>A code cell, and where in the file its parts lie.</summary>
/// <param name="Number">Its place among the code cells, from 1; what progress, errors and execution counts call it.</param>
/// <param name="Line">The line of the file on which the cell begins.</param>
/// <param name="Outputs">The saved outputs; null when the file has none, not even an empty list.</param>
/// <param name="End">Where a missing member is put: after the cell's last one.</param>
internal sealed record NotebookCell(
    int Number, int Line, string Source, string[] Tags, string? Language, Span? Outputs, Span? ExecutionCount, int End)
{
    public bool IsSkipped => Tags.Contains("skip-run");

    /// <summary>What it shows differs from run to run: times, random numbers.</summary>
    public bool IsVolatile => Tags.Contains("volatile");

    /// <summary>That it fails is what it is there to show.</summary>
    public bool MayFail => Tags.Contains("raises-exception");   // Jupyter's word

    /// <summary>What it shows is for who runs it: a page that fetches scripts, say, has no place in a file.</summary>
    public bool IsUnsaved => Tags.Contains("remove-output");   // Jupyter Book's word
}

/// <summary>
/// A notebook as the bytes it is: running it replaces outputs and execution counts, and every other byte stays.
/// </summary>
/// <remarks>
/// Notebooks carry what no single tool understands (other kernels' metadata, widgets, a reviewer's odd formatting). What is
/// never parsed cannot be lost.
/// </remarks>
internal sealed record NotebookFile(string Path, byte[] Bytes, IReadOnlyList<NotebookCell> Cells, string Language, JsonLayout Layout)
{
    // A cell's members lie in {"cells": [{…}]}.
    private const int MemberDepth = 3;

    /// <summary>What it says it cannot do without; where that is missing, it is not run.</summary>
    public IReadOnlyList<string> Requires { get; init; } = [];

    /// <summary>True of a student copy in which something is left to write: running it would only find that.</summary>
    public bool IsUnsolved => Cells.Any(cell => ExerciseRegions.IsUnsolved(cell.Source));

    /// <summary>The name of the text notebook (.dib) that a run made it from; null for most.</summary>
    public string? MadeFrom { get; init; }

    public string Text(Span span) => Encoding.UTF8.GetString(Bytes, span.Start, span.End - span.Start);

    /// <summary>The file with these cells' outputs; the same array where nothing changed.</summary>
    public byte[] With(IEnumerable<(NotebookCell Cell, JsonArray Outputs, int? ExecutionCount)> results)
    {
        List<(Span Where, string Text)> edits = [];
        foreach (var (cell, outputs, count) in results)
        {
            if (cell.Outputs is not { } saved || !SavedOutputs.Same(Text(saved), outputs.ToJsonString()))
                edits.Add(Edit(cell, "outputs", cell.Outputs, JupyterJson.Write(outputs, Layout, MemberDepth)));
            var number = count?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "null";
            if (cell.ExecutionCount is not { } old || Text(old) != number)
                edits.Add(Edit(cell, "execution_count", cell.ExecutionCount, number));
        }
        return edits.Count == 0 ? Bytes : Spliced(edits);
    }

    private (Span, string) Edit(NotebookCell cell, string name, Span? where, string value) =>
        where is { } old ? (old, value) : (new(cell.End, cell.End), $"{Layout.Comma(MemberDepth)}\"{name}\": {value}");

    private byte[] Spliced(IEnumerable<(Span Where, string Text)> edits)
    {
        using var whole = new MemoryStream(Bytes.Length + 4096);
        var from = 0;
        foreach (var (where, text) in edits.OrderBy(e => e.Where.Start))
        {
            whole.Write(Bytes, from, where.Start - from);
            whole.Write(Encoding.UTF8.GetBytes(text));
            from = where.End;
        }
        whole.Write(Bytes, from, Bytes.Length - from);
        return whole.ToArray();
    }
}
