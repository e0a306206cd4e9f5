using System.Globalization;
using System.Text;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>Something a cell shows: one image that survives every host, and a text for mails and terminals.</summary>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public abstract class Picture : IDisplayed
{
    private Svg? _svg;

    private protected Picture() { }

    private protected abstract Svg Draw();

    private protected abstract string Alt { get; }

    internal Svg Drawing => _svg ??= Draw();

    /// <summary>The picture as an SVG document of its own: no script, no link, fonts by name only.</summary>
    public string ToSvg() => Drawing.ToString(Alt);

    /// <summary>An image element that carries the picture within itself; a tall picture is several, none longer than a printed page.</summary>
    /// <remarks>Shrunk to a phone, its letters could not be read: it keeps its size and scrolls, also where a host would cut it off.</remarks>
    public string ToHtml()
    {
        double[] edges = [0, .. Drawing.Cuts, Drawing.Height];
        var images = edges.Zip(edges.Skip(1), (top, bottom) => (top, bottom)).Select((part, i) =>
        {
            var alt = (i == 0 ? Alt : "The same.") + (edges.Length == 2 ? "" : string.Create(CultureInfo.InvariantCulture, $" Part {i + 1} of {edges.Length - 1}."));
            var svg = Convert.ToBase64String(Encoding.UTF8.GetBytes(Drawing.Between(part.top, part.bottom, alt)));
            return $"<img src=\"data:image/svg+xml;base64,{svg}\" alt=\"{Xml.Encode(alt)}\" style=\"max-width:none;height:auto;background:#fff\">";
        });
        return $"<div style=\"overflow-x:auto\">{string.Join('\n', images)}</div>{Beside}";
    }

    /// <summary>What stands below the picture as HTML, for those who want its numbers; empty if nothing does.</summary>
    private protected virtual string Beside => "";

    /// <summary>The picture in letters of equal width.</summary>
    public abstract string ToText();

    /// <inheritdoc/>
    public override string ToString() => ToText();
}
