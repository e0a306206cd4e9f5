using Avic.Notebook;

namespace Avic.Tool.Tests;

/// <summary>A figure of every kind, and those that are hard to paint.</summary>
internal static class FigureExamples
{
    private static readonly int[] Toggles = [1, 2, 3, 4, 5, 6];
    private static readonly string[] Kernels = ["V5_14", "V5_15", "V5_15.VcpuStatus", "V5_15.WordBeforeKick"];
    private static readonly string[] Parts = ["kvm_set_apicv_inhibit", "kvm_make_all_cpus_request", "kvm_zap_gfn_range", "svm_vcpu_run"];

    /// <summary>Every kind of figure; a golden file for each.</summary>
    public static readonly IReadOnlyDictionary<string, Func<Figure>> Kinds = new Dictionary<string, Func<Figure>>
    {
        ["lines"] = () => Figure.Line(Toggles, [9.1, 30, 52, 77, 99, 130], "no reduction").Add(Figure.Line(Toggles, [7, 21, 33, 46, 55, 69], "fused")).Add(Figure.Line(Toggles, [3, 8, double.NaN, 21, 30, 33], "fused, symmetric"))
            .Title("How the race grows with its toggles").X("toggles").Y("states in thousands").Note(4, 77, "more than an hour before"),
        ["lines-log"] = () => Figure.Line(Toggles, [22_489, 146_380, 571_426, 2_019_841, 41_485_085, 287_471_301], "no reduction").WithPoints()
            .Add(Figure.Line(Toggles, [16_334, 111_197, 409_383, 1_144_965, 27_666_449, 189_613_610], "fused").WithPoints())
            .Title("States of the race").X("vCPUs and toggles").Y("states", log: true).Horizontal(10_000_000, "budget").Vertical(4.5, "three vCPUs"),
        ["points"] = () => Figure.Points(Wave(80).Select(p => p.X), Wave(80).Select(p => p.Y), "measured").Add(Figure.Points(Wave(40).Select(p => p.X), Wave(40).Select(p => p.Y * 0.6 + 1), "modelled"))
            .Title("Two clouds").X("depth").Y("time", unit: "s", log: true).Shade(20, 35, "warm"),
        ["dates"] = () => Figure.Line(Enumerable.Range(0, 14).Select(i => new DateOnly(2021, 10, 5).AddDays(3 * i)), [2, 5, 9, 4, (int?)null, null, 1, 3, 8, 6, 2, 2, 1, 0], "mails").WithPoints()
            .Title("The thread").X("day").Y("mails").Vertical(new DateTime(2021, 10, 26), "a proposal"),
        ["steps"] = () => Figure.Line([0, 3, 5, 9, 12, 17], [0, 1, 0, 3, 2, 2]).Stepped().Filled().Title("apicv_inhibit_reasons").X("rows taken").Y("word"),
        ["bars"] = () => Figure.Bars(Parts, [18.5, 42, 31.25, 12]).Title("Rows of each routine that fire").Y("rows"),
        ["bars-grouped"] = () => Figure.Bars(Kernels, [0.9, 1.1, 1.7, 0.7], "1 thread").Add(Figure.Bars(Kernels, [0.6, 0.7, 1.0, 0.5], "2 threads")).Add(Figure.Bars(Kernels, [0.55, 0.5, 0.8, 0.4], "4 threads"))
            .Title("Time to a verdict").Y("time", unit: "s"),
        ["bars-stacked"] = () => Figure.Bars(Kernels, [400e-9, 420e-9, 300e-9, 510e-9], "kick").Add(Figure.Bars(Kernels, [150e-9, 130e-9, 310e-9, 90e-9], "wait")).Add(Figure.Bars(Kernels, [20e-9, 25e-9, 22e-9, 28e-9], "unlock"))
            .Stacked().Sideways().Title("Latency of an inhibit, by part").X("latency", unit: "s"),
        ["bars-from"] = () => Figure.Bars(["fault", "kick", "walk"], [3.0, 5, 2], from: [1, 2.5, 7]).Sideways().Title("When each ran").X("rows"),
        ["histogram"] = () => Figure.Histogram(Wave(400).Select(p => p.Y), bins: 20).Title("How long the witnesses are").X("rows").Y("runs"),
        ["heatmap"] = () => Figure.Heatmap(Enumerable.Range(0, 6).Select(r => Enumerable.Range(0, 5).Select(c => (r + c) % 7 == 3 ? double.NaN : 10.0 * r + (c * c))), ["never lost", "no deadlock", "no double ack", "served", "released"],
            Enumerable.Range(0, 6).Select(r => $"kvm_zap_gfn_range.row{r}")).Title("Rows of the shortest witness"),
        ["panels"] = () => Figure.Stack(
                Figure.Line([0, 4, 9, 14, 20], [0, 1, 1, 3, 0], "word").Stepped().Filled().Y("apicv_inhibit_reasons"),
                Figure.Line([0, 6, 12, 20], [1, 0, 1, 1], "vcpu0").Stepped().Add(Figure.Line([0, 8, 13, 20], [1, 0, 1, 1], "vcpu1").Stepped()).Y("apicv_active"),
                Figure.Bars([2, 7, 11, 16], [1, 3, 2, 4], "exits").Y("exits"))
            .Title("One race, three views").X("rows taken").Vertical(17, "***boom***"),
    };

    /// <summary>Figures that are hard to paint.</summary>
    public static readonly IReadOnlyDictionary<string, Func<Figure>> Hard = new Dictionary<string, Func<Figure>>
    {
        ["nothing"] = () => Figure.Line(Array.Empty<double>()),
        ["no traces"] = () => Figure.Parse("""{"data":[],"layout":{}}"""),
        ["no bars"] = () => Figure.Bars(Array.Empty<string>(), Array.Empty<int>()).Sideways(),
        ["no matrix"] = () => Figure.Heatmap(Array.Empty<double[]>(), [], []),
        ["an empty histogram"] = () => Figure.Histogram(Array.Empty<int>()),
        ["gaps alone"] = () => Figure.Line([double.NaN, double.PositiveInfinity, double.NegativeInfinity]),
        ["one point"] = () => Figure.Line([3], [4]).Y(log: true),
        ["one bar of nothing"] = () => Figure.Bars(["a"], [0]),
        ["all equal"] = () => Figure.Line([5.0, 5, 5]).Add(Figure.Line([5.0, 5, 5])),
        ["all equal, matrix"] = () => Figure.Heatmap(new[] { new[] { 1, 1 }, [1, 1] }, ["a", "b"], ["c", "d"]),
        ["below 0 on a log axis"] = () => Figure.Line([1.0, -1, 0, 100]).Add(Figure.Bars([1, 2], [-3, 4])).Y(log: true),
        ["the largest numbers"] = () => Figure.Line([-1e300, 1e300], [-double.MaxValue, double.MaxValue]).Add(Figure.Bars([0.0, 1e300], [1e308, -1e308])),
        ["the smallest numbers"] = () => Figure.Line([double.Epsilon, 0], [1e-310, 5e-324]),
        ["six hundred decades"] = () => Figure.Line([1e-300, 1, 1e300], [1e300, 1, 1e-300]).X(log: true).Y(log: true),
        ["a hair apart"] = () => Figure.Line([1e15, 1e15 + 0.25], [1e15, 1e15 + 1]),
        ["hostile"] = () => Figure.Bars([Examples.Hostile, "\ud800\u0000\u202e", "]]>", Examples.Long], [1, 2, 3, 4], Examples.Hostile).Add(Figure.Bars(["]]>"], [3], Examples.Long)).Title(Examples.Hostile).X(Examples.Hostile, unit: "<b>").Y(Examples.Long).Note("]]>", 3, Examples.Hostile),
        ["endless"] = () => Figure.Line([1, 2], [1, 2], Examples.Long).Add(Figure.Line([1, 2], [2, 1], new string('W', 10_000))).Title(new string('W', 10_000)).X(Examples.Long).Y(new string('i', 10_000)).Note(1, 2, Examples.Long).Vertical(1.5, Examples.Long),
        ["endless names"] = () => Figure.Heatmap(new double[,] { { 1, 2 }, { 3, 4 } }, [Examples.Long, "b"], [Examples.Long, "d"]),
        ["a hundred names"] = () => Figure.Bars(Enumerable.Range(0, 100).Select(i => $"routine_{i}.label"), Enumerable.Range(0, 100)),
        ["a hundred numbers for names"] = () => Figure.Bars(Enumerable.Range(0, 100).Select(i => $"{i}"), Enumerable.Range(0, 100)),
        ["five thousand names"] = () => Figure.Bars(Enumerable.Range(0, 5000).Select(i => $"name {i}"), Enumerable.Range(0, 5000)).Sideways(),
        ["thirty series"] = () => Enumerable.Range(0, 30).Select(i => Figure.Line([1, 2, 3], [i, i + 1, i * 0.5], $"series number {i}")).Aggregate((a, b) => a.Add(b)),
        ["many notes"] = () => Enumerable.Range(0, 30).Aggregate(Figure.Line([1, 2, 3], [1, 2, 3]), (figure, i) => figure.Note(2, 2, $"note {i}")),
        ["a hundred thousand points"] = () => Figure.Line(Wave(100_000).Select(p => p.X), Wave(100_000).Select(p => p.Y)).Title("Thinned to the pixel"),
        ["a cloud of a hundred thousand"] = () => Figure.Points(Wave(100_000).Select(p => p.X), Wave(100_000).Select(p => p.Y)),
        ["a matrix of three hundred by three hundred"] = () => Figure.Heatmap(Enumerable.Range(0, 300).Select(r => Enumerable.Range(0, 300).Select(c => Math.Sin(r / 50.0) * Math.Cos(c / 70.0))), Enumerable.Range(0, 300).Select(c => $"c{c}"), Enumerable.Range(0, 300).Select(r => $"r{r}")),
        ["forty by twelve"] = () => Matrix(40, 12),
        ["narrow"] = () => Kinds["lines-log"]().Narrow(),
        ["narrow bars"] = () => Kinds["bars-grouped"]().Narrow(),
        ["narrow panels"] = () => Kinds["panels"]().Narrow(),
        ["wide"] = () => Kinds["lines"]().Size(900, 300),
        ["flat"] = () => Kinds["panels"]().Size(300, 120),
        ["outside its range"] = () => Figure.Line([1, 2, 3, 4], [1, 100, -50, 2]).WithPoints().Y(from: 0, to: 10).X(from: 1.5),
        ["a step plot"] = () => Examples.Race.Plot("apicv_inhibit_reasons", "vcpu1.apicv_active", "vcpu0.mode").ToFigure(),
        ["a matrix of kinds"] = () => Examples.Matrix(9, 4).ToFigure(),
        ["upside down"] = () => Figure.Parse("""{"data":[{"y":[1,5,2]}],"layout":{"yaxis":{"range":[5,0]},"xaxis":{"autorange":"reversed","tickvals":[0,1,2],"ticktext":["nought","one","<b>two</b>"]}}}"""),
        ["foreign"] = () => Figure.Parse("""
            {"data":[{"type":"scatter","x":["2021-10-01","2021-10-02"],"y":["1","2"],"mode":"lines+markers","hovertemplate":"%{x}","line":{"color":"javascript:alert(1)"},"customdata":[[1],[2]]},
            {"type":"bar","x":["2021-10-01"],"y":[3],"marker":{"color":["red"]},"text":["three"]}],"layout":{"title":"old<br>style","xaxis":{"title":"day","rangeslider":{"visible":true}},"hovermode":"x","barmode":"overlay"},"frames":[]}
            """),
    };

    public static readonly IReadOnlyDictionary<string, Func<Figure>> All = Kinds.Concat(Hard).ToDictionary();

    public static TheoryData<string> Names => [.. All.Keys];

    public static TheoryData<string> NamesOfKinds => [.. Kinds.Keys];

    public static Figure Matrix(int rows, int columns) => Figure.Heatmap(
        Enumerable.Range(0, rows).Select(r => Enumerable.Range(0, columns).Select(c => (r * 7 + c * 3) % 53)),
        Enumerable.Range(0, columns).Select(c => $"property-{c}"), Enumerable.Range(0, rows).Select(r => $"routine_{r / 5}.label{r}")).Title("What breaks");

    // The same numbers on every machine: integers, divided.
    private static IEnumerable<(double X, double Y)> Wave(int count)
    {
        var state = 12345L;
        for (var i = 0; i < count; i++)
        {
            state = (state * 1103515245 + 12345) & 0x7fffffff;
            yield return (i * 50.0 / count, 2 + state % 1000 / 250.0 + (i * 50 / count % 10) / 4.0);
        }
    }
}
