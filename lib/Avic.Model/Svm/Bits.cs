using System.Globalization;

namespace Avic.Model;

/// <summary>A field of a register or table entry.</summary>
/// <param name="Name">As the manual calls it.</param>
/// <param name="High">Its highest bit, counted from 0.</param>
/// <param name="Low">Its lowest bit.</param>
/// <param name="Meaning">What it says.</param>
public sealed record Bits(string Name, int High, int Low, string Meaning = "")
{
    /// <summary>How many bits.</summary>
    public int Width => High - Low + 1;

    /// <summary>The largest number it holds.</summary>
    public ulong Most => Width >= 64 ? ulong.MaxValue : (1UL << Width) - 1;

    /// <summary>The bits it covers.</summary>
    public UInt128 Mask => (UInt128)Most << Low;

    /// <summary>Where it is, as manuals write it: <c>51:12</c>, or <c>63</c> for one bit.</summary>
    public string Place => High == Low ? High.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{High}:{Low}");

    /// <summary>The number it holds in a value.</summary>
    public ulong Get(UInt128 value) => (ulong)(value >> Low) & Most;

    /// <summary>The value with another number in it, and all other bits as they were.</summary>
    /// <exception cref="ModelException">The number is too large for it.</exception>
    public UInt128 Set(UInt128 value, ulong number) => number <= Most ? (value & ~Mask) | ((UInt128)number << Low)
        : throw new ModelException(string.Create(CultureInfo.InvariantCulture, $"'{Name}' (bits {Place}) holds 0x{Most:x} at most, not 0x{number:x}."));

    /// <inheritdoc cref="Set(UInt128, ulong)"/>
    public ulong Set(ulong value, ulong number) => High < 64 ? (ulong)Set((UInt128)value, number)
        : throw new ModelException($"'{Name}' (bits {Place}) has no place in 64 bits: set it in a UInt128.");

    /// <summary>One bit of a name.</summary>
    public static implicit operator Bits((string Name, int Bit) field) => new(field.Name, field.Bit, field.Bit);

    /// <summary>Bits from high to low: <c>("backing page", 51..12)</c>.</summary>
    public static implicit operator Bits((string Name, Range Bits) field) => new(field.Name, Number(field.Bits.Start), Number(field.Bits.End));

    /// <summary>One bit of a name, and what it says.</summary>
    public static implicit operator Bits((string Name, int Bit, string Meaning) field) => new(field.Name, field.Bit, field.Bit, field.Meaning);

    /// <summary>Bits from high to low, and what they say.</summary>
    public static implicit operator Bits((string Name, Range Bits, string Meaning) field) => new(field.Name, Number(field.Bits.Start), Number(field.Bits.End), field.Meaning);

    // Bits are numbered from the low end alone.
    private static int Number(Index at) => at.IsFromEnd ? throw new ModelException($"Bits are counted from 0, high to low: 51..12, not ^{at.Value}.") : at.Value;
}
