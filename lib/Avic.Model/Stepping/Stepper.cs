using System.Numerics;
using System.Runtime.Intrinsics;

namespace Avic.Model;

/// <summary>One execution of one row by one actor: the unit of schedules, edges and traces.</summary>
/// <param name="Actor">Index of the actor.</param>
/// <param name="Alternative">Which of the rows on offer at its label; for a unit, which of its rows.</param>
/// <param name="Choice">Which branch of the row's choice, 0 if it makes none.</param>
public readonly record struct Move(byte Actor, byte Alternative, byte Choice) : IComparable<Move>
{
    /// <summary>Orders by actor, then row, then choice.</summary>
    public int CompareTo(Move other) => Key.CompareTo(other.Key);

    private int Key => (Actor << 16) | (Alternative << 8) | Choice;
}

/// <summary>Takes single steps from a state: the one place where rows run.</summary>
internal sealed unsafe class Stepper
{
    private readonly byte[] _before, _work, _kept;
    private readonly (int From, int Size)[] _used; // what belongs to components, by blocks of 32 bytes
    private readonly (int Block, uint Bytes)[] _changed;
    private int _changes;

    public Stepper(Model model)
    {
        Model = model;
        Engine = new(model);
        _before = GC.AllocateArray<byte>(model.VectorSize, pinned: true);
        _work = GC.AllocateArray<byte>(model.VectorSize, pinned: true);
        _kept = new byte[model.VectorSize];
        _used = [.. Used(model.IsStored)];
        _changed = new (int, uint)[model.VectorSize / 32];
        fixed (byte* before = _before) Before = before;
        fixed (byte* work = _work) Work = work;
        Engine.Vector = Work;
    }

    public Model Model { get; }
    public Engine Engine { get; }

    /// <summary>The state steps are taken from, and the state the last step led to. Both are pinned.</summary>
    public byte* Before { get; }
    public byte* Work { get; }

    public ReadOnlySpan<byte> After => _work;

    public void Load(ReadOnlySpan<byte> state)
    {
        state.CopyTo(_before);
        state.CopyTo(_work);
    }

    public void Restore() => _before.AsSpan().CopyTo(_work);

    /// <summary>The blocks of 32 bytes that the step changed, with a bit for each byte; they are what <see cref="RestoreChanges"/> then takes back.</summary>
    public ReadOnlySpan<(int Block, uint Bytes)> Changes()
    {
        _changes = 0;
        for (var block = 0; block < _changed.Length; block++)
            if (Different(block) is not 0 and var bytes) _changed[_changes++] = (block, bytes);
        return _changed.AsSpan(0, _changes);
    }

    /// <summary>Takes back the changes that were last looked at; nothing else has been written since.</summary>
    public void RestoreChanges()
    {
        for (var i = 0; i < _changes; i++) Vector256.Load(Before + _changed[i].Block * 32).Store(Work + _changed[i].Block * 32);
    }

    private static IEnumerable<(int From, int Size)> Used(bool[] isStored)
    {
        for (var from = 0; from < isStored.Length;)
        {
            var to = from;
            while (to < isStored.Length && isStored.AsSpan(to, 32).Contains(true)) to += 32;
            if (to > from) yield return (from, to - from);
            from = Math.Max(to, from + 32);
        }
    }

    private bool IsUntouched
    {
        get
        {
            foreach (var (from, size) in _used)
                if (!_work.AsSpan(from, size).SequenceEqual(_before.AsSpan(from, size))) return false;
            return true;
        }
    }

    /// <summary>The bytes that the step changed in a block of 32, a bit each.</summary>
    public uint Different(int block) =>
        ~Vector256.Equals(Vector256.Load(Before + block * 32), Vector256.Load(Work + block * 32)).ExtractMostSignificantBits();

    /// <summary>Refuses a write to an element that is not in use: it belongs to no component, so no store would remember it.</summary>
    public void RefuseStrays()
    {
        for (var block = 0; block < Model.VectorSize / 32; block++)
            for (var different = Different(block); different != 0; different &= different - 1)
                if (block * 32 + BitOperations.TrailingZeroCount(different) is var at && !Model.IsStored[at]) RefuseStray(at);
    }

    /// <summary>Says that such a write was done.</summary>
    public void RefuseStray(int at) =>
        throw new ModelException($"{Engine.Row.Id}, taken by {Model.Actors[Engine.Actor].Name}, writes to an element that is not in use (byte {at} of the state): the model counts fewer of them.");

    /// <summary>Remembers the state reached, to see whether somebody who should only look has written.</summary>
    public void Keep() => _work.AsSpan().CopyTo(_kept);

    /// <summary>Whether the state is still the one remembered.</summary>
    public bool IsKept => After.SequenceEqual(_kept);

    /// <summary>Makes the state reached the state to step from.</summary>
    public void Commit() => _work.AsSpan().CopyTo(_before);

    /// <summary>The rows on offer for an actor where it stands.</summary>
    public ReadOnlySpan<LinkedRow> Offered(int actor)
    {
        if (!Model.Actors[actor].IsThread) return Model.UnitRows[actor];
        return Model.At(Before, actor) is { } row ? Model.Rows.AsSpan(row.Index, row.Alternatives) : [];
    }

    /// <summary>The row that a thread, having just taken one, may take at once: nobody else can tell when it does.</summary>
    public LinkedRow? Fusible(int actor)
    {
        if (actor >= Model.Stacks.Length || Model.At(Work, actor) is not { } row) return null;
        Engine.Frame = Model.TopFrame(Work, actor); // only asked, not begun: what is said of the row before stays true of it
        return row.CanFuse(Work, actor, Engine) ? row : null;
    }

    /// <summary>Takes a row from a fresh <see cref="Work"/>; false if it waits, and then nothing has changed.</summary>
    public bool Try(LinkedRow row, int actor, int choice)
    {
        var thread = actor < Model.Stacks.Length;
        Engine.Begin(row, actor, thread ? Model.TopFrame(Work, actor) : null, choice);
        Flow flow;
        try
        {
            flow = row.Invoke(Work, actor, Engine);
            if (flow.What == Flow.Kind.Wait)
            {
                if (!IsUntouched) throw new ModelException("it waits after a write. Test first, write after, or split the row in two");
                return false;
            }
            if (thread)
            {
                Model.Apply(flow, row, Work, actor, Engine);
                RunControlRows(row, actor);
            }
            else if (flow.What != Flow.Kind.Next) throw new ModelException("a unit has no stack: its rows end with Next or Wait");
            else
                for (var left = Engine.Interrupted; left != 0; left &= left - 1) RunControlRows(row, System.Numerics.BitOperations.TrailingZeroCount(left));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Restore();
            throw Failure(actor, e);
        }
        foreach (var observer in Model.Observers) observer.See(Before, Work, Engine);
        return true;
    }

    /// <summary>Takes every thread to its first row that is a step; what is left is where runs begin.</summary>
    public static byte[] Settle(Model model)
    {
        var stepper = new Stepper(model);
        stepper.Load(model.Initial);
        for (var thread = 0; thread < model.Stacks.Length; thread++)
        {
            stepper.Engine.Begin(model.Rows[0], thread, null, 0);
            try { stepper.RunControlRows(model.Rows[0], thread); }
            catch (Exception e) when (e is not OutOfMemoryException) { throw stepper.Failure(thread, e); }
        }
        return stepper._work.ToArray();
    }

    private ModelException Failure(int actor, Exception e) =>
        new($"{Engine.Row.Id} ({Engine.Row.Source}), taken by {Model.Actors[actor].Name}: {e.Message}", e);

    // A call, jump or return is part of the step before it: nobody else can tell when it happens.
    private void RunControlRows(LinkedRow row, int actor)
    {
        var arity = Engine.Arity;
        while (Model.TopFrame(Work, actor) is var frame && frame != null && Model.Rows[*(ushort*)frame] is { Control: true } next)
        {
            Engine.Continue(next, frame);
            var flow = next.Invoke(Work, actor, Engine);
            if (flow.What == Flow.Kind.Wait || Engine.Arity != arity) throw new ModelException("a control row neither waits nor chooses");
            Model.Apply(flow, next, Work, actor, Engine);
        }
        Engine.End(row);
    }

    /// <summary>Takes a move from the loaded state.</summary>
    /// <exception cref="ModelException">The move is not possible here; the message says what is.</exception>
    public void Take(Move move)
    {
        if (move.Actor >= Model.Actors.Count)
            throw new ModelException($"There is no actor {move.Actor}: the model has {Model.Actors.Count}.");
        var rows = Offered(move.Actor);
        if (move.Alternative < rows.Length && Try(rows[move.Alternative], move.Actor, move.Choice) && move.Choice < Math.Max(1, Engine.Arity)) return;
        Restore();
        throw new ModelException($"{Model.Actors[move.Actor].Name} cannot take that row now{Where(move, rows)}. {Possible()}");
    }

    private string Where(Move move, ReadOnlySpan<LinkedRow> rows) =>
        rows.Length == 0 ? " (it has ended)" : move.Alternative < rows.Length ? $" (it stands at {rows[move.Alternative].Id})" : $" (it stands at {rows[0].Id}, which has {rows.Length} rows)";

    private string Possible()
    {
        var moves = Enabled();
        return moves.Count == 0 ? "No actor can move."
            : $"Possible: {string.Join(", ", moves.Select(m => $"{Model.Actors[m.Actor].Name} {Offered(m.Actor)[m.Alternative].Id}").Distinct().Take(8))}.";
    }

    /// <summary>Every move possible from the loaded state, in order.</summary>
    public List<Move> Enabled()
    {
        List<Move> moves = [];
        for (var actor = 0; actor < Model.Actors.Count; actor++)
        {
            var rows = Offered(actor);
            for (var alternative = 0; alternative < rows.Length; alternative++)
            {
                for (int choice = 0, arity = 1; choice < arity; choice++)
                {
                    if (Try(rows[alternative], actor, choice))
                    {
                        moves.Add(new((byte)actor, (byte)alternative, (byte)choice));
                        Restore();
                    }
                    arity = Math.Max(1, Engine.Arity);
                }
            }
        }
        return moves;
    }
}
