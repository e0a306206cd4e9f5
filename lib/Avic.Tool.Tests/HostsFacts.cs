using System.Text.Json;

namespace Avic.Tool.Tests;

/// <summary>What <c>notebooks/HOSTS.md</c> tells to type is typed here, in its order.</summary>
public sealed class HostsFacts : IDisposable
{
    private static readonly Document Page = Document.Of("notebooks/HOSTS.md");

    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Its_commands_do_what_they_are_for_and_its_cells_run()
    {
        _place.Notebook("notebooks/hosts.ipynb", [.. Page.BlocksOf("csharp")]);

        await Page.Type(_place);

        Assert.StartsWith("SAFE", _place.Outputs("notebooks/hosts.ipynb", 2)[0]!["data"]!["text/plain"]![0]!.GetValue<string>());
        Assert.True(File.Exists(_place.Path("artifacts/site/hosts.html")));
        Assert.Equal(["avic"], Directory.GetDirectories(_place.Path("jupyter/kernels")).Select(Path.GetFileName));
    }

    [Fact]
    public void What_a_container_does_first_names_what_is_there()
    {
        const string Tool = "dotnet run --project lib/Avic.Tool -- ";
        var folder = Path.Combine(Document.House, ".devcontainer");
        using var container = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "devcontainer.json")));

        Assert.True(File.Exists(Path.Combine(folder, container.RootElement.GetProperty("build").GetProperty("dockerfile").GetString()!)));
        var first = container.RootElement.GetProperty("postCreateCommand").GetString()!.Split(" && ");
        Assert.Equal(["dotnet build lib/Avic.Tool", $"{Tool.Replace("run", "run --no-build", StringComparison.Ordinal)}vscode"], first);
        Assert.All(first, command => Assert.Contains(command.Replace(" --no-build", "", StringComparison.Ordinal), Page.Text));
    }
}
