using System.Numerics;

namespace Avic.Model;

public static partial class Exercise
{
    /// <summary>Put some rows into an order in which they break a property.</summary>
    /// <param name="scenario">What runs. Its states should be few: they are multiplied by how far the order has come.</param>
    /// <param name="property">What to break.</param>
    /// <param name="steps">A letter for each row, whose it is, and which, as <c>function.label</c>: up to eight. The first time that the actor takes it counts.</param>
    /// <returns>Answers are the letters in order, such as <c>"ADEBCF"</c>. Rows that have no letter come as they please, before, between and behind.</returns>
    /// <exception cref="ModelException">A letter, an actor or a row is none, or no order breaks the property.</exception>
    public static Exercise<string> Order(Scenario scenario, Property property, params (char Letter, string Actor, string Row)[] steps)
    {
        ArgumentNullException.ThrowIfNull(scenario);
        ArgumentNullException.ThrowIfNull(property);
        ArgumentNullException.ThrowIfNull(steps);
        var orders = new Orders(scenario, property, steps);
        return new($"Put {orders.Letters} into an order in which {property.Name} is broken.", orders.Judge);
    }

    /// <summary>In which orders runs take some rows for the first time, and which of the orders break a property.</summary>
    private sealed class Orders
    {
        private const string Seen = "order";
        private static readonly Limits Bounds = new() { MaxStates = MostStates, Fuse = false };
        private readonly Scenario _scenario;
        private readonly Property _property;
        private readonly Observer _observer;
        private readonly Dictionary<uint, Trace> _breaking = [];

        public Orders(Scenario scenario, Property property, (char Letter, string Actor, string Row)[] steps)
        {
            if (steps.Length is < 2 or > 8) throw new ModelException($"An order is asked of 2 to 8 rows, not {steps.Length}.");
            if (property.IsSometimes) throw new ModelException($"{property.Name} is a goal: an order breaks what must hold.");
            Letters = string.Concat(steps.Select(step => char.ToUpperInvariant(step.Letter)));
            if (Letters.Distinct().Count() != Letters.Length) throw new ModelException($"Each row has a letter of its own, not {Letters}.");
            (int Actor, string Routine, string Label)[] rows = [.. steps.Select(step => Found(scenario, step.Actor, step.Row))];
            (_scenario, _property) = (scenario, property);
            _observer = Observer.Of<Machine, uint>(Seen, (ref uint order, ref readonly Machine _, ref readonly Machine _, Engine engine) =>
            {
                for (var i = 0; i < rows.Length; i++)
                    if (engine.Actor == rows[i].Actor && engine.Label == rows[i].Label && engine.Routine == rows[i].Routine && !Has(order, i)) order |= (uint)(i + 1) << Taken(order) * 4;
            });
            Find();
        }

        public string Letters { get; }

        public Answer Judge(string answer)
        {
            var order = string.Concat(answer.Where(c => !char.IsWhiteSpace(c) && c != ',')).ToUpperInvariant();
            if (order.Length != Letters.Length || !order.Order().SequenceEqual(Letters.Order())) return Wrong($"{Quoted(answer)} is no order of {Letters}: each letter comes once.");
            var asked = Code(order);
            if (_breaking.TryGetValue(asked, out var broken)) return Right($"In this order {_property.Name} is broken in {Count(broken.Steps.Count, "row")}.", broken, 0);
            var away = _breaking.Keys.Min(breaking => Exchanges(order, breaking));
            var hint = $"An order that breaks it is {Count(away, "exchange")} of neighbours away.";
            if (Reach(asked, atEnd: true) is { } harmless) return Wrong($"The rows can come in this order, and {_property.Name} is kept: {Count(harmless.Steps.Count, "row")}, and nothing is bound to happen any more.", hint, harmless);
            for (var first = order.Length; ; first--)
                if (Reach(Code(order[..first]), atEnd: false) is { } far)
                    return first == order.Length ? Wrong($"The rows can come in this order, and {_property.Name} is kept.", hint, far)
                        : Wrong($"No run takes the rows in this order: {(first == 0 ? $"{order[0]} cannot be the first" : $"after {order[..first]} the next cannot be {order[first]}")}.", hint, far);
        }

        private static (int, string, string) Found(Scenario scenario, string actor, string row)
        {
            ArgumentNullException.ThrowIfNull(actor);
            ArgumentNullException.ThrowIfNull(row);
            var by = scenario.Model.ActorNamed(actor);
            if (!scenario.Model.Rows.Any(known => known.Id == row)) throw new ModelException($"There is no row '{row}'. {Nearest.To(row, scenario.Model.Rows.Select(known => known.Id))}");
            var (function, label) = Split(row);
            return (by.Index, function, label);
        }

        // Each exploration finds one order more, until none is left.
        private void Find()
        {
            while (_scenario.Check(_property.With(_observer).Whenever(Is("all have come, in an order not found yet", order => Taken(order) == Letters.Length && !_breaking.ContainsKey(order))), Bounds)
                is { Outcome: not Outcome.Safe } verdict)
            {
                if (verdict.Outcome == Outcome.Unknown) throw new ModelException($"The orders of {Letters} have too many states: {verdict.Exploration.Stopped}.");
                _breaking[(uint)verdict.Counterexample!.Value(Seen)] = Plain(verdict.Counterexample, _property.Name);
            }
            if (_breaking.Count == 0) throw new ModelException($"No order of {Letters} breaks {_property.Name}.");
        }

        private Trace? Reach(uint order, bool atEnd)
        {
            var goal = Property.Named(Seen, "The rows come in this order.").With(_observer);
            var verdict = _scenario.Check((atEnd ? goal.AtRest() : goal).Sometimes(Is("they do", seen => seen == order)), Bounds);
            return verdict.Counterexample is { } trace ? Plain(trace, null) : null;
        }

        private static Term Is(string name, Func<uint, bool> holds) => Property.Is(name, x => holds(x.Seen<uint>(Seen)));

        // Without the observer: the token is then the scenario's own.
        private Trace Plain(Trace trace, string? violation) => Trace.Replay(_scenario.Model, trace.Steps.Select(step => step.Move), trace.Title, violation);

        // Four bits for each row that has come, the first in the lowest: its place in the list, from 1.
        private static int Taken(uint order) => (35 - BitOperations.LeadingZeroCount(order)) / 4;

        private static bool Has(uint order, int row)
        {
            for (; order != 0; order >>= 4)
                if ((order & 15) == row + 1) return true;
            return false;
        }

        private uint Code(string order) => order.Reverse().Aggregate(0u, (code, letter) => code << 4 | (uint)(Letters.IndexOf(letter) + 1));

        // Pairs that stand the other way round: so many exchanges of neighbours, and no fewer, make one of the other.
        private int Exchanges(string order, uint other)
        {
            int[] place = [.. order.Select(letter => Enumerable.Range(0, order.Length).First(i => (other >> i * 4 & 15) == Letters.IndexOf(letter) + 1))];
            return Enumerable.Range(0, place.Length).Sum(i => Enumerable.Range(i, place.Length - i).Count(j => place[j] < place[i]));
        }
    }
}
