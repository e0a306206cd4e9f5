using System.Globalization;

namespace Avic.Notebook;

/// <summary>Dates as plotly has them: written year first, and counted in milliseconds since 1970, in no time zone.</summary>
internal static class Dates
{
    private const double Second = 1000, Minute = 60 * Second, Hour = 60 * Minute, Day = 24 * Hour;

    private static readonly string[] Written =
        [.. from day in new[] { "yyyy-MM-dd'T'", "yyyy-MM-dd' '" } from time in new[] { "HH", "HH:mm", "HH:mm:ss", "HH:mm:ss.FFFFFFF" } from zone in new[] { "", "K" } select day + time + zone, "yyyy-MM-dd", "yyyy-MM"];

    // As long as a step of an axis may be; months and years are not all as long.
    private static readonly double[] Steps =
        [.. Decimals(), .. Of(Second, 1, 2, 5, 10, 15, 30), .. Of(Minute, 1, 2, 5, 10, 15, 30), .. Of(Hour, 1, 2, 3, 6, 12), .. Of(Day, 1, 2, 7, 14)];

    private static readonly int[] Months = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12_000, 24_000, 60_000];

    /// <summary>A value that is a date; that of a place with an offset is taken to UTC.</summary>
    public static DateTime? Of(object? value) => value switch
    {
        DateTime date => date,
        DateOnly day => day.ToDateTime(TimeOnly.MinValue),
        DateTimeOffset moment => moment.UtcDateTime,
        _ => null,
    };

    /// <summary>As plotly reads it, to a tenth of a millisecond; midnight is the day.</summary>
    public static string Text(DateTime date) => date.ToString(date.TimeOfDay == TimeSpan.Zero ? "yyyy-MM-dd" : "yyyy-MM-dd'T'HH:mm:ss.FFFF", CultureInfo.InvariantCulture);

    /// <summary>Milliseconds since 1970; NaN if it is no date. A time zone is passed over, as in plotly.</summary>
    public static double Parse(string text) =>
        DateTime.TryParseExact(text, Written, CultureInfo.InvariantCulture, DateTimeStyles.None, out _)
        && DateTime.TryParseExact(text.TrimEnd('Z').Split('+')[0], Written, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? (date - DateTime.UnixEpoch).TotalMilliseconds : double.NaN;

    /// <summary>A place on an axis in words.</summary>
    public static string Show(double at) => Date(at) is { } date ? Label(date, withDay: true) : "none";

    /// <summary>Round dates in a range, about so many. Midnight bears its day; where there is none, the first does.</summary>
    public static IReadOnlyList<Tick> Ticks(double low, double high, int about)
    {
        if (Date(low) is not { } first) return [];
        List<DateTime> dates = [];
        if (Steps.FirstOrDefault(step => (high - low) / step <= about) is > 0 and var step)
        {
            // Weeks begin on a Monday, and 1970 did on a Thursday.
            var from = step >= 7 * Day ? -3 * Day : 0;
            for (var at = Math.Ceiling((low - from) / step) * step + from; at <= high && dates.Count < 1000; at += step)
                if (Date(at) is { } date) dates.Add(date);
        }
        else
        {
            var months = Months.FirstOrDefault(count => (high - low) / (30.4 * Day) / count <= about, Months[^1]);
            for (var month = (first.Year * 12 + first.Month - 1) / months * months; month < 120_000 && dates.Count < 1000; month += months)
            {
                if (month < 12) continue;
                DateTime date = new(month / 12, month % 12 + 1, 1);
                if (At(date) > high) break;
                if (At(date) >= low) dates.Add(date);
            }
            return [.. dates.Select(date => new Tick(At(date), date.ToString(months % 12 == 0 ? "yyyy" : "yyyy-MM", CultureInfo.InvariantCulture)))];
        }
        var named = dates.Any(date => date.TimeOfDay == TimeSpan.Zero);
        return [.. dates.Select((date, i) => new Tick(At(date), Label(date, withDay: date.TimeOfDay == TimeSpan.Zero || i == 0 && !named)))];
    }

    private static string Label(DateTime date, bool withDay)
    {
        var time = date.TimeOfDay;
        var clock = time == TimeSpan.Zero ? "" : time.Milliseconds + time.Microseconds != 0 ? "HH:mm:ss.FFFF" : time.Seconds != 0 ? "HH:mm:ss" : "HH:mm";
        return date.ToString($"{(withDay ? "yyyy-MM-dd" : "")} {clock}".Trim(), CultureInfo.InvariantCulture);
    }

    private static double At(DateTime date) => (date - DateTime.UnixEpoch).TotalMilliseconds;

    private static DateTime? Date(double at) =>
        double.IsNaN(at) ? null : at <= At(DateTime.MinValue) ? DateTime.MinValue : at >= At(DateTime.MaxValue) ? DateTime.MaxValue : DateTime.UnixEpoch.AddTicks((long)Math.Round(at * 10) * (TimeSpan.TicksPerMillisecond / 10));

    private static IEnumerable<double> Decimals() => from power in new[] { 1.0, 10, 100 } from times in new[] { 1, 2, 5 } select times * power;

    private static IEnumerable<double> Of(double unit, params int[] times) => times.Select(count => count * unit);
}
