using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace Avic.Tool.Tests;

/// <summary>The VS Code extension without VS Code.</summary>
public sealed class VscodeFacts : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task The_package_holds_the_extension_and_is_the_same_every_time()
    {
        var said = await Workplace.Avic("vscode", "--out", _place.Path("a"));
        await Workplace.Avic("vscode", "--out", _place.Path("b"));

        var package = Path.Combine("a", "avic-0.1.0.vsix");
        Assert.Equal((0, ""), (said.Exit, said.Error));
        Assert.Contains($"code --install-extension \"{_place.Path(package)}\"", said.Output);
        Assert.Equal(File.ReadAllBytes(_place.Path(package)), File.ReadAllBytes(_place.Path(Path.Combine("b", "avic-0.1.0.vsix"))));
        using var zip = ZipFile.OpenRead(_place.Path(package));
        Assert.Equal(
            ["extension.vsixmanifest", "[Content_Types].xml", .. Files().Append("LICENSE.txt").Order(StringComparer.Ordinal).Select(f => $"extension/{f}")],
            zip.Entries.Select(e => e.FullName));
    }

    [Fact]
    public void The_extension_has_the_version_of_the_tool() =>
        Assert.Equal(
            typeof(CommandLine).Assembly.GetName().Version!.ToString(3),
            (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(Source, "package.json")))!["version"]);

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_one_line()
    {
        File.WriteAllText(_place.Path("file"), "");
        var said = await Workplace.Avic("vscode", "--out", _place.Path("file"));
        Assert.Equal(2, said.Exit);
        Assert.Single(said.Error.TrimEnd().Split('\n'));
    }

    [NeedsFact("node")]
    public async Task Its_own_tests_pass()
    {
        var tests = Directory.GetFiles(Path.Combine(Source, "test"), "*.test.js");
        using var node = Process.Start(new ProcessStartInfo("node", ["--test", "--test-timeout=120000", .. tests]) { RedirectStandardOutput = true })!;
        var told = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, told);
        Assert.Matches(@"# pass [1-9]", told);
    }

    internal static string Source => Path.GetFullPath(Path.Combine(Here(), "..", "..", "Avic.VSCode"));

    private static IEnumerable<string> Files() =>
        Directory.GetFiles(Source, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Source, f).Replace('\\', '/')).Where(f => !f.StartsWith("test/", StringComparison.Ordinal));

    private static string Here([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "here");
}
