namespace Avic.Model;

/// <summary>ICR bits 19:18.</summary>
public enum Shorthand
{
    /// <summary>The destination field says who.</summary>
    None,

    /// <summary>The sender.</summary>
    Self,

    /// <summary>Everybody.</summary>
    AllIncludingSelf,

    /// <summary>Everybody else.</summary>
    AllButSelf,
}

/// <summary>The interrupt command register of xAPIC mode: what is sent, and to whom.</summary>
/// <param name="Low">Offset 300h.</param>
/// <param name="High">Offset 310h.</param>
/// <remarks>AMD64 APM vol. 2, 16.5.</remarks>
public readonly record struct InterruptCommand(uint Low, uint High)
{
    /// <summary>Bits 7:0.</summary>
    public int Vector => (byte)Low;

    /// <summary>Bits 10:8 are zero: an ordinary interrupt.</summary>
    public bool IsFixed => (Low & 0x700) == 0;

    /// <summary>Bit 11: logical destination.</summary>
    public bool IsLogical => (Low & 1 << 11) != 0;

    /// <summary>Bit 14: the level that a level-triggered command sends; clear takes back what was never latched.</summary>
    public bool IsAssert => (Low & 1 << 14) != 0;

    /// <summary>Bit 15: level triggered, which AVIC does not send.</summary>
    public bool IsLevel => (Low & 1 << 15) != 0;

    /// <summary>Bits 19:18.</summary>
    public Shorthand Shorthand => (Shorthand)(Low >> 18 & 3);

    /// <summary>High bits 31:24.</summary>
    public byte Destination => (byte)(High >> 24);

    /// <summary>To everybody, by shorthand or by the physical destination FFh.</summary>
    public bool IsBroadcast => Shorthand is Shorthand.AllIncludingSelf or Shorthand.AllButSelf || Shorthand == Shorthand.None && !IsLogical && Destination == 0xff;

    /// <summary>True if a destination format register says that logical ids are flat.</summary>
    public static bool IsFlat(uint dfr) => dfr >> 28 == 0xf;

    /// <summary>The entry of the logical ID table that the next destination bit names, from a bit on.</summary>
    /// <param name="dfr">The sender's destination format register.</param>
    /// <param name="from">The first bit to look at.</param>
    /// <returns>The index, and the bit to go on from; 0 when no bit is left.</returns>
    public (int Index, int Left) LogicalIndex(uint dfr, int from)
    {
        var isFlat = IsFlat(dfr);
        var bits = (isFlat ? Destination : Destination & 0xf) >> from << from;
        if (bits == 0) return (0, 0);
        var bit = System.Numerics.BitOperations.TrailingZeroCount(bits);
        return (isFlat ? bit : (Destination >> 4) * 4 + bit, bit + 1);
    }
}
