using System.IO.Compression;
using System.Text.Json.Nodes;

namespace Avic.Tool.Tests;

/// <summary>What `avic release` gives students, and what it refuses to.</summary>
public sealed class ReleaseFacts : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    /// <summary>Copies lie elsewhere than their sources: what goes along is found beside them, and the rest where it was.</summary>
    [Fact]
    public async Task Links_of_a_copy_lead_where_those_of_its_source_lead_and_those_of_a_hand_out_never_out_of_it()
    {
        const string Links = "[b](sub/b%20c.ipynb#Part) [o](../other.ipynb#P) [gone](../../gone.md) [web](https://example.org/x) [here](#P) ![p](../p.png)";
        _place.Notebook("n/source/a.ipynb", [Executed.Text(Links), Workplace.Cell("1")]);
        _place.Notebook("n/source/sub/b c.ipynb", [Executed.Text("[a](../a.ipynb)")]);
        _place.Notebook("n/other.ipynb", "1");

        var said = await Workplace.Avic("release", _place.Path("n/source"), "--out", _place.Path("far/é x/out"), "--zip", _place.Path("h.zip"));

        Assert.Equal((0, ""), (said.Exit, said.Error));
        Assert.Contains("[b](sub/b%20c.ipynb#Part) [o](../../../n/other.ipynb#P) [gone](../../gone.md) [web](https://example.org/x) [here](#P) ![p](../p.png)", _place.Text("far/é x/out/a.ipynb"));
        Assert.Contains("[a](../a.ipynb)", _place.Text("far/é x/out/sub/b c.ipynb"));
        using var zip = ZipFile.OpenRead(_place.Path("h.zip"));
        using var copy = new StreamReader(zip.GetEntry("a.ipynb")!.Open());
        Assert.Contains("[b](sub/b%20c.ipynb#Part) o gone [web](https://example.org/x) [here](#P) ![p](../p.png)", await copy.ReadToEndAsync());
    }

    [Fact]
    public async Task Students_get_neither_solutions_nor_hidden_tests_nor_outputs_and_everything_else()
    {
        var ran = Workplace.Cell("1 + 1");
        ran["outputs"] = JsonNode.Parse("""[{"data":{"text/plain":["2"]},"execution_count":7,"metadata":{},"output_type":"execute_result"}]""");
        ran["execution_count"] = 7;
        ran["metadata"] = JsonNode.Parse("""{"execution":{"iopub.status.busy":"now"},"ours":{"big":12345678901234567890123,"text":"é \u2028"}}""");
        _place.Notebook("teacher/twice.ipynb", [ran, Exercise.Solution("twice", Exercise.Solved), Exercise.Check("twice-test", 2, Exercise.Test)]);
        var before = _place.Text("teacher/twice.ipynb");

        var said = await Workplace.Avic("release", _place.Path("teacher"), "--out", _place.Path("students"));

        Assert.Equal((0, ""), (said.Exit, said.Error));
        Assert.Equal($"{_place.Path("students/twice.ipynb")}  written: 1 solution to write, 1 test, 2 points\n", said.Output, ignoreLineEndingDifferences: true);
        var cells = JsonNode.Parse(_place.Text("students/twice.ipynb"))!["cells"]!.AsArray();
        Assert.Equal("[]null", cells[0]!["outputs"]!.ToJsonString() + (cells[0]!["execution_count"]?.ToJsonString() ?? "null"));
        Assert.Equal(JsonNode.Parse("""{"ours":{"big":12345678901234567890123,"text":"é \u2028"}}""")!.ToJsonString(), cells[0]!["metadata"]!.ToJsonString());
        Assert.Equal(Exercise.Unsolved, Source(cells[1]!));
        Assert.Equal("if (Twice(3) != 6) throw new Exception(\"twice 3 is 6\");", Source(cells[2]!));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(before)!["metadata"], JsonNode.Parse(_place.Text("students/twice.ipynb"))!["metadata"]));
        Assert.Equal(before, _place.Text("teacher/twice.ipynb"));
    }

    [Fact]
    public async Task A_solution_cell_without_markers_is_one_as_a_whole_in_code_and_in_text()
    {
        _place.Notebook("t.ipynb", [Exercise.Solution("a", "var a = 1;"), Exercise.Marked(Exercise.Text("because"), "b", grade: true, solution: true, points: 3)]);

        Assert.Equal(0, (await Workplace.Avic("release", _place.Path("t.ipynb"), "--out", _place.Path("out"))).Exit);

        Assert.Equal(["// Your code here\nthrow new NotImplementedException();", "Your answer here."],
            JsonNode.Parse(_place.Text("out/t.ipynb"))!["cells"]!.AsArray().Select(c => Source(c!)));
    }

    [Fact]
    public async Task A_file_with_windows_line_breaks_keeps_them()
    {
        var teacher = Exercise.Teacher(_place, "t.ipynb", Exercise.Solved.Replace("\n", "\r\n", StringComparison.Ordinal));
        File.WriteAllText(teacher, _place.Text("t.ipynb").Replace("\n", "\r\n", StringComparison.Ordinal));

        Assert.Equal(0, (await Workplace.Avic("release", teacher, "--out", _place.Path("out"))).Exit);

        var text = _place.Text("out/t.ipynb");
        Assert.Equal(text.Split('\n').Length, text.Split("\r\n").Length);
        Assert.Equal(Exercise.Unsolved.Replace("\n", "\r\n", StringComparison.Ordinal), Source(JsonNode.Parse(text)!["cells"]![1]!));
    }

    [Theory]
    [InlineData("// BEGIN SOLUTION\n1", "line 1: BEGIN SOLUTION without its END")]
    [InlineData("1\n// END SOLUTION", "line 2: END SOLUTION without its BEGIN")]
    [InlineData("// BEGIN SOLUTION\n// BEGIN SOLUTION\n// END SOLUTION", "line 2: BEGIN SOLUTION inside the SOLUTION that begins on line 1")]
    [InlineData("// BEGIN SOLUTION\r\n// END HIDDEN TESTS\r\n// END SOLUTION", "line 2: END HIDDEN TESTS inside the SOLUTION that begins on line 1")]
    [InlineData("1\n// begin solution\n2", "line 2: \"// begin solution\" is nearly a marker; markers are BEGIN and END, then SOLUTION, HIDDEN TESTS or MARK SCHEME")]
    [InlineData("// BEGIN HIDDEN TESTS\n// END HIDDEN TESTS", "line 1: BEGIN HIDDEN TESTS in a cell that is no graded cell of nbgrader's")]
    public async Task A_marker_that_makes_no_sense_is_told_with_its_place_and_nothing_is_written(string source, string problem)
    {
        _place.Notebook("all/good.ipynb", [Exercise.Solution("good", Exercise.Solved)]);
        _place.Notebook("all/wrong.ipynb", [Workplace.Cell("0"), Exercise.Solution("bad", source)]);
        var line = 1 + Array.FindLastIndex(_place.Text("all/wrong.ipynb").Split('\n'), l => l == "  {");

        var said = await Workplace.Avic("release", _place.Path("all"), "--out", _place.Path("out"));

        Assert.Equal(2, said.Exit);
        Assert.Contains($"avic: {_place.Path("all/wrong.ipynb")}:{line}: cell 2, {problem}\n", said.Error.ReplaceLineEndings("\n"));
        Assert.EndsWith("avic: nothing was written\n", said.Error.ReplaceLineEndings("\n"));
        Assert.False(Directory.Exists(_place.Path("out")));
    }

    [Theory]
    [InlineData("""{"schema_version":3,"grade":true,"points":1}""", "it has no grade_id")]
    [InlineData("""{"schema_version":3,"grade":true,"points":1,"grade_id":"a b"}""", "the grade_id \"a b\" has other characters than letters, digits, - and _")]
    [InlineData("""{"schema_version":3,"grade":true,"grade_id":"a"}""", "\"a\" is graded and has no points")]
    [InlineData("""{"schema_version":3,"grade":true,"grade_id":"a","points":-1}""", "\"a\": its points are no number from 0 up")]
    [InlineData("""{"schema_version":3,"grade":true,"grade_id":"a","points":"2"}""", "\"a\": its points are no number from 0 up")]
    [InlineData("""{"schema_version":2,"grade":true,"grade_id":"a","points":1}""", "its nbgrader metadata has the schema version 2; only 3 is known here")]
    [InlineData("""{"schema_version":3,"solution":true,"grade_id":"first"}""", "the grade_id \"first\" is cell 1's already")]
    [InlineData("3", "its nbgrader metadata is no object")]
    public async Task Metadata_that_nobody_could_grade_by_are_told_with_their_place(string marks, string problem)
    {
        var cell = Workplace.Cell("1");
        cell["metadata"]!["nbgrader"] = JsonNode.Parse(marks);
        _place.Notebook("t.ipynb", [Exercise.Solution("first", "1"), cell]);

        var said = await Workplace.Avic("release", _place.Path("t.ipynb"), "--out", _place.Path("out"));

        Assert.Matches($"^avic: .*t\\.ipynb:\\d+: cell 2: {System.Text.RegularExpressions.Regex.Escape(problem)}\r?\navic: nothing was written\r?\n$", said.Error);
        Assert.False(Directory.Exists(_place.Path("out")));
    }

    [Fact]
    public async Task The_source_is_never_written_over_nor_anything_outside_the_folder_named()
    {
        var teacher = Exercise.Teacher(_place, "teacher/twice.ipynb");
        var before = File.ReadAllBytes(teacher);

        Assert.Contains("--out would write over the source", (await Workplace.Avic("release", teacher, "--out", _place.Path("teacher"))).Error);
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(_place.Path("out"));
            File.CreateSymbolicLink(_place.Path("out/twice.ipynb"), teacher);
            Assert.Contains("--out would write over the source", (await Workplace.Avic("release", teacher, "--out", _place.Path("out"))).Error);
            File.Delete(_place.Path("out/twice.ipynb"));
            File.CreateSymbolicLink(_place.Path("out/twice.ipynb"), _place.Path("elsewhere.ipynb"));
            File.WriteAllText(_place.Path("elsewhere.ipynb"), "kept");
            Assert.Contains("a link leads out of", (await Workplace.Avic("release", teacher, "--out", _place.Path("out"))).Error);
            Assert.Equal("kept", _place.Text("elsewhere.ipynb"));
        }
        Assert.Equal(2, (await Workplace.Avic("release", teacher, "--out", _place.Path("o"), "--zip", teacher)).Exit);
        Assert.Equal(before, File.ReadAllBytes(teacher));
    }

    [Fact]
    public async Task Check_says_whether_the_copies_are_what_the_sources_give_and_writes_nothing()
    {
        var teacher = Exercise.Teacher(_place, "twice.ipynb");
        string[] words = ["release", teacher, "--out", _place.Path("out"), "--zip", _place.Path("week.zip")];
        var missing = await Workplace.Avic([.. words, "--check"]);
        Assert.Equal((1, false), (missing.Exit, Directory.Exists(_place.Path("out"))));
        Assert.Equal(2, missing.Output.Split("missing:").Length - 1);

        await Workplace.Avic(words);
        Assert.Equal(0, (await Workplace.Avic([.. words, "--check"])).Exit);

        File.WriteAllText(teacher, _place.Text("twice.ipynb").Replace("# Twice", "# Double", StringComparison.Ordinal));
        var old = await Workplace.Avic([.. words, "--check"]);
        Assert.Equal(1, old.Exit);
        Assert.Equal(2, old.Output.Split("out of date:").Length - 1);
        Assert.Contains("# Twice", _place.Text("out/twice.ipynb"));
    }

    [Theory]
    [InlineData("bin/", "twice.ipynb")]
    [InlineData("../bin/", "exercises/twice.ipynb")]
    public async Task The_hand_out_has_the_libraries_where_its_notebooks_look_and_runs_alone(string bin, string entry)
    {
        var source = _place.Notebook("src/twice.ipynb", [Workplace.Cell($"#r \"{bin}Avic.Notebook.dll\"\nusing Avic.Model;"), Exercise.Solution("twice", Exercise.Solved)]);
        await Workplace.Avic("release", source, "--out", _place.Path("out"), "--zip", _place.Path("one.zip"));
        File.SetLastWriteTimeUtc(source, DateTime.UnixEpoch);
        await Workplace.Avic("release", source, "--out", _place.Path("other"), "--zip", _place.Path("two.zip"));

        Assert.Equal(File.ReadAllBytes(_place.Path("one.zip")), File.ReadAllBytes(_place.Path("two.zip")));
        ZipFile.ExtractToDirectory(_place.Path("one.zip"), _place.Path("student"));
        Assert.Equal(["README.txt", "bin/Avic.Model.dll", "bin/Avic.Model.xml", "bin/Avic.Notebook.dll", "bin/Avic.Notebook.xml", entry],
            Directory.GetFiles(_place.Path("student"), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_place.Path("student"), f).Replace('\\', '/')).Order(StringComparer.Ordinal));
        var run = await Workplace.Avic("run", _place.Path($"student/{entry}"));
        Assert.Equal(0, run.Exit);
        Assert.DoesNotContain("is missing beside the notebook", run.Error);
    }

    [Fact]
    public async Task A_hand_out_whose_libraries_could_not_be_found_is_refused()
    {
        var source = _place.Notebook("twice.ipynb", "#r \"lib/Avic.Model.dll\"");
        var said = await Workplace.Avic("release", source, "--out", _place.Path("out"), "--zip", _place.Path("one.zip"));
        Assert.Equal((2, false), (said.Exit, File.Exists(_place.Path("one.zip"))));
        Assert.Contains("#r \"lib/Avic.Model.dll\" is not where a hand-out has its libraries", said.Error);
    }

    private static string Source(JsonNode cell) => string.Concat(cell["source"]!.AsArray().Select(l => l!.GetValue<string>()));
}
