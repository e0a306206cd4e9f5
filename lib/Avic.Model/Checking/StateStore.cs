using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Avic.Model;

/// <summary>
/// The exact set of states seen. Each component's bytes are numbered, numbers are paired up a balanced tree, and a state
/// is the pair at its root: 8 bytes, an index slot and its parent's number. (Tree compression; exact, not hashing.)
/// </summary>
internal sealed unsafe class StateStore : IDisposable
{
    private readonly Component[] _components;
    private readonly BlobTable[] _blobs;
    private readonly PairTable[] _pairs;

    // Nodes: components first, then inner nodes, children before parents. The root is not a node but a Shard's entry.
    public readonly int[] Left, Right;
    public readonly ulong[] Leaves;
    public readonly int RootLeft, RootRight;
    public readonly Shard[] Shards;

    // Which bytes of each block of the state belong to which component: a change is looked for by blocks.
    public readonly (ulong Bytes, int Component)[][] Parts;

    public StateStore(Model model)
    {
        // Components of one vCPU, and those of nobody, stand together, for they change together and their pairs are few: a chain with what
        // changes most next to its end, and what is small changes more than what is large. The chains are then paired up in a balanced tree.
        var groups = model.Layout.Components.GroupBy(c => c.Instance).OrderBy(group => group.Key)
            .Select(group => group.OrderBy(c => c.IsStack).ThenByDescending(c => c.Size).ThenBy(c => c.Offset).ToArray()).ToArray();
        _components = [.. groups.SelectMany(group => group)];
        if (_components.Length > 64) throw new ModelException($"The state has {_components.Length} components; the store holds 64. Put fields that change together into one struct.");
        _blobs = [.. _components.Select(c => new BlobTable(c.Size))];
        List<int> left = [], right = [];
        var n = _components.Length;
        int Pair(int l, int r)
        {
            left.Add(l);
            right.Add(r);
            return n + left.Count - 1;
        }
        int Join(ReadOnlySpan<int> nodes) => nodes.Length == 1 ? nodes[0] : Pair(Join(nodes[..((nodes.Length + 1) / 2)]), Join(nodes[((nodes.Length + 1) / 2)..]));
        var first = 0;
        List<int> chains = [];
        foreach (var group in groups)
        {
            chains.Add(Enumerable.Range(first, group.Length).Aggregate((chain, next) => Pair(chain, next)));
            first += group.Length;
        }
        var ends = CollectionsMarshal.AsSpan(chains);
        var half = (ends.Length + 1) / 2;
        (RootLeft, RootRight) = ends.Length == 1 ? (ends[0], -1) : (Join(ends[..half]), Join(ends[half..]));
        (Left, Right) = ([.. left], [.. right]);
        _pairs = [.. left.Select(_ => new PairTable())];
        Leaves = new ulong[n + left.Count];
        for (var i = 0; i < n; i++) Leaves[i] = 1UL << i;
        for (var i = 0; i < left.Count; i++) Leaves[n + i] = Leaves[left[i]] | Leaves[right[i]];
        var parts = new Dictionary<int, ulong>[model.VectorSize / Blocks.Size];
        for (var c = 0; c < n; c++)
            for (var at = _components[c].Offset; at < _components[c].Offset + _components[c].Size; at++)
            {
                var block = parts[at / Blocks.Size] ??= [];
                block[c] = block.GetValueOrDefault(c) | 1UL << (at % Blocks.Size);
            }
        Parts = [.. parts.Select(block => block is null ? [] : block.Select(part => (part.Value, part.Key)).ToArray())];
        Shards = [.. Enumerable.Range(0, Shard.Count).Select(number => new Shard(number))];
    }

    public int Components => _components.Length;
    public Component ComponentAt(int i) => _components[i];
    public uint Values(int component) => _blobs[component].Count;
    public long States => Shards.Sum(shard => (long)shard.Size);
    public long Bytes => Shards.Sum(s => s.Bytes) + _blobs.Sum(b => b.Bytes) + _pairs.Sum(p => p.Bytes);

    /// <summary>Bytes that what is stored needs, whatever room the tables have left: the same for any number of workers.</summary>
    public long Needed => States * 20 + _blobs.Select((blob, c) => blob.Count * (_components[c].Size + 8L)).Sum() + _pairs.Sum(pairs => pairs.Count * 14L);

    public uint InternComponent(int component, byte* vector) => _blobs[component].Intern(vector + _components[component].Offset);
    public uint InternPair(int inner, uint left, uint right) => _pairs[inner].Intern(left | (ulong)right << 32);

    /// <summary>Writes a state's bytes over two vectors that hold the state whose node numbers are given; all are updated.</summary>
    public void Decode(ulong root, uint[] nodes, byte* vector, byte* twin)
    {
        Decode(RootLeft, (uint)root, nodes, vector, twin);
        if (RootRight >= 0) Decode(RootRight, (uint)(root >> 32), nodes, vector, twin);
    }

    private void Decode(int node, uint number, uint[] nodes, byte* vector, byte* twin)
    {
        if (nodes[node] == number) return;
        nodes[node] = number;
        if (node < _components.Length)
        {
            var component = _components[node];
            var bytes = _blobs[node][number];
            Unsafe.CopyBlockUnaligned(vector + component.Offset, bytes, (uint)component.Size);
            Unsafe.CopyBlockUnaligned(twin + component.Offset, bytes, (uint)component.Size);
            return;
        }
        var inner = node - _components.Length;
        var pair = _pairs[inner][number];
        Decode(Left[inner], (uint)pair, nodes, vector, twin);
        Decode(Right[inner], (uint)(pair >> 32), nodes, vector, twin);
    }

    public ulong Root(uint state) => *(ulong*)Shards[state % Shard.Count].Keys.At(state / Shard.Count);
    public uint Parent(uint state) => *(uint*)Shards[state % Shard.Count].Parents.At(state / Shard.Count);

    public void Dispose()
    {
        foreach (var shard in Shards) shard.Dispose();
        foreach (var table in _blobs) table.Dispose();
        foreach (var table in _pairs) table.Dispose();
    }
}

/// <summary>A part of the state set that one worker at a time inserts into. State number = entry × shards + shard.</summary>
internal sealed unsafe class Shard(int number) : IDisposable
{
    public const int Count = 16;
    public const uint Known = uint.MaxValue;

    /// <summary>States the numbers reach for, however unevenly they fall to the shards.</summary>
    public const long MostStates = 3_500_000_000;

    public readonly Chunks Keys = new(sizeof(ulong)), Parents = new(sizeof(uint));
    private Slots _index = new(10);
    private uint _count;

    public uint Size => _count;
    public long Bytes => Keys.Bytes + Parents.Bytes + _index.Bytes;

    public static int Of(ulong hash) => (int)(hash >> 60);

    public void Prefetch(ulong hash)
    {
        if (Sse.IsSupported) Sse.Prefetch0(_index.First(hash));
    }

    public void PrefetchKey(ulong hash)
    {
        var at = (uint)hash;
        if (Sse.IsSupported && _index.Next(hash, ref at, out var entry)) Sse.Prefetch0(Keys.At(entry));
    }

    /// <summary>The new state's number, or <see cref="Known"/>.</summary>
    public uint Insert(ulong key, ulong hash, uint parent)
    {
        for (var at = (uint)hash; _index.Next(hash, ref at, out var entry);)
            if (*(ulong*)Keys.At(entry) == key) return Known;
        if (_count == uint.MaxValue / Count) throw new ModelException("The state numbers have run out: set MaxStates lower.");
        var added = _count++;
        *(ulong*)Keys.Reserve(added) = key;
        *(uint*)Parents.Reserve(added) = parent;
        _index.Put(hash, added);
        if (_index.IsFull(_count)) Grow();
        return added * Count + (uint)number;
    }

    private void Grow()
    {
        var larger = new Slots(_index.Bits + 1);
        for (uint i = 0; i < _count; i++) larger.Put(Hash.Mix(*(ulong*)Keys.At(i)), i);
        _index.Dispose();
        _index = larger;
    }

    public void Dispose()
    {
        Keys.Dispose();
        Parents.Dispose();
        _index.Dispose();
    }
}
