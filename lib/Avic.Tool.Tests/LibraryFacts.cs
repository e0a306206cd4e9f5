namespace Avic.Tool.Tests;

/// <summary>Which file a cell's #r brings.</summary>
public sealed class LibraryFacts : IDisposable
{
    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    private const string Model = "namespace Avic.Model { public class Kernel { public override string ToString() => \"the kernel beside\"; } }";
    private const string Notebook = "namespace Avic.Notebook { public static class Show { public static Avic.Model.Kernel It() => new(); } }";

    [Fact]
    public async Task The_very_file_that_a_cell_names_is_loaded_and_brings_the_model_lying_beside_it()
    {
        var model = _place.Library("bin/Avic.Model.dll", Model);
        var library = _place.Library("bin/Avic.Notebook.dll", Notebook, model);
        var notebook = _place.Notebook("part/loads.ipynb",
            "#r \"../bin/Avic.Notebook.dll\"\nusing Avic.Model; using Avic.Notebook;\nShow.It()",
            "typeof(Show).Assembly.Location",
            "typeof(Kernel).Assembly.Location",
            "new Kernel()");

        var said = await Workplace.Avic("run", notebook);

        Assert.Equal(0, said.Exit);
        Assert.Equal("the kernel beside", Plain(1));
        Assert.Equal(library, Plain(2));
        Assert.Equal(model, Plain(3));
        Assert.Equal("the kernel beside", Plain(4));
        Assert.Contains($"Avic.Notebook 0.0.0.0 from {library}", said.Error);
        Assert.Contains($"Avic.Model 0.0.0.0 from {model}", said.Error);

        string Plain(int cell) => string.Concat(_place.Outputs("part/loads.ipynb", cell)[0]!["data"]!["text/plain"]!.AsArray().Select(l => l!.GetValue<string>()));
    }

    [Fact]
    public async Task Our_libraries_missing_beside_a_notebook_come_from_the_tool_and_it_says_so_once()
    {
        var notebook = _place.Notebook("moved.ipynb",
            "#r \"bin/Avic.Notebook.dll\"\n#r \"bin/Avic.Model.dll\"",
            "#r \"bin/Avic.Notebook.dll\"\n1",
            "#r \"bin/Other.dll\"");

        var said = await Workplace.Avic("run", notebook);

        Assert.Equal(1, said.Exit);
        Assert.Equal("[]", _place.Outputs("moved.ipynb", 1).ToJsonString());
        foreach (var name in new[] { "Avic.Notebook.dll", "Avic.Model.dll" })
            Assert.Single(said.Error.Split(Environment.NewLine),
                line => line == $"{notebook}  {Path.Combine("bin", name)} is missing beside the notebook; using {Path.Combine(AppContext.BaseDirectory, name)}");
        Assert.Contains("CS0006", _place.Outputs("moved.ipynb", 3)[0]!["evalue"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_library_that_is_no_library_is_an_error_of_the_cell()
    {
        Directory.CreateDirectory(_place.Path("bin"));
        File.WriteAllText(_place.Path("bin/Avic.Notebook.dll"), "not a library");
        var said = await Workplace.Avic("run", _place.Notebook("bad.ipynb", "\n#r \"bin/Avic.Notebook.dll\"\n1"));
        Assert.Equal(1, said.Exit);
        Assert.StartsWith("cell 1 (2,1): error CS", _place.Outputs("bad.ipynb", 1)[0]!["evalue"]!.GetValue<string>());
    }
}
