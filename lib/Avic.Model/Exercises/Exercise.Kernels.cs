namespace Avic.Model;

public static partial class Exercise
{
    /// <summary>Mend a kernel by edits of its rows, so that it is safe and AVIC still comes back on.</summary>
    /// <param name="broken">The kernel to mend.</param>
    /// <param name="mended">A kernel that is as it should be: what it keeps, an answer must keep, its goals too.</param>
    public static Exercise<Linux> Repair(Linux broken, Linux mended)
    {
        ArgumentNullException.ThrowIfNull(broken);
        ArgumentNullException.ThrowIfNull(mended);
        return new($"Edit rows of {broken.Name} until it keeps what {mended.Name} keeps, and AVIC still comes back on.", answer => Mended(broken, mended, answer));
    }

    private static Answer Mended(Linux broken, Linux mended, Linux answer)
    {
        if (answer.StandsFor != broken.StandsFor || !answer.Edits.Take(broken.Edits.Count).SequenceEqual(broken.Edits))
            return Wrong($"{answer.Name} is not made from {broken.Name}: it is another kernel.", $"Begin with {broken.Name} and edit its rows.");
        var (judgement, model) = (Judge(answer), Judge(mended));
        List<JudgedQuestion> asked = [.. judgement.Questions.Where(question => model.Questions.Any(one => one.Id == question.Id && one.After.Effect == AblationEffect.Kept))];
        List<JudgedQuestion> failed = [.. asked.Where(question => question.After.Effect != AblationEffect.Kept)];
        var score = $"{asked.Count - failed.Count} of {asked.Count} questions are answered as {mended.Name} answers them.";
        if (failed.Count == 0) return Right($"{answer.Name} is safe, and AVIC comes back on: {score}");
        if (failed.Find(question => question.After.Effect == AblationEffect.CannotRun) is { } stopped) return Wrong($"{answer.Name} cannot run: {stopped.After.Why}", score);
        // The shortest counterexample says most; a goal that is lost has none.
        if (failed.Where(question => question.Counterexample is not null).MinBy(question => question.Counterexample!.Steps.Count) is { } shown && shown.Counterexample is { } trace)
            return Wrong($"{(answer.Edits.Count == broken.Edits.Count ? "Nothing is edited, and " : "")}{answer.Name} breaks {(shown.Id == trace.Violation ? shown.Id : $"{trace.Violation} (museum {shown.Id})")} in {Count(trace.Steps.Count, "row")}.",
                $"{score} Read the run from its end: which row believed something that was no longer so?", trace);
        if (failed.Exists(question => question.After.Effect == AblationEffect.Unknown)) return Wrong($"{answer.Name} could not be decided: it has too many states.", score);
        return Wrong($"{answer.Name} is safe only because it does nothing: {string.Join(" and ", failed.Select(question => question.Id))} can no longer be reached.",
            $"{score} A kernel that never lets AVIC do its work loses no access either.");
    }

    // On the answer's own thread: a busy pool's would be waited for, and an answer has 15 s.
    private static Judgement Judge(Linux kernel) => kernel.Judge(core: true, Limits.OfMany with { Threads = 1 });

    /// <summary>Find the row of a list whose loss no question of the judge notices.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="rows">The rows in question, as <c>function.label</c>.</param>
    public static Exercise<string> Redundant(Linux kernel, params string[] rows)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        var listed = Given.Each(rows);
        return new($"Which of these rows does {kernel.Name} not need: {string.Join(", ", listed)}?", row =>
        {
            if (!listed.Contains(row)) return Wrong($"{Quoted(row)} is none of the rows in question: {string.Join(", ", listed)}.");
            var (function, label) = Split(row);
            var judgement = Judge(kernel.Without(function, label));
            return judgement.Questions.Where(question => question.Judged is Judged.Broken or Judged.CannotRun).OrderBy(question => question.Counterexample?.Steps.Count ?? int.MaxValue).FirstOrDefault() is not { } noticed
                ? Right($"Without {row} nothing is noticed in {Count(judgement.Questions.Count, "question")}.")
                : Wrong($"{row} is needed: without it {(char.IsAsciiDigit(noticed.Id[0]) ? $"exhibit {noticed.Id} of the museum ({noticed.Title})" : noticed.Id)} is {(noticed.Judged == Judged.CannotRun ? "out of the question, the kernel cannot run" : "broken")}.",
                    "Ask of each row who would read what it writes.", noticed.Counterexample);
        });
    }

    /// <summary>Find the lock that a kernel does not take: one of these rows has been made to do nothing, and its release with it.</summary>
    /// <param name="whole">Programs on the kernel that takes all of them.</param>
    /// <param name="property">What the kernel without the lock breaks.</param>
    /// <param name="number">Decides which lock is missing, so that the notebook does not say it: another number is another exercise.</param>
    /// <param name="rows">Rows that acquire locks, as <c>function.label</c>.</param>
    /// <returns>Answers are the row. What the kernel does without it is <see cref="Exercise{T}.Shown"/>.</returns>
    /// <exception cref="ModelException">There is no such row, or the property is kept without any of them.</exception>
    public static Exercise<string> MissingLock(Scenario whole, Property property, int number, params string[] rows)
    {
        ArgumentNullException.ThrowIfNull(whole);
        ArgumentNullException.ThrowIfNull(property);
        var listed = Given.Each(rows);
        // A number beside its neighbours says nothing of them; a row that nobody would miss is passed over.
        var first = (int)((uint)number * 2654435761 >> 16) % Math.Max(1, listed.Length);
        foreach (var missing in listed[first..].Concat(listed[..first]))
        {
            var (function, label) = Split(missing);
            var broken = whole.Kernel.Without(function, label).Named(FormattableString.Invariant($"{whole.Kernel.Name} without a lock ({number})"));
            if (whole.On(broken).Check(property) is not { Counterexample: { } run }) continue;
            return new($"Which lock does this kernel not take: {string.Join(", ", listed)}?", row => PutBack(whole, property, broken, run, listed, row)) { Shown = run };
        }
        throw new ModelException($"{property.Name} is kept without any of {string.Join(", ", listed)}: give rows whose loss these programs notice.");
    }

    private static Answer PutBack(Scenario whole, Property property, Linux broken, Trace run, string[] listed, string row)
    {
        if (!listed.Contains(row)) return Wrong($"{Quoted(row)} is none of the rows in question: {string.Join(", ", listed)}.");
        var (function, label) = Split(row);
        var verdict = whole.On(broken.With(function, label, whole.Kernel.Code[function].Rows.First(one => one.Label == label))).Check(property);
        if (verdict.Holds) return Right($"With {row} back, {property.Name} is kept in all of {Count(verdict.Exploration.States, "state")}; without it, it is broken in {Count(run.Steps.Count, "row")}.", run);
        var taken = run.Steps.LastOrDefault(step => step.Row == row);
        return Wrong($"{row} is there: putting it back changes nothing, and {property.Name} is still broken in {Count(verdict.Counterexample!.Steps.Count, "row")}.",
            taken is null ? "The run does not even come by that row. A lock is missing where two are inside at once."
                : $"In the run, row {taken.Number} takes it: {string.Join(", ", run.Changes(taken.Number))}. Which row takes a lock, by its name, and changes nothing?");
    }

    /// <summary>Say on which kernels a property is kept, or a goal reached.</summary>
    /// <param name="scenario">What runs on each; its own kernel is of no account.</param>
    /// <param name="property">The property.</param>
    /// <param name="kernels">The kernels in question.</param>
    /// <returns>Answers are those kernels, in any order.</returns>
    public static Exercise<Linux[]> Which(Scenario scenario, Property property, params Linux[] kernels)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        ArgumentNullException.ThrowIfNull(property);
        var listed = Given.Each(kernels);
        var told = property.IsSometimes ? "reached" : "kept";
        return new($"On which of {string.Join(", ", listed.Select(kernel => kernel.Name))} is {property.Name} {told}?", named =>
        {
            if (named.Contains(null)) return Wrong("One of the kernels is null.");
            if (named.FirstOrDefault(kernel => !listed.Contains(kernel)) is { } other) return Wrong($"{other.Name} is none of the kernels in question: {string.Join(", ", listed.Select(kernel => kernel.Name))}.");
            List<Verdict> verdicts = [.. listed.Select(kernel => scenario.On(kernel).Check(property, new() { MaxStates = MostStates }))];
            if (verdicts.FindIndex(verdict => verdict.Outcome == Outcome.Unknown) is >= 0 and var open) return Wrong($"{property.Name} could not be decided on {listed[open].Name} within {MostStates} states.");
            List<int> wrong = [.. Enumerable.Range(0, listed.Length).Where(i => named.Contains(listed[i]) != verdicts[i].Holds)];
            if (wrong.Count == 0) return Right($"{property.Name} is {told} on {(named.Length == 0 ? "none of them" : string.Join(", ", listed.Where(named.Contains).Select(kernel => kernel.Name)))}, and on no other.");
            var (kernel, verdict) = (listed[wrong[0]], verdicts[wrong[0]]);
            return Wrong($"{kernel.Name} {(verdict.Holds ? "is one of them" : "is none of them")}: {property.Name} is {(property.IsSometimes ? verdict.Holds ? "" : "not " : verdict.Holds ? "not broken " : "broken ")}{(property.IsSometimes ? "reached " : "")}{(verdict.Counterexample is { } run ? $"in {Count(run.Steps.Count, "row")}" : $"in any of {Count(verdict.Exploration.States, "state")}")}.",
                $"{listed.Length - wrong.Count} of {Count(listed.Length, "kernel")} are sorted as they are.", verdict.Counterexample);
        });
    }

    private static (string Function, string Label) Split(string row) => row.LastIndexOf('.') is > 0 and var dot ? (row[..dot], row[(dot + 1)..])
        : throw new ModelException($"'{row}' is no row: write function.label.");
}
