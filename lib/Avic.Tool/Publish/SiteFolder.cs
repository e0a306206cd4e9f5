using System.Text;

namespace Avic.Tool;

/// <summary>
/// The folder of a site. A marker in it lists the files that are ours: only those are ever overwritten or removed. While
/// pages are being written the marker says so and there is no index, so that half a site is not taken for a whole one.
/// </summary>
internal sealed class SiteFolder(string path)
{
    public const string Marker = ".avic-site";
    private const string Whole = "written by avic publish: these files are replaced by the next one";
    private const string Unfinished = "unfinished: avic publish was interrupted; run it again";

    private static readonly string[] Folders = ["", SiteAssets.Folder, Figures.Folder, Steppers.Folder, TracePages.Folder];

    private readonly string _path = Path.GetFullPath(path);

    /// <summary>Refuses before anything is written.</summary>
    /// <exception cref="NotebookException">The folder holds something else.</exception>
    public void Check()
    {
        OutFolder.Try(path, "--out");
        if (Directory.Exists(_path) && !File.Exists(At(Marker)) && Directory.EnumerateFileSystemEntries(_path).Any())
            throw new NotebookException($"{path}: not empty, and no site of avic publish; give another folder with --out");
        foreach (var folder in Folders.Skip(1))
            if (new DirectoryInfo(At(folder)).LinkTarget is not null)
                throw new NotebookException($"{At(folder)}: leads out of the site; remove this link");
    }

    public void Write(IReadOnlyList<SiteFile> files, CancellationToken cancel)
    {
        foreach (var folder in Folders)
            Directory.CreateDirectory(At(folder));
        var stale = Listed().Except(files.Select(f => f.Name)).ToList();
        Mark(Unfinished, [.. files.Select(f => f.Name), .. stale]);
        File.Delete(At("index.html"));
        foreach (var name in stale)
            File.Delete(At(name));
        foreach (var file in files.OrderBy(f => f.Name == "index.html"))
        {
            cancel.ThrowIfCancellationRequested();
            Put(file.Name, file.Bytes);
        }
        Mark(Whole, files.Select(f => f.Name));
    }

    private void Mark(string state, IEnumerable<string> names) =>
        Put(Marker, Encoding.UTF8.GetBytes($"{state}\n{string.Concat(names.Order(StringComparer.Ordinal).Select(n => n + "\n"))}"));

    // A link of this name would take the file elsewhere.
    private void Put(string name, byte[] bytes)
    {
        if (new FileInfo(At(name)).LinkTarget is not null)
            File.Delete(At(name));
        AtomicFile.Write(At(name), bytes);
    }

    // A marker that somebody edited may name anything.
    private IEnumerable<string> Listed() => !File.Exists(At(Marker)) ? [] : File.ReadLines(At(Marker)).Skip(1).Where(name =>
        name.Split('/') is var parts && parts.Length <= 2 && Folders.Contains(parts.Length == 2 ? parts[0] : "")
        && PageNames.IsSafe(parts[^1]));

    private string At(string name) => Path.Combine(_path, name);
}
