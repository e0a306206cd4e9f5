using System.Globalization;
using System.Text.Json.Nodes;
using Avic.Model;
using Avic.Notebook;
using FsCheck.Fluent;

namespace Avic.Tool.Tests;

/// <summary>What holds of any figure, tried on hundreds.</summary>
public class FigureProperties
{
    private static readonly FsCheck.Gen<double> Numbers = Gen.Frequency(
        (6, from n in Gen.Choose(-50, 200) select (double)n),
        (4, from n in Gen.Choose(-1_000_000, 1_000_000) from scale in Gen.Choose(-12, 12) select n * Math.Pow(10, scale)),
        (1, Gen.Elements(0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.MinValue, double.Epsilon, 1e300, -1e300)));

    private static readonly FsCheck.Gen<string> Words = Gen.Frequency(
        (6, from letters in Gen.Elements([.. "abcdefxyzWil_.:*0123456789 é€😀漢<>&\"'\0\n\ud800]"]).ListOf() select string.Concat(letters)),
        (2, from n in Gen.Choose(0, 12) select $"kvm_routine_{n}.label"),
        (1, Gen.Elements(Examples.Hostile, Examples.Long, "", "2021-10-01", "5.15")));

    private static readonly FsCheck.Gen<Figure> Simple =
        from kind in Gen.Choose(0, 8)
        from xs in Numbers.ListOf()
        from ys in Numbers.ListOf()
        from labels in Words.ListOf()
        from name in Words
        let n = Math.Min(xs.Count, ys.Count)
        let m = Math.Min(labels.Count, ys.Count)
        select kind switch
        {
            0 => Figure.Line(xs.Take(n), ys.Take(n), name),
            1 => Figure.Line(xs.Take(n), ys.Take(n), name).Stepped().Filled(),
            2 => Figure.Line(labels.Take(m), ys.Take(m), name),
            3 => Figure.Points(xs.Take(n), ys.Take(n), name),
            4 => Figure.Bars(labels.Take(m), ys.Take(m), name),
            5 => Figure.Bars(xs.Take(n), ys.Take(n), name),
            6 => Figure.Bars(labels.Take(m), ys.Take(m), name, @from: xs.Concat(ys).Take(m).Concat(Enumerable.Repeat(0.0, m)).Take(m)).Sideways(),
            7 => Figure.Histogram(xs.Select(x => Math.Clamp(x, -1e6, 1e6)), bins: 30, name),
            _ => Figure.Heatmap(ys.Chunk(3).Where(row => row.Length == 3), ["a", name + "b", "c"], ys.Chunk(3).Where(row => row.Length == 3).Select((_, i) => $"{i} {name}")),
        };

    private static readonly FsCheck.Gen<Figure> Figures =
        from figure in Simple
        from other in Simple
        from title in Words
        from unit in Gen.Elements("", "", "s", "%", "rows")
        from flags in Gen.Choose(0, 255)
        from width in Gen.Choose(240, 900)
        from at in Numbers
        select Dressed(figure, other, title, unit, flags, width, at);

    private static Figure Dressed(Figure figure, Figure other, string title, string unit, int flags, int width, double at)
    {
        bool Is(int bit) => (flags >> bit & 1) == 1;
        var isLog = Is(0) && figure.Chart.Series.All(series => series is Curve) && figure.Chart.Panels[0].Y.Kind == AxisKind.Linear;
        figure = figure.Title(title).X(Is(5) ? title : "", unit: unit).Y(Is(6) ? title : "", log: isLog, unit: unit);
        if (Is(1) && figure.Chart.Series.All(series => series is Curve) && other.Chart.Series.All(series => series is Curve)) figure = figure.Add(other);
        if (Is(2) && double.IsFinite(at) && !(isLog && at <= 0)) figure = figure.Note(at, at, title).Horizontal(at, title);
        if (Is(3)) figure = Stacked(figure, other);
        if (Is(4)) figure = figure.Size(width);
        return Is(7) ? figure.Narrow() : figure;
    }

    // What has no common x axis says so.
    private static Figure Stacked(Figure figure, Figure other)
    {
        try { return Figure.Stack(figure, other); }
        catch (ModelException) { return figure; }
    }

    private static IEnumerable<Figure> Sample(int count, ulong seed) => Figures.Sample(count, new FsCheck.Rnd(seed), 25);

    [Fact]
    public void Any_data_makes_a_picture_whose_texts_are_apart()
    {
        foreach (var figure in Sample(1_000, 1))
        {
            try { EveryPicture.KeepsApart(figure); }
            catch (Exception problem) { throw new InvalidOperationException(figure.ToPlotlyJson(), problem); }
        }
    }

    [Fact]
    public void What_is_read_back_from_plotly_json_paints_the_same_bytes()
    {
        foreach (var figure in Sample(500, 2))
        {
            var json = figure.ToPlotlyJson();
            var again = Figure.Parse(json);
            Assert.True(figure.ToSvg() == again.ToSvg(), json);
            Assert.True(figure.ToText() == again.ToText(), json);
            Assert.Equal(json, again.ToPlotlyJson());
        }
    }

    /// <summary>One value of a good figure replaced by any other: a picture, or an error of ours.</summary>
    [Fact]
    public void A_spoilt_figure_is_a_picture_or_a_clear_error()
    {
        string[] wrong = ["null", "7", "-1e308", "\"\"", "\"y2\"", "\"log\"", "\"category\"", "[]", "[0,1]", "[[1,\"a\"],[2]]", "{}", "{\"text\":\"t\"}", "true", "[null,5]"];
        string[] good = [.. FigureExamples.Kinds.Values.Select(make => make().ToPlotlyJson())];
        var cases = from json in Gen.Elements(good) from at in Gen.Choose(0, 1_000_000) from value in Gen.Elements(wrong) select (json, at, value);
        var (painted, refused) = (0, 0);
        foreach (var (json, at, value) in cases.Sample(1_500, new FsCheck.Rnd(4), 10))
        {
            var spoilt = Spoilt(json, at, value);
            try
            {
                var figure = Figure.Parse(spoilt);
                EveryPicture.KeepsApart(figure);
                Assert.Equal(figure.ToSvg(), Figure.Parse(figure.ToPlotlyJson()).ToSvg());
                _ = figure.ToText();
                painted++;
            }
            catch (ModelException) { refused++; }
            catch (Exception problem) { throw new InvalidOperationException(spoilt, problem); }
        }
        Assert.True(painted > 300 && refused > 100, $"{painted} painted, {refused} refused");
    }

    private static string Spoilt(string json, int at, string value)
    {
        var figure = JsonNode.Parse(json)!;
        List<Action> places = [];
        Walk(figure);
        places[at % places.Count]();
        return figure.ToJsonString();

        void Walk(JsonNode? node)
        {
            if (node is JsonObject members)
                foreach (var (name, member) in members.ToList())
                {
                    places.Add(() => members[name] = JsonNode.Parse(value));
                    Walk(member);
                }
            if (node is JsonArray list)
                for (var i = 0; i < Math.Min(list.Count, 3); i++)
                {
                    var here = i;
                    places.Add(() => list[here] = JsonNode.Parse(value));
                    Walk(list[i]);
                }
        }
    }

    [Fact]
    public void Round_ticks_lie_in_their_range_and_have_names_of_their_own()
    {
        var ranges = from low in Numbers from high in Numbers from about in Gen.Choose(1, 12) select (low, high, about);
        foreach (var (low, high, about) in ranges.Where(range => double.IsFinite(range.low) && double.IsFinite(range.high) && range.high > range.low).Sample(3_000, new FsCheck.Rnd(3), 10))
        {
            var ticks = RoundTicks.Even(low, high, about, "");
            Assert.All(ticks, tick => Assert.InRange(tick.At, low, high));
            Assert.True(ticks.Count == ticks.Select(tick => tick.Text).Distinct().Count(), string.Create(CultureInfo.InvariantCulture, $"{low} to {high}: {string.Join(' ', ticks.Select(tick => tick.Text))}"));
        }
    }
}
