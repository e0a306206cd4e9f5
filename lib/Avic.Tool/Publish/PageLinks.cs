namespace Avic.Tool;

/// <summary>Where the links and pictures of one notebook may lead: to other pages, within the page, and to the web.</summary>
/// <param name="pages">Page names by the full paths of the notebooks.</param>
internal sealed class PageLinks(string notebook, IReadOnlyDictionary<string, string> pages)
{
    private const int MostBytesOfPicture = 10_000_000;

    private readonly string _folder = Path.GetDirectoryName(notebook)!;

    /// <summary>The address to write for a link; null if it leads nowhere a reader of the page could go.</summary>
    public string? Link(string address)
    {
        if (address.StartsWith('#'))
            return $"#{Headings.Id(Uri.UnescapeDataString(address[1..]))}";
        if (Uri.TryCreate(address, UriKind.Absolute, out var absolute))
            return absolute.Scheme is "http" or "https" or "mailto" ? absolute.AbsoluteUri : null;
        var parts = address.Split('#', 2);
        return Below(parts[0]) is { } file && pages.TryGetValue(file, out var page)
            ? $"{page}.html{(parts is [_, var fragment] ? $"#{Headings.Id(Uri.UnescapeDataString(fragment))}" : "")}"
            : null;
    }

    /// <summary>The picture file that an address means; null if it does not lie in the notebook's own folder or below, or no picture is so big.</summary>
    public string? Picture(string address)
    {
        if (Uri.TryCreate(address, UriKind.Absolute, out _) || Below(address) is not { } file || !File.Exists(file))
            return null;
        // A pipe has no length, and whoever reads it waits.
        return IsBelow(file) && new FileInfo(file).Length is > 0 and <= MostBytesOfPicture ? file : null;
    }

    // A link on the way, of a file or a folder, may lead anywhere.
    private bool IsBelow(string file)
    {
        if (!file.StartsWith(_folder + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            return false;
        for (FileSystemInfo? part = new FileInfo(file); part is not null && part.FullName.Length > _folder.Length; part = Directory.GetParent(part.FullName))
            if (part.LinkTarget is not null)
                return false;
        return true;
    }

    private string? Below(string address)
    {
        try
        {
            return Path.GetFullPath(Path.Combine(_folder, Uri.UnescapeDataString(address)));
        }
        catch (ArgumentException)
        {
            return null;   // a sign that no path has
        }
    }
}
