namespace Avic.Model.Tests;

/// <summary>Runs tried one after the other, in order: what a shortest counterexample is compared with.</summary>
internal static unsafe class Search
{
    /// <summary>The first run of so many rows, by actor, row and choice, that breaks a property at its end.</summary>
    public static List<Move>? Least(Model model, Property property, int rows)
    {
        var stepper = new Stepper(model);
        List<Move> path = [];
        // Where it failed with so many rows left it fails again: that saves time and changes nothing.
        HashSet<byte[]>[] failed = [.. Enumerable.Range(0, rows + 1).Select(_ => new HashSet<byte[]>(ByBytes.Comparer))];
        stepper.Load(model.Initial);
        stepper.Engine.Begin(model.Rows[0], 0, null, 0);
        if (rows == 0 && property.Scope == Scope.State) return Breaks(property, stepper.Work, stepper.Engine) ? path : null;
        return Find(model.Initial, rows) ? path : null;

        bool Find(byte[] state, int left)
        {
            if (failed[left].Contains(state)) return false;
            stepper.Load(state);
            var moves = stepper.Enabled();
            if (left == 0) return property.Scope == Scope.Rest && IsRest(stepper, moves) && Breaks(property, stepper.Work, stepper.Engine);
            foreach (var move in moves)
            {
                stepper.Load(state);
                stepper.Take(move);
                path.Add(move);
                if (property.Scope != Scope.Rest && left == 1 ? Breaks(property, stepper.Work, stepper.Engine) : Find(stepper.After.ToArray(), left - 1)) return true;
                path.RemoveAt(path.Count - 1);
            }
            failed[left].Add(state);
            return false;
        }
    }

    /// <summary>Whether the end of a trace, and no earlier row, is where a property looks and is broken.</summary>
    public static bool Ends(Trace trace, Property property)
    {
        var stepper = new Stepper(trace.Model);
        stepper.Load(trace.Model.Initial);
        stepper.Engine.Begin(trace.Model.Rows[0], 0, null, 0);
        List<int> broken = [];
        if (property.Scope == Scope.State && Breaks(property, stepper.Work, stepper.Engine)) broken.Add(0);
        for (var row = 0; row <= trace.Steps.Count; row++)
        {
            if (property.Scope == Scope.Rest && IsRest(stepper, stepper.Enabled()) && Breaks(property, stepper.Work, stepper.Engine)) broken.Add(row);
            if (row == trace.Steps.Count) break;
            stepper.Take(trace.Steps[row].Move);
            if (property.Scope != Scope.Rest && Breaks(property, stepper.Work, stepper.Engine)) broken.Add(row + 1);
            stepper.Commit();
        }
        return broken.SequenceEqual([trace.Steps.Count]);
    }

    /// <summary>Whether a property that looks at a step, or at a state, is broken there (or a goal reached).</summary>
    public static bool Breaks(Property property, byte* state, Engine engine) =>
        (property.Marks == 0 || (property.Marks & engine.Marks) != 0)
        && (property.Rows.Count == 0 || engine.Taken.Take(engine.TakenCount).Prepend(engine.Row).Any(row => property.Rows.Contains(row.Id)))
        && property.Premises.All(term => term.Holds(state, engine))
        && property.Terms.All(term => term.Holds(state, engine)) != property.IsAlways;

    private static bool IsRest(Stepper stepper, List<Move> moves)
    {
        stepper.Engine.Begin(stepper.Model.Rows[0], 0, null, 0);
        return moves.TrueForAll(m => stepper.Offered(m.Actor)[m.Alternative].May);
    }
}
