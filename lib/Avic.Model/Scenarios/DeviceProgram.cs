namespace Avic.Model;

/// <summary>What a device sends.</summary>
public abstract record DeviceSignal;

/// <summary>A message-signalled interrupt.</summary>
/// <param name="Destination">The guest physical APIC id.</param>
/// <param name="Vector">16 to 255.</param>
public sealed record Msi(byte Destination, byte Vector) : DeviceSignal;

/// <summary>A message-signalled interrupt whose delivery mode is NMI: no mask of the guest's holds it off, and its vector is 2 whatever the message says.</summary>
/// <param name="Destination">The guest physical APIC id.</param>
public sealed record NmiMessage(byte Destination) : DeviceSignal;

/// <summary>A change of a line to the I/O APIC.</summary>
/// <param name="Pin">0 to 23.</param>
/// <param name="IsHigh">True to raise it.</param>
public sealed record LineLevel(byte Pin, bool IsHigh) : DeviceSignal;

/// <summary>What a device sends, in order.</summary>
public sealed class DeviceProgram : IContinued
{
    private bool _continued;

    internal DeviceProgram(IReadOnlyList<DeviceSignal> sent) => Sent = sent;

    internal IReadOnlyList<DeviceSignal> Sent { get; }

    /// <summary>Sends a message-signalled interrupt, edge triggered, to a physical destination.</summary>
    /// <param name="to">The guest physical APIC id, 0 to 254; 255 is everybody.</param>
    /// <param name="vector">16 to 255.</param>
    public DeviceProgram Msi(int to, int vector) => Then(new Msi(Destination(to), IoApicProgram.Vector(vector)));

    /// <summary>Sends a non-maskable interrupt, as a message: KVM_SIGNAL_MSI with the delivery mode NMI.</summary>
    /// <param name="to">The guest physical APIC id, 0 to 254; 255 is everybody.</param>
    public DeviceProgram Nmi(int to) => Then(new NmiMessage(Destination(to)));

    /// <summary>Raises the line to a pin of the I/O APIC.</summary>
    /// <param name="pin">0 to 23; one that no entry is programmed for is masked.</param>
    public DeviceProgram Raise(int pin) => Then(new LineLevel(IoApicProgram.Known(pin), IsHigh: true));

    /// <summary>Lowers the line to a pin of the I/O APIC.</summary>
    /// <param name="pin">0 to 23.</param>
    public DeviceProgram Lower(int pin) => Then(new LineLevel(IoApicProgram.Known(pin), IsHigh: false));

    /// <summary>Repeats a part of what the device sends.</summary>
    /// <param name="times">1 to 200.</param>
    /// <param name="body">The part.</param>
    public DeviceProgram Repeat(int times, Func<DeviceProgram, DeviceProgram> body) => Given.Repeated(this, times, Most, body, "d => d.Msi(to: 1, vector: 0x31)");

    /// <summary>The longest program.</summary>
    internal const int Most = 200;

    internal static byte Destination(int to) => to is >= 0 and <= 255 ? (byte)to : throw new ModelException($"An MSI goes to 0 to 255, not {to}.");

    bool IContinued.IsContinued => _continued;

    private DeviceProgram Then(DeviceSignal next)
    {
        _continued = true;
        return Sent.Count < Most ? new([.. Sent, next]) : throw new ModelException($"A device sends up to {Most} interrupts.");
    }
}

/// <summary>A pin of the I/O APIC and what its entry of the redirection table holds.</summary>
/// <param name="Number">0 to 23.</param>
/// <param name="Entry">The entry.</param>
public sealed record Pin(byte Number, RedirectionEntry Entry);

/// <summary>The I/O APIC's redirection table as the guest has programmed it; pins that it leaves out are masked.</summary>
/// <example><code>
/// scenario.IoApic(io => io.Level(pin: 1, to: 0, vector: 0x41)).Device(d => d.Raise(1))
/// </code></example>
public sealed class IoApicProgram : IContinued
{
    private bool _continued;

    internal IoApicProgram(IReadOnlyList<Pin> pins) => Pins = pins;

    internal IReadOnlyList<Pin> Pins { get; }

    /// <summary>A level-triggered pin.</summary>
    /// <param name="pin">0 to 23.</param>
    /// <param name="to">The guest physical APIC id, 0 to 254; 255 is everybody.</param>
    /// <param name="vector">16 to 255.</param>
    public IoApicProgram Level(int pin, int to, int vector) => Entry(pin, Bits(to, vector) | RedirectionEntry.Level);

    /// <summary>An edge-triggered pin.</summary>
    /// <param name="pin">0 to 23.</param>
    /// <param name="to">The guest physical APIC id, 0 to 254; 255 is everybody.</param>
    /// <param name="vector">16 to 255.</param>
    public IoApicProgram Edge(int pin, int to, int vector) => Entry(pin, Bits(to, vector));

    /// <summary>An entry bit by bit: logical destinations, other delivery modes (KVM follows the fixed one only, here), the mask.</summary>
    /// <param name="pin">0 to 23.</param>
    /// <param name="bits">As in the redirection table; remote IRR and delivery status are not the guest's to program.</param>
    public IoApicProgram Entry(int pin, ulong bits)
    {
        if ((bits & ~RedirectionEntry.Writable) != 0)
            throw new ModelException(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"A redirection entry has no bits 0x{bits & ~RedirectionEntry.Writable:x} for a guest to program; those it has are 0x{RedirectionEntry.Writable:x}."));
        _ = Vector((byte)bits);
        if (Pins.Any(known => known.Number == pin)) throw new ModelException($"Pin {pin} has an entry already.");
        _continued = true;
        return new([.. Pins, new(Known(pin), new(bits))]);
    }

    bool IContinued.IsContinued => _continued;

    internal static byte Known(int pin) => pin is >= 0 and < IoApic.Pins ? (byte)pin : throw new ModelException($"KVM's I/O APIC has pins 0 to {IoApic.Pins - 1}, not {pin}.");

    internal static byte Vector(int vector) => vector is >= 16 and <= 255 ? (byte)vector : throw new ModelException($"An interrupt has a vector from 16 to 255, not {vector}.");

    private static ulong Bits(int to, int vector) => to is >= 0 and <= 255 ? (ulong)to << 56 | Vector(vector) : throw new ModelException($"An interrupt of the I/O APIC goes to 0 to 255, not {to}.");
}
