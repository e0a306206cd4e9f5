namespace Avic.Tool;

/// <summary>What a file is to the site that it is published with.</summary>
internal enum SiteRole
{
    /// <summary>A page in the row of pages.</summary>
    Notebook,

    /// <summary>A page beside the row.</summary>
    Text,

    /// <summary>The page that the site opens with.</summary>
    Front,

    /// <summary>A page to which every page leads.</summary>
    Aid,

    /// <summary>The same, and what its headings are is led to from where the words are used.</summary>
    Glossary,
}

/// <param name="Path">As it was named or found.</param>
/// <param name="Under">What the page's name is made from.</param>
internal sealed record SiteSource(SiteRole Role, string Path, string Under)
{
    public string Full { get; } = System.IO.Path.GetFullPath(Path);

    public SavedNotebook Read() => Role == SiteRole.Notebook ? SavedNotebook.Read(Path, NotebookBytes.Read(Path)) : SavedNotebook.OfText(Path, NotebookBytes.Read(Path));

    /// <summary>The texts of the folders among what was given. Roles belong to the first folder that has one to give.</summary>
    public static IReadOnlyList<SiteSource> Texts(IEnumerable<string> given)
    {
        List<SiteSource> texts = [];
        foreach (var folder in given.Where(Directory.Exists))
            foreach (var file in Glob.Files(folder, (string[])["**"]).Where(file => file.EndsWith(".md", StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal))
            {
                var under = System.IO.Path.GetRelativePath(folder, file);
                var role = under switch { "README.md" => SiteRole.Front, "glossary.md" => SiteRole.Glossary, "sources.md" => SiteRole.Aid, _ => SiteRole.Text };
                texts.Add(new(role != SiteRole.Aid && texts.Any(text => text.Role == role) ? SiteRole.Text : role, file, under));
            }
        return [.. texts.DistinctBy(text => text.Full, Platform.PathComparer)];
    }
}
