using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

namespace Avic.Tool.Tests;

/// <summary>What `avic run` does with files, failures and its exit code.</summary>
public sealed class RunFacts : IDisposable
{
    // Only a test that fails waits this long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task A_second_run_leaves_every_byte_and_does_not_write()
    {
        var notebook = _place.Notebook("a.ipynb", "var x = 1;\nConsole.WriteLine(x);", "x + 1");
        Assert.Equal(0, (await Workplace.Avic("run", notebook)).Exit);
        var first = File.ReadAllBytes(notebook);
        File.SetLastWriteTimeUtc(notebook, DateTime.UnixEpoch);

        var again = await Workplace.Avic("run", notebook);

        Assert.Equal(first, File.ReadAllBytes(notebook));
        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(notebook));
        Assert.EndsWith("unchanged", again.Error.TrimEnd());
        Assert.Equal(["a.ipynb"], Directory.GetFiles(_place.Folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task The_first_error_stops_a_notebook_which_is_saved_and_the_next_notebook_runs()
    {
        _place.Notebook("1.ipynb", "1", "throw new Exception(\"no\");", "3");
        _place.Notebook("sub/2.ipynb", "\"second\"");
        _place.Notebook(".ipynb_checkpoints/1-checkpoint.ipynb", "0");

        var said = await Workplace.Avic("run", _place.Folder);

        Assert.Equal(1, said.Exit);
        Assert.Equal("execute_result", _place.Outputs("1.ipynb", 1)[0]!["output_type"]!.GetValue<string>());
        Assert.Equal("error", _place.Outputs("1.ipynb", 2)[0]!["output_type"]!.GetValue<string>());
        Assert.Empty(_place.Outputs("1.ipynb", 3));
        Assert.Single(_place.Outputs("sub/2.ipynb", 1));
        Assert.Empty(_place.Outputs(".ipynb_checkpoints/1-checkpoint.ipynb", 1));
    }

    [Fact]
    public async Task Cells_tagged_skip_run_or_of_another_language_keep_what_they_have()
    {
        var kept = Workplace.Cell("throw null;", "skip-run");
        kept["outputs"] = JsonNode.Parse("""[{"name":"stdout","output_type":"stream","text":"old"}]""");
        kept["execution_count"] = 77;
        var fsharp = Workplace.Cell("let x = 1");
        fsharp["metadata"] = JsonNode.Parse("""{"polyglot_notebook":{"kernelName":"fsharp"}}""");
        var notebook = _place.Notebook("skip.ipynb", [kept, fsharp, Workplace.Cell("1")]);

        var said = await Workplace.Avic("run", notebook);

        Assert.Equal(0, said.Exit);
        Assert.Equal("old", _place.Outputs("skip.ipynb", 1)[0]!["text"]!.GetValue<string>());
        Assert.Contains("\"execution_count\": 77", _place.Text("skip.ipynb"));
        Assert.Empty(_place.Outputs("skip.ipynb", 2));
        Assert.Contains("cell 1/3  skipped (skip-run)", said.Error);
        Assert.Contains("cell 2/3  skipped (fsharp)", said.Error);
        Assert.Equal(3, _place.Outputs("skip.ipynb", 3)[0]!["execution_count"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_cell_tagged_remove_output_runs_and_saves_nothing_but_an_error()
    {
        var stale = Workplace.Cell("var x = 6;\nx", "remove-output");
        stale["outputs"] = JsonNode.Parse("""[{"name":"stdout","output_type":"stream","text":"old"}]""");
        var notebook = _place.Notebook("unsaved.ipynb", [stale, Workplace.Cell("x + 1"), Workplace.Cell("throw new Exception(\"no\");", "remove-output")]);

        var said = await Workplace.Avic("run", notebook);

        Assert.Equal(1, said.Exit);
        Assert.Empty(_place.Outputs("unsaved.ipynb", 1));
        Assert.Single(_place.Outputs("unsaved.ipynb", 2));
        Assert.Equal("no", (string?)_place.Outputs("unsaved.ipynb", 3)[0]!["evalue"]);
        Assert.Empty((await Workplace.Avic("run", notebook, "--verify")).Output);
    }

    [Fact]
    public async Task After_an_error_in_a_cell_tagged_raises_exception_the_run_goes_on()
    {
        var notebook = _place.Notebook("raises.ipynb", [Workplace.Cell("throw new Exception(\"so\");", "raises-exception"), Workplace.Cell("6 * 7")]);

        var said = await Workplace.Avic("run", notebook);

        Assert.Equal(0, said.Exit);
        Assert.Contains("raised, as it may: Exception: so", said.Error);
        Assert.Equal("so", (string?)_place.Outputs("raises.ipynb", 1)[0]!["evalue"]);
        Assert.Equal(2, _place.Outputs("raises.ipynb", 2)[0]!["execution_count"]!.GetValue<int>());
        Assert.Equal(0, (await Workplace.Avic("run", notebook, "--verify")).Exit);
    }

    [Fact]
    public async Task An_error_of_the_kits_is_told_without_the_kits_own_lines()
    {
        await Workplace.Avic("run", _place.Notebook("slip.ipynb", "#r \"bin/Avic.Notebook.dll\"\nusing Avic.Model;\nLinux.V5_15.Without(\"kvm_zap_gfn_range\", \"sq\")"));

        var traceback = _place.Outputs("slip.ipynb", 1)[0]!["traceback"]!.AsArray().Select(line => (string)line!).ToArray();
        Assert.StartsWith("ModelException: ", traceback[0]);
        Assert.Equal(["   at cell 1, line 3"], traceback[1..]);
    }

    [Fact]
    public async Task A_lost_process_is_a_failure_whatever_the_cell_may_raise()
    {
        var said = await Workplace.Avic("run", _place.Notebook("gone.ipynb", [Workplace.Cell("Environment.Exit(3);", "raises-exception"), Workplace.Cell("1")]));

        Assert.Equal(1, said.Exit);
        Assert.Empty(_place.Outputs("gone.ipynb", 2));
    }

    [Fact]
    public async Task What_cannot_be_referenced_is_named_without_the_folder_of_the_author()
    {
        File.WriteAllText(_place.Path("bad.dll"), "no assembly");

        await Workplace.Avic("run", _place.Notebook("reference.ipynb", ["#r \"bad.dll\""]));

        Assert.Contains("Metadata file 'bad.dll'", (string?)_place.Outputs("reference.ipynb", 1)[0]!["evalue"]);
        Assert.DoesNotContain(_place.Folder, _place.Text("reference.ipynb"));
    }

    [Fact]
    public async Task A_cell_over_its_time_ends_the_notebook_with_what_it_had_written()
    {
        var notebook = _place.Notebook("slow.ipynb", "Console.WriteLine(\"begun\"); while (true) { }", "2");

        var said = await Workplace.Avic("run", notebook, "--timeout", "0.5", "--keep-going");

        Assert.Equal(1, said.Exit);
        Assert.Equal(JsonNode.Parse("""
            [{"name":"stdout","output_type":"stream","text":["begun\n"]},
             {"ename":"Timeout","evalue":"the cell took longer than 0.5 s and was stopped; the cells after it did not run","output_type":"error",
              "traceback":["Timeout: the cell took longer than 0.5 s and was stopped; the cells after it did not run"]}]
            """)!.ToJsonString(), _place.Outputs("slow.ipynb", 1).ToJsonString());
        Assert.Empty(_place.Outputs("slow.ipynb", 2));
    }

    [Fact]
    public async Task A_cell_that_ends_its_process_is_told_with_the_exit_code()
    {
        var said = await Workplace.Avic("run", _place.Notebook("exit.ipynb", "Console.Write(\"last\"); Environment.Exit(3);", "2"));

        Assert.Equal(1, said.Exit);
        Assert.Equal("the engine ended (exit code 3); the cells after it did not run", _place.Outputs("exit.ipynb", 1)[^1]!["evalue"]!.GetValue<string>());
        Assert.Empty(_place.Outputs("exit.ipynb", 2));
    }

    [Fact]
    public async Task Verify_prints_what_differs_and_writes_nothing()
    {
        var notebook = _place.Notebook("v.ipynb", "foreach (var i in Enumerable.Range(1, 9)) Console.WriteLine(i);", "1 + 1");
        await Workplace.Avic("run", notebook);
        Assert.Equal(0, (await Workplace.Avic("run", "--verify", notebook)).Exit);
        var changed = _place.Text("v.ipynb").Replace("\"5\\n\"", "\"five\\n\"", StringComparison.Ordinal);
        File.WriteAllText(notebook, changed);

        var said = await Workplace.Avic("run", "--verify", notebook);

        Assert.Equal(1, said.Exit);
        Assert.Equal($"""
            {notebook}:3: cell 1: - saved, + now
                [stdout] 3
                [stdout] 4
              - [stdout] five
              + [stdout] 5
                [stdout] 6
                [stdout] 7

            """, said.Output, ignoreLineEndingDifferences: true);
        Assert.Equal(changed, _place.Text("v.ipynb"));
    }

    [Fact]
    public async Task Volatile_cells_are_compared_by_the_kinds_of_their_outputs()
    {
        const string code = """
            var t = DateTime.UtcNow.Ticks; Console.WriteLine(t); if (File.Exists("other")) throw new Exception("no");
            t
            """;
        var notebook = _place.Notebook("v.ipynb", [Workplace.Cell(code, "volatile"), Workplace.Cell("1")]);
        Assert.Equal(0, (await Workplace.Avic("run", notebook)).Exit);

        Assert.Equal(0, (await Workplace.Avic("run", "--verify", notebook)).Exit);

        File.WriteAllText(_place.Path("other"), "");
        var said = await Workplace.Avic("run", "--verify", "--keep-going", notebook);
        Assert.Equal(1, said.Exit);
        Assert.Equal($"""
            {notebook}:3: cell 1: - saved, + now (volatile: kinds only)
                [stream stdout]
              - [execute_result text/plain]
              + [error]

            """, said.Output, ignoreLineEndingDifferences: true);
    }

    [Fact]
    public async Task A_notebook_that_requires_what_is_missing_is_skipped_and_fails_nothing()
    {
        var lacking = Requiring("1.ipynb", """["dotnet", "avic-has-no-such-program"]""");
        Requiring("2.ipynb", "\"dotnet\"");
        var before = File.ReadAllBytes(lacking);

        var said = await Workplace.Avic("run", _place.Folder);

        Assert.Equal(0, said.Exit);
        Assert.Contains($"{lacking}  skipped: it requires avic-has-no-such-program, which cannot be had here\n", said.Error);
        Assert.Equal(before, File.ReadAllBytes(lacking));
        Assert.Single(_place.Outputs("2.ipynb", 1));
        Assert.Equal(2, (await Workplace.Avic("run", Requiring("3.ipynb", "7"))).Exit);
    }

    [Fact]
    public async Task A_program_and_a_package_are_looked_for_once_and_a_word_without_dot_or_capital_asks_no_source()
    {
        List<string> asked = [];
        var requirements = new Requirements((name, version, folder, _) =>
        {
            asked.Add($"{name} {version ?? "*"}");
            return Task.FromResult(name == "Plotly.NET");
        });
        string[] needs = ["dotnet", "program: dotnet", "program:no.such", "no-such", "Plotly.NET", "nuget: markdig, 1.0.0", "Nuget:Plotly.NET", "NUnit", "", "../evil", "a b", "nuget: \"/><x"];

        var missing = await requirements.Missing(needs, _place.Folder, default);
        await requirements.Missing(needs, _place.Folder, default);

        Assert.Equal(["program:no.such", "no-such", "nuget: markdig, 1.0.0", "NUnit", "", "../evil", "a b", "nuget: \"/><x"], missing);
        Assert.Equal(["Plotly.NET *", "markdig 1.0.0", "Plotly.NET *", "NUnit *"], asked);
    }

    [Fact]
    public async Task Whether_a_package_can_be_had_is_tried_against_the_sources_of_the_notebooks_folder()
    {
        Directory.CreateDirectory(_place.Path("feed"));
        File.WriteAllText(_place.Path("nuget.config"), "<configuration><config><add key=\"globalPackagesFolder\" value=\"packages\"/></config><packageSources><clear/><add key=\"here\" value=\"feed\"/></packageSources></configuration>");
        Package("Avic.Test.Present", "1.2.3");

        Assert.Equal(["Avic.Test.Present, 9.9.9"], await new Requirements().Missing(["Avic.Test.Present", "Avic.Test.Present, 9.9.9"], _place.Folder, default));
        Assert.True(Directory.Exists(_place.Path("packages/avic.test.present/1.2.3")));
    }

    [Fact]
    public async Task Out_saves_copies_and_leaves_the_originals()
    {
        var original = File.ReadAllBytes(_place.Notebook("in/sub/a.ipynb", "1"));

        var said = await Workplace.Avic("run", _place.Path("in"), "--out", _place.Path("out"));

        Assert.Equal(0, said.Exit);
        Assert.Equal(original, File.ReadAllBytes(_place.Path("in/sub/a.ipynb")));
        Assert.Single(_place.Outputs("out/sub/a.ipynb", 1));

        _place.Notebook("in2/a.ipynb", "1");
        var clash = await Workplace.Avic("run", _place.Path("in/sub/a.ipynb"), _place.Path("in2/a.ipynb"), "--out", _place.Path("out"));
        Assert.Equal(2, clash.Exit);
        Assert.Contains("--out would save it over", clash.Error);
    }

    [Fact]
    public async Task A_file_that_someone_saved_meanwhile_is_not_overwritten()
    {
        var notebook = _place.Notebook("edited.ipynb", "File.AppendAllText(\"edited.ipynb\", \"\\n\\n\");\n1");

        var said = await Workplace.Avic("run", notebook);

        Assert.Equal(2, said.Exit);
        Assert.Contains("the file was changed while it ran; nothing saved", said.Error);
        Assert.Empty(_place.Outputs("edited.ipynb", 1));
        Assert.EndsWith("\n\n\n", _place.Text("edited.ipynb"));
    }

    [Fact]
    public async Task A_large_output_is_saved_whole_and_told()
    {
        var said = await Workplace.Avic("run", _place.Notebook("large.ipynb", "Console.Write(new string('x', 5_000_000)); Console.Write(new string('é', 3_500_000));", "1"));

        Assert.Matches(@"cell 1/2  \d+\.\d\d s  output 12 MB: few editors open a notebook of that size\n.*cell 2/2  \d+\.\d\d s\n", said.Error.ReplaceLineEndings("\n"));
        Assert.Equal(8_500_000, _place.Outputs("large.ipynb", 1)[0]!["text"]![0]!.GetValue<string>().Length);
    }

    [Fact]
    public async Task A_link_stays_a_link()
    {
        var notebook = _place.Notebook("real/a.ipynb", "1");
        if (OperatingSystem.IsWindows())
            return;   // links need a privilege there
        File.CreateSymbolicLink(_place.Path("link.ipynb"), notebook);

        await Workplace.Avic("run", _place.Path("link.ipynb"));

        Assert.NotNull(File.ResolveLinkTarget(_place.Path("link.ipynb"), false));
        Assert.Single(_place.Outputs("real/a.ipynb", 1));
    }

    [Fact]
    public async Task Wrong_words_and_files_are_one_clear_line_and_exit_code_2()
    {
        File.WriteAllText(_place.Path("python.ipynb"), """{"cells": [], "metadata": {"kernelspec": {"language": "python"}}, "nbformat": 4}""");
        File.WriteAllText(_place.Path("broken.ipynb"), "{\n \"cells\": [,]\n}");
        Directory.CreateDirectory(_place.Path("empty"));

        Assert.Equal("avic: nowhere.ipynb: there is no such file or folder", await Line("run", "nowhere.ipynb"));
        Assert.EndsWith("empty: no notebook (.ipynb, .dib) in this folder", await Line("run", _place.Path("empty")));
        Assert.EndsWith("python.ipynb: its language is python; only C# notebooks can be run", await Line("run", _place.Path("python.ipynb")));
        Assert.Contains("broken.ipynb:2:12: not JSON: ", await Line("run", _place.Path("broken.ipynb")));
        Assert.Equal("{\n \"cells\": [,]\n}", _place.Text("broken.ipynb"));
        Assert.Equal("avic: '': there is no such file or folder", await Line("run", ""));
        Assert.EndsWith("one two.ipynb: there is no such file or folder", await Line("run", _place.Path("one\ntwo.ipynb")));
        Assert.StartsWith("avic: --out: names no folder.", await Line("run", "x.ipynb", "--out", ""));
        Assert.StartsWith("avic: --timeout: '-1' is no number of seconds above 0.", await Line("run", "x.ipynb", "--timeout", "-1"));
        Assert.StartsWith("avic: --verify writes nothing", await Line("run", "x.ipynb", "--verify", "--out", "x"));

        static async Task<string> Line(params string[] words)
        {
            var said = await Workplace.Avic(words);
            Assert.Equal(2, said.Exit);
            Assert.DoesNotContain("   at ", said.Error);
            return said.Error.TrimEnd();
        }
    }

    [Fact]
    public async Task Help_shows_an_example() => Assert.Contains("avic run notebooks", (await Workplace.Avic("run", "--help")).Output);

    [Fact]
    public async Task What_could_not_be_saved_is_not_run()
    {
        File.WriteAllText(_place.Path("file"), "");
        Directory.CreateDirectory(_place.Path("out/b.ipynb"));
        var locked = _place.Notebook("locked.ipynb", "File.WriteAllText(\"ran\", \"\");");
        File.SetAttributes(locked, FileAttributes.ReadOnly);

        Assert.EndsWith("locked.ipynb: could not be saved: the file is read-only; name another folder with --out\n", await Refused("run", locked));
        Assert.EndsWith("file: a file has this name; name another folder with --out\n", await Refused("run", locked, "--out", _place.Path("file")));
        Assert.EndsWith("b.ipynb: could not be saved: it is a folder; name another folder with --out\n", await Refused("run", _place.Notebook("b.ipynb", "File.WriteAllText(\"ran\", \"\");"), "--out", _place.Path("out")));
        Assert.False(File.Exists(_place.Path("ran")));
        Assert.Equal(0, (await Workplace.Avic("run", locked, "--out", _place.Path("out"))).Exit);
        Assert.True(File.Exists(_place.Path("ran")));
        File.SetAttributes(locked, FileAttributes.Normal);
    }

    [Fact]
    public async Task A_notebook_that_removes_itself_is_not_brought_back()
    {
        Assert.EndsWith("gone.ipynb: the file was removed while it ran; nothing saved\n", await Refused("run", _place.Notebook("gone.ipynb", "File.Delete(\"gone.ipynb\");")));
        Assert.Empty(Directory.GetFiles(_place.Folder));
    }

    [Fact]
    public async Task A_name_as_long_as_names_can_be_is_saved()
    {
        var notebook = _place.Notebook(new string('n', 249) + ".ipynb", "1");
        Assert.Equal(0, (await Workplace.Avic("run", notebook)).Exit);
        Assert.Equal([notebook], Directory.GetFiles(_place.Folder));
    }

    [Fact]
    public async Task Line_breaks_of_Windows_stay_in_the_file_and_out_of_the_outputs()
    {
        var notebook = _place.Notebook("crlf.ipynb", "Console.Write(\"a\\n\");\r\n@\"b\r\nc\".Length");
        File.WriteAllText(notebook, File.ReadAllText(notebook).ReplaceLineEndings("\r\n"));

        Assert.Equal(0, (await Workplace.Avic("run", notebook)).Exit);

        Assert.DoesNotMatch("[^\r]\n", _place.Text("crlf.ipynb"));
        Assert.Equal("a\n", _place.Outputs("crlf.ipynb", 1)[0]!["text"]![0]!.GetValue<string>());
        Assert.Equal("4", _place.Outputs("crlf.ipynb", 1)[1]!["data"]!["text/plain"]![0]!.GetValue<string>());
        Assert.Equal(0, (await Workplace.Avic("run", "--verify", notebook)).Exit);
    }

    [NeedsFact("mkfifo")]
    public async Task A_pipe_is_refused_without_waiting()
    {
        Process.Start("mkfifo", [_place.Path("pipe.ipynb")]).WaitForExit();
        Assert.EndsWith("pipe.ipynb: a pipe is no notebook\n", await Refused("run", _place.Folder).WaitAsync(Patience));
    }

    [Theory]
    [InlineData("fr_FR.UTF-8")]
    [InlineData("tr_TR.UTF-8")]
    public async Task The_users_language_changes_nothing(string language)
    {
        var notebook = _place.Notebook("culture.ipynb", "1.5", "\"TITLE\".ToLower() + $\"{1234.5:N1}\"");
        var start = new ProcessStartInfo(Platform.Dotnet, ["exec", Path.Combine(AppContext.BaseDirectory, "avic.dll"), "run", "--timeout", "99.5", notebook])
        {
            RedirectStandardError = true,
            StandardErrorEncoding = Encoding.UTF8,
            Environment = { ["LANG"] = language, ["LC_ALL"] = language },
        };
        using var front = Process.Start(start)!;
        var said = await front.StandardError.ReadToEndAsync();
        await front.WaitForExitAsync();

        Assert.Equal(0, front.ExitCode);
        Assert.Equal("1.5", _place.Outputs("culture.ipynb", 1)[0]!["data"]!["text/plain"]![0]!.GetValue<string>());
        Assert.Equal("title1,234.5", _place.Outputs("culture.ipynb", 2)[0]!["data"]!["text/plain"]![0]!.GetValue<string>());
        Assert.Contains("culture.ipynb  cell 2/2  0.", said);
    }

    private static async Task<string> Refused(params string[] words)
    {
        var said = await Workplace.Avic(words);
        Assert.Equal((2, ""), (said.Exit, said.Output));
        return said.Error;
    }

    private string Requiring(string name, string requires)
    {
        var notebook = _place.Notebook(name, "1");
        File.WriteAllText(notebook, _place.Text(name).Replace("\"metadata\": {\n  \"kernelspec\"", $"\"metadata\": {{\n  \"avic\": {{\"requires\": {requires}}},\n  \"kernelspec\"", StringComparison.Ordinal));
        return notebook;
    }

    // The smallest package that a source can offer.
    private void Package(string name, string version)
    {
        using var package = ZipFile.Open(_place.Path($"feed/{name}.{version}.nupkg"), ZipArchiveMode.Create);
        using var description = new StreamWriter(package.CreateEntry($"{name}.nuspec").Open());
        description.Write($"<package><metadata><id>{name}</id><version>{version}</version><authors>a</authors><description>d</description></metadata></package>");
    }
}
