using System.IO.Enumeration;

namespace Avic.Tool;

/// <summary>Paths with wildcards, for words that the shell was told to leave alone, and for shells that expand nothing.</summary>
/// <remarks>* and ? stand for characters of one name, ** for any folders between. A leading dot is matched by a dot only.</remarks>
internal static class Glob
{
    private static readonly char[] Separators = [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar];

    private static readonly EnumerationOptions Everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false, MatchType = MatchType.Simple };

    public static bool IsPattern(string path) => path.AsSpan().IndexOfAny('*', '?') >= 0;

    /// <summary>The folder that the pattern starts from: everything before its first wildcard.</summary>
    public static (string Folder, string[] Pattern) Split(string path)
    {
        var parts = path.Split(Separators);
        var plain = parts.TakeWhile(part => !IsPattern(part)).Count();
        // A second ** after the first means nothing but work.
        return (path[..parts.Take(plain).Sum(part => part.Length + 1)], [.. parts.Where((part, i) => i >= plain && !(part == "**" && i > 0 && parts[i - 1] == "**"))]);
    }

    /// <summary>The files below a folder that a pattern means.</summary>
    public static IEnumerable<string> Files(string folder, ReadOnlyMemory<string> pattern)
    {
        var (first, rest) = (pattern.Span[0], pattern[1..]);
        if (first == "**")
            return (rest.IsEmpty ? Files(folder, new[] { "*" }) : Files(folder, rest))
                .Concat(Folders(folder, "*").Where(IsNoLink).SelectMany(below => Files(below, pattern)));
        return rest.IsEmpty
            ? Directory.EnumerateFiles(Named(folder), "*", Everything).Where(file => Fits(first, file))
            : Folders(folder, first).SelectMany(below => Files(below, rest));
    }

    private static IEnumerable<string> Folders(string folder, string pattern) =>
        pattern is "" or "." ? [folder]
        : pattern == ".." ? [Path.Combine(folder, pattern)]
        : Directory.EnumerateDirectories(Named(folder), "*", Everything).Where(below => Fits(pattern, below));

    private static bool Fits(string pattern, string path) =>
        Path.GetFileName(path) is var name && name.StartsWith('.') == pattern.StartsWith('.') && FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: !Platform.IsCaseSensitive);

    // A link may lead back up.
    private static bool IsNoLink(string folder) => (File.GetAttributes(folder) & FileAttributes.ReparsePoint) == 0;

    private static string Named(string folder) => folder.Length == 0 ? "." : folder;
}
