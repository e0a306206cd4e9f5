using System.Text.RegularExpressions;
using Markdig.Syntax;

namespace Avic.Tool;

/// <summary>
/// The terms of a page of terms: each heading of its second level is one, or several names of one with commas between.
/// On other pages the first use of each leads there.
/// </summary>
internal sealed class Glossary
{
    private readonly Dictionary<string, string> _addresses = [];
    private readonly Regex? _any;

    private Glossary(IEnumerable<(string Name, string Address)> terms)
    {
        foreach (var (name, address) in terms)
            _addresses.TryAdd(name, address);
        // Of two names that begin alike the longer is meant.
        if (_addresses.Count > 0)
            _any = new($@"(?<![\w/.-])(?:{string.Join('|', _addresses.Keys.OrderByDescending(name => name.Length).Select(Pattern))})(?![\w/-])", RegexOptions.CultureInvariant);
    }

    /// <param name="page">The glossary's page, without its extension.</param>
    /// <exception cref="NotebookException">Markdown nested deeper than anybody writes.</exception>
    public static Glossary Of(string page, SavedNotebook text) => new(
        from cell in text.Cells
        from heading in text.Markdown(cell).OfType<HeadingBlock>()
        where heading.Level == 2
        let names = Prose.PlainText(heading.Inline).Trim()
        from name in names.Split(", ")
        where name.Length > 0
        select (name, $"{page}.html#{Headings.Id(names)}"));

    /// <summary>The terms in a text, in its order: where each stands, and the address of what it means.</summary>
    public IEnumerable<(int Start, int Length, string Address)> In(string text) =>
        (_any?.Matches(text) ?? Enumerable.Empty<Match>()).Select(use => (use.Index, use.Length, Address(use.Value)));

    // A word may begin a sentence and be one of several; what is written with capitals is written with them always.
    private static string Pattern(string name) =>
        (char.IsAsciiLetterLower(name[0]) ? $"[{name[0]}{char.ToUpperInvariant(name[0])}]{Regex.Escape(name[1..])}" : Regex.Escape(name)) + "s?";

    private string Address(string use)
    {
        foreach (var form in (string[])[use, use[..^1]])
            foreach (var name in (string[])[form, char.ToLowerInvariant(form[0]) + form[1..]])
                if (_addresses.TryGetValue(name, out var address))
                    return address;
        throw new InvalidOperationException(use);
    }
}
