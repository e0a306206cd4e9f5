namespace Avic.Model;

/// <summary>What one row does to the state: at most one shared location, or several under a lock.</summary>
/// <param name="state">The whole state; the row may read and write any of it.</param>
/// <param name="actor">The actor that takes the row.</param>
/// <param name="engine">Control flow, locals, choices, marks.</param>
public delegate Flow Effect<TState>(ref TState state, int actor, Engine engine) where TState : unmanaged;

/// <summary>Something that is or is not so where a row stands; it looks and does not write.</summary>
/// <param name="state">The whole state.</param>
/// <param name="actor">The actor that stands at the row.</param>
/// <param name="engine">The actor's locals.</param>
public delegate bool Stands<TState>(ref TState state, int actor, Engine engine) where TState : unmanaged;

/// <summary>How a row's memory accesses are ordered on x86.</summary>
public enum Order
{
    /// <summary>Loads, and at most one store to shared memory.</summary>
    Plain,

    /// <summary>A locked read-modify-write: drains the store buffer, then acts on memory.</summary>
    Locked,

    /// <summary>A full barrier: waits until the store buffer is empty.</summary>
    Barrier,
}

/// <summary>One atomic step of a <see cref="Routine{TState}"/>.</summary>
/// <param name="Label">Stable id within the routine. Rows that share a label are alternatives.</param>
/// <param name="Text">The expression as the source writes it, shown in traces.</param>
/// <param name="Effect">What it does.</param>
public sealed record Row<TState>(string Label, string Text, Effect<TState> Effect) where TState : unmanaged
{
    /// <summary>The same of a lambda with one argument, as the kernel's rows have: <c>new("leave", "taken = 0", x => { x.State.Taken = 0; return x.Next; })</c>.</summary>
    /// <param name="label">Stable id within the routine.</param>
    /// <param name="text">The expression as the source writes it.</param>
    /// <param name="step">What it does.</param>
    public Row(string label, string text, Step<TState> step)
        : this(Given.Value(label), Given.Value(text), Context<TState>.Effect(Given.Value(step))) { }

    /// <summary>Its ordering on x86.</summary>
    public Order Order { get; init; }

    /// <summary>Labels of this routine the effect may jump to. A jump elsewhere is an error.</summary>
    public IReadOnlyList<string> To { get; init; } = [];

    /// <summary>Routines the effect may call, by name. A call of another is an error.</summary>
    public IReadOnlyList<string> Calls { get; init; } = [];

    /// <summary>Routines that a unit's row may put before what a thread does next (<see cref="Engine.Inject"/>), by name.</summary>
    public IReadOnlyList<string> Injects { get; init; } = [];

    /// <summary>
    /// True if nothing is ever injected before this row (<see cref="Engine.CanInject"/>): it follows the row before it undisturbed, and where
    /// that is a call, all that was called, too.
    /// </summary>
    public bool Undisturbed { get; init; }

    /// <summary>True if the row may happen but need not (a host tick, a TLB re-walk): it does not count against rest.</summary>
    public bool May { get; init; }

    /// <summary>
    /// True if the row only moves control (a call, a jump, a return, on the word of what is the actor's own): it is then no step of
    /// its own but part of the row before it. It never waits, chooses, or touches anything but its own frame.
    /// </summary>
    public bool Control { get; init; }

    /// <summary>
    /// True if the row reads and writes only what is the actor's own, never waits and never chooses. The explorer may then
    /// fuse it with the row before (<see cref="Limits.Fuse"/>). Checked on every state by a test, not believed.
    /// </summary>
    public bool Private { get; init; }

    /// <summary>
    /// True if the row touches what others see but commutes with everything they do while its actor stands there, mostly
    /// because a lock it holds covers it; it never waits and never chooses. Fused like a private row; checked on every
    /// state by a test, not believed.
    /// </summary>
    public bool Covered { get; init; }

    /// <summary>
    /// When the row is covered, if not always: once this holds, whatever others do, it goes on to hold until the row is taken,
    /// and the row commutes with all of it and does not wait. (A word that only its reader ever clears was seen set.)
    /// </summary>
    public Stands<TState>? CoveredWhen { get; init; }

    /// <summary>Where this row comes from, if not from its routine's source: the commit or mail of an edit.</summary>
    public string? Source { get; init; }

    /// <summary>True if an edit took the effect away and left the label as a fall-through.</summary>
    public bool Dropped { get; init; }

    internal Row<TState> Drop() => this with { Effect = (ref _, _, _) => Flow.Next, To = [], Calls = [], Injects = [], Order = Order.Plain, May = false, Dropped = true };
}
