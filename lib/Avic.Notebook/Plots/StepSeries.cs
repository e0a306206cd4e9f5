using System.Globalization;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>One field of a trace, its values placed between 0 and 1.</summary>
internal sealed class StepSeries
{
    private const int MostLevels = 7;

    private readonly string[] _shown;

    public StepSeries(Trace trace, string field)
    {
        Field = field;
        var values = trace.Series(field).Values;
        _shown = [.. Enumerable.Range(0, values.Length).Select(rows => trace.Show(field, rows))];
        // Few values: a line for each, with its name. An enum's values have names, not distances.
        long[] distinct = [.. values.Distinct().Order()];
        HasNames = distinct.Length <= MostLevels || trace.Model.Layout[field].Type.IsEnum;
        Heights = HasNames ? [.. values.Select(value => (double)Array.BinarySearch(distinct, value))] : [.. values.Select(value => (double)value)];
        if (HasNames)
        {
            var last = Math.Max(distinct.Length - 1, 1);
            Levels = [.. Heights.Select(height => height / last)];
            Ticks = [.. distinct.Select((value, i) => ((double)i / last, _shown[Array.IndexOf(values, value)]))];
        }
        else
        {
            double low = distinct[0], range = distinct[^1] - low;
            Levels = [.. values.Select(value => (value - low) / range)];
            Ticks = [.. Notebook.Ticks.Of(low, distinct[^1], 4).Select(tick => ((tick - low) / range, Xml.Number(tick)))];
        }
    }

    public string Field { get; }

    /// <summary>Whether each value has a line of its own.</summary>
    public bool HasNames { get; }

    /// <summary>The values themselves, or the numbers of their lines.</summary>
    public double[] Heights { get; }

    /// <summary>After each number of rows, from 0 on.</summary>
    public double[] Levels { get; }

    /// <summary>What stands on the axis.</summary>
    public IReadOnlyList<(double At, string Name)> Ticks { get; }

    /// <summary>The first few changes in words, for those who cannot see the plot.</summary>
    public string Words
    {
        get
        {
            var changes = Enumerable.Range(1, _shown.Length - 1).Where(i => _shown[i] != _shown[i - 1]).ToList();
            var words = changes.Take(5).Select(i => string.Create(CultureInfo.InvariantCulture, $", {_shown[i]} from row {i}"));
            return $"{Field} is {_shown[0]}{string.Concat(words)}{(changes.Count > 5 ? ", …" : "")}";
        }
    }
}

/// <summary>Round numbers for an axis.</summary>
internal static class Ticks
{
    /// <summary>Multiples of 1, 2 or 5 times a power of ten within a range; about as many as asked for, at least one apart.</summary>
    public static IReadOnlyList<double> Of(double low, double high, int about)
    {
        if (high <= low) return [low];
        var rough = Math.Max((high - low) / about, 1);
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        var step = new[] { 1, 2, 5, 10 }.Select(times => times * power).First(size => size >= rough * 0.999);
        List<double> ticks = [];
        for (var tick = Math.Ceiling(low / step) * step; tick <= high; tick += step) ticks.Add(tick);
        return ticks;
    }
}
