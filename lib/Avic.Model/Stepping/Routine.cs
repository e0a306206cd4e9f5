namespace Avic.Model;

/// <summary>A function of the kernel, or an operation of the hardware, as a table of labelled atomic rows.</summary>
/// <remarks>
/// A routine is data: the edits below return a changed copy. It is reached by <see cref="Name"/> and linked late, so an
/// edited callee changes every caller.
/// </remarks>
public sealed class Routine<TState> where TState : unmanaged
{
    /// <summary>Makes a routine.</summary>
    /// <param name="name">Its name in the source.</param>
    /// <param name="source">File and version, or section of the manual.</param>
    /// <param name="rows">At least one row.</param>
    /// <exception cref="ModelException">There is no row.</exception>
    public Routine(string name, string source, IEnumerable<Row<TState>> rows)
    {
        (Name, Source, Rows) = (Given.Value(name), Given.Value(source), Given.Each(rows));
        if (Rows.Count == 0) throw new ModelException($"Routine {name} has no rows: give it at least one.");
        for (var i = 1; i < Rows.Count; i++)
            if (Rows[i].Label != Rows[i - 1].Label && Rows.Take(i).Any(row => row.Label == Rows[i].Label))
                throw new ModelException($"Routine {name} has the label '{Rows[i].Label}' in two places: alternatives must stand together.");
    }

    /// <summary>Its name in the source; the identity of the routine across versions.</summary>
    public string Name { get; }

    /// <summary>File and version, or section of the manual.</summary>
    public string Source { get; }

    /// <summary>Names it bears in other versions; editing accepts them.</summary>
    public IReadOnlyList<string> Aliases { get; private init; } = [];

    /// <summary>The rows, top to bottom.</summary>
    public IReadOnlyList<Row<TState>> Rows { get; }

    /// <summary>The labels, top to bottom, alternatives once.</summary>
    public IEnumerable<string> Labels => Rows.Select(row => row.Label).Distinct();

    /// <summary>The same routine, known by further names.</summary>
    public Routine<TState> Alias(params string[] names) => new(Name, Source, Rows) { Aliases = [.. Aliases, .. Given.Each(names)] };

    /// <summary>Replaces the effect of a row; order, targets and callees stay, and the text says that it was edited. What the row was declared to keep to does not stay.</summary>
    public Routine<TState> With(string label, Effect<TState> effect, string? source = null) =>
        Map(label, row => row with { Effect = effect, Text = row.Text.EndsWith(Edited, StringComparison.Ordinal) ? row.Text : row.Text + Edited, Source = source ?? row.Source, Private = false, Covered = false, CoveredWhen = null, Control = false });

    /// <summary>Replaces the row (or the alternatives) at a label.</summary>
    public Routine<TState> With(string label, params Row<TState>[] rows)
    {
        var (first, count) = Find(label);
        return Splice(first, count, rows);
    }

    /// <summary>Takes the effect of a row away; the label stays, as a fall-through.</summary>
    public Routine<TState> Without(string label)
    {
        var (first, count) = Find(label);
        return Splice(first, count, [Rows[first].Drop()]);
    }

    /// <summary>Exchanges two neighbouring rows.</summary>
    /// <exception cref="ModelException">The labels are unknown or not adjacent.</exception>
    public Routine<TState> Swap(string one, string other)
    {
        var (a, b) = (Find(one), Find(other));
        if (a.First > b.First) (a, b) = (b, a);
        if (a.First + a.Count != b.First)
            throw new ModelException($"{Name}: '{one}' and '{other}' are not neighbours. Its rows are {string.Join(", ", Labels)}.");
        return Splice(a.First, a.Count + b.Count, [.. Rows.Skip(b.First).Take(b.Count), .. Rows.Skip(a.First).Take(a.Count)]);
    }

    /// <summary>Puts rows before a label.</summary>
    public Routine<TState> Before(string label, params Row<TState>[] rows)
    {
        RefuseTaken(Given.Each(rows));
        return Splice(Find(label).First, 0, rows);
    }

    /// <summary>Puts rows after a label.</summary>
    public Routine<TState> After(string label, params Row<TState>[] rows)
    {
        RefuseTaken(Given.Each(rows));
        var (first, count) = Find(label);
        return Splice(first + count, 0, rows);
    }

    internal Routine<TState> Map(string label, Func<Row<TState>, Row<TState>> edit)
    {
        var (first, count) = Find(label);
        return Splice(first, count, [.. Rows.Skip(first).Take(count).Select(edit)]);
    }

    private const string Edited = " [edited]";

    // A second row at a label would be an alternative, which nobody means who says before or after.
    private void RefuseTaken(Row<TState>[] rows)
    {
        if (Array.Find(rows, row => Labels.Contains(row.Label)) is { } taken)
            throw new ModelException($"{Name} has a row '{taken.Label}' already: give the new one a label of its own. Its rows are {string.Join(", ", Labels)}.");
    }

    private Routine<TState> Splice(int first, int count, Row<TState>[] rows) =>
        new(Name, Source, [.. Rows.Take(first), .. rows, .. Rows.Skip(first + count)]) { Aliases = Aliases };

    private (int First, int Count) Find(string label)
    {
        var first = Rows.TakeWhile(row => row.Label != label).Count();
        if (first == Rows.Count)
            throw new ModelException($"{Name} has no row '{label}'. {Nearest.To(label, Labels)}");
        return (first, Rows.Skip(first).TakeWhile(row => row.Label == label).Count());
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({Rows.Count} rows, {Source})";
}
