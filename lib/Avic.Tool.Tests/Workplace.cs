using System.Text.Json.Nodes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Avic.Tool.Tests;

/// <summary>A folder of its own for one test, with the kind of name that breaks careless programs.</summary>
public sealed class Workplace : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("avic é notebooks ").FullName;

    public string Path(string name) => System.IO.Path.Combine(Folder, name);

    public string Text(string name) => File.ReadAllText(Path(name));

    public JsonArray Outputs(string name, int codeCell) =>
        JsonNode.Parse(Text(name))!["cells"]!.AsArray().Where(c => c!["cell_type"]!.GetValue<string>() == "code").ElementAt(codeCell - 1)!["outputs"]!.AsArray();

    /// <summary>Writes a notebook as Jupyter would, one code cell per source.</summary>
    public string Notebook(string name, params string[] sources) => Notebook(name, sources.Select(s => Cell(s)));

    public string Notebook(string name, IEnumerable<JsonObject> cells)
    {
        var notebook = new JsonObject
        {
            ["cells"] = new JsonArray([.. cells]),
            ["metadata"] = new JsonObject { ["kernelspec"] = new JsonObject { ["display_name"] = ".NET (C#)", ["language"] = "C#", ["name"] = ".net-csharp" } },
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        };
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(name))!);
        File.WriteAllText(Path(name), JupyterJson.Write(notebook, JsonLayout.Jupyter, 0) + "\n");
        return Path(name);
    }

    public static JsonObject Cell(string source, params string[] tags) => new()
    {
        ["cell_type"] = "code",
        ["execution_count"] = null,
        ["metadata"] = tags.Length == 0 ? new JsonObject() : new JsonObject { ["tags"] = new JsonArray([.. tags.Select(t => (JsonNode)t)]) },
        ["outputs"] = new JsonArray(),
        ["source"] = CellOutputs.Lines(source),
    };

    /// <summary>Compiles a library into the workplace.</summary>
    public string Library(string path, string code, params string[] references)
    {
        var file = Path(path);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        var platform = System.IO.Path.GetDirectoryName(typeof(object).Assembly.Location)!;
        var compiled = CSharpCompilation.Create(
            System.IO.Path.GetFileNameWithoutExtension(path), [CSharpSyntaxTree.ParseText(code)],
            [
                MetadataReference.CreateFromFile(typeof(object).Assembly.Location),
                MetadataReference.CreateFromFile(System.IO.Path.Combine(platform, "System.Runtime.dll")),
                .. references.Select(r => MetadataReference.CreateFromFile(r)),
            ],
            // Signed with the standard's own key, which needs no secret.
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, publicSign: true, cryptoPublicKey: [0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0])).Emit(file);
        Assert.Empty(compiled.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error));
        return file;
    }

    /// <summary>`avic` with these words, as the shell would start it; relative paths in it would be the test runner's.</summary>
    public static async Task<Said> Avic(params string[] words)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        return new Said(await CommandLine.Run(words, output, error), output.ToString(), error.ToString());
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>What a command left: its exit code and its two streams.</summary>
public sealed record Said(int Exit, string Output, string Error);
