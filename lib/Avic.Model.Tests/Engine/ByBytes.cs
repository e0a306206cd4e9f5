namespace Avic.Model.Tests;

/// <summary>Byte arrays are equal when their bytes are.</summary>
internal sealed class ByBytes : IEqualityComparer<byte[]>
{
    public static readonly ByBytes Comparer = new();

    public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

    public int GetHashCode(byte[] bytes)
    {
        HashCode hash = default;
        hash.AddBytes(bytes);
        return hash.ToHashCode();
    }
}
