using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Avic.Tool.Tests;

/// <summary>The kernel as Jupyter's own programs see it: their ZeroMQ, their checks, their pages.</summary>
public sealed partial class JupyterFacts : JupyterPlace
{
    private static readonly string Notebooks = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../../notebooks"));

    [NeedsFact("jupyter", "python3")]
    public async Task Jupyters_own_kernel_test_passes_and_skips_only_what_no_cell_can_do()
    {
        await Install("avic");
        // jupyter is a script; its first line names the Python that has Jupyter.
        var python = File.ReadLines(Platform.Find("jupyter")!).First() is ['#', '!', .. var named] ? named.Trim() : "python3";

        var (exit, said) = await Run(python, _place.Folder, Path.Combine(AppContext.BaseDirectory, "Jupyter", "kernel_test.py"), "-v");

        Assert.True(exit == 0, said);
        Assert.Equal(["test_clear_output", "test_pager"], Skipped().Matches(said).Select(m => m.Groups[1].Value).Order(StringComparer.Ordinal));
    }

    [LongNeedsFact("jupyter")]
    public async Task Nbconvert_runs_every_notebook_to_the_saved_outputs()
    {
        await Install(".net-csharp");   // the name they ask for
        // What asks for packages is avic run's to skip; nbconvert does not know how.
        var notebooks = Directory.GetFiles(Notebooks, "*.ipynb").Where(path => JsonNode.Parse(File.ReadAllText(path))!["metadata"]?["avic"]?["requires"] is null).ToArray();
        Assert.NotEmpty(notebooks);

        // Cells that no run takes the time for are out of it here, too.
        var copies = notebooks.Select(path =>
        {
            var notebook = JsonNode.Parse(File.ReadAllText(path))!;
            foreach (var cell in notebook["cells"]!.AsArray().Where(cell => cell!["metadata"]?["tags"]?.AsArray().Any(tag => (string?)tag == "skip-run") == true).ToArray())
                notebook["cells"]!.AsArray().Remove(cell);
            File.WriteAllText(_place.Path(Path.GetFileName(path)), notebook.ToJsonString());
            return _place.Path(Path.GetFileName(path));
        }).ToArray();
        Directory.CreateSymbolicLink(_place.Path("bin"), Path.Combine(Notebooks, "bin"));

        var (exit, said) = await Run("jupyter", _place.Folder, ["nbconvert", "--to", "notebook", "--execute", "--output-dir", _place.Path("out"), .. copies]);

        Assert.True(exit == 0, said);
        foreach (var notebook in notebooks)
        {
            var now = JsonNode.Parse(_place.Text($"out/{Path.GetFileName(notebook)}"))!;
            Assert.Equal(Outputs(JsonNode.Parse(_place.Text(Path.GetFileName(notebook)))!), Outputs(now));
            Assert.Equal("C#", (string?)now["metadata"]!["language_info"]!["name"]);
        }

        // Figures that can be zoomed are for those who look, and are not saved; what changes from run to run says so.
        static IEnumerable<string> Outputs(JsonNode notebook)
        {
            foreach (var cell in notebook["cells"]!.AsArray().Where(cell => (string?)cell!["cell_type"] == "code"))
            {
                foreach (var output in cell!["outputs"]!.AsArray())
                {
                    (output!["data"] as JsonObject)?.Remove("application/vnd.plotly.v1+json");
                    output.AsObject().Remove("execution_count");   // counts the cells that are left out
                }
                var isVolatile = cell["metadata"]?["tags"]?.AsArray().Any(tag => (string?)tag == "volatile") ?? false;
                yield return isVolatile ? "volatile" : cell["outputs"]!.ToJsonString();
            }
        }
    }

    [LongNeedsFact("jupyter", "chromium")]
    public async Task The_classic_notebook_opens_a_notebook_untrusted_runs_it_to_the_end_and_shows_its_pictures()
    {
        await Install(".net-csharp");
        foreach (var file in Directory.GetFiles(Path.Combine(Notebooks, "bin")).Append(Path.Combine(Notebooks, "00-start-here.ipynb")))
        {
            var to = _place.Path(Path.GetRelativePath(Notebooks, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }
        var port = FreePort();
        using var server = Start("jupyter", _place.Folder, "notebook", "--no-browser", "--allow-root", "--ip=127.0.0.1", $"--port={port}", "--NotebookApp.port_retries=0", "--NotebookApp.token=t");
        _ = server.StandardOutput.ReadToEndAsync();   // a full pipe would hold it up
        try
        {
            var words = new List<string>();
            while (await server.StandardError.ReadLineAsync() is { } line && !line.Contains("is running at", StringComparison.Ordinal))
                words.Add(line);
            Assert.False(server.HasExited, string.Join('\n', words));
            _ = server.StandardError.ReadToEndAsync();
            await using var browser = await Chromium.Start();
            const string Code = "Jupyter.notebook.get_cells().filter(c => c.cell_type === 'code')";
            const string Pictures = "[...document.querySelectorAll('.output_html img')]";
            var tab = await browser.Open($"http://127.0.0.1:{port}/notebooks/00-start-here.ipynb?token=t");
            await tab.Until("window.Jupyter && Jupyter.notebook && Jupyter.notebook.kernel && Jupyter.notebook.kernel.is_connected() && Jupyter.notebook._fully_loaded");
            Assert.False((bool)(await tab.Evaluate("Jupyter.notebook.trusted"))!);
            var saved = (int)(await tab.Evaluate($"{Pictures}.length"))!;

            await tab.Evaluate("Jupyter.notebook.clear_all_output(); Jupyter.notebook.execute_all_cells(); 0");
            await tab.Until($"{Code}.every(c => typeof c.input_prompt_number === 'number') && {Pictures}.every(i => i.complete)");

            Assert.Equal(".net-csharp", (string?)await tab.Evaluate("Jupyter.notebook.kernel.name"));
            Assert.Equal(0, (int)(await tab.Evaluate("document.querySelectorAll('.output_error').length"))!);
            Assert.True(saved >= 3);
            Assert.Equal(saved, (int)(await tab.Evaluate($"{Pictures}.filter(i => i.naturalWidth > 0).length"))!);
        }
        finally
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
        }
    }

    private async Task Install(string name) =>
        Assert.Equal(0, (await Workplace.Avic("jupyter", "install", "--prefix", _place.Folder, "--as", name)).Exit);

    [GeneratedRegex(@"^(\w+) .*\.\.\. skipped", RegexOptions.Multiline)]
    private static partial Regex Skipped();
}
