namespace Avic.Tool;

/// <summary>A file that is at every moment either the old one or the new one, whole.</summary>
internal static class AtomicFile
{
    public static void Write(string path, byte[] bytes)
    {
        var target = Target(path);
        var draft = Draft(target);
        try
        {
            using (var file = new FileStream(draft, FileMode.CreateNew, FileAccess.Write))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }
            if (File.Exists(target))
                Platform.CopyMode(target, draft);
            File.Move(draft, target, overwrite: true);
        }
        finally
        {
            File.Delete(draft);
        }
    }

    /// <summary>Finds out before hours of work whether a file could be written; creates its folder.</summary>
    /// <exception cref="IOException">It could not.</exception>
    /// <exception cref="UnauthorizedAccessException">It must not.</exception>
    public static void Try(string path)
    {
        var target = Target(path);
        if (Directory.Exists(target))
            throw new IOException("it is a folder");
        // Replacing a file asks nobody whether it may be written; whoever took that right away meant it.
        if (File.Exists(target) && (File.GetAttributes(target) & FileAttributes.ReadOnly) != 0)
            throw new UnauthorizedAccessException("the file is read-only");
        if (OutFolder.FileAt(Path.GetDirectoryName(target)!) is { } file)
            throw new IOException($"{file} is a file");
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using (File.Create(Draft(target), 1, FileOptions.DeleteOnClose)) { }
    }

    // A link stays a link: what it points to is replaced.
    private static string Target(string path) =>
        File.Exists(path) && File.ResolveLinkTarget(path, returnFinalTarget: true) is { } linked ? linked.FullName : Path.GetFullPath(path);

    // In the same folder: only within a file system is a rename one step. Hidden and of another kind, so that after a power cut
    // nobody takes half a notebook for one; and short, because the file's own name may be as long as names can be.
    private static string Draft(string target) => Path.Combine(Path.GetDirectoryName(target)!, $".avic-{Path.GetRandomFileName()}.tmp");
}
