using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Avic.Model;

namespace Avic.Tool;

/// <summary>
/// A state map as a script that assigns it: browsers load no data from disk. Moves that do the same are written once; of
/// a state, its moves as numbers of these and where they lead.
/// </summary>
internal sealed class StepperMap
{
    /// <summary>What a reader on a slow line waits for.</summary>
    public const int MostBytes = 300_000;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly StateMap _map;
    private readonly Dictionary<string, int> _kinds = [];
    private readonly List<MapMove> _samples = [];
    private readonly List<(int Kind, int To)[]> _moves = [];

    private StepperMap(StateMap map) => _map = map;

    /// <summary>As far around the run as there is room for, so many rows off it at every state.</summary>
    public static byte[] Script(string id, StateMap map)
    {
        var all = new StepperMap(map);
        byte[]? best = null;
        // A state takes four signs at least. The size grows with the radius, so the largest that fits is found by halves.
        var (low, high) = (1, map.Within.TakeWhile((states, radius) => radius <= 1 || states <= MostBytes / 4).Count() - 1);
        while (low <= high)
        {
            var radius = (low + high) / 2;
            if (all.Bytes(id, radius) is { Length: <= MostBytes } fits)
                (best, low) = (fits, radius + 1);
            else
                high = radius - 1;
        }
        return best ?? throw new ModelException($"The map around this schedule has more than {MostBytes / 1000} kB.");
    }

    private byte[] Bytes(string id, int radius)
    {
        var (explored, known) = (_map.Within[radius - 1], _map.Within[radius]);
        while (_moves.Count < explored)
            _moves.Add([.. _map.Moves(_moves.Count).Select(move => (Kind(move), move.To))]);
        // What is frequent is written shortest.
        var counts = new int[_samples.Count];
        foreach (var (kind, _) in _moves.Take(explored).SelectMany(moves => moves))
            counts[kind]++;
        int[] order = [.. Enumerable.Range(0, counts.Length).Where(kind => counts[kind] > 0).OrderByDescending(kind => counts[kind])];
        var numbers = new int[counts.Length];
        for (var i = 0; i < order.Length; i++)
            numbers[order[i]] = i;
        List<(string Row, string Text)> rows = [.. order.Select(kind => (_samples[kind].Row, _samples[kind].Text)).Distinct()];
        var actors = _map.Model.Actors;
        return Encoding.UTF8.GetBytes($"(window.avicMaps = window.avicMaps || {{}})[{JsonSerializer.Serialize(id)}] = {JsonSerializer.Serialize(new
        {
            token = _map.Token,
            title = _map.Scenario.Bounds,
            property = _map.Property.Name,
            sentence = _map.Property.Sentence,
            isGoal = _map.Property.IsSometimes,
            isLost = _map.Property.IsSometimes || _map.Property.Name == Property.ApicAccessIsNeverLost.Name,
            isWhole = _map.IsWhole,
            states = _map.States,
            radius,
            explored,
            known,
            // The run's own states lie in a row; the distances of the others stand where they are first met.
            run = Enumerable.Range(0, _map.Within[0]).Select(_map.Distance),
            actors = actors.Select(actor => actor.Name),
            columns = actors.Select(actor => _map.Column(actor).Column),
            heads = actors.Select(actor => _map.Column(actor).Name),
            request = _map.Calls(actors[0]).Row,
            calls = actors.Select(actor => _map.Calls(actor).Headings),
            fields = _map.Fields.Take(_map.Model.Layout.Fields.Count),
            initial = _map.Initial,
            rows = rows.Select(row => new[] { row.Row, row.Text }),
            moves = order.Select(kind => _samples[kind]).Select(move => new object?[]
            {
                move.Move.Actor, move.Move.Alternative, move.Move.Choice, rows.IndexOf((move.Row, move.Text)), move.Told.Lost ? 2 : move.Told.Other ? 1 : 0,
                move.Changes.Select(change => new object[] { change.Field, change.Value }), move.End,
            }),
            nodes = Nodes(explored, numbers),
        }, Plain)};\n");
    }

    private int Kind(MapMove move)
    {
        var name = $"{move.Move}{move.Row}\n{move.Text}\n{move.Told}{move.End}\n{string.Join('\n', move.Changes)}";
        if (_kinds.TryGetValue(name, out var known))
            return known;
        _samples.Add(move);
        return _kinds[name] = _samples.Count - 1;
    }

    // For each state the number of its moves; for each move its kind, then 0 for a state not met before and how its distance
    // differs, 1 for the end of the run, or how long ago the state was met.
    private string Nodes(int explored, int[] numbers)
    {
        var text = new StringBuilder();
        var met = _map.Within[0];
        for (var from = 0; from < explored; from++)
        {
            Write(text, _moves[from].Length);
            foreach (var (kind, to) in _moves[from])
            {
                Write(text, numbers[kind]);
                Write(text, to == met ? 0 : to < 0 ? 1 : met + 1 - to);
                if (to != met)
                    continue;
                met++;
                var (near, far) = (Math.Max(0, _map.Distance(from)), _map.Distance(to));
                Write(text, far < 0 ? 0 : far >= near ? 2 * (far - near) + 1 : 2 * (near - far));
            }
        }
        return text.ToString();
    }

    /// <summary>Digits of 45, the lowest first; those before the last are 45 higher. Quote and backslash are no digits.</summary>
    internal static void Write(StringBuilder text, int number)
    {
        for (; number >= 45; number /= 45)
            text.Append(Sign(number % 45 + 45));
        text.Append(Sign(number));

        static char Sign(int digit) => (char)(digit + (digit < '\\' - '#' ? '#' : '#' + 1));
    }
}
