namespace Avic.Tool;

/// <summary>File names for pages: safe on every system and in every address, each given once, whatever notebooks are called.</summary>
internal sealed class PageNames
{
    private const int Longest = 80;

    // The index is a page too.
    private readonly HashSet<string> _taken = ["index"];

    /// <summary>A name without its extension, such as 'exercises-01-reader' for 'exercises/01 Reader.ipynb'.</summary>
    public string For(string notebook)
    {
        var name = PageText.Slug(Path.ChangeExtension(notebook, null));
        if (name.Length > Longest)
            name = name[..Longest].TrimEnd('-');
        if (name.Length == 0 || IsReserved(name))
            name = name.Length == 0 ? "notebook" : $"notebook-{name}";
        var unique = name;
        for (var i = 2; !_taken.Add(unique); i++)
            unique = $"{name}-{i}";
        return unique;
    }

    /// <summary>Whether a file name may be one that this class gave, with its extension.</summary>
    public static bool IsSafe(string file) =>
        file.Length > 0 && char.IsAsciiLetterOrDigit(file[0]) && file.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.');

    // Windows opens a device for these, whatever the extension.
    private static bool IsReserved(string name) =>
        name is "con" or "prn" or "aux" or "nul" || name is ['c', 'o', 'm', >= '0' and <= '9'] or ['l', 'p', 't', >= '0' and <= '9'];
}
