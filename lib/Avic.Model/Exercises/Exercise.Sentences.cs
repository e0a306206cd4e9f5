namespace Avic.Model;

public static partial class Exercise
{
    /// <summary>Write a property that catches a bug and passes the kernel without it.</summary>
    /// <param name="mended">The kernel without the bug.</param>
    /// <param name="broken">Scenarios on kernels that have it; it must be caught in each.</param>
    public static Exercise<Property> Catch(Linux mended, params Scenario[] broken)
    {
        ArgumentNullException.ThrowIfNull(mended);
        var scenarios = Given.Each(broken);
        return new($"Write a property that {string.Join(" and ", scenarios.Select(scenario => scenario.Kernel.Name).Distinct())} break{(scenarios.Length == 1 ? "s" : "")} and {mended.Name} keeps.", property =>
            scenarios.Select(scenario => Caught(mended, scenario, property)).MinBy(answer => answer.IsRight)!);
    }

    private static Answer Caught(Linux mended, Scenario broken, Property property)
    {
        if (property.IsSometimes) return Wrong($"{property.Name} is a goal: it says what should be possible, and a bug is what should not.", "End it with Never(…) or Always(…).");
        if (Property.Known.Contains(property)) return Wrong($"{property.Name} is the kit's own.", "Say in your own terms, about fields of the state, what must never be.");
        var limits = new Limits { MaxStates = MostStates };
        var kept = broken.On(mended).Check(property, limits);
        if (kept.Outcome == Outcome.Violated)
            return Wrong($"{property.Name} is broken on {mended.Name}, too, which does not have the bug.", kept.Counterexample!.Steps.Count == 0 ? "It is broken before anything has happened. What is so from the start cannot be the bug." : "It forbids what is legal. Which condition tells the two apart? Look at the last row of the run.", kept.Counterexample);
        var caught = broken.Check(property, limits);
        if (caught.Outcome == Outcome.Unknown || kept.Outcome == Outcome.Unknown) return Wrong($"{property.Name} could not be decided within {MostStates} states.");
        if (caught.Outcome == Outcome.Violated) return Right($"{property.Name} is broken on {broken.Kernel.Name} in {Count(caught.Counterexample!.Steps.Count, "row")}, and {mended.Name} keeps it.", caught.Counterexample);
        return caught.Premised == 0
            ? Wrong($"{property.Name} says nothing: {(property.Premises.Count == 0 ? "it never looks" : "its premises never hold together")}.", caught.NeverHeld.Count > 0 ? $"Never held: {string.Join("; ", caught.NeverHeld)}." : "")
            : Wrong($"{property.Name} holds on {broken.Kernel.Name} as well, so it does not catch the bug.",
                caught.NearestMiss is { } miss ? $"The nearest run has {miss.Holding} of {Count(miss.Of, "condition")}; missing: {miss.Missing}." : "A property that nothing can break says nothing.", caught.NearestMiss?.Trace);
    }

    /// <summary>Predict a field after rows of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="field">The field, in the kernel's term.</param>
    /// <param name="rows">After how many rows, each.</param>
    /// <returns>Answers are as many numbers; a flag that is set is 1.</returns>
    public static Exercise<long[]> Predict(Trace run, string field, params int[] rows)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(field);
        ArgumentNullException.ThrowIfNull(rows);
        foreach (var row in rows) _ = run.Value(field, row);
        return new($"Give {field} after rows {string.Join(", ", rows)}, a number for each.", values =>
        {
            if (values.Length != rows.Length) return Wrong($"There are {Count(values.Length, "number")} for {Count(rows.Length, "row")}.");
            List<int> wrong = [.. Enumerable.Range(0, rows.Length).Where(i => run.Value(field, rows[i]) != values[i])];
            if (wrong.Count == 0) return Right($"{field} is as you say after each of {Count(rows.Length, "row")}.", run);
            var after = rows[wrong[0]];
            var writer = Enumerable.Range(1, after).LastOrDefault(row => run.Changes(row).Any(change => change.Field == field));
            return Wrong($"After row {after} {field} is not {values[wrong[0]]}; {rows.Length - wrong.Count} of {Count(rows.Length, "number")} are right.",
                writer == 0 ? "No row has written it by then: it is what it was at the beginning." : $"The last row to change it by then is {Row(run, writer, "row")}.");
        })
        { Shown = run };
    }
}
