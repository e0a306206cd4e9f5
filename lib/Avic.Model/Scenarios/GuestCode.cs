using System.Globalization;
using System.Text;

namespace Avic.Model;

/// <summary>Where a guest has the registers of its local APIC.</summary>
internal enum ApicPlace
{
    /// <summary>In the page at its default address.</summary>
    Page,

    /// <summary>In a page that the guest has moved.</summary>
    MovedPage,

    /// <summary>In MSRs.</summary>
    Msrs,
}

/// <summary>A guest's program and its interrupt handlers, laid out as code: the program, its end where the guest idles, the handlers.</summary>
public sealed class GuestCode
{
    private readonly List<GuestInstruction?> _code = [];
    private readonly Dictionary<int, byte> _handlers = [];
    private readonly Dictionary<byte, byte> _l2 = [];
    private readonly byte _otherHandler, _startup;

    /// <summary>The most instructions of a program: a guest's, an L2's, and what SIPI starts.</summary>
    private const int Most = 100;

    /// <summary>Lays out code.</summary>
    /// <param name="program">Instructions in order.</param>
    /// <param name="handlers">What runs at a vector; it returns at its end. A vector without one gets EOI, an NMI nothing.</param>
    /// <param name="isX2">True if the guest begins in x2APIC mode. That EOI is by MSR or by page as the program leaves the mode.</param>
    /// <param name="startup">What runs from SIPI on, whatever its vector; afterwards the guest idles.</param>
    /// <param name="waits">True if the vCPU begins in wait for SIPI.</param>
    /// <exception cref="ModelException">The code is too long.</exception>
    public GuestCode(IReadOnlyList<GuestInstruction> program, IReadOnlyDictionary<int, IReadOnlyList<GuestInstruction>>? handlers = null, bool isX2 = false,
        IReadOnlyList<GuestInstruction>? startup = null, bool waits = false)
    {
        (Program, Handlers, Startup, Waits) = (program, handlers ?? new Dictionary<int, IReadOnlyList<GuestInstruction>>(), startup ?? [], waits);
        if (program.Select(i => i.L2).Append(program).Append(Startup).FirstOrDefault(part => part.Count > Most) is { } large) throw new ModelException($"A guest program has up to {Most} instructions, not {large.Count}.");
        _code.AddRange(program);
        _code.Add(null);
        foreach (var (vector, body) in Handlers.OrderBy(handler => handler.Key))
        {
            _handlers[vector] = (byte)_code.Count;
            _code.AddRange(body);
            _code.Add(new(GuestOperation.Iret));
        }
        _otherHandler = (byte)_code.Count;
        _code.AddRange([Register(Apic.Eoi, 0, PlaceAfter(program, isX2 ? ApicPlace.Msrs : ApicPlace.Page)), new(GuestOperation.Iret), new(GuestOperation.Iret)]);
        foreach (var vector in VirtualInterrupts) _handlers.TryAdd(vector, (byte)(_otherHandler + 2));
        _startup = (byte)program.Count;
        if (Startup.Count > 0)
        {
            _startup = (byte)_code.Count;
            _code.AddRange(Startup);
            _code.Add(null);
        }
        for (var place = 0; place < program.Count; place++)
        {
            if (program[place].Operation != GuestOperation.Vmrun) continue;
            _l2[(byte)place] = (byte)_code.Count;
            _code.AddRange(program[place].L2);
            _code.Add(null);
        }
        if (Startup.Concat(Handlers.Values.SelectMany(body => body)).Any(IsOfL1)) throw new ModelException("VMRUN and STGI are for a guest's program: handlers, and what SIPI starts, run no L2.");
        if (Program.Concat(Startup).Concat(Handlers.Values.SelectMany(body => body)).Any(i => i.Operation == GuestOperation.Vmmcall)) throw new ModelException("VMMCALL is L2's: say Vmrun(l2 => l2.Vmmcall()).");
        if (program.SelectMany(i => i.L2).FirstOrDefault(i => !i.IsApicAccess && !IsCr8(i) && i.Operation is not (GuestOperation.Vmmcall or GuestOperation.Hlt or GuestOperation.Cli or GuestOperation.Sti)) is { } other)
            throw new ModelException($"What KVM does with {other.Told} of L2 is not modelled: it reads and writes the APIC's page and CR8, and knows Cli(), Sti(), Hlt() and Vmmcall().");
        if (program.Any(i => i.SharesInterrupts && (i.VirtualInterrupt is not null || i.L2.Any(IsCr8))))
            throw new ModelException("Without V_INTR_MASKING CR8 and V_IRQ of L2 are L1's and KVM's, too, which is not modelled: leave them out, or sharesInterrupts.");
        if (_code.Count > byte.MaxValue + 1) throw new ModelException($"A guest's code has up to 255 instructions, with its handlers and their returns; this has {_code.Count}.");
    }

    /// <summary>No program and no handlers: the guest idles.</summary>
    public static GuestCode Idle { get; } = new([]);

    /// <summary>The same in x2APIC mode.</summary>
    internal static GuestCode IdleInX2 { get; } = new([], isX2: true);

    /// <summary>A write of a register, by the way that the mode has.</summary>
    internal static GuestInstruction Register(Apic register, ulong value, ApicPlace place) =>
        place == ApicPlace.Msrs ? new(GuestOperation.Wrmsr, Msrs.FirstOfX2Apic + ((int)register >> 4), value) : new(GuestOperation.Write, (int)register, value) { AtBase = place == ApicPlace.MovedPage };

    /// <summary>A read of a register, by the way that the mode has.</summary>
    internal static GuestInstruction Read(int register, ApicPlace place) =>
        place == ApicPlace.Msrs ? new(GuestOperation.Rdmsr, Msrs.FirstOfX2Apic + (register >> 4)) : new(GuestOperation.Read, register) { AtBase = place == ApicPlace.MovedPage };

    /// <summary>Where the guest has its APIC's registers behind a part of its program, as it was written: every mode and address it asks for it gets.</summary>
    internal static ApicPlace PlaceAfter(IReadOnlyList<GuestInstruction> program, ApicPlace before) => program.LastOrDefault(i => i is { Operation: GuestOperation.Wrmsr, Offset: Msrs.ApicBaseNumber }) is not { } last ? before
        : Msrs.ModeOf(last.Value) == ApicMode.X2Apic ? ApicPlace.Msrs : Msrs.PageOf(last.Value) == Msrs.DefaultPage ? ApicPlace.Page : ApicPlace.MovedPage;

    /// <summary>The program.</summary>
    public IReadOnlyList<GuestInstruction> Program { get; }

    /// <summary>The handlers, without their returns.</summary>
    public IReadOnlyDictionary<int, IReadOnlyList<GuestInstruction>> Handlers { get; }

    /// <summary>What runs from SIPI on.</summary>
    public IReadOnlyList<GuestInstruction> Startup { get; }

    /// <summary>True if the vCPU begins in wait for SIPI.</summary>
    public bool Waits { get; }

    private static bool IsCr8(GuestInstruction i) => i.Operation is GuestOperation.WriteCr8 or GuestOperation.ReadCr8;

    private static bool IsOfL1(GuestInstruction i) => i.Operation is GuestOperation.Vmrun or GuestOperation.Stgi;

    /// <summary>Everything in it.</summary>
    public IEnumerable<GuestInstruction> All => Program.Concat(Program.SelectMany(i => i.L2)).Concat(Startup).Concat(Handlers.Values.SelectMany(body => body));

    /// <summary>True if L1 executes a VMRUN with V_IRQ when its own interrupts are off.</summary>
    internal bool GivesWhileOff => Enumerable.Range(0, Program.Count).Any(place => Program[place].VirtualInterrupt is not null
        && Program.Take(place).LastOrDefault(i => i.Operation is GuestOperation.Cli or GuestOperation.Sti) is { Operation: GuestOperation.Cli });

    /// <summary>The vectors that L1 has L2 take.</summary>
    internal IEnumerable<int> VirtualInterrupts => Program.Select(i => i.VirtualInterrupt).OfType<VirtualInterrupt>().Select(its => its.Vector);

    /// <summary>The instruction at a place; null where the guest idles.</summary>
    public GuestInstruction? At(byte rip) => _code[rip];

    /// <summary>True if the program has ended and no handler runs.</summary>
    public bool IsIdleAt(byte rip) => _code[rip] is null;

    /// <summary>Where L2 begins that VMRUN at a place runs.</summary>
    internal byte L2Of(byte vmrun) => _l2[vmrun];

    /// <summary>The place of the first VMRUN.</summary>
    internal byte FirstVmrun => _l2.Keys.Min();

    /// <summary>Where the guest idles that INIT has reset: what firmware does is not followed.</summary>
    internal byte Idles => (byte)Program.Count;

    /// <summary>Where SIPI has the guest begin.</summary>
    internal byte Begins => _startup;

    /// <summary>Where the handler of a vector begins.</summary>
    public byte HandlerOf(int vector) => _handlers.TryGetValue(vector, out var place) ? place : vector == Nmi.Vector ? (byte)(_otherHandler + 2) : _otherHandler;

    /// <summary>True if a place is in the handler that was written for NMIs, its IRET included.</summary>
    internal bool IsOfNmi(byte rip) => Handlers.TryGetValue(Nmi.Vector, out var body) && rip >= HandlerOf(Nmi.Vector) && rip <= HandlerOf(Nmi.Vector) + body.Count;

    /// <summary>The code on one line, as <see cref="Parse"/> reads it.</summary>
    public override string ToString()
    {
        var text = new StringBuilder().AppendJoin("", Program);
        if (Waits || Startup.Count > 0) text.Append(Waits ? 'U' : 'u').AppendJoin("", Startup);
        foreach (var (vector, body) in Handlers.OrderBy(handler => handler.Key)) text.Append(CultureInfo.InvariantCulture, $"v{vector:x}.").AppendJoin("", body);
        return text.ToString();
    }

    /// <summary>Reads code from one line: <c>W32</c> and <c>R0</c> for TPR, <c>w300=4041.</c>, <c>r30.</c>, <c>wd3:1=2.</c> and <c>rd2:2.</c> with a number of bytes, <c>br30.</c> where IA32_APIC_BASE says that the page is, <c>c2.</c>, <c>g z s h e</c>, <c>n(W32k)</c> for VMRUN and its L2, <c>N(W32k)</c> if L1 leaves interrupts to it, <c>nz31:f!i(k)</c> with IF clear and with V_IRQ, <c>l1.</c>, <c>m80b=0.</c> and <c>q802.</c> for WRMSR and RDMSR, what SIPI starts after <c>u</c>, or after <c>U</c> if the vCPU waits for SIPI, and a handler after <c>v41.</c></summary>
    /// <param name="text">The line.</param>
    /// <param name="bad">Makes an error of a part and a reason.</param>
    /// <param name="isX2">True if the guest begins in x2APIC mode.</param>
    /// <returns>The code, and how many IRQ windows its vCPU asks for: <c>I</c> before any instruction or at the end, wherever.</returns>
    internal static (GuestCode Code, int IrqWindows) Parse(string text, Func<string, string, ModelException> bad, bool isX2 = false)
    {
        var (program, handlers, startup, waits, irqWindows) = Read(text, bad);
        return (new(program, handlers, isX2, startup, waits), irqWindows);
    }

    private static (List<GuestInstruction> Program, Dictionary<int, IReadOnlyList<GuestInstruction>> Handlers, List<GuestInstruction>? Startup, bool Waits, int IrqWindows) Read(string text, Func<string, string, ModelException> bad)
    {
        List<GuestInstruction> program = [], into = program;
        List<GuestInstruction>? startup = null;
        var (waits, atBase, irqWindows) = (false, false, 0);
        Dictionary<int, IReadOnlyList<GuestInstruction>> handlers = [];
        var i = 0;
        while (i < text.Length)
        {
            var sign = text[i++];
            switch (sign)
            {
                case 'I':
                    irqWindows++;
                    continue;
                case 'W' or 'R':
                    var from = i;
                    while (i < text.Length && char.IsAsciiDigit(text[i])) i++;
                    if (!byte.TryParse(text.AsSpan(from, i - from), NumberStyles.None, CultureInfo.InvariantCulture, out var value)) throw bad(text, $"a number from 0 to 255 follows '{sign}'");
                    into.Add(new(sign == 'W' ? GuestOperation.Write : GuestOperation.Read, (int)Apic.Tpr, value));
                    break;
                case 'w':
                    var written = Access(GuestOperation.Write, '=');
                    into.Add(written with { Value = Hex('.', written.Most) });
                    break;
                case 'r': into.Add(Access(GuestOperation.Read, '.')); break;
                case 'm':
                    var msr = Known(Hex('=', int.MaxValue));
                    into.Add(new(GuestOperation.Wrmsr, msr, Hex('.', ulong.MaxValue)));
                    break;
                case 'q': into.Add(new(GuestOperation.Rdmsr, Known(Hex('.', int.MaxValue)))); break;
                case 'b':
                    if (i == text.Length || !"WRwr".Contains(text[i])) throw bad(text, "an access of the page follows 'b': W R w or r");
                    atBase = true;
                    continue;
                case 'c': into.Add(new(GuestOperation.WriteCr8, 0, Hex('.', 0xf))); break;
                case 'g': into.Add(new(GuestOperation.ReadCr8)); break;
                case 'z': into.Add(new(GuestOperation.Cli)); break;
                case 's': into.Add(new(GuestOperation.Sti)); break;
                case 'h': into.Add(new(GuestOperation.Hlt)); break;
                case 'l': into.Add(new(GuestOperation.LowerLine, 0, Hex('.', IoApic.Pins - 1))); break;
                case 'e': into.Add(new(GuestOperation.Stgi)); break;
                case 'k': into.Add(new(GuestOperation.Vmmcall)); break;
                case 'n' or 'N':
                    var interruptsOff = Sign('z');
                    var virtualInterrupt = i < text.Length && char.IsAsciiHexDigitLower(text[i]) ? Given() : null;
                    var end = text.IndexOf(')', i);
                    if (end < 0 || text[i] != '(') throw bad(text, $"what runs in L2 follows '{sign}' in parentheses, behind 'z' and V_IRQ if there are, as in nz31:f!i(k)");
                    var l2 = Read(text[(i + 1)..end], bad);
                    if (l2.Handlers.Count > 0 || l2.Startup is not null) throw bad(text, "L2 has no handlers of its own, and no program for SIPI: they stand behind it");
                    if (l2.IrqWindows > 0) throw bad(text, "IRQ windows are the vCPU's, not L2's: 'I' stands outside");
                    into.Add(new(GuestOperation.Vmrun) { L2 = l2.Program, SharesInterrupts = sign == 'N', VirtualInterrupt = virtualInterrupt, InterruptsOff = interruptsOff });
                    i = end + 1;
                    break;
                case 'u' or 'U':
                    if (startup is not null) throw bad(text, "a vCPU has one program for SIPI");
                    waits = sign == 'U';
                    if (waits && program.Count > 0) throw bad(text, "a vCPU that waits for SIPI runs nothing before");
                    into = startup = [];
                    break;
                case 'v':
                    var vector = (int)Hex('.', 0xff);
                    if (vector < 16 && vector != Nmi.Vector) throw bad(text, "an interrupt has a vector from 10 to ff, and an NMI 2");
                    if (!handlers.TryAdd(vector, into = [])) throw bad(text, "a vector has one handler");
                    break;
                default: throw bad(text, $"'{sign}' is none of W R I w r b m q c g z s h l u U v n N e k");
            }
            if (atBase) into[^1] = into[^1] with { AtBase = true };
            atBase = false;
            if (program.Count > Most || startup?.Count > Most) throw bad(text, $"a guest program has up to {Most} instructions");
        }
        return (program, handlers, startup, waits, irqWindows);

        // An offset, and a size that is not four bytes behind a colon.
        GuestInstruction Access(GuestOperation operation, char end)
        {
            var (stop, colon) = (text.IndexOf(end, i), text.IndexOf(':', i));
            if (colon < 0 || colon > stop) return new(operation, (int)Hex(end, 0xfff));
            GuestInstruction access = new(operation, (int)Hex(':', 0xfff), 0, (int)Hex(end, byte.MaxValue));
            return !GuestInstruction.HasSize(access.Bytes) ? throw bad(text, "an access has 1, 2, 4 or 8 bytes") : access.IsInPage ? access : throw bad(text, "an access ends in the APIC's page, at fff or before");
        }

        // A vector, a priority of one digit, and what it minds.
        VirtualInterrupt Given()
        {
            var vector = (int)Hex(':', 0xff);
            var priority = i < text.Length ? "0123456789abcdef".IndexOf(text[i++], StringComparison.Ordinal) : -1;
            return vector >= 16 && priority >= 0 ? new(vector, priority, Sign('!'), Sign('i')) : throw bad(text, "V_IRQ is a vector from 10 to ff, ':' and a priority from 0 to f");
        }

        bool Sign(char sign)
        {
            if (i >= text.Length || text[i] != sign) return false;
            i++;
            return true;
        }

        int Known(ulong msr) => HasMsr((int)msr) ? (int)msr : throw bad(text, MsrsThereAre);

        ulong Hex(char end, ulong most)
        {
            var stop = text.IndexOf(end, i);
            if (stop < 0 || !ulong.TryParse(text.AsSpan(i, stop - i), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) || number > most)
                throw bad(text, $"a hexadecimal number up to {most:x} and '{end}' follow");
            i = stop + 1;
            return number;
        }
    }

    /// <summary>True for an MSR that the model has.</summary>
    internal static bool HasMsr(int msr) => msr is Msrs.ApicBaseNumber or Msrs.TscDeadlineNumber or Synic.Sint2Number || Msrs.IsOfX2Apic(msr);

    internal const string MsrsThereAre = "the MSRs there are have the numbers 1b, 6e0, 800 to 8ff and 40000092";
}
