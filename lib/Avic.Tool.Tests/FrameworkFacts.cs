using System.Reflection;

namespace Avic.Tool.Tests;

/// <summary>What .NET itself has, a cell has.</summary>
public sealed class FrameworkFacts : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task What_people_use_beside_the_imports_works()
    {
        (string Cell, string Shown)[] uses =
        [
            ("using System.Xml.Linq;\nnew XDocument(new XElement(\"a\", 1)).ToString()", "<a>1</a>"),
            ("var xml = new System.Xml.XmlDocument();\nxml.LoadXml(\"<a><b/><b/></a>\");\nxml.SelectNodes(\"//b\").Count", "2"),
            ("new System.Xml.Serialization.XmlSerializer(typeof(int)).GetType().Name", "XmlSerializer"),
            ("using System.Net.Http;\nnew HttpClient { BaseAddress = new Uri(\"http://localhost/é\") }.BaseAddress.AbsolutePath", "/%C3%A9"),
            ("System.Text.Json.JsonSerializer.Serialize(new { A = 1 })", "{\"A\":1}"),
            ("System.Text.Json.Nodes.JsonNode.Parse(\"[1, 2]\")[1].GetValue<int>()", "2"),
            ("System.Text.RegularExpressions.Regex.Replace(\"abc\", \"b\", \"x\")", "axc"),
            ("System.Numerics.BigInteger.Pow(2, 100)", "1267650600228229401496703205376"),
            ("using System.Collections.Immutable;\nImmutableArray.Create(1, 2).Add(3).Length", "3"),
            ("var channel = System.Threading.Channels.Channel.CreateUnbounded<int>();\nchannel.Writer.TryWrite(3);\nawait channel.Reader.ReadAsync()", "3"),
            ("Microsoft.VisualBasic.Strings.Left(\"abc\", 2)", "ab"),
        ];

        var said = await Workplace.Avic("run", "--keep-going", _place.Notebook("uses.ipynb", [.. uses.Select(use => use.Cell)]));

        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal(uses.Select(use => use.Shown), uses.Select((_, i) => Plain(i + 1)));
    }

    /// <summary>One cell that names them all.</summary>
    [Fact]
    public async Task Every_public_type_of_the_framework_can_be_named_in_a_cell()
    {
        var framework = Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        string[] names = [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(file => Path.GetDirectoryName(file) == framework)
            .SelectMany(file => Assembly.Load(AssemblyName.GetAssemblyName(file)).GetExportedTypes())
            .Where(type => !type.IsNested && type != typeof(void) && type.GetCustomAttribute<ObsoleteAttribute>() is not { IsError: true })
            .Select(Name).Distinct()];
        Assert.True(names.Length > 2000, $"only {names.Length} types were found");

        var said = await Workplace.Avic("run", _place.Notebook("names.ipynb", $"#pragma warning disable\nnew Type[]\n{{\n{string.Join(",\n", names.Select(name => $"typeof({name})"))}\n}}.Length"));

        Assert.True(said.Exit == 0, said.Error);
        Assert.Equal($"{names.Length}", string.Concat(_place.Outputs("names.ipynb", 1)[0]!["data"]!["text/plain"]!.AsArray()));
    }

    private string Plain(int cell) => string.Concat(_place.Outputs("uses.ipynb", cell)[^1]!["data"]!["text/plain"]!.AsArray());

    private static string Name(Type type) =>
        $"global::{type.FullName!.Split('`')[0]}{(type.IsGenericTypeDefinition ? $"<{new string(',', type.GetGenericArguments().Length - 1)}>" : "")}";
}
