namespace Avic.Tool;

/// <summary>
/// The files that all pages share, as they lie in Publish/Assets. Scripts are classic ones: from disk, browsers load
/// neither modules nor data.
/// </summary>
internal static class SiteAssets
{
    public const string Folder = "assets";
    public const string Style = $"{Folder}/site.css";
    public const string Script = $"{Folder}/site.js";

    public const string Search = $"{Folder}/search.js";

    /// <summary>Made of the pages; fetched by <see cref="Search"/> when somebody searches.</summary>
    public const string SearchIndex = $"{Folder}/search-index.js";

    /// <summary>For pages with something to step.</summary>
    public const string Stepper = $"{Folder}/stepper.js";

    public static IEnumerable<SiteFile> All() => [Read(Style), Read(Script), Read(Search), Read(Stepper)];

    private static SiteFile Read(string name)
    {
        using var stream = typeof(SiteAssets).Assembly.GetManifestResourceStream(name)!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return new(name, bytes.ToArray());
    }
}
