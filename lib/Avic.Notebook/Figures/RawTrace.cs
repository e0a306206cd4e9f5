using Avic.Model;

namespace Avic.Notebook;

/// <summary>One of plotly's traces as it is written: its values have no places yet.</summary>
internal sealed record RawTrace(Place Place, int Number, string Type, Datum[] X, Datum[] Y)
{
    /// <summary>A trace's meta member that counts values which no JSON can hold.</summary>
    public const string InfiniteValues = "infinite";

    private const int MostBins = 10_000;

    public string Name { get; private init; } = "";

    public string XAxis { get; private init; } = "x";

    public string YAxis { get; private init; } = "y";

    public bool IsLying { get; private init; }

    /// <summary>How wide a bin is; 0 for what is no histogram.</summary>
    public double Bin { get; private init; }

    /// <summary>How many of its values were infinite and are gaps now.</summary>
    public double Infinite => Place["meta"][InfiniteValues].Node is System.Text.Json.Nodes.JsonValue value && Place.TryNumber(value, out var count) ? count : 0;

    public bool IsBars => Type is "bar" or "histogram";

    public static RawTrace Read(Place place, int number)
    {
        if (place.Node is not System.Text.Json.Nodes.JsonObject) throw place.Wrong("a trace, such as {\"type\":\"scatter\",\"y\":[1,2]}");
        var type = place["type"].Word("scatter");
        var read = type switch
        {
            "scatter" or "scattergl" => Points(place, number, "scatter"),
            "bar" => Points(place, number, type),
            "heatmap" => new RawTrace(place, number, type, place["x"].Data() ?? [], place["y"].Data() ?? []),
            "histogram" => Counted(place, number),
            _ => throw new ModelException($"{place.Name} is of type '{type}'; a Figure paints scatter, bar, heatmap and histogram. Show it with plotly.js itself, or leave it out."),
        };
        return read with
        {
            Name = place["name"].Text(),
            XAxis = Axis(place["xaxis"], "x"),
            YAxis = Axis(place["yaxis"], "y"),
            IsLying = type == "bar" && place["orientation"].Word() == "h",
        };
    }

    private static string Axis(Place place, string letter)
    {
        var name = place.Word(letter);
        return name.StartsWith(letter, StringComparison.Ordinal) && name.AsSpan(1).TrimStart("0123456789").IsEmpty ? name : throw place.Wrong($"an axis, such as {letter} or {letter}2");
    }

    private static RawTrace Points(Place place, int number, string type)
    {
        var (x, y) = (place["x"].Data(), place["y"].Data());
        x ??= Count(y?.Length ?? 0);
        y ??= Count(x.Length);
        if (x.Length != y.Length) throw new ModelException($"{place.Name} has {x.Length} values of x and {y.Length} of y, and every point needs both. Cut the longer, or fill the shorter with double.NaN (null in JSON).");
        return new(place, number, type, x, y);
    }

    public static Datum[] Count(int length) => [.. Enumerable.Range(0, length).Select(i => new Datum(i, null))];

    private static RawTrace Counted(Place place, int number)
    {
        if (place["x"].IsMissing && !place["y"].IsMissing) throw new ModelException($"{place.Name} is a histogram of y; a Figure paints histograms of x.");
        double[] values = [.. (place["x"].Data() ?? []).Select(value => value.Text is null ? value.Number : ChartAxis.Parse(value.Text)).Where(double.IsFinite)];
        var asked = place["xbins"];
        var (start, size) = Binning.Of(values, (int)Math.Clamp(place["nbinsx"].Number() ?? 0, 0, MostBins));
        size = asked["size"].Number() ?? size;
        start = asked["start"].Number() ?? start;
        if (size <= 0) throw asked["size"].Wrong("a width above 0");
        if (values.Length == 0) return new(place, number, "histogram", [], []) { Bin = size };
        var end = Math.Min(values.Max(), asked["end"].Number() is { } last ? Math.BitDecrement(last) : double.MaxValue);
        var bins = Math.Floor(end / size - start / size) + 1;
        if (bins > MostBins) throw new ModelException($"{place.Name} would have {Numbers.Short(bins)} bins of {Numbers.Short(size)}: choose wider ones, such as Figure.Histogram(values, bins: 30).");
        var counts = new double[(int)Math.Max(bins, 0)];
        foreach (var value in values)
        {
            var bin = Math.Floor(value / size - start / size);
            if (bin >= 0 && bin < counts.Length) counts[(int)bin]++;
        }
        var whole = place["histnorm"].Word() switch { "percent" => values.Length / 100.0, "probability" => values.Length, "" => 1.0, _ => throw place["histnorm"].Wrong("\"\", \"percent\" or \"probability\"") };
        return new(place, number, "histogram", [.. counts.Select((_, i) => new Datum(start + (i + 0.5) * size, null))], [.. counts.Select(count => new Datum(count / whole, null))]) { Bin = size };
    }
}

/// <summary>Where the bins of a histogram lie.</summary>
internal static class Binning
{
    /// <summary>Bins of a round width, so many at most (0: the square root of how many values there are); whole numbers stand in the middle of theirs.</summary>
    public static (double Start, double Size) Of(IReadOnlyCollection<double> values, int most)
    {
        double[] all = [.. values.Where(double.IsFinite)];
        if (all.Length == 0) return (0, 1);
        var (low, high) = (all.Min(), all.Max());
        var whole = all.All(value => value == Math.Truncate(value) && Math.Abs(value) < 1e9);
        if (low == high) return whole ? (low - 0.5, 1) : (low - Math.Abs(low) * 0.05, Math.Abs(low) * 0.1);
        if (most == 0) most = Math.Clamp((int)Math.Ceiling(Math.Sqrt(all.Length)), 5, 40);
        var (times, power) = RoundTicks.Step(low, high, most, atMost: true);
        var size = Math.Max(times * Math.Pow(10, power), whole ? 1 : 0);
        var start = Math.Floor(low / size) * size;
        return (whole ? start - 0.5 : start, size);
    }
}
