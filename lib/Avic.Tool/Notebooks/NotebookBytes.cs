namespace Avic.Tool;

/// <summary>Reads a file that may be anything: somebody named it, or a folder held it.</summary>
internal static class NotebookBytes
{
    /// <summary>No notebook that a person can open is longer.</summary>
    private const int Longest = 256 << 20;

    /// <exception cref="NotebookException">It cannot be read, or not to its end.</exception>
    public static byte[] Read(string path)
    {
        try
        {
            if (Platform.IsPipe(path))
                throw new NotebookException($"{path}: a pipe is no notebook");
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            // A device tells no length, so what counts is what comes.
            using var bytes = new MemoryStream((int)Math.Min(file.Length, Longest));
            var piece = new byte[1 << 16];
            for (int read; (read = file.Read(piece)) > 0;)
            {
                bytes.Write(piece, 0, read);
                if (bytes.Length > Longest)
                    throw new NotebookException($"{path}: longer than {Longest >> 20} MB; no notebook is");
            }
            return bytes.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NotebookException($"{path}: {e.Message}");
        }
    }
}
