using System.Text.Json.Nodes;
using Avic.Model;
using Avic.Notebook;

namespace Avic.Tool.Tests;

public class FigureFacts
{
    [Fact]
    public void Points_that_coincide_are_seen()
    {
        Assert.Equal(1, Signs(Figure.Line([1, 1, 1], [5, 5, 5])));
        Assert.Equal(2, Signs(Figure.Line([1, double.NaN, 2, 2, double.NaN], [5, 1.0, 7, 7, 1])));
        Assert.Equal(0, Signs(Figure.Line([1, 2], [5, 5])));

        // A round point is a stroke without length.
        static int Signs(Figure figure) => System.Text.RegularExpressions.Regex.Count(figure.ToSvg(), "h0(?=[M\"])");
    }

    [Theory]
    [MemberData(nameof(FigureExamples.NamesOfKinds), MemberType = typeof(FigureExamples))]
    public void Looks_as_it_did_when_somebody_looked(string kind) => Golden.Equal($"figure-{kind}.svg", FigureExamples.Kinds[kind]().ToSvg());

    [Theory]
    [MemberData(nameof(FigureExamples.Names), MemberType = typeof(FigureExamples))]
    public void Plotly_json_is_read_back_to_the_same_picture(string name)
    {
        var figure = FigureExamples.All[name]();
        var again = Figure.Parse(figure.ToPlotlyJson());
        Assert.Equal(figure.ToSvg(), again.ToSvg());
        Assert.Equal(figure.ToText(), again.ToText());
        Assert.Equal(figure.ToPlotlyJson(), again.ToPlotlyJson());
    }

    [Theory]
    [MemberData(nameof(FigureExamples.Names), MemberType = typeof(FigureExamples))]
    public void A_mail_can_carry_its_text(string name)
    {
        foreach (var line in FigureExamples.All[name]().ToText().Split('\n'))
        {
            Assert.True(line.Length <= 78, line);
            Assert.DoesNotContain(line, char.IsControl);
        }
    }

    [Theory]
    [InlineData("fr-FR")]
    [InlineData("de-DE")]
    [InlineData("tr-TR")]
    public void Plotly_json_is_the_same_in_every_culture(string culture)
    {
        foreach (var (_, make) in FigureExamples.Kinds) Assert.Equal(make().ToPlotlyJson(), EveryPicture.In(culture, () => make().ToPlotlyJson()));
    }

    [Fact]
    public void A_line_is_made_of_whatever_numbers_there_are()
    {
        var (steps, values) = Doorbell.Trace().Series("word");
        Assert.Contains("17 points from 0 at 0 to 7 at 16", Figure.Line(steps, values).ToHtml(), StringComparison.Ordinal);
        Assert.Contains("3 points from 1 at 0 to 2 at 2", Figure.Line([1m, 5m, 2m]).ToHtml(), StringComparison.Ordinal);
        Assert.Contains("2 points from 1 at a to 2 at b", Figure.Line(["a", "b"], [1f, 2f]).ToHtml(), StringComparison.Ordinal);
    }

    [Fact]
    public void Bars_in_letters()
    {
        var bar = new string('#', 60);
        Assert.Equal($"""
            Rows that fire
               kick |{bar[..30]} 20 ms
            walk, 2 |{bar} 40 ms
                     latency

            """, Figure.Bars(["kick", "walk, 2"], [0.02, 0.04]).Sideways().Title("Rows that fire").X("latency", unit: "s", from: 0, to: 0.04).ToText());
    }

    [Fact]
    public void A_matrix_in_letters_has_its_values()
    {
        Assert.Equal("""
               1 a
               2 b
               1  2
            c  1  2
            d    40

            """, Figure.Heatmap(new[,] { { 1, 2 }, { double.NaN, 40 } }, ["a", "b"], ["c", "d"]).ToText());
    }

    [Fact]
    public void A_histogram_counts_each_value_once_and_whole_numbers_stand_in_the_middle_of_their_bins()
    {
        var trace = JsonNode.Parse(Figure.Histogram([1, 2, 2, 3, 3, 3]).ToPlotlyJson())!["data"]![0]!;
        Assert.Equal(0.5, trace["xbins"]!["start"]!.GetValue<double>());
        Assert.Equal(1, trace["xbins"]!["size"]!.GetValue<double>());
        Assert.Contains("0.5 to 1.5: 1, 1.5 to 2.5: 2, 2.5 to 3.5: 3.", Figure.Histogram([1, 2, 2, 3, 3, 3]).ToHtml(), StringComparison.Ordinal);
    }

    [Fact]
    public void Stacked_bars_begin_where_the_one_below_ends()
    {
        var chart = Figure.Bars(["a"], [2]).Add(Figure.Bars(["a"], [3])).Add(Figure.Bars(["a"], [-1])).Stacked().Chart;
        Assert.Equal([(0, 2), (2, 5), (0, -1)], chart.Series.Cast<Bars>().Select(bars => (bars.All[0].From, bars.All[0].To)));
    }

    [Fact]
    public void Grouped_bars_stand_side_by_side()
    {
        var chart = Figure.Bars(["a"], [2]).Add(Figure.Bars(["a"], [3])).Chart;
        Assert.Equal([(-0.375, 0), (0, 0.375)], chart.Series.Cast<Bars>().Select(bars => (bars.All[0].Left, bars.All[0].Right)));
    }

    [Fact]
    public void What_is_not_above_0_is_counted_below_a_log_axis() =>
        Assert.Contains("2 values are not above 0: a log axis has no place for them.", Figure.Line([1, 0, -4, 100]).Y(log: true).ToSvg(), StringComparison.Ordinal);

    [Fact]
    public void A_note_keeps_its_place_when_its_axis_becomes_logarithmic()
    {
        var before = Figure.Line([1, 10, 100]).Y(log: true).Note(1, 10, "ten");
        var after = Figure.Line([1, 10, 100]).Note(1, 10, "ten").Y(log: true);
        Assert.Equal(before.ToSvg(), after.ToSvg());
        Assert.Equal(1, JsonNode.Parse(after.ToPlotlyJson())!["layout"]!["annotations"]![0]!["y"]!.GetValue<double>());
    }

    [Fact]
    public void A_note_without_room_is_written_below() =>
        Assert.Contains(">At 2: note 29<", FigureExamples.Hard["many notes"]().ToSvg(), StringComparison.Ordinal);

    [Fact]
    public void What_is_not_painted_passes_through()
    {
        var json = JsonNode.Parse(FigureExamples.Hard["foreign"]().ToPlotlyJson())!;
        Assert.Equal("%{x}", json["data"]![0]!["hovertemplate"]!.GetValue<string>());
        Assert.Equal(2, json["data"]![0]!["customdata"]![1]![0]!.GetValue<double>());
        Assert.True(json["layout"]!["xaxis"]!["rangeslider"]!["visible"]!.GetValue<bool>());
        Assert.Equal("day", json["layout"]!["xaxis"]!["title"]!["text"]!.GetValue<string>());
    }

    [Fact]
    public void A_colour_that_is_no_colour_is_not_painted() =>
        Assert.DoesNotContain("javascript", FigureExamples.Hard["foreign"]().ToSvg(), StringComparison.Ordinal);

    [Fact]
    public void Texts_of_cells_are_plain_and_those_of_plotly_are_html()
    {
        Assert.Equal("a &lt;b&gt; &amp;amp; c", JsonNode.Parse(Figure.Line([1]).Title("a <b> &amp; c").ToPlotlyJson())!["layout"]!["title"]!["text"]!.GetValue<string>());
        Assert.Contains(">a &lt;b&gt; &amp;amp; c<", Figure.Line([1]).Title("a <b> &amp; c").ToSvg(), StringComparison.Ordinal);
        Assert.Contains(">one two &lt; three<", Figure.Parse("""{"data":[],"layout":{"title":{"text":"<b>one</b><br>two &lt; three"}}}""").ToSvg(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_word_makes_a_new_figure()
    {
        var figure = Figure.Line([1, 2]);
        var before = figure.ToPlotlyJson();
        _ = figure.Title("t").X("x", log: true).Y("y").Stepped().WithPoints().Filled().Note(1, 2, "n").Vertical(1, "v").Add(Figure.Bars([1], [2])).With("data.name", "a");
        Assert.Equal(before, figure.ToPlotlyJson());
        Assert.DoesNotContain(">t<", figure.ToSvg(), StringComparison.Ordinal);
    }

    [Fact]
    public void Anything_else_of_the_schema_can_be_set()
    {
        Assert.Equal(5, JsonNode.Parse(Figure.Line([1]).With("layout.xaxis.dtick", 5).ToPlotlyJson())!["layout"]!["xaxis"]!["dtick"]!.GetValue<double>());
        Assert.Contains("layout.xaxis.dtick", Assert.Throws<ModelException>(() => Figure.Line([1]).With("xaxis", 5)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Errors_name_the_remedy()
    {
        Says("data[0] has 2 values of x and 3 of y, and every point needs both.", () => Figure.Line([1, 2], [1, 2, 3]));
        Says("1 bars and 2 bases", () => Figure.Bars(["a"], [1], from: [1, 2]));
        Says("data[0].z[1] has 1 values, another row 2", () => Figure.Heatmap(new int[][] { [1, 2], [3] }, ["a", "b"], ["c", "d"]));
        Says("data[0].x has 1 values for 2 columns of z", () => Figure.Heatmap(new int[][] { [1, 2] }, ["a"], ["c"]));
        Says("data[0] is of type 'pie'; a Figure paints scatter, bar, heatmap and histogram.", () => Figure.Parse("""{"data":[{"type":"pie"}]}"""));
        Says("layout.xaxis.type is \"multicategory\", where plotly's schema has linear, log, category or date", () => Figure.Parse("""{"data":[{"y":[1]}],"layout":{"xaxis":{"type":"multicategory"}}}"""));
        Says("Figure.Stack(a, b)", () => Figure.Parse("""{"data":[{"y":[1]},{"y":[2],"yaxis":"y2"}],"layout":{"yaxis2":{"overlaying":"y"}}}"""));
        Says("This is no plotly JSON", () => Figure.Parse("{"));
        Says("This is no plotly JSON", () => Figure.Parse("""{"data":[{"name":"\ud800"}]}"""));
        Says("an object with an array 'data'", () => Figure.Parse("7"));
        Says("data[0].y[1] is {}", () => Figure.Parse("""{"data":[{"y":[1,{}]}]}"""));
        Says("write it as a list", () => Figure.Parse("""{"data":[{"y":{"dtype":"f8","bdata":"AAAA"}}]}"""));
        Says("no place on a log axis", () => Figure.Line([1, 2]).Y(log: true).Note(1, 0, "here"));
        Says("before Figure.Stack", () => Figure.Stack(Figure.Line([1]), Figure.Line([2])).Y("y"));

        static void Says(string words, Action action) => Assert.Contains(words, Assert.Throws<ModelException>(action).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_argument_that_is_null_is_named()
    {
        double[] y = [1, 2];
        Named("name", () => Figure.Line(y, (string)null!));
        Named("y", () => Figure.Line<double>(null!));
        Named("x", () => Figure.Line((string[])null!, y));
        Named("x", () => Figure.Line(["a", null!], y));
        Named("name", () => Figure.Points(y, y, null!));
        Named("labels", () => Figure.Bars((string[])null!, y));
        Named("values", () => Figure.Histogram<double>(null!));
        Named("rows", () => Figure.Heatmap([y, null!], ["a", "b"], ["c", "d"]));
        Named("rowNames", () => Figure.Heatmap([y], ["a", "b"], null!));
        Named("text", () => Figure.Line(y).Title(null!));
        Named("title", () => Figure.Line(y).X(null!));
        Named("unit", () => Figure.Line(y).Y(unit: null!));
        Named("text", () => Figure.Line(y).Note(1, 1, null!));
        Named("others", () => Figure.Line(y).Add(null!));
        Named("panels", () => Figure.Stack(Figure.Line(y), null!));
        Named("json", () => Figure.Parse(null!));

        static void Named(string argument, Action asks) => Assert.Equal(argument, Assert.Throws<ArgumentNullException>(asks).ParamName);
    }

    [Fact]
    public void Null_is_a_gap_as_NaN_is()
    {
        var expected = Figure.Line([1, 2, 3], [4, double.NaN, 6]).ToPlotlyJson();
        Assert.Equal(expected, Figure.Line([1, 2, 3], new int?[] { 4, null, 6 }).ToPlotlyJson());
        Assert.Equal(expected, Figure.Line(new decimal?[] { 1, 2, 3 }, new double?[] { 4, null, 6 }).ToPlotlyJson());
        Assert.Equal(expected, Figure.Line([1, 2, 3], new object?[] { 4, null, (System.Numerics.BigInteger)6 }).ToPlotlyJson());
        Assert.Equal(Figure.Bars(["a", "b"], [1, double.NaN]).ToPlotlyJson(), Figure.Bars(["a", "b"], new ulong?[] { 1, null }).ToPlotlyJson());
        Assert.Equal(Figure.Histogram([1, 2, 2]).ToPlotlyJson(), Figure.Histogram(new int?[] { 1, 2, 2 }).ToPlotlyJson());
        Assert.Equal(Figure.Heatmap([[1, double.NaN]], ["a", "b"], ["c"]).ToPlotlyJson(), Figure.Heatmap([new byte?[] { 1, null }], ["a", "b"], ["c"]).ToPlotlyJson());
    }

    [Fact]
    public void Dates_are_an_axis_of_dates_in_plotly_and_here()
    {
        DateTime noon = new(2021, 10, 5, 12, 0, 0);
        var figure = Figure.Points([noon, noon.AddHours(18), noon.AddDays(1)], [1, 2, 3]).Note(noon, 1, "begin").X("when", noon.AddHours(-12), noon.AddDays(2));
        Assert.Contains("""
            "x":["2021-10-05T12:00:00","2021-10-06T06:00:00","2021-10-06T12:00:00"]
            """.Trim(), figure.ToPlotlyJson(), StringComparison.Ordinal);
        Assert.Contains("\"xaxis\":{\"type\":\"date\"", figure.ToPlotlyJson(), StringComparison.Ordinal);
        Assert.Equal(["2021-10-05", "12:00", "2021-10-06", "12:00", "2021-10-07", "12:00"], figure.Chart.X.Ticks(6).Select(tick => tick.Text).Take(6));
        Assert.Contains("3 points from 1 at 2021-10-05 12:00 to 3 at 2021-10-06 12:00", figure.ToHtml(), StringComparison.Ordinal);
        Assert.Equal(figure.ToSvg(), Figure.Parse(figure.ToPlotlyJson()).ToSvg());
        Assert.Equal(figure.ToSvg(), Figure.Points(new DateTimeOffset?[] { new(noon, TimeSpan.Zero), new(noon.AddHours(20), TimeSpan.FromHours(2)), new(noon.AddDays(1), TimeSpan.Zero) }, [1, 2, 3])
            .Note(noon, 1, "begin").X("when", noon.AddHours(-12), noon.AddDays(2)).ToSvg());
    }

    [Fact]
    public void An_axis_of_dates_without_any_names_none()
    {
        Assert.Empty(Figure.Line(Array.Empty<DateTime>(), Array.Empty<double>()).Chart.X.Ticks(6));
        Assert.NotEmpty(Figure.Line(Array.Empty<DateTime>(), Array.Empty<double>()).X("when", new(2021, 10, 5), new(2021, 10, 9)).Chart.X.Ticks(6));
    }

    [Theory]
    [InlineData("2021-10-05T10:00:00", "2021-10-05T10:00:00.005", "2021-10-05 10:00|10:00:00.001")]
    [InlineData("2021-10-05T23:30:00", "2021-10-06T00:30:00", "23:30|23:40")]
    [InlineData("2021-10-01", "2021-12-20", "2021-10-11|2021-10-25")]
    [InlineData("2021-10-05", "2023-01-01", "2022-01|2022-04")]
    [InlineData("1990-05-01", "2023-01-01", "1995|2000")]
    [InlineData("0001-01-01", "9999-12-31", "2000|4000")]
    public void Dates_have_round_ticks(string from, string to, string labels)
    {
        var ticks = Dates.Ticks(Dates.Parse(from), Dates.Parse(to), 7);
        Assert.Equal(labels, string.Join('|', ticks.Take(2).Select(tick => tick.Text)));
        Assert.InRange(ticks.Count, 3, 8);
    }

    [Fact]
    public void What_is_neither_a_number_nor_a_date_is_told_with_its_remedy()
    {
        Says("TotalSeconds", () => Figure.Line([TimeSpan.FromDays(1)]));
        Says("yes ? 1 : 0", () => Figure.Line([1], [true]));
        Says("as strings all of them", () => Figure.Line(new object[] { 1, "a" }));
        Says("x holds a Int32, where a figure takes dates", () => Figure.Line(new object[] { DateTime.UnixEpoch, 1 }.Select(x => x), [1, 2]));
        Says("bars have lengths", () => Figure.Bars(["a"], [DateTime.UnixEpoch]));
        Says("no logarithms", () => Day().X(log: true));
        Says("Vertical(new DateTime(…), text)", () => Day().Vertical(3));
        Says("give both dates", () => Day().Add(Figure.Line([1], [2])));
        Says("give both dates", () => Figure.Stack(Day(), Figure.Line([1], [2])));
        Says("X(title, new DateTime(…), new DateTime(…))", () => Day().X(from: 3));
        Says("holds no dates", () => Figure.Line([1]).X("t", DateTime.UnixEpoch, DateTime.UnixEpoch));

        static Figure Day() => Figure.Line([DateTime.UnixEpoch], [1]);
        static void Says(string words, Action action) => Assert.Contains(words, Assert.Throws<ModelException>(action).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Infinite_values_are_counted_and_gaps_are_not()
    {
        var figure = Figure.Line([1, 2, 3, 4], [1, double.PositiveInfinity, double.NaN, double.NegativeInfinity], "a").Add(Figure.Bars([1, 2], [1, double.PositiveInfinity], "b")).Title("t");
        Assert.Equal(["2 values are infinite and are left out.", "1 value is infinite and is left out."], figure.Chart.Missing);
        Assert.Equal(figure.Chart.Missing, Figure.Parse(figure.ToPlotlyJson()).Chart.Missing);
        foreach (var seen in new[] { figure.ToText(), figure.ToHtml(), figure.ToSvg() })
            Assert.Contains("2 values are infinite and are left out.", seen, StringComparison.Ordinal);
        Assert.Equal(["1 value is infinite and is left out."], Figure.Heatmap(new[,] { { 1, double.PositiveInfinity } }, ["a", "b"], ["c"]).Chart.Missing);
        Assert.Empty(Figure.Histogram([1, 2, double.NaN]).Chart.Missing);
        Assert.Empty(Figure.Parse("""{"data":[{"y":[1],"meta":"infinite"},{"y":[1],"meta":{"infinite":"many"}}]}""").Chart.Missing);
    }

    [Fact]
    public void A_mark_made_before_stacking_stays_in_its_panel_and_one_made_after_crosses_all()
    {
        var (a, b) = (Figure.Line([1, 2, 3]), Figure.Line([3, 2, 1]));
        Assert.Equal([0, 1], Figure.Stack(a, b.Vertical(1, "here")).Chart.Panels.Select(panel => panel.Shapes.Count));
        Assert.Equal([0, 1], Figure.Stack(a, b.Vertical(1, "here")).Chart.Panels.Select(panel => panel.Notes.Count));
        Assert.Equal([1, 1], Figure.Stack(a, b).Vertical(1).Chart.Panels.Select(panel => panel.Shapes.Count));
        var panel = Figure.Stack(a, b.Vertical(1)).Chart.Panels[1];
        Assert.Equal((panel.Y.Low, panel.Y.High), (panel.Shapes[0].Y0, panel.Shapes[0].Y1));
    }

    [Fact]
    public void A_step_plot_and_a_matrix_are_figures_too()
    {
        Assert.Contains("2 panels over one x axis", Doorbell.Trace().Plot("word", "vcpu0.mood").ToFigure().ToHtml(), StringComparison.Ordinal);
        Assert.Contains("Hurried", Doorbell.Trace().Plot("vcpu0.mood").ToFigure().ToSvg(), StringComparison.Ordinal);
        Assert.Contains("9 rows and 4 columns", Examples.Matrix(9, 4).ToFigure().ToHtml(), StringComparison.Ordinal);
    }
}
