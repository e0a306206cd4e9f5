using Avic.Model;
using Avic.Textbook;

namespace Avic.Benchmarks;

/// <summary>Rows written in a notebook cell against the same rows in a library: the host compiles cells optimised.</summary>
internal static class Cells
{
    public static void Measure()
    {
        if (!File.Exists(Tool))
        {
            Console.WriteLine("\ncells: build lib/Avic.Tool in the same configuration first.");
            return;
        }
        var folder = Directory.CreateTempSubdirectory("avic-cells").FullName;
        var library = typeof(Explorer).Assembly.Location;
        var source = Path.Combine(AppContext.BaseDirectory, "Textbook");
        // The very files that this program was compiled from, without what the script dialect lacks: a namespace.
        var rows = string.Concat(new[] { "Textbook.cs", "Peterson.cs" }.Select(file => File.ReadAllText(Path.Combine(source, file))))
            .Replace("namespace Avic.Textbook;", "").Replace("Model.Model", "Avic.Model.Model").Replace("using Avic.Model;", "").Replace("using System.Runtime.CompilerServices;", "").Replace("Textbook.MutualExclusion", "Avic_Textbook.MutualExclusion");
        const string measure = "for (var i = 0; i < 4; i++) System.Console.WriteLine(Explorer.Explore(Peterson.Of(4), new() { Threads = 1 }).Cost.Elapsed.TotalSeconds.ToString());";
        var notebook = Path.Combine(folder, "cells.ipynb");
        File.WriteAllText(notebook, System.Text.Json.JsonSerializer.Serialize(new
        {
            cells = new[] { $"#r \"{library}\"\nusing Avic.Model;\nusing System.Runtime.CompilerServices;", rows.Replace("public static class Textbook", "public static class Avic_Textbook"), measure }
                .Select(text => new { cell_type = "code", execution_count = (int?)null, metadata = new { }, outputs = Array.Empty<object>(), source = text }),
            metadata = new { kernelspec = new { display_name = ".NET (C#)", language = "C#", name = ".net-csharp" } },
            nbformat = 4,
            nbformat_minor = 5,
        }));
        using var run = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("dotnet", [Tool, "run", notebook]) { RedirectStandardError = true })!;
        var errors = run.StandardError.ReadToEnd();
        run.WaitForExit();
        var ours = Enumerable.Range(0, 4).Min(_ => Explorer.Explore(Peterson.Of(4), new() { Threads = 1 }).Cost.Elapsed.TotalSeconds);
        using var saved = System.Text.Json.JsonDocument.Parse(File.ReadAllText(notebook));
        var outputs = saved.RootElement.GetProperty("cells")[2].GetProperty("outputs");
        if (run.ExitCode != 0 || outputs.GetArrayLength() == 0)
        {
            Console.WriteLine($"\ncells: the notebook failed: {errors}");
            return;
        }
        var text = string.Concat(outputs[0].GetProperty("text").EnumerateArray().Select(line => line.GetString()));
        var cell = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Min(double.Parse);
        Console.WriteLine($"\n| peterson.4, 1 thread | seconds |\n|---|---|\n| rows in a library | {ours:0.00} |\n| the same rows in a cell | {cell:0.00} ({cell / ours:0.00} ×) |");
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>The `avic` built in the same configuration, if it is.</summary>
    public static string Tool => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../../Avic.Tool/bin", Configuration, "net10.0/avic.dll"));

    private static string Configuration => AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Release{Path.DirectorySeparatorChar}") ? "Release" : "Debug";
}
