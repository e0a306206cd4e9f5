using System.Globalization;

namespace Avic.Model;

public static partial class Exercise
{
    private const int MostStates = 500_000;

    /// <summary>You are the scheduler: a run by hand that breaks a property, or reaches a goal.</summary>
    /// <param name="scenario">What runs. Its states should be few, so that distances are exact.</param>
    /// <param name="property">What to break; a goal is reached instead.</param>
    /// <returns>Answers are turns as <see cref="Schedule.By"/> takes them: <c>["vcpu0*9", "vmm0*3"]</c>.</returns>
    public static Exercise<string[]> Reach(Scenario scenario, Property property) => ByHand(Given.Value(scenario), Given.Value(property), soonest: false);

    /// <summary>The same in as few rows as any schedule needs.</summary>
    /// <param name="scenario">What runs.</param>
    /// <param name="property">What to break; a goal is reached instead.</param>
    public static Exercise<string[]> ReachSoonest(Scenario scenario, Property property) => ByHand(Given.Value(scenario), Given.Value(property), soonest: true);

    private static Exercise<string[]> ByHand(Scenario scenario, Property property, bool soonest) =>
        new($"Give the turns of a run that {(property.IsSometimes ? "reaches" : "breaks")} {property.Name}{(soonest ? " in as few rows as possible" : "")}, such as \"vcpu0*9\", \"vmm0\".",
            turns => Walked(scenario, property, turns, soonest));

    private static Answer Walked(Scenario scenario, Property property, string[] turns, bool soonest)
    {
        var hand = new Hand(Schedule.By(turns));
        var run = scenario.Run(hand, StateMap.LongestRun + 1);
        if (run.Steps.Count > StateMap.LongestRun) return Wrong($"That is a run of more than {StateMap.LongestRun} rows, which nobody walks by hand.");
        using var map = StateMap.Around(scenario, [.. run.Steps.Select(step => step.Move)], property, MostStates, CancellationToken.None);
        var told = property.IsSometimes ? ("reached", "reaching") : ("broken", "breaking");
        if (map.IsAtEnd)
        {
            var least = map.Distance(0);
            var reached = Trace.Replay(run.Model, run.Steps.Take(map.Run).Select(step => step.Move), run.Title, property.IsSometimes ? null : property.Name);
            if (!soonest || map.Run == least) return Right($"{property.Name} is {told.Item1} in {Count(map.Run, "row")}{(map.Run == least ? ", and no schedule needs fewer" : "")}.", reached, distance: 0);
            var idle = Enumerable.Range(1, map.Run - 1).First(row => map.Distance(map.Path[row]) != map.Distance(map.Path[row - 1]) - 1);
            return Wrong($"{property.Name} is {told.Item1} in {Count(map.Run, "row")}, and {least} are enough.", $"{Row(run, idle)}, is the first that brings it no nearer.", reached, distance: 0);
        }
        var (last, title) = (map.Path[^1], hand.Stuck is { } stuck ? $"Row {run.Steps.Count + 1}: {stuck} " : "");
        if (map.Distance(last) >= 0)
            return Wrong(string.Create(CultureInfo.InvariantCulture, $"{title}{property.Name} is not {told.Item1}: {Where(run)} {(map.IsWhole ? "" : "at most ")}{Count(map.Distance(last), "row")} away from {told.Item2} it."), Onward(map, last), run, map.Distance(last));
        // The last row from where it could still be had: what came after it was one row too many.
        var open = Enumerable.Range(0, map.Path.Count).LastOrDefault(row => map.Distance(map.Path[row]) >= 0, -1);
        return open < 0 ? Wrong($"{title}{property.Name} is not {told.Item1}, and no schedule of these programs does that as far as is known.", trace: run, distance: -1)
            : Wrong($"{title}{property.Name} is not {told.Item1}, and from here no schedule gets there any more.",
                $"{Row(run, open + 1)}, closed the door; before it, it was {Count(map.Distance(map.Path[open]), "row")} away.", run, -1);
    }

    private static string Where(Trace run) => run.Steps.Count == 0 ? "nobody has moved, and the beginning is" : $"after {Count(run.Steps.Count, "row")} the run is";

    private static string Row(Trace run, int number, string word = "Row") => $"{word} {number}, {run.Steps[number - 1].Actor.Name}'s {run.Steps[number - 1].Row}";

    // Far away it says who; near by it says what for. The whole way is never told.
    private static string Onward(StateMap map, int state)
    {
        var next = map.Moves(state).First(move => (move.To < 0 ? 0 : map.Distance(move.To)) == map.Distance(state) - 1);
        var who = map.Model.Actors[next.Move.Actor].Name;
        return map.Distance(state) > 20 ? $"On a shortest way it is {who}'s turn." : $"On a shortest way {who} is next, with {next.Row}: {next.Text}.";
    }

    // Turns by hand, which end where somebody cannot move instead of losing the run so far.
    private sealed class Hand(Schedule turns) : Schedule
    {
        public string? Stuck { get; private set; }

        public override void Start(Model model) => turns.Start(model);

        public override Move? Next(IReadOnlyList<Move> enabled)
        {
            try
            {
                return turns.Next(enabled);
            }
            catch (ModelException e)
            {
                Stuck = e.Message;
                return null;
            }
        }
    }
}
