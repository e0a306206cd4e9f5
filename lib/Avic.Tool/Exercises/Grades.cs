using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Avic.Tool;

/// <summary>What one graded cell brought.</summary>
/// <param name="Points">Null where somebody has to read it.</param>
/// <param name="Why">Why it is not all, on one line; or a word about how the points came about.</param>
internal sealed record CellGrade(string GradeId, double? Points, double Of, string? Why)
{
    public bool IsPassed => Points >= Of;
}

/// <summary>What one notebook brought.</summary>
/// <param name="Words">What was amiss with the copy.</param>
internal sealed record NotebookGrade(string Path, IReadOnlyList<CellGrade> Cells, IReadOnlyList<string> Words, TimeSpan Time)
{
    public double Points => Cells.Sum(c => c.Points ?? 0);

    public double Of => Cells.Where(c => c.Points is not null).Sum(c => c.Of);

    public double ByHand => Cells.Where(c => c.Points is null).Sum(c => c.Of);
}

/// <summary>Grades as people and as build servers read them.</summary>
internal static class GradeReport
{
    public static void Write(TextWriter to, NotebookGrade grade)
    {
        to.WriteLine($"{grade.Path}  {Sum(grade.Points, grade.Of, grade.ByHand)}");
        foreach (var cell in grade.Cells)
            to.WriteLine(cell.Points is { } points
                ? $"  {cell.GradeId}  {Number(points)} of {Number(cell.Of)}{(cell.Why is { } why ? $"  {why}" : "")}"
                : $"  {cell.GradeId}  to be graded by hand, up to {Number(cell.Of)}{(cell.Why is { } word ? $"  {word}" : "")}");
        foreach (var word in grade.Words)
            to.WriteLine($"  note: {word}");
    }

    public static string Sum(double points, double of, double byHand) =>
        $"{Number(points)} of {Number(of)} points{(byHand > 0 ? $", up to {Number(byHand)} more by hand" : "")}";

    /// <summary>JUnit's XML: a suite a notebook, a test a graded cell; what is graded by hand is skipped, what could not be graded an error.</summary>
    public static XDocument JUnit(IReadOnlyList<NotebookGrade> grades, IReadOnlyList<(string Path, string Why)> ungraded) => new(
        new XElement("testsuites",
            grades.Select(grade => new XElement("testsuite",
                new XAttribute("name", Clean(grade.Path)), new XAttribute("tests", grade.Cells.Count),
                new XAttribute("failures", grade.Cells.Count(c => c is { Points: not null, IsPassed: false })), new XAttribute("errors", 0),
                new XAttribute("skipped", grade.Cells.Count(c => c.Points is null)), new XAttribute("time", Number(Math.Round(grade.Time.TotalSeconds, 3))),
                new XElement("properties", Property("points", Number(grade.Points)), Property("of", Number(grade.Of)), Property("by-hand", Number(grade.ByHand)),
                    grade.Words.Select(word => Property("note", Clean(word)))),
                grade.Cells.Select(cell => new XElement("testcase", new XAttribute("classname", Clean(grade.Path)), new XAttribute("name", cell.GradeId),
                    cell.Points is not { } points ? new XElement("skipped", new XAttribute("message", $"to be graded by hand, up to {Number(cell.Of)}"))
                    : cell.IsPassed ? null
                    : new XElement("failure", new XAttribute("message", Clean($"{Number(points)} of {Number(cell.Of)} points{(cell.Why is { } why ? $": {why}" : "")}"))))))),
            ungraded.Select(one => new XElement("testsuite",
                new XAttribute("name", Clean(one.Path)), new XAttribute("tests", 1), new XAttribute("failures", 0), new XAttribute("errors", 1), new XAttribute("skipped", 0),
                new XElement("testcase", new XAttribute("classname", Clean(one.Path)), new XAttribute("name", "grading"),
                    new XElement("error", new XAttribute("message", Clean(one.Why))))))));

    /// <summary>One line without what could pass for other lines or move a terminal's cursor.</summary>
    public static string Line(string text)
    {
        const int most = 300;
        var line = string.Concat(text.ReplaceLineEndings(" ").Select(c => char.IsControl(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format ? ' ' : c)).Trim();
        return line.Length <= most ? line : line[..most] + " …";
    }

    private static XElement Property(string name, string value) => new("property", new XAttribute("name", name), new XAttribute("value", value));

    // XML has no way to write most control characters, nor half a surrogate pair.
    private static string Clean(string text) => string.Concat(text.EnumerateRunes().Select(r => r.Value > 0xffff || XmlConvert.IsXmlChar((char)r.Value) ? r.ToString() : "\ufffd"));

    private static string Number(double value) => Math.Round(value, 6).ToString(CultureInfo.InvariantCulture);
}
