namespace Avic.Model;

public static partial class Exercise
{
    /// <summary>Read a run's picture: with which of its rows does something come to be so?</summary>
    /// <param name="run">The run.</param>
    /// <param name="what">What, in words: "vCPU 0 enters its guest".</param>
    /// <param name="holds">The same as values of fields, all of which must hold: <c>("core0.in_guest", 1)</c>.</param>
    /// <returns>Answers are the numbers of all such rows.</returns>
    /// <exception cref="ModelException">There is no such field, or no such row.</exception>
    public static Exercise<int[]> Rows(Trace run, string what, params (string Field, long Value)[] holds)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(what);
        ArgumentNullException.ThrowIfNull(holds);
        int[] found = [.. Enumerable.Range(1, run.Steps.Count).Where(row => Holds(row) && !Holds(row - 1))];
        if (found.Length == 0) throw new ModelException($"In no row of this run {what}.");
        return new($"Give the rows with which {what}; there {(found.Length == 1 ? "is 1" : $"are {found.Length}")}.", rows =>
        {
            int[] given = [.. rows.Distinct()];
            if (given.Length == 0) return Wrong($"No row is given, and there {(found.Length == 1 ? "is 1" : $"are {found.Length}")}.");
            foreach (var row in given.Where(row => row < 1 || row > run.Steps.Count)) return Wrong($"The run has rows 1 to {run.Steps.Count}, and no row {row}.");
            var score = $"{given.Count(found.Contains)} of {Count(found.Length, "row")} found.";
            foreach (var row in given.Where(row => !found.Contains(row)))
                return Wrong($"{Row(run, row)}, is not where {what}. {score}", $"The nearest that is lies {Count(found.Min(right => Math.Abs(right - row)), "row")} from it{(Holds(row) ? "; here it is so already" : "")}.");
            return given.Length < found.Length ? Wrong($"That is not every time that {what}. {score}", "The run goes on after it, and more of the kind may come before.")
                : Right($"Each time that {what} is there: {string.Join(", ", found.Select(row => $"row {row}, {run.Steps[row - 1].Row}"))}.");
        })
        { Shown = run };

        bool Holds(int rows) => holds.All(one => run.Value(one.Field, rows) == one.Value);
    }
}
