using System.Globalization;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>A register of 256 bits, one for each vector.</summary>
internal sealed record VectorRegister(string Name, bool[] IsSet)
{
    public const int Vectors = 256, Words = 8;

    /// <summary>Registers that one picture can tell apart.</summary>
    public const int Most = 3;

    public IEnumerable<int> Set => Enumerable.Range(0, Vectors).Where(vector => IsSet[vector]);

    public static VectorRegister Of(string name, IEnumerable<int> vectors)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(vectors);
        var set = new bool[Vectors];
        foreach (var vector in vectors)
        {
            if (vector is < 0 or >= Vectors) throw new ModelException($"{name}: {vector} is no vector; they go from 0 to 255. The eight words of a register are an array of uint: new uint[8].");
            set[vector] = true;
        }
        return new(name, set);
    }

    public static VectorRegister Of(string name, ReadOnlySpan<uint> words)
    {
        if (words.Length != Words) throw new ModelException($"{name} has eight words of 32 vectors, not {words.Length}.");
        var set = new bool[Vectors];
        for (var vector = 0; vector < Vectors; vector++) set[vector] = (words[vector / 32] >> vector % 32 & 1) == 1;
        return new(name, set);
    }

    /// <summary>A register out of a state: the elements of an array of 256 bits, such as <c>vcpu1.irr</c>.</summary>
    public static VectorRegister Of(Trace trace, string name, int rows)
    {
        var layout = trace.Model.Layout;
        var elements = layout.Fields.Where(field => field.Name.StartsWith(name + "[", StringComparison.Ordinal)).ToList();
        if (elements.Count == 0) _ = layout[layout.Fields.Any(field => field.Name == name) ? name : $"{name}[0]"];
        if (elements.Sum(element => element.Size) * 8 != Vectors) throw new ModelException($"'{name}' is no array of 256 bits, a bit for each vector.");
        var bits = elements[0].Size * 8;
        return Of(name, Enumerable.Range(0, Vectors).Where(vector => (trace.Value(elements[vector / bits].Name, rows) >> vector % bits & 1) == 1));
    }

    public static string Hex(int vector) => "0x" + vector.ToString("x2", CultureInfo.InvariantCulture);

    /// <summary>Fill and pattern of the first, second and third register.</summary>
    public static void Fill(Svg svg, string path, int register)
    {
        if (path == "") return;
        svg.Path(path, "none", fill: register switch { 0 => Palette.Blue, 1 => Palette.Orange, _ => Palette.Purple });
        if (register == 1) svg.Path(path, "none", fill: Palette.Hatch);
        if (register == 2) svg.Path(path, Palette.Black, 0.8, Palette.Dots);
    }

    public static string Box(double x, double y, double width, double height) => $"M{Svg.N(x)} {Svg.N(y)}h{Svg.N(width)}v{Svg.N(height)}h{Svg.N(-width)}Z";
}
