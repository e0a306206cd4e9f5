namespace Avic.Model;

/// <summary>A guest's program, in order.</summary>
public sealed class GuestProgram
{
    private readonly IReadOnlyList<GuestInstruction> _program;
    private readonly IReadOnlyDictionary<int, IReadOnlyList<GuestInstruction>> _handlers;

    internal GuestProgram(IReadOnlyList<GuestInstruction> program, IReadOnlyDictionary<int, IReadOnlyList<GuestInstruction>> handlers) => (_program, _handlers) = (program, handlers);

    internal GuestCode Code => new(_program, _handlers);

    /// <summary>Writes a register of the local APIC.</summary>
    /// <param name="register">Which; a number is an offset in the page, 000h to FF0h.</param>
    /// <param name="value">32 bits; TPR takes 0 to 255.</param>
    public GuestProgram Write(Apic register, long value)
    {
        if (value is < 0 or > uint.MaxValue || register == Apic.Tpr && value > 255) throw new ModelException($"{register} takes 0 to {(register == Apic.Tpr ? "255" : "ffffffffh")}, not {value}.");
        return Then(new(GuestOperation.Write, Known(register), (uint)value));
    }

    /// <summary>Reads a register of the local APIC into EAX.</summary>
    public GuestProgram Read(Apic register) => Then(new(GuestOperation.Read, Known(register)));

    /// <summary>Writes CR8, the upper half of TPR.</summary>
    /// <param name="value">0 to 15.</param>
    public GuestProgram WriteCr8(int value) => value is >= 0 and <= 15 ? Then(new(GuestOperation.WriteCr8, 0, (uint)value)) : throw new ModelException($"CR8 takes 0 to 15, not {value}.");

    /// <summary>Reads CR8 into EAX.</summary>
    public GuestProgram ReadCr8() => Then(new(GuestOperation.ReadCr8));

    /// <summary>Sends an interrupt: the destination into ICR high, the command into ICR low.</summary>
    /// <param name="to">The physical APIC id, 0 to 254; 255 is everybody.</param>
    /// <param name="vector">0 to 255; below 16 is an error that AVIC and KVM see.</param>
    public GuestProgram SendIpi(int to, int vector) => Destination(to).Write(Apic.IcrLow, Vector(vector) | AssertLevel);

    /// <summary>Sends an interrupt to logical destinations: a bit each in flat format, cluster and four bits in cluster format.</summary>
    /// <param name="to">Logical destination, 0 to 255.</param>
    /// <param name="vector">0 to 255.</param>
    public GuestProgram SendLogicalIpi(int to, int vector) => Destination(to).Write(Apic.IcrLow, Vector(vector) | AssertLevel | 1u << 11);

    /// <summary>Sends an interrupt by shorthand, which needs no destination.</summary>
    /// <param name="to">Self, all, or all but self.</param>
    /// <param name="vector">0 to 255.</param>
    public GuestProgram SendIpi(Shorthand to, int vector) => to is > Shorthand.None and <= Shorthand.AllButSelf
        ? Write(Apic.IcrLow, Vector(vector) | AssertLevel | (uint)to << 18) : throw new ModelException($"{to} is no shorthand; name a destination with SendIpi(to: 1, vector).");

    /// <summary>Ends the interrupt in service.</summary>
    public GuestProgram Eoi() => Write(Apic.Eoi, 0);

    /// <summary>Holds interrupts off.</summary>
    public GuestProgram Cli() => Then(new(GuestOperation.Cli));

    /// <summary>Lets interrupts in, after the next instruction.</summary>
    public GuestProgram Sti() => Then(new(GuestOperation.Sti));

    /// <summary>Halts until an interrupt.</summary>
    public GuestProgram Hlt() => Then(new(GuestOperation.Hlt));

    /// <summary>Touches a device by a port, so that it lowers its line to the I/O APIC: the VMM does that, outside the guest.</summary>
    /// <param name="pin">0 to 23.</param>
    public GuestProgram Lower(int pin) => Then(new(GuestOperation.LowerLine, 0, IoApicProgram.Known(pin)));

    /// <summary>Repeats a part of the program.</summary>
    /// <param name="times">1 to 100.</param>
    /// <param name="body">The part.</param>
    public GuestProgram Repeat(int times, Func<GuestProgram, GuestProgram> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        return times is >= 1 and <= 100 ? Enumerable.Range(0, times).Aggregate(this, (program, _) => body(program)) : throw new ModelException($"A part is repeated 1 to 100 times, not {times}.");
    }

    /// <summary>Says what runs when a vector is taken. Without a handler that is EOI alone; a handler that never writes EOI leaves the vector in service.</summary>
    /// <param name="vector">16 to 255.</param>
    /// <param name="handler">The handler; it returns at its end.</param>
    public GuestProgram On(int vector, Func<GuestProgram, GuestProgram> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        if (vector is < 16 or > 255) throw new ModelException($"An interrupt has a vector from 16 to 255, not {vector}.");
        var body = handler(new([], new Dictionary<int, IReadOnlyList<GuestInstruction>>()));
        if (body._handlers.Count > 0) throw new ModelException("A handler has no handlers of its own: say On(…) beside it.");
        return new(_program, new Dictionary<int, IReadOnlyList<GuestInstruction>>(_handlers) { [vector] = body._program });
    }

    private const uint AssertLevel = 1 << 14;

    private GuestProgram Destination(int to) => to is >= 0 and <= 255 ? Write(Apic.IcrHigh, (uint)to << 24) : throw new ModelException($"An xAPIC destination is 0 to 255, not {to}.");

    private static uint Vector(int vector) => vector is >= 0 and <= 255 ? (uint)vector : throw new ModelException($"A vector is 0 to 255, not {vector}.");

    private GuestProgram Then(GuestInstruction next) => new([.. _program, next], _handlers);

    private static int Known(Apic register) => (int)register is >= 0 and <= 0xff0 && ((int)register & 0xf) == 0 ? (int)register
        : throw new ModelException($"The APIC's page has registers each 10h bytes from 000h to ff0h, none at {(int)register:x}h.");
}
