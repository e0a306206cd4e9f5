using System.Diagnostics;
using System.Text;
using Avic.Model;
using Avic.Notebook;

namespace Avic.Benchmarks;

/// <summary>How long a picture takes to paint, after the compiler has seen it, and how large it is.</summary>
internal static class Paintings
{
    private const int Rounds = 40;

    public static void Measure()
    {
        var race = Scenario.On(Linux.V5_15, vcpus: 2).Guest(1, g => g.Write(Apic.Tpr, 0x20)).Host(h => h.SetInhibit(Reason.PitReinject).ClearInhibit(Reason.PitReinject)).Run(Schedule.Seed(7));
        var forty = Model.Trace.Replay(race.Model, race.Steps.Take(40).Select(step => step.Move), race.Title);
        var names = Enumerable.Range(0, 40).Select(row => $"routine_{row / 5}.label{row}").ToArray();
        var properties = Enumerable.Range(0, 12).Select(column => $"property-{column}").ToArray();
        VectorMap[] steps = [.. Enumerable.Range(0, 1_000).Select(step => VectorMap.Of("IRR", Enumerable.Range(0, 40).Where(vector => (step * 31 + vector * 17) % 41 < 9)).Add("ISR", step % 40))];
        Console.WriteLine("\n| picture | ms | kB |\n|---|---|---|");
        Paint($"lanes of {forty.Steps.Count} rows", () => forty.Lanes());
        Paint($"lanes of {forty.Steps.Count} rows, every row", () => forty.Lanes(all: true));
        Paint("step plots of three fields", () => forty.Plot("apicv_inhibit_reasons", "vcpu1.apicv_active", "npt[0xfee00]"));
        Paint("matrix of 40 × 12 kinds", () => new Heatmap("What breaks", names, properties, (row, column) => new Cell($"{row + column}", (CellKind)((row * 7 + column) % 4))));
        Paint("heat map of 40 × 12 values", () => Figure.Heatmap(names.Select((_, row) => properties.Select((_, column) => (row * 7 + column * 3) % 53)), properties, names));
        Paint("bits of an IRTE", () => BitField.Irte(0x0100_0007_0000_03c5, 0x0000_0012_3456_7031));
        Paint("vectors of three registers, all set", () => VectorMap.Of("IRR", Enumerable.Range(0, 256)).Add("ISR", Enumerable.Range(0, 256)).Add("TMR", Enumerable.Range(0, 256)));
        Paint("40 vectors over 1 000 steps", () => VectorMap.OverTime(steps));
        Paint("grouped bars, 4 × 3", () => Enumerable.Range(0, 3).Select(i => Figure.Bars(properties.Take(4), [1 + i, 2, 3, 4], $"series {i}")).Aggregate((all, one) => all.Add(one)));
        Paint("a line of 1 000 points", () => Figure.Line(Enumerable.Range(0, 1_000).Select(i => i * i % 977)));
        Paint("a line of 100 000 points", () => Figure.Line(Enumerable.Range(0, 100_000).Select(i => (long)i * i % 977)));
    }

    private static void Paint(string name, Func<Picture> make)
    {
        var (best, svg) = (TimeSpan.MaxValue, "");
        for (var round = 0; round < Rounds; round++)
        {
            var watch = Stopwatch.StartNew();
            svg = make().ToSvg();
            if (watch.Elapsed < best) best = watch.Elapsed;
        }
        Console.WriteLine($"| {name} | {best.TotalMilliseconds:0.00} | {Encoding.UTF8.GetByteCount(svg) / 1000.0:0.0} |");
    }
}
