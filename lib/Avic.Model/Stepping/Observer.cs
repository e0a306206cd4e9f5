namespace Avic.Model;

/// <summary>Watches a run: sees the state before a row, the row, and the state after; writes only its own value.</summary>
/// <param name="seen">The observer's own value, part of the state while the observer is there.</param>
/// <param name="before">The state before the row.</param>
/// <param name="after">The state after the row.</param>
/// <param name="engine">Actor, routine, label and marks of the row.</param>
public delegate void Watch<TState, TSeen>(ref TSeen seen, ref readonly TState before, ref readonly TState after, Engine engine)
    where TState : unmanaged where TSeen : unmanaged;

/// <summary>An automaton that watches the run and remembers in a component of its own. Without one nothing is paid.</summary>
public abstract unsafe class Observer
{
    private protected Observer(string name, Type type, int size) => (Name, SeenType, Size) = (name, type, size);

    /// <summary>Prefix of its fields in traces.</summary>
    public string Name { get; }

    internal Type SeenType { get; }
    internal int Size { get; }
    internal int Offset { get; private set; }

    /// <summary>Makes an observer that starts from zero.</summary>
    public static Observer Of<TState, TSeen>(string name, Watch<TState, TSeen> watch)
        where TState : unmanaged where TSeen : unmanaged => new Typed<TState, TSeen>(Given.Value(name), Given.Value(watch));

    internal Observer At(int offset)
    {
        var placed = (Observer)MemberwiseClone();
        placed.Offset = offset;
        return placed;
    }

    internal abstract void See(byte* before, byte* after, Engine engine);

    private sealed class Typed<TState, TSeen>(string name, Watch<TState, TSeen> watch) : Observer(name, typeof(TSeen), sizeof(TSeen))
        where TState : unmanaged where TSeen : unmanaged
    {
        internal override void See(byte* before, byte* after, Engine engine) =>
            watch(ref *(TSeen*)(after + Offset), in *(TState*)before, in *(TState*)after, engine);
    }
}
