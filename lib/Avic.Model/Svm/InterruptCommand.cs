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

/// <summary>The interrupt command register: what is sent, and to whom.</summary>
/// <param name="Low">Offset 300h, or bits 31:0 of MSR 830h.</param>
/// <param name="High">Offset 310h, or bits 63:32 of MSR 830h.</param>
/// <param name="IsX2">True if it was sent in x2APIC mode.</param>
/// <remarks>AMD64 APM vol. 2, 16.5 and 16.11.</remarks>
public readonly record struct InterruptCommand(uint Low, uint High, bool IsX2 = false)
{
    /// <summary>Bits 7:0.</summary>
    public int Vector => (byte)Low;

    /// <summary>Bits 10:8 are zero: an ordinary interrupt.</summary>
    public bool IsFixed => (Low & 0x700) == 0;

    /// <summary>Bits 10:8 are one: for one of those that the destination names.</summary>
    public bool IsLowestPriority => (Low & 0x700) == 0x100;

    /// <summary>Bits 10:8 are four: a non-maskable interrupt.</summary>
    public bool IsNmi => (Low & DeliveryModeBits) == Nmi;

    /// <summary>Bits 10:8 are five: INIT.</summary>
    public bool IsInit => (Low & DeliveryModeBits) == Init;

    /// <summary>Bits 10:8 are six: startup (SIPI), whose vector is a page of memory below 1 MB.</summary>
    public bool IsStartup => (Low & DeliveryModeBits) == Startup;

    /// <summary>Bits 10:8.</summary>
    public const uint DeliveryModeBits = 0x700;

    /// <summary>Bits 10:8 of a non-maskable interrupt.</summary>
    public const uint Nmi = 0x400;

    /// <summary>Bits 10:8 of INIT.</summary>
    public const uint Init = 0x500;

    /// <summary>Bits 10:8 of SIPI.</summary>
    public const uint Startup = 0x600;

    /// <summary>Bit 11: logical destination.</summary>
    public bool IsLogical => (Low & 1 << 11) != 0;

    /// <summary>Bit 14: the level that a level-triggered command sends; clear takes back what was never latched.</summary>
    public bool IsAssert => (Low & 1 << 14) != 0;

    /// <summary>Bit 15: level triggered, which AVIC does not send.</summary>
    public bool IsLevel => (Low & 1 << 15) != 0;

    /// <summary>Bits 19:18.</summary>
    public Shorthand Shorthand => (Shorthand)(Low >> 18 & 3);

    /// <summary>High bits 31:24; in x2APIC mode all of them.</summary>
    public uint Destination => IsX2 ? High : High >> 24;

    /// <summary>The destination that is everybody.</summary>
    public static uint Everybody(bool isX2) => isX2 ? uint.MaxValue : 0xff;

    /// <summary>To everybody, by shorthand or by the physical destination FFh; in x2APIC mode FFFFFFFFh.</summary>
    public bool IsBroadcast => Shorthand is Shorthand.AllIncludingSelf or Shorthand.AllButSelf || Shorthand == Shorthand.None && !IsLogical && Destination == Everybody(IsX2);

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
        return (isFlat ? bit : (int)(Destination >> 4) * 4 + bit, bit + 1);
    }

    /// <summary>The physical id that the next destination bit names in x2APIC mode, from a bit on: no table is asked.</summary>
    /// <param name="from">The first bit to look at.</param>
    /// <returns>The id, and the bit to go on from; 0 when no bit is left.</returns>
    public (uint Id, int Left) X2LogicalId(int from)
    {
        var bits = (Destination & 0xffff) >> from << from;
        if (bits == 0) return (0, 0);
        var bit = System.Numerics.BitOperations.TrailingZeroCount(bits);
        return ((Destination >> 16) * 16 + (uint)bit, bit + 1);
    }
}
