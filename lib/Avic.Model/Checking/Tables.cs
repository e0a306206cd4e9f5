using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Avic.Model;

/// <summary>Numbered entries of one size in native memory. Entries never move, so readers need no lock.</summary>
internal sealed unsafe class Chunks(int entrySize) : IDisposable
{
    private const int Bits = 10;
    private nint[] _chunks = new nint[4];
    private int _count;

    public long Bytes => (long)_count * (entrySize << Bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* At(uint number) => (byte*)_chunks[number >> Bits] + (number & ((1u << Bits) - 1)) * (uint)entrySize;

    /// <summary>Makes room for an entry; numbers come in order.</summary>
    public byte* Reserve(uint number)
    {
        var chunk = (int)(number >> Bits);
        if (chunk == _count)
        {
            // A reader with the old array still finds every entry it knows of.
            if (chunk == _chunks.Length) Array.Resize(ref _chunks, chunk * 2);
            _chunks[chunk] = (nint)NativeMemory.Alloc((nuint)entrySize << Bits);
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

/// <summary>Open-addressing index from hashes to entry numbers (stored plus one; 0 is free).</summary>
internal sealed unsafe class Slots(int bits) : IDisposable
{
    public readonly uint Mask = (1u << bits) - 1;
    public readonly uint* At = (uint*)NativeMemory.AllocZeroed((nuint)1 << bits, sizeof(uint));

    public int Bits => bits;
    public long Bytes => sizeof(uint) * (1L << bits);
    public bool IsFull(uint count) => count >= Mask - (Mask >> 2);

    public void Put(ulong hash, uint number)
    {
        var at = (uint)hash & Mask;
        while (At[at] != 0) at = (at + 1) & Mask;
        Volatile.Write(ref At[at], number + 1);
    }

    public void Dispose() => NativeMemory.Free(At);
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
            for (var at = (uint)hash & Index.Mask; ; at = (at + 1) & Index.Mask)
            {
                var number = Index.At[at];
                if (number == 0) break;
                if (Same(Entries.At(number - 1), sought)) return number - 1;
            }
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
        for (var at = (uint)hash & index.Mask; ; at = (at + 1) & index.Mask)
        {
            var number = Volatile.Read(ref index.At[at]);
            if (number == 0) return Add(value, hash);
            if (Same(Entries.At(number - 1), value)) return number - 1;
        }
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
        for (var at = (uint)hash & index.Mask; ; at = (at + 1) & index.Mask)
        {
            var number = Volatile.Read(ref index.At[at]);
            if (number == 0) return Add((byte*)&pair, hash);
            if (*(ulong*)Entries.At(number - 1) == pair) return number - 1;
        }
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
