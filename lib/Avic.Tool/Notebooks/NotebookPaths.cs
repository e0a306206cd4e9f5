using Avic.Model;

namespace Avic.Tool;

/// <param name="Path">What is read.</param>
/// <param name="Under">What it is saved as, relative to an output folder; always a Jupyter notebook.</param>
internal sealed record NotebookPath(string Path, string Under)
{
    /// <summary>True if nobody named it: it lies in a folder, or a pattern fits it.</summary>
    public bool IsFound { get; init; }

    /// <summary>Polyglot Notebooks' text format, which holds no outputs.</summary>
    public bool IsText => IsDib(Path);

    public static bool IsNotebook(string path) => path.EndsWith(".ipynb", StringComparison.OrdinalIgnoreCase) || IsDib(path);

    private static bool IsDib(string path) => path.EndsWith(".dib", StringComparison.OrdinalIgnoreCase);
}

/// <summary>Which notebooks a command line means.</summary>
internal static class NotebookPaths
{
    /// <summary>Files as given; of a folder or a pattern every notebook, in the order of names. None twice.</summary>
    /// <exception cref="NotebookException">Nothing there, or no notebook in it.</exception>
    public static IReadOnlyList<NotebookPath> Find(IEnumerable<string> given)
    {
        List<NotebookPath> found = [];
        foreach (var path in given)
            if (Directory.Exists(path))
                found.AddRange(Matching(path, ["**"], $"{path}: no notebook (.ipynb, .dib) in this folder"));
            else if (File.Exists(path))
                found.Add(NotebookPath.IsNotebook(path) ? Named(path, System.IO.Path.GetFileName(path))
                    : throw new NotebookException($"{path}: not a notebook: its name ends neither in .ipynb nor in .dib"));
            else if (Glob.IsPattern(path) && Glob.Split(path) is var (folder, pattern))
                found.AddRange(Matching(folder, pattern, $"{path}: no notebook (.ipynb, .dib) has such a name"));
            else
                throw new NotebookException($"{(path.Length == 0 ? "''" : path)}: {Missing(path)}");
        return [.. found.DistinctBy(notebook => System.IO.Path.GetFullPath(notebook.Path), Platform.PathComparer)];
    }

    /// <summary>That there is no such file, and which there is instead.</summary>
    public static string Missing(string path)
    {
        // Of "a/b/c" without "a", the slip is in "a".
        var (at, rest) = (path.TrimEnd(System.IO.Path.DirectorySeparatorChar), "");
        while (System.IO.Path.GetDirectoryName(at) is { Length: > 0 } above && !Directory.Exists(above))
            (at, rest) = (above, at[above.Length..] + rest);
        var folder = System.IO.Path.GetDirectoryName(at) ?? "";
        var known = folder.Length == 0 || Directory.Exists(folder)
            ? Directory.EnumerateFileSystemEntries(folder.Length == 0 ? "." : folder, "*", new EnumerationOptions()).Select(System.IO.Path.GetFileName).OfType<string>() : [];
        var near = Nearest.Like(System.IO.Path.GetFileName(at), known);
        return $"there is no such file or folder{(near is null ? "" : $"; did you mean {System.IO.Path.Combine(folder, near)}{rest}?")}";
    }

    private static IEnumerable<NotebookPath> Matching(string folder, string[] pattern, string otherwise)
    {
        try
        {
            List<NotebookPath> found = folder.Length > 0 && !Directory.Exists(folder) ? []
                : [.. Glob.Files(folder, pattern).Where(NotebookPath.IsNotebook).Order(StringComparer.Ordinal)
                    .Select(file => Named(file, System.IO.Path.GetRelativePath(folder.Length == 0 ? "." : folder, file)) with { IsFound = true })];
            found.RemoveAll(notebook => !notebook.IsText && found.Any(text => text.IsText && text.Under == notebook.Under && IsMadeFrom(text.Path, notebook.Path)));
            return found.Count > 0 ? found : throw new NotebookException(otherwise);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NotebookException($"{folder}: {e.Message}");
        }
    }

    // A pattern such as */../../x must not lead out of the output folder.
    private static NotebookPath Named(string path, string under) =>
        new(path, System.IO.Path.ChangeExtension(under.StartsWith("..", StringComparison.Ordinal) ? System.IO.Path.GetFileName(path) : under, ".ipynb"));

    // What a run made of a text notebook is not run once more beside it.
    private static bool IsMadeFrom(string text, string notebook)
    {
        try
        {
            return NotebookReader.Read(notebook, NotebookBytes.Read(notebook)).MadeFrom == System.IO.Path.GetFileName(text);
        }
        catch (NotebookException)
        {
            return false;   // it is told when its turn comes
        }
    }
}
