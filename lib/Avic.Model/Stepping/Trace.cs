using System.Globalization;
using System.Text;

namespace Avic.Model;

/// <summary>A named value that a step changed.</summary>
/// <param name="Field">In the terms of the source.</param>
/// <param name="Before">The value before, as shown.</param>
/// <param name="After">The value after, as shown.</param>
public sealed record Change(string Field, string Before, string After)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Field}: {Before} → {After}";
}

/// <summary>One row of a trace.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Move">What the schedule said.</param>
/// <param name="Actor">Who took the row.</param>
/// <param name="Routine">Its routine.</param>
/// <param name="Label">Its label.</param>
/// <param name="Text">The expression as the source writes it, or what the row said that it did.</param>
/// <param name="Source">Where the row comes from.</param>
/// <param name="Marks">What the row noted, as bits of the model's enum.</param>
/// <param name="Control">The calls, jumps and returns that are part of the step, as <c>routine.label</c>.</param>
public sealed record TraceStep(int Number, Move Move, Actor Actor, string Routine, string Label, string Text, string Source, uint Marks, IReadOnlyList<string> Control)
{
    /// <summary>Routine and label.</summary>
    public string Row => $"{Routine}.{Label}";
}

/// <summary>The record of a run: every row taken, with the whole state before and after it.</summary>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed unsafe class Trace : IDisplayed
{
    private readonly List<byte[]> _states;
    private readonly List<TraceStep> _steps = [];

    private Trace(Model model)
    {
        Model = model;
        _states = [model.Initial];
    }

    /// <summary>What ran.</summary>
    public Model Model { get; }

    /// <summary>The rows, in the order they were taken.</summary>
    public IReadOnlyList<TraceStep> Steps => _steps;

    /// <summary>Which bounds and programs it ran under, for footers; set by whoever knows.</summary>
    public string Title { get; init; } = "";

    /// <summary>What went wrong at the last row, if something did.</summary>
    public string? Violation { get; init; }

    /// <summary>The schedule that replays it, as a short text.</summary>
    public string Token => Schedule.TokenOf(Model, _steps.Select(step => step.Move));

    /// <summary>Takes moves from the initial state, one by one, through the rows alone.</summary>
    /// <exception cref="ModelException">A move is not possible; the message says at which row and what was possible.</exception>
    public static Trace Replay(Model model, IEnumerable<Move> moves, string title = "", string? violation = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(moves);
        var trace = new Trace(model) { Title = Given.Value(title), Violation = violation };
        var stepper = new Stepper(model);
        stepper.Load(model.Initial);
        foreach (var move in moves) trace.Take(stepper, move);
        return trace;
    }

    /// <summary>Runs a model under one schedule.</summary>
    /// <param name="model">What runs.</param>
    /// <param name="schedule">Who goes next.</param>
    /// <param name="longest">Rows after which to stop.</param>
    /// <param name="title">Which bounds and programs it runs under, for footers.</param>
    public static Trace Record(Model model, Schedule schedule, int longest = 10_000, string title = "")
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(schedule);
        ArgumentNullException.ThrowIfNull(title);
        var trace = new Trace(model) { Title = title };
        var stepper = new Stepper(model);
        stepper.Load(model.Initial);
        schedule.Start(model);
        while (trace._steps.Count < longest && schedule.Next(stepper) is { } move)
            trace.Take(stepper, move);
        return trace;
    }

    private void Take(Stepper stepper, Move move)
    {
        try { stepper.Take(move); }
        catch (ModelException e) { throw new ModelException($"Row {_steps.Count + 1} of the schedule: {e.Message}", e); }
        var row = stepper.Engine.Row;
        stepper.RefuseStrays();
        _steps.Add(new(_steps.Count + 1, move, Model.Actors[move.Actor], row.RoutineName, row.Label, stepper.Engine.Told ?? row.Text, row.Source, stepper.Engine.Marks,
            [.. stepper.Engine.Taken.Take(stepper.Engine.TakenCount).Select(control => control.Id)]));
        stepper.Commit();
        _states.Add(stepper.After.ToArray());
    }

    /// <summary>The state after that many rows, as the model's struct; 0 is the initial state.</summary>
    public TState State<TState>(int rows) where TState : unmanaged
    {
        if (sizeof(TState) != Model.StateSize) throw new ModelException($"{typeof(TState).Name} is not the state type of {Model.Name}.");
        fixed (byte* state = _states[rows]) return *(TState*)state;
    }

    internal ReadOnlySpan<byte> Bytes(int rows) => _states[rows];

    /// <summary>A field after that many rows, or at the end, as a number.</summary>
    public long Value(string field, int? rows = null) => Model.Layout[field].Read(After(rows));

    /// <summary>A field after that many rows, or at the end, as shown.</summary>
    public string Show(string field, int? rows = null) => Model.Layout[field].Show(After(rows));

    private byte[] After(int? rows) => rows switch
    {
        null => _states[^1],
        { } taken when (uint)taken < (uint)_states.Count => _states[taken],
        _ => throw new ModelException($"The run has 0 to {_states.Count - 1} rows, not {rows}."),
    };

    /// <summary>The named values that a step changed, and where its thread went.</summary>
    /// <param name="number">Number of the step, from 1.</param>
    public IReadOnlyList<Change> Changes(int number)
    {
        byte[] before = _states[number - 1], after = _states[number];
        List<Change> changes = [];
        foreach (var field in Model.Layout.Fields)
            if (!before.AsSpan(field.Offset, field.Size).SequenceEqual(after.AsSpan(field.Offset, field.Size)))
                changes.Add(new(field.Name, field.Show(before), field.Show(after)));
        return changes;
    }

    /// <summary>Where a thread stands after that many rows, outermost routine first; empty when it has ended.</summary>
    public IReadOnlyList<string> Stack(int rows, Actor thread)
    {
        fixed (byte* state = _states[rows]) return Model.Frames(state, Given.Value(thread).Index);
    }

    /// <summary>How many frames are below a routine after that many rows; -1 if the thread is not in it.</summary>
    internal int Below(int rows, Actor thread, string routine)
    {
        fixed (byte* state = _states[rows]) return Model.Below(state, thread.Index, routine);
    }

    /// <summary>A field as plain arrays, for any plotting library: step numbers from 0, and the value after each.</summary>
    public (int[] Steps, long[] Values) Series(string field)
    {
        var found = Model.Layout[field];
        return ([.. Enumerable.Range(0, _states.Count)], [.. _states.Select(state => found.Read(state))]);
    }

    /// <summary>Every field at every step, as comma-separated values.</summary>
    public string ToCsv()
    {
        var csv = new StringBuilder("step,actor,row");
        foreach (var field in Model.Layout.Fields) csv.Append(',').Append(field.Name);
        csv.Append('\n');
        for (var i = 0; i < _states.Count; i++)
        {
            csv.Append(CultureInfo.InvariantCulture, $"{i},{(i == 0 ? "" : _steps[i - 1].Actor.Name)},{(i == 0 ? "" : _steps[i - 1].Row)}");
            foreach (var field in Model.Layout.Fields) csv.Append(CultureInfo.InvariantCulture, $",{field.Read(_states[i])}");
            csv.Append('\n');
        }
        return csv.ToString();
    }

    /// <summary>One line a row: who, which row, what changed.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        var wide = Model.Actors.Max(actor => actor.Name.Length);
        foreach (var step in _steps)
        {
            text.Append(CultureInfo.InvariantCulture, $"{step.Number,4}  {step.Actor.Name.PadRight(wide)}  {step.Row}");
            if (Changes(step.Number) is { Count: > 0 } changes) text.Append("    ").AppendJoin(", ", changes);
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>Its bounds and what went wrong in bold, then a line a row.</summary>
    public string ToHtml()
    {
        var title = Title == "" ? Model.Name : Title;
        return Html.Of($"{_steps.Count} rows · {title}{(Violation is null ? "" : $" · {Violation} is violated")}\n{ToText()}");
    }

    /// <inheritdoc/>
    public override string ToString() => ToText();
}
