using System.Runtime.InteropServices;

namespace Avic.Model;

/// <summary>A state of a small model's graph.</summary>
/// <param name="Number">From 0, the initial state, in the order of a breadth-first search.</param>
/// <param name="Level">Rows from the initial state.</param>
/// <param name="IsAtRest">True if nothing is bound to happen here.</param>
public sealed record GraphState(int Number, int Level, bool IsAtRest);

/// <summary>A row that leads from one state to another.</summary>
/// <param name="From">Number of the state it is taken in.</param>
/// <param name="To">Number of the state it leads to.</param>
/// <param name="Actor">Who takes it.</param>
/// <param name="Row">Which, as <c>routine.label</c>.</param>
public sealed record GraphEdge(int From, int To, Actor Actor, string Row);

/// <summary>Every state of a small model and every row between them, for drawing and for walking by hand.</summary>
public sealed class ReachableGraph
{
    private readonly Dictionary<string, int> _numbers = [];

    private ReachableGraph(Model model) => Model = model;

    /// <summary>What was explored.</summary>
    public Model Model { get; }

    /// <summary>The states, by number.</summary>
    public IReadOnlyList<GraphState> States { get; private set; } = [];

    /// <summary>The rows between them; one for each actor, row and choice, even where two join the same states.</summary>
    public IReadOnlyList<GraphEdge> Edges { get; private set; } = [];

    /// <summary>The whole graph of a model, or null if it has more states than are asked for.</summary>
    /// <param name="model">The model.</param>
    /// <param name="most">The most states to gather.</param>
    public static ReachableGraph? Of(Model model, int most = 300)
    {
        ArgumentNullException.ThrowIfNull(model);
        var graph = new ReachableGraph(model);
        List<byte[]> bytes = [model.Initial];
        List<int> levels = [0];
        List<GraphState> states = [];
        List<GraphEdge> edges = [];
        graph._numbers[Key(model.Initial)] = 0;
        var stepper = new Stepper(model);
        for (var from = 0; from < bytes.Count; from++)
        {
            stepper.Load(bytes[from]);
            var moves = stepper.Enabled();
            states.Add(new(from, levels[from], moves.All(move => stepper.Offered(move.Actor)[move.Alternative].May)));
            foreach (var move in moves)
            {
                stepper.Load(bytes[from]);
                stepper.Take(move);
                var key = Key(stepper.After);
                if (!graph._numbers.TryGetValue(key, out var to))
                {
                    if (bytes.Count == most) return null;
                    graph._numbers[key] = to = bytes.Count;
                    bytes.Add(stepper.After.ToArray());
                    levels.Add(levels[from] + 1);
                }
                edges.Add(new(from, to, model.Actors[move.Actor], stepper.Engine.Row.Id));
            }
        }
        (graph.States, graph.Edges) = (states, edges);
        return graph;
    }

    /// <summary>The numbers of the states that a trace of the same model passes, from the initial one on.</summary>
    public IReadOnlyList<int> Path(Trace trace) =>
        [.. Enumerable.Range(0, trace.Steps.Count + 1).Select(rows => _numbers.TryGetValue(Key(trace.Bytes(rows)), out var number) ? number
            : throw new ModelException("The trace is of another model: it passes a state that this graph does not have."))];

    // The bytes as letters: strings hash and compare by value.
    private static string Key(ReadOnlySpan<byte> state) => new(MemoryMarshal.Cast<byte, char>(state));
}
