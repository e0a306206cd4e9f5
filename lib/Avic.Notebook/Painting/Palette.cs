namespace Avic.Notebook;

/// <summary>Okabe and Ito's colours, which the colour-blind tell apart, and patterns for those who see none.</summary>
internal static class Palette
{
    public const string Black = "#000", White = "#fff", Grey = "#555", Pale = "#ccc", Faint = "#f4f4f4";
    public const string SkyBlue = "#56b4e9", PaleBlue = "#dceffb", Orange = "#e69f00", PaleOrange = "#fcefcf";
    public const string Blue = "#0072b2", Green = "#009e73", Yellow = "#f0e442", Purple = "#cc79a7", Vermillion = "#d55e00";

    /// <summary>Vermillion dark enough for letters on white.</summary>
    public const string DeepVermillion = "#b34700";

    /// <summary>Pale vermillion, behind letters.</summary>
    public const string PaleVermillion = "#fbe3d6";

    /// <summary>Diagonal strokes over whatever lies beneath.</summary>
    public const string Hatch = "url(#hatch)";

    /// <summary>Dots over whatever lies beneath.</summary>
    public const string Dots = "url(#dots)";

    /// <summary>What a pattern of pale strokes is made of: there is nothing here.</summary>
    public const string Nothing = "<path d=\"M-1 1l2 -2M0 6l6 -6M5 7l2 -2\" stroke=\"#ddd\"/>";

    /// <summary>The patterns, under fixed names: a picture is a document of its own.</summary>
    public const string Definitions =
        "<defs>"
        + "<pattern id=\"hatch\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><path d=\"M0 0V5\" stroke=\"#332000\" stroke-width=\"1.3\"/></pattern>"
        + "<pattern id=\"dots\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\"><circle cx=\"2.5\" cy=\"2.5\" r=\".8\" fill=\"#333\"/></pattern>"
        + "</defs>";
}
