using System.Globalization;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>What a trace looks like.</summary>
public static class Pictures
{
    // A picture is waited for: some seconds of exploring.
    private const int MostByDepth = 5_000_000;

    /// <summary>The space-time diagram of a trace: who did what when, and what it did to whom.</summary>
    /// <param name="trace">A run or a counterexample.</param>
    /// <param name="all">True to draw every row; otherwise three or more rows of one actor that change nothing of note collapse into one line.</param>
    public static Lanes Lanes(this Trace? trace, bool all = false) => new(Seen(trace), all);

    /// <summary>How fields change, as step plots one under the other.</summary>
    /// <param name="trace">A run or a counterexample.</param>
    /// <param name="fields">In the terms of the source: <c>"apicv_inhibit_reasons"</c>, <c>"vcpu1.apicv_active"</c>, <c>"npt[0xfee00]"</c>.</param>
    /// <exception cref="ModelException">The state has no such field; the message names the nearest.</exception>
    public static StepPlot Plot(this Trace? trace, params string[] fields) => new(Seen(trace), fields);

    /// <summary>How fields change over time, as step plots one under the other.</summary>
    /// <param name="run">A run by the clock.</param>
    /// <param name="fields">In the terms of the source.</param>
    /// <exception cref="ModelException">The state has no such field; the message names the nearest.</exception>
    public static Figure Plot(this TimedRun run, params string[] fields)
    {
        ArgumentNullException.ThrowIfNull(run);
        return new StepPlot(run.Trace, fields).ToFigure(row => run.At(row) / 1000, "microseconds");
    }

    /// <summary>A line for each row and a column for each field, blank where a row changed nothing.</summary>
    /// <param name="trace">A run or a counterexample.</param>
    /// <param name="fields">Which fields; none: all that change.</param>
    /// <exception cref="ModelException">The state has no such field; the message names the nearest.</exception>
    public static StateTable Table(this Trace? trace, params string[] fields) => new(Seen(trace), fields);

    /// <summary>Which vectors are set when: of registers that the state holds as arrays of 256 bits.</summary>
    /// <param name="trace">A run or a counterexample.</param>
    /// <param name="registers">Three at most, in the terms of the source: <c>"vcpu1.irr"</c> for fields <c>vcpu1.irr[0]</c> and so on.</param>
    /// <exception cref="ModelException">The state has no such array; the message names the nearest.</exception>
    public static VectorTimeline Vectors(this Trace? trace, params string[] registers) => VectorMap.OverTime(Seen(trace), registers);

    /// <summary>Two traces side by side, matched by actor and row: where they part, and which fields then differ.</summary>
    /// <param name="trace">The left one.</param>
    /// <param name="other">The right one.</param>
    public static TraceDiff Diff(this Trace? trace, Trace? other) => new(Seen(trace), Seen(other));

    /// <summary>The run as something to walk by hand, on the page that <c>avic publish</c> makes: the reader is the scheduler.</summary>
    /// <param name="trace">A run or a counterexample of a kernel that a name can bring back; up to <see cref="StateMap.LongestRun"/> rows.</param>
    /// <param name="property">How far from breaking which property the page says; left out, the one that the run breaks.</param>
    public static Stepper Stepper(this Trace? trace, Property? property = null) => new(Seen(trace), property);

    /// <summary>Every state of a small model, and every row between them; of a larger one, how many states lie how deep.</summary>
    /// <param name="model">A model; up to <see cref="StateGraph.Most"/> states are drawn one by one.</param>
    /// <param name="property">A property whose shortest violation is drawn in it.</param>
    public static Picture Graph(this Model.Model model, Property? property = null) =>
        Graph(model, property is null ? null : Explorer.Check(model, property).Counterexample);

    /// <summary>Every state of a small scenario, and every row between them; of a larger one, how many states lie how deep.</summary>
    /// <param name="scenario">A scenario; up to <see cref="StateGraph.Most"/> states are drawn one by one.</param>
    /// <param name="property">A property whose shortest violation is drawn in it.</param>
    public static Picture Graph(this Scenario scenario, Property? property = null) =>
        scenario is null ? throw new ArgumentNullException(nameof(scenario))
        : property is not null && scenario.Check(property).Counterexample is { } violation ? Graph(violation.Model, violation) : Graph(scenario.Model, (Trace?)null);

    private static Picture Graph(Model.Model model, Trace? violation) =>
        ReachableGraph.Of(model, StateGraph.Most) is { } graph ? new StateGraph(graph, violation)
            : Levels(Explorer.Explore(model, new() { MaxStates = MostByDepth }), $"{model.Name}: more than {StateGraph.Most} states, by depth", violation);

    /// <summary>How many states lie how many rows from the start.</summary>
    /// <param name="exploration">What was explored; <c>verdict.Exploration</c> has it.</param>
    public static Figure Levels(this Exploration exploration) => Levels(exploration ?? throw new ArgumentNullException(nameof(exploration)), "States by depth", violation: null);

    /// <summary>How many of so many runs by chance had what was looked for; <c>one.Hits().Add(other.Hits())</c> sets two ways to draw them side by side.</summary>
    /// <param name="sampling">What <c>scenario.Sample(…)</c> counted.</param>
    public static Figure Hits(this Sampling sampling)
    {
        ArgumentNullException.ThrowIfNull(sampling);
        var hits = sampling.Hits;
        return Figure.Line([0, .. hits.Select(seed => seed + 1), sampling.Runs], [.. Enumerable.Range(0, hits.Count + 1), hits.Count], sampling.Manner).Stepped()
            .Title($"Runs that {(sampling.Property.IsSometimes ? "reach" : "break")} {sampling.Property.Name}").X("runs").Y("hits");
    }

    private static Figure Levels(Exploration exploration, string title, Trace? violation)
    {
        var sizes = exploration.LevelSizes;
        var figure = Figure.Line(Enumerable.Range(0, sizes.Count), sizes).Stepped().Filled()
            .Title($"{title} · {exploration.States.ToString("#,0", CultureInfo.InvariantCulture).Replace(',', ' ')} states{(exploration.Complete ? "" : $", {exploration.Stopped}")}")
            .X("rows from the start").Y("states");
        return violation is null ? figure : figure.Vertical(violation.Steps.Count, $"***boom*** in {violation.Steps.Count} rows");
    }

    private static Trace Seen(Trace? trace) => trace
        ?? throw new ModelException("There is no run to draw: the property holds, so the verdict has no counterexample. Draw scenario.Run(Schedule.Seed(1)), or the verdict's NearestMiss.");
}
