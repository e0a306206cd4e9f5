namespace Avic.Model.Tests;

/// <summary>Breadth first the plain way: a set of byte arrays, level after level. What <see cref="Explorer"/> must agree with.</summary>
internal sealed unsafe class ReferenceExplorer
{
    public readonly HashSet<byte[]> Seen = new(ByBytes.Comparer);
    public readonly Dictionary<Property, int> Depth = []; // rows of a shortest run that breaks it, or reaches the goal
    public long Edges, RestStates;
    public int Levels;

    public ReferenceExplorer(Model model, params IReadOnlyList<Property> properties)
    {
        var stepper = new Stepper(model);
        Seen.Add(model.Initial);
        stepper.Load(model.Initial);
        Look(Scope.State, 0, isStep: false);
        for (List<byte[]> level = [model.Initial], next = []; level.Count > 0; (level, next) = (next, []), Levels++)
        {
            foreach (var state in level)
            {
                stepper.Load(state);
                var moves = stepper.Enabled();
                if (moves.TrueForAll(m => stepper.Offered(m.Actor)[m.Alternative].May) && ++RestStates > 0) Look(Scope.Rest, Levels, isStep: false);
                foreach (var move in moves)
                {
                    stepper.Restore();
                    stepper.Take(move);
                    Edges++;
                    Look(Scope.State, Levels + 1, isStep: true);
                    Look(Scope.Row, Levels + 1, isStep: true);
                    if (stepper.After.ToArray() is var after && Seen.Add(after)) next.Add(after);
                }
            }
        }

        void Look(Scope scope, int depth, bool isStep)
        {
            if (!isStep) stepper.Engine.Begin(model.Rows[0], 0, null, 0);
            foreach (var property in properties.Where(p => p.Scope == scope && Search.Breaks(p, stepper.Work, stepper.Engine))) Depth.TryAdd(property, depth);
        }
    }
}
