using System.Numerics;

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
    private readonly byte[] _vectors, _kept;
    private readonly (int Block, ulong Bytes)[] _changed;
    private int _changes;

    public Stepper(Model model)
    {
        Model = model;
        Engine = new(model);
        _vectors = GC.AllocateArray<byte>(2 * model.VectorSize + Blocks.Size, pinned: true);
        _kept = new byte[model.VectorSize];
        _changed = new (int, ulong)[model.VectorSize / Blocks.Size];
        fixed (byte* vectors = _vectors) Before = (byte*)((nuint)vectors + Blocks.Size - 1 & ~(nuint)(Blocks.Size - 1));
        Engine.Vector = Work = Before + model.VectorSize;
    }

    public Model Model { get; }
    public Engine Engine { get; }

    /// <summary>The state steps are taken from, and the state the last step led to. Both are pinned, their blocks a cache line each.</summary>
    public byte* Before { get; }
    public byte* Work { get; }

    public ReadOnlySpan<byte> After => new(Work, Model.VectorSize);

    private Span<byte> At(byte* vector) => new(vector, Model.VectorSize);

    public void Load(ReadOnlySpan<byte> state)
    {
        state.CopyTo(At(Before));
        Restore();
    }

    public void Restore()
    {
        At(Before).CopyTo(At(Work));
        Engine.Touched = 0;
    }

    /// <summary>The blocks that the steps since the last restoring have changed, with a bit for each byte; they are what <see cref="RestoreChanges"/> then takes back.</summary>
    public ReadOnlySpan<(int Block, ulong Bytes)> Changes()
    {
        _changes = 0;
        for (var touched = Engine.Touched; touched != 0; touched &= touched - 1)
            for (var block = BitOperations.TrailingZeroCount(touched); block < _changed.Length; block += 64)
                if (Blocks.Different(Before, Work, block) is not 0 and var bytes) _changed[_changes++] = (block, bytes);
        return _changed.AsSpan(0, _changes);
    }

    /// <summary>Takes back the changes that were last looked at; nothing else has been written since.</summary>
    public void RestoreChanges()
    {
        for (var i = 0; i < _changes; i++) Blocks.Copy(Before, Work, _changed[i].Block);
        Engine.Touched = 0;
    }

    private bool IsUntouched
    {
        get
        {
            for (var touched = Engine.Touched; touched != 0; touched &= touched - 1)
                for (var block = BitOperations.TrailingZeroCount(touched); block < _changed.Length; block += 64)
                    if (Blocks.Different(Before, Work, block) != 0) return false;
            return true;
        }
    }

    /// <summary>
    /// Refuses what is left where all steps have been taken back: somebody wrote who should only look, or through a reference
    /// that the engine was not told of. It would belong to whoever steps next.
    /// </summary>
    public void RefuseLeftovers()
    {
        if (After.SequenceEqual(At(Before))) return;
        var at = After.CommonPrefixLength(At(Before));
        var field = Model.Layout.Fields.FirstOrDefault(f => f.Offset <= at && at < f.Offset + f.Size)?.Name ?? $"byte {at} of the state";
        throw new ModelException($"{field} was written by a predicate, which should only look, or by a row through a reference that it kept.");
    }

    /// <summary>Refuses a write to an element that is not in use: it belongs to no component, so no store would remember it.</summary>
    public void RefuseStrays()
    {
        for (var block = 0; block < _changed.Length; block++)
            for (var different = Blocks.Different(Before, Work, block); different != 0; different &= different - 1)
                if (block * Blocks.Size + BitOperations.TrailingZeroCount(different) is var at && !Model.IsStored[at]) RefuseStray(at);
    }

    /// <summary>Says that such a write was done.</summary>
    public void RefuseStray(int at) =>
        throw new ModelException($"{Engine.Row.Id}, taken by {Model.Actors[Engine.Actor].Name}, writes to an element that is not in use (byte {at} of the state): the model counts fewer of them.");

    /// <summary>Remembers the state reached, to see whether somebody who should only look has written.</summary>
    public void Keep() => After.CopyTo(_kept);

    /// <summary>Whether the state is still the one remembered.</summary>
    public bool IsKept => After.SequenceEqual(_kept);

    /// <summary>Makes the state reached the state to step from.</summary>
    public void Commit()
    {
        After.CopyTo(At(Before));
        Engine.Touched = 0;
    }

    /// <summary>The rows on offer for an actor where it stands.</summary>
    public ReadOnlySpan<LinkedRow> Offered(int actor)
    {
        if (actor >= Model.Stacks.Length) return Model.UnitRows[actor];
        return Model.At(Before, actor) is { } row ? Model.Rows.AsSpan(row.Index, row.Alternatives) : [];
    }

    /// <summary>The row that a thread, having just taken one, may take at once: nobody else can tell when it does, nor put anything before it.</summary>
    public LinkedRow? Fusible(int actor)
    {
        if (actor >= Model.Stacks.Length || Model.At(Work, actor) is not { } row) return null;
        Engine.Frame = Model.TopFrame(Work, actor); // only asked, not begun: what is said of the row before stays true of it
        return row.CanFuse(Work, actor, Engine) && !(Model.Injects && Engine.CanInject(actor)) ? row : null;
    }

    /// <summary>Takes a row from a fresh <see cref="Work"/>; false if it waits, and then nothing has changed.</summary>
    public bool Try(LinkedRow row, int actor, int choice)
    {
        var thread = actor < Model.Stacks.Length;
        Engine.Begin(row, actor, thread ? Model.TopFrame(Work, actor) : null, choice);
        Engine.Touched |= row.TellsItsParts ? Model.OwnBlocks[actor] : ulong.MaxValue;
        try
        {
            var flow = row.Invoke(Work, actor, Engine);
            if (flow.What == Flow.Kind.Wait)
            {
                if (!IsUntouched) throw new ModelException("it waits after a write. Test first, write after, or split the row in two");
                Engine.Touched = 0;
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
        return stepper.After.ToArray();
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
            if (!next.TellsItsParts) Engine.Touched = ulong.MaxValue;
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
