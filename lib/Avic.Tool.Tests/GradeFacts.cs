using System.Globalization;
using System.Xml.Linq;

namespace Avic.Tool.Tests;

/// <summary>Which points `avic grade` gives to honest notebooks.</summary>
public sealed class GradeFacts : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Tests_are_the_teachers_and_points_are_told_by_cell_by_notebook_and_in_all()
    {
        _place.Notebook("teacher/two.ipynb",
        [
            Exercise.Solution("twice", Exercise.Solved), Exercise.Check("twice-test", 2, Exercise.Test),
            Exercise.Check("partial", 3, "(new[] { 1, 2 }.Count(x => Twice(x) == 2 * x) + (Twice(-1) == -2 ? 1 : 0)) * 0.75"),
            Exercise.Check("warns", 1, "if (Twice(0) == 0) Console.Error.WriteLine(\"zero\");"),
            Exercise.Marked(Workplace.Cell("// why?"), "why", grade: true, solution: true, points: 4),
        ]);
        await Workplace.Avic("release", _place.Path("teacher"), "--out", _place.Path("ann"));
        await Workplace.Avic("release", _place.Path("teacher"), "--out", _place.Path("bob"));
        await Workplace.Avic("release", _place.Path("teacher"), "--out", _place.Path("cem"));
        Solve("ann", "return 2 * x;");
        Solve("bob", "return x > 0 ? x + x : 0;");
        var before = _place.Text("ann/two.ipynb");

        var said = await Workplace.Avic("grade", _place.Path("ann"), _place.Path("bob"), _place.Path("cem"),
            "--source", _place.Path("teacher"), "--junit", _place.Path("points.xml"));

        Assert.Equal((0, ""), (said.Exit, said.Error));
        Assert.Equal($"""
            {_place.Path("ann/two.ipynb")}  4.25 of 6 points, up to 4 more by hand
              twice-test  2 of 2
              partial  2.25 of 3  partial credit
              warns  0 of 1  wrote to stderr: zero
              why  to be graded by hand, up to 4
            {_place.Path("bob/two.ipynb")}  1.5 of 6 points, up to 4 more by hand
              twice-test  0 of 2  Exception: twice -1 is -2 (at cell 2, line 3)
              partial  1.5 of 3  partial credit
              warns  0 of 1  wrote to stderr: zero
              why  to be graded by hand, up to 4
            {_place.Path("cem/two.ipynb")}  0 of 6 points, up to 4 more by hand
              twice-test  0 of 2  NotImplementedException: The method or operation is not implemented. (at Twice(int x) in cell 1, line 4)
              partial  0 of 3  NotImplementedException: The method or operation is not implemented. (at Twice(int x) in cell 1, line 4)
              warns  0 of 1  NotImplementedException: The method or operation is not implemented. (at Twice(int x) in cell 1, line 4)
              why  to be graded by hand, up to 4
            in all: 5.75 of 18 points, up to 12 more by hand in 3 notebooks

            """.Replace("(int x)", "(Int32 x)", StringComparison.Ordinal), said.Output, ignoreLineEndingDifferences: true);
        Assert.Equal(before, _place.Text("ann/two.ipynb"));
        var suites = XDocument.Load(_place.Path("points.xml")).Root!.Elements("testsuite").ToList();
        Assert.Equal([(4, 2, 1), (4, 3, 1), (4, 3, 1)], suites.Select(s => ((int)s.Attribute("tests")!, (int)s.Attribute("failures")!, (int)s.Attribute("skipped")!)));
        Assert.Equal("0 of 2 points: Exception: twice -1 is -2 (at cell 2, line 3)", suites[1].Elements("testcase").First().Element("failure")!.Attribute("message")!.Value);

        void Solve(string who, string how) => File.WriteAllText(_place.Path($"{who}/two.ipynb"),
            _place.Text($"{who}/two.ipynb").Replace("// Your code here", how, StringComparison.Ordinal).Replace("throw new NotImplementedException();", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tests_that_were_edited_deleted_or_made_something_else_are_the_teachers_again_and_it_is_said()
    {
        _place.Notebook("teacher/t.ipynb",
        [
            Exercise.Solution("twice", Exercise.Solved), Exercise.Check("edited", 1, Exercise.Test), Exercise.Check("deleted", 1, Exercise.Test),
            Exercise.Check("text", 1, Exercise.Test), Exercise.Check("unmarked", 1, Exercise.Test), Exercise.Marked(Workplace.Cell("var given = 1;"), "given", locked: true),
            Exercise.Check("uses", 1, "if (given != 1) throw new Exception();"),
        ]);
        var text = Exercise.Check("text", 1, "");
        text["cell_type"] = "markdown";
        _place.Notebook("student/t.ipynb",
        [
            Exercise.Solution("twice", "int Twice(int x) => 0;"), Exercise.Check("edited", 100, "1"), text, Workplace.Cell("1"),
            Exercise.Check("mine", 50, "1"), Exercise.Check("edited", 1, "1"), Exercise.Marked(Workplace.Cell("var given = 2;"), "given", solution: true), Exercise.Check("uses", 1, "1"),
        ]);

        var said = await Workplace.Avic("grade", _place.Path("student/t.ipynb"), "--source", _place.Path("teacher/t.ipynb"));

        Assert.Equal((0, ""), (said.Exit, said.Error));
        Assert.StartsWith($"{_place.Path("student/t.ipynb")}  1 of 5 points", said.Output);
        Assert.Equal(4, said.Output.Split("0 of 1  Exception: twice 3 is 6").Length - 1);
        foreach (var word in new[] { "edited: edited; the source's was taken", "deleted: missing; the source's was taken", "text: missing; the source's was taken", "unmarked: missing; the source's was taken",
            "mine: the source has no such cell; it is not graded", "given: edited; the source's was taken", "uses: edited; the source's was taken" })
            Assert.Contains($"  note: {word}", said.Output);
    }

    [Theory]
    [InlineData("1.5m", "1.5 of 2  partial credit")]
    [InlineData("0", "0 of 2  partial credit")]
    [InlineData("2", "2 of 2")]
    [InlineData("2.5", "0 of 2  its value 2.5 is no number from 0 to 2")]
    [InlineData("-1", "0 of 2  its value -1 is no number from 0 to 2")]
    [InlineData("0.0 / Math.Min(0, 1)", "0 of 2  its value NaN is no number from 0 to 2")]
    [InlineData("\"done\"", "2 of 2  its value done is no number; it came to its end")]
    [InlineData("display(0); Console.WriteLine(0);", "2 of 2")]
    public async Task A_tests_last_expression_is_what_it_brings(string test, string brought)
    {
        using var french = new French();
        _place.Notebook("t.ipynb", [Exercise.Check("t", 2, test)]);
        Assert.Contains($"  t  {brought}", (await Workplace.Avic("grade", _place.Path("t.ipynb"))).Output.ReplaceLineEndings("\n").Split('\n'));
    }

    [Fact]
    public async Task Without_a_source_a_notebook_is_graded_by_its_own_tests_and_that_is_said()
    {
        var said = await Workplace.Avic("grade", Exercise.Teacher(_place, "t.ipynb"));
        Assert.Equal(0, said.Exit);
        Assert.Contains("2 of 2 points", said.Output);
        Assert.Contains("note: without --source its own tests count, edited or not", said.Output);
    }

    [Fact]
    public async Task What_lies_beside_the_source_is_there_and_the_students_own_libraries_are_not()
    {
        _place.Notebook("teacher/t.ipynb", [Exercise.Solution("s", "1"), Exercise.Check("t", 1, "if (File.ReadAllText(\"data.txt\") != \"teacher\" || Directory.Exists(\"bin\")) throw new Exception(\"no\");")]);
        _place.Notebook("student/t.ipynb", [Exercise.Solution("s", "#r \"bin/Avic.Notebook.dll\"\nvar all = Avic.Model.Linux.V5_15;")]);
        File.WriteAllText(_place.Path("teacher/data.txt"), "teacher");
        File.WriteAllText(_place.Path("student/data.txt"), "student");
        Directory.CreateDirectory(_place.Path("student/bin"));
        File.WriteAllText(_place.Path("student/bin/Avic.Notebook.dll"), "not a library");

        Assert.Contains("1 of 1 points", (await Workplace.Avic("grade", _place.Path("student/t.ipynb"), "--source", _place.Path("teacher"))).Output);
    }

    [Fact]
    public async Task What_cannot_be_graded_is_told_and_the_next_notebook_is_graded()
    {
        var teacher = Exercise.Teacher(_place, "teacher/t.ipynb");
        File.WriteAllText(_place.Path("broken.ipynb"), "{\"cells\": [");
        _place.Notebook("other.ipynb", "1");

        var said = await Workplace.Avic("grade", _place.Path("broken.ipynb"), _place.Path("other.ipynb"), teacher, "--source", _place.Path("teacher"), "--junit", _place.Path("j.xml"));

        Assert.Equal(1, said.Exit);
        Assert.Contains("broken.ipynb: ", said.Error);
        Assert.Contains("other.ipynb: ", said.Error);
        Assert.Contains("in all: 2 of 2 points in 1 notebook; 2 could not be graded", said.Output);
        Assert.Equal(2, XDocument.Load(_place.Path("j.xml")).Descendants("error").Count());
    }

    [Theory]
    [InlineData("--source", "nothing.ipynb")]
    [InlineData("--timeout", "soon")]
    [InlineData("--memory", "0")]
    public async Task A_wrong_option_is_wrong_usage(string option, string value)
    {
        var said = await Workplace.Avic("grade", Exercise.Teacher(_place, "t.ipynb"), option, option == "--source" ? _place.Path(value) : value);
        Assert.Equal((2, ""), (said.Exit, said.Output));
        Assert.StartsWith("avic: ", said.Error);
    }

    [Fact]
    public void Shipped_stubs_for_nbgrader_are_the_ones_that_release_writes()
    {
        var config = File.ReadAllText(Path.Combine(NotebookFolder(), "exercises", "nbgrader_config.py"));
        var stub = ExerciseRegions.ForStudents(new ExerciseCell([], "", 1, 1, "", true, true, new("a", false, true, false, false, 0)), (_, _) => { });
        var text = ExerciseRegions.ForStudents(new ExerciseCell([], "", 1, 1, "", false, false, new("a", false, true, false, false, 0)), (_, _) => { });
        Assert.Contains($"stub = {System.Text.Json.JsonSerializer.Serialize(stub)}", config);
        Assert.Contains($"c.ClearSolutions.text_stub = \"{text}\"", config);
    }

    /// <summary>Where 1.5 is written 1,5.</summary>
    private sealed class French : IDisposable
    {
        private readonly CultureInfo _before = CultureInfo.CurrentCulture;

        public French() => CultureInfo.CurrentCulture = new CultureInfo("fr-FR");

        public void Dispose() => CultureInfo.CurrentCulture = _before;
    }

    private static string NotebookFolder()
    {
        var at = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(at, "Avic.slnx")))
            at = Path.GetDirectoryName(at)!;
        return Path.Combine(at, "notebooks");
    }
}
