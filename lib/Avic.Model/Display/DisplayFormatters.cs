namespace Avic.Model;

/// <summary>
/// Tells .NET Interactive how to show a type. It looks for an attribute of this name, in any namespace, and calls what it
/// names by reflection: that spares every library a reference to it. The file is compiled into both libraries.
/// </summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
internal sealed class TypeFormatterSourceAttribute(Type formatterSourceType) : Attribute
{
    public Type FormatterSourceType { get; } = formatterSourceType;

    public string[] PreferredMimeTypes { get; set; } = [];
}

/// <summary>The formatters of everything that is <see cref="IDisplayed"/>.</summary>
internal sealed class DisplayFormatters
{
    public IEnumerable<object> CreateTypeFormatters() =>
        [new DisplayFormatter("text/html", shown => shown.ToHtml()), new DisplayFormatter("text/plain", shown => shown.ToText())];
}

/// <summary>Writes one representation of a value.</summary>
internal sealed class DisplayFormatter(string mimeType, Func<IDisplayed, string> show)
{
    public string MimeType => mimeType;

    public bool Format(object instance, TextWriter writer)
    {
        if (instance is not IDisplayed shown) return false;
        writer.Write(show(shown));
        return true;
    }
}
