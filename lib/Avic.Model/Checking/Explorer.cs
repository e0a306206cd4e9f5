using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Avic.Model;

/// <summary>Visits every state of a model, breadth first and exactly.</summary>
/// <remarks>
/// A level is expanded in slices: workers expand, each a run of the slice; then each inserts into its own shards what all
/// found; then the newcomers are numbered in the order one worker would have found them. So every count and every
/// counterexample is the same whatever the number of workers.
/// </remarks>
public sealed unsafe class Explorer : IDisposable
{
    internal const int LongestFusion = 64;

    // The same for any number of workers: budgets end an exploration between slices, and must do so at the same state.
    private const int Slice = 8192;

    private readonly Model _model;
    private readonly Limits _limits;
    private readonly CancellationToken _host = LongWork.Tell("");
    private readonly StateStore _store;
    private readonly Worker[] _workers;
    private readonly bool _fuse;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private List<uint> _level = [], _next = [];
    private readonly List<long> _sizes = [];
    private string _stopped = "";
    private TimeSpan _told;

    private Explorer(Model model, IReadOnlyList<Property> properties, Limits limits)
    {
        if (limits.Threads is < 1 or > 64) throw new ModelException($"An exploration has 1 to 64 workers, not {limits.Threads}.");
        if (limits.MaxStates is < 1 or > Shard.MostStates) throw new ModelException($"A state budget is from 1 to {Shard.MostStates}, not {limits.MaxStates}.");
        (_model, _limits, _store) = (model, limits, new(model));
        _fuse = limits.Fuse && model.Observers.Length == 0 && limits.Within is null && properties.All(p => p.Scope == Scope.Rest || p.IsBlindToFusedRows);
        try
        {
            _workers = [.. Enumerable.Range(0, limits.Threads).Select(_ => new Worker(model, _store, properties, limits.Within, _fuse))];
        }
        catch
        {
            _store.Dispose();
            throw;
        }
    }

    /// <summary>Counts every state of a model.</summary>
    public static Exploration Explore(Model model, Limits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using var explorer = new Explorer(model, [], limits ?? new());
        return explorer.Run();
    }

    /// <summary>Checks a property on every state of a model.</summary>
    public static Verdict Check(Model model, Property property, Limits? limits = null, string bounds = "")
    {
        ArgumentNullException.ThrowIfNull(property);
        return Check(model, [property], limits, bounds)[0];
    }

    /// <summary>
    /// Checks several properties in one exploration, which ends when all are decided. The model must already watch with
    /// the observers that the properties need.
    /// </summary>
    public static IReadOnlyList<Verdict> Check(Model model, IReadOnlyList<Property> properties, Limits? limits = null, string bounds = "")
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(properties);
        foreach (var property in properties)
            foreach (var observer in property.Observers)
                if (!model.Observers.Any(o => o.Name == observer.Name))
                    throw new ModelException($"{property.Name} needs the observer '{observer.Name}': add it to the model with Watched.");
        limits ??= new();
        using var explorer = new Explorer(model, properties, limits);
        var exploration = explorer.Run();
        Verdict[] verdicts = [.. Enumerable.Range(0, properties.Count).Select(i => explorer.Judge(i, exploration, bounds))];
        return exploration.Fused ? [.. verdicts.Select(verdict => InRows(model, verdict, limits))] : verdicts;
    }

    // A fused path is short in fused steps. What is shown counts rows, so it is sought again without fusing, no deeper than it is.
    private static Verdict InRows(Model model, Verdict fused, Limits limits)
    {
        if (fused.Counterexample is not { } found) return fused;
        var exact = Check(model, fused.Property, limits with { Fuse = false, MaxLevels = Math.Min(limits.MaxLevels, found.Steps.Count + 1) }, fused.Bounds);
        return exact.Counterexample is null ? fused : exact;
    }

    private Exploration Run()
    {
        _workers[0].Begin();
        Insert();
        (_level, _next) = (_next, _level);
        _sizes.Add(_level.Count);
        var levels = 0;
        while (_level.Count > 0 && !AllDecided() && ExpandLevel(levels + 1)) levels++;
        var complete = _level.Count == 0;
        return new()
        {
            States = _store.States,
            Edges = _workers.Sum(w => w.Edges),
            Levels = levels,
            LevelSizes = _next.Count > 0 ? [.. _sizes, _next.Count] : _sizes,
            RestStates = _workers.Sum(w => w.Rests),
            Fused = _fuse,
            Complete = complete,
            Stopped = complete ? "" : _stopped != "" ? _stopped : "every property was decided",
            Rows = RowCounts(),
            Components = Enumerable.Range(0, _store.Components).ToDictionary(c => _store.ComponentAt(c).Name, c => (long)_store.Values(c)),
            Cost = new(_clock.Elapsed, _store.States / _clock.Elapsed.TotalSeconds, _store.Bytes, (double)_store.Bytes / _store.States),
        };
    }

    private Dictionary<string, long> RowCounts()
    {
        Dictionary<string, long> counts = [];
        foreach (var row in _model.Rows.Skip(1).Where(row => !row.IsEnd))
        {
            // Alternatives share a label; a number tells them apart.
            var id = row.Id;
            for (var n = 2; counts.ContainsKey(id); n++) id = $"{row.Id}#{n}";
            counts[id] = _workers.Sum(worker => worker.Fired[row.Index]);
        }
        return counts;
    }

    private bool ExpandLevel(int level)
    {
        if (level > _limits.MaxLevels) return Stop($"level budget {_limits.MaxLevels} reached");
        for (var from = 0; from < _level.Count; from += Slice)
        {
            if (_limits.Cancel.IsCancellationRequested || _host.IsCancellationRequested) return Stop("cancelled");
            if (_store.States >= _limits.MaxStates) return Stop($"state budget {Count(_limits.MaxStates)} reached");
            if (_store.Needed + 4L * (_level.Count + _next.Count) >= _limits.MaxBytes) return Stop($"memory budget {_limits.MaxBytes >> 20} MB reached");
            Tell(level, _level.Count - from);
            Expand(level, from, Math.Min(Slice, _level.Count - from));
            Insert();
        }
        (_level, _next) = (_next, _level);
        _next.Clear();
        if (_level.Count > 0) _sizes.Add(_level.Count);
        Merge();
        return true;

        bool Stop(string why)
        {
            _stopped = $"{why} at depth {level}";
            Merge();
            return false;
        }
    }

    private void Expand(int level, int from, int count)
    {
        var workers = Math.Clamp(count / 64, 1, _workers.Length);
        Each(workers, w =>
        {
            int begin = from + (int)((long)count * w / workers), end = from + (int)((long)count * (w + 1) / workers);
            for (var i = begin; i < end; i++) _workers[w].Expand(_level[i], level, i);
        });
    }

    private void Insert()
    {
        var inserters = _workers.Sum(w => w.Found.Count) < 512 ? 1 : _workers.Length;
        Each(inserters, me =>
        {
            foreach (var worker in _workers) InsertFrom(CollectionsMarshal.AsSpan(worker.Found), me, inserters);
        });
        foreach (var worker in _workers)
        {
            foreach (ref readonly var candidate in CollectionsMarshal.AsSpan(worker.Found))
                if (candidate.Number != Shard.Known) _next.Add(candidate.Number);
            worker.Found.Clear();
        }
    }

    private void InsertFrom(Span<Candidate> found, int me, int inserters)
    {
        // Memory is far away: an index slot is fetched 16 candidates ahead, the key it names 8 ahead.
        const int far = 16, near = 8;
        for (var i = 0; i < found.Length + far; i++)
        {
            if (i < found.Length && Hash.Mix(found[i].Key) is var ahead && Mine(ahead)) _store.Shards[Shard.Of(ahead)].Prefetch(ahead);
            if (i >= near && i - near < found.Length && Hash.Mix(found[i - near].Key) is var next && Mine(next)) _store.Shards[Shard.Of(next)].PrefetchKey(next);
            if (i < far) continue;
            ref var candidate = ref found[i - far];
            var hash = Hash.Mix(candidate.Key);
            if (Mine(hash)) candidate.Number = _store.Shards[Shard.Of(hash)].Insert(candidate.Key, hash, candidate.Parent);
        }

        bool Mine(ulong hash) => inserters == 1 || Shard.Of(hash) % inserters == me;
    }

    // What the first worker in order throws is thrown: the same as one worker alone would have met first.
    internal static void Each(int workers, Action<int> work)
    {
        if (workers == 1)
        {
            work(0);
            return;
        }
        var failures = new Exception?[workers];
        Parallel.For(0, workers, new() { MaxDegreeOfParallelism = workers }, w =>
        {
            try { work(w); }
            catch (Exception e) { failures[w] = e; }
        });
        if (Array.Find(failures, failure => failure is not null) is { } first) ExceptionDispatchInfo.Throw(first);
    }

    private void Merge()
    {
        for (var w = 1; w < _workers.Length; w++)
            for (var p = 0; p < _workers[w].Monitors.Length; p++)
            {
                _workers[0].Monitors[p].Merge(_workers[w].Monitors[p]);
                _workers[w].Monitors[p].Forget();
            }
    }

    private bool AllDecided()
    {
        var monitors = _workers[0].Monitors;
        return monitors.Length > 0 && monitors.All(monitor => monitor.Hit is not null);
    }

    private void Tell(int level, long waiting)
    {
        if (_clock.Elapsed - _told < TimeSpan.FromMilliseconds(250)) return;
        _told = _clock.Elapsed;
        var progress = new Progress(_store.States, level, waiting, _clock.Elapsed);
        if (_limits.Progress is { } told) told(progress);
        else LongWork.Tell(progress.ToString());
    }

    private static string Count(long states) => states % 1_000_000 == 0 ? $"{states / 1_000_000} M" : states.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private Verdict Judge(int property, Exploration exploration, string bounds)
    {
        var monitor = _workers[0].Monitors[property];
        var trace = monitor.Hit is { } hit ? Confirmed(monitor.Property, PathTo(hit), bounds) : null;
        var near = monitor.Hit is null && monitor.Closest is { } miss
            ? new NearestMiss(miss.Holding, monitor.Held.Length + (monitor.Property.IsAlways ? 1 : 0), miss.Missing, Trace.Replay(_model, PathTo(miss.At), bounds)) : null;
        return new(monitor.Property, exploration, bounds, trace, near, monitor.Looks, monitor.Premised, [.. monitor.NeverHeld]);
    }

    // The store and the search are not believed: the rows are taken again from the start, and the property looks again at the end.
    private Trace Confirmed(Property property, List<Move> path, string bounds)
    {
        var trace = Trace.Replay(_model, path, bounds, property.IsSometimes ? null : property.Name);
        return EndOfRun.Hits(property, trace) ? trace : throw new InvalidOperationException($"{property.Name} is not what its counterexample ends in: the store or a row is not deterministic.");
    }

    // Parents give the states; the rows between them are found again by stepping, the least move first.
    private List<Move> PathTo(Spot spot)
    {
        List<uint> states = [];
        if (spot.Level > 0)
            for (var state = spot.State; state != uint.MaxValue; state = _store.Parent(state)) states.Add(state);
        states.Reverse();
        List<Move> path = [];
        var stepper = new Stepper(_model);
        stepper.Load(_model.Initial);
        var target = new byte[_model.VectorSize];
        var nodes = new uint[_store.Leaves.Length];
        Array.Fill(nodes, uint.MaxValue);
        for (var i = 1; i < states.Count; i++)
        {
            fixed (byte* bytes = target) _store.Decode(_store.Root(states[i]), nodes, bytes, bytes);
            path.AddRange(Between(stepper, target));
        }
        if (spot.Move is { } last) path.AddRange([last, .. Enumerable.Repeat(new Move(last.Actor, 0, 0), spot.Fused)]);
        return path;
    }

    private List<Move> Between(Stepper stepper, byte[] target)
    {
        var from = stepper.After.ToArray();
        foreach (var move in stepper.Enabled())
        {
            List<Move> moves = [move];
            stepper.Load(from);
            stepper.Take(move);
            for (var fused = 0; _fuse && fused < LongestFusion && !stepper.After.SequenceEqual(target); fused++)
            {
                if (stepper.Fusible(move.Actor) is null) break;
                moves.Add(new(move.Actor, 0, 0));
                stepper.Commit();
                stepper.Take(moves[^1]);
            }
            if (!stepper.After.SequenceEqual(target)) continue;
            stepper.Commit();
            return moves;
        }
        throw new InvalidOperationException("A stored state is no successor of its parent: the store or a row is not deterministic.");
    }

    /// <inheritdoc/>
    public void Dispose() => _store.Dispose();
}
