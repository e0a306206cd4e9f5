using System.Diagnostics;

namespace Avic.Tool.Tests;

/// <summary>What is decided per operating system.</summary>
public sealed class PlatformFacts : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [NeedsFact("jupyter")]
    public void Jupyters_folder_is_the_one_that_jupyter_itself_names()
    {
        using var asked = Process.Start(new ProcessStartInfo("jupyter", ["--data-dir"]) { RedirectStandardOutput = true })!;
        Assert.Equal(asked.StandardOutput.ReadToEnd().Trim(), Platform.JupyterData);
    }

    [Fact]
    public void A_program_is_found_on_the_path_and_a_name_that_no_folder_has_is_not()
    {
        Assert.True(File.Exists(Platform.Find("dotnet")));
        Assert.Null(Platform.Find("avic-has-no-such-program"));
    }

    [NeedsFact("mkfifo")]
    public void A_pipe_is_told_from_a_file_without_waiting_for_a_writer()
    {
        var pipe = _place.Path("pipe.ipynb");
        Process.Start("mkfifo", [pipe]).WaitForExit();
        File.WriteAllText(_place.Path("file.ipynb"), "");

        Assert.True(Platform.IsPipe(pipe));
        Assert.False(Platform.IsPipe(_place.Path("file.ipynb")));
        Assert.False(Platform.IsPipe(_place.Folder));
        Assert.False(Platform.IsPipe(_place.Path("nothing")));
    }

    [Theory]
    [InlineData("1", 0)]
    [InlineData("new byte[1 << 29].Length", 1)]
    [InlineData("System.Runtime.InteropServices.Marshal.AllocHGlobal(1 << 30)", 1)]
    [InlineData("while (true) { }", 1)]
    public async Task A_child_has_no_more_than_its_limits(string code, int exit)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var start = new ProcessStartInfo(Platform.Dotnet, ["exec", Path.Combine(AppContext.BaseDirectory, "avic.dll"), "run", _place.Notebook("n.ipynb", code)])
        {
            RedirectStandardError = true,
        };
        Assert.Null(Platform.Limit(start, 256 << 20, TimeSpan.FromSeconds(4)));
        using var limited = Process.Start(start)!;
        var said = await limited.StandardError.ReadToEndAsync();
        await limited.WaitForExitAsync();

        Assert.True(exit == limited.ExitCode, said);
    }
}
