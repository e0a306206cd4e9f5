namespace Avic.Model;

/// <summary>A kernel: KVM's routines, as rows. Each is a small difference from its neighbour.</summary>
public sealed partial class Linux
{
    private readonly IReadOnlyList<string> _edits;

    private Linux(string name, Code<Machine> code, IReadOnlyList<string> edits) => (Name, Code, _edits) = (name, code, edits);

    /// <summary>The kernel's name, with what was done to it.</summary>
    public string Name { get; }

    /// <summary>The routines.</summary>
    public Code<Machine> Code { get; }

    /// <summary>What was done to the kernel it was made from, in order.</summary>
    public IReadOnlyList<string> Edits => _edits;

    /// <summary>Replaces what a row does; its text stays.</summary>
    public Linux With(string function, string label, Step step) => Edit(function, $"{label}'", r => r.With(label, Row.Effect(step)));

    /// <summary>Replaces a row.</summary>
    public Linux With(string function, string label, Row<Machine> row) => Edit(function, $"{label}'", r => r.With(label, row));

    /// <summary>Takes a row's effect away.</summary>
    public Linux Without(string function, string label) => Edit(function, $"-{label}", r => r.Without(label));

    /// <summary>Exchanges two neighbouring rows.</summary>
    public Linux Swap(string function, string one, string other) => Edit(function, $"{one}<>{other}", r => r.Swap(one, other));

    /// <summary>Puts a row before another.</summary>
    public Linux Before(string function, string label, Row<Machine> row) => Edit(function, $"{row.Label}+", r => r.Before(label, row));

    /// <summary>Puts a row after another.</summary>
    public Linux After(string function, string label, Row<Machine> row) => Edit(function, $"+{row.Label}", r => r.After(label, row));

    /// <summary>The same kernel under a name of its own.</summary>
    public Linux Named(string name) => new(name, Code, _edits);

    private Linux Edit(string function, string what, Func<Routine<Machine>, Routine<Machine>> edit)
    {
        var change = $"{Code[function].Name}.{what}";
        return new($"{Name}~{change}", Code.Edit(function, edit), [.. _edits, change]);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
