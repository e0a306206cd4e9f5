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

    /// <summary>One image element that carries the picture within itself; narrower pages shrink it.</summary>
    public string ToHtml() =>
        $"<img src=\"data:image/svg+xml;base64,{Convert.ToBase64String(Encoding.UTF8.GetBytes(ToSvg()))}\" alt=\"{Xml.Encode(Alt)}\" style=\"max-width:100%;height:auto;background:#fff\">";

    /// <summary>The picture in letters of equal width.</summary>
    public abstract string ToText();

    /// <inheritdoc/>
    public override string ToString() => ToText();
}
