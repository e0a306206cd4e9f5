namespace Avic.Notebook;

/// <summary>How an axis spaces its values.</summary>
internal enum AxisKind { Linear, Log, Category, Date }

/// <summary>A mark on an axis.</summary>
/// <param name="At">Where, in axis space.</param>
/// <param name="Text">What stands beside it; empty for a minor tick.</param>
internal readonly record struct Tick(double At, string Text);

/// <summary>
/// One axis. Its space is what plotly's ranges count in: numbers, logarithms to base ten, the numbers of categories from 0, or
/// milliseconds since 1970.
/// </summary>
/// <param name="Kind">How it spaces its values.</param>
/// <param name="Title">What it measures.</param>
/// <param name="Unit">Stands behind every number.</param>
/// <param name="Categories">Names of the categories.</param>
/// <param name="Given">Ticks that the figure asks for, instead of round ones.</param>
internal sealed record ChartAxis(AxisKind Kind, string Title, string Unit, IReadOnlyList<string> Categories, IReadOnlyList<Tick>? Given)
{
    private Dictionary<string, int>? _numbers;

    public double Low { get; init; }

    public double High { get; init; } = 1;

    public bool Reversed { get; init; }

    /// <summary>Whether all that stands on it are whole numbers: half a vCPU needs no tick.</summary>
    public bool IsWhole { get; init; }

    /// <summary>A value in axis space; NaN where it has no place.</summary>
    public double Of(Datum value) => Kind switch
    {
        AxisKind.Category => value.IsGap ? double.NaN : (_numbers ??= Number(Categories)).TryGetValue(value.Word, out var number) ? number : double.NaN,
        AxisKind.Date when value.Text is { } text => Dates.Parse(text),
        _ => Of(value.Text is null ? value.Number : Parse(value.Text)),
    };

    /// <summary>A number in axis space; nothing on a log axis unless it is above 0.</summary>
    public double Of(double value) => Kind != AxisKind.Log ? value : value > 0 ? Math.Log10(value) : double.NaN;

    /// <summary>Where in the axis a value lies: 0 at its beginning, 1 at its end. Halves keep the largest doubles finite.</summary>
    public double Place(double at)
    {
        var place = (at / 2 - Low / 2) / (High / 2 - Low / 2);
        return Reversed ? 1 - place : place;
    }

    public bool Holds(double at) => at >= Low && at <= High;

    /// <summary>A value in words.</summary>
    public string Show(double at) => Kind switch
    {
        AxisKind.Category => at >= 0 && at < Categories.Count ? PlotlyText.Plain(Categories[(int)Math.Round(Math.Min(at, Categories.Count - 1))]) : Numbers.Short(at),
        AxisKind.Log => ShowNumber(Math.Min(Math.Pow(10, at), double.MaxValue)),
        AxisKind.Date => Given?.Where(tick => tick.At == at).Select(tick => tick.Text).FirstOrDefault() ?? Dates.Show(at),
        _ => Given?.Where(tick => tick.At == at).Select(tick => tick.Text).FirstOrDefault() ?? ShowNumber(at),
    };

    /// <summary>A number with its unit.</summary>
    public string ShowNumber(double value) => Numbers.TakesPrefix(Unit) ? Numbers.Prefixed(value, Unit) : Numbers.Short(value) + Unit;

    /// <summary>Ticks for as many labels as there is room for.</summary>
    public IReadOnlyList<Tick> Ticks(int about) => Kind switch
    {
        _ when Given is { } given => [.. given.Where(tick => Holds(tick.At))],
        AxisKind.Category => [.. Enumerable.Range(0, Categories.Count).Where(i => Holds(i)).Select(i => new Tick(i, PlotlyText.Plain(Categories[i])))],
        AxisKind.Log => RoundTicks.Decades(Low, High, about, Unit),
        AxisKind.Date => Dates.Ticks(Low, High, about),
        _ => RoundTicks.Even(Low, High, about, Unit, IsWhole),
    };

    private static System.Globalization.CultureInfo Culture => System.Globalization.CultureInfo.InvariantCulture;

    private static Dictionary<string, int> Number(IReadOnlyList<string> categories)
    {
        Dictionary<string, int> numbers = new(StringComparer.Ordinal);
        for (var i = 0; i < categories.Count; i++) numbers.TryAdd(categories[i], i);
        return numbers;
    }

    /// <summary>A number written as a string, as plotly takes it on an axis of numbers.</summary>
    public static double Parse(string text) =>
        double.TryParse(text, System.Globalization.NumberStyles.Float, Culture, out var number) && double.IsFinite(number) ? number : double.NaN;
}

/// <summary>Round numbers within a range.</summary>
internal static class RoundTicks
{
    /// <summary>The steps of 1, 2 or 5 times a power of ten that part a range into about so many, or so many at most.</summary>
    public static (int Times, int Power) Step(double low, double high, int about, bool atMost = false)
    {
        var rough = (high / 2 - low / 2) / about * 2;
        // Steps that differ by less than the last digits of the numbers would bear the same name.
        rough = Math.Max(rough, Math.Max(Math.Abs(low), Math.Abs(high)) * 1e-10);
        var power = (int)Math.Floor(Math.Log10(rough));
        var lead = rough / Math.Pow(10, power);
        var more = atMost ? 1.001 : 1.4;
        return lead <= more ? (1, power) : lead <= 2 * more ? (2, power) : lead <= 5 * more ? (5, power) : (1, power + 1);
    }

    public static IReadOnlyList<Tick> Even(double low, double high, int about, string unit, bool whole = false)
    {
        var (times, power) = Step(low, high, Math.Max(about, 1));
        if (power < 0 && whole) (times, power) = (1, 0);
        var size = Power(times, power);
        if (size == 0 || !double.IsFinite(size)) return [];
        var (first, last) = (Math.Ceiling(low / size - 1e-9), Math.Floor(high / size + 1e-9));
        if (!(last - first < 1000)) return [];
        var counts = Enumerable.Range(0, (int)Math.Max(last - first + 1, 0)).Select(i => (long)first + i).ToArray();
        var labels = Numbers.Even([.. counts.Select(n => n * times)], power, unit);
        return [.. counts.Select((n, i) => new Tick(Math.Clamp(n * size, low, high), labels[i]))];
    }

    /// <summary>Powers of ten, further apart where they are many; fewer than two of them: 1, 2 and 5 of each, or even ones.</summary>
    public static IReadOnlyList<Tick> Decades(double low, double high, int about, string unit)
    {
        var (first, last) = ((int)Math.Ceiling(low - 1e-9), (int)Math.Floor(high + 1e-9));
        if (last - first >= 1)
        {
            var every = Math.Max(1, (int)Math.Ceiling((last - first + 1.0) / Math.Max(about, 2)));
            if (every > 1) every = every <= 3 ? every : RoundUp(every);
            List<Tick> ticks = [];
            for (var decade = first - 1; decade <= last; decade++)
            {
                var isNamed = (decade % every + every) % every == 0;
                if (decade >= first && (isNamed || every <= 5)) ticks.Add(new(decade, isNamed ? Numbers.Decade(Power(1, decade), unit) : ""));
                if (high - low > 5) continue;
                ticks.AddRange(Enumerable.Range(2, 8).Select(n => decade + Math.Log10(n)).Where(at => at >= low && at <= high).Select(at => new Tick(at, "")));
            }
            return ticks;
        }
        List<Tick> within = [.. from decade in Enumerable.Range(first - 1, 3)
                                from n in new[] { 1, 2, 5 }
                                let at = decade + Math.Log10(n)
                                where at >= low && at <= high
                                select new Tick(at, Numbers.Decade(Power(n, decade), unit))];
        return within.Count >= 2 ? within : [.. Even(Math.Pow(10, low), Math.Pow(10, high), about, unit).Select(tick => tick with { At = Math.Log10(tick.At) })];
    }

    private static int RoundUp(int every) => new[] { 5, 10, 20, 50, 100, 200, 500 }.First(n => n >= every);

    // 3e-1 is not 3 * 0.1: the parser rounds right.
    private static double Power(int times, int power) =>
        double.Parse(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{times}e{power}"), System.Globalization.CultureInfo.InvariantCulture);
}
