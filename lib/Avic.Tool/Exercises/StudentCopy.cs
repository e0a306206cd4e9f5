using System.Text.Json.Nodes;

namespace Avic.Tool;

/// <summary>A teacher's notebook as students get it: without solutions, hidden tests, outputs and execution counts.</summary>
/// <param name="Solutions">How many cells a student writes.</param>
/// <param name="Tests">How many cells bring points by being run.</param>
/// <param name="Points">What the whole notebook can bring.</param>
/// <param name="Cells">The text of each code cell.</param>
internal sealed record StudentCopy(byte[] Bytes, int Solutions, int Tests, double Points, IReadOnlyList<string> Cells)
{
    /// <summary>Makes it; what stands in the way is added to <paramref name="problems"/>, each with file, line and cell.</summary>
    /// <exception cref="NotebookException">The file is no notebook.</exception>
    public static StudentCopy Of(string path, List<string> problems, CopiedLinks links)
    {
        var notebook = ExerciseNotebook.Read(path);
        problems.AddRange(notebook.Problems);
        List<string> code = [];
        foreach (var cell in notebook.Cells)
        {
            var text = ExerciseRegions.ForStudents(cell, (line, what) => problems.Add($"{path}:{cell.Line}: {cell.Name}, line {line}: {what}"));
            if (!cell.IsCode)
                text = links.In(text, Path.GetFullPath(path));
            if (text != cell.Source)
                cell.Json["source"] = cell.Json["source"] is JsonArray ? CellOutputs.Lines(text) : text;
            if (cell.IsCode)
            {
                code.Add(text);
                cell.Json["outputs"] = new JsonArray();
                cell.Json["execution_count"] = null;
            }
            Metadata(cell);
        }
        (notebook.Root["metadata"] as JsonObject)?.Remove("widgets");   // they hold outputs, too
        var marks = notebook.Cells.Select(c => c.Marks).OfType<ExerciseMarks>().ToList();
        return new(notebook.ToBytes(), marks.Count(m => m.IsSolution), marks.Count(m => m.IsTest), marks.Sum(m => m.Points), code);
    }

    private static void Metadata(ExerciseCell cell)
    {
        if (cell.Json["metadata"] is not JsonObject metadata)
            return;
        // When it ran and how its outputs were folded.
        foreach (var name in new[] { "execution", "collapsed", "scrolled" })
            metadata.Remove(name);
        // Editors that know these keep a student from deleting a test by accident; nothing depends on it.
        if (cell.Marks is null)
            return;
        metadata["deletable"] = false;
        if (cell.Marks.IsTeachers)
            metadata["editable"] = false;
    }
}
