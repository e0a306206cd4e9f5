using System.Diagnostics;
using System.IO.Compression;

namespace Avic.Tool.Tests;

/// <summary>The three packages, made and used as somebody without a clone would: from a folder, and from nowhere else.</summary>
public sealed class ToolPackageFacts : IDisposable
{
    // The user's own folder of packages may hold others of this name and version.
    private const string OnlyTheFeed = """
        <configuration><config><add key="globalPackagesFolder" value="kept" /></config>
        <packageSources><clear /><add key="feed" value="feed" /></packageSources></configuration>
        """;

    private readonly Workplace _place = new();
    private readonly string _configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    public void Dispose() => _place.Dispose();

    [LongFact]
    public async Task The_installed_tool_runs_notebooks_on_the_packages_and_on_its_own_libraries()
    {
        await Pack("feed");
        File.WriteAllText(_place.Path("nuget.config"), OnlyTheFeed);
        await Dotnet("tool", "install", "Avic.Tool", "--tool-path", _place.Path("tools"), "--configfile", _place.Path("nuget.config"));
        _place.Notebook("package.ipynb", "#r \"nuget: Avic.Notebook\"", "Scenario.On(Linux.V5_15, vcpus: 2).Run(Schedule.Seed(7)).Lanes()", "typeof(Linux).Assembly.Location");
        _place.Notebook("own.ipynb", "#r \"bin/Avic.Notebook.dll\"\nusing Avic.Model;\nLinux.V5_15");

        var package = await Avic("run", "package.ipynb");
        Assert.Contains("package.ipynb  Avic.Notebook 0.1.0 is the newest", package);
        Assert.Contains("<img src=\\\"data:image/svg+xml;base64,", _place.Text("package.ipynb"));
        Assert.Contains("/kept/avic.model/0.1.0/lib/net8.0/Avic.Model.dll", _place.Text("package.ipynb").Replace('\\', '/'));

        var own = await Avic("run", "own.ipynb");
        Assert.Matches(@"own\.ipynb  bin.Avic\.Notebook\.dll is missing beside the notebook; using .*tools.*Avic\.Notebook\.dll", own);

        Assert.Contains("0.1.0", await Avic("--version"));
    }

    [LongFact]
    public async Task Packages_have_documentation_and_the_usings_and_the_same_bytes_each_time()
    {
        await Pack("one");
        await Pack("two");

        Assert.Equal(["Avic.Model.0.1.0.nupkg", "Avic.Notebook.0.1.0.nupkg", "Avic.Tool.0.1.0.nupkg"], Directory.GetFiles(_place.Path("one")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (var file in Directory.GetFiles(_place.Path("one")))
            Assert.Equal(Contents(file), Contents(_place.Path($"two/{Path.GetFileName(file)}")));
        var model = Contents(_place.Path("one/Avic.Model.0.1.0.nupkg"));
        var notebook = Contents(_place.Path("one/Avic.Notebook.0.1.0.nupkg"));
        Assert.Contains("lib/net8.0/Avic.Model.xml", model.Keys);
        Assert.Contains("README.md", model.Keys);
        Assert.DoesNotContain("dependency ", model["Avic.Model.nuspec"]);
        Assert.Contains("<license type=\"expression\">MIT</license>", notebook["Avic.Notebook.nuspec"]);
        Assert.Contains("using Avic.Notebook;", notebook["interactive-extensions/dotnet/extension.dib"]);
        var tool = Contents(_place.Path("one/Avic.Tool.0.1.0.nupkg"));
        Assert.Contains("tools/net10.0/any/engine/avic-cells.dll", tool.Keys);
        foreach (var (name, bytes) in model.Concat(notebook).Concat(tool))
            Assert.False(bytes.Replace('\\', '/').Contains(Root.Replace('\\', '/'), StringComparison.Ordinal), $"{name} tells where it was built");
    }

    private static string Root
    {
        get
        {
            var at = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(at, "Avic.slnx")))
                at = Path.GetDirectoryName(at)!;
            return at;
        }
    }

    // What was built for this test is what is packed.
    private async Task Pack(string to)
    {
        foreach (var name in new[] { "Avic.Model", "Avic.Notebook", "Avic.Tool" })
            await Dotnet("pack", Path.Combine(Root, "lib", name), "--no-build", "--configuration", _configuration, "--output", _place.Path(to), "--verbosity", "quiet");
    }

    private static Dictionary<string, string> Contents(string package)
    {
        using var zip = ZipFile.OpenRead(package);
        return zip.Entries.ToDictionary(e => e.FullName, e =>
        {
            using var text = new StreamReader(e.Open(), System.Text.Encoding.Latin1);
            return text.ReadToEnd();
        });
    }

    private Task<string> Avic(params string[] words) => Start(Path.Combine(_place.Path("tools"), Platform.Executable("avic")), words);

    private Task<string> Dotnet(params string[] words) => Start(Platform.Dotnet, words);

    private async Task<string> Start(string program, string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(program, words)
        {
            WorkingDirectory = _place.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_ROOT"] = Path.GetDirectoryName(Platform.Dotnet), ["MSBUILDDISABLENODEREUSE"] = "1" },
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var said = await process.StandardOutput.ReadToEndAsync() + await error;
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{Path.GetFileName(program)} {string.Join(' ', words)}: {said}");
        return said;
    }
}
