namespace Avic.Tool;

/// <param name="Code">What is run: the student's, or of locked and test cells the teacher's.</param>
/// <param name="Test">The test it is; null for all other cells.</param>
internal sealed record PlannedCell(int Number, string Name, string Code, ExerciseMarks? Test);

/// <summary>What is run to grade a notebook, and what can be had for it.</summary>
/// <param name="Graded">Every cell that brings points, by running or by hand, in the teacher's order.</param>
/// <param name="Words">What was amiss with the student's copy.</param>
internal sealed record GradePlan(IReadOnlyList<PlannedCell> Cells, IReadOnlyList<ExerciseMarks> Graded, IReadOnlyList<string> Words)
{
    /// <summary>The student's cells, with the teacher's in place of those a student has no say in.</summary>
    /// <param name="teacher">Null where there is none to compare with.</param>
    /// <exception cref="NotebookException">It cannot be known which cells count.</exception>
    public static GradePlan Of(ExerciseNotebook student, ExerciseNotebook? teacher)
    {
        if ((teacher ?? student).Problems is [var problem, ..])
            throw new NotebookException(problem);
        var graded = (teacher ?? student).Cells.Select(c => c.Marks).OfType<ExerciseMarks>().Where(m => m.IsTest || m.IsByHand).ToList();
        if (graded.Count == 0)
            throw new NotebookException($"{(teacher ?? student).Path}: no cell of it is graded");
        if (teacher is null)
            return new([.. student.Cells.Where(c => c.IsCSharp).Select((c, i) => Planned(i, c, c.Marks))], graded,
                ["without --source its own tests count, edited or not"]);

        List<string> words = [];
        List<(ExerciseCell Cell, ExerciseMarks? Marks)> cells = [];
        var teachers = teacher.Cells.Where(c => c.Marks is not null).ToDictionary(c => c.Marks!.GradeId);
        HashSet<string> taken = [];
        foreach (var cell in student.Cells)
            if (cell.Marks is not { GradeId: var id })
                cells.Add((cell, null));
            else if (!teachers.TryGetValue(id, out var source))
            {
                words.Add($"{id}: the source has no such cell; it is not graded");
                cells.Add((cell, null));
            }
            else if (!taken.Add(id))
            {
                words.Add($"{id}: there twice; only the first is graded");
                cells.Add((cell, null));
            }
            else if (!source.Marks!.IsTeachers)
                cells.Add((cell, source.Marks));
            else
            {
                if (IsEdited(cell, source))
                    words.Add($"{id}: edited; the source's was taken");
                cells.Add((source, source.Marks));
            }
        foreach (var missing in teachers.Values.Where(c => !taken.Contains(c.Marks!.GradeId)).ToList())
        {
            words.Add($"{missing.Marks!.GradeId}: missing{(missing.Marks.IsTeachers ? "; the source's was taken" : "")}");
            if (missing.Marks.IsTeachers)
                cells.Insert(PlaceOf(missing, cells, teacher), (missing, missing.Marks));
        }
        return new([.. cells.Where(c => c.Cell.IsCSharp).Select((c, i) => Planned(i, c.Cell, c.Marks))], graded, words);
    }

    // Numbered anew: the same number must not stand for a cell of the source and one of the student's.
    private static PlannedCell Planned(int index, ExerciseCell cell, ExerciseMarks? marks) =>
        new(index + 1, marks?.GradeId ?? cell.Name, cell.Source, marks is { IsTest: true } ? marks : null);

    // Students have the copy without hidden tests.
    private static bool IsEdited(ExerciseCell cell, ExerciseCell source) =>
        cell.IsCode != source.IsCode
        || cell.Text != source.Text && cell.Text != (source with { Source = ExerciseRegions.ForStudents(source, (_, _) => { }) }).Text;

    // After the nearest of the source's cells before it that is there; else before the nearest after it; else last.
    private static int PlaceOf(ExerciseCell missing, List<(ExerciseCell Cell, ExerciseMarks? Marks)> cells, ExerciseNotebook teacher)
    {
        var order = teacher.Cells.Select(c => c.Marks?.GradeId).ToList();
        var at = order.IndexOf(missing.Marks!.GradeId);
        int Index(string? id) => id is null ? -1 : cells.FindIndex(c => c.Marks?.GradeId == id);
        foreach (var id in order[..at].AsEnumerable().Reverse())
            if (Index(id) is >= 0 and var before)
                return before + 1;
        foreach (var id in order[(at + 1)..])
            if (Index(id) is >= 0 and var after)
                return after;
        return cells.Count;
    }
}
