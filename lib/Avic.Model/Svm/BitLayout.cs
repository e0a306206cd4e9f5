using System.Globalization;

namespace Avic.Model;

/// <summary>How the bits of a register or table entry are divided: those of the AMD manuals, and any other.</summary>
/// <remarks>The manuals' are data: <c>data/bit-fields.csv</c>.</remarks>
/// <example><code>
/// BitLayout.Of("physical ID table entry")["IR"].Set(entry, 1)
/// </code></example>
public sealed class BitLayout
{
    private readonly Dictionary<string, Bits> _byName = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Divides a register.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="width">How many bits it has, 1 to 128.</param>
    /// <param name="fields">Its fields, in any order; bits of none are reserved.</param>
    /// <exception cref="ModelException">A field leaves the register, is wider than 64 bits or overlaps another, or two bear one name.</exception>
    public BitLayout(string name, int width, params IEnumerable<Bits> fields)
    {
        if (width is < 1 or > 128) throw new ModelException($"'{name}' cannot have {width} bits: 1 to 128.");
        (Name, Width, Fields) = (name, width, [.. fields.OrderByDescending(field => field.High)]);
        foreach (var field in Fields)
        {
            if (field.High < field.Low) throw new ModelException($"'{field.Name}' of {name} goes from bit {field.High} up to {field.Low}: the high bit comes first, {field.Low}..{field.High}.");
            if (field.Low < 0 || field.High >= width) throw new ModelException($"'{field.Name}' of {name} has bits {field.Place}; the register has bits {width - 1}:0.");
            if (field.Width > 64) throw new ModelException($"'{field.Name}' of {name} has {field.Width} bits; a field has 64 at most. Make two of it.");
            if (Fields.FirstOrDefault(other => !ReferenceEquals(other, field) && (other.Mask & field.Mask) != 0) is { } other)
                throw new ModelException($"'{field.Name}' (bits {field.Place}) and '{other.Name}' (bits {other.Place}) of {name} overlap.");
            if (!_byName.TryAdd(field.Name, field)) throw new ModelException($"{name} has two fields called '{field.Name}'.");
        }
        Reserved = Fields.Aggregate(All(width), (left, field) => left & ~field.Mask);
    }

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>How many bits it has.</summary>
    public int Width { get; }

    /// <summary>Its fields, the highest first.</summary>
    public IReadOnlyList<Bits> Fields { get; }

    /// <summary>The bits that belong to no field.</summary>
    public UInt128 Reserved { get; }

    /// <summary>Where it is and what it is for; empty for one of your own.</summary>
    public string Meaning { get; private init; } = "";

    /// <summary>Manual and section, kernel header and version; empty for one of your own.</summary>
    public string Source { get; private init; } = "";

    /// <summary>A field by name.</summary>
    /// <exception cref="ModelException">There is none; the message names the nearest.</exception>
    public Bits this[string field] => _byName.TryGetValue(field, out var found) ? found
        : throw new ModelException($"{Name} has no field '{field}'. {Nearest.To(field, Fields.Select(one => one.Name))}");

    /// <summary>A register or table entry of the AMD manuals.</summary>
    /// <param name="structure">Its name: "VMCB interrupt control", "physical ID table entry", "logical ID table entry", "IRTE", "ICR", …</param>
    /// <exception cref="ModelException">There is none; the message names the nearest.</exception>
    public static BitLayout Of(string structure) => Known.FirstOrDefault(layout => layout.Name.Equals(structure, StringComparison.OrdinalIgnoreCase))
        ?? throw new ModelException($"No register or table entry is called '{structure}'. {Nearest.To(structure, Known.Select(layout => layout.Name))}");

    /// <summary>Those of the manuals.</summary>
    public static IReadOnlyList<BitLayout> Known => field ??= Read("bit-fields.csv");

    /// <summary>The value, if the register is that wide.</summary>
    /// <exception cref="ModelException">It has bits beyond the register.</exception>
    public UInt128 Checked(UInt128 value) => (value & ~All(Width)) == 0 ? value
        : throw new ModelException(string.Create(CultureInfo.InvariantCulture, $"0x{value:x} is too large for {Name}, which has {Width} bits."));

    // A line without a field is about the whole.
    private static BitLayout[] Read(string file) =>
        [.. Csv.Rows(Data.Text(file), file).GroupBy(line => line[0]).Select(lines =>
        {
            var whole = lines.Single(line => line[1] == "");
            return new BitLayout(lines.Key, Number(whole[2]) + 1, lines.Where(line => line[1] != "").Select(line => new Bits(line[1], Number(line[2]), Number(line[3]), line[4])))
            {
                Meaning = whole[4],
                Source = whole[5],
            };
        })];

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static UInt128 All(int width) => width == 128 ? UInt128.MaxValue : (UInt128.One << width) - 1;
}
