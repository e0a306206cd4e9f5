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
        var (judgement, model) = (answer.Judge(core: true), mended.Judge(core: true));
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

    /// <summary>Find the row of a list whose loss no question of the judge notices.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="rows">The rows in question, as <c>function.label</c>.</param>
    public static Exercise<string> Redundant(Linux kernel, params string[] rows)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        var listed = Given.Each(rows);
        return new($"Which of these rows does {kernel.Name} not need: {string.Join(", ", listed)}?", row =>
        {
            if (!listed.Contains(row)) return Wrong($"'{row}' is none of the rows in question: {string.Join(", ", listed)}.");
            var dot = row.LastIndexOf('.');
            var judgement = kernel.Without(row[..dot], row[(dot + 1)..]).Judge(core: true);
            return judgement.Questions.Where(question => question.Judged is Judged.Broken or Judged.CannotRun).OrderBy(question => question.Counterexample?.Steps.Count ?? int.MaxValue).FirstOrDefault() is not { } noticed
                ? Right($"Without {row} nothing is noticed in {Count(judgement.Questions.Count, "question")}.")
                : Wrong($"{row} is needed: without it {noticed.Id} is {(noticed.Judged == Judged.CannotRun ? "out of the question, the kernel cannot run" : "broken")}.",
                    "Ask of each row who would read what it writes.", noticed.Counterexample);
        });
    }
}
