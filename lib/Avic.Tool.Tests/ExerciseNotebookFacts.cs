namespace Avic.Tool.Tests;

/// <summary>The exercises of the kit: copies, solutions, and what TEACHING.md says to type.</summary>
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
