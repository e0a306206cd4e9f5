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
    /// <summary>Outputs beyond this make a notebook that editors open slowly or not at all.</summary>
    private const long MostOutput = 10_000_000;

    private readonly Requirements _requirements = new();

    /// <summary>The exit code: the worst of all notebooks.</summary>
    public async Task<int> All(IReadOnlyList<string> given, CancellationToken cancel)
    {
        try
        {
            if (settings.OutFolder is not null)
                OutFolder.Try(settings.OutFolder, "--out");
            var notebooks = NotebookPaths.Find(given);
            if (settings.OutFolder is not null && notebooks.GroupBy(n => n.Under, Platform.PathComparer).FirstOrDefault(g => g.Count() > 1) is { } same)
                throw new NotebookException($"{same.ElementAt(1).Path}: --out would save it over {same.First().Path}");
            return await InOrder(notebooks, cancel);
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

    // The engine of the next notebook warms up while this one's runs.
    private async Task<int> InOrder(IReadOnlyList<NotebookPath> notebooks, CancellationToken cancel)
    {
        var worst = CommandLine.Ok;
        Task<EngineProcess>? next = null;
        try
        {
            for (var i = 0; i < notebooks.Count; i++)
            {
                var clock = Stopwatch.StartNew();
                var engine = next ?? Started(notebooks[i]);
                next = i + 1 < notebooks.Count ? Started(notebooks[i + 1]) : null;
                worst = Math.Max(worst, await One(notebooks[i], engine, clock, cancel));
            }
            return worst;
        }
        finally
        {
            if (next is { IsCompletedSuccessfully: true })
                await next.Result.DisposeAsync();
        }
    }

    private Task<EngineProcess> Started(NotebookPath path)
    {
        try
        {
            return Task.FromResult(EngineProcess.Start(FolderOf(path), note => progress.WriteLine($"{path.Path}  {note}")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            return Task.FromException<EngineProcess>(e);   // told when its notebook's turn has come
        }
    }

    private static string FolderOf(NotebookPath path) => Path.GetDirectoryName(Path.GetFullPath(path.Path))!;

    private async Task<int> One(NotebookPath path, Task<EngineProcess> started, Stopwatch clock, CancellationToken cancel)
    {
        try
        {
            await using var engine = await started;
            var draft = NotebookDraft.Of(path, settings.OutFolder);
            var notebook = draft.Notebook;
            if (!IsCSharp(notebook.Language))
                throw new NotebookException($"{path.Path}: its language is {notebook.Language}; only C# notebooks can be run");
            if (await _requirements.Missing(notebook.Requires, FolderOf(path), cancel) is { Count: > 0 } missing)
            {
                progress.WriteLine($"{path.Path}  skipped: it requires {string.Join(" and ", missing)}, which cannot be had here");
                return CommandLine.Ok;
            }
            if (path.IsFound && notebook.IsUnsolved)
            {
                progress.WriteLine($"{path.Path}  skipped: an exercise that is not solved yet; to run it all the same: avic run {path.Path}");
                return CommandLine.Ok;
            }
            if (!settings.Verify)
                draft.TrySave();
            else if (path.IsText && !ReferenceEquals(notebook.Bytes, draft.Before))
                throw new NotebookException($"{path.Path}: a .dib holds no outputs, and {draft.Target} {(draft.Before is null ? "is not there" : "has other cells")}; run it without --verify first");
            var results = await Cells(notebook, engine, cancel);
            var failed = results.Any(r => r.Failed);
            var same = !settings.Verify || Compare(notebook, results);
            var saved = settings.Verify ? same ? "as saved" : "different" : draft.Save(notebook.With(results.Select(r => (r.Cell, r.ToSave(), r.IsEmpty ? (int?)null : r.Cell.Number))));
            progress.WriteLine($"{path.Path}  {results.Count} {(results.Count == 1 ? "cell" : "cells")}  {Seconds(clock.Elapsed)}  {(failed ? "failed, " : "")}{saved}");
            return failed || !same ? CommandLine.Failed : CommandLine.Ok;
        }
        catch (NotebookException e)
        {
            progress.WriteLine($"avic: {e.Message}");
            return CommandLine.Unusable;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
        {
            progress.WriteLine($"avic: {path.Path}: {e.Message}");
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
            var language = cell.Language ?? notebook.Language;
            if (cell.IsSkipped || !IsCSharp(language) && !IsShown(language))
            {
                progress.WriteLine($"{place}  skipped ({(cell.IsSkipped ? "skip-run" : cell.Language)})");
                continue;
            }
            var outputs = new CellOutputs(cell.Number, displays);
            var result = new CellResult(cell, outputs);
            results.Add(result);
            if (string.IsNullOrWhiteSpace(cell.Source))
                continue;
            var clock = Stopwatch.StartNew();
            void Said(Message message)
            {
                if (message is Asked)
                    engine.Send(new Answer(null));   // nobody sits there
                else if (message is Progressed far)
                    Tell($"{place}  {far.Text}");
                else
                    outputs.Add(message);
            }

            var end = await engine.Run(cell.Number, IsCSharp(language) ? cell.Source : $"#!{language}\n{cell.Source}", Said, settings.Timeout, cancel);
            result.IsLost = end != CellEnd.Done;
            if (result.IsLost)
                outputs.Add(await Lost(end, engine, cancel));
            progress.WriteLine($"{place}  {Seconds(clock.Elapsed)}{(outputs.Size > MostOutput ? $"  output {Number(outputs.Size / 1_000_000)} MB: few editors open a notebook of that size" : "")}{(outputs.Error is { } error ? $"  {(result.Failed ? "failed" : "raised, as it may")}: {error}" : "")}");
            if (result.IsLost || result.Failed && !settings.KeepGoing)
                break;
        }
        return results;
    }

    // One line that changes, for who watches; a log would only fill up.
    private void Tell(string line)
    {
        if (ReferenceEquals(progress, Console.Error) && !Console.IsErrorRedirected)
            progress.Write($"\r{line}\e[K\r");
    }

    // The variables went with the process: no later cell can run.
    private async Task<Failed> Lost(CellEnd end, EngineProcess engine, CancellationToken cancel)
    {
        // Ctrl-C reaches every process of the terminal, and the engine may end before we hear of it.
        if (end == CellEnd.Died)
            await Task.Delay(100, cancel);
        var (name, what) = end == CellEnd.TimedOut
            ? ("Timeout", $"the cell took longer than {Number(settings.Timeout.TotalSeconds)} s and was stopped; the cells after it did not run")
            : ("EngineEnded", $"the engine ended ({await engine.Epitaph()}); the cells after it did not run");
        return new Failed(name, what, [$"{name}: {what}"]);
    }

    private bool Compare(NotebookFile notebook, IEnumerable<CellResult> results)
    {
        var same = true;
        foreach (var result in results)
        {
            Func<string, IReadOnlyList<string>> lines = result.Cell.IsVolatile ? SavedOutputs.Shape : SavedOutputs.Readable;
            var saved = lines(result.Cell.Outputs is { } span ? notebook.Text(span) : "[]");
            var fresh = lines(result.ToSave().ToJsonString());
            if (saved.SequenceEqual(fresh))
                continue;
            same = false;
            output.WriteLine($"{notebook.Path}:{result.Cell.Line}: cell {result.Cell.Number}: - saved, + now{(result.Cell.IsVolatile ? " (volatile: kinds only)" : "")}");
            foreach (var line in OutputDiff.Of(saved, fresh))
                output.WriteLine($"  {line}");
        }
        return same;
    }

    // Code cells that are there to be looked at: the engine shows what stands below such a line.
    private static bool IsShown(string language) => language is "markdown" or "mermaid" or "html";

    internal static bool IsCSharp(string language) => language.ToUpperInvariant() is "" or "C#" or "CSHARP";

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture) + " s";

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);

    private sealed record CellResult(NotebookCell Cell, CellOutputs Outputs)
    {
        public bool IsEmpty => string.IsNullOrWhiteSpace(Cell.Source);

        /// <summary>Whether its process is gone, and the variables with it.</summary>
        public bool IsLost { get; set; }

        public bool Failed => Outputs.Error is not null && (IsLost || !Cell.MayFail);

        // What went wrong is never left out.
        public JsonArray ToSave() => Cell.IsUnsaved && Outputs.Error is null ? [] : Outputs.ToJson();
    }
}
