using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Avic.Notebook;

namespace Avic.Tool.Tests;

public class EveryPicture
{
    [Theory]
    [MemberData(nameof(Examples.Names), MemberType = typeof(Examples))]
    public void Is_well_formed_xml_that_reaches_for_nothing(string name)
    {
        var svg = Examples.All[name]().ToSvg();
        var root = XDocument.Parse(svg).Root!;
        Assert.Equal("svg", root.Name.LocalName);
        string[] known = ["svg", "title", "style", "defs", "pattern", "marker", "rect", "path", "circle", "text"];
        Assert.Empty(root.DescendantsAndSelf().Select(element => element.Name.LocalName).Distinct().Except(known));
        Assert.DoesNotContain(root.DescendantsAndSelf().Attributes(), attribute => attribute.Name.LocalName is "href" or "onload");
    }

    [Theory]
    [MemberData(nameof(Examples.Names), MemberType = typeof(Examples))]
    public void Has_finite_coordinates_of_one_decimal(string name)
    {
        var shapes = XDocument.Parse(Examples.All[name]().ToSvg()).Descendants().Where(element => element.Name.LocalName is "rect" or "path" or "circle" or "text")
            .SelectMany(element => element.Attributes()).Where(attribute => attribute.Name.LocalName is "x" or "y" or "width" or "height" or "cx" or "cy" or "r" or "d" or "transform");
        foreach (var shape in shapes)
        {
            Assert.DoesNotContain("NaN", shape.Value, StringComparison.Ordinal);
            Assert.DoesNotContain("∞", shape.Value, StringComparison.Ordinal);
            Assert.DoesNotMatch(@"\.\d\d", shape.Value);
        }
    }

    [Theory]
    [MemberData(nameof(Examples.Names), MemberType = typeof(Examples))]
    public void Keeps_its_texts_apart_and_inside(string name) => KeepsApart(Examples.All[name]());

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(80)]
    public void Keeps_its_texts_apart_whatever_the_run(int seed) => KeepsApart(Examples.Seed(seed).Lanes());

    internal static void KeepsApart(Picture picture)
    {
        var drawing = picture.Drawing;
        foreach (var box in drawing.Boxes)
        {
            Assert.True(box.Left >= 0 && box.Top >= 0 && box.Right <= drawing.Width + 0.5 && box.Bottom <= drawing.Height + 0.5, $"{box} leaves {drawing.Width} x {drawing.Height}");
        }
        var sorted = drawing.Boxes.OrderBy(box => box.Top).ToList();
        for (var i = 0; i < sorted.Count; i++)
            for (var j = i + 1; j < sorted.Count && sorted[j].Top < sorted[i].Bottom; j++)
                Assert.False(sorted[i].Overlaps(sorted[j]), $"{sorted[i]} and {sorted[j]}");
    }

    [Theory]
    [InlineData("fr-FR")]
    [InlineData("de-DE")]
    [InlineData("tr-TR")]
    public void Has_the_same_bytes_in_every_culture(string culture)
    {
        foreach (var (_, make) in Examples.All)
        {
            var (here, there) = (All(make()), In(culture, () => All(make())));
            Assert.Equal(here, there);
        }

        static string All(Picture picture) => picture.ToSvg() + picture.ToHtml() + picture.ToText();
    }

    [Theory]
    [MemberData(nameof(Examples.Names), MemberType = typeof(Examples))]
    public void Is_images_that_carry_themselves_and_say_what_they_show(string name)
    {
        var picture = Examples.All[name]();
        var images = Images(picture);
        if (picture.Drawing.Cuts.Count == 0) Assert.Equal([picture.ToSvg()], images);
        else Assert.Equal(XDocument.Parse(picture.ToSvg()).Descendants().Where(IsText).Select(text => text.Value).ToHashSet(), images.SelectMany(image => XDocument.Parse(image).Descendants().Where(IsText)).Select(text => text.Value).ToHashSet());

        static bool IsText(XElement element) => element.Name.LocalName == "text";
    }

    /// <summary>The documents within the images of its HTML.</summary>
    internal static List<string> Images(Picture picture)
    {
        var images = Regex.Matches(picture.ToHtml(), "<img src=\"data:image/svg\\+xml;base64,([A-Za-z0-9+/=]+)\" alt=\"[^\"<>]+\" style=\"[^\"<>]+\">");
        Assert.Equal(picture.ToHtml().Split("<img ").Length - 1, images.Count);
        return [.. images.Select(image => Encoding.UTF8.GetString(Convert.FromBase64String(image.Groups[1].Value)))];
    }

    [Theory]
    [InlineData("lanes with a kick", "lanes.svg")]
    [InlineData("lanes of an IPI", "lanes-ipi.svg")]
    [InlineData("lanes of a migration", "lanes-migration.svg")]
    [InlineData("plot of a number", "plot.svg")]
    [InlineData("matrix", "matrix.svg")]
    [InlineData("graph", "graph.svg")]
    [InlineData("matrix in parts", "matrix-parts.svg")]
    [InlineData("lanes in parts", "lanes-parts.svg")]
    [InlineData("bits of VMCB interrupt control", "bits-interrupt-control.svg")]
    [InlineData("bits of a physical ID table entry", "bits-physical-id.svg")]
    [InlineData("bits of a logical ID table entry", "bits-logical-id.svg")]
    [InlineData("bits of an IRTE", "bits-irte.svg")]
    [InlineData("bits of an ICR", "bits-icr.svg")]
    [InlineData("vectors of three registers", "vectors.svg")]
    [InlineData("vectors of one register", "vectors-one.svg")]
    [InlineData("vectors over time", "vectors-over-time.svg")]
    public void Looks_as_it_did_when_somebody_looked(string name, string file) => Golden.Equal(file, Examples.All[name]().ToSvg());

    internal static T In<T>(string culture, Func<T> get)
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo(culture);
        try { return get(); }
        finally { CultureInfo.CurrentCulture = before; }
    }
}

/// <summary>Files that somebody has looked at. A picture that differs is written beside the test for a look and a copy.</summary>
internal static class Golden
{
    public static void Equal(string file, string received)
    {
        var house = new DirectoryInfo(AppContext.BaseDirectory);
        while (house is not null && !File.Exists(Path.Combine(house.FullName, "Avic.slnx"))) house = house.Parent;
        Assert.NotNull(house);
        var golden = Path.Combine(house.FullName, "lib", "Avic.Tool.Tests", "Pictures", "Golden", file);
        if (File.Exists(golden) && File.ReadAllText(golden) == received) return;
        var seen = Path.Combine(AppContext.BaseDirectory, file);
        File.WriteAllText(seen, received);
        Assert.Fail($"{file} looks different. Look at {seen}; if it is right, copy it over {golden}.");
    }
}
