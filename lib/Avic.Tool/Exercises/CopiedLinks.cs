using System.Text.RegularExpressions;

namespace Avic.Tool;

/// <summary>Relative links of a notebook's Markdown once it lies elsewhere: to a notebook that goes along, or to what stays where it is.</summary>
/// <param name="targets">Where the notebooks that go along will lie, by where they lie; full paths.</param>
/// <param name="isAlone">Whether nothing but these goes along: then a link that leads to anything else is only its text.</param>
internal sealed partial class CopiedLinks(IReadOnlyDictionary<string, string> targets, bool isAlone)
{
    /// <param name="source">The full path of the notebook that the text is from.</param>
    public string In(string text, string source) => Link().Replace(text, link => Led(link.Groups["address"].Value, source) switch
    {
        null => link.Groups["text"].Value,
        var address => $"[{link.Groups["text"].Value}]({address}{link.Groups["place"].Value})",
    });

    private string? Led(string address, string source)
    {
        if (address.Length == 0 || address.Contains(':') || address[0] == '/')
            return address;   // a place in the same notebook, or the web
        var from = Path.GetDirectoryName(targets[source])!;
        var to = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(source)!, Uri.UnescapeDataString(address)));
        if (targets.TryGetValue(to, out var along))
            return Address(from, along);
        return isAlone ? null : File.Exists(to) ? Address(from, to) : address;
    }

    private static string Address(string from, string to) =>
        string.Join('/', Path.GetRelativePath(from, to).Split(Path.DirectorySeparatorChar).Select(Uri.EscapeDataString));

    // Of a picture the text in brackets is no text to leave.
    [GeneratedRegex(@"(?<!!)\[(?<text>[^\[\]]*)\]\((?<address>[^()\s#]*)(?<place>#[^()\s]*)?\)", RegexOptions.CultureInvariant)]
    private static partial Regex Link();
}
