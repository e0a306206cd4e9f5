using System.Globalization;
using System.Text.RegularExpressions;
using Avic.Model;
using Markdig.Extensions.Tables;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Avic.Tool.Tests;

/// <summary>The course as a whole: its tables, its words, its sources, and where its links lead.</summary>
public sealed partial class CourseFacts
{
    private static readonly string Notebooks = Path.Combine(Document.House, "notebooks");

    public static TheoryData<string> Texts =>
        [.. Directory.GetFiles(Document.House, "*.md").Concat(Directory.GetFiles(Notebooks, "*.md", SearchOption.AllDirectories)).Concat(Directory.GetFiles(Path.Combine(Document.House, "lib"), "README.md", SearchOption.AllDirectories))
            .Concat(Directory.GetFiles(Notebooks, "*.ipynb", SearchOption.AllDirectories)).Select(file => Path.GetRelativePath(Document.House, file)).Where(file => !file.Contains("/bin/", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Texts))]
    public void Every_link_of_a_text_leads_to_what_is_there(string name)
    {
        var file = Path.Combine(Document.House, name);
        foreach (var link in Markdown(file).SelectMany(Document.Links))
            if (link.Contains(':'))
                Assert.True(Uri.TryCreate(link, UriKind.Absolute, out var web) && web.Scheme == "https" && web.Host.Contains('.'), $"{name}: {link}");
            else
            {
                var parts = link.Split('#');
                var to = parts[0].Length == 0 ? file : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, Uri.UnescapeDataString(parts[0])));
                Assert.True(Path.Exists(to), $"{name}: {link}");
                if (parts is [_, var place])
                    Assert.Contains(Headings.Id(place), Markdown(to).SelectMany(HeadingsOf).Select(Headings.Id));
            }
    }

    /// <summary>So that every code block is typed or run by the facts of its document.</summary>
    [Theory]
    [InlineData("README.md")]
    [InlineData("notebooks/HOSTS.md")]
    [InlineData("notebooks/exercises/TEACHING.md")]
    [InlineData("notebooks/README.md")]
    [InlineData("notebooks/glossary.md")]
    [InlineData("notebooks/sources.md")]
    public void Code_blocks_say_what_they_are(string name)
    {
        var document = Document.Of(name);
        string[] known = name is "README.md" ? ["csharp", "sh", "text"] : name.Contains("HOSTS", StringComparison.Ordinal) || name.Contains("TEACHING", StringComparison.Ordinal) ? ["csharp", "sh"] : [];
        Assert.All(document.Blocks, block => Assert.Contains(block.Language, known));
        Assert.Equal(document.Text.Split('\n').Count(line => line.StartsWith("```", StringComparison.Ordinal)), 2 * document.Blocks.Count);
    }

    [Fact]
    public void The_path_lists_the_notebooks_there_are_and_what_reading_them_takes()
    {
        var rows = Rows(0);
        Assert.Equal(Directory.GetFiles(Notebooks, "*.ipynb").Select(Path.GetFileName).Order(StringComparer.Ordinal), rows.Select(row => row.Address));
        string[] before = ["nothing"];
        foreach (var row in rows)
        {
            var number = row.Address[..2];
            Assert.StartsWith($"{number} ", row.Texts[0]);
            Assert.NotEmpty(row.Texts[1]);
            Assert.True(row.Texts[2] == Minutes(Path.Combine(Notebooks, row.Address)), $"notebooks/README.md: {row.Texts[0]} takes {Minutes(Path.Combine(Notebooks, row.Address))} minutes");
            // What a notebook needs comes before it, or is no notebook.
            Assert.All(row.Texts[3].Split(", ").Where(need => need == "nothing" || char.IsAsciiDigit(need[0])), need => Assert.Contains(need, before));
            before = [.. before, number];
        }
    }

    [Fact]
    public void The_exercises_there_are_are_listed_with_their_points()
    {
        var rows = Rows(1);
        Assert.Equal(Directory.GetFiles(Path.Combine(Notebooks, "exercises"), "*.ipynb").Select(file => $"exercises/{Path.GetFileName(file)}").Order(StringComparer.Ordinal), rows.Select(row => row.Address).Order(StringComparer.Ordinal));
        var path = Rows(0).Select(row => row.Address[..2]);
        foreach (var row in rows)
        {
            var marks = ExerciseNotebook.Read(Path.Combine(Notebooks, row.Address)).Cells.Select(cell => cell.Marks).OfType<ExerciseMarks>();
            Assert.Equal(marks.Sum(mark => mark.Points).ToString(CultureInfo.InvariantCulture), row.Texts[3]);
            Assert.Contains(row.Texts[4], path);
        }
    }

    [Fact]
    public void The_glossary_is_in_order_and_has_each_word_once()
    {
        string[] terms = [.. HeadingsOf(Document.Of("notebooks/glossary.md").Text).Skip(1)];
        string[] keys = [.. terms.Select(term => Regex.Replace(term, "^the ", ""))];
        Assert.Equal(keys.Order(StringComparer.OrdinalIgnoreCase), keys);
        string[] names = [.. terms.SelectMany(term => term.Split(", "))];
        Assert.Equal(names.Distinct(StringComparer.OrdinalIgnoreCase), names);
    }

    /// <summary>Commits, messages, vulnerabilities and sections of the manual, wherever a notebook or what its cells showed names one.</summary>
    [Fact]
    public void What_notebooks_cite_is_among_the_sources()
    {
        var sources = Document.Of("notebooks/sources.md").Text;
        var cited = (from file in Directory.GetFiles(Notebooks, "*.ipynb")
                     from cell in SavedNotebook.Read(file, File.ReadAllBytes(file)).Cells
                     from text in cell.Outputs.Select(output => output is SavedData data ? data.Data.GetValueOrDefault("text/plain", "") : "").Prepend(cell.Kind == "markdown" ? cell.Source : "")
                     from Match match in Cited().Matches(text)
                     select match.Value.TrimEnd('.')).Concat(Museum.Exhibits.SelectMany(exhibit => exhibit.Commits.Split(", "))).Distinct().ToList();
        Assert.True(cited.Count > 25, string.Join(' ', cited));
        Assert.DoesNotContain(cited, source => !sources.Contains(source, StringComparison.Ordinal));
    }

    private static string Minutes(string notebook)
    {
        var cells = SavedNotebook.Read(notebook, File.ReadAllBytes(notebook)).Cells;
        var words = cells.Where(cell => cell.Kind == "markdown").Sum(cell => cell.Source.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length);
        return (5 * (int)Math.Ceiling((words / 200.0 + cells.Count(cell => cell.Kind == "code")) / 5)).ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>The rows of the course's first or second table.</summary>
    private static (string Address, string[] Texts)[] Rows(int table) =>
        [.. Prose.Parse(Document.Of("notebooks/README.md").Text).Descendants<Table>().ElementAt(table).OfType<TableRow>().Skip(1).Select(row =>
            (row.Descendants<LinkInline>().First().Url!, row.Descendants<ParagraphBlock>().Select(cell => Prose.PlainText(cell.Inline)).ToArray()))];

    private static string[] Markdown(string file) => !file.EndsWith(".ipynb", StringComparison.Ordinal) ? [File.ReadAllText(file)]
        : [.. SavedNotebook.Read(file, File.ReadAllBytes(file)).Cells.Where(cell => cell.Kind == "markdown").Select(cell => cell.Source)];

    private static IEnumerable<string> HeadingsOf(string markdown) => Prose.Parse(markdown).Descendants<HeadingBlock>().Select(heading => Prose.PlainText(heading.Inline));

    [GeneratedRegex(@"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{12}\b|CVE-\d{4}-\d+|[\w.%/+-]+@(?:google|redhat)\.com|(?<=APM[^\n]{0,20}, |and )\b1[56]\.\d+(?=[ ,.:;)])", RegexOptions.CultureInvariant)]
    private static partial Regex Cited();
}
