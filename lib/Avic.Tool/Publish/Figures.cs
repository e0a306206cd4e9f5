namespace Avic.Tool;

/// <param name="Name">The path below the site's folder, with forward slashes.</param>
internal sealed record SiteFile(string Name, byte[] Bytes);

/// <summary>The pictures of one page: each shown where it stands, and a file of its own beside the page for whoever wants to keep it.</summary>
internal sealed class Figures(string page)
{
    public const string Folder = "figures";

    /// <summary>Pictures within a page make it whole when it is passed on alone; beyond this they are shown from their files.</summary>
    private const int MostBytesWithin = 1_200_000;

    private readonly List<SiteFile> _files = [];
    private readonly List<(string Type, string Alt)> _told = [];
    private readonly HashSet<string> _names = [];
    private int _within;

    public IReadOnlyList<SiteFile> Files => _files;

    /// <summary>The picture as HTML that may stand within a line; null if the data is no picture of its type.</summary>
    /// <param name="place">Where on the page, such as cell-6; goes into the file's name.</param>
    public string? Html(string place, string type, string base64, string alt)
    {
        if (Decoded(base64) is not { } data || Picture(type, data) is not { } picture)
            return null;
        var name = $"{page}-{place}";
        for (var i = 2; !_names.Add(name); i++)
            name = $"{page}-{place}-{i}";
        var file = new SiteFile($"{Folder}/{name}.{picture.Extension}", picture.Bytes);
        _files.Add(file);
        _told.Add((type, alt));
        var source = $"data:{type};base64,{Convert.ToBase64String(picture.Bytes)}";
        if (_within + source.Length > MostBytesWithin)
            source = file.Name;
        else
            _within += source.Length;
        var kind = picture.Extension.ToUpperInvariant();
        return $"""<span class="figure">{Image(source, alt, picture.Extension)} <a class="file" href="{file.Name}" download>{kind}<span class="aside"> of this picture</span></a></span>""";
    }

    /// <summary>The last picture again, for another page, with what was told of the first since there were so many; null if there is none since.</summary>
    public string? Ending(int since) => _files.Count == since ? null : Image(
        $"data:{_told[^1].Type};base64,{Convert.ToBase64String(_files[^1].Bytes)}",
        string.Join(' ', ((string[])[_told[since].Alt, _told[^1].Alt]).Distinct()), Path.GetExtension(_files[^1].Name)[1..]);

    /// <summary>An image on a page. A drawing keeps its size, for its letters are as small as can be read, and scrolls in itself, by the keyboard too.</summary>
    public static string Image(string source, string alt, string extension)
    {
        var image = $"<img src=\"{source}\" alt=\"{PageText.Encode(alt)}\">";
        return extension == "svg" ? $"<span class=\"scroll\" role=\"group\" aria-label=\"Picture\" tabindex=\"0\">{image}</span>" : image;
    }

    // What a file begins with, not what its sender calls it, decides how a browser takes it.
    private static (string Extension, byte[] Bytes)? Picture(string type, byte[] data) => type switch
    {
        "image/svg+xml" => SafeSvg.From(data) is { } svg ? ("svg", svg) : null,
        "image/png" when data is [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => ("png", data),
        "image/jpeg" when data is [0xff, 0xd8, 0xff, ..] => ("jpg", data),
        "image/gif" when data is [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => ("gif", data),
        _ => null,
    };

    private static byte[]? Decoded(string base64)
    {
        try
        {
            return Convert.FromBase64String(base64);
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
