namespace Avic.Tool;

/// <summary>Jupyter counts places in code points, .NET in UTF-16 units: beyond U+FFFF one point is two units.</summary>
internal static class CodePoints
{
    /// <summary>The UTF-16 place of a code point; a place behind the end is the end.</summary>
    public static int ToUnits(string text, int points)
    {
        var at = 0;
        for (; points > 0 && at < text.Length; points--)
            at += Width(text, at);
        return at;
    }

    /// <summary>How many code points stand before a UTF-16 place.</summary>
    public static int FromUnits(string text, int units)
    {
        var points = 0;
        for (var at = 0; at < units && at < text.Length; at += Width(text, at))
            points++;
        return points;
    }

    private static int Width(string text, int at) => at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;
}
