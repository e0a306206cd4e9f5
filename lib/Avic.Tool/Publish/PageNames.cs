using System.Security.Cryptography;
using System.Text;

namespace Avic.Tool;

/// <summary>File names for pages: safe on every system and in every address, each given once, whatever notebooks are called.</summary>
/// <remarks>
/// An address should outlive its neighbours. What an address cannot carry of a name, signs beyond ASCII and great length, is
/// made up for by digits of its hash; only names that differ in case and punctuation alone are numbered.
/// </remarks>
internal sealed class PageNames
{
    private const int Longest = 80;
    private const int HashDigits = 6;

    /// <summary>The page that a site opens with.</summary>
    public const string Index = "index";

    private readonly HashSet<string> _taken = [Index];

    /// <summary>A name without its extension, such as 'exercises-01-reader' for 'exercises/01 Reader.ipynb'.</summary>
    public string For(string notebook)
    {
        var given = Path.ChangeExtension(notebook, null).Replace('\\', '/');
        var whole = PageText.Slug(given);
        var name = whole.Length > Longest ? whole[..Longest].TrimEnd('-') : whole;
        if (name.Length == 0 || IsReserved(name))
            name = name.Length == 0 ? "notebook" : $"notebook-{name}";
        if (!Ascii.IsValid(given) || whole.Length > Longest)
            name += "-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(given)))[..HashDigits];
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
