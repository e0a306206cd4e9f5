namespace Avic.Model;

/// <summary>A kernel: KVM's routines, as rows. Each is a small difference from its neighbour.</summary>
public sealed partial class Linux
{
    private readonly IReadOnlyList<string> _edits;
    private readonly string _numbering;

    private Linux(string name, string standsFor, Code<Machine> code, IReadOnlyList<string> edits, string numbering) =>
        (Name, StandsFor, Code, _edits, _numbering) = (name, standsFor, code, edits, numbering);

    /// <summary>The kernel's name, with what was done to it.</summary>
    public string Name { get; }

    /// <summary>The releases or the mail it stands for, on one line; of an edited kernel, those of the one it was made from.</summary>
    public string StandsFor { get; }

    /// <summary>The routines.</summary>
    public Code<Machine> Code { get; }

    /// <summary>What was done to the kernel it was made from, in order.</summary>
    public IReadOnlyList<string> Edits => _edits;

    /// <summary>Replaces what a row does; its text stays.</summary>
    public Linux With(string function, string label, Step step) => Edit(function, $"{label}'", r => r.With(label, Row.Effect(Given.Value(step))));

    /// <summary>Replaces a row.</summary>
    public Linux With(string function, string label, Row<Machine> row) => Edit(function, $"{label}'", r => r.With(label, Given.Value(row)));

    /// <summary>Takes a row's effect away.</summary>
    public Linux Without(string function, string label) => Edit(function, $"-{label}", r => r.Without(label));

    /// <summary>Exchanges two neighbouring rows.</summary>
    public Linux Swap(string function, string one, string other) => Edit(function, $"{one}<>{other}", r => r.Swap(one, other));

    /// <summary>Puts rows before another.</summary>
    public Linux Before(string function, string label, params Row<Machine>[] rows) => Edit(function, $"{string.Join('+', Given.Each(rows).Select(row => row.Label))}+", r => r.Before(label, rows));

    /// <summary>Puts rows after another.</summary>
    public Linux After(string function, string label, params Row<Machine>[] rows) => Edit(function, $"+{string.Join('+', Given.Each(rows).Select(row => row.Label))}", r => r.After(label, rows));

    /// <summary>The same kernel under a name of its own.</summary>
    public Linux Named(string name) => new(Given.Value(name), StandsFor, Code, _edits, _numbering);

    // A neighbour in history or a proposal: a kernel of its own, so that its edits are counted from here.
    private Linux As(string name, string standsFor, string? numbering = null) => new(name, standsFor, Code, _edits, numbering ?? _numbering);

    // The start of a list of edits: those that made this kernel what it is are its own affair.
    private Linux From => new(Name, StandsFor, Code, [], _numbering);

    // A row that is not there is not listed either, as history needs; Without leaves a label behind, as ablation needs.
    private Linux Less(string function, string label) => Edit(function, $"{label} is not there", r => r.With(label, []));

    // The kernel says the same in other words: what the row does, and what it keeps to, stays.
    private Linux Reworded(string function, string label, string text, string source) => Marked(function, label, row => row with { Text = text, Source = source });

    // The row does the same, but others look now without the lock that covered it.
    private Linux Uncovered(string function, string label) => Marked(function, label, row => row with { Covered = false });

    // Preemption is off from the row before the first of them on.
    private Linux Undisturbed(string function, params string[] labels) =>
        labels.Aggregate(this, (kernel, label) => kernel.Marked(function, label, row => row with { Undisturbed = true }));

    private Linux Marked(string function, string label, Func<Row<Machine>, Row<Machine>> mark) =>
        Edit(function, $"{label}'", r => r.Map(label, mark));

    private Linux Edit(string function, string what, Func<Routine<Machine>, Routine<Machine>> edit)
    {
        var change = $"{Code[Given.Value(function)].Name}.{what}";
        return new($"{Name}~{change}", StandsFor, Code.Edit(function, edit), [.. _edits, change], _numbering);
    }

    // A whole function at once, where more of it differs than stays.
    private Linux Replaced(params Routine<Machine>[] routines) =>
        new(Name, StandsFor, Code.With(routines), [.. _edits, .. routines.Select(routine => $"{routine.Name} as a whole")], _numbering);

    /// <summary>True if interrupts for a vCPU that does not run go to the GA log only while it blocks: since 6.17.</summary>
    internal bool LogsForSleepersOnly => Reasons.Any(known => known.Reason == Reason.PhysicalIdTooBig);

    /// <summary>True if a vCPU may have reasons of its own to keep AVIC off: since 5.19. Before, that a guest may run guests is a reason for the whole VM, and stays one.</summary>
    internal bool HasReasonsOfVcpus => Reasons.Any(known => known.Reason == Reason.ApicIdModified);

    /// <summary>True if an inhibit takes the memslot of the APIC's page away: until 5.14.</summary>
    internal bool TogglesMemslot => Code.Routines.Any(routine => routine.Name == "avic_update_access_page");

    /// <summary>True if a vCPU in x2APIC mode without x2AVIC gives the APIC access page's memslot up: since 6.3.</summary>
    internal bool InhibitsApicAccessPage => Code.Routines.Any(routine => routine.Name == InhibitedAccessPage.Routine.Name);

    /// <summary>False of 5.6, which hides x2APIC mode from the guests of a host with AVIC; later kernels keep AVIC off for it, or on with or without x2AVIC.</summary>
    internal bool OffersX2Apic => Reasons.Any(known => known.Reason is Reason.X2Apic or Reason.ApicIdModified);

    /// <summary>True if it has what the programs name: the reasons of their inhibits, guests in x2APIC mode, debuggers.</summary>
    internal bool Has(Programs programs) =>
        (OffersX2Apic || !programs.X2Apic) && !(TogglesMemslot && programs.HasGuestDebug)
        && programs.Calls.OfType<InhibitCall>().All(call => Reasons.Any(known => known.Reason == call.Reason));

    /// <summary>True if it has every row that a property looks at; one that an edit has emptied is none.</summary>
    internal bool HasRowsOf(Property property) =>
        property.Rows.All(id => Code.Routines.Concat(Hardware.Default.Code.Routines).Any(routine => routine.Rows.Any(row => !row.Dropped && $"{routine.Name}.{row.Label}" == id)));

    /// <inheritdoc/>
    public override string ToString() => Name;
}
