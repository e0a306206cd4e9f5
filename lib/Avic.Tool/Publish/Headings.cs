namespace Avic.Tool;

/// <param name="Level">1 for the title, then never more than one deeper than the heading before.</param>
/// <param name="Id">What an address ends in to go there.</param>
/// <param name="Text">Plain, not yet encoded.</param>
internal sealed record Heading(int Level, string Id, string Text);

/// <summary>The headings of a page: one title, no level skipped, each with an address, whatever the notebook's own levels.</summary>
internal sealed class Headings
{
    private readonly List<Heading> _all = [];
    private readonly HashSet<string> _ids = [];

    public IReadOnlyList<Heading> All => _all;

    public Heading Add(int level, string text)
    {
        var id = Id(text);
        var unique = id;
        for (var i = 2; !_ids.Add(unique); i++)
            unique = $"{id}-{i}";
        var heading = new Heading(_all is [.., var last] ? Math.Clamp(level, 2, last.Level + 1) : 1, unique, text);
        _all.Add(heading);
        return heading;
    }

    /// <summary>The address of a heading with this text, written as Jupyter writes it (spaces as hyphens) or any other way.</summary>
    /// <remarks>The prefix keeps it apart from the ids of the page itself.</remarks>
    public static string Id(string text) => PageText.Slug(text) is { Length: > 0 } slug ? $"s-{slug}" : "s";
}
