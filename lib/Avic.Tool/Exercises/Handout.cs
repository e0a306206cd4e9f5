using System.IO.Compression;
using System.Text.RegularExpressions;

namespace Avic.Tool;

/// <summary>What a student needs, as one file: notebooks, the libraries in the place where the notebooks look for them, and a word.</summary>
internal static partial class Handout
{
    // One file in, one file out: no clock, no folder order, no permissions of whoever packs.
    private static readonly DateTimeOffset Epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <exception cref="NotebookException">The notebooks look for the libraries where a hand-out has none.</exception>
    public static byte[] Zip(IReadOnlyList<(NotebookPath Path, StudentCopy Copy)> copies)
    {
        // Notebooks that look in ../bin were taken from a folder beside bin, and get one again.
        var folder = Levels(copies) == 1 ? "exercises/" : "";
        List<(string Name, byte[] Bytes)> files = [("README.txt", System.Text.Encoding.UTF8.GetBytes(Readme(folder).ReplaceLineEndings("\n")))];
        files.AddRange(copies.Select(c => (folder + c.Path.Under.Replace('\\', '/'), c.Copy.Bytes)));
        files.AddRange(Directory.EnumerateFiles(AppContext.BaseDirectory)
            .Where(file => Library().IsMatch(Path.GetFileName(file)))
            .Select(file => ("bin/" + Path.GetFileName(file), File.ReadAllBytes(file))));

        using var whole = new MemoryStream();
        using (var zip = new ZipArchive(whole, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, bytes) in files.OrderBy(f => f.Name, StringComparer.Ordinal))
            {
                var entry = zip.CreateEntry(name);
                entry.LastWriteTime = Epoch;
                using var into = entry.Open();
                into.Write(bytes);
            }
        return whole.ToArray();
    }

    // How many folders above the notebooks' own bin is expected; all of them must agree.
    private static int Levels(IReadOnlyList<(NotebookPath Path, StudentCopy Copy)> copies)
    {
        (string Path, string Reference, int Level)? first = null;
        foreach (var (path, copy) in copies)
            foreach (var reference in copy.Cells.SelectMany(code => Reference().Matches(code)).Select(m => m.Groups[1].Value))
            {
                var steps = reference.Replace('\\', '/').Split('/')[..^1];
                var ups = steps.TakeWhile(s => s == "..").Count();
                var level = ups - path.Under.Count(c => c is '/' or '\\');
                if (!steps[ups..].SequenceEqual(["bin"]) || level is < 0 or > 1)
                    throw new NotebookException($"{path.Path}: #r \"{reference}\" is not where a hand-out has its libraries: bin/ at its top");
                first ??= (path.Path, reference, level);
                if (first is var (other, named, known) && known != level)
                    throw new NotebookException($"{path.Path}: #r \"{reference}\" and the #r \"{named}\" of {other} mean different folders; a hand-out has one bin/");
            }
        return first?.Level ?? 0;
    }

    private static string Readme(string folder) => $"""
        Exercises of the AVIC exploration kit

        Open the notebooks{(folder.Length > 0 ? $" in {folder}" : "")} in VS Code or Jupyter with a C# kernel (avic, .NET Interactive, Polyglot Notebooks, Verso).
        They find what they need in bin/, so leave it where it is; nothing has to be built, installed or downloaded.

        Write your solution where a cell says "Your code here" or "Your answer here". The cells after it test it: one that ends
        without an error is passed. Cells may be added, but leave those that test as they are: yours are not the ones that count.

        Hand back the notebooks alone, saved, under the names they have.

        """;

    [GeneratedRegex(@"^Avic\.(Model|Notebook)\.(dll|xml)$", RegexOptions.IgnoreCase)]
    private static partial Regex Library();

    [GeneratedRegex(@"^\s*#r\s+""([^""]*Avic\.(?:Model|Notebook)\.dll)""", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Reference();
}
