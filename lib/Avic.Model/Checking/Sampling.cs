using System.Globalization;
using System.Text;

namespace Avic.Model;

/// <summary>How often runs by chance break a property, or reach a goal. It counts; only <see cref="Explorer"/> can say "never".</summary>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed class Sampling : IDisplayed
{
    // What is lost where somebody cancels; the seeds done are always the first ones.
    private const int Block = 128;
    private const int Longest = 10_000;

    private Sampling(Property property, string bounds, string manner, IReadOnlyList<(bool Hit, bool Occasion, int Rows)> runs, string stopped, Schedule? first, Trace? witness, int longest)
    {
        Cut = runs.Count(run => !run.Hit && run.Rows >= longest);
        (Property, Bounds, Manner, Stopped, First, Witness) = (property, bounds, manner, stopped, first, witness);
        Rows = [.. runs.Select(run => run.Rows)];
        Hits = [.. Enumerable.Range(0, runs.Count).Where(seed => runs[seed].Hit)];
        Occasions = runs.Count(run => run.Occasion);
    }

    /// <summary>What was looked for.</summary>
    public Property Property { get; }

    /// <summary>The scenario's bounds, in words.</summary>
    public string Bounds { get; }

    /// <summary>How the schedules pick: <c>at random</c>, <c>PCT, depth 2, 60 rows</c>.</summary>
    public string Manner { get; }

    /// <summary>Why there are fewer runs than were asked for; empty if there are not.</summary>
    public string Stopped { get; }

    /// <summary>How many runs there were: those of the seeds from 0.</summary>
    public int Runs => Rows.Count;

    /// <summary>How many rows each run took, by seed. One that hits ends there.</summary>
    public IReadOnlyList<int> Rows { get; }

    /// <summary>The seeds of the runs that broke the property (or reached the goal).</summary>
    public IReadOnlyList<int> Hits { get; }

    /// <summary>How many runs were cut: they took as many rows as a run may, and would have gone on.</summary>
    public int Cut { get; }

    /// <summary>How many runs came to where the property's premises hold at all. Of none, it says nothing.</summary>
    public int Occasions { get; }

    /// <summary>The schedule of the first that did; its text brings the run back. Null if none did.</summary>
    public Schedule? First { get; }

    /// <summary>The first run that did, up to there; chance does not find the shortest. Null if none did.</summary>
    public Trace? Witness { get; }

    /// <summary>The part of the runs that hit, 0 to 1.</summary>
    public double Share => Runs == 0 ? 0 : (double)Hits.Count / Runs;

    /// <summary>Where the chance of a hit lies, with 95 % confidence.</summary>
    /// <remarks>E. B. Wilson: Probable Inference, the Law of Succession, and Statistical Inference (1927); it fits small shares, too.</remarks>
    public (double Low, double High) Interval
    {
        get
        {
            if (Runs == 0) return (0, 1);
            const double z = 1.959964;
            double n = Runs, middle = Share + z * z / (2 * n), wide = z * Math.Sqrt(Share * (1 - Share) / n + z * z / (4 * n * n)), whole = 1 + z * z / n;
            return (Hits.Count == 0 ? 0 : (middle - wide) / whole, Hits.Count == Runs ? 1 : (middle + wide) / whole);
        }
    }

    /// <summary>Runs a model under one schedule for each seed and looks whether the property is broken (or the goal reached).</summary>
    /// <param name="model">The model, which already watches with the observers that the property needs.</param>
    /// <param name="property">What is looked for.</param>
    /// <param name="runs">How many: the seeds from 0.</param>
    /// <param name="schedule">A new schedule for each seed; by default <see cref="Schedule.Seed"/>.</param>
    /// <param name="limits">A run is cut at <see cref="Limits.MaxLevels"/> rows, 10 000 at most. Of the others, threads and cancel count.</param>
    /// <param name="bounds">The scenario's bounds, in words.</param>
    public static Sampling Of(Model model, Property property, int runs = 1000, Func<int, Schedule>? schedule = null, Limits? limits = null, string bounds = "")
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(property);
        ArgumentNullException.ThrowIfNull(bounds);
        if (runs is < 1 or > 10_000_000) throw new ModelException($"A sample has 1 to 10 000 000 runs, not {runs}.");
        limits ??= new();
        schedule ??= Schedule.Seed;
        var (longest, workers) = (Math.Min(limits.MaxLevels, Longest), Math.Clamp(limits.Threads, 1, Block));
        Schedule For(int seed) => Given.Back(schedule(seed), nameof(schedule), "seed => Schedule.Pct(seed, depth: 2, rows: 60)");
        var host = LongWork.Tell("");
        List<(bool Hit, bool Occasion, int Rows)> done = [];
        var hits = 0;
        while (done.Count < runs && !limits.Cancel.IsCancellationRequested && !host.IsCancellationRequested)
        {
            Schedule[] block = [.. Enumerable.Range(done.Count, Math.Min(Block, runs - done.Count)).Select(For)];
            if (block.Distinct(ReferenceEqualityComparer.Instance).Count() < block.Length) throw new ModelException("A schedule remembers where its run is: make a new one for each seed, seed => Schedule.Pct(seed, depth: 2, rows: 60).");
            var found = new (bool Hit, bool Occasion, int Rows)[block.Length];
            // No run knows of another, so what each finds is the same, whoever takes it.
            Explorer.Each(workers, w =>
            {
                for (var i = block.Length * w / workers; i < block.Length * (w + 1) / workers; i++) found[i] = Run(model, property, block[i], longest, []);
            });
            done.AddRange(found);
            hits += found.Count(run => run.Hit);
            LongWork.Tell($"{Verdict.Group(done.Count)} of {Verdict.Group(runs)} runs, {Verdict.Group(hits)} of them with what is looked for", (double)done.Count / runs);
        }
        var first = done.FindIndex(run => run.Hit) is >= 0 and var seed ? For(seed) : null;
        return new(property, bounds, For(0).Manner, done, done.Count < runs ? $"cancelled, {Verdict.Group(runs)} were asked for" : "", first, first is null ? null : Confirmed(model, property, first, longest, bounds), longest);
    }

    // Nobody is believed: the rows are taken again from the start, and the property looks again at the end.
    private static Trace Confirmed(Model model, Property property, Schedule schedule, int longest, string bounds)
    {
        List<Move> moves = [];
        Run(model, property, schedule, longest, moves);
        var trace = Trace.Replay(model, moves, bounds, property.IsSometimes ? null : property.Name);
        return EndOfRun.Hits(property, trace) ? trace : throw new InvalidOperationException($"{property.Name} is not what its run ends in: a schedule or a row is not deterministic.");
    }

    private static unsafe (bool Hit, bool Occasion, int Rows) Run(Model model, Property property, Schedule schedule, int longest, List<Move> moves)
    {
        var stepper = new Stepper(model);
        var monitor = new PropertyMonitor(property, model);
        stepper.Load(model.Initial);
        stepper.Engine.Begin(model.Rows[0], Engine.Nobody, null, 0);
        if (property.Scope == Scope.State) Look();
        schedule.Start(model);
        while (monitor.Hit is null)
        {
            var enabled = stepper.Enabled();
            if (property.Scope == Scope.Rest && enabled.All(possible => stepper.Offered(possible.Actor)[possible.Alternative].May))
            {
                stepper.Engine.Begin(model.Rows[0], Engine.Nobody, null, 0);
                Look();
                if (monitor.Hit is not null) break;
            }
            if (moves.Count >= longest || schedule.Next(enabled) is not { } move) break;
            stepper.Take(move);
            moves.Add(move);
            stepper.RefuseStrays();
            if (property.Scope == Scope.State || property.Scope == Scope.Row && monitor.Applies(stepper.Engine.Row, stepper.Engine.Taken.AsSpan(0, stepper.Engine.TakenCount), stepper.Engine.Marks)) Look();
            stepper.Commit();
        }
        return (monitor.Hit is not null, monitor.Premised > 0, moves.Count);

        void Look() => monitor.Look(stepper, default);
    }

    /// <summary>The counts on one line.</summary>
    public string Line
    {
        get
        {
            var what = $"{(Property.IsSometimes ? "reach" : "break")} {Property.Name}";
            var (low, high) = Interval;
            var vacuous = Occasions == 0 && !Property.IsSometimes ? "; vacuous: none of them had occasion to" : "";
            var many = Hits.Count == 0 ? $"none of {Verdict.Group(Runs)} runs {what}: the chance is below {Percent(high)}, or there is none{vacuous}"
                : $"{Verdict.Group(Hits.Count)} of {Verdict.Group(Runs)} runs {what}, {Percent(Share)} ({Percent(low)} to {Percent(high)})";
            return $"{many} · {Manner}{(Stopped == "" ? "" : $" · {Stopped}")}{(Bounds == "" ? "" : $" · {Bounds}")}";
        }
    }

    private static string Percent(double part) => (part * 100).ToString(part is 0 or 1 ? "0" : part >= 0.01 ? "0.0" : "0.0##", CultureInfo.InvariantCulture) + " %";

    /// <summary>The line, the first run that hit, and how long runs are.</summary>
    public string ToText()
    {
        var text = new StringBuilder(Line).Append('\n');
        if (Witness is not null) text.Append(CultureInfo.InvariantCulture, $"  first: {First}, after {Witness.Steps.Count} rows\n");
        if (Runs > 0) text.Append(CultureInfo.InvariantCulture, $"  runs of {Rows.Min()} to {Rows.Max()} rows{(Cut > 0 ? $", {Verdict.Group(Cut)} of them cut there" : "")}\n");
        return text.ToString();
    }

    /// <summary>The line in bold, the rest below.</summary>
    public string ToHtml() => Html.Of(ToText());

    /// <inheritdoc/>
    public override string ToString() => ToText();
}
