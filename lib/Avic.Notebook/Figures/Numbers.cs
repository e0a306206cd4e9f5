using System.Globalization;

namespace Avic.Notebook;

/// <summary>Numbers as axes and sentences show them.</summary>
internal static class Numbers
{
    // A gap that does not break, as SI has it, and narrow enough in every typeface.
    private const char Space = '\u00a0';

    private static readonly (int Power, string Prefix)[] Prefixes =
        [(15, "P"), (12, "T"), (9, "G"), (6, "M"), (3, "k"), (0, ""), (-3, "m"), (-6, "µ"), (-9, "n"), (-12, "p")];

    /// <summary>Units that take prefixes; plotly puts them behind the prefix, too.</summary>
    public static bool TakesPrefix(string unit) => unit is "s" or "B" or "Hz" or "B/s" or "bit" or "bit/s" or "J" or "W" or "V" or "A";

    /// <summary>Every digit there is.</summary>
    public static string Exact(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Four digits or all of a whole number, in groups of three.</summary>
    public static string Short(double value)
    {
        if (double.IsNaN(value)) return "none";
        if (value == Math.Truncate(value) && Math.Abs(value) < 1e7) return Grouped(value, 0);
        var size = Math.Abs(value);
        if (size is >= 1e15 or < 1e-4) return Scientific(value);
        if (size >= 1e6) return Prefixed(value, "");
        return Digits(value);
    }

    /// <summary>With the prefix that leaves one to three digits before the point.</summary>
    public static string Prefixed(double value, string unit)
    {
        if (value == 0) return Unit("0", "", unit);
        var size = Math.Abs(value) * (1 + 1e-12);
        if (size is >= 1e18 or < 1e-13) return Unit(Scientific(value), "", unit);
        var (power, prefix) = Prefixes.FirstOrDefault(entry => size >= Math.Pow(10, entry.Power), Prefixes[^1]);
        return Unit(Digits(value / Math.Pow(10, power)), prefix, unit);
    }

    /// <summary>Labels of an even axis: ticks times a power of ten, all with as many digits and the same prefix.</summary>
    public static string[] Even(long[] multiples, int power, string unit)
    {
        if (multiples.Length == 0) return [];
        var largest = multiples.Max(n => Math.Abs((double)n)) * Math.Pow(10, power);
        var prefix = ScaleOf(largest, TakesPrefix(unit));
        return [.. multiples.Select(n => prefix is { } scale ? Unit(Shifted(n, power - scale.Power), scale.Prefix, unit) : Unit(n == 0 ? "0" : Scientific(n * Math.Pow(10, power), "0.##########e0"), "", unit))];
    }

    /// <summary>The label of a tick on an axis of decades.</summary>
    public static string Decade(double value, string unit) =>
        TakesPrefix(unit) ? Prefixed(value, unit)
        : value is >= 1e-4 and < 1e6 ? Unit(Grouped(value, Math.Max(0, -(int)Math.Floor(Math.Log10(value) + 1e-9))), "", unit)
        : value is >= 1e6 and < 1e18 ? Prefixed(value, unit)
        : Unit(Scientific(value), "", unit);

    private static (int Power, string Prefix)? ScaleOf(double largest, bool hasUnit) => largest switch
    {
        0 => (0, ""),
        >= 1e18 => null,
        >= 1e6 => Prefixes.First(entry => largest >= Math.Pow(10, entry.Power)),
        _ when !hasUnit => largest < 1e-4 ? null : (0, ""),
        < 1e-13 => null,
        _ => Prefixes.FirstOrDefault(entry => largest * (1 + 1e-9) >= Math.Pow(10, entry.Power), Prefixes[^1]),
    };

    // Four of them, without zeros at the end.
    private static string Digits(double value)
    {
        var digits = Grouped(value, Math.Clamp(3 - (int)Math.Floor(Math.Log10(Math.Abs(value))), 0, 7));
        return digits.Contains('.') ? digits.TrimEnd('0').TrimEnd('.') : digits;
    }

    // A whole number times a power of ten, written out exactly.
    private static string Shifted(long n, int power)
    {
        var digits = Math.Abs(n).ToString(CultureInfo.InvariantCulture);
        if (n == 0) return "0";
        if (power >= 0) digits += new string('0', power);
        else digits = digits.PadLeft(1 - power, '0').Insert(Math.Max(digits.Length, 1 - power) + power, ".");
        return (n < 0 ? "−" : "") + Groups(digits);
    }

    private static string Grouped(double value, int decimals)
    {
        var digits = Math.Abs(value).ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        return (value < 0 ? "−" : "") + Groups(digits);
    }

    // Four digits stand together; more are parted by thousands.
    private static string Groups(string digits)
    {
        var whole = digits.IndexOf('.') is >= 0 and var point ? point : digits.Length;
        if (whole <= 4) return digits;
        for (var i = whole - 3; i > 0; i -= 3) digits = digits.Insert(i, Space.ToString());
        return digits;
    }

    private static string Scientific(double value, string format = "0.###e0") => value.ToString(format, CultureInfo.InvariantCulture).Replace('-', '−');

    private static string Unit(string number, string prefix, string unit) =>
        prefix + unit == "" ? number : unit is "%" or "°" && prefix == "" ? number + unit : $"{number}{Space}{prefix}{unit}";
}
