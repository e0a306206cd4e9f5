using System.Globalization;

namespace Avic.Model;

/// <summary>Bounds and options of an exploration. The defaults suit a cell; nothing here changes what is true, only how far one looks.</summary>
public sealed record Limits
{
    /// <summary>States at which to give up with "unknown": 1 to 3 500 000 000.</summary>
    public long MaxStates { get; init; } = 50_000_000;

    /// <summary>For each of many questions at once: a million states.</summary>
    internal static Limits OfMany { get; } = new() { MaxStates = 1_000_000 };

    /// <summary>Levels (rows from the start) at which to give up with "unknown".</summary>
    public int MaxLevels { get; init; } = int.MaxValue;

    /// <summary>Bytes that the stored states need at which to give up with "unknown"; tables may take half as much again.</summary>
    public long MaxBytes { get; init; } = 6L << 30;

    /// <summary>Workers, 1 to 64. No result depends on it.</summary>
    public int Threads { get; init; } = Math.Min(Environment.ProcessorCount, 8);

    /// <summary>
    /// Runs private and covered rows together with the row before them: fewer states. It applies where no observer watches and
    /// every property is at rest or <see cref="Property.BlindToFusedRows"/>; then outcomes and counterexamples are those of the
    /// whole. It assumes that such rows commute with what others do, which a test checks on every state of the kernels here.
    /// The verdict line says "(fused)".
    /// </summary>
    public bool Fuse { get; init; }

    /// <summary>
    /// Enters only states where this holds: what is explored, and what a verdict then speaks of, are the runs that keep it.
    /// An automaton that has given a run up prunes it so.
    /// </summary>
    internal Term? Within { get; init; }

    /// <summary>Told how far it is, four times a second; without it, <see cref="LongWork"/> is.</summary>
    public Action<Progress>? Progress { get; init; }

    /// <summary>Ends the exploration with "unknown", as an interrupt of the cell does.</summary>
    public CancellationToken Cancel { get; init; }
}

/// <summary>How far an exploration is.</summary>
/// <param name="States">States found.</param>
/// <param name="Level">Level being expanded, the initial state's being 1.</param>
/// <param name="Waiting">States of this level still to expand.</param>
/// <param name="Elapsed">Time since it began.</param>
public sealed record Progress(long States, int Level, long Waiting, TimeSpan Elapsed)
{
    /// <summary>The counts on one line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Verdict.Group(States)} states, level {Level}, {Verdict.Group(Waiting)} to expand");
}

/// <summary>What an exploration cost; not part of any default display, so that saved outputs reproduce.</summary>
/// <param name="Elapsed">Wall time.</param>
/// <param name="StatesPerSecond">States found per second.</param>
/// <param name="StoreBytes">Bytes of the state store at its end, its largest.</param>
/// <param name="BytesPerState">Store bytes for each state.</param>
public sealed record Cost(TimeSpan Elapsed, double StatesPerSecond, long StoreBytes, double BytesPerState);

/// <summary>The counts of an exploration: the same on every machine, whatever the number of workers.</summary>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed record Exploration : IDisplayed
{
    /// <summary>States found.</summary>
    public required long States { get; init; }

    /// <summary>Rows taken: one for each actor, row and choice that did not wait, even where two lead to the same state.</summary>
    public required long Edges { get; init; }

    /// <summary>Levels expanded completely; the initial state is level 1.</summary>
    public required int Levels { get; init; }

    /// <summary>States found in each level, the initial state's first. The last may be incomplete.</summary>
    public required IReadOnlyList<long> LevelSizes { get; init; }

    /// <summary>States from which nothing is bound to happen.</summary>
    public required long RestStates { get; init; }

    /// <summary>True if private rows were run together with the row before them.</summary>
    public required bool Fused { get; init; }

    /// <summary>True if every state within the model's own bounds was expanded.</summary>
    public required bool Complete { get; init; }

    /// <summary>Why it ended before that, in words; empty if it did not.</summary>
    public required string Stopped { get; init; }

    /// <summary>How often each row was taken, by <c>routine.label</c>.</summary>
    public required IReadOnlyDictionary<string, long> Rows { get; init; }

    /// <summary>How many values each component took.</summary>
    public required IReadOnlyDictionary<string, long> Components { get; init; }

    /// <summary>Time and memory.</summary>
    public required Cost Cost { get; init; }

    /// <summary>Rows that were never taken, of routines that were entered.</summary>
    public IEnumerable<string> NeverFired => Rows.GroupBy(row => Routine(row.Key)).Where(rows => rows.Any(row => row.Value > 0)).SelectMany(rows => rows).Where(row => row.Value == 0).Select(row => row.Key);

    /// <summary>Routines of which no row was ever taken.</summary>
    public IEnumerable<string> NeverEntered => Rows.GroupBy(row => Routine(row.Key)).Where(rows => rows.All(row => row.Value == 0)).Select(rows => rows.Key);

    private static string Routine(string row) => row[..row.LastIndexOf('.')];

    internal string Unused => (NeverFired.Any() ? $"  never fired: {string.Join(", ", NeverFired)}\n" : "") + (NeverEntered.Any() ? $"  never entered: {string.Join(", ", NeverEntered)}\n" : "");

    /// <summary>The counts, and the rows that were never taken; no times, so that saved outputs reproduce.</summary>
    public string ToText() =>
        string.Create(CultureInfo.InvariantCulture, $"{States} states, {Edges} edges, {Levels} levels, {RestStates} at rest{(Complete ? "" : $" · incomplete: {Stopped}")}\n")
        + Unused;

    /// <summary>The counts in bold, the rest below.</summary>
    public string ToHtml() => Html.Of(ToText());

    /// <inheritdoc/>
    public override string ToString() => ToText();
}
