namespace Avic.Model;

/// <summary>Makes rows of KVM and of the hardware.</summary>
public static class Row
{
    /// <summary>A row over the machine.</summary>
    /// <param name="label">Stable id within the function.</param>
    /// <param name="text">The expression as the source writes it.</param>
    /// <param name="step">What it does.</param>
    /// <param name="order">Its ordering on x86.</param>
    /// <param name="to">Labels it may jump to.</param>
    /// <param name="calls">Functions it may call.</param>
    /// <param name="may">True if it need not happen.</param>
    /// <param name="isPrivate">True if it touches only what is the actor's own.</param>
    /// <param name="isCovered">True if it commutes with all that others do meanwhile: a lock it holds covers what it touches.</param>
    /// <param name="coveredWhen">When it is so covered, if not always: what holds then goes on to hold until the row is taken.</param>
    /// <param name="isControl">True if it only calls, jumps or returns: then it is part of the row before it.</param>
    /// <param name="injects">Functions that a unit's row may put before what a thread does next.</param>
    /// <param name="preemptOff">True if preemption is off when the row is next, as between get_cpu() and put_cpu(). With interrupts off or under a spinlock it is anyway.</param>
    public static Row<Machine> Of(string label, string text, Step step, Order order = Order.Plain, string[]? to = null, string[]? calls = null,
        bool may = false, bool isPrivate = false, bool isCovered = false, When? coveredWhen = null, bool isControl = false, string[]? injects = null, bool preemptOff = false) =>
        new(Given.Value(label), Given.Value(text), Effect(Given.Value(step)))
        {
            Order = order,
            To = to ?? [],
            Calls = calls ?? [],
            Injects = injects ?? [],
            May = may,
            Private = isPrivate,
            Covered = isCovered,
            CoveredWhen = coveredWhen is null ? null : (ref machine, actor, engine) => coveredWhen(new(ref machine, actor, engine)),
            Control = isControl,
            Undisturbed = preemptOff,
        };

    internal static Effect<Machine> Effect(Step step) => new Told(step).Take;

    // A step reaches the machine through its context alone, which tells of each part it hands out.
    private sealed class Told(Step step) : ITellsItsParts
    {
        public Flow Take(ref Machine machine, int actor, Engine engine) => step(new(ref machine, actor, engine));
    }
}

/// <summary>Makes routines of KVM and of the hardware.</summary>
public static class Routine
{
    /// <summary>A routine over the machine.</summary>
    /// <param name="name">The function's name.</param>
    /// <param name="source">File and version, or section of the manual.</param>
    /// <param name="rows">Its rows.</param>
    public static Routine<Machine> Of(string name, string source, params Row<Machine>[] rows) => new(Given.Value(name), Given.Value(source), Given.Each(rows));
}
