namespace Avic.Tool;

/// <summary>
/// The files that all pages share, as they lie in Publish/Assets. What comes with later pages (a search index) is
/// one more classic script here and one more line in <see cref="PageFrame"/>: from disk, browsers load neither modules nor data.
/// </summary>
internal static class SiteAssets
{
    public const string Folder = "assets";
    public const string Style = $"{Folder}/site.css";
    public const string Script = $"{Folder}/site.js";

    /// <summary>For pages with something to step.</summary>
    public const string Stepper = $"{Folder}/stepper.js";

    public static IEnumerable<SiteFile> All() => [Read(Style), Read(Script), Read(Stepper)];

    private static SiteFile Read(string name)
    {
        using var stream = typeof(SiteAssets).Assembly.GetManifestResourceStream(name)!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return new(name, bytes.ToArray());
    }
}
