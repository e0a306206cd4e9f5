using System.Security.Cryptography;
using System.Text;

namespace Avic.Tool;

/// <summary>Copies of this tool for Jupyter to start, each in a folder named after what is in it.</summary>
/// <remarks>
/// A kernel loads files long after it started, so the folder of a running one must stay as it is: a new build gets a new
/// folder, and an old one goes when no kernelspec names it and no process holds its mark.
/// </remarks>
internal static class KernelFiles
{
    private const string Mark = ".in-use";
    private const string Draft = ".draft-";

    /// <summary>Copies a tool, if the very same is not there yet.</summary>
    /// <returns>The copy's folder.</returns>
    /// <exception cref="NotebookException">There is nothing that could be copied.</exception>
    public static string Copy(string tool, string copies)
    {
        tool = Path.GetFullPath(tool);
        if (!File.Exists(Path.Combine(tool, "avic.dll")) || !Directory.Exists(Path.Combine(tool, "engine")))
            throw new NotebookException($"{tool}: no avic.dll or no engine in this folder, so it cannot be copied; build or install the tool again");
        var files = Files(tool);
        var folder = Path.Combine(copies, $"{KernelAnswers.Release}-{Fingerprint(tool, files)}");
        if (Directory.Exists(folder))
            return folder;
        var draft = Path.Combine(copies, Draft + Path.GetRandomFileName());
        try
        {
            foreach (var file in files)
            {
                var to = Path.Combine(draft, file);
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                File.Copy(Path.Combine(tool, file), to);
            }
            File.Create(Path.Combine(draft, Mark)).Dispose();
            Directory.Move(draft, folder);   // whole or not at all
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            // another install was faster
        }
        finally
        {
            if (Directory.Exists(draft))
                Directory.Delete(draft, recursive: true);
        }
        return folder;
    }

    /// <summary>Held by a kernel as long as it runs; null where the tool was not copied.</summary>
    public static IDisposable? MarkInUse(string tool)
    {
        try
        {
            return File.Open(Path.Combine(tool, Mark), FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Deletes the copies that nothing needs.</summary>
    public static void Sweep(string copies, Func<string, bool> isNamed)
    {
        if (!Directory.Exists(copies))
            return;
        foreach (var folder in Directory.GetDirectories(copies).Where(f => !isNamed(f) && !Path.GetFileName(f).StartsWith(Draft, StringComparison.Ordinal) && !IsInUse(f)))
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // next time; what was asked for has been done
            }
    }

    private static bool IsInUse(string folder)
    {
        try
        {
            using var alone = File.Open(Path.Combine(folder, Mark), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return true;   // also what has no mark and so is not ours
        }
    }

    private static List<string> Files(string tool) =>
    [
        .. Directory.EnumerateFiles(tool).Concat(Directory.EnumerateFiles(Path.Combine(tool, "engine"), "*", SearchOption.AllDirectories))
            .Select(file => Path.GetRelativePath(tool, file)).Where(file => file != Mark).Order(StringComparer.Ordinal),
    ];

    private static string Fingerprint(string tool, List<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(file));
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(Path.Combine(tool, file))));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
    }
}
