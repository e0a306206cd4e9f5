using System.Globalization;
using System.Text;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>When which vector is set: a line for each vector that ever is, a strip in it for each register, steps from left to right.</summary>
public sealed class VectorTimeline : Picture
{
    private const double Margin = 8, Labels = 30, Plot = 380, Strip = 7;
    private const int Widest = 60;

    private readonly VectorRegister[][] _steps;
    private readonly int[] _vectors;
    private readonly string _title;

    internal VectorTimeline(VectorRegister[][] steps, string title)
    {
        if (steps.Length == 0) throw new ModelException("There are no steps: VectorMap.OverTime(steps) needs a map at least.");
        for (var i = 1; i < steps.Length; i++)
            if (!steps[i].Select(register => register.Name).SequenceEqual(steps[0].Select(register => register.Name)))
                throw new ModelException($"Step {i} has {Names(steps[i])}, the first step {Names(steps[0])}: every step needs the same registers in the same order.");
        (_steps, _title) = (steps, title);
        _vectors = [.. Enumerable.Range(0, VectorRegister.Vectors).Where(vector => steps.Any(step => step.Any(register => register.IsSet[vector])))];

        static string Names(VectorRegister[] registers) => string.Join(", ", registers.Select(register => register.Name));
    }

    private VectorRegister[] Registers => _steps[0];

    /// <summary>Says what it shows.</summary>
    public VectorTimeline Title(string text) => new(_steps, text);

    private protected override string Alt
    {
        get
        {
            var ever = _vectors.Select(vector => $"{VectorRegister.Hex(vector)} in {string.Join(", ", Registers.Where((_, i) => _steps.Any(step => step[i].IsSet[vector])).Select(register => register.Name))}");
            return string.Create(CultureInfo.InvariantCulture, $"{(_title == "" ? "" : _title + ": ")}vectors over {_steps.Length} steps; {(_vectors.Length == 0 ? "none is ever set" : string.Join(", ", ever))}.");
        }
    }

    private protected override Svg Draw()
    {
        var svg = new Svg(2 * Margin + Labels + Plot);
        var y = Margin;
        foreach (var line in Lettering.Title.Wrap(_title, svg.Width - 2 * Margin, 3)) svg.Text(Margin, y += 14, line, Lettering.Title);
        y = Legend(svg, y + 4);
        double high = Registers.Length * Strip + 6, left = Margin + Labels, foot = y + Math.Max(_vectors.Length, 1) * high;
        for (var i = 0; i < _vectors.Length; i++)
        {
            if (i % 2 == 1) svg.Rectangle(Margin - 4, y + i * high, Labels + Plot + 4, high, Palette.Faint);
            svg.Text(Margin, y + (i + 0.5) * high + 3.5, VectorRegister.Hex(_vectors[i]), Lettering.CodeSmall);
        }
        if (_vectors.Length == 0) svg.Text(left + 8, y + high / 2 + 4, "no vector is ever set", Lettering.Note);
        Axis(svg, left, y, foot);
        for (var register = 0; register < Registers.Length; register++)
        {
            var path = new StringBuilder();
            for (var i = 0; i < _vectors.Length; i++)
                foreach (var (from, to) in Runs(register, _vectors[i]))
                    path.Append(VectorRegister.Box(left + Plot * from / _steps.Length, y + i * high + 3 + register * Strip, Math.Max(Plot * (to - from) / _steps.Length, 1), Strip - 1));
            VectorRegister.Fill(svg, path.ToString(), register);
        }
        svg.Rectangle(left, y, Plot, foot - y, "none", Palette.Grey);
        svg.Height = foot + 34;
        return svg;
    }

    private double Legend(Svg svg, double y)
    {
        var x = Margin;
        for (var i = 0; i < Registers.Length; i++)
        {
            var name = Lettering.CodeStrong.Fit(Registers[i].Name, svg.Width / Registers.Length - 40);
            VectorRegister.Fill(svg, VectorRegister.Box(x, y + 2, 16, Strip + 3), i);
            svg.Text(x + 21, y + 11, name, Lettering.CodeStrong);
            x += 21 + Lettering.CodeStrong.Width(name) + 14;
        }
        return y + 20;
    }

    private void Axis(Svg svg, double left, double top, double foot)
    {
        foreach (var tick in RoundTicks.Even(0, _steps.Length, 6, "", whole: true))
        {
            var x = left + Plot * tick.At / _steps.Length;
            svg.Line(x, top, x, foot + 3, Palette.Pale);
            svg.Text(Math.Min(x, left + Plot - Lettering.CodeSmall.Width(tick.Text) / 2), foot + 14, tick.Text, Lettering.CodeSmall, Anchor.Middle);
        }
        svg.Text(left + Plot / 2, foot + 28, "steps", Lettering.Small, Anchor.Middle);
    }

    // From the step that first has it to the first that has it no more. Where steps are finer than the paper, runs that touch there are one.
    private IEnumerable<(int From, int To)> Runs(int register, int vector)
    {
        var nearest = (int)(_steps.Length / (Plot * 2));
        (int From, int To)? open = null;
        for (var i = 0; i < _steps.Length; i++)
        {
            if (!_steps[i][register].IsSet[vector]) continue;
            if (open is var (from, to) && i <= to + nearest) open = (from, i + 1);
            else
            {
                if (open is { } run) yield return run;
                open = (i, i + 1);
            }
        }
        if (open is { } last) yield return last;
    }

    /// <inheritdoc/>
    public override string ToText()
    {
        var text = new StringBuilder(_title == "" ? "" : _title + "\n");
        var each = (_steps.Length + Widest - 1) / Widest;
        var names = Registers.Select(register => register.Name.Length <= 10 ? register.Name : register.Name[..9] + "…").ToArray();
        var gutter = names.Max(name => name.Length);
        if (_vectors.Length == 0) text.Append("no vector is ever set\n");
        foreach (var vector in _vectors)
        {
            var name = VectorRegister.Hex(vector);
            for (var register = 0; register < names.Length; register++)
            {
                if (!_steps.Any(step => step[register].IsSet[vector])) continue;
                text.Append(name.PadRight(4)).Append(' ').Append(names[register].PadRight(gutter)).Append(" |");
                for (var i = 0; i < _steps.Length; i += each) text.Append(_steps.Skip(i).Take(each).Any(step => step[register].IsSet[vector]) ? '#' : '.');
                text.Append('\n');
                name = "";
            }
        }
        var columns = (_steps.Length + each - 1) / each;
        var last = (_steps.Length - 1).ToString(CultureInfo.InvariantCulture);
        text.Append(' ', gutter + 6).Append('+').Append('-', columns).Append('\n');
        text.Append(' ', gutter + 7).Append(last == "0" ? "0" : "0" + last.PadLeft(Math.Max(columns - 1, last.Length + 1))).Append(" steps\n");
        return text.ToString();
    }
}
