using System.Runtime.CompilerServices;

namespace Avic.Model;

/// <summary>What a row may ask for while it runs: control flow, its frame, choices and marks. One for each worker.</summary>
public sealed unsafe class Engine
{
    /// <summary>The actor where no row was taken: at the initial state and at rest.</summary>
    internal const int Nobody = -1;

    internal const int FrameHead = 4; // ushort row, short result
    internal const int StackHead = 2; // depth, and a byte that keeps frames even
    internal const ushort RoutineEnd = ushort.MaxValue;

    internal readonly Model Model;
    internal byte* Vector;
    internal LinkedRow Row = null!;
    internal byte* Frame;
    internal int Choice, Arity;
    internal ulong Interrupted; // a bit for each thread taken out of a routine
    internal readonly LinkedRow[] Taken = new LinkedRow[32];
    internal int TakenCount;
    private readonly byte[] _arguments = new byte[16];
    private readonly int _localsSize;
    internal List<(int Offset, int Size)>? Stores;

    // Where the vector may have been written since it was last known; a bit for each block, as Blocks.Of.
    internal ulong Touched;

    internal Engine(Model model)
    {
        Model = model;
        Threads = model.Stacks.Length;
        Instances = model.Instances;
        _localsSize = model.LocalsSize;
    }

    /// <summary>What the model's rows may look up but never change: programs, tables.</summary>
    public object? Data => Model.Data;

    /// <summary>How many actors are threads; they stand before the units.</summary>
    public int Threads { get; }

    /// <summary>How many elements of the first <see cref="EachAttribute"/> array are in use; 0 if there is none.</summary>
    public int Instances { get; }

    /// <summary>The actor that takes the row.</summary>
    public int Actor { get; internal set; }

    /// <summary>What the row did that is worth noticing, as bits of an enum of the model's own.</summary>
    public uint Marks { get; private set; }

    /// <summary>What the row did, where its text cannot say it (the guest's instruction); null if it said nothing. No part of the state.</summary>
    public string? Told { get; private set; }

    /// <summary>The routine of the row that is being, or was just, taken.</summary>
    public string Routine => Row.RoutineName;

    /// <summary>The label of the row that is being, or was just, taken.</summary>
    public string Label => Row.Label;

    /// <summary>The locals of the running frame, zero when it was entered but for the caller's arguments.</summary>
    /// <typeparam name="T">The model's one type of locals.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T Locals<T>() where T : unmanaged
    {
        if (Frame == null) throw Frameless();
        if (sizeof(T) > _localsSize) throw Oversize(typeof(T), sizeof(T));
        return ref *(T*)(Frame + FrameHead);
    }

    /// <summary>What the routine called last returned; reading it clears it.</summary>
    public int Result
    {
        get
        {
            if (Frame == null) throw Frameless();
            var at = (short*)(Frame + 2);
            var value = *at;
            *at = 0;
            return value;
        }
    }

    /// <summary>Where a thread stands, as <c>routine.label</c>; empty when it has ended.</summary>
    public string Position(int thread) => Model.At(Vector, thread)?.Id ?? "";

    /// <summary>The value of an observer of the model.</summary>
    /// <exception cref="ModelException">The model has no such observer.</exception>
    public T Seen<T>(string observer) where T : unmanaged
    {
        foreach (var known in Model.Observers)
            if (known.Name == observer && known.Size == sizeof(T)) return *(T*)(Vector + known.Offset);
        throw new ModelException($"there is no observer '{observer}' of {sizeof(T)} bytes. {Nearest.To(observer, Model.Observers.Select(o => o.Name))}");
    }

    /// <summary>Jumps to a label the row declares in <see cref="Row{TState}.To"/>.</summary>
    public Flow Goto(string label) => Flow.Goto(Resolve(Row.To, label, "to"));

    /// <summary>Calls a routine the row declares in <see cref="Row{TState}.Calls"/>; control comes back to the next row.</summary>
    public Flow Call(string routine)
    {
        Array.Clear(_arguments);
        return Flow.Call(Resolve(Row.Calls, routine, "calls"));
    }

    /// <summary>Calls a routine with arguments, which become its locals.</summary>
    public Flow Call<T>(string routine, in T arguments) where T : unmanaged
    {
        var flow = Call(routine);
        if (sizeof(T) > Model.LocalsSize) throw new ModelException($"arguments of {sizeof(T)} bytes do not fit the model's {Model.LocalsSize} bytes of locals");
        fixed (T* from = &arguments)
        fixed (byte* to = _arguments)
            Unsafe.CopyBlockUnaligned(to, from, (uint)sizeof(T));
        return flow;
    }

    /// <summary>Ends the routine; its frame is zeroed.</summary>
    /// <param name="value">-32768 to 32767.</param>
    public Flow Return(int value = 0)
    {
        if (value != (short)value) throw new ModelException($"a result is from -32768 to 32767, not {value}");
        return Flow.Return(value);
    }

    /// <summary>Ends a routine that was injected: what it came before goes on, with the result that it had.</summary>
    public static Flow Resume() => Flow.Resume;

    /// <summary>What hardware or the environment decides; the explorer takes every branch.</summary>
    /// <param name="n">How many branches there are, 1 to 255; the same whenever the state is the same.</param>
    /// <returns>0 to n - 1.</returns>
    public int Choose(int n)
    {
        if (Arity != 0) throw new ModelException("a row chooses at most once; split it into two rows");
        if (n is < 1 or > 255) throw new ModelException($"a choice is among 1 to 255 branches, not {n}");
        Arity = n;
        return Math.Min(Choice, n - 1);
    }

    /// <summary>Notes something about this step that properties and pictures look for; it is no part of the state.</summary>
    public void Mark(uint bits) => Marks |= bits;

    /// <summary>Says what the row does this time; traces show it in place of the row's text.</summary>
    public void Tell(string text) => Told = text;

    /// <summary>Declares a store to shared memory. Store through the typed words of the model's context where there are any.</summary>
    public void Declare<T>(ref T location) where T : unmanaged
    {
        if (Stores is null) return;
        var offset = (int)((byte*)Unsafe.AsPointer(ref location) - Vector);
        Stores.Add((offset, sizeof(T)));
    }

    /// <summary>Tells that a reference to a part of the state was handed out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Touch(nint offset, int size) => Touched |= Blocks.Of((int)offset, size);

    /// <summary>
    /// Takes a thread out of a routine and all it called, as an interrupt takes a core out of its guest. A unit's row
    /// does this; the routine stands in its <see cref="Row{TState}.Calls"/>.
    /// </summary>
    /// <returns>False if the thread is not in that routine.</returns>
    public bool Interrupt(int thread, string routine, int result)
    {
        var target = Row.CalleeRoutines[Resolve(Row.Calls, routine, "calls")];
        var stack = Vector + Model.StackOffset(thread);
        var size = Model.FrameSize;
        for (var level = stack[0] - 1; level >= 0; level--)
        {
            var frame = stack + StackHead + level * size;
            if (Model.RoutineAt(frame) != target) continue;
            for (var above = stack[0] - 1; above >= level; above--)
                new Span<byte>(stack + StackHead + above * size, size).Clear();
            stack[0] = (byte)level;
            Model.Resume(stack, result);
            Interrupted |= 1UL << thread;
            Touched |= Model.OwnBlocks[thread];
            return true;
        }
        return false;
    }

    /// <summary>
    /// Puts a routine before what a thread does next, as an interrupt does that is taken between two rows. The routine ends with
    /// <see cref="Resume"/>; a unit's row does this, and names it in its <see cref="Row{TState}.Injects"/>.
    /// </summary>
    /// <exception cref="ModelException">Nothing can be injected there, or the thread's stack is full.</exception>
    public void Inject(int thread, string routine)
    {
        var target = Row.InjectedRows[Resolve(Row.Injects, routine, "injects")];
        var stack = Vector + Model.StackOffset(thread);
        var depth = stack[0];
        if (!CanInject(thread)) throw new ModelException($"'{routine}' cannot come before {(depth == 0 ? $"anything of {Model.Actors[thread].Name}, which has ended" : $"{Position(thread)}, which is undisturbed")}; ask first whether it can");
        if (depth == Model.Depths[thread]) throw new ModelException($"the stack of {Model.Actors[thread].Name} is full at {depth} frames; '{routine}' does not fit");
        *(ushort*)(stack + StackHead + depth * Model.FrameSize) = target;
        stack[0]++;
        Touched |= Model.OwnBlocks[thread];
    }

    /// <summary>
    /// True if the thread stands at a row that something may come before: it has not ended, and neither the row is
    /// <see cref="Row{TState}.Undisturbed"/> nor one that a function which it is in will return to.
    /// </summary>
    public bool CanInject(int thread)
    {
        var stack = Vector + Model.StackOffset(thread);
        for (var level = 0; level < stack[0]; level++)
            if (Model.Rows[*(ushort*)(stack + StackHead + level * Model.FrameSize)].Undisturbed) return false;
        return stack[0] > 0;
    }

    /// <summary>Where the routine stands that the one on top of a thread's stack came from or came before; empty if there is none.</summary>
    public string PositionBelow(int thread)
    {
        var stack = Vector + Model.StackOffset(thread);
        return stack[0] < 2 ? "" : Model.Rows[*(ushort*)(stack + StackHead + (stack[0] - 2) * Model.FrameSize)].Id;
    }

    internal ReadOnlySpan<byte> Arguments => _arguments.AsSpan(0, Model.LocalsSize);

    internal void Begin(LinkedRow row, int actor, byte* frame, int choice)
    {
        Row = row;
        Actor = actor;
        Frame = frame;
        Choice = choice;
        Arity = 0;
        Interrupted = 0;
        Marks = 0;
        Told = null;
        TakenCount = 0;
    }

    /// <summary>Turns to a control row that is part of the step.</summary>
    internal void Continue(LinkedRow row, byte* frame)
    {
        if (TakenCount == Taken.Length) throw new ModelException($"{Taken.Length} control rows follow one another: they go round in a circle");
        Taken[TakenCount++] = Row = row;
        Frame = frame;
    }

    /// <summary>Ends the step: what properties see is the row it began with.</summary>
    internal void End(LinkedRow row) => Row = row;

    private static ModelException Frameless() => new("a unit has no frame and no locals; keep its registers in the state");

    private ModelException Oversize(Type type, int size) =>
        new($"locals of {size} bytes ({type.Name}) do not fit the model's {_localsSize}; say Locals = typeof({type.Name}) where it is built");

    // A row names one or two targets: comparing references to interned literals is faster than any table.
    private int Resolve(string[] names, string name, string list)
    {
        for (var i = 0; i < names.Length; i++)
            if (ReferenceEquals(names[i], name)) return i;
        var at = Array.IndexOf(names, name);
        return at >= 0 ? at : throw new ModelException($"'{name}' is not declared in the row's '{list}:'. {Nearest.To(name, names)}");
    }
}
