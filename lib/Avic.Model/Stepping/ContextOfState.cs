using System.Runtime.CompilerServices;

namespace Avic.Model;

/// <summary>One row of a model of one's own, as a lambda.</summary>
public delegate Flow Step<TState>(Context<TState> x) where TState : unmanaged;

/// <summary>A predicate over a model of one's own: <c>x => x.State.Taken == 0</c>.</summary>
public delegate bool When<TState>(Context<TState> x) where TState : unmanaged;

/// <summary>What a row of a model of one's own sees and may do: the state, who takes the row, where control goes.</summary>
public readonly ref struct Context<TState> where TState : unmanaged
{
    private readonly ref TState _state;
    private readonly Engine _engine;

    private Context(ref TState state, int actor, Engine engine)
    {
        _state = ref state;
        _engine = engine;
        Actor = actor;
    }

    internal static Effect<TState> Effect(Step<TState> step) => (ref state, actor, engine) => step(new(ref state, actor, engine));

    // The engine finds out who writes in a predicate.
    internal static Holds<TState> Holds(When<TState> when) => (ref readonly state, engine) => when(new(ref Unsafe.AsRef(in state), engine.Actor, engine));

    /// <summary>The whole state; a row may read and write any of it.</summary>
    public ref TState State => ref _state;

    /// <summary>Index of the actor that takes the row; threads stand before units. -1 in a predicate where nobody has moved.</summary>
    public int Actor { get; }

    /// <summary>The locals of the running frame, zero when it was entered but for the caller's arguments.</summary>
    /// <typeparam name="T">The model's one type of locals.</typeparam>
    public ref T Locals<T>() where T : unmanaged => ref _engine.Locals<T>();

    /// <summary>What the routine called last returned; reading it clears it.</summary>
    public int Result => _engine.Result;

    /// <summary>Where a thread stands, as <c>routine.label</c>; empty when it has ended.</summary>
    public string At(int thread) => _engine.Position(thread);

    /// <summary>The row below; at the last row of a routine, a return with result 0.</summary>
    public Flow Next => Flow.Next;

    /// <summary>Not yet: the row is offered again when the state has changed. It must not have written.</summary>
    public Flow Wait => Flow.Wait;

    /// <summary>Jumps to a label the row declares in <see cref="Row{TState}.To"/>.</summary>
    public Flow Goto(string label) => _engine.Goto(label);

    /// <summary>Calls a routine the row declares in <see cref="Row{TState}.Calls"/>; control comes back to the next row.</summary>
    public Flow Call(string routine) => _engine.Call(routine);

    /// <summary>Ends the routine.</summary>
    /// <param name="value">-32768 to 32767.</param>
    public Flow Return(int value = 0) => _engine.Return(value);

    /// <summary>What hardware or the environment decides; the explorer takes every branch.</summary>
    /// <param name="n">How many branches there are, 1 to 255; the same whenever the state is the same.</param>
    /// <returns>0 to n - 1.</returns>
    public int Choose(int n) => _engine.Choose(n);

    /// <summary>Notes something about this step that properties look for, as bits of an enum of one's own.</summary>
    public void Mark(uint bits) => _engine.Mark(bits);
}
