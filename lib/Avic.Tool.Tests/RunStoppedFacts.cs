using System.Diagnostics;
using System.IO.Pipes;

namespace Avic.Tool.Tests;

/// <summary>What `avic run` leaves behind when it is interrupted or killed.</summary>
public sealed class RunStoppedFacts : IDisposable
{
    // Only a test that fails waits this long.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    // As a terminal does it: the signal goes to every process of the group at once. A test runner may have been started with
    // the signal ignored, and children inherit that.
    [NeedsFact("setsid", "env", "sh")]
    public async Task Interrupted_at_a_terminal_the_notebook_at_hand_is_as_it_was_and_those_before_are_saved()
    {
        var first = _place.Notebook("1.ipynb", "1");
        var notebook = Signalling("2.ipynb", out var signal);
        await using var pipe = signal;
        var before = File.ReadAllBytes(notebook);
        using var front = Process.Start(new ProcessStartInfo("setsid", ["env", "--default-signal=INT", Platform.Dotnet, "exec", Path.Combine(AppContext.BaseDirectory, "avic.dll"), "run", first, notebook]) { RedirectStandardError = true })!;
        await pipe.WaitForConnectionAsync().WaitAsync(Patience);

        Process.Start("sh", ["-c", $"kill -INT -{front.Id}"]).WaitForExit();

        await front.WaitForExitAsync();
        Assert.Equal(130, front.ExitCode);
        Assert.EndsWith("avic: interrupted; the notebook at hand is as it was\n", await front.StandardError.ReadToEndAsync());
        Assert.Equal(before, File.ReadAllBytes(notebook));
        Assert.Single(_place.Outputs("1.ipynb", 1));
        Assert.Equal(2, Directory.GetFiles(_place.Folder).Length);
        Assert.Equal(0, await EndOf(pipe));
    }

    [Fact]
    public async Task Interrupted_the_file_is_as_it_was()
    {
        var notebook = Signalling("interrupted.ipynb", out var signal);
        await using var pipe = signal;
        var before = File.ReadAllBytes(notebook);
        using var progress = new StringWriter();
        using var interrupt = new CancellationTokenSource();
        var running = new NotebookRun(new RunSettings(TimeSpan.FromMinutes(1)), TextWriter.Null, progress).All([notebook], interrupt.Token);
        await pipe.WaitForConnectionAsync().WaitAsync(Patience);

        interrupt.Cancel();

        Assert.Equal(130, await running);
        Assert.Equal(before, File.ReadAllBytes(notebook));
        Assert.Contains("interrupted", progress.ToString());
        Assert.Equal(0, await EndOf(pipe));
    }

    [Fact]
    public async Task Killed_the_file_is_whole_and_the_engine_ends_too()
    {
        var notebook = Signalling("killed.ipynb", out var signal);
        await using var pipe = signal;
        var before = File.ReadAllBytes(notebook);
        using var front = Process.Start(new ProcessStartInfo(Platform.Dotnet, ["exec", Path.Combine(AppContext.BaseDirectory, "avic.dll"), "run", notebook]) { RedirectStandardError = true })!;
        await pipe.WaitForConnectionAsync().WaitAsync(Patience);

        front.Kill(entireProcessTree: false);

        await front.WaitForExitAsync();
        Assert.Equal(before, File.ReadAllBytes(notebook));
        Assert.Equal([notebook], Directory.GetFiles(_place.Folder));
        Assert.Equal(0, await EndOf(pipe));
    }

    // The cell tells through a pipe that it runs; the pipe's end is the end of its process.
    private string Signalling(string name, out NamedPipeServerStream pipe)
    {
        var pipeName = $"avic-{Guid.NewGuid():n}";
        pipe = new NamedPipeServerStream(pipeName, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous);
        return _place.Notebook(name, $"var pipe = new System.IO.Pipes.NamedPipeClientStream(\"{pipeName}\");\npipe.Connect();\nwhile (true) {{ }}");
    }

    private static async Task<int> EndOf(Stream pipe) => await pipe.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience);
}
