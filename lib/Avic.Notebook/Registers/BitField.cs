using System.Globalization;
using System.Text;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>A register or table entry bit by bit: its fields, what they hold, and what the manual says of them.</summary>
/// <example><code>
/// BitField.PhysicalIdEntry(0xc000_0012_3456_7003)
/// BitField.Of("spinlock", 32, word, ("owner", 31..16), ("next", 15..0)).Caption("A ticket lock.")
/// </code></example>
public sealed class BitField : Picture
{
    private const int Widest = 76, LongestName = 30;

    private readonly string _caption;

    private BitField(BitLayout layout, UInt128 value, string caption = "") => (Layout, Value, _caption) = (layout, layout.Checked(value), caption);

    internal BitLayout Layout { get; }

    internal UInt128 Value { get; }

    /// <summary>Any value, divided as asked.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="width">How many bits it has, 1 to 128.</param>
    /// <param name="value">The value.</param>
    /// <param name="fields">Its fields: <c>("V", 63)</c>, <c>("backing page", 51..12)</c>, each with a meaning if you like.</param>
    /// <exception cref="ModelException">The value or a field is too large for it, or fields overlap.</exception>
    public static BitField Of(string name, int width, UInt128 value, params Bits[] fields) => new(new(name, width, fields), value);

    /// <summary>A value divided as a layout says.</summary>
    /// <exception cref="ModelException">The value is too large for it.</exception>
    public static BitField Of(BitLayout layout, UInt128 value) => new(layout ?? throw new ArgumentNullException(nameof(layout)), value);

    /// <summary>A register or table entry of the AMD manuals, by name.</summary>
    /// <param name="structure">Such as "x2APIC ICR"; <see cref="BitLayout.Known"/> lists them.</param>
    /// <param name="value">The value.</param>
    /// <exception cref="ModelException">There is none of that name, or the value is too large for it.</exception>
    public static BitField Of(string structure, UInt128 value) => new(BitLayout.Of(structure), value);

    /// <summary>VMCB offset 060h: V_TPR, V_IRQ, the AVIC enable bits and their neighbours.</summary>
    public static BitField VmcbInterruptControl(ulong value) => Of("VMCB interrupt control", value);

    /// <summary>An entry of AVIC's physical ID table.</summary>
    public static BitField PhysicalIdEntry(ulong value) => Of("physical ID table entry", value);

    /// <summary>An entry of AVIC's logical ID table.</summary>
    public static BitField LogicalIdEntry(uint value) => Of("logical ID table entry", value);

    /// <summary>An entry of the IOMMU's interrupt remapping table: bit 7 says in which of its two forms.</summary>
    /// <param name="low">The low 64 bits.</param>
    /// <param name="high">The high 64 bits.</param>
    public static BitField Irte(ulong low, ulong high) => Of(BitLayout.Of("IRTE")["GUEST_MODE"].Get(low) == 1 ? "IRTE" : "IRTE, remapped", new UInt128(high, low));

    /// <summary>An entry of the I/O APIC's redirection table.</summary>
    public static BitField RedirectionEntry(ulong value) => Of("I/O APIC redirection entry", value);

    /// <summary>The interrupt command register of an APIC in xAPIC mode.</summary>
    /// <param name="low">Offset 300h.</param>
    /// <param name="high">Offset 310h.</param>
    public static BitField Icr(uint low, uint high) => Of("ICR", (ulong)high << 32 | low);

    /// <summary>The same with a sentence below it.</summary>
    public BitField Caption(string text) => new(Layout, Value, text ?? throw new ArgumentNullException(nameof(text)));

    /// <summary>A number as a field shows it: hexadecimal where it may need more than a digit.</summary>
    internal static string Show(Bits field, ulong number) => field.Width <= 3 ? number.ToString(CultureInfo.InvariantCulture) : Hex(number);

    internal static string Hex(UInt128 number) => "0x" + number.ToString("x", CultureInfo.InvariantCulture);

    /// <summary>All digits, also those that are 0.</summary>
    internal string Digits => "0x" + Value.ToString("x", CultureInfo.InvariantCulture).PadLeft((Layout.Width + 3) / 4, '0');

    /// <summary>Bits that belong to no field and yet are set.</summary>
    internal UInt128 Strays => Value & Layout.Reserved;

    private protected override Svg Draw() => BitFieldPainter.Paint(this, _caption);

    private protected override string Alt
    {
        get
        {
            var fields = string.Join(", ", Layout.Fields.Select(one => $"{one.Name} {Show(one, one.Get(Value))}"));
            var strays = Strays == 0 ? "" : $" Reserved bits are set: {Hex(Strays)}.";
            return string.Create(CultureInfo.InvariantCulture, $"{Layout.Name}, {Layout.Width} bits, {Digits}{(fields == "" ? "" : $": {fields}")}.{strays}{(_caption == "" ? "" : $" {_caption}")}");
        }
    }

    /// <inheritdoc/>
    public override string ToText()
    {
        var text = new StringBuilder($"{Layout.Name} = {Digits}\n");
        Line(text, "", Layout.Meaning);
        var lines = Layout.Fields.Select(field => (field.Place, Name: Short(field.Name), Value: Show(field, field.Get(Value)), field.Meaning)).ToList();
        var (name, value) = (lines.Select(line => line.Name.Length).DefaultIfEmpty(0).Max(), lines.Select(line => line.Value.Length).DefaultIfEmpty(0).Max());
        foreach (var line in lines) Line(text, $"{line.Place,-7}  {line.Name.PadRight(name)}  {line.Value.PadRight(value)}  ", line.Meaning);
        if (Strays != 0) text.Append("reserved bits are set: ").Append(Hex(Strays)).Append('\n');
        Line(text, "", _caption);
        Line(text, "", Layout.Source);
        return text.ToString();
    }

    private static string Short(string name) => name.Length <= LongestName ? name : name[..(LongestName - 1)] + "…";

    // What does not fit goes on below its own beginning.
    private static void Line(StringBuilder text, string before, string words)
    {
        var line = before;
        foreach (var word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > before.Length && line.Length + word.Length > Widest)
            {
                text.Append(line.TrimEnd()).Append('\n');
                line = new string(' ', before.Length);
            }
            line += word + " ";
        }
        if (line.Trim() != "") text.Append(line.TrimEnd()).Append('\n');
    }
}
