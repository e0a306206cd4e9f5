using System.Text;

namespace Avic.Tool;

/// <summary>Grades notebooks one after the other, prints what each brought, and writes it down for a build server.</summary>
internal sealed class GradeRun(GradeSettings settings, string? junit, TextWriter output, TextWriter error)
{
    /// <summary>The exit code: whether all could be graded, whatever they brought.</summary>
    public async Task<int> All(IReadOnlyList<string> given, CancellationToken cancel)
    {
        try
        {
            var paths = NotebookPaths.Find(given);
            if (settings.Source is { } source && !File.Exists(source) && !Directory.Exists(source))
                throw new NotebookException($"{source}: {NotebookPaths.Missing(source)}");
            if (junit is not null)
                AtomicFile.Try(junit);
            List<NotebookGrade> grades = [];
            List<(string Path, string Why)> ungraded = [];
            foreach (var path in paths)
                try
                {
                    grades.Add(await new Grading(settings).Of(path, cancel));
                    GradeReport.Write(output, grades[^1]);
                }
                catch (Exception e) when (e is NotebookException or IOException or UnauthorizedAccessException or System.ComponentModel.Win32Exception)
                {
                    var why = e is NotebookException ? e.Message : $"{path.Path}: {e.Message}";
                    ungraded.Add((path.Path, why));
                    error.WriteLine($"avic: {why}");
                }
            if (paths.Count > 1)
                output.WriteLine($"in all: {GradeReport.Sum(grades.Sum(g => g.Points), grades.Sum(g => g.Of), grades.Sum(g => g.ByHand))} in {grades.Count} {(grades.Count == 1 ? "notebook" : "notebooks")}{(ungraded.Count > 0 ? $"; {ungraded.Count} could not be graded" : "")}");
            if (junit is not null)
                AtomicFile.Write(junit, Encoding.UTF8.GetBytes($"<?xml version=\"1.0\" encoding=\"utf-8\"?>\n{GradeReport.JUnit(grades, ungraded)}\n"));
            return ungraded.Count > 0 ? CommandLine.Failed : CommandLine.Ok;
        }
        catch (NotebookException e)
        {
            error.WriteLine($"avic: {e.Message}");
            return CommandLine.Unusable;
        }
        catch (Exception e) when (junit is not null && e is IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"avic: {junit}: could not be written: {e.Message}");
            return CommandLine.Unusable;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("avic: interrupted; the notebook at hand was not graded");
            return CommandLine.Interrupted;
        }
    }
}
