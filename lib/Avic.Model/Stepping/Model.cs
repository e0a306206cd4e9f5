
namespace Avic.Model;

/// <summary>Who takes rows: a thread with a stack, or a unit, whose guarded rows are always on offer.</summary>
/// <param name="Index">Position among the actors; threads stand before units.</param>
/// <param name="Name">Shown in traces: <c>vcpu1</c>.</param>
/// <param name="IsThread">True for a thread.</param>
/// <param name="Routine">Where a thread starts, or whose rows a unit offers.</param>
public sealed record Actor(int Index, string Name, bool IsThread, string Routine);

/// <summary>Code linked into numbers, with its actors and its initial state: what runs and what is explored.</summary>
public sealed unsafe partial class Model
{
    internal LinkedRow[] Rows = [];
    internal LinkedRow[][] UnitRows = [];
    internal byte[] Initial = [];
    // The bytes that belong to a component.
    internal bool[] IsStored = [];
    internal int[] Stacks = [];
    internal int[] Depths = [];
    // The blocks that a step of each actor may write to beside those its rows tell of: its stack, the observers.
    internal ulong[] OwnBlocks = [];
    internal Observer[] Observers = [];
    // Whether a unit puts routines before what threads do next.
    internal bool Injects;
    internal int StateSize, Instances;
    internal object? Data;

    // Also of routines that no actor reaches: a property may look at a row that an edit has cut off.
    internal HashSet<string> KnownRows = [];

    private Model(string name, Layout layout, IReadOnlyList<Actor> actors, int localsSize)
    {
        (Name, Layout, Actors, LocalsSize) = (name, layout, actors, localsSize);
        FrameSize = Engine.FrameHead + localsSize;
    }

    /// <summary>What the code is called; tokens carry it.</summary>
    public string Name { get; }

    /// <summary>Names and places of everything in the state.</summary>
    public Layout Layout { get; }

    /// <summary>Threads first, then units.</summary>
    public IReadOnlyList<Actor> Actors { get; }

    /// <summary>Bytes of one state: the model's struct, the stacks, the observers.</summary>
    public int VectorSize { get; private set; }

    /// <summary>Four hexadecimal digits that change with the rows, the actors or the initial state.</summary>
    public string Fingerprint { get; private set; } = "";

    internal int LocalsSize { get; }
    internal int FrameSize { get; }

    internal int StackOffset(int thread) => Stacks[thread];

    internal int RoutineAt(byte* frame) => Rows[*(ushort*)frame].RoutineIndex;

    internal byte* TopFrame(byte* vector, int thread)
    {
        var stack = vector + Stacks[thread];
        return stack[0] == 0 ? null : stack + Engine.StackHead + (stack[0] - 1) * FrameSize;
    }

    /// <summary>Hands a result to the frame on top; a frame that was at its end returns in turn.</summary>
    internal void Resume(byte* stack, int result)
    {
        while (stack[0] > 0)
        {
            var frame = stack + Engine.StackHead + (stack[0] - 1) * FrameSize;
            if (!Rows[*(ushort*)frame].IsEnd)
            {
                *(short*)(frame + 2) = (short)result;
                return;
            }
            new Span<byte>(frame, FrameSize).Clear();
            stack[0]--;
        }
    }

    /// <summary>Moves a thread as its row asked.</summary>
    internal void Apply(Flow flow, LinkedRow row, byte* vector, int thread, Engine engine)
    {
        var stack = vector + Stacks[thread];
        var frame = engine.Frame;
        switch (flow.What)
        {
            case Flow.Kind.Next:
                *(ushort*)frame = row.Next;
                if (Rows[row.Next].IsEnd) Resume(stack, 0);
                break;
            case Flow.Kind.Goto:
                *(ushort*)frame = row.ToRows[flow.Operand];
                break;
            case Flow.Kind.Return:
                new Span<byte>(frame, FrameSize).Clear();
                stack[0]--;
                Resume(stack, flow.Operand);
                break;
            case Flow.Kind.Resume:
                new Span<byte>(frame, FrameSize).Clear();
                stack[0]--;
                break;
            case Flow.Kind.Call:
                if (stack[0] == Depths[thread])
                    throw new ModelException($"the stack of {Actors[thread].Name} is full at {stack[0]} frames: {string.Join(" > ", Frames(vector, thread))}. Return earlier, or jump instead of calling");
                *(ushort*)frame = row.Next;
                *(short*)(frame + 2) = 0;
                var callee = frame + FrameSize;
                stack[0]++;
                *(ushort*)callee = row.CalleeRows[flow.Operand];
                engine.Arguments.CopyTo(new Span<byte>(callee + Engine.FrameHead, LocalsSize));
                break;
        }
    }

    /// <summary>Where a thread stands, outermost first; empty when it has ended.</summary>
    internal List<string> Frames(byte* vector, int thread)
    {
        var stack = vector + Stacks[thread];
        List<string> frames = [];
        for (var level = 0; level < stack[0]; level++)
            frames.Add(Rows[*(ushort*)(stack + Engine.StackHead + level * FrameSize)].Id);
        return frames;
    }

    /// <summary>How many frames are below the first of a routine; -1 if the thread is not in it.</summary>
    internal int Below(byte* vector, int thread, string routine)
    {
        var stack = vector + Stacks[thread];
        for (var level = 0; level < stack[0]; level++)
            if (Rows[*(ushort*)(stack + Engine.StackHead + level * FrameSize)].RoutineName == routine) return level;
        return -1;
    }

    /// <summary>The row a thread stands at, or null when it has ended.</summary>
    internal LinkedRow? At(byte* vector, int thread)
    {
        var frame = TopFrame(vector, thread);
        return frame == null ? null : Rows[*(ushort*)frame];
    }

    /// <summary>The actor of that name.</summary>
    /// <exception cref="ModelException">There is none; the message names the nearest.</exception>
    public Actor ActorNamed(string name) => Actors.FirstOrDefault(actor => actor.Name == name)
        ?? throw new ModelException($"There is no actor '{name}'. {Nearest.To(name, Actors.Select(a => a.Name))}");

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Actors.Count} actors, {Rows.Length - 1} rows, {VectorSize} bytes a state";
}
