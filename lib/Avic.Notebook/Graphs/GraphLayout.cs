using Avic.Model;

namespace Avic.Notebook;

/// <summary>Where the states of a graph stand: a line for each level, and in each the order in which the fewest edges cross.</summary>
internal sealed class GraphLayout
{
    private const int Sweeps = 6;

    private readonly ReachableGraph _graph;
    private readonly List<int>[] _levels, _parents, _children;

    public GraphLayout(ReachableGraph graph)
    {
        _graph = graph;
        _levels = new List<int>[graph.States.Max(state => state.Level) + 1];
        for (var level = 0; level < _levels.Length; level++) _levels[level] = [.. graph.States.Where(state => state.Level == level).Select(state => state.Number)];
        (_parents, _children) = (Lists(), Lists());
        foreach (var edge in graph.Edges.Where(edge => IsDown(edge)).DistinctBy(edge => (edge.From, edge.To)))
        {
            _parents[edge.To].Add(edge.From);
            _children[edge.From].Add(edge.To);
        }
        Order();
        InCycle = Cycles();

        List<int>[] Lists() => [.. graph.States.Select(_ => new List<int>())];
    }

    /// <summary>The states of each level, from left to right.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Levels => _levels;

    /// <summary>For each state, whether some way leads from it back to it.</summary>
    public bool[] InCycle { get; }

    /// <summary>True for an edge to the next level; every other edge leads to the same level or back up.</summary>
    public bool IsDown(GraphEdge edge) => _graph.States[edge.To].Level == _graph.States[edge.From].Level + 1;

    // Each state goes to the mean place of its neighbours above, then below, and so on: Sugiyama's barycentres.
    private void Order()
    {
        var place = new double[_graph.States.Count];
        Number();
        for (var sweep = 0; sweep < Sweeps; sweep++)
        {
            var down = sweep % 2 == 0;
            foreach (var level in down ? _levels.Skip(1) : Enumerable.Reverse(_levels).Skip(1))
            {
                var mean = level.ToDictionary(state => state, state => (down ? _parents : _children)[state] is { Count: > 0 } near ? near.Average(n => place[n]) : place[state]);
                List<int> sorted = [.. level.OrderBy(state => mean[state]).ThenBy(state => state)];
                level.Clear();
                level.AddRange(sorted);
                Number();
            }
        }

        void Number()
        {
            foreach (var level in _levels)
                for (var i = 0; i < level.Count; i++) place[level[i]] = (i + 0.5) / level.Count;
        }
    }

    // Tarjan's strongly connected components, without recursion: a graph may be one long chain.
    private bool[] Cycles()
    {
        var n = _graph.States.Count;
        var next = _graph.Edges.ToLookup(edge => edge.From, edge => edge.To);
        var (index, low, onStack, inCycle) = (new int[n], new int[n], new bool[n], new bool[n]);
        Stack<int> open = [];
        Stack<(int State, IEnumerator<int> Left)> calls = [];
        var count = 0;
        Enter(0); // every state is reached from the first
        while (calls.TryPeek(out var call))
        {
            var state = call.State;
            if (call.Left.MoveNext())
            {
                var to = call.Left.Current;
                if (to == state) inCycle[state] = true;
                if (index[to] == 0) Enter(to);
                else if (onStack[to]) low[state] = Math.Min(low[state], index[to]);
                continue;
            }
            calls.Pop();
            if (calls.TryPeek(out var caller)) low[caller.State] = Math.Min(low[caller.State], low[state]);
            if (low[state] != index[state]) continue;
            var several = open.Peek() != state;
            int member;
            do
            {
                member = open.Pop();
                onStack[member] = false;
                inCycle[member] |= several;
            }
            while (member != state);
        }
        return inCycle;

        void Enter(int state)
        {
            index[state] = low[state] = ++count;
            onStack[state] = true;
            open.Push(state);
            calls.Push((state, next[state].GetEnumerator()));
        }
    }
}
