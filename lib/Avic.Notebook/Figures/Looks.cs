using System.Globalization;
using System.Text.RegularExpressions;

namespace Avic.Notebook;

/// <summary>What tells series apart: a colour, and for those who see none a dash, a sign or a pattern; and the figure's letters.</summary>
internal static partial class Looks
{
    public static readonly Lettering Heading = new("fh", 15, Mono: false, Bold: true, Palette.Black);
    public static readonly Lettering Label = new("fl", 12, Mono: false, Bold: false, Palette.Black);
    public static readonly Lettering Tick = new("ft", 12, Mono: false, Bold: false, "#444");
    public static readonly Lettering Cell = new("fc", 11, Mono: false, Bold: false, Palette.Black);
    public static readonly Lettering PaleCell = new("fp", 11, Mono: false, Bold: false, Palette.White);
    public static readonly Lettering Foot = new("ff", 11, Mono: false, Bold: false, Palette.Grey, Italic: true);

    // Yellow is left out: it is no line on white. Black comes last, as text is black.
    public static readonly string[] Colours = [Palette.Blue, Palette.Vermillion, Palette.Green, Palette.Purple, Palette.Orange, Palette.SkyBlue, Palette.Black];
    public static readonly string[] Dashes = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"];
    public static readonly string[] Symbols = ["circle", "square", "triangle-up", "diamond", "x", "cross", "triangle-down"];
    public static readonly string[] Patterns = ["", "/", "\\", "x", "-", ".", "|", "+"];

    public static T Of<T>(T[] looks, int number) => looks[number % looks.Length];

    /// <summary>A dash as SVG takes it.</summary>
    public static string DashArray(string dash) => dash switch
    {
        "dash" => "7 4",
        "dot" => "2 3",
        "dashdot" => "8 3 2 3",
        "longdash" => "13 5",
        "longdashdot" => "13 4 2 4",
        _ => "",
    };

    /// <summary>A colour that is nothing but a colour, or the other one.</summary>
    public static string Colour(string asked, string otherwise) => ColourForm().IsMatch(asked) ? asked : otherwise;

    [GeneratedRegex(@"\A(#[0-9a-fA-F]{3}|#[0-9a-fA-F]{6}|[a-zA-Z]{3,20}|rgba?\([0-9., %]{5,40}\))\z", RegexOptions.CultureInvariant)]
    private static partial Regex ColourForm();

    /// <summary>A colour let down with white; one that is a word stays as it is.</summary>
    public static string Pale(string colour, double share) => Rgb(colour) is { } rgb ? Hex(Mix((255, 255, 255), rgb, share)) : colour;

    public static (double R, double G, double B)? Rgb(string colour)
    {
        if (colour.StartsWith('#') && colour.Length is 4 or 7)
        {
            var each = colour.Length == 4 ? 1 : 2;
            var parts = Enumerable.Range(0, 3).Select(i => int.TryParse(colour.AsSpan(1 + i * each, each), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var part) ? part * (each == 1 ? 17 : 1) : -1).ToArray();
            return parts.Contains(-1) ? null : (parts[0], parts[1], parts[2]);
        }
        var inside = colour.StartsWith("rgb", StringComparison.Ordinal) && colour.IndexOf('(') is > 0 and var open ? colour[(open + 1)..].TrimEnd(')').Split(',') : [];
        double[] numbers = [.. inside.Take(3).Select(ChartAxis.Parse)];
        return numbers.Length == 3 && !numbers.Any(double.IsNaN) ? (numbers[0], numbers[1], numbers[2]) : null;
    }

    public static (double R, double G, double B) Mix((double R, double G, double B) from, (double R, double G, double B) to, double share) =>
        (from.R + (to.R - from.R) * share, from.G + (to.G - from.G) * share, from.B + (to.B - from.B) * share);

    public static string Hex((double R, double G, double B) c) =>
        string.Create(CultureInfo.InvariantCulture, $"#{Byte(c.R):x2}{Byte(c.G):x2}{Byte(c.B):x2}");

    private static int Byte(double part) => (int)Math.Round(Math.Clamp(part, 0, 255), MidpointRounding.AwayFromZero);
}

/// <summary>Colours for values from low to high.</summary>
internal sealed class Ramp
{
    private readonly (double At, (double R, double G, double B) Colour)[] _stops;

    private Ramp((double, (double, double, double))[] stops) => _stops = stops;

    // Cividis (Nuñez, Anderton, Renslow 2018): the same to the colour-blind, and in grey.
    private static readonly string[] Cividis = ["#00204c", "#00346e", "#3c4a6b", "#5b5f6d", "#757575", "#928c78", "#b0a572", "#d1bf66", "#ffe945"];

    /// <summary>The ramp that a figure names or lists; plotly's other names are painted as cividis.</summary>
    public static Ramp Of(Place scale, bool reversed)
    {
        var stops = scale.Node is System.Text.Json.Nodes.JsonArray
            ? [.. scale.Each().Select(Stop).OrderBy(stop => stop.Item1)]
            : Cividis.Select((hex, i) => (i / (Cividis.Length - 1.0), Looks.Rgb(hex)!.Value)).ToArray();
        if (stops.Length < 2) throw scale.Wrong("two colours at least, such as [[0, \"#fff\"], [1, \"#000\"]]");
        return new(reversed ? [.. stops.Select(stop => (1 - stop.Item1, stop.Item2)).Reverse()] : stops);
    }

    private static (double, (double, double, double)) Stop(Place stop)
    {
        Place[] pair = stop.Node is System.Text.Json.Nodes.JsonArray ? [.. stop.Each()] : [];
        return pair.Length == 2 && pair[0].Number() is { } at && Looks.Rgb(pair[1].Word()) is { } colour
            ? (at, colour) : throw stop.Wrong("a share and a colour, such as [0.5, \"#757575\"] or [0.5, \"rgb(117,117,117)\"]");
    }

    /// <summary>The colour at a share between 0 and 1.</summary>
    public (double R, double G, double B) At(double share)
    {
        for (var i = 1; i < _stops.Length; i++)
        {
            if (share > _stops[i].At && i < _stops.Length - 1) continue;
            var (from, to) = (_stops[i - 1], _stops[i]);
            return Looks.Mix(from.Colour, to.Colour, to.At == from.At ? 1 : Math.Clamp((share - from.At) / (to.At - from.At), 0, 1));
        }
        return _stops[^1].Colour;
    }

    /// <summary>Whether letters upon it must be white.</summary>
    public static bool IsDark((double R, double G, double B) c) => 0.299 * c.R + 0.587 * c.G + 0.114 * c.B < 116;
}
