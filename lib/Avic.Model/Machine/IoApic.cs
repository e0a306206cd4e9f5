using System.Runtime.CompilerServices;

namespace Avic.Model;

/// <summary>
/// What of KVM's I/O APIC changes: its lines and what waits for an EOI. The rest of its redirection table stays as an operating system
/// has programmed it, and is in <see cref="Programs.Pins"/>.
/// </summary>
/// <remarks>struct kvm_ioapic, arch/x86/kvm/ioapic.h, v5.15.</remarks>
public struct IoApic
{
    /// <summary>Pins whose line is high; of edge-triggered ones, those that were not lowered since.</summary>
    [Hexadecimal]
    public PinSet Irr;

    /// <summary>Remote IRR of each entry: delivered as level triggered, and no EOI has come.</summary>
    [Hexadecimal, Term("remote_irr")]
    public PinSet RemoteIrr;

    /// <summary><c>ioapic-&gt;lock</c>, held while an interrupt is delivered.</summary>
    public KernelLock Lock;

    /// <summary>KVM_IOAPIC_NUM_PINS.</summary>
    public const int Pins = 24;
}

/// <summary>A bit for each pin, in three bytes.</summary>
[InlineArray(3)]
public struct PinSet
{
    private byte _first;

    /// <summary>True if the pin is in it.</summary>
    public readonly bool Contains(int pin) => (this[pin >> 3] >> (pin & 7) & 1) != 0;
}

/// <summary>One at most.</summary>
[InlineArray(1)]
public struct IoApics
{
    private IoApic _first;
}

/// <summary>An entry of the I/O APIC's redirection table.</summary>
/// <param name="Bits">As the guest programs it; remote IRR and delivery status are the I/O APIC's own.</param>
/// <remarks>82093AA I/O APIC datasheet, 3.2.4; the bits are in data/bit-fields.csv.</remarks>
public readonly record struct RedirectionEntry(ulong Bits)
{
    /// <summary>Bits 7:0.</summary>
    public byte Vector => (byte)Bits;

    /// <summary>Bit 15: level triggered.</summary>
    public bool IsLevel => (Bits & Level) != 0;

    /// <summary>Bit 16.</summary>
    public bool IsMasked => (Bits & 1 << 16) != 0;

    /// <summary>True if it is a vector's EOI that lets the next one through.</summary>
    public bool WaitsForEoiOf(int vector) => IsLevel && Vector == vector;

    /// <summary>Bits 63:56.</summary>
    public byte Destination => (byte)(Bits >> 56);

    /// <summary>The command that carries it to local APICs, in the form of ICR low: delivery and destination mode have the same places there.</summary>
    public uint Command => (uint)Bits & 0xfff | 1 << 14 | (IsLevel ? 1u << 15 : 0);

    /// <summary>The bits that a guest programs.</summary>
    public const ulong Writable = 0xff00_0000_0001_afff;

    /// <summary>Bit 15.</summary>
    public const ulong Level = 1 << 15;
}
