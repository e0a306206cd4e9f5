using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Avic.Tool.Tests;

/// <summary>What <c>notebooks/HOSTS.md</c> tells to type is typed here, in its order.</summary>
public sealed partial class HostsFacts : IDisposable
{
    private const string Tool = "dotnet run --project lib/Avic.Tool -- ";

    private static readonly string Root = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../.."));
    private static readonly string Page = File.ReadAllText(Path.Combine(Root, "notebooks", "HOSTS.md")).ReplaceLineEndings("\n");

    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Its_commands_do_what_they_are_for_and_its_cells_run()
    {
        _place.Notebook("notebooks/hosts.ipynb", [.. Blocks("csharp")]);

        foreach (var line in Blocks("sh").SelectMany(block => block.Split('\n')))
            if (line.StartsWith(Tool, StringComparison.Ordinal))
                Assert.Equal((line, 0, ""), await Avic(line[Tool.Length..].Split(' ')));
            else if (line.StartsWith("dotnet build ", StringComparison.Ordinal))
                Assert.True(Directory.Exists(Path.Combine(Root, line.Split(' ')[^1])), line);
            else
                Assert.True(line.StartsWith("code --install-extension ", StringComparison.Ordinal) && File.Exists(_place.Path(line.Split(' ')[^1])), line);

        Assert.StartsWith("SAFE", _place.Outputs("notebooks/hosts.ipynb", 2)[0]!["data"]!["text/plain"]![0]!.GetValue<string>());
        Assert.True(File.Exists(_place.Path("artifacts/site/hosts.html")));
        Assert.Equal(["avic"], Directory.GetDirectories(_place.Path("jupyter/kernels")).Select(Path.GetFileName));
    }

    [Fact]
    public void What_a_container_does_first_names_what_is_there()
    {
        var folder = Path.Combine(Root, ".devcontainer");
        using var container = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "devcontainer.json")));

        Assert.True(File.Exists(Path.Combine(folder, container.RootElement.GetProperty("build").GetProperty("dockerfile").GetString()!)));
        var first = container.RootElement.GetProperty("postCreateCommand").GetString()!.Split(" && ");
        Assert.Equal(["dotnet build lib/Avic.Tool", $"{Tool.Replace("run", "run --no-build", StringComparison.Ordinal)}vscode"], first);
        Assert.All(first, command => Assert.Contains(command.Replace(" --no-build", "", StringComparison.Ordinal), Page));
    }

    private static IEnumerable<string> Blocks(string language) =>
        Fenced().Matches(Page).Where(block => block.Groups["language"].Value == language).Select(block => block.Groups["text"].Value);

    // Jupyter's folder of this user is left alone.
    private async Task<(string Line, int Exit, string Error)> Avic(string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(Platform.Dotnet, [Path.Combine(AppContext.BaseDirectory, "avic.dll"), .. words])
        {
            WorkingDirectory = _place.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["JUPYTER_DATA_DIR"] = _place.Path("jupyter") },
        })!;
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (Tool + string.Join(' ', words), process.ExitCode, process.ExitCode == 0 ? "" : await error);
    }

    [GeneratedRegex("^```(?<language>\\w+)\n(?<text>.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fenced();
}
