namespace Avic.Model.Tests;

/// <summary>A private or control row of a thread, run on its own.</summary>
internal readonly record struct Alone(LinkedRow Row, int Thread, byte[] Before, byte[] After);

/// <summary>Walks every reachable state of a model, step by step, and tells bytes by their owners.</summary>
internal sealed unsafe class Walk
{
    private readonly Stepper _stepper;

    public Walk(Model model)
    {
        Model = model;
        _stepper = new(model);
        _stepper.Engine.Stores = [];
        Foreign = [.. Enumerable.Range(0, model.Stacks.Length).Select(OfOtherInstances)];
    }

    public Model Model { get; }

    public LinkedRow Row => _stepper.Engine.Row;

    /// <summary>Every reachable state, as far as it has been walked.</summary>
    public IReadOnlyCollection<byte[]> States => _states;

    private readonly HashSet<byte[]> _states = new(ByBytes.Comparer);

    /// <summary>Walks to every reachable state by every move, just taken: what it did can be asked for until the next.</summary>
    public IEnumerable<(byte[] State, Move Move)> Reach()
    {
        _states.Add(Model.Initial);
        for (Queue<byte[]> left = new(_states); left.TryDequeue(out var state);)
            foreach (var move in From(state))
            {
                Take(state, move);
                NoteForeign(move.Actor);
                if (_stepper.After.ToArray() is var after && _states.Add(after)) left.Enqueue(after);
                yield return (state, move);
            }
    }

    /// <summary>What the step declared to store.</summary>
    public List<(int Offset, int Size)> Stores => _stepper.Engine.Stores!;

    /// <summary>The bytes that the step changed.</summary>
    public IEnumerable<int> Changes()
    {
        for (var i = NextChange(0); i < Model.VectorSize; i = NextChange(i + 1)) yield return i;
    }

    private int NextChange(int from) => from + _stepper.After[from..].CommonPrefixLength(new(_stepper.Before + from, Model.VectorSize - from));

    private void Take(byte[] state, Move move)
    {
        _stepper.Load(state);
        Stores.Clear();
        _stepper.Take(move);
    }

    /// <summary>Every control row that follows a step, and every private row, each between its own before and after.</summary>
    public IEnumerable<Alone> OwnRows()
    {
        foreach (var state in States)
            foreach (var move in From(state).Where(move => move.Actor < Model.Stacks.Length))
            {
                var row = RowOf(state, move);
                var isControl = false;
                for (byte[] bytes = state, after; row is not null; bytes = after, isControl = true)
                {
                    after = Run(row, move.Actor, bytes, move.Choice);
                    if (isControl || row.Private) yield return new(row, move.Actor, bytes, after);
                    row = At(after, move.Actor) is { Control: true } next ? next : null;
                }
            }
    }

    /// <summary>One row without the control rows that follow it.</summary>
    public byte[] Run(LinkedRow row, int thread, byte[] state, int choice = 0)
    {
        _stepper.Load(state);
        var engine = _stepper.Engine;
        engine.Begin(row, thread, Model.TopFrame(_stepper.Work, thread), choice);
        Model.Apply(row.Invoke(_stepper.Work, thread, engine), row, _stepper.Work, thread, engine);
        return _stepper.After.ToArray();
    }

    public ReadOnlySpan<byte> StackOf(byte[] state, int thread) =>
        state.AsSpan(Model.Stacks[thread], Engine.StackHead + Model.Depths[thread] * Model.FrameSize);

    /// <summary>A byte each: whether it is none of the thread's own. Its stack is its own, and, but for a control row, the private fields of its vCPU.</summary>
    public bool[] Outside(int thread, bool isControl)
    {
        var outside = new bool[Model.VectorSize];
        Array.Fill(outside, true);
        Array.Fill(outside, false, Model.Stacks[thread], StackOf(Model.Initial, thread).Length);
        foreach (var field in Model.Layout.Fields)
            if (!isControl && !field.Shared && Model.Layout.Components[field.Component].Instance == thread) Array.Fill(outside, false, field.Offset, field.Size);
        return outside;
    }

    /// <summary>For each thread and byte, whether it belongs to another's instance, or anyone but the thread has been seen to write it.</summary>
    public bool[][] Foreign { get; }

    private bool[] OfOtherInstances(int thread)
    {
        var foreign = new bool[Model.VectorSize];
        foreach (var component in Model.Layout.Components.Where(c => c.Instance != thread)) Array.Fill(foreign, true, component.Offset, component.Size);
        return foreign;
    }

    private void NoteForeign(int actor)
    {
        foreach (var i in Changes().Where(i => i < Model.StateSize)) // a stack is its thread's, also where an interrupt pushes a frame
            for (var thread = 0; thread < Foreign.Length; thread++)
                if (thread != actor) Foreign[thread][i] = true;
    }

    /// <summary>The state with foreign bytes made others, fields in the range of their types, and often zero, which rows ask for most.</summary>
    public byte[] Perturb(byte[] state, bool[] foreign, Random random)
    {
        var perturbed = state.ToArray();
        foreach (var field in Model.Layout.Fields)
        {
            var most = random.Next(2) == 0 ? 1 : field.Type == typeof(bool) ? 2 : field.Type.IsEnum ? 3 : 256;
            for (var i = field.Offset; i < field.Offset + field.Size && foreign[i]; i++) perturbed[i] = (byte)random.Next(most);
        }
        for (var thread = 0; thread < Model.Stacks.Length; thread++)
            if (foreign[Model.Stacks[thread]])
                random.NextBytes(perturbed.AsSpan(Model.Stacks[thread], StackOf(state, thread).Length));
        return perturbed;
    }

    public string NameOf(int i) => Model.Layout.Fields.FirstOrDefault(field => field.Offset <= i && i < field.Offset + field.Size)?.Name
        ?? Model.Layout.Components.FirstOrDefault(c => c.Offset <= i && i < c.Offset + c.Size)?.Name ?? "no component";

    private List<Move> From(byte[] state)
    {
        _stepper.Load(state);
        return _stepper.Enabled();
    }

    private LinkedRow RowOf(byte[] state, Move move)
    {
        _stepper.Load(state);
        return _stepper.Offered(move.Actor)[move.Alternative];
    }

    private LinkedRow? At(byte[] state, int thread)
    {
        fixed (byte* vector = state) return Model.At(vector, thread);
    }
}
