namespace Avic.Model;

/// <summary>How long rows take.</summary>
public abstract class Pace
{
    private protected Pace() { }

    /// <summary>Nanoseconds from when a row could begin to when it takes effect; null if it does not happen by itself.</summary>
    /// <param name="row">The row, and when it could begin.</param>
    /// <param name="stepper">Where the run stands.</param>
    internal abstract double? Takes(Begun row, Stepper stepper);

    /// <summary>True if the step just taken makes a row that was begun begin anew.</summary>
    /// <param name="row">The row that was begun.</param>
    /// <param name="actor">By whom.</param>
    /// <param name="taken">Who took the step, and what it noted.</param>
    /// <param name="stepper">Where the run stands.</param>
    internal virtual bool IsBegunAnew(LinkedRow row, int actor, (int Actor, uint Marks) taken, Stepper stepper) => false;

    /// <summary>The thread that stands still while a row takes its time, as an interrupt's handler runs on its core; -1 if none does.</summary>
    internal virtual int Holds(LinkedRow row, int actor, Stepper stepper) => -1;

    /// <summary>True if what a row finds, its choice, is how far another has come that was begun.</summary>
    internal virtual bool Reads(LinkedRow row, int actor, LinkedRow begun, int by, Stepper stepper) => false;

    /// <summary>Nanoseconds that a thread does something else before its first row.</summary>
    internal virtual double Before(Actor actor, double chance) => 0;
}

/// <summary>A row that could begin.</summary>
/// <param name="Row">The row.</param>
/// <param name="Alternative">Which of the rows of its label, from 0.</param>
/// <param name="Actor">Who would take it.</param>
/// <param name="Now">Nanoseconds from the beginning of the run.</param>
/// <param name="Chance">From 0 to 1, drawn evenly.</param>
internal readonly record struct Begun(LinkedRow Row, int Alternative, int Actor, double Now, double Chance);

/// <summary>
/// The schedule that time makes: each actor works on a core of its own, a row takes effect when its time is up, and whoever
/// is first is next.
/// </summary>
/// <remarks>
/// What is begun and then not possible any more (a lock that another took, an instruction before which an interrupt came) is
/// given up, and begun anew when it is possible again. Choices of hardware are drawn evenly, unless time makes them.
/// </remarks>
internal sealed class Clock(Pace pace, int seed) : Schedule
{
    // When each actor came to where it stands, and how long an interrupt's handler keeps its core.
    private readonly Dictionary<int, double> _since = [], _heldUntil = [];
    private Dictionary<(byte Actor, byte Alternative, ushort Row), (double Begin, double End)> _begun = [];
    private Dice _dice = Dice.Apart(seed);
    private double _now;

    /// <summary>When who took a row came to it, and when it took effect, in nanoseconds from the beginning; in between it may also have waited.</summary>
    public List<(double Begin, double End)> Times { get; } = [];

    public override Move? Next(IReadOnlyList<Move> enabled) => throw new InvalidOperationException("a clock must know the rows");

    internal override Move? Next(Stepper stepper)
    {
        var last = (stepper.Engine.Actor, stepper.Engine.Marks);
        var enabled = stepper.Enabled();
        Dictionary<(byte, byte, ushort), (double Begin, double End)> begun = [];
        List<(Move Move, (byte, byte, ushort) Key)> possible = [];
        foreach (var move in enabled)
        {
            if (move.Choice > 0) continue;
            var row = stepper.Offered(move.Actor)[move.Alternative];
            var key = (move.Actor, move.Alternative, row.Index);
            if (!_begun.TryGetValue(key, out var time) || pace.IsBegunAnew(row, move.Actor, last, stepper)) time = Begin(row, move, stepper);
            begun[key] = time;
            possible.Add((move, key));
        }
        foreach (var key in begun.Keys.Except(_begun.Keys).ToArray()) Hold(begun, key, stepper);
        _begun = begun;
        if (!possible.Any(one => double.IsFinite(begun[one.Key].End))) return null;
        var (next, its) = possible.MinBy(one => begun[one.Key].End);
        var taken = begun[its];
        Move[] choices = [.. enabled.Where(move => move.Actor == next.Actor && move.Alternative == next.Alternative)];
        var part = choices.Length > 1 ? Found(stepper.Offered(next.Actor)[next.Alternative], next.Actor, taken.End, stepper) : null;
        next = choices[part is { } passed ? Math.Clamp((int)(passed * choices.Length), 0, choices.Length - 1) : _dice.Below(choices.Length)];
        _now = taken.End;
        var isThread = stepper.Model.Actors[next.Actor].IsThread;
        Times.Add(isThread ? (_since[next.Actor], taken.End) : taken);
        _since[next.Actor] = _now;
        // What a thread does next it begins now, were it the same row again.
        foreach (var key in _begun.Keys.Where(key => key.Actor == next.Actor && (isThread || key.Alternative == next.Alternative)).ToArray()) _begun.Remove(key);
        return next;
    }

    // Of what was begun and is read, the part of its time that has passed.
    private double? Found(LinkedRow row, int actor, double now, Stepper stepper)
    {
        foreach (var (key, time) in _begun)
            if (pace.Reads(row, actor, stepper.Model.Rows[key.Row], key.Actor, stepper)) return (now - time.Begin) / (time.End - time.Begin);
        return null;
    }

    private (double Begin, double End) Begin(LinkedRow row, Move move, Stepper stepper)
    {
        var alternative = 0;
        foreach (var other in stepper.Offered(move.Actor)[..move.Alternative])
            if (other.Id == row.Id) alternative++;
        if (!_since.TryGetValue(move.Actor, out var since)) _since[move.Actor] = since = pace.Before(stepper.Model.Actors[move.Actor], _dice.Fraction());
        var begin = Math.Max(Math.Max(_now, since), _heldUntil.GetValueOrDefault(move.Actor));
        return (begin, begin + (pace.Takes(new(row, alternative, move.Actor, begin, _dice.Fraction()), stepper) ?? double.PositiveInfinity));
    }

    // Once begun a handler runs to its end, and what its core's thread is at ends so much later.
    private void Hold(Dictionary<(byte Actor, byte Alternative, ushort Row), (double Begin, double End)> begun, (byte Actor, byte Alternative, ushort Row) handler, Stepper stepper)
    {
        var held = pace.Holds(stepper.Model.Rows[handler.Row], handler.Actor, stepper);
        if (held < 0) return;
        var (begin, end) = begun[handler];
        _heldUntil[held] = Math.Max(end, _heldUntil.GetValueOrDefault(held));
        foreach (var (key, time) in begun.Where(one => one.Key.Actor == held).ToArray()) begun[key] = (time.Begin, time.End + end - begin);
    }
}
