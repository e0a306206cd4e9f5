using System.Text.Json.Nodes;

namespace Avic.Tool.Tests;

/// <summary>The exercises of the kit: copies, solutions, wrong answers, and what TEACHING.md says to type.</summary>
public sealed class ExerciseNotebookFacts : IDisposable
{
    private static readonly string Exercises = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../../notebooks/exercises"));
    private static readonly string Source = Path.Combine(Exercises, "source");

    private static readonly Document Guide = Document.Of("notebooks/exercises/TEACHING.md");

    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Student_copies_are_current()
    {
        var said = await Workplace.Avic("release", Source, "--out", Exercises, "--check");
        Assert.True(said.Exit == 0, said.Output + said.Error);
    }

    [Fact]
    public async Task Every_solution_of_the_teacher_brings_all_points()
    {
        var said = await Workplace.Avic("grade", Source, "--source", Source);
        Assert.Equal((0, ""), (said.Exit, said.Error));
        Assert.EndsWith("in all: 40 of 40 points in 9 notebooks\n", said.Output.ReplaceLineEndings("\n"));
    }

    [Fact]
    public async Task A_copy_in_which_nothing_is_written_brings_nothing()
    {
        var said = await Workplace.Avic("grade", Path.Combine(Exercises, "01-you-are-the-scheduler.ipynb"), "--source", Source);
        Assert.Contains("  0 of 6 points", said.Output);
        Assert.Contains("by-hand-test  0 of 4  ModelException: There is no answer yet.", said.Output);
    }

    [Fact]
    public async Task Runs_of_the_folder_leave_student_copies_out_and_runs_of_a_copy_do_not()
    {
        var copy = Path.Combine(Exercises, "04-read-a-run.ipynb");
        var before = File.ReadAllBytes(copy);
        var found = await Workplace.Avic("run", Path.Combine(Exercises, "04-*.ipynb"), "--verify");
        Assert.Equal(0, found.Exit);
        Assert.Contains("skipped: an exercise that is not solved yet", found.Error);
        var named = await Workplace.Avic("run", copy, "--out", _place.Path("out"));
        Assert.Equal(1, named.Exit);
        Assert.Equal(before, File.ReadAllBytes(copy));
    }

    [Fact]
    public async Task A_site_of_a_folder_has_no_solutions()
    {
        var teacher = Exercise.Teacher(_place, "all/source/twice.ipynb");
        _place.Notebook("all/other.ipynb", "1");
        var said = await Workplace.Avic("publish", _place.Path("all"), "--out", _place.Path("site"));
        Assert.Equal(0, said.Exit);
        Assert.Contains($"{teacher}  not published: it holds solutions", said.Output + said.Error);
        Assert.DoesNotContain(Directory.GetFiles(_place.Path("site"), "*.html", SearchOption.AllDirectories), page => File.ReadAllText(page).Contains("return 2 * x", StringComparison.Ordinal));
    }

    // Wrong answers by notebook and question. One of each question is graded at a time.
    private static IEnumerable<IGrouping<string, string[]>> Wrong => Directory.GetFiles(Path.Combine(Source, "wrong"), "*.cs").Order(StringComparer.Ordinal)
        .GroupBy(file => string.Join('.', Path.GetFileName(file).Split('.')[..2])).Select(answers => answers.ToArray()).GroupBy(answers => Path.GetFileName(answers[0]).Split('.')[0]);

    public static TheoryData<string, int> Rounds
    {
        get
        {
            TheoryData<string, int> rounds = [];
            foreach (var notebook in Wrong)
                for (var round = 0; round < notebook.Max(answers => answers.Length); round++) rounds.Add(notebook.Key, round);
            return rounds;
        }
    }

    [Fact]
    public void Every_question_has_wrong_answers()
    {
        var asked = Directory.GetFiles(Source, "*.ipynb").SelectMany(file => ExerciseNotebook.Read(file).Cells.Where(cell => cell.Marks is { IsSolution: true })
            .Select(cell => $"{Path.GetFileNameWithoutExtension(file)}.{cell.Marks!.GradeId}"));
        Assert.Equal(asked.Order(StringComparer.Ordinal), Directory.GetFiles(Path.Combine(Source, "wrong")).Select(file => string.Join('.', Path.GetFileName(file).Split('.')[..2])).Distinct().Order(StringComparer.Ordinal));
    }

    [LongTheory]
    [MemberData(nameof(Rounds))]
    public async Task A_wrong_answer_brings_nothing_and_hears_its_mistake(string name, int round)
    {
        var notebook = name + ".ipynb";
        var root = JsonNode.Parse(File.ReadAllText(Path.Combine(Exercises, notebook)))!;
        List<(string File, string Question, string Mistake)> given = [];
        foreach (var file in Wrong.Single(answers => answers.Key == name).Where(answers => answers.Length > round).Select(answers => answers[round]))
        {
            var (question, answer) = (Path.GetFileName(file).Split('.')[1], File.ReadAllText(file).ReplaceLineEndings("\n"));
            const string sign = "// names: ";
            Assert.StartsWith(sign, answer);
            given.Add((file, question, answer[sign.Length..answer.IndexOf('\n', StringComparison.Ordinal)]));
            root["cells"]!.AsArray().Single(cell => cell!["metadata"]!["nbgrader"]?["grade_id"]?.GetValue<string>() == question)!["source"] = answer;
        }
        File.WriteAllText(_place.Path(notebook), root.ToJsonString());

        var said = await Workplace.Avic("grade", _place.Path(notebook), "--source", Source);

        Assert.Equal(0, said.Exit);
        foreach (var (file, question, mistake) in given)
        {
            var line = said.Output.ReplaceLineEndings("\n").Split('\n').Single(l => l.StartsWith($"  {question}-test  ", StringComparison.Ordinal));
            Assert.True(line.StartsWith($"  {question}-test  0 of ", StringComparison.Ordinal) && line.Contains(mistake, StringComparison.Ordinal), $"{file}: {line}");
        }
    }

    [Fact]
    public async Task What_the_guide_says_to_type_works_in_a_clone()
    {
        Copy(Exercises, _place.Path("notebooks/exercises"));
        Copy(Path.Combine(Exercises, "../bin"), _place.Path("notebooks/bin"));
        var ann = Directory.CreateDirectory(_place.Path("handed-in/ann")).FullName;
        File.Copy(Path.Combine(Source, "04-read-a-run.ipynb"), Path.Combine(ann, "04-read-a-run.ipynb"));
        List<string> grades = [];

        await Guide.Type(_place, (line, said) =>
        {
            if (line.StartsWith("avic grade", StringComparison.Ordinal))
                grades.Add(said);
        });

        Assert.Contains("3 of 3 points", Assert.Single(grades));
        Assert.True(File.Exists(_place.Path("handout.zip")) && File.Exists(_place.Path("points.xml")));
    }

    [Fact]
    public async Task The_cells_of_the_guide_run_and_show_what_it_says_of_them()
    {
        Copy(Path.Combine(Exercises, "../bin"), _place.Path("bin"));
        var cells = Guide.BlocksOf("csharp").ToArray();
        var notebook = _place.Notebook("guide.ipynb", ["#r \"bin/Avic.Notebook.dll\"\nusing Avic.Model; using Avic.Notebook;", .. cells]);
        var said = await Workplace.Avic("run", notebook);
        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal(3, cells.Length);
        Assert.Contains("NOT YET", _place.Outputs("guide.ipynb", 2).ToJsonString());
        Assert.Contains("***boom***", _place.Outputs("guide.ipynb", 3).ToJsonString());
        Assert.Contains("apicv_inhibit_reasons is as you say after each of 2 rows.", _place.Outputs("guide.ipynb", 4).ToJsonString());
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
