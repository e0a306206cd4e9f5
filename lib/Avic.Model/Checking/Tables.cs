using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Avic.Model;

/// <summary>Numbered entries of one size in native memory. Entries never move, so readers need no lock.</summary>
internal sealed unsafe class Chunks(int entrySize) : IDisposable
{
    // Up to 8 KB: most components take a few values only, and there are many tables.
    private readonly int _bits = Math.Clamp(BitOperations.Log2(8192 / (uint)entrySize), 3, 10);
    private nint[] _chunks = new nint[4];
    private int _count;

    public long Bytes => (long)_count * (entrySize << _bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* At(uint number) => (byte*)_chunks[number >> _bits] + (number & ((1u << _bits) - 1)) * (uint)entrySize;

    /// <summary>Makes room for an entry; numbers come in order.</summary>
    public byte* Reserve(uint number)
    {
        var chunk = (int)(number >> _bits);
        if (chunk == _count)
        {
            // A reader with the old array still finds every entry it knows of.
            if (chunk == _chunks.Length) Array.Resize(ref _chunks, chunk * 2);
            _chunks[chunk] = (nint)NativeMemory.Alloc((nuint)entrySize << _bits);
            _count++;
        }
        return At(number);
    }

    public void Dispose()
    {
        foreach (var chunk in _chunks) NativeMemory.Free((void*)chunk);
        (_chunks, _count) = ([], 0);
    }
}

/// <summary>Open-addressing index from hashes to entry numbers.</summary>
/// <remarks>
/// A slot holds the number plus one (0 is free) and, in the bits that no number of this table reaches, bits of the hash that
/// its place does not tell: entries are far away in memory, and nearly all that differ are passed over without a look at them.
/// </remarks>
internal sealed unsafe class Slots(int bits) : IDisposable
{
    private readonly uint _mask = (1u << bits) - 1;
    private readonly uint* _slots = (uint*)NativeMemory.AllocZeroed((nuint)1 << bits, sizeof(uint));

    public int Bits => bits;
    public long Bytes => sizeof(uint) * (1L << bits);
    public bool IsFull(uint count) => count >= _mask - (_mask >> 2);

    /// <summary>Where the search for a hash begins.</summary>
    public uint* First(ulong hash) => _slots + ((uint)hash & _mask);

    /// <summary>
    /// The next entry whose hash may be this one, from a place on, or false at the first free slot. The place moves to what
    /// was found, or past it on the next call.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Next(ulong hash, ref uint at, out uint number)
    {
        var tag = Tag(hash);
        while (true)
        {
            var slot = Volatile.Read(ref _slots[at & _mask]);
            if (slot == 0)
            {
                number = 0;
                return false;
            }
            at++;
            if ((slot & ~_mask) != tag) continue;
            number = (slot & _mask) - 1;
            return true;
        }
    }

    public void Put(ulong hash, uint number)
    {
        var at = (uint)hash & _mask;
        while (_slots[at] != 0) at = (at + 1) & _mask;
        Volatile.Write(ref _slots[at], number + 1 | Tag(hash));
    }

    // The top four bits choose a shard, the bottom ones the place.
    private uint Tag(ulong hash) => (uint)(hash >> 28) & ~_mask;

    public void Dispose() => NativeMemory.Free(_slots);
}

/// <summary>
/// Gives equal entries equal numbers, from 0 in order of arrival. Look-ups take no lock; newcomers do, and an index
/// outgrown while others may read it is kept until the end.
/// </summary>
internal abstract unsafe class Interner : IDisposable
{
    private readonly List<Slots> _outgrown = [];
    private protected readonly Chunks Entries;
    private protected volatile Slots Index = new(6);
    private volatile uint _count;

    private protected Interner(int entrySize) => Entries = new(entrySize);

    public uint Count => _count;
    public long Bytes => Entries.Bytes + Index.Bytes + _outgrown.Sum(slots => slots.Bytes);

    private protected abstract bool Same(byte* entry, byte* sought);
    private protected abstract void Copy(byte* from, byte* entry);
    private protected abstract ulong HashOf(byte* entry);

    private protected uint Add(byte* sought, ulong hash)
    {
        lock (Entries)
        {
            // Another worker may have added it since the look-up.
            for (var at = (uint)hash; Index.Next(hash, ref at, out var number);)
                if (Same(Entries.At(number), sought)) return number;
            var added = _count;
            if (Index.IsFull(added)) Grow();
            Copy(sought, Entries.Reserve(added));
            Index.Put(hash, added);
            _count = added + 1;
            return added;
        }
    }

    private void Grow()
    {
        var larger = new Slots(Index.Bits + 1);
        for (uint i = 0; i < _count; i++) larger.Put(HashOf(Entries.At(i)), i);
        _outgrown.Add(Index);
        Index = larger;
    }

    public void Dispose()
    {
        Entries.Dispose();
        Index.Dispose();
        foreach (var slots in _outgrown) slots.Dispose();
    }
}

/// <summary>The values one component has taken.</summary>
internal sealed unsafe class BlobTable(int size) : Interner((size + 7) & ~7)
{
    private readonly int _words = size >> 3, _tail = size & 7;

    public uint Intern(byte* value)
    {
        var hash = HashOf(value);
        var index = Index;
        for (var at = (uint)hash; index.Next(hash, ref at, out var number);)
            if (Same(Entries.At(number), value)) return number;
        return Add(value, hash);
    }

    public byte* this[uint number] => Entries.At(number);

    private protected override bool Same(byte* entry, byte* sought) =>
        new ReadOnlySpan<byte>(entry, size).SequenceEqual(new(sought, size));

    private protected override void Copy(byte* from, byte* entry) => Unsafe.CopyBlockUnaligned(entry, from, (uint)size);

    private protected override ulong HashOf(byte* value)
    {
        var hash = (ulong)size;
        var words = (ulong*)value;
        var i = 0;
        // Four products at a time, none waiting for another.
        for (; i + 4 <= _words; i += 4)
            hash = Hash.Mix(hash + (Hash.Mix(words[i]) ^ (Hash.Mix(words[i + 1] + 1) + (Hash.Mix(words[i + 2] + 2) ^ Hash.Mix(words[i + 3] + 3)))));
        for (; i < _words; i++) hash = Hash.Mix(hash ^ words[i]);
        ulong tail = 0;
        for (var t = 0; t < _tail; t++) tail |= (ulong)value[_words * 8 + t] << (8 * t);
        return Hash.Mix(hash ^ tail);
    }
}

/// <summary>The pairs of numbers that stood side by side: an inner node of the state's tree.</summary>
internal sealed unsafe class PairTable() : Interner(sizeof(ulong))
{
    public uint Intern(ulong pair)
    {
        var hash = Hash.Mix(pair);
        var index = Index;
        for (var at = (uint)hash; index.Next(hash, ref at, out var number);)
            if (*(ulong*)Entries.At(number) == pair) return number;
        return Add((byte*)&pair, hash);
    }

    public ulong this[uint number] => *(ulong*)Entries.At(number);

    private protected override bool Same(byte* entry, byte* sought) => *(ulong*)entry == *(ulong*)sought;
    private protected override void Copy(byte* from, byte* entry) => *(ulong*)entry = *(ulong*)from;
    private protected override ulong HashOf(byte* entry) => Hash.Mix(*(ulong*)entry);
}

internal static class Hash
{
    /// <summary>Both halves of a 128-bit product: every input bit reaches every output bit that indexes a table.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong x)
    {
        var high = Math.BigMul(x ^ 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93, out var low);
        return high ^ low;
    }
}
