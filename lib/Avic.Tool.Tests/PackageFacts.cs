using System.IO.Compression;

namespace Avic.Tool.Tests;

/// <summary>Packages from a folder that the notebook's own nuget.config names.</summary>
public sealed class PackageFacts : IDisposable
{
    internal const string Feed = """<configuration><packageSources><clear /><add key="beside" value="feed" /></packageSources></configuration>""";

    private readonly Workplace _place = new();

    public PackageFacts()
    {
        // Packages of these names stay in the user's folder of packages otherwise, and the next run would find them there.
        File.WriteAllText(_place.Path("nuget.config"), Feed.Replace("<packageSources>", "<config><add key=\"globalPackagesFolder\" value=\"kept\" /></config><packageSources>", StringComparison.Ordinal));
    }

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task A_package_and_what_it_needs_come_from_the_notebooks_own_sources()
    {
        var low = Pack("Avic.Try.Low", "1.0.0", "namespace Low { public static class Deep { public static string Word => \"from below\"; } }");
        Pack("Avic.Try.High", "2.0.0", "namespace High { public static class Top { public static string Word => Low.Deep.Word; } }", "Avic.Try.Low", low);
        var notebook = _place.Notebook("uses.ipynb",
            "#r \"nuget: Avic.Try.High, 2.0.0\"\nHigh.Top.Word",
            "#r \"nuget: Avic.Try.High, 2.0.0\"\nusing High;\nTop.Word + Low.Deep.Word");

        var said = await Workplace.Avic("run", notebook);

        Assert.Equal(0, said.Exit);
        Assert.Equal(["from below", "from belowfrom below"], new[] { Plain(1), Plain(2) });
    }

    [Fact]
    public async Task Without_a_version_the_newest_stable_one_is_taken_and_told_and_its_usings_are_there()
    {
        foreach (var version in new[] { "1.0.0", "1.2.0", "2.0.0-beta" })
            Pack("Avic.Try.Many", version, $"namespace Many {{ public static class Which {{ public static string Version => \"{version}\"; }} }}");

        var said = await Workplace.Avic("run", _place.Notebook("uses.ipynb", "#r \"nuget: Avic.Try.Many\"\nWhich.Version"));

        Assert.Equal((0, "1.2.0"), (said.Exit, Plain(1)));
        Assert.Contains("uses.ipynb  Avic.Try.Many 1.2.0 is the newest", said.Error);
    }

    [Fact]
    public async Task What_a_package_needs_may_come_in_a_later_version_than_it_names()
    {
        var low = Pack("Avic.Try.Low", "1.5.0", "namespace Low { public static class Deep { public static string Word => \"from below\"; } }");
        Pack("Avic.Try.High", "2.0.0", "namespace High { public static class Top { public static string Word => Low.Deep.Word; } }", "Avic.Try.Low", low);

        var said = await Workplace.Avic("run", _place.Notebook("uses.ipynb", "#r \"nuget: Avic.Try.High, 2.0.0\"\nHigh.Top.Word"));

        Assert.Equal((0, "from below"), (said.Exit, Plain(1)));
    }

    [Theory]
    [InlineData("Low.Deep.Word + High.Top.Word")]   // loaded by then
    [InlineData("High.Top.Word + Low.Deep.Word")]   // and not yet
    public async Task A_library_made_for_an_older_version_of_another_runs_on_the_one_there_is(string code)
    {
        var old = _place.Library("old/Low.dll", Signed("1.0.0.0", "old"));
        _place.Library("high/High.dll", "namespace High { public static class Top { public static string Word => Low.Deep.Word; } }", old);
        _place.Library("Low.dll", Signed("2.0.0.0", "new"));

        var said = await Workplace.Avic("run", _place.Notebook("uses.ipynb", $"#r \"high/High.dll\"\n#r \"Low.dll\"\n{code}"));

        Assert.Equal((0, "newnew"), (said.Exit, Plain(1)));
    }

    [Fact]
    public async Task A_library_made_for_a_newer_version_of_another_is_told_what_it_lacks()
    {
        var newer = _place.Library("new/Low.dll", Signed("3.0.0.0", "newer"));
        _place.Library("high/High.dll", "namespace High { public static class Top { public static string Word => Low.Deep.Word; } }", newer);
        _place.Library("Low.dll", Signed("2.0.0.0", "new"));

        var said = await Workplace.Avic("run", _place.Notebook("uses.ipynb", "#r \"Low.dll\"\nLow.Deep.Word", "#r \"high/High.dll\"\nHigh.Top.Word"));

        Assert.Equal(1, said.Exit);
        Assert.Contains("Low, Version=3.0.0.0", Error(2));
    }

    // A strong name, as FSharp.Core has one: others are taken in any version.
    private static string Signed(string version, string word) =>
        $$"""[assembly: System.Reflection.AssemblyVersion("{{version}}")] namespace Low { public static class Deep { public static string Word => "{{word}}"; } }""";

    [Fact]
    public async Task What_cannot_be_had_is_one_line_that_names_it_and_the_next_cell_runs()
    {
        Pack("Avic.Try.Old", "1.0.0", "public static class Old;");
        var said = await Workplace.Avic("run", "--keep-going", _place.Notebook("uses.ipynb",
            "\n#r \"nuget: Avic.Try.Old, 0.9.0\"\n1", "#r \"nuget: Avic.Try.None\"", "#r \"nuget: not a name, 1\"", "3"));

        Assert.Equal(1, said.Exit);
        Assert.Equal("cell 1 (2,1): error AVIC: the package Avic.Try.Old 0.9.0 cannot be had: your package sources do not have that version", Error(1));
        Assert.Equal("cell 2 (1,1): error AVIC: the package Avic.Try.None cannot be had: your package sources have none of that name", Error(2));
        Assert.Equal("cell 3 (1,1): error AVIC: nuget: not a name, 1: this is not #r \"nuget: Name, Version\"", Error(3));
        Assert.Equal("3", Plain(4));
    }

    private string Pack(string name, string version, string code, string? needs = null, params string[] references)
    {
        var library = _place.Library($"built/{name}.dll", code, references);
        Directory.CreateDirectory(_place.Path("feed"));
        using var package = ZipFile.Open(_place.Path($"feed/{name}.{version}.nupkg"), ZipArchiveMode.Create);
        package.CreateEntryFromFile(library, $"lib/net8.0/{name}.dll");
        Write(package, "interactive-extensions/dotnet/extension.dib", $"#!csharp\n\nusing {name.Split('.')[^1]};\n");
        Write(package, $"{name}.nuspec", $"""
            <package><metadata><id>{name}</id><version>{version}</version><authors>a test</authors><description>a test</description>
            <dependencies><group targetFramework="net8.0">{(needs is null ? "" : $"<dependency id=\"{needs}\" version=\"1.0.0\" />")}</group></dependencies></metadata></package>
            """);
        return library;
    }

    private static void Write(ZipArchive package, string name, string text)
    {
        using var entry = new StreamWriter(package.CreateEntry(name).Open());
        entry.Write(text);
    }

    private string Plain(int cell) => string.Concat(_place.Outputs("uses.ipynb", cell)[^1]!["data"]!["text/plain"]!.AsArray().Select(l => l!.GetValue<string>()));

    private string Error(int cell) => _place.Outputs("uses.ipynb", cell)[^1]!["evalue"]!.GetValue<string>();
}
