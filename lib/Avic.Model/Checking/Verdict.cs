using System.Globalization;
using System.Text;

namespace Avic.Model;

/// <summary>What a check found.</summary>
public enum Outcome
{
    /// <summary>Every run within the bounds keeps the property.</summary>
    Safe,

    /// <summary>A run breaks it; there is a counterexample.</summary>
    Violated,

    /// <summary>A goal is reached; there is a witness.</summary>
    Reached,

    /// <summary>No run within the bounds reaches the goal.</summary>
    NeverReached,

    /// <summary>A budget or a cancel came first.</summary>
    Unknown,
}

/// <summary>How close any run came to breaking a property.</summary>
/// <param name="Holding">Conditions that held together.</param>
/// <param name="Of">Conditions a violation needs.</param>
/// <param name="Missing">The first that did not hold.</param>
/// <param name="Trace">A shortest way there.</param>
public sealed record NearestMiss(int Holding, int Of, string Missing, Trace Trace);

/// <summary>The answer to a check, with its bounds and its evidence.</summary>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed class Verdict : IDisplayed
{
    internal Verdict(Property property, Exploration exploration, string bounds, Trace? trace, NearestMiss? miss, long looks, long premised, IReadOnlyList<string> neverHeld)
    {
        (Property, Exploration, Bounds, Counterexample, NearestMiss) = (property, exploration, bounds, trace, miss);
        (Looks, Premised, NeverHeld) = (looks, premised, neverHeld);
        Outcome = trace is not null ? property.IsSometimes ? Outcome.Reached : Outcome.Violated
            : !exploration.Complete ? Outcome.Unknown
            : property.IsSometimes ? Outcome.NeverReached : Outcome.Safe;
    }

    /// <summary>What was checked.</summary>
    public Property Property { get; }

    /// <summary>What was found.</summary>
    public Outcome Outcome { get; }

    /// <summary>True for a property that is kept or a goal that is reached.</summary>
    public bool Holds => Outcome is Outcome.Safe or Outcome.Reached;

    /// <summary>The scenario's bounds, in words.</summary>
    public string Bounds { get; }

    /// <summary>States, edges, levels, and how often each row was taken.</summary>
    public Exploration Exploration { get; }

    /// <summary>The shortest run that breaks the property (or reaches the goal), the least by actor, row and choice among the shortest; null if there is none.</summary>
    public Trace? Counterexample { get; }

    /// <summary>
    /// True if no run breaks the property (or reaches the goal) in fewer rows. Only a fused exploration whose unfused
    /// counterpart ran out of budget cannot tell.
    /// </summary>
    public bool IsShortest => !Exploration.Fused;

    /// <summary>How close a run came that did not.</summary>
    public NearestMiss? NearestMiss { get; }

    /// <summary>How often the property looked.</summary>
    public long Looks { get; }

    /// <summary>How often all its premises held.</summary>
    public long Premised { get; }

    /// <summary>Premises and terms that never held.</summary>
    public IReadOnlyList<string> NeverHeld { get; }

    /// <summary>Time and memory.</summary>
    public Cost Cost => Exploration.Cost;

    /// <summary>The verdict on one line.</summary>
    public string Line
    {
        get
        {
            var states = $"{Group(Exploration.States)} states{(Exploration.Fused ? " (fused)" : "")}";
            var (up, on) = Bounds == "" ? ("", "") : ($" up to {Bounds}", $" · {Bounds}");
            return Outcome switch
            {
                Outcome.Safe => $"SAFE {Property.Name}{up} · {states} · {Fired()}",
                Outcome.NeverReached => $"NEVER {Property.Name}{up} · {states} · {Fired()}",
                Outcome.Violated => $"VIOLATED {Property.Name} in {Counterexample!.Steps.Count} rows{Shortest}{on}",
                Outcome.Reached => $"REACHED {Property.Name} in {Counterexample!.Steps.Count} rows{Shortest}{on}",
                _ => $"UNKNOWN {Property.Name} ({Exploration.Stopped}){on} · {states}",
            };
        }
    }

    private string Shortest => IsShortest ? " (shortest)" : " (fused: a shorter one may exist)";

    private string Fired() => Premised == 0 ? "vacuous" : Exploration.NeverFired.Count() is > 0 and var n ? $"{n} rows never fired" : "every row fired";

    internal static string Group(long number) => number.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', ' ');

    /// <summary>The line, and the evidence for it.</summary>
    public string ToText()
    {
        var text = new StringBuilder(Line).Append('\n');
        if (Outcome is Outcome.Violated or Outcome.Reached or Outcome.Unknown) return text.ToString();
        if (Premised == 0) text.Append(Property.Premises.Count == 0 ? "  vacuous: it never had anything to look at\n" : "  vacuous: its premises never held together\n");
        else text.Append(CultureInfo.InvariantCulture, $"  looked {Group(Looks)} times, premises held {Group(Premised)} times\n");
        if (NeverHeld.Count > 0) text.Append("  never held: ").AppendJoin("; ", NeverHeld).Append('\n');
        if (NearestMiss is { } miss)
            text.Append(CultureInfo.InvariantCulture, $"  nearest miss: {miss.Holding} of {miss.Of} conditions after {miss.Trace.Steps.Count} rows; missing: {miss.Missing}\n");
        return text.Append(Exploration.Unused).ToString();
    }

    /// <summary>The line in bold, the evidence below.</summary>
    public string ToHtml() => Html.Of(ToText());

    /// <inheritdoc/>
    public override string ToString() => ToText();
}
