using System.Text;
using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;

namespace Avic.Tool;

/// <summary>
/// A picture that does nothing but show itself. Inside an img element no SVG can run a script or reach for an address; the
/// same file opened by itself could do both.
/// </summary>
internal static partial class SafeSvg
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";
    private static readonly XNamespace Link = "http://www.w3.org/1999/xlink";

    private static readonly HashSet<string> Elements =
    [
        "svg", "g", "defs", "title", "desc", "style", "symbol", "use", "rect", "circle", "ellipse", "line", "polyline", "polygon", "path",
        "text", "tspan", "textPath", "marker", "pattern", "linearGradient", "radialGradient", "stop", "clipPath", "mask",
    ];

    private static readonly HashSet<string> Functions =
    [
        "", "url", "rgb", "rgba", "hsl", "hsla", "calc", "var", "matrix", "translate", "translatex", "translatey", "scale", "scalex", "scaley",
        "rotate", "skewx", "skewy", "not", "first-child", "last-child", "nth-child",
    ];

    private const int LongestDocument = 8_000_000;

    // A tree's cost grows with the square of its depth.
    private const int MostDepth = 200;

    /// <summary>The picture without what is not a picture; null if it is no well-formed SVG.</summary>
    /// <remarks>Written anew from the tree, so that a browser cannot read it otherwise than it was read here.</remarks>
    public static byte[]? From(byte[] svg)
    {
        try
        {
            using (var depth = Reader(svg))
                while (depth.Read())
                    if (depth.Depth > MostDepth)
                        return null;
            using var reader = Reader(svg);
            var root = XDocument.Load(reader, LoadOptions.PreserveWhitespace).Root!;
            if (root.Name != Svg + "svg")
                return null;
            foreach (var element in root.DescendantsAndSelf().ToList())
                Clean(element);
            return Encoding.UTF8.GetBytes(root.ToString(SaveOptions.DisableFormatting));
        }
        catch (Exception e) when (e is XmlException or ArgumentException or DecoderFallbackException)
        {
            return null;   // ArgumentException: an encoding that this runtime does not know
        }
    }

    private static XmlReader Reader(byte[] svg) => XmlReader.Create(new MemoryStream(svg), new XmlReaderSettings
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = LongestDocument,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
    });

    private static void Clean(XElement element)
    {
        // A link around a part of the picture: the part stays.
        if (element.Name == Svg + "a")
            element.Name = Svg + "g";
        if (element.Name.Namespace != Svg || !Elements.Contains(element.Name.LocalName) || element.Name.LocalName == "style" && Reaches(element.Value))
        {
            element.Remove();
            return;
        }
        foreach (var attribute in element.Attributes().ToList())
            if (!IsHarmless(attribute))
                attribute.Remove();
    }

    private static bool IsHarmless(XAttribute attribute)
    {
        var name = attribute.Name.LocalName;
        if (attribute.IsNamespaceDeclaration)
            return attribute.Value == Svg.NamespaceName || attribute.Value == Link.NamespaceName;
        if (attribute.Name.Namespace == Link || name == "href")
            return name == "href" && attribute.Value.StartsWith('#');
        if (attribute.Name.Namespace != XNamespace.None)
            return attribute.Name.Namespace == XNamespace.Xml && name is "space" or "lang";
        return !name.StartsWith("on", StringComparison.OrdinalIgnoreCase)
            && (name.StartsWith("aria-", StringComparison.Ordinal) || !Reaches(attribute.Value));
    }

    /// <summary>Whether a style may reach outside the picture: an at-rule, an escape, or any function but those that draw.</summary>
    private static bool Reaches(string style) =>
        style.AsSpan().IndexOfAny('@', '\\') >= 0
        || Calls().Matches(style).Any(call => !Functions.Contains(call.Groups[1].Value.ToLowerInvariant())
            || call.Groups[1].Value.Equals("url", StringComparison.OrdinalIgnoreCase) && call.Groups[2].Value != "#");

    [GeneratedRegex("""([\w-]*)\(\s*["']?(.?)""", RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Calls();
}
