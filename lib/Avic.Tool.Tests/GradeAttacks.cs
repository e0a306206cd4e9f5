namespace Avic.Tool.Tests;

/// <summary>Notebooks that want points without a solution, or want the grader to hang: each gets nothing, soon, and leaves nothing running.</summary>
public sealed class GradeAttacks : IDisposable
{
    private const string Wrong = "int Twice(int x) => 0;\n";

    // Writes what the engine's own messages look like past the console, straight into the pipe.
    private const string Say = "var raw = Console.OpenStandardOutput();\nvoid Say(string json) { raw.Write(Encoding.UTF8.GetBytes(\"\\u001e\" + json + \"\\n\")); raw.Flush(); }\n";
    private const string Always = "void Always(Action what) => new System.Threading.Thread(() => { while (true) { what(); System.Threading.Thread.Sleep(1); } }) { IsBackground = true }.Start();\n";
    private const string SayDone = "void SayDone() { for (var i = 0; i < 9; i++) Say($\"{{\\\"type\\\":\\\"done\\\",\\\"cell\\\":{i}}}\"); }\n";
    private const string SayTwo = "Say(\"{\\\"type\\\":\\\"shown\\\",\\\"isResult\\\":true,\\\"data\\\":{\\\"text/plain\\\":\\\"2\\\"}}\");";

    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Theory]
    [InlineData("Console.WriteLine(\"twice-test  2 of 2\"); Console.WriteLine(\"PASSED\");\n" + Wrong, "Exception: twice 3 is 6")]
    [InlineData(Say + Always + SayDone + "Always(SayDone);\n" + Wrong, "Exception: twice 3 is 6")]
    [InlineData(Say + SayDone + "int Twice(int x) { SayDone(); System.Threading.Thread.Sleep(-1); return 0; }", "took longer than 5 s and was stopped")]
    [InlineData(Say + "int Twice(int x) { " + SayTwo + " return 0; }", "Exception: twice 3 is 6")]
    [InlineData("int Twice(int x) { Console.OpenStandardOutput().Write(new byte[] { 0x1e }); return 0; }", "a cell wrote into the engine's own messages")]
    [InlineData("int Twice(int x) { Environment.Exit(0); return 0; }", "ended its process (exit code 0)")]
    [InlineData("int Twice(int x) { System.Diagnostics.Process.GetCurrentProcess().Kill(); return 0; }", "ended its process (exit code 137)")]
    [InlineData("int Twice(int x) => Twice(x + 1) + 1;", "ended its process (exit code 134: Stack overflow.)")]
    [InlineData("Directory.Delete(Environment.CurrentDirectory, true);\n" + Wrong, "Exception: twice 3 is 6")]
    [InlineData("int Twice(int x) { while (true) { } }", "it took longer than 5 s and was stopped")]
    [InlineData("while (true) { }\n" + Wrong, "not run: twice took longer than 5 s and was stopped")]
    [InlineData("while (true) Console.Write(new string('x', 1 << 16));\n" + Wrong, "not run: twice was stopped: it wrote more than 16 MB")]
    [InlineData("var forever = new byte[1 << 16]; var raw = Console.OpenStandardOutput(); raw.WriteByte(0x1e); while (true) raw.Write(forever);\n" + Wrong, "a cell wrote into the engine's own messages")]
    [InlineData("var all = new List<byte[]>(); while (true) all.Add(new byte[1 << 20]);\n" + Wrong, "CS0103|Exception: twice 3 is 6|OutOfMemory|ended its process")]
    public async Task It_brings_nothing(string solution, string why) => await Graded(solution, why);

    [Fact]
    public async Task A_test_that_complains_on_stderr_is_heard_whatever_stands_in_for_the_console()
    {
        const string test = "if (Twice(3) != 6) Console.Error.WriteLine(\"twice 3 is 6\");";
        await Graded("Console.SetError(TextWriter.Null);\n" + Wrong, "wrote to stderr: twice 3 is 6", test);
        await Graded("class Console { public static TextWriter Error => TextWriter.Null; }\n" + Wrong, "wrote to stderr: twice 3 is 6", test);
        await Graded("var Console = (Error: TextWriter.Null, Out: TextWriter.Null);\n" + Wrong, "wrote to stderr: twice 3 is 6", test);
    }

    // What tests judge by is the kit's, though a student's cell has something of that name.
    [Theory]
    [InlineData("string MyRow() => \"kvm_faultin_pfn.slot\";\npublic class Answered { public object Check(object any) => this; public object Require() => this; public string Reason => \"ok\"; }\npublic static class Exercise { public static Answered Redundant(params object[] any) => new(); }")]
    [InlineData("string MyRow() => \"kvm_faultin_pfn.slot\";\npublic static class Linux { public static Avic.Model.Linux V5_15 => Avic.Model.Linux.V5_15.Without(\"kvm_faultin_pfn\", \"slot\"); }")]
    public async Task A_type_of_ones_own_does_not_judge(string solution)
    {
        const string test = "Exercise.Redundant(Linux.V5_15, \"kvm_faultin_pfn.activated\", \"kvm_zap_gfn_range.seq\").Check(MyRow).Require()";
        foreach (var (name, row) in ((string, string)[])[("teacher", "string MyRow() => \"\";"), ("student", solution)])
            _place.Notebook($"{name}/own.ipynb", [Workplace.Cell("#r \"bin/Avic.Notebook.dll\"\nusing Avic.Model;"), Exercise.Solution("row", row), Exercise.Check("row-test", 2, test)]);

        var said = await Workplace.Avic("grade", _place.Path("student/own.ipynb"), "--source", _place.Path("teacher"));

        Assert.Contains("0 of 2 points", said.Output);
        Assert.Contains("is none of the rows in question", said.Output);
    }

    [Fact]
    public async Task A_value_that_was_printed_is_no_partial_credit() =>
        await Graded(Say + "int Twice(int x) { " + SayTwo + " return 0; }", "more than one value was told for it", "Twice(3) == 6 ? 2 : 0");

    [Fact]
    public async Task Memory_outside_the_heap_is_limited()
    {
        if (OperatingSystem.IsLinux())
            await Graded("while (true) { var p = System.Runtime.InteropServices.Marshal.AllocHGlobal(1 << 22); System.Runtime.InteropServices.Marshal.WriteByte(p, 1); }\n" + Wrong,
                "twice 3 is 6|CS0103|ended its process|it took more than");
    }

    [Fact]
    public async Task What_cells_start_is_counted_and_none_of_it_outlives_the_grading()
    {
        if (!OperatingSystem.IsLinux())
            return;   // only there the whole family is known
        // Each sleep's parent has ended, so no process tree leads to it.
        await Graded("for (var i = 0; i < 200; i++) System.Diagnostics.Process.Start(\"/bin/sh\", new[] { \"-c\", \"sleep 76543 & sleep 76543 & exit\" }).WaitForExit();\nSystem.Threading.Thread.Sleep(-1);\n" + Wrong,
            "not run: twice was stopped: it started more than 64 processes", timeout: 60);
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc").Select(CommandOf), command => command.StartsWith("sleep\u000076543", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_failing_cell_says_cannot_pass_for_lines_of_the_report()
    {
        var output = await Graded("int Twice(int x) => throw new Exception(\"no\\n  twice-test  2 of 2\\u001b[2K\\r\\u202e\");", "Exception: no   twice-test  2 of 2 [2K");
        Assert.DoesNotContain('\u001b', output);
        Assert.DoesNotContain('\u202e', output);
        Assert.Equal(2, output.TrimEnd().Split('\n').Length);
    }

    private async Task<string> Graded(string solution, string why, string test = Exercise.Test, double timeout = 5)
    {
        Exercise.Teacher(_place, "teacher/t.ipynb", test: test);
        _place.Notebook("student/t.ipynb", [Exercise.Solution("twice", solution), Exercise.Check("twice-test", 2, "1")]);

        var said = await Workplace.Avic("grade", _place.Path("student/t.ipynb"), "--source", _place.Path("teacher/t.ipynb"), "--memory", "256",
            "--timeout", timeout.ToString(System.Globalization.CultureInfo.InvariantCulture)).WaitAsync(TimeSpan.FromMinutes(3));

        Assert.Equal((0, ""), (said.Exit, said.Error));
        Assert.StartsWith($"{_place.Path("student/t.ipynb")}  0 of 2 points", said.Output);
        Assert.Contains(why.Split('|'), word => said.Output.Contains(word, StringComparison.Ordinal));
        return said.Output.Split("\n  note: ")[0];
    }

    private static string CommandOf(string process)
    {
        try
        {
            return File.ReadAllText($"{process}/cmdline");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
