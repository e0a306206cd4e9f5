using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Avic.Tool.Tests;

/// <summary>Real VS Code in a real browser, used once as a person would; each fact below looks at what was seen.</summary>
public sealed class RealVscode : IAsyncLifetime
{
    private readonly Workplace _place = new();
    private JsonNode? _seen;

    public JsonNode Seen => _seen ?? throw new InvalidOperationException("AVIC_CODE_SERVER is not set, and CI=true asks for it.");

    public string Original { get; } = Path.Combine(VscodeFacts.Source, "..", "..", "notebooks", "00-start-here.ipynb");

    public string Tour => _place.Path("00-start-here.ipynb");

    public string Polyglot => _place.Path("polyglot é.ipynb");

    public async Task InitializeAsync()
    {
        if (CodeServerFactAttribute.Folder is not { Length: > 0 } rig)
            return;   // the facts are skipped, or have nothing to look at
        Prepare();
        var package = await Workplace.Avic("vscode", "--out", _place.Path("packed"));
        Assert.Equal(0, package.Exit);
        var vsix = Directory.GetFiles(_place.Path("packed")).Single();
        var start = new ProcessStartInfo("node", [Path.Combine(VscodeFacts.Source, "test", "drive.js"), rig, vsix, Path.Combine(AppContext.BaseDirectory, "avic.dll"), _place.Folder])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["AVIC_DRIVEN"] = _place.Folder },
        };
        using var driver = Process.Start(start)!;
        var error = driver.StandardError.ReadToEndAsync();
        var output = await driver.StandardOutput.ReadToEndAsync();
        await driver.WaitForExitAsync();
        KeepPictures();
        _seen = driver.ExitCode == 0 ? JsonNode.Parse(output) : throw new InvalidOperationException($"{await error}(pictures of it are in {Pictures})");
    }

    public Task DisposeAsync()
    {
        _place.Dispose();
        return Task.CompletedTask;
    }

    public string Folder => _place.Folder;

    private static string Pictures => Path.GetFullPath(Path.Combine(VscodeFacts.Source, "..", "..", "artifacts", "vscode"));

    private void Prepare()
    {
        var notebooks = Path.GetDirectoryName(Original)!;
        File.Copy(Original, Tour);
        Directory.CreateDirectory(_place.Path("bin"));
        foreach (var library in Directory.GetFiles(Path.Combine(notebooks, "bin")))
            File.Copy(library, Path.Combine(_place.Path("bin"), Path.GetFileName(library)));
        _place.Notebook("polyglot é.ipynb",
            "var name = Console.ReadLine();\n\"hello \" + name",
            "Console.Write(\"out\"); Console.Error.Write(\"err\");",
            "throw new InvalidOperationException(\"boom\");",
            "\"never\"",
            "while (true) { }",
            "6 * 7",
            "Math");
        var polyglot = JsonNode.Parse(File.ReadAllText(Polyglot))!;
        polyglot["metadata"]!["language_info"] = new JsonObject { ["name"] = "polyglot-notebook" };
        foreach (var cell in polyglot["cells"]!.AsArray())
            cell!["metadata"] = JsonNode.Parse("""{"dotnet_interactive":{"language":"csharp"},"polyglot_notebook":{"kernelName":"csharp"}}""");
        File.WriteAllText(Polyglot, polyglot.ToJsonString());
    }

    // A picture says more than a time-out; the folder of the test does not stay.
    private void KeepPictures()
    {
        Directory.CreateDirectory(Pictures);
        foreach (var picture in Directory.Exists(_place.Path("seen")) ? Directory.GetFiles(_place.Path("seen")) : [])
            File.Copy(picture, Path.Combine(Pictures, Path.GetFileName(picture)), overwrite: true);
    }
}

[Collection(nameof(WithoutCompany))]
public sealed class RealVscodeFacts(RealVscode vscode) : IClassFixture<RealVscode>
{
    private JsonNode Tour => vscode.Seen["tour"]!;

    private JsonNode AfterError => vscode.Seen["polyglot"]!["afterError"]!;

    [CodeServerFact]
    public void A_notebook_of_an_archived_kernel_is_picked_up() => Assert.Equal("C# (avic)", (string?)Tour["kernel"]);

    [CodeServerFact]
    public void Run_all_runs_every_cell_in_order()
    {
        Assert.Equal(Enumerable.Range(1, 11).Select(number => $"[{number}]"), Tour["counts"]!.AsArray().Select(count => (string?)count));
        Assert.Equal((11, 0), ((int)Tour["succeeded"]!, (int)Tour["failed"]!));
    }

    [CodeServerFact]
    public void The_pictures_are_drawn()
    {
        // Lanes and the stepper's lanes in parts, and two plots: as many as are saved.
        Assert.Equal(Regex.Count(File.ReadAllText(vscode.Original), "<img src="), Tour["images"]!.AsArray().Count);
        Assert.All(Tour["images"]!.AsArray(), image => Assert.True((int)image!["width"]! > 100 && (int)image["height"]! > 100 && ((string)image["alt"]!).Length > 20));
    }

    [CodeServerFact]
    public void What_VS_Code_saves_is_what_avic_run_saves() => Assert.Equal(File.ReadAllText(vscode.Original), File.ReadAllText(vscode.Tour));

    [CodeServerFact]
    public void A_cell_that_reads_a_line_gets_what_was_typed() => Assert.StartsWith("hello Ådä", (string?)AfterError["text"]);

    [CodeServerFact]
    public void An_error_stops_run_all_and_names_the_cells_line()
    {
        Assert.Equal((2, 1), ((int)AfterError["succeeded"]!, (int)AfterError["failed"]!));
        Assert.Contains("InvalidOperationException: boom", (string?)AfterError["text"]);
        Assert.Contains("at cell 3, line 1", (string?)AfterError["text"]);
        Assert.DoesNotContain("never", (string?)AfterError["text"]);
    }

    [CodeServerFact]
    public void Interrupt_ends_an_endless_loop_and_says_what_was_lost() =>
        Assert.Contains("Interrupted: the cell did not stop when it was interrupted", (string?)vscode.Seen["polyglot"]!["afterInterrupt"]!["text"]);

    [CodeServerFact]
    public void After_an_interrupt_cells_run_again() => Assert.Equal((3, 2), ((int)vscode.Seen["polyglot"]!["afterFreshEngine"]!["succeeded"]!, (int)vscode.Seen["polyglot"]!["afterFreshEngine"]!["failed"]!));

    [CodeServerFact]
    public void A_restart_begins_numbers_anew() => Assert.Equal("[1]", (string?)vscode.Seen["polyglot"]!["afterRestart"]!["counts"]![5]);

    [CodeServerFact]
    public void A_dot_offers_the_members() => Assert.Contains("Abs", vscode.Seen["polyglot"]!["proposals"]!.AsArray().Select(p => (string?)p));

    [CodeServerFact]
    public void Saved_streams_and_errors_are_what_Jupyter_saves()
    {
        var cells = JsonNode.Parse(File.ReadAllText(vscode.Polyglot))!["cells"]!;
        Assert.Equal("""[{"name":"stdout","output_type":"stream","text":["out"]},{"name":"stderr","output_type":"stream","text":["err"]}]""", cells[1]!["outputs"]!.ToJsonString());
        Assert.Equal(
            """[{"ename":"InvalidOperationException","evalue":"boom","output_type":"error","traceback":["InvalidOperationException: boom","   at cell 3, line 1"]}]""",
            cells[2]!["outputs"]!.ToJsonString());
    }

    [CodeServerFact]
    public void No_process_is_left()
    {
        if (!Directory.Exists("/proc"))
            return;   // only Linux shows an environment so
        Assert.DoesNotContain(Directory.GetFiles("/proc", "environ", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 1, IgnoreInaccessible = true }), IsDriven);

        bool IsDriven(string environment)
        {
            try
            {
                return File.ReadAllText(environment).Contains($"AVIC_DRIVEN={vscode.Folder}", StringComparison.Ordinal);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;   // ended while we looked
            }
        }
    }
}
