namespace Avic.Tool;

/// <summary>What nbgrader's metadata (schema version 3) says of a cell.</summary>
/// <param name="GradeId">The name under which the teacher's cell and the student's are the same.</param>
/// <param name="Points">The most it can bring; 0 where it brings none.</param>
internal sealed record ExerciseMarks(string GradeId, bool IsGrade, bool IsSolution, bool IsLocked, bool IsTask, double Points)
{
    /// <summary>Its points come from running it.</summary>
    public bool IsTest => IsGrade && !IsSolution;

    /// <summary>Its points come from somebody who reads it.</summary>
    public bool IsByHand => IsTask || IsGrade && IsSolution;

    /// <summary>What a student must not change: where a student's copy says something else, the teacher's counts.</summary>
    public bool IsTeachers => !IsSolution && (IsGrade || IsLocked || IsTask);
}
