namespace Avic.Tool;

/// <summary>The folder that a verb is told to write into, which may be no place for files.</summary>
internal static class OutFolder
{
    /// <summary>Finds out before the work whether files could be written there; leaves nothing behind.</summary>
    /// <param name="option">By which another folder can be named.</param>
    /// <exception cref="NotebookException">They could not; with the remedy.</exception>
    public static void Try(string folder, string option)
    {
        if (FileAt(folder) is { } file)
            throw new NotebookException($"{file}: a file has this name; name another folder with {option}");
        var there = Path.GetFullPath(folder);
        while (!Directory.Exists(there) && Path.GetDirectoryName(there) is { } above)
            there = above;
        try
        {
            using (File.Create(Path.Combine(there, $".avic-{Path.GetRandomFileName()}.tmp"), 1, FileOptions.DeleteOnClose)) { }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NotebookException($"{folder}: nothing can be written in {there}; name another folder with {option}");
        }
    }

    /// <summary>A file where a folder would have to be, itself or above it.</summary>
    public static string? FileAt(string folder)
    {
        for (var at = Path.GetFullPath(folder); at is not null; at = Path.GetDirectoryName(at))
            if (File.Exists(at))
                return at;
        return null;
    }
}
