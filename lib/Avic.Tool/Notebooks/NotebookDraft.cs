using System.Text.Json.Nodes;

namespace Avic.Tool;

/// <summary>A notebook to run and where it will be saved.</summary>
/// <param name="Source">The file the cells came from.</param>
/// <param name="Target">The file to write.</param>
/// <param name="Before">What <paramref name="Target"/> held when the run began; null if there was no file.</param>
internal sealed record NotebookDraft(NotebookFile Notebook, string Source, string Target, byte[]? Before)
{
    /// <summary>Reads a notebook, or makes one of a text notebook's cells.</summary>
    /// <exception cref="NotebookException">It cannot be read, or saving would destroy what is not ours.</exception>
    public static NotebookDraft Of(NotebookPath path, string? outFolder)
    {
        var target = outFolder is not null ? Path.Combine(outFolder, path.Under) : path.IsText ? Path.ChangeExtension(path.Path, ".ipynb") : path.Path;
        var bytes = NotebookBytes.Read(path.Path);
        if (!path.IsText)
            return new(NotebookReader.Read(path.Path, bytes), path.Path, target, IsSame(path.Path, target) ? bytes : Existing(target));

        var text = Path.GetFileName(path.Path);
        var made = NotebookReader.Read(target, DibFile.Read(path.Path, bytes).ToJupyter(text));
        var before = Existing(target);
        if (before is null)
            return new(made, path.Path, target, null);
        var old = NotebookReader.Read(target, before);
        if (old.MadeFrom != text)
            throw new NotebookException($"{path.Path}: {target} is there already and was not made from it; name a folder with --out");
        // The same cells: their saved outputs are what the new ones are compared with.
        return new(old.With(old.Cells.Select(cell => (cell, new JsonArray(), (int?)null))).AsSpan().SequenceEqual(made.Bytes) ? old : made, path.Path, target, before);
    }

    /// <summary>Writes the new bytes, unless that would overwrite what somebody else wrote meanwhile.</summary>
    public string Save(byte[] bytes)
    {
        if (Before is not null && bytes.AsSpan().SequenceEqual(Before))
            return "unchanged";
        // An editor may have saved meanwhile, and its work is worth more than our outputs.
        var now = Existing(Target);
        if (Before is not null && now is null)
            throw new NotebookException($"{Target}: the file was removed while it ran; nothing saved");
        if (now is not null && (Before is null || !now.AsSpan().SequenceEqual(Before)))
            throw new NotebookException($"{Target}: the file was changed while it ran; nothing saved");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(Target))!);
            AtomicFile.Write(Target, bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NotebookException($"{Target}: could not be saved: {e.Message}");
        }
        return IsSame(Source, Target) ? "saved" : $"saved to {Target}";
    }

    /// <summary>Finds out before the run whether it could be saved.</summary>
    public void TrySave()
    {
        try
        {
            AtomicFile.Try(Target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NotebookException($"{Target}: could not be saved: {e.Message.TrimEnd('.')}; name another folder with --out");
        }
    }

    private static byte[]? Existing(string path) => File.Exists(path) ? NotebookBytes.Read(path) : null;

    private static bool IsSame(string one, string other) => Platform.PathComparer.Equals(Path.GetFullPath(one), Path.GetFullPath(other));
}
