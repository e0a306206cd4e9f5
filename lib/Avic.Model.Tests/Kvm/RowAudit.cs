namespace Avic.Model.Tests;

/// <summary>Looks at every reachable state and step of a model for something that no row may do.</summary>
internal abstract class RowAudit(Walk walk)
{
    private readonly Dictionary<string, string> _findings = [];

    /// <summary>All that there are, having seen everything: two walks, as what a row may depend on is known after the first.</summary>
    public static IReadOnlyList<RowAudit> All(Walk walk)
    {
        RowAudit[] audits = [new Undeclared(walk), new Crowded(walk), new Leftovers(walk), new Strays(walk), new Trespasses(walk), new Dependences(walk)];
        foreach (var _ in walk.Reach())
            foreach (var audit in audits) audit.Look();
        foreach (var state in walk.States)
            foreach (var audit in audits) audit.Look(state);
        foreach (var alone in walk.OwnRows())
            foreach (var audit in audits) audit.Look(alone);
        return audits;
    }

    /// <summary>In a sentence each, the first of every row.</summary>
    public IEnumerable<string> Findings => _findings.Values;

    /// <summary>How many times it looked.</summary>
    public long Looked { get; protected set; }

    protected Walk Walk => walk;

    protected Model Model => walk.Model;

    protected void Find(string row, string finding) => _findings.TryAdd(row, finding);

    /// <summary>At a step that was just taken.</summary>
    protected virtual void Look()
    {
    }

    /// <summary>At a state.</summary>
    protected virtual void Look(byte[] state)
    {
    }

    /// <summary>At a row of a thread, when all states and who writes what are known.</summary>
    protected virtual void Look(Alone alone)
    {
    }
}

/// <summary>Changes of shared memory that a row does not say.</summary>
internal sealed class Undeclared : RowAudit
{
    private readonly Field?[] _shared;

    public Undeclared(Walk walk) : base(walk)
    {
        _shared = new Field?[Model.VectorSize];
        foreach (var field in Model.Layout.Fields.Where(field => field.Shared)) Array.Fill(_shared, field, field.Offset, field.Size);
    }

    protected override void Look()
    {
        Looked++;
        foreach (var i in Walk.Changes())
            if (_shared[i] is { } field && !Walk.Stores.Contains((field.Offset, field.Size))) Find(Walk.Row.Id, $"{Walk.Row.Id} changes {field.Name} undeclared");
    }
}

/// <summary>Rows with more than one shared store, and barriers with one.</summary>
internal sealed class Crowded(Walk walk) : RowAudit(walk)
{
    private readonly Dictionary<(int, int), Field> _fields = walk.Model.Layout.Fields.ToDictionary(field => (field.Offset, field.Size));

    protected override void Look()
    {
        Looked++;
        if (Walk.Stores.Count == 0) return;
        var fields = Walk.Stores.Select(store => _fields[store]).Where(field => field.Shared).Distinct().ToList();
        if (fields.Count > (Walk.Row.Order == Order.Barrier ? 0 : 1)) Find(Walk.Row.Id, $"{Walk.Row.Id} stores to {string.Join(", ", fields.Select(f => f.Name))}");
    }
}

/// <summary>Private and control rows that change what is not their thread's.</summary>
internal sealed class Trespasses(Walk walk) : RowAudit(walk)
{
    private readonly bool[][] _outside = [.. Enumerable.Range(0, 2 * walk.Model.Stacks.Length).Select(i => walk.Outside(i % walk.Model.Stacks.Length, isControl: i >= walk.Model.Stacks.Length))];

    protected override void Look(Alone alone)
    {
        Looked++;
        var (row, thread, before, after) = alone;
        var fence = _outside[thread + (row.Control ? Model.Stacks.Length : 0)];
        for (var i = before.AsSpan().CommonPrefixLength(after); i < fence.Length; i++)
            if (fence[i] && before[i] != after[i]) Find(row.Id, $"{row.Id} changes {Walk.NameOf(i)}");
    }
}

/// <summary>Private and control rows that do something else where others wrote something else.</summary>
/// <remarks>
/// A thread's own: its stack, and what nobody but it writes of its vCPU. (Others read apicv_active, its vCPU alone writes it.)
/// A row must do to it the same in every reachable state where it is the same, and in some more that nobody reaches.
/// </remarks>
internal sealed class Dependences : RowAudit
{
    private const int Unreached = 16;

    private readonly Random _random = new(1);
    private int[][]? _own;
    private readonly Dictionary<byte[], byte[]>[] _done;

    public Dependences(Walk walk) : base(walk)
    {
        _done = [.. Model.Rows.Select(_ => new Dictionary<byte[], byte[]>(ByBytes.Comparer))];
    }

    protected override void Look(Alone alone)
    {
        Looked++;
        var (row, thread, before, after) = alone;
        var (foreign, own) = (Walk.Foreign[thread], (_own ??= [.. Walk.Foreign.Select(bytes => Enumerable.Range(0, bytes.Length).Where(i => !bytes[i]).ToArray())])[thread]);
        byte[] at = [(byte)thread, .. Own(before)], expected = Own(after);
        if (_done[row.Index].TryGetValue(at, out var then))
        {
            Compare(then);
            return;
        }
        _done[row.Index][at] = expected;
        for (var worlds = 0; worlds < Unreached; worlds++, Looked++)
        {
            var other = Walk.Perturb(before, foreign, _random);
            var run = Walk.Run(row, thread, other);
            Compare(Own(run));
            for (var i = other.AsSpan().CommonPrefixLength(run); i < run.Length; i++)
                if (foreign[i] && run[i] != other[i]) Depends(i);
        }

        byte[] Own(byte[] state) => Array.ConvertAll(own, i => state[i]);

        void Compare(byte[] found)
        {
            if (found.AsSpan().CommonPrefixLength(expected) is var i && i < expected.Length) Depends(own[i]);
        }

        void Depends(int i) => Find(row.Id, $"{row.Id}: {Walk.NameOf(i)} depends on what others write");
    }
}

/// <summary>Bytes of a stack that are not zero beyond its frames.</summary>
internal sealed class Leftovers(Walk walk) : RowAudit(walk)
{
    protected override void Look(byte[] state)
    {
        for (var thread = 0; thread < Model.Stacks.Length; thread++, Looked++)
        {
            var stack = Walk.StackOf(state, thread);
            if (stack[1] != 0 || stack[(Engine.StackHead + stack[0] * Model.FrameSize)..].ContainsAnyExcept((byte)0))
                Find(Model.Actors[thread].Name, $"stack of {Model.Actors[thread].Name}: {Convert.ToHexString(stack)}");
        }
    }
}

/// <summary>Bytes between components that change.</summary>
internal sealed class Strays : RowAudit
{
    private readonly int[] _unused;

    public Strays(Walk walk) : base(walk)
    {
        var used = new bool[Model.VectorSize];
        foreach (var component in Model.Layout.Components) Array.Fill(used, true, component.Offset, component.Size);
        _unused = [.. Enumerable.Range(0, used.Length).Where(i => !used[i])];
    }

    protected override void Look(byte[] state)
    {
        foreach (var i in _unused)
            if (state[i] != Model.Initial[i]) Find("", $"byte {i} changes");
        Looked += state.Length;
    }
}
