using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>Which of the 256 vectors are set in a register of the APIC, or in several side by side: a line is a priority class.</summary>
/// <example><code>
/// VectorMap.Of("IRR", 0x31, 0xec).Add("ISR", 0x61).Add("TMR")
/// VectorMap.OverTime(steps.Select(step => VectorMap.Of("IRR", step.Irr).Add("ISR", step.Isr)))
/// </code></example>
public sealed class VectorMap : Picture
{
    private const double Margin = 8, Labels = 28, Gap = 12;
    private const int Side = 16;

    private readonly string _title;

    private VectorMap(VectorRegister[] registers, string title)
    {
        if (registers.Length > VectorRegister.Most) throw new ModelException($"A map tells {VectorRegister.Most} registers apart; {registers[^1].Name} would be one more. Make another map of it.");
        (Registers, _title) = (registers, title);
    }

    internal VectorRegister[] Registers { get; }

    /// <summary>A register by the vectors that are set in it.</summary>
    /// <param name="register">Its name: IRR, ISR, TMR.</param>
    /// <param name="vectors">From 0 to 255.</param>
    /// <exception cref="ModelException">One is no vector.</exception>
    [OverloadResolutionPriority(1)]
    public static VectorMap Of(string register, params IEnumerable<int> vectors) => new([VectorRegister.Of(register ?? throw new ArgumentNullException(nameof(register)), vectors)], "");

    /// <summary>A register as the APIC's page has it: eight words of 32 bits.</summary>
    /// <param name="register">Its name: IRR, ISR, TMR.</param>
    /// <param name="words">The word of vectors 0 to 31 first.</param>
    /// <exception cref="ModelException">There are more or fewer than eight.</exception>
    public static VectorMap Of(string register, ReadOnlySpan<uint> words) => new([VectorRegister.Of(register ?? throw new ArgumentNullException(nameof(register)), words)], "");

    /// <summary>Another register beside it; three at most.</summary>
    /// <inheritdoc cref="Of(string, IEnumerable{int})"/>
    [OverloadResolutionPriority(1)]
    public VectorMap Add(string register, params IEnumerable<int> vectors) => new([.. Registers, VectorRegister.Of(register ?? throw new ArgumentNullException(nameof(register)), vectors)], _title);

    /// <summary>Another register beside it; three at most.</summary>
    /// <inheritdoc cref="Of(string, ReadOnlySpan{uint})"/>
    public VectorMap Add(string register, ReadOnlySpan<uint> words) => new([.. Registers, VectorRegister.Of(register ?? throw new ArgumentNullException(nameof(register)), words)], _title);

    /// <summary>Says what it shows.</summary>
    public VectorMap Title(string text) => new(Registers, text ?? throw new ArgumentNullException(nameof(text)));

    /// <summary>How vectors come and go: a line for each that is ever set, time from left to right.</summary>
    /// <param name="steps">The same registers at every step.</param>
    /// <exception cref="ModelException">There are no steps, or one has other registers than the first.</exception>
    public static VectorTimeline OverTime(IEnumerable<VectorMap> steps) =>
        new([.. (steps ?? throw new ArgumentNullException(nameof(steps))).Select(step => step?.Registers ?? throw new ArgumentNullException(nameof(steps)))], "");

    internal static VectorTimeline OverTime(Trace trace, string[] registers)
    {
        ArgumentNullException.ThrowIfNull(registers);
        if (registers.Length == 0) throw new ModelException("Vectors of which registers? Name an array of 256 bits: trace.Vectors(\"vcpu1.irr\").");
        return new([.. Enumerable.Range(0, trace.Steps.Count + 1).Select(rows => registers.Select(register => VectorRegister.Of(trace, register, rows)).ToArray())], trace.Title);
    }

    private string Words(VectorRegister register) => register.Set.ToArray() is { Length: > 0 } set
        ? $"{string.Join(", ", set.Select(VectorRegister.Hex))}{(set.Length > 1 ? $" · highest {VectorRegister.Hex(set[^1])}" : "")}" : "none";

    private protected override string Alt =>
        $"{(_title == "" ? "" : _title + ": ")}vectors set in {string.Join("; ", Registers.Select(register => $"{register.Name}: {Words(register)}"))}.";

    private protected override Svg Draw()
    {
        double cell = Registers.Length switch { 1 => 20, 2 => 12, _ => 8 }, map = cell * Side;
        var svg = new Svg(2 * Margin + Labels + Registers.Length * (map + Gap) - Gap);
        var y = Margin;
        foreach (var line in Lettering.Title.Wrap(_title, svg.Width - 2 * Margin, 3)) svg.Text(Margin, y += 14, line, Lettering.Title);
        var top = y + (_title == "" ? 0 : 6) + 30;
        for (var i = 0; i < Registers.Length; i++) Map(svg, i, Margin + Labels + i * (map + Gap), top, cell);
        for (var line = 0; line < Side; line += cell < 12 ? 2 : 1)
            svg.Text(Margin, top + (line + 0.5) * cell + 3.5, $"{VectorRegister.Hex(line << 4)[..3]}_", Lettering.CodeSmall);
        svg.Height = Listed(svg, top + map + 6) + Margin;
        return svg;
    }

    private void Map(Svg svg, int register, double left, double top, double cell)
    {
        double end = left + Side * cell, foot = top + Side * cell;
        svg.Text(left, top - 18, Lettering.CodeBold.Fit(Registers[register].Name, Side * cell), Lettering.CodeBold);
        for (var column = 0; column < Side; column += cell < 12 ? 4 : 1)
            svg.Text(left + (column + 0.5) * cell, top - 4, column.ToString("x", CultureInfo.InvariantCulture), Lettering.CodeSmall, Anchor.Middle);
        var grid = new StringBuilder();
        for (var i = 0; i <= Side; i++) grid.Append($"M{Svg.N(left)} {Svg.N(top + i * cell)}H{Svg.N(end)}M{Svg.N(left + i * cell)} {Svg.N(top)}V{Svg.N(foot)}");
        svg.Path(grid.ToString(), Palette.Pale);
        VectorRegister.Fill(svg, string.Concat(Registers[register].Set.Select(vector => VectorRegister.Box(left + vector % Side * cell + 0.5, top + vector / Side * cell + 0.5, cell - 1, cell - 1))), register);
        svg.Rectangle(left, top, Side * cell, Side * cell, "none", Palette.Grey);
    }

    private double Listed(Svg svg, double y)
    {
        for (var i = 0; i < Registers.Length; i++)
        {
            VectorRegister.Fill(svg, VectorRegister.Box(Margin, y + 5, 12, 10), i);
            var name = Lettering.CodeStrong.Fit(Registers[i].Name, 90);
            svg.Text(Margin + 18, y + 14, name, Lettering.CodeStrong);
            var left = Margin + 18 + Lettering.CodeStrong.Width(name) + 8;
            foreach (var line in Lettering.CodeSmall.Wrap(Words(Registers[i]), svg.Width - Margin - left, 4)) svg.Text(left, (y += 14), line, Lettering.CodeSmall);
            y += 3;
        }
        return y;
    }

    /// <inheritdoc/>
    public override string ToText()
    {
        var text = new StringBuilder(_title == "" ? "" : _title + "\n");
        var names = Registers.Select(register => register.Name.Length <= Side ? register.Name : register.Name[..(Side - 1)] + "…").ToArray();
        text.Append("     ").Append(string.Join("  ", names.Select(name => name.PadRight(Side))).TrimEnd()).Append('\n');
        text.Append("     ").AppendJoin("  ", names.Select(_ => "0123456789abcdef")).Append('\n');
        for (var line = 0; line < Side; line++)
            text.Append(VectorRegister.Hex(line << 4)[..3]).Append("_ ").AppendJoin("  ", Registers.Select(register => string.Concat(Enumerable.Range(line * Side, Side).Select(vector => register.IsSet[vector] ? '#' : '.')))).Append('\n');
        for (var i = 0; i < names.Length; i++) text.Append(names[i]).Append(": ").Append(Words(Registers[i])).Append('\n');
        return text.ToString();
    }
}
