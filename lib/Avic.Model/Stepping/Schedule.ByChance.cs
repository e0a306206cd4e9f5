using System.Globalization;

namespace Avic.Model;

public abstract partial class Schedule
{
    private const int MostRows = 1_000_000, MostDepth = 1_000;

    /// <summary>
    /// By priorities drawn at random: of the actors that can move, the one with the highest does, and at <paramref name="depth"/> - 1
    /// rows drawn at random whoever took the row falls behind all others. Its text is <c>pct:7,2,60</c>.
    /// </summary>
    /// <remarks>
    /// <para>
    /// PCT, the algorithm of Burckhardt, Kothari, Musuvathi and Nagarakatte: A Randomized Scheduler with Probabilistic Guarantees of
    /// Finding Bugs (ASPLOS 2010), section 3. Where n threads take up to k rows in all, each run finds a bug that d ordering constraints
    /// bring about with a probability of 1/(n·k^(d-1)) or more.
    /// </para>
    /// <para>
    /// There a thread has one next step. Here an actor may have several (alternatives, choices of hardware): chance picks among them,
    /// and the promise is then for those picks only. A unit has a priority as a thread has. A unit's may-row need not happen, so it
    /// must not keep others from moving for ever: having taken one (a host tick, an expiry), the unit falls behind all others. And
    /// after <paramref name="rows"/> rows the priorities are spent and the moves picked at random, so that nobody who loops until
    /// another acts does so for ever.
    /// </para>
    /// </remarks>
    /// <param name="seed">The same seed draws the same everywhere.</param>
    /// <param name="depth">How many ordering constraints the bug needs, the paper's d: 1 to 1 000.</param>
    /// <param name="rows">How long the runs are, the paper's k: 1 to 1 000 000.</param>
    /// <exception cref="ModelException">A number is out of range.</exception>
    public static Schedule Pct(int seed, int depth, int rows)
    {
        if (depth is < 1 or > MostDepth) throw new ModelException($"A bug's depth is from 1 to {MostDepth}, not {depth}: it is the number of ordering constraints that bring it about.");
        if (rows is < 1 or > MostRows) throw new ModelException($"A run is planned for 1 to {MostRows} rows, not {rows}.");
        return new Priorities(seed, depth, rows);
    }

    private static Schedule? ByChance(string text) => text.Split(':') switch
    {
        ["seed", var one] when Number(one) is { } seed => Seed(seed),
        ["pct", var three] when three.Split(',') is [var first, var second, var third]
            && (Number(first), Number(second), Number(third)) is ({ } seed, { } depth, { } rows) => Pct(seed, depth, rows),
        _ => null,
    };

    private static int? Number(string digits) =>
        int.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private sealed class Chance(int seed) : Schedule
    {
        private Dice _dice;

        internal override string Manner => "at random";

        public override void Start(Model model) => _dice = Dice.Of(seed);

        public override Move? Next(IReadOnlyList<Move> enabled) => enabled.Count == 0 ? null : enabled[_dice.Below(enabled.Count)];

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"seed:{seed}");
    }

    private sealed class Priorities(int seed, int depth, int rows) : Schedule
    {
        private Dice _dice;
        private Model _model = null!;
        private int[] _priorities = [], _changes = [];
        private int _taken, _lowest;

        internal override string Manner => string.Create(CultureInfo.InvariantCulture, $"PCT, depth {depth}, {rows} rows");

        public override void Start(Model model)
        {
            (_model, _dice, _taken, _lowest) = (model, Dice.Apart(seed), 0, 1);
            // The paper's numbers: d to d + n - 1 to begin with, so that i at the i-th change is below all of them.
            _priorities = [.. Enumerable.Range(depth, model.Actors.Count)];
            for (var last = _priorities.Length - 1; last > 0; last--)
            {
                var other = _dice.Below(last + 1);
                (_priorities[last], _priorities[other]) = (_priorities[other], _priorities[last]);
            }
            _changes = new int[depth - 1];
            for (var i = 0; i < _changes.Length; i++) _changes[i] = 1 + _dice.Below(rows);
        }

        public override Move? Next(IReadOnlyList<Move> enabled)
        {
            if (enabled.Count == 0) return null;
            if (_taken >= rows) return enabled[_dice.Below(enabled.Count)];
            var highest = enabled.MaxBy(move => _priorities[move.Actor]).Actor;
            Move[] own = [.. enabled.Where(move => move.Actor == highest)];
            var next = own[_dice.Below(own.Length)];
            _taken++;
            for (var i = 0; i < _changes.Length; i++)
                if (_changes[i] == _taken) _priorities[highest] = i + 1;
            if (!_model.Actors[highest].IsThread && _model.UnitRows[highest][next.Alternative].May) _priorities[highest] = --_lowest;
            return next;
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"pct:{seed},{depth},{rows}");
    }
}
