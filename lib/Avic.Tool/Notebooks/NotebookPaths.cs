namespace Avic.Tool;

/// <summary>Which notebooks a command line means.</summary>
internal static class NotebookPaths
{
    /// <summary>Files as given; of a folder every notebook below it, in the order of names.</summary>
    /// <returns>The path to read, and the path relative to an output folder.</returns>
    /// <exception cref="NotebookException">Nothing there, or no notebook in it.</exception>
    public static List<(string Path, string Under)> Find(IEnumerable<string> given)
    {
        List<(string, string)> found = [];
        foreach (var path in given)
            if (Directory.Exists(path))
                found.AddRange(Below(path).Select(file => (file, Path.GetRelativePath(path, file))));
            else if (!File.Exists(path))
                throw new NotebookException($"{path}: there is no such file or folder");
            else if (!path.EndsWith(".ipynb", StringComparison.OrdinalIgnoreCase))
                throw new NotebookException($"{path}: not a notebook: its name does not end in .ipynb");
            else
                found.Add((path, Path.GetFileName(path)));
        return found;
    }

    private static List<string> Below(string folder)
    {
        // .ipynb_checkpoints and the like hold copies.
        var files = Directory.EnumerateFiles(folder, "*.ipynb", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None })
            .Where(file => !Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar).Any(part => part.StartsWith('.')))
            .Order(StringComparer.Ordinal)
            .ToList();
        return files.Count > 0 ? files : throw new NotebookException($"{folder}: no notebook (.ipynb) in this folder");
    }
}
