using System.Globalization;
using System.Text.RegularExpressions;
using Avic.Notebook;

namespace Avic.Tool.Tests;

/// <summary>Pictures taller than a page are several images.</summary>
public class TallPictures
{
    [Theory]
    [MemberData(nameof(Examples.Names), MemberType = typeof(Examples))]
    public void Are_cut_between_their_texts(string name) => IsCutBetweenTexts(Examples.All[name]());

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(80)]
    public void Are_cut_between_their_texts_whatever_the_run(int seed) => IsCutBetweenTexts(Examples.Seed(seed).Lanes());

    /// <summary>A4 and Letter hold some 900 pixels between usual margins; a tenth more is shrunk and can still be read.</summary>
    [Theory]
    [InlineData("lanes of a long run")]
    [InlineData("lanes of a run too long to draw")]
    [InlineData("lanes of the race, every row")]
    [InlineData("matrix, tall")]
    public void Have_no_part_that_is_longer_than_a_page(string name) =>
        Assert.All(EveryPicture.Images(Examples.All[name]()), part => Assert.InRange(double.Parse(Regex.Match(part, " height=\"([0-9.]+)\"").Groups[1].Value, CultureInfo.InvariantCulture), 100, 1000));

    [Fact]
    public void Name_their_lanes_in_every_part()
    {
        var parts = EveryPicture.Images(Examples.Race.Lanes());
        Assert.InRange(parts.Count, 2, 4);
        Assert.All(parts, part => Assert.Contains(">vcpu1 host<", part, StringComparison.Ordinal));
        Assert.All(parts.Skip(1), part => Assert.Matches("… from row [0-9]+ on", part));
        Assert.Contains("***boom***", parts[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Are_little_longer_in_parts_than_in_one()
    {
        var picture = Examples.Seed(7).Lanes(all: true);
        Assert.InRange(EveryPicture.Images(picture).Sum(part => part.Length), 1, picture.ToSvg().Length * 2);
    }

    private static void IsCutBetweenTexts(Picture picture)
    {
        var drawing = picture.Drawing;
        foreach (var cut in drawing.Cuts)
            Assert.All(drawing.Boxes, box => Assert.True(box.Bottom <= cut || box.Top >= cut, $"{box} is cut at {cut}"));
    }
}
