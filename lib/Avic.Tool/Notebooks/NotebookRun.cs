using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Avic.Cells;

namespace Avic.Tool;

/// <param name="Timeout">The longest one cell may take.</param>
/// <param name="KeepGoing">Go on after a cell's error.</param>
/// <param name="Verify">Compare with the saved outputs and write nothing.</param>
/// <param name="OutFolder">Where to save, or null for in place.</param>
internal sealed record RunSettings(TimeSpan Timeout, bool KeepGoing = false, bool Verify = false, string? OutFolder = null);

/// <summary>Runs notebooks one after the other, tells how it goes, and saves what came out.</summary>
internal sealed class NotebookRun(RunSettings settings, TextWriter output, TextWriter progress)
{
    /// <summary>The exit code: the worst of all notebooks.</summary>
    public async Task<int> All(IReadOnlyList<string> given, CancellationToken cancel)
    {
        try
        {
            var notebooks = NotebookPaths.Find(given);
            if (settings.OutFolder is not null && notebooks.GroupBy(n => n.Under).FirstOrDefault(g => g.Count() > 1) is { } same)
                throw new NotebookException($"{same.ElementAt(1).Path}: --out would save it over {same.First().Path}");
            var worst = CommandLine.Ok;
            foreach (var (path, under) in notebooks)
                worst = Math.Max(worst, await One(path, settings.OutFolder is { } folder ? Path.Combine(folder, under) : path, cancel));
            return worst;
        }
        catch (NotebookException e)
        {
            progress.WriteLine($"avic: {e.Message}");
            return CommandLine.Unusable;
        }
        catch (OperationCanceledException)
        {
            progress.WriteLine("avic: interrupted; the notebook at hand is as it was");
            return CommandLine.Interrupted;
        }
    }

    private async Task<int> One(string path, string target, CancellationToken cancel)
    {
        try
        {
            var clock = Stopwatch.StartNew();
            // The engine is started before the file is read: it needs longer.
            await using var engine = EngineProcess.Start(Path.GetDirectoryName(Path.GetFullPath(path))!, note => progress.WriteLine($"{path}  {note}"));
            var notebook = NotebookReader.Read(path, await File.ReadAllBytesAsync(path, cancel));
            if (!IsCSharp(notebook.Language))
                throw new NotebookException($"{path}: its language is {notebook.Language}; only C# notebooks can be run");
            var results = await Cells(notebook, engine, cancel);
            var failed = results.Any(r => r.Outputs.Error is not null);
            var same = settings.Verify ? Compare(notebook, results) : true;
            var saved = settings.Verify ? same ? "as saved" : "different" : await Save(notebook, results, target, cancel);
            progress.WriteLine($"{path}  {results.Count} cells  {Seconds(clock.Elapsed)}  {(failed ? "failed, " : "")}{saved}");
            return failed || !same ? CommandLine.Failed : CommandLine.Ok;
        }
        catch (NotebookException e)
        {
            progress.WriteLine($"avic: {e.Message}");
            return CommandLine.Unusable;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            progress.WriteLine($"avic: {path}: {e.Message}");
            return CommandLine.Unusable;
        }
    }

    private async Task<List<CellResult>> Cells(NotebookFile notebook, EngineProcess engine, CancellationToken cancel)
    {
        if (!await engine.Ready(cancel))
            throw new NotebookException($"{notebook.Path}: the engine did not start ({await engine.Epitaph()})");
        List<CellResult> results = [];
        Dictionary<string, JsonObject> displays = [];
        foreach (var cell in notebook.Cells)
        {
            var place = $"{notebook.Path}  cell {cell.Number}/{notebook.Cells.Count}";
            if (cell.IsSkipped || !IsCSharp(cell.Language ?? notebook.Language))
            {
                progress.WriteLine($"{place}  skipped ({(cell.IsSkipped ? "skip-run" : cell.Language)})");
                continue;
            }
            var outputs = new CellOutputs(cell.Number, displays);
            results.Add(new CellResult(cell, outputs));
            if (string.IsNullOrWhiteSpace(cell.Source))
                continue;
            var clock = Stopwatch.StartNew();
            void Said(Message message)
            {
                if (message is Asked)
                    engine.Send(new Answer(null));   // nobody sits there
                else
                    outputs.Add(message);
            }

            var end = await engine.Run(cell.Number, cell.Source, Said, settings.Timeout, cancel);
            if (end != CellEnd.Done)
                outputs.Add(await Lost(end, engine));
            progress.WriteLine($"{place}  {Seconds(clock.Elapsed)}{(outputs.Error is { } error ? $"  failed: {error}" : "")}");
            if (end != CellEnd.Done || outputs.Error is not null && !settings.KeepGoing)
                break;
        }
        return results;
    }

    // The variables went with the process: no later cell can run.
    private async Task<Failed> Lost(CellEnd end, EngineProcess engine)
    {
        var (name, what) = end == CellEnd.TimedOut
            ? ("Timeout", $"the cell took longer than {Number(settings.Timeout.TotalSeconds)} s and was stopped; the cells after it did not run")
            : ("EngineEnded", $"the engine ended ({await engine.Epitaph()}); the cells after it did not run");
        return new Failed(name, what, [$"{name}: {what}"]);
    }

    private static async Task<string> Save(NotebookFile notebook, IEnumerable<CellResult> results, string target, CancellationToken cancel)
    {
        var bytes = notebook.With(results.Select(r => (r.Cell, r.Outputs.ToJson(), r.IsEmpty ? (int?)null : r.Cell.Number)));
        var inPlace = target == notebook.Path;
        if (inPlace && ReferenceEquals(bytes, notebook.Bytes))
            return "unchanged";
        // An editor may have saved meanwhile, and its work is worth more than our outputs.
        if (inPlace && !(await File.ReadAllBytesAsync(target, cancel)).AsSpan().SequenceEqual(notebook.Bytes))
            throw new NotebookException($"{target}: the file was changed while it ran; nothing saved");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(target))!);
        AtomicFile.Write(target, bytes);
        return inPlace ? "saved" : $"saved to {target}";
    }

    private bool Compare(NotebookFile notebook, IEnumerable<CellResult> results)
    {
        var same = true;
        foreach (var result in results)
        {
            var saved = SavedOutputs.Readable(result.Cell.Outputs is { } span ? notebook.Text(span) : "[]");
            var fresh = SavedOutputs.Readable(result.Outputs.ToJson().ToJsonString());
            if (saved.SequenceEqual(fresh))
                continue;
            same = false;
            output.WriteLine($"{notebook.Path}:{result.Cell.Line}: cell {result.Cell.Number}: - saved, + now");
            foreach (var line in OutputDiff.Of(saved, fresh))
                output.WriteLine($"  {line}");
        }
        return same;
    }

    private static bool IsCSharp(string language) => language.ToUpperInvariant() is "" or "C#" or "CSHARP";

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture) + " s";

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);

    private sealed record CellResult(NotebookCell Cell, CellOutputs Outputs)
    {
        public bool IsEmpty => string.IsNullOrWhiteSpace(Cell.Source);
    }
}
