using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Avic.Cells;

namespace Avic.Tool;

/// <param name="Source">The teacher's notebook, or a folder of them; null for none.</param>
/// <param name="Timeout">The longest one cell may take.</param>
/// <param name="Memory">What the cells may allocate, in bytes.</param>
internal sealed record GradeSettings(string? Source, TimeSpan Timeout, long Memory);

/// <summary>Runs one student's notebook to see which tests pass: in a process of its own, on a leash, in a folder that is deleted.</summary>
internal sealed class Grading(GradeSettings settings)
{
    /// <summary>No honest notebook says more.</summary>
    private const long MostText = 16 << 20;

    private const long MostFiles = 64 << 20;

    /// <exception cref="NotebookException">It cannot be graded.</exception>
    public async Task<NotebookGrade> Of(NotebookPath path, CancellationToken cancel)
    {
        if (path.IsText)
            throw new NotebookException($"{path.Path}: a .dib cannot say which cells are graded");
        var clock = Stopwatch.StartNew();
        var source = Source(path);
        var plan = GradePlan.Of(ExerciseNotebook.Read(path.Path), source is null ? null : ExerciseNotebook.Read(source));
        var temporary = Platform.NewTemporaryFolder();
        try
        {
            var folder = Directory.CreateDirectory(Path.Combine(temporary, "notebook")).FullName;
            CopyBeside(source ?? path.Path, folder);
            var tests = await Tests(path, plan, folder, Directory.CreateDirectory(Path.Combine(temporary, "tmp")).FullName, cancel);
            return new(path.Path, [.. plan.Graded.Select(m => m.IsByHand ? new CellGrade(m.GradeId, null, m.Points, null)
                : tests.GetValueOrDefault(m.GradeId) ?? new CellGrade(m.GradeId, 0, m.Points, "it is not in C#, so it was not run"))], plan.Words, clock.Elapsed);
        }
        finally
        {
            Delete(temporary);
        }
    }

    private async Task<Dictionary<string, CellGrade>> Tests(NotebookPath path, GradePlan plan, string folder, string temporary, CancellationToken cancel)
    {
        // Waiting is limited by the cell's time; this is for what nobody waits for.
        await using var leash = new Leash(settings.Memory, settings.Timeout * (plan.Cells.Count + 1) * Environment.ProcessorCount + TimeSpan.FromMinutes(1), temporary);
        await using var engine = EngineProcess.Start(folder, _ => { }, leash.Prepare);
        if (!await engine.Ready(cancel))
            throw new NotebookException($"{path.Path}: the engine did not start ({leash.Broken ?? await engine.Epitaph()})");
        var streams = "avic_" + RandomNumberGenerator.GetHexString(16);
        Dictionary<string, CellGrade> grades = [];
        long said = 0;
        // Why no more cells can be run: the variables went with the process.
        var (_, lost) = await Run(0, $"var {streams} = (Out: System.Console.Out, Error: System.Console.Error);");
        foreach (var cell in plan.Cells)
        {
            if (lost is not null)
            {
                if (cell.Test is { } left)
                    grades[left.GradeId] = new(left.GradeId, 0, left.Points, GradeReport.Line($"not run: {lost}"));
                continue;
            }
            // A student may have put something else in the place of the console on which a test complains.
            if (cell.Test is not null)
            {
                await Run(cell.Number, $"using Console = global::System.Console; global::System.Console.SetOut({streams}.Out); global::System.Console.SetError({streams}.Error);");
                await Run(cell.Number, KitNames(cell.Code));
            }
            var (witness, ended) = await Run(cell.Number, cell.Code);
            if (cell.Test is { } test)
                grades[test.GradeId] = ended is null ? witness.Grade(test) : new(test.GradeId, 0, test.Points, GradeReport.Line($"it {ended}"));
            lost = ended is null ? null : $"{cell.Name} {ended}";
        }
        return grades;

        async Task<(CellWitness Witness, string? Ended)> Run(int number, string code)
        {
            var witness = new CellWitness();
            var before = said;
            void Said(Message message)
            {
                if (message is Asked)
                    engine.Send(new Answer(null));   // nobody sits there
                witness.Hear(message);
                said = before + witness.Length;
                if (said > MostText)
                    leash.Break($"it wrote more than {MostText >> 20} MB");
            }

            var end = await engine.Run(number, code, Said, settings.Timeout, cancel, RandomNumberGenerator.GetHexString(32));
            cancel.ThrowIfCancellationRequested();
            return (witness, leash.Broken is { } broken ? $"was stopped: {broken}"
                : end == CellEnd.TimedOut ? $"took longer than {settings.Timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s and was stopped"
                : end == CellEnd.Died ? $"ended its process ({await engine.Epitaph()})"
                : null);
        }
    }

    // And something of one's own under the names that a test judges by.
    private static string KitNames(string test) => string.Concat(
        from type in typeof(Model.Exercise).Assembly.GetExportedTypes()
        where type is { IsNested: false, IsGenericType: false } && Regex.IsMatch(test, $@"\b{type.Name}\b")
        select $"using {type.Name} = global::{type.FullName};");

    private string? Source(NotebookPath path)
    {
        if (settings.Source is not { } given || !Directory.Exists(given))
            return settings.Source;
        var name = Path.GetFileName(path.Path);
        return Directory.EnumerateFiles(given, "*", new EnumerationOptions { RecurseSubdirectories = true })
            .Where(file => Platform.PathComparer.Equals(Path.GetFileName(file), name)).Order(StringComparer.Ordinal).FirstOrDefault()
            ?? throw new NotebookException($"{path.Path}: {given} has no {name} to grade it by");
    }

    // The teacher's data, not the student's, where there is a teacher; our libraries come from the tool, never from a student.
    private static void CopyBeside(string notebook, string to)
    {
        long total = 0;
        foreach (var file in new DirectoryInfo(Path.GetDirectoryName(Path.GetFullPath(notebook))!).EnumerateFiles())
        {
            if (NotebookPath.IsNotebook(file.Name) || file.LinkTarget is not null || Platform.IsPipe(file.FullName))
                continue;
            if ((total += file.Length) > MostFiles)
                throw new NotebookException($"{notebook}: more than {MostFiles >> 20} MB of files lie beside it; give it a folder of its own");
            file.CopyTo(Path.Combine(to, file.Name));
        }
    }

    private static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // a cell made something that cannot be deleted: it stays in the system's temporary folder
        }
    }
}
