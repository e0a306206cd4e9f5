namespace Avic.Model;

/// <summary>A move possible at a state of a map.</summary>
/// <param name="Move">What a schedule says to take it.</param>
/// <param name="Row">Its row, as <c>routine.label</c>.</param>
/// <param name="Text">The row's text, as a mail tells it.</param>
/// <param name="Told">Whether a mail tells the row: of a run about a lost access, and of any other.</param>
/// <param name="Changes">The fields it changes, as positions in <see cref="StateMap.Fields"/>, and their new values.</param>
/// <param name="End">What ends the run here, as a mail has it: <c>***boom***</c>; null if the run goes on.</param>
/// <param name="To">Number of the state it leads to; -1 if it ends the run.</param>
public sealed record MapMove(Move Move, string Row, string Text, (bool Lost, bool Other) Told, IReadOnlyList<(int Field, string Value)> Changes, string? End, int To);

/// <summary>
/// The states around a run, in the order of how many rows they lie off it, with the moves between them and how far each is from
/// breaking a property: what somebody needs to walk there by hand. No run goes on after the property is broken.
/// </summary>
public sealed unsafe class StateMap : IDisposable
{
    /// <summary>Longer runs are not walked by hand.</summary>
    public const int LongestRun = 1000;

    private readonly Worker _worker;
    private readonly StateStore _store;
    private readonly Stepper _stepper;
    private readonly PropertyMonitor _monitor;
    private readonly uint[] _nodes;
    private readonly Dictionary<ulong, int> _numbers = [];
    private readonly List<uint> _stored = [];
    private readonly List<int> _firsts = [0], _targets = [], _within = [], _path = [];
    private readonly HashSet<int> _ended = [];
    private int[] _distances = [];

    private StateMap(Scenario scenario, Property property)
    {
        (Scenario, Property, Model) = (scenario, property, scenario.Build(property.Observers));
        (_store, _stepper) = (new(Model), new(Model));
        _worker = new(Model, _store, [property], within: null, fuse: false);
        _monitor = _worker.Monitors[0];
        _nodes = new uint[_store.Leaves.Length];
        Array.Fill(_nodes, uint.MaxValue);
        Fields = [.. Model.Layout.Fields.Select(field => field.Name), .. Threads.Select(thread => $"{thread.Name} stands at")];
    }

    /// <summary>Explores around the run of a token.</summary>
    /// <param name="token">As a mail block's last line gives it.</param>
    /// <param name="property">What the distances are to.</param>
    /// <param name="most">States at which to stop.</param>
    /// <param name="cancel">Ends it with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ModelException">The token is none, cannot be followed, or is longer than <see cref="LongestRun"/>.</exception>
    public static StateMap Around(string token, Property property, int most, CancellationToken cancel)
    {
        var scenario = Scenario.Of(token);
        return Around(scenario, Schedule.Moves(scenario.Model, token), property, most, cancel);
    }

    /// <summary>The same around moves of a scenario, whose kernel may have been edited by code.</summary>
    internal static StateMap Around(Scenario scenario, IReadOnlyList<Move> run, Property property, int most, CancellationToken cancel)
    {
        if (run.Count > LongestRun) throw new ModelException($"The schedule has {run.Count} rows; up to {LongestRun} can be walked by hand.");
        var map = new StateMap(scenario, property);
        try
        {
            map.Follow(run);
            map.Explore(most, cancel);
            map.Measure();
            map.EndAtRest();
            return map;
        }
        catch
        {
            map.Dispose();
            throw;
        }
    }

    /// <summary>What was run.</summary>
    public Scenario Scenario { get; }

    /// <summary>The same, watched by what the property needs.</summary>
    public Model Model { get; }

    /// <summary>What the distances are to.</summary>
    public Property Property { get; }

    /// <summary>Every named value: those of the state, then where each thread stands.</summary>
    public IReadOnlyList<string> Fields { get; }

    /// <summary>Rows of the run, the one that breaks the property being the last.</summary>
    public int Run { get; private set; }

    /// <summary>The states the run went through, from where it began; the one that ends it is among them only if it has a number.</summary>
    internal IReadOnlyList<int> Path => _path;

    /// <summary>True if the run breaks the property.</summary>
    internal bool IsAtEnd { get; private set; }

    /// <summary>States found.</summary>
    public int States => _stored.Count;

    /// <summary>True if these are all there are; then distances are exact, and otherwise no boom is farther than they say.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>How many states lie so many rows off the run, or fewer, from 0 rows on: they have the first numbers.</summary>
    public IReadOnlyList<int> Within => _within;

    /// <summary>Rows from a state to the nearest that breaks the property, as far as the map tells; -1 if none is known.</summary>
    public int Distance(int state) => _distances[state];

    /// <summary>True if the property is broken by standing there.</summary>
    public bool IsEnd(int state) => _ended.Contains(state);

    /// <summary>The values of <see cref="Fields"/> where runs begin.</summary>
    public IReadOnlyList<string> Initial => Values(Model.Initial);

    /// <summary>The schedule's token without its moves.</summary>
    public string Token => Schedule.TokenOf(Model, []);

    /// <summary>The column of a mail that an actor's rows stand in, and what it is headed.</summary>
    public (int Column, string Name) Column(Actor actor) => MailBlock.ColumnOf(Model, actor) is var column ? (column, MailBlock.NameOf(Model.Actors[column])) : default;

    /// <summary>The row that begins a call, and the headings of an actor's calls in a mail.</summary>
    public (string? Row, IReadOnlyList<string> Headings) Calls(Actor actor) => (MailBlock.RequestOf(Model), MailBlock.CallsOf(Model, actor));

    /// <summary>The moves possible at a state that was explored, in order of actor, row and choice.</summary>
    public IReadOnlyList<MapMove> Moves(int state)
    {
        if (IsEnd(state)) return [];
        Load(state);
        var before = _stepper.After.ToArray();
        List<MapMove> moves = [];
        foreach (var move in _stepper.Enabled())
        {
            _stepper.Load(before);
            _stepper.Take(move);
            var (row, marks) = (_stepper.Engine.Row, _stepper.Engine.Marks);
            var after = _stepper.After;
            var to = _targets[_firsts[state] + moves.Count];
            var (old, now) = (Values(before), Values(after));
            moves.Add(new(move, row.Id, MailBlock.TextOf(Model, Model.Actors[move.Actor], row.Id, _stepper.Engine.Told ?? row.Text, before, after),
                (MailBlock.IsTold(Model, row.Id, marks, lost: true, before, after), MailBlock.IsTold(Model, row.Id, marks, lost: false, before, after)),
                [.. Enumerable.Range(0, now.Count).Where(i => now[i] != old[i]).Select(i => (i, now[i]))],
                to < 0 || IsEnd(to) ? MailBlock.EndOf(Model, marks, Property.Name) : null, to));
        }
        return moves;
    }

    private IEnumerable<Actor> Threads => Model.Actors.Where(actor => actor.IsThread);

    private List<string> Values(ReadOnlySpan<byte> state)
    {
        List<string> values = [];
        foreach (var field in Model.Layout.Fields) values.Add(field.Show(state));
        fixed (byte* bytes = state)
            foreach (var thread in Threads) values.Add(Model.At(bytes, thread.Index)?.Id ?? "");
        return values;
    }

    private void Load(int state)
    {
        _store.Decode(_store.Root(_stored[state]), _nodes, _stepper.Before, _stepper.Work);
        _stepper.Restore();
    }

    // The run's own states come first. What follows a row that breaks the property is no part of it.
    private void Follow(IReadOnlyList<Move> run)
    {
        _monitor.Hits = [];
        _worker.Begin();
        var at = Number(_worker.Found[0].Key);
        if (_monitor.Hits.Count > 0) _ended.Add(at);
        _path.Add(at);
        foreach (var move in run)
        {
            if (IsEnd(at)) break;
            Expand(at);
            Load(at);
            var moves = _stepper.Enabled();
            Run++;
            IsAtEnd = _monitor.Hits.Any(hit => hit.Move == move);
            if (IsAtEnd) break;
            if (moves.IndexOf(move) is var taken && taken < 0) _stepper.Take(move);   // says why not
            at = Number(_worker.Found[taken].Key);
            _path.Add(at);
        }
        _within.Add(States);
    }

    // A property of states at rest is looked at where a state is expanded, after the run was followed.
    private void EndAtRest()
    {
        if (_path.FindIndex(IsEnd) is not (>= 0 and var end)) return;
        (Run, IsAtEnd) = (end, true);
        _path.RemoveRange(end + 1, _path.Count - end - 1);
    }

    private void Explore(int most, CancellationToken cancel)
    {
        var from = 0;
        for (; from < States && States < most; from++)
        {
            if (from == _within[^1]) _within.Add(States);
            if (from % 1024 == 0) cancel.ThrowIfCancellationRequested();
            Expand(from);
            if (_monitor.Hits!.Any(hit => hit.Move is null)) _ended.Add(from);
            else if (!IsEnd(from)) Link(from);
            _firsts.Add(_targets.Count);
        }
        IsWhole = from == States;
        if (IsWhole) _within.Add(States);
    }

    private void Link(int from)
    {
        List<Move> moves = [];
        if (_monitor.Hits!.Count > 0)
        {
            Load(from);
            moves = _stepper.Enabled();
        }
        for (var i = 0; i < _worker.Found.Count; i++)
            _targets.Add(moves.Count > 0 && _monitor.Hits.Any(hit => hit.Move == moves[i]) ? -1 : Number(_worker.Found[i].Key));
    }

    private void Expand(int state)
    {
        _worker.Found.Clear();
        _monitor.Hits!.Clear();
        _worker.Expand(_stored[state], 0, 0);
    }

    private int Number(ulong key)
    {
        if (_numbers.TryGetValue(key, out var known)) return known;
        var hash = Hash.Mix(key);
        _stored.Add(_store.Shards[Shard.Of(hash)].Insert(key, hash, uint.MaxValue));
        return _numbers[key] = _stored.Count - 1;
    }

    // Backwards from where the property is broken.
    private void Measure()
    {
        var explored = _firsts.Count - 1;
        var sources = new int[States + 1];
        foreach (var to in _targets)
            if (to >= 0) sources[to + 1]++;
        for (var i = 0; i < States; i++) sources[i + 1] += sources[i];
        var (into, filled) = (new int[sources[States]], sources.AsSpan(0, States).ToArray());
        _distances = new int[States];
        Array.Fill(_distances, -1);
        Queue<int> waiting = new(_ended);
        foreach (var end in _ended) _distances[end] = 0;
        for (var from = 0; from < explored; from++)
            for (var i = _firsts[from]; i < _firsts[from + 1]; i++)
                if (_targets[i] >= 0) into[filled[_targets[i]]++] = from;
                else if (_distances[from] < 0)
                {
                    _distances[from] = 1;
                    waiting.Enqueue(from);
                }
        while (waiting.TryDequeue(out var to))
            for (var i = sources[to]; i < sources[to + 1]; i++)
                if (_distances[into[i]] < 0)
                {
                    _distances[into[i]] = _distances[to] + 1;
                    waiting.Enqueue(into[i]);
                }
    }

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();
}
