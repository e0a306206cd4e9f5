using System.Globalization;

namespace Avic.Model;

/// <summary>What a guest's instruction does.</summary>
public enum GuestOperation
{
    /// <summary>Writes a register of the APIC's page.</summary>
    Write,

    /// <summary>Reads a register of the APIC's page into EAX.</summary>
    Read,

    /// <summary>MOV to CR8.</summary>
    WriteCr8,

    /// <summary>MOV from CR8 into EAX.</summary>
    ReadCr8,

    /// <summary>CLI.</summary>
    Cli,

    /// <summary>STI.</summary>
    Sti,

    /// <summary>HLT.</summary>
    Hlt,

    /// <summary>OUT to a device, which lowers its line to the I/O APIC.</summary>
    LowerLine,

    /// <summary>IRET, at the end of a handler.</summary>
    Iret,

    /// <summary>RDMSR, into EDX:EAX.</summary>
    Rdmsr,

    /// <summary>WRMSR.</summary>
    Wrmsr,

    /// <summary>VMRUN: runs <see cref="GuestInstruction.L2"/>.</summary>
    Vmrun,

    /// <summary>VMMCALL, of L2.</summary>
    Vmmcall,

    /// <summary>STGI.</summary>
    Stgi,
}

/// <summary>One guest instruction.</summary>
/// <param name="Operation">What it does.</param>
/// <param name="Offset">The register's offset in the APIC's page, for reads and writes; the number of an MSR.</param>
/// <param name="Value">What it writes.</param>
/// <param name="Bytes">Of reads and writes of the page: 1, 2, 4 or 8. Registers have four.</param>
public sealed record GuestInstruction(GuestOperation Operation, int Offset = 0, ulong Value = 0, int Bytes = 4)
{
    /// <summary>Of reads and writes of the page: true where IA32_APIC_BASE says that the page is, false at its default address, wherever the APIC is.</summary>
    public bool AtBase { get; init; }

    internal static bool HasSize(int bytes) => bytes is 1 or 2 or 4 or 8;

    /// <summary>False if its last byte is on the next page.</summary>
    internal bool IsInPage => Offset >= 0 && Offset + Bytes <= 0x1000;

    /// <summary>The largest value that it can write.</summary>
    internal ulong Most => ulong.MaxValue >> 64 - 8 * Bytes;

    /// <summary>True of an access of the page that no manual describes: of other than four bytes, or not at a register's own address.</summary>
    public bool IsOdd => IsApicAccess && (Bytes != Register || (Offset & 0xf) != 0);

    /// <summary>Of VMRUN, the program that runs then.</summary>
    public IReadOnlyList<GuestInstruction> L2 { get; init; } = [];

    /// <summary>Of VMRUN: what L1 has L2 take, or null.</summary>
    public VirtualInterrupt? VirtualInterrupt { get; init; }

    /// <summary>Of VMRUN: L2 begins with IF clear.</summary>
    public bool InterruptsOff { get; init; }

    /// <summary>Of VMRUN: L1 does not intercept INTR, so that its interrupts go to L2.</summary>
    public bool SharesInterrupts { get; init; }

    /// <summary>True for RDMSR and WRMSR.</summary>
    public bool IsMsrAccess => Operation is GuestOperation.Rdmsr or GuestOperation.Wrmsr;

    /// <summary>The register of the local APIC that it writes, by page or by MSR; -1 if it writes none.</summary>
    public int Written => RegisterBy(GuestOperation.Write, GuestOperation.Wrmsr);

    /// <summary>The register of the local APIC that it reads, by page or by MSR; -1 if it reads none.</summary>
    internal int Read => RegisterBy(GuestOperation.Read, GuestOperation.Rdmsr);

    private int RegisterBy(GuestOperation page, GuestOperation msr) => Operation == page ? Offset & ~0xf : Operation == msr && Msrs.IsOfX2Apic(Offset) ? (Offset & 0xff) << 4 : -1;

    /// <summary>True for an access to the APIC's page.</summary>
    public bool IsApicAccess => Operation is GuestOperation.Write or GuestOperation.Read;

    /// <summary>True for a write of the APIC's page.</summary>
    public bool IsWrite => Operation == GuestOperation.Write;

    /// <summary>The bytes of a register.</summary>
    private const int Register = 4;

    /// <summary>What the register whose sixteen bytes it falls into holds once its bytes are written.</summary>
    internal uint Into(uint register)
    {
        var (shift, mask) = Place;
        return register & ~mask | (uint)Value << shift & mask;
    }

    /// <summary>What it reads of the register whose sixteen bytes it falls into.</summary>
    internal uint OutOf(uint register)
    {
        var (shift, mask) = Place;
        return (register & mask) >> shift;
    }

    // Bytes 4 to 15 of a register's sixteen hold nothing: an access of four bytes or more there is one of the register.
    private (int Shift, uint Mask) Place
    {
        get
        {
            if (Bytes >= Register) return (0, uint.MaxValue);
            var first = Offset & 0xf;
            return first >= Register ? (0, 0) : (8 * first, (uint)((1UL << 8 * Bytes) - 1) << 8 * first);
        }
    }

    /// <summary>What it does, in words, as traces and mails have it: <c>hlt</c>, <c>write CR8</c>, <c>write EOI through the TLB entry</c>.</summary>
    public string Told { get; } = Operation switch
    {
        GuestOperation.Write => $"write {Size(Bytes)}{RegisterAt(Offset)} {ThroughTlb}",
        GuestOperation.Read => $"read {Size(Bytes)}{RegisterAt(Offset)} {ThroughTlb}",
        GuestOperation.WriteCr8 => "write CR8",
        GuestOperation.ReadCr8 => "read CR8",
        _ => Operation.ToString().ToLowerInvariant(),
    };

    private static string Size(int bytes) => bytes switch { Register => "", 1 => "1 byte of ", _ => string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes of ") };

    internal const string ThroughTlb = "through the TLB entry";

    // As the manual abbreviates: TPR, ICR low, LVT timer. A place between registers is its offset.
    private static string RegisterAt(int offset)
    {
        var register = (Apic)offset;
        if (!Enum.IsDefined(register)) return string.Create(CultureInfo.InvariantCulture, $"APIC {offset:x3}h");
        var words = string.Concat(register.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $" {char.ToLowerInvariant(c)}" : c.ToString())).Split(' ', 2);
        if (words[0].Length <= 3 || char.IsDigit(words[0][^1])) words[0] = words[0].ToUpperInvariant();
        return string.Join(' ', words);
    }

    // W and R alone are the TPR, whose accesses most races are about; values are decimal there, hexadecimal elsewhere.
    private string Text => Operation switch
    {
        _ when AtBase => $"b{this with { AtBase = false }}",
        GuestOperation.Write when Bytes != Register => string.Create(CultureInfo.InvariantCulture, $"w{Offset:x}:{Bytes}={Value:x}."),
        GuestOperation.Read when Bytes != Register => string.Create(CultureInfo.InvariantCulture, $"r{Offset:x}:{Bytes}."),
        GuestOperation.Write when Offset == (int)Apic.Tpr && Value <= 0xff => string.Create(CultureInfo.InvariantCulture, $"W{Value}"),
        GuestOperation.Read when Offset == (int)Apic.Tpr && Value <= 0xff => string.Create(CultureInfo.InvariantCulture, $"R{Value}"),
        GuestOperation.Write => string.Create(CultureInfo.InvariantCulture, $"w{Offset:x}={Value:x}."),
        GuestOperation.Read => string.Create(CultureInfo.InvariantCulture, $"r{Offset:x}."),
        GuestOperation.WriteCr8 => string.Create(CultureInfo.InvariantCulture, $"c{Value:x}."),
        GuestOperation.ReadCr8 => "g",
        GuestOperation.Cli => "z",
        GuestOperation.Sti => "s",
        GuestOperation.Hlt => "h",
        GuestOperation.Wrmsr => string.Create(CultureInfo.InvariantCulture, $"m{Offset:x}={Value:x}."),
        GuestOperation.Rdmsr => string.Create(CultureInfo.InvariantCulture, $"q{Offset:x}."),
        GuestOperation.LowerLine => string.Create(CultureInfo.InvariantCulture, $"l{Value:x}."),
        GuestOperation.Vmrun => $"{(SharesInterrupts ? 'N' : 'n')}{(InterruptsOff ? "z" : "")}{VirtualInterrupt}({string.Concat(L2)})",
        GuestOperation.Vmmcall => "k",
        GuestOperation.Stgi => "e",
        _ => "t",
    };

    /// <inheritdoc/>
    public override string ToString() => Text;
}
