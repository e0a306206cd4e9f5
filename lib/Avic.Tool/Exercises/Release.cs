namespace Avic.Tool;

/// <param name="OutFolder">Where the student copies go.</param>
/// <param name="Zip">The hand-out to write, or null for none.</param>
/// <param name="Check">Only say whether what is there is what would be written.</param>
internal sealed record ReleaseSettings(string OutFolder, string? Zip, bool Check);

/// <summary>Student copies of teachers' notebooks: all of them, or, if one has a fault, none.</summary>
internal sealed class Release(ReleaseSettings settings, TextWriter output, TextWriter error)
{
    public int All(IReadOnlyList<string> sources)
    {
        try
        {
            if (!settings.Check)
                OutFolder.Try(settings.OutFolder, "--out");
            var paths = NotebookPaths.Find(sources);
            CheckTargets(paths);
            List<string> problems = [];
            var copies = Copies(paths, problems, isAlone: false);
            if (problems.Count > 0)
            {
                foreach (var problem in problems)
                    error.WriteLine($"avic: {problem}");
                error.WriteLine("avic: nothing was written");
                return CommandLine.Unusable;
            }
            var isCurrent = true;
            foreach (var (path, copy) in copies)
                isCurrent &= Leave(Target(path), copy.Bytes, $"{Count(copy.Solutions, "solution")} to write, {Count(copy.Tests, "test")}, {Invariant($"{copy.Points}")} points");
            if (settings.Zip is { } zip)
                isCurrent &= Leave(zip, Handout.Zip(Copies(paths, [], isAlone: true)), $"{Count(copies.Count, "notebook")} and the libraries");
            return isCurrent || !settings.Check ? CommandLine.Ok : CommandLine.Failed;
        }
        catch (NotebookException e)
        {
            error.WriteLine($"avic: {e.Message}");
            return CommandLine.Unusable;
        }
    }

    // Beside what they are made from copies can lead to it; a hand-out is taken elsewhere.
    private List<(NotebookPath Path, StudentCopy Copy)> Copies(IReadOnlyList<NotebookPath> paths, List<string> problems, bool isAlone)
    {
        var links = new CopiedLinks(paths.ToDictionary(path => Path.GetFullPath(path.Path), path => Path.GetFullPath(Target(path))), isAlone);
        return [.. paths.Select(path => (path, StudentCopy.Of(path.Path, problems, links)))];
    }

    // Writes the file, or looks whether it is there as it should be.
    private bool Leave(string path, byte[] bytes, string what)
    {
        try
        {
            var isThere = File.Exists(path);
            var isCurrent = isThere && File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes);
            if (!settings.Check && !isCurrent)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
                AtomicFile.Write(path, bytes);
            }
            var word = isCurrent ? "current" : !settings.Check ? "written" : isThere ? "out of date" : "missing";
            output.WriteLine($"{path}  {word}: {what}");
            return isCurrent;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NotebookException($"{path}: could not be written: {e.Message}");
        }
    }

    private void CheckTargets(IReadOnlyList<NotebookPath> paths)
    {
        if (paths.FirstOrDefault(p => p.IsText) is { } text)
            throw new NotebookException($"{text.Path}: a .dib cannot say which cells are exercises; save it as .ipynb");
        if (paths.GroupBy(p => p.Under, Platform.PathComparer).FirstOrDefault(g => g.Count() > 1) is { } same)
            throw new NotebookException($"{same.ElementAt(1).Path}: --out would save it over the copy of {same.First().Path}");
        var sources = paths.Select(p => Real(p.Path)).ToHashSet(Platform.PathComparer);
        var folder = Real(settings.OutFolder);
        foreach (var target in paths.Select(Target))
            if (sources.Contains(Real(target)))
                throw new NotebookException($"{target}: --out would write over the source; name another folder");
            else if (!Real(target).StartsWith(folder + Path.DirectorySeparatorChar, Platform.IsCaseSensitive ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase))
                throw new NotebookException($"{target}: a link leads out of {settings.OutFolder}; remove it");
        if (settings.Zip is { } zip && (sources.Contains(Real(zip)) || paths.Any(p => Platform.PathComparer.Equals(Real(Target(p)), Real(zip)))))
            throw new NotebookException($"{zip}: --zip would write over a notebook");
    }

    private string Target(NotebookPath path) => Path.Combine(settings.OutFolder, path.Under);

    // Where a path ends once every link on the way is followed; what is not there yet is no link.
    private static string Real(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } above)
            return full;
        var here = Path.Combine(Real(above), Path.GetFileName(full));
        FileSystemInfo entry = Directory.Exists(here) ? new DirectoryInfo(here) : new FileInfo(here);
        return entry.LinkTarget is null ? here : entry.ResolveLinkTarget(returnFinalTarget: true) is { } end ? Real(end.FullName) : here;
    }

    private static string Count(int number, string what) => Invariant($"{number} {what}{(number == 1 ? "" : "s")}");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
