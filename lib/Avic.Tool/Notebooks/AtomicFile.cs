namespace Avic.Tool;

/// <summary>A file that is at every moment either the old one or the new one, whole.</summary>
internal static class AtomicFile
{
    public static void Write(string path, byte[] bytes)
    {
        // A link stays a link: what it points to is replaced.
        var target = File.Exists(path) && File.ResolveLinkTarget(path, returnFinalTarget: true) is { } linked ? linked.FullName : Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(target)!;
        // In the same folder: only within a file system is a rename one step.
        var draft = Path.Combine(folder, $".{Path.GetFileName(target)}.{Environment.ProcessId}.tmp");
        try
        {
            using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write))
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
}
