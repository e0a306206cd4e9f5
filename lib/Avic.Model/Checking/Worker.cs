using System.Numerics;

namespace Avic.Model;

/// <summary>A successor on its way to the store.</summary>
internal struct Candidate
{
    public ulong Key;
    public uint Parent;
    public uint Number;
}

/// <summary>Expands states of one level: decodes a state, takes every row from it, encodes what it led to.</summary>
internal sealed unsafe class Worker
{
    private readonly Model _model;
    private readonly StateStore _store;
    private readonly Stepper _stepper;
    private readonly Term? _within;
    private readonly bool _fuse;
    private readonly uint[] _nodes, _changed;
    private readonly int _components, _actors;
    private readonly PropertyMonitor[] _atStates, _atRows, _atRest;

    public Worker(Model model, StateStore store, IReadOnlyList<Property> properties, Term? within, bool fuse)
    {
        (_model, _store, _within, _fuse, _stepper) = (model, store, within, fuse, new(model));
        _nodes = new uint[store.Leaves.Length];
        _changed = new uint[store.Leaves.Length];
        (_components, _actors) = (store.Components, model.Actors.Count);
        Array.Fill(_nodes, uint.MaxValue);
        _stepper.Load(model.Initial);
        Monitors = [.. properties.Select(property => new PropertyMonitor(property, model))];
        _atStates = [.. Monitors.Where(m => m.Property.Scope == Scope.State)];
        _atRows = [.. Monitors.Where(m => m.Property.Scope == Scope.Row)];
        _atRest = [.. Monitors.Where(m => m.Property.Scope == Scope.Rest)];
        Fired = new long[model.Rows.Length];
    }

    public List<Candidate> Found { get; } = [];
    public PropertyMonitor[] Monitors { get; }
    public long[] Fired { get; }
    public long Edges { get; private set; }
    public long Rests { get; private set; }

    /// <summary>Encodes the initial state and looks at it.</summary>
    public void Begin()
    {
        _stepper.Load(_model.Initial);
        for (var c = 0; c < _components; c++) _nodes[c] = _store.InternComponent(c, _stepper.Before);
        for (var i = 0; i < _store.Left.Length; i++)
            _nodes[_components + i] = _store.InternPair(i, _nodes[_store.Left[i]], _nodes[_store.Right[i]]);
        Found.Add(new() { Key = Root(_nodes, _nodes, 0), Parent = uint.MaxValue });
        _stepper.Engine.Begin(_model.Rows[0], Engine.Nobody, null, 0);
        foreach (var monitor in _atStates) monitor.Look(_stepper, new(0, 0, 0, null));
    }

    /// <summary>Takes every row from one state.</summary>
    /// <param name="state">Its number.</param>
    /// <param name="level">Its level.</param>
    /// <param name="order">Its place in the level.</param>
    public void Expand(uint state, int level, long order)
    {
        _store.Decode(_store.Root(state), _nodes, _stepper.Before, _stepper.Work);
        var bound = false;
        for (var actor = 0; actor < _actors; actor++)
        {
            var rows = _stepper.Offered(actor);
            for (var alternative = 0; alternative < rows.Length; alternative++)
            {
                var row = rows[alternative];
                for (int choice = 0, arity = 1; choice < arity; choice++)
                {
                    var moved = _stepper.Try(row, actor, choice);
                    arity = Math.Max(1, _stepper.Engine.Arity);
                    if (!moved) continue;
                    bound |= !row.May;
                    if (_within?.Holds(_stepper.Work, _stepper.Engine) == false)
                    {
                        _stepper.Restore();
                        continue;
                    }
                    Spot spot = new(level, order, state, new((byte)actor, (byte)alternative, (byte)choice));
                    Note(row, spot);
                    if (_fuse) RunFusibleRows(actor, spot);
                    Found.Add(new() { Key = Encode(), Parent = state });
                    _stepper.RestoreChanges();
                }
            }
        }
        if (!bound)
        {
            Rests++;
            _stepper.Engine.Begin(_model.Rows[0], Engine.Nobody, null, 0);
            foreach (var monitor in _atRest) monitor.Look(_stepper, new(level, order, state, null));
        }
        _stepper.RefuseLeftovers();
    }

    private void Note(LinkedRow row, Spot spot)
    {
        var taken = _stepper.Engine.Taken.AsSpan(0, _stepper.Engine.TakenCount);
        Edges++;
        Fired[row.Index]++;
        foreach (var control in taken) Fired[control.Index]++;
        foreach (var monitor in _atStates) monitor.Look(_stepper, spot);
        foreach (var monitor in _atRows)
            if (monitor.Applies(row, taken, _stepper.Engine.Marks)) monitor.Look(_stepper, spot);
    }

    // What follows is seen by nobody else, so its interleavings with others add nothing but states.
    private void RunFusibleRows(int actor, Spot spot)
    {
        for (var fused = 0; fused < Explorer.LongestFusion; fused++)
        {
            if (_stepper.Fusible(actor) is not { } row) return;
            if (!_stepper.Try(row, actor, 0) || _stepper.Engine.Arity != 0) throw new ModelException($"{row.Id} is declared private or covered, but waits or chooses.");
            Note(row, spot with { Fused = fused + 1 });
        }
    }

    private ulong Encode()
    {
        ulong changed = 0;
        foreach (var (block, changes) in _stepper.Changes())
        {
            var different = changes;
            foreach (var (bytes, component) in _store.Parts[block])
            {
                if ((different & bytes) == 0) continue;
                changed |= 1UL << component;
                different &= ~bytes;
            }
            if (different != 0) _stepper.RefuseStray(block * Blocks.Size + BitOperations.TrailingZeroCount(different));
        }
        for (var left = changed; left != 0; left &= left - 1)
        {
            var component = BitOperations.TrailingZeroCount(left);
            _changed[component] = _store.InternComponent(component, _stepper.Work);
        }
        for (var i = 0; i < _store.Left.Length; i++)
        {
            var node = _components + i;
            if ((_store.Leaves[node] & changed) == 0) continue;
            int left = _store.Left[i], right = _store.Right[i];
            _changed[node] = _store.InternPair(i,
                (_store.Leaves[left] & changed) != 0 ? _changed[left] : _nodes[left],
                (_store.Leaves[right] & changed) != 0 ? _changed[right] : _nodes[right]);
        }
        return Root(_changed, _nodes, changed);
    }

    private ulong Root(uint[] changed, uint[] same, ulong mask)
    {
        int left = _store.RootLeft, right = _store.RootRight;
        ulong l = (_store.Leaves[left] & mask) != 0 ? changed[left] : same[left];
        ulong r = right < 0 ? 0 : (_store.Leaves[right] & mask) != 0 ? changed[right] : same[right];
        return l | r << 32;
    }
}
