using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Avic.Model;

/// <summary>A state in blocks of 64 bytes: what a step has changed is looked for block by block.</summary>
internal static unsafe class Blocks
{
    public const int Size = 64;

    /// <summary>The blocks that some bytes lie in: a bit each, block 64 sharing that of block 0 and so on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(int offset, int size)
    {
        int first = offset / Size, count = (offset + size - 1) / Size - first + 1;
        return count >= 64 ? ulong.MaxValue : BitOperations.RotateLeft((1UL << count) - 1, first);
    }

    /// <summary>The bytes that differ within a block, a bit each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Different(byte* one, byte* other, int block) =>
        ~Vector512.Equals(Vector512.Load(one + block * Size), Vector512.Load(other + block * Size)).ExtractMostSignificantBits();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Copy(byte* from, byte* to, int block) => Vector512.Load(from + block * Size).Store(to + block * Size);
}
