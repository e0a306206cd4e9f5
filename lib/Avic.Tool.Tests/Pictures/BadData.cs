using Avic.Model;
using Avic.Notebook;

namespace Avic.Tool.Tests;

/// <summary>What pictures say to data that nobody meant to give them: a picture, or an error that names what is wrong.</summary>
public class BadData
{
    private static readonly Trace Run = Doorbell.Trace();

    public static TheoryData<string> Nulls => [.. Nothing.Keys];

    private static readonly Dictionary<string, Action> Nothing = new()
    {
        ["matrix title"] = () => new Heatmap(null!, ["a"], ["b"], (_, _) => default),
        ["matrix rows"] = () => new Heatmap("", null!, ["b"], (_, _) => default),
        ["matrix columns"] = () => new Heatmap("", ["a"], null!, (_, _) => default),
        ["matrix cells"] = () => new Heatmap("", ["a"], ["b"], null!),
        ["vectors"] = () => VectorMap.Of("IRR", (IEnumerable<int>)null!),
        ["register"] = () => VectorMap.Of(null!, 0x31),
        ["title of vectors"] = () => VectorMap.Of("IRR", 0x31).Title(null!),
        ["steps"] = () => VectorMap.OverTime(null!),
        ["a step"] = () => VectorMap.OverTime([null!]),
        ["caption"] = () => BitField.Icr(1, 0).Caption(null!),
        ["fields of a plot"] = () => Run.Plot(null!),
        ["fields of a table"] = () => Run.Table(null!),
        ["other fields of a table"] = () => Run.Table().Fields(null!),
        ["actors of a table"] = () => Run.Table().Actors(null!),
        ["exploration"] = () => ((Exploration)null!).Levels(),
        ["sampling"] = () => ((Sampling)null!).Hits(),
        ["series"] = () => Figure.Line([1], [1]).Add((Figure)null!),
        ["all series"] = () => Figure.Line([1], [1]).Add((IEnumerable<Figure>)null!),
    };

    [Theory]
    [MemberData(nameof(Nulls))]
    public void Null_is_an_error_that_names_the_argument(string what) => Assert.NotEqual("", Assert.Throws<ArgumentNullException>(Nothing[what]).ParamName);

    [Fact]
    public void A_row_without_a_name_is_an_error() =>
        Assert.Contains("has no name", Assert.Throws<ModelException>(() => new Heatmap("", [null!], ["b"], (_, _) => default)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_cell_without_a_text_has_its_kind() => Assert.Equal(new Heatmap("", ["a"], ["b"], (_, _) => new("", CellKind.Broken)).ToSvg(), new Heatmap("", ["a"], ["b"], (_, _) => new(null!, CellKind.Broken)).ToSvg());

    [Fact]
    public void The_largest_number_on_a_log_axis_is_not_infinite() =>
        Assert.DoesNotContain("nfini", Figure.Line([0, 1], [double.MaxValue, 1]).Y("y", log: true).ToSvg(), StringComparison.Ordinal);

    [Fact]
    public void A_thousand_series_are_one_figure()
    {
        var figure = Figure.Line([1, 2], [0, 1], "series 0").Add(Enumerable.Range(1, 999).Select(i => Figure.Line([1, 2], [i, 2.0 * i], $"series {i}")));
        Assert.Contains("… and 976 more", figure.ToSvg(), StringComparison.Ordinal);
        EveryPicture.KeepsApart(figure);
    }
}
