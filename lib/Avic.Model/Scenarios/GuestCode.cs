using System.Globalization;
using System.Text;

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
}

/// <summary>One guest instruction.</summary>
/// <param name="Operation">What it does.</param>
/// <param name="Offset">The register's offset in the APIC's page, for reads and writes.</param>
/// <param name="Value">What it writes.</param>
public sealed record GuestInstruction(GuestOperation Operation, int Offset = 0, uint Value = 0)
{
    /// <summary>True for an access to the APIC's page.</summary>
    public bool IsApicAccess => Operation is GuestOperation.Write or GuestOperation.Read;

    /// <summary>True for a write of the APIC's page.</summary>
    public bool IsWrite => Operation == GuestOperation.Write;

    // W and R alone are the TPR, whose accesses most races are about; values are decimal there, hexadecimal elsewhere.
    private string Text => Operation switch
    {
        GuestOperation.Write when Offset == (int)Apic.Tpr && Value <= 0xff => string.Create(CultureInfo.InvariantCulture, $"W{Value}"),
        GuestOperation.Read when Offset == (int)Apic.Tpr && Value <= 0xff => string.Create(CultureInfo.InvariantCulture, $"R{Value}"),
        GuestOperation.Write => string.Create(CultureInfo.InvariantCulture, $"w{Offset:x}={Value:x}."),
        GuestOperation.Read => string.Create(CultureInfo.InvariantCulture, $"r{Offset:x}."),
        GuestOperation.WriteCr8 => string.Create(CultureInfo.InvariantCulture, $"c{Value:x}."),
        GuestOperation.ReadCr8 => "g",
        GuestOperation.Cli => "z",
        GuestOperation.Sti => "s",
        GuestOperation.Hlt => "h",
        GuestOperation.LowerLine => string.Create(CultureInfo.InvariantCulture, $"l{Value:x}."),
        _ => "t",
    };

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>A guest's program and its interrupt handlers, laid out as code: the program, its end where the guest idles, the handlers.</summary>
public sealed class GuestCode
{
    private static readonly GuestInstruction[] Acknowledge = [new(GuestOperation.Write, (int)Apic.Eoi), new(GuestOperation.Iret)];
    private readonly List<GuestInstruction?> _code = [];
    private readonly Dictionary<int, byte> _handlers = [];
    private readonly byte _otherHandler;

    /// <summary>Lays out code.</summary>
    /// <param name="program">Instructions in order.</param>
    /// <param name="handlers">What runs at a vector; it returns at its end. A vector without one gets EOI.</param>
    /// <exception cref="ModelException">The code is too long.</exception>
    public GuestCode(IReadOnlyList<GuestInstruction> program, IReadOnlyDictionary<int, IReadOnlyList<GuestInstruction>>? handlers = null)
    {
        (Program, Handlers) = (program, handlers ?? new Dictionary<int, IReadOnlyList<GuestInstruction>>());
        _code.AddRange(program);
        _code.Add(null);
        foreach (var (vector, body) in Handlers.OrderBy(handler => handler.Key))
        {
            _handlers[vector] = (byte)_code.Count;
            _code.AddRange(body);
            _code.Add(new(GuestOperation.Iret));
        }
        _otherHandler = (byte)_code.Count;
        _code.AddRange(Acknowledge);
        if (_code.Count > 255) throw new ModelException($"A guest's code has up to 255 instructions, with its handlers and their returns; this has {_code.Count}.");
    }

    /// <summary>No program and no handlers: the guest idles.</summary>
    public static GuestCode Idle { get; } = new([]);

    /// <summary>The program.</summary>
    public IReadOnlyList<GuestInstruction> Program { get; }

    /// <summary>The handlers, without their returns.</summary>
    public IReadOnlyDictionary<int, IReadOnlyList<GuestInstruction>> Handlers { get; }

    /// <summary>Everything in it.</summary>
    public IEnumerable<GuestInstruction> All => Program.Concat(Handlers.Values.SelectMany(body => body));

    /// <summary>The instruction at a place; null where the guest idles.</summary>
    public GuestInstruction? At(byte rip) => _code[rip];

    /// <summary>True if the program has ended and no handler runs.</summary>
    public bool IsIdleAt(byte rip) => rip == Program.Count;

    /// <summary>Where the handler of a vector begins.</summary>
    public byte HandlerOf(int vector) => _handlers.TryGetValue(vector, out var place) ? place : _otherHandler;

    /// <summary>The code on one line, as <see cref="Parse"/> reads it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder().AppendJoin("", Program);
        foreach (var (vector, body) in Handlers.OrderBy(handler => handler.Key)) text.Append(CultureInfo.InvariantCulture, $"v{vector:x}.").AppendJoin("", body);
        return text.ToString();
    }

    /// <summary>Reads code from one line: <c>W32</c> and <c>R0</c> for TPR, <c>w300=4041.</c>, <c>r30.</c>, <c>c2.</c>, <c>g z s h</c>, <c>l1.</c>, and a handler after <c>v41.</c></summary>
    /// <param name="text">The line.</param>
    /// <param name="bad">Makes an error of a part and a reason.</param>
    internal static GuestCode Parse(string text, Func<string, string, ModelException> bad)
    {
        List<GuestInstruction> program = [], into = program;
        Dictionary<int, IReadOnlyList<GuestInstruction>> handlers = [];
        var i = 0;
        while (i < text.Length)
        {
            var sign = text[i++];
            switch (sign)
            {
                case 'W' or 'R':
                    var from = i;
                    while (i < text.Length && char.IsAsciiDigit(text[i])) i++;
                    if (!byte.TryParse(text.AsSpan(from, i - from), NumberStyles.None, CultureInfo.InvariantCulture, out var value)) throw bad(text, $"a number from 0 to 255 follows '{sign}'");
                    into.Add(new(sign == 'W' ? GuestOperation.Write : GuestOperation.Read, (int)Apic.Tpr, value));
                    break;
                case 'w':
                    var offset = Hex('=', 0xfff);
                    into.Add(new(GuestOperation.Write, (int)offset, Hex('.', uint.MaxValue)));
                    break;
                case 'r': into.Add(new(GuestOperation.Read, (int)Hex('.', 0xfff))); break;
                case 'c': into.Add(new(GuestOperation.WriteCr8, 0, Hex('.', 0xf))); break;
                case 'g': into.Add(new(GuestOperation.ReadCr8)); break;
                case 'z': into.Add(new(GuestOperation.Cli)); break;
                case 's': into.Add(new(GuestOperation.Sti)); break;
                case 'h': into.Add(new(GuestOperation.Hlt)); break;
                case 'l': into.Add(new(GuestOperation.LowerLine, 0, Hex('.', IoApic.Pins - 1))); break;
                case 'v':
                    var vector = (int)Hex('.', 0xff);
                    if (vector < 16) throw bad(text, "an interrupt has a vector from 10 to ff");
                    if (!handlers.TryAdd(vector, into = [])) throw bad(text, "a vector has one handler");
                    break;
                default: throw bad(text, $"'{sign}' is none of W R I w r c g z s h l v");
            }
            if (program.Count > 100) throw bad(text, "a guest program has up to 100 instructions");
        }
        return new(program, handlers);

        uint Hex(char end, uint most)
        {
            var stop = text.IndexOf(end, i);
            if (stop < 0 || !uint.TryParse(text.AsSpan(i, stop - i), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) || number > most)
                throw bad(text, $"a hexadecimal number up to {most:x} and '{end}' follow");
            i = stop + 1;
            return number;
        }
    }
}
