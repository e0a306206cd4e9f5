using System.Globalization;
using System.Text;

namespace Avic.Model;

/// <summary>Decides whose row is next. One method to write; <see cref="Start"/> if it remembers something.</summary>
public abstract partial class Schedule
{
    // Letters name actors in a token; x counts.
    private const string Letters = "abcdefghijklmnopqrstuvwyzABCDEFGHIJKLMNOPQRSTUVWYZ";

    /// <summary>Called before the first row of each run.</summary>
    public virtual void Start(Model model) { }

    /// <summary>Picks one of the moves that are possible, which are in order of actor, row and choice (none: all stand still); null ends the run.</summary>
    public abstract Move? Next(IReadOnlyList<Move> enabled);

    internal virtual Move? Next(Stepper stepper) => Next(stepper.Enabled());

    /// <summary>Actors take turns, a row each.</summary>
    public static Schedule RoundRobin => new Turns();

    /// <summary>Picks at random; the same seed picks the same everywhere. Its text is <c>seed:7</c>.</summary>
    public static Schedule Seed(int seed) => new Chance(seed);

    /// <summary>By hand: the named actors take a row each, in this order. <c>"vcpu0*3"</c> takes three.</summary>
    public static Schedule By(params string[] actors)
    {
        ArgumentNullException.ThrowIfNull(actors);
        foreach (var actor in actors) ArgumentNullException.ThrowIfNull(actor, nameof(actors));
        return new Hand(actors);
    }

    /// <summary>Reads a token of a trace back, or the text of a schedule by chance.</summary>
    /// <exception cref="ModelException">The text is neither.</exception>
    public static Schedule Parse(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return ByChance(token.Trim()) ?? new Written(token);
    }

    /// <summary>How it picks, without the seed: what many runs by chance have in common.</summary>
    internal virtual string Manner => GetType().Name;

    internal static string TokenOf(Model model, IEnumerable<Move> moves)
    {
        var text = new StringBuilder($"{model.Name}:{model.Fingerprint}:");
        Move[] all = [.. moves];
        for (int i = 0, count; i < all.Length; i += count)
        {
            count = 1;
            while (i + count < all.Length && all[i + count] == all[i]) count++;
            if (all[i].Actor >= Letters.Length) throw new ModelException($"A token names up to {Letters.Length} actors.");
            text.Append(Letters[all[i].Actor]);
            if (all[i].Alternative > 0 || all[i].Choice > 0) text.Append(CultureInfo.InvariantCulture, $"_{all[i].Alternative}");
            if (all[i].Choice > 0) text.Append(CultureInfo.InvariantCulture, $".{all[i].Choice}");
            if (count > 1) text.Append(CultureInfo.InvariantCulture, $"x{count}");
        }
        return text.ToString();
    }

    /// <summary>The moves that a token lists.</summary>
    /// <exception cref="ModelException">The text is no token, or was made by other rows.</exception>
    public static IReadOnlyList<Move> Moves(Model model, string token)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(token);
        var parts = token.Trim().Split(':');
        if (parts.Length < 3) throw new ModelException($"'{Short(token)}' is no schedule: a token reads {model.Name}:{model.Fingerprint}:ab3c.");
        var name = string.Join(':', parts[..^2]); // a name may hold colons, what follows it does not
        if (name != model.Name) throw new ModelException($"The schedule was made on {Short(name)}; this is {model.Name}.");
        if (parts[^2] != model.Fingerprint)
            throw new ModelException($"The schedule was made by other rows, actors or programs ({Short(parts[^2])}; these are {model.Fingerprint}): run the check again for a new one.");
        return Read(parts[^1], model.Actors.Count);
    }

    private static List<Move> Read(string text, int actors)
    {
        const int longest = 1_000_000;
        List<Move> moves = [];
        for (var i = 0; i < text.Length;)
        {
            var actor = Letters.IndexOf(text[i]);
            if (actor < 0 || actor >= actors)
                throw new ModelException($"The schedule's character {i + 1}, '{text[i]}', names no actor: this model has {Letters[..Math.Min(actors, Letters.Length)]}.");
            i++;
            var alternative = Number('_', 255, 0);
            var choice = Number('.', 255, 0);
            var count = Number('x', longest, 1);
            if (moves.Count + count > longest) throw new ModelException($"The schedule has more than {longest} rows.");
            moves.AddRange(Enumerable.Repeat(new Move((byte)actor, (byte)alternative, (byte)choice), count));

            int Number(char sign, int most, int otherwise)
            {
                if (i >= text.Length || text[i] != sign) return otherwise;
                var from = ++i;
                while (i < text.Length && char.IsAsciiDigit(text[i])) i++;
                return int.TryParse(text.AsSpan(from, i - from), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most
                    ? number : throw new ModelException($"The schedule has no number from 0 to {most} after its character {from}, '{sign}'.");
            }
        }
        return moves;
    }

    private static string Short(string text) => text.Length <= 40 ? text : text[..40] + "…";

    private sealed class Turns : Schedule
    {
        private int _last;

        public override void Start(Model model) => _last = -1;

        public override Move? Next(IReadOnlyList<Move> enabled)
        {
            if (enabled.Count == 0) return null;
            var next = enabled.FirstOrDefault(move => move.Actor > _last, enabled[0]);
            _last = next.Actor;
            return next;
        }
    }

    private sealed class Hand(string[] actors) : Schedule
    {
        private const int Longest = 1_000_000;
        private readonly Queue<int> _turns = [];
        private Model _model = null!;

        public override void Start(Model model)
        {
            _model = model;
            _turns.Clear();
            foreach (var entry in actors)
            {
                var parts = entry.Split('*');
                if (parts.Length > 2 || (parts.Length == 2 && !(int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n <= Longest)))
                    throw new ModelException($"'{entry}' is no turn: write an actor's name, or name*3 for three rows.");
                var actor = model.ActorNamed(parts[0]).Index;
                var turns = parts.Length == 2 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 1;
                if (_turns.Count + turns > Longest) throw new ModelException($"The schedule has more than {Longest} turns.");
                for (var left = turns; left > 0; left--) _turns.Enqueue(actor);
            }
        }

        public override Move? Next(IReadOnlyList<Move> enabled)
        {
            if (!_turns.TryDequeue(out var actor)) return null;
            foreach (var move in enabled)
                if (move.Actor == actor) return move;
            throw new ModelException($"{_model.Actors[actor].Name} cannot move now. Able to: {(enabled.Count == 0 ? "none" : string.Join(", ", enabled.Select(m => _model.Actors[m.Actor].Name).Distinct()))}.");
        }
    }

    private sealed class Written(string token) : Schedule
    {
        private Queue<Move> _moves = [];

        public override void Start(Model model) => _moves = new(Moves(model, token));

        public override Move? Next(IReadOnlyList<Move> enabled) => _moves.TryDequeue(out var move) ? move : null;
    }
}
