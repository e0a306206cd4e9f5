namespace Avic.Model;

/// <summary>A guest's program, in order. Where it is in x2APIC mode its accesses to the local APIC go by MSR.</summary>
public sealed class GuestProgram : IContinued
{
    private bool _continued;

    private readonly IReadOnlyList<GuestInstruction> _program;
    private readonly IReadOnlyDictionary<int, IReadOnlyList<GuestInstruction>> _handlers;
    private readonly (int Vcpu, ApicPlace Apic) _at;
    private readonly IReadOnlyList<GuestInstruction> _startup;

    internal GuestProgram(IReadOnlyList<GuestInstruction> program, IReadOnlyDictionary<int, IReadOnlyList<GuestInstruction>> handlers, (int Vcpu, ApicPlace Apic) at, IReadOnlyList<GuestInstruction>? startup = null) =>
        (_program, _handlers, _at, _startup) = (program, handlers, at, startup ?? []);

    internal GuestCode Code(bool waits) => new(_program, _handlers, _at.Apic == ApicPlace.Msrs, _startup, waits);

    private ApicPlace Place => GuestCode.PlaceAfter(_program, _at.Apic);

    private bool IsX2 => Place == ApicPlace.Msrs;

    /// <summary>Writes a register of the local APIC.</summary>
    /// <param name="register">Which; a number is an offset in the page, 000h to FF0h.</param>
    /// <param name="value">32 bits; TPR takes 0 to 255.</param>
    public GuestProgram Write(Apic register, long value)
    {
        if (value is < 0 or > uint.MaxValue || register == Apic.Tpr && value > 255) throw new ModelException($"{register} takes 0 to {(register == Apic.Tpr ? "255" : "ffffffffh")}, not {value}.");
        return Then(GuestCode.Register((Apic)Known(register), (ulong)value, Place));
    }

    /// <summary>Writes so many bytes from a place of the page on. Unless they are the four of a register no manual describes it, and readings differ.</summary>
    /// <param name="register">Which; a number is an offset in the page, 000h to FFFh.</param>
    /// <param name="value">As many bytes.</param>
    /// <param name="bytes">1, 2, 4 or 8.</param>
    public GuestProgram Write(Apic register, ulong value, int bytes)
    {
        var access = Sized(GuestOperation.Write, register, bytes);
        return value <= access.Most ? Then(access with { Value = value }) : throw new ModelException($"{bytes} bytes take 0 to {access.Most:x}h, not {value:x}h.");
    }

    /// <summary>Reads a register of the local APIC into EAX.</summary>
    public GuestProgram Read(Apic register) => Then(GuestCode.Read(Known(register), Place));

    /// <summary>Reads so many bytes from a place of the page on. Unless they are the four of a register no manual describes it, and readings differ.</summary>
    /// <param name="register">Which; a number is an offset in the page, 000h to FFFh.</param>
    /// <param name="bytes">1, 2, 4 or 8.</param>
    public GuestProgram Read(Apic register, int bytes) => Then(Sized(GuestOperation.Read, register, bytes));

    private GuestInstruction Sized(GuestOperation operation, Apic register, int bytes) =>
        IsX2 ? throw new ModelException("In x2APIC mode registers are MSRs, which are read and written as a whole: leave out the number of bytes.")
        : !GuestInstruction.HasSize(bytes) ? throw new ModelException($"An access has 1, 2, 4 or 8 bytes, not {bytes}.")
        : new GuestInstruction(operation, (int)register, 0, bytes) { AtBase = Place == ApicPlace.MovedPage } is { IsInPage: true } access ? access
        : throw new ModelException($"An access begins and ends in the APIC's page, from 000h to fffh, and not at {(int)register:x}h with {bytes} bytes.");

    /// <summary>Reads the place of a register in the APIC's page at its default address into EAX, also where no APIC is there.</summary>
    public GuestProgram ReadInMemory(Apic register) => Then(new(GuestOperation.Read, Known(register)));

    /// <summary>Reads an MSR into EDX:EAX.</summary>
    /// <param name="msr">1Bh, 6E0h, 800h to 8FFh, or 40000092h.</param>
    public GuestProgram Rdmsr(int msr) => Then(new(GuestOperation.Rdmsr, KnownMsr(msr)));

    /// <summary>Writes an MSR. What the processor or KVM refuses is #GP: the guest counts it and goes on.</summary>
    /// <param name="msr">1Bh, 6E0h, 800h to 8FFh, or 40000092h.</param>
    /// <param name="value">64 bits.</param>
    public GuestProgram Wrmsr(int msr, ulong value) => Then(new(GuestOperation.Wrmsr, KnownMsr(msr), value));

    /// <summary>
    /// Says what vector HV_X64_MSR_SINT2 of Hyper-V's SynIC has, and whether KVM ends it itself: with AutoEOI the guest's handler writes no EOI,
    /// and AVIC is kept off. Say such a handler with <see cref="On"/>, as the one that there is without writes EOI; and let the vector come after this only, for
    /// one that comes before is an ordinary one.
    /// </summary>
    /// <param name="vector">16 to 255.</param>
    /// <param name="autoEoi">Whether delivery is the EOI, too.</param>
    public GuestProgram SetSint(int vector, bool autoEoi) => vector is >= 16 and <= 255 ? Wrmsr(Synic.Sint2Number, (uint)vector | (autoEoi ? Synic.WithAutoEoi : 0))
        : throw new ModelException($"A SINT has a vector from 16 to 255, not {vector}.");

    /// <summary>Masks HV_X64_MSR_SINT2, so that it uses no AutoEOI.</summary>
    public GuestProgram MaskSint() => Wrmsr(Synic.Sint2Number, Synic.Masked);

    /// <summary>Asks for a mode of the local APIC, in IA32_APIC_BASE. From x2APIC one gets to xAPIC by way of disabled only, and into x2APIC from xAPIC only.</summary>
    public GuestProgram SetApicMode(ApicMode mode) => Enum.IsDefined(mode) ? Wrmsr(Msrs.ApicBaseNumber, Msrs.Base(mode, _at.Vcpu))
        : throw new ModelException($"A local APIC has no mode {(int)mode:x}h. There are: {string.Join(", ", Enum.GetNames<ApicMode>())}.");

    /// <summary>
    /// Moves the page of the local APIC, in IA32_APIC_BASE, in xAPIC mode. What comes behind in the program accesses it there; KVM has no memory there,
    /// so each access is emulated. Since 5.19 AVIC is off from then on; up to 5.14 the core is told the address, and in between it goes on at the old one.
    /// </summary>
    /// <param name="page">The guest physical address of a page below 2^48.</param>
    public GuestProgram MoveApic(long page) => page is >= 0 and < 1L << 48 && (page & 0xfff) == 0 ? Wrmsr(Msrs.ApicBaseNumber, Msrs.Base(ApicMode.XApic, _at.Vcpu) & 0xfff | (ulong)page)
        : throw new ModelException($"The APIC's page is at an address below 2^48 whose last three digits are zero, not at {page:x}h.");

    /// <summary>Writes CR8, the upper half of TPR.</summary>
    /// <param name="value">0 to 15.</param>
    public GuestProgram WriteCr8(int value) => value is >= 0 and <= 15 ? Then(new(GuestOperation.WriteCr8, 0, (uint)value)) : throw new ModelException($"CR8 takes 0 to 15, not {value}.");

    /// <summary>Reads CR8 into EAX.</summary>
    public GuestProgram ReadCr8() => Then(new(GuestOperation.ReadCr8));

    /// <summary>Sends an interrupt: the destination into ICR high, the command into ICR low; in x2APIC mode both at once.</summary>
    /// <param name="to">The physical APIC id, 0 to 254, and 255 is everybody; in x2APIC mode FFFFFFFFh is.</param>
    /// <param name="vector">0 to 255; below 16 is an error that AVIC and KVM see.</param>
    public GuestProgram SendIpi(int to, int vector) => Send(to, Vector(vector) | AssertLevel);

    /// <inheritdoc cref="SendIpi(int, int)"/>
    public GuestProgram SendIpi(uint to, int vector) => Send(to, Vector(vector) | AssertLevel);

    /// <summary>
    /// Sends an interrupt to logical destinations: a bit each in flat format, cluster and four bits in cluster format; in x2APIC mode
    /// the cluster of sixteen in 31:16 and a bit each below.
    /// </summary>
    /// <param name="to">Logical destination, 0 to 255, or 32 bits.</param>
    /// <param name="vector">0 to 255.</param>
    public GuestProgram SendLogicalIpi(long to, int vector) => Send(to, Vector(vector) | AssertLevel | 1u << 11);

    /// <summary>Sends an interrupt to oneself by the register of x2APIC mode for that.</summary>
    /// <param name="vector">0 to 255.</param>
    public GuestProgram SelfIpi(int vector) => IsX2 ? Write(Apic.SelfIpi, Vector(vector))
        : throw new ModelException("The self-IPI register is x2APIC mode's: say Scenario.On(…).X2Apic(), or SendIpi(Shorthand.Self, vector) here.");

    /// <summary>Sends an interrupt by shorthand, which needs no destination.</summary>
    /// <param name="to">Self, all, or all but self.</param>
    /// <param name="vector">0 to 255.</param>
    public GuestProgram SendIpi(Shorthand to, int vector) => to is > Shorthand.None and <= Shorthand.AllButSelf
        ? Write(Apic.IcrLow, Vector(vector) | AssertLevel | (uint)to << 18) : throw new ModelException($"{to} is no shorthand; name a destination with SendIpi(to: 1, vector).");

    /// <summary>Sends a non-maskable interrupt.</summary>
    /// <param name="to">The physical APIC id, 0 to 254, and 255 is everybody; in x2APIC mode FFFFFFFFh is.</param>
    public GuestProgram SendNmi(long to) => Send(to, InterruptCommand.Nmi | AssertLevel);

    /// <summary>Sends INIT: the vCPU and its APIC are reset, but for mode, base and id, and wait for SIPI; the one that booted the others idles instead.</summary>
    /// <param name="to">The physical APIC id, 0 to 254, and 255 is everybody; in x2APIC mode FFFFFFFFh is.</param>
    public GuestProgram SendInit(long to) => Send(to, InterruptCommand.Init | AssertLevel);

    /// <summary>Sends SIPI, which starts a vCPU that waits for it (<see cref="OnSipi"/>) and is ignored by others.</summary>
    /// <param name="to">The physical APIC id, 0 to 254, and 255 is everybody; in x2APIC mode FFFFFFFFh is.</param>
    /// <param name="vector">0 to 255: the page to begin in.</param>
    public GuestProgram SendSipi(long to, int vector) => Send(to, InterruptCommand.Startup | AssertLevel | Vector(vector));

    /// <summary>Says what runs from SIPI on, interrupts off, whatever the vector; afterwards the guest idles.</summary>
    /// <param name="program">The program.</param>
    public GuestProgram OnSipi(Func<GuestProgram, GuestProgram> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        var startup = Within(program, nameof(program), "s => s.Sti()");
        if (startup._handlers.Count > 0 || startup._startup.Count > 0) throw new ModelException("What SIPI starts has no handlers of its own: say On(…) beside it.");
        return Then(_program, _handlers, startup._program);
    }

    /// <summary>Ends the interrupt in service.</summary>
    public GuestProgram Eoi() => Write(Apic.Eoi, 0);

    /// <summary>Holds interrupts off.</summary>
    public GuestProgram Cli() => Then(new(GuestOperation.Cli));

    /// <summary>Lets interrupts in, after the next instruction.</summary>
    public GuestProgram Sti() => Then(new(GuestOperation.Sti));

    /// <summary>Halts until an interrupt.</summary>
    public GuestProgram Hlt() => Then(new(GuestOperation.Hlt));

    /// <summary>
    /// Runs a guest of this one, L2, by VMRUN, and takes interrupts again with STGI when L2 has exited. L2 reads and writes the APIC's page,
    /// which is this guest's, and ends with <see cref="Vmmcall"/>, <see cref="Hlt"/> or an interrupt of this guest's, which IF lets in here and not L2's; without any it idles.
    /// </summary>
    /// <param name="l2">L2's program.</param>
    /// <param name="sharesInterrupts">True for a thin hypervisor that intercepts no interrupts: they are L2's, with the handlers of this program.</param>
    /// <param name="virtualInterrupt">What L1 gives L2 to take; for a hypervisor that intercepts interrupts.</param>
    /// <param name="interruptsOff">True if L2 begins with interrupts off.</param>
    public GuestProgram Vmrun(Func<GuestProgram, GuestProgram> l2, bool sharesInterrupts = false, VirtualInterrupt? virtualInterrupt = null, bool interruptsOff = false)
    {
        ArgumentNullException.ThrowIfNull(l2);
        var body = Within(l2, nameof(l2), "l2 => l2.Write(Apic.Tpr, 0x20).Vmmcall()");
        if (body._handlers.Count > 0 || body._startup.Count > 0) throw new ModelException("L2 has no handlers of its own: say On(…) beside it.");
        return Then(new(GuestOperation.Vmrun) { L2 = body._program, SharesInterrupts = sharesInterrupts, VirtualInterrupt = virtualInterrupt?.Checked(), InterruptsOff = interruptsOff }).Then(new(GuestOperation.Stgi));
    }

    /// <summary>Ends L2.</summary>
    public GuestProgram Vmmcall() => Then(new(GuestOperation.Vmmcall));

    /// <summary>Touches a device by a port, so that it lowers its line to the I/O APIC: the VMM does that, outside the guest.</summary>
    /// <param name="pin">0 to 23.</param>
    public GuestProgram Lower(int pin) => Then(new(GuestOperation.LowerLine, 0, IoApicProgram.Known(pin)));

    /// <summary>Repeats a part of the program.</summary>
    /// <param name="times">1 to 100.</param>
    /// <param name="body">The part.</param>
    public GuestProgram Repeat(int times, Func<GuestProgram, GuestProgram> body) => Given.Repeated(this, times, 100, body, "g => g.Read(Apic.Tpr)");

    /// <summary>Says what runs when a vector is taken. Without a handler that is EOI alone; a handler that never writes EOI leaves the vector in service.</summary>
    /// <param name="vector">16 to 255.</param>
    /// <param name="handler">The handler; it returns at its end.</param>
    public GuestProgram On(int vector, Func<GuestProgram, GuestProgram> handler) => vector is >= 16 and <= 255 ? Handling(vector, handler)
        : throw new ModelException($"An interrupt has a vector from 16 to 255, not {vector}.");

    /// <summary>Says what runs when an NMI is taken, interrupts off and other NMIs held off until it returns, which it does at its end. Without a handler that is all it does.</summary>
    /// <param name="handler">The handler. An NMI has no EOI.</param>
    public GuestProgram OnNmi(Func<GuestProgram, GuestProgram> handler) => Handling(Nmi.Vector, handler);

    private GuestProgram Handling(int vector, Func<GuestProgram, GuestProgram> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        var body = Within(handler, nameof(handler), "h => h.Eoi()");
        if (body._handlers.Count > 0 || body._startup.Count > 0) throw new ModelException("A handler has no handlers of its own: say On(…) beside it.");
        return Then(_program, new Dictionary<int, IReadOnlyList<GuestInstruction>>(_handlers) { [vector] = body._program }, _startup);
    }

    // A part that lies elsewhere in the code, and finds the APIC where the program has it by now.
    private GuestProgram Within(Func<GuestProgram, GuestProgram> part, string argument, string example) =>
        Given.Made(new([], new Dictionary<int, IReadOnlyList<GuestInstruction>>(), _at with { Apic = Place }), part, argument, example);

    private const uint AssertLevel = 1 << 14;

    private GuestProgram Send(long to, uint command) =>
        to < 0 || to > InterruptCommand.Everybody(IsX2) ? throw new ModelException($"An {(IsX2 ? "x2APIC" : "xAPIC")} destination is 0 to {(IsX2 ? "ffffffffh" : "255")}, not {to}.")
        : IsX2 ? Wrmsr(Msrs.FirstOfX2Apic + ((int)Apic.IcrLow >> 4), (ulong)to << 32 | command)
        : Write(Apic.IcrHigh, to << 24).Write(Apic.IcrLow, command);

    private static uint Vector(int vector) => vector is >= 0 and <= 255 ? (uint)vector : throw new ModelException($"A vector is 0 to 255, not {vector}.");

    private GuestProgram Then(GuestInstruction next) => Then([.. _program, next], _handlers, _startup);

    private GuestProgram Then(IReadOnlyList<GuestInstruction> program, IReadOnlyDictionary<int, IReadOnlyList<GuestInstruction>> handlers, IReadOnlyList<GuestInstruction> startup)
    {
        _continued = true;
        return new(program, handlers, _at, startup);
    }

    bool IContinued.IsContinued => _continued;

    private static int KnownMsr(int msr) => GuestCode.HasMsr(msr) ? msr : throw new ModelException($"There is no MSR {msr:x}h: {GuestCode.MsrsThereAre}.");

    private static int Known(Apic register) => (int)register is >= 0 and <= 0xff0 && ((int)register & 0xf) == 0 ? (int)register
        : throw new ModelException($"The APIC's page has registers each 10h bytes from 000h to ff0h, none at {(int)register:x}h.");
}
