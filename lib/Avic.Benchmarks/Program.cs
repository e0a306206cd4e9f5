using System.Globalization;
using Avic.Benchmarks;
using Avic.Model;
using Avic.Textbook;

// Prints tables in Markdown. Absolute times drift with the machine: what counts are the ratios within one run.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = new("") { NumberFormat = { NumberGroupSeparator = " " } };
string[] known = ["peterson", "anderson", "ipis", "race", "large", "growth", "cells", "kernel", "pictures"];
var asked = args.Length == 0 ? ["peterson", "ipis", "race", "growth", "cells", "kernel", "pictures"] : args.Contains("all") ? known : args;
if (asked.Except(known).FirstOrDefault() is { } unknown)
{
    Console.Error.WriteLine($"There is no benchmark '{unknown}': {string.Join(", ", known)}, all.");
    return 2;
}
Explorer.Explore(Peterson.Of(3)); // compiles what is measured
if (asked.Contains("peterson")) Textbook("peterson.4", () => Peterson.Of(4), "peterson", 4, 22, rounds: 3);
if (asked.Contains("anderson")) Textbook("anderson.6", () => Anderson.Of(6), "anderson", 6, 26, rounds: 1);
if (asked.Contains("ipis")) Table("IPIs both ways on V5_15", () => Ipis().Model, rounds: 5);
if (asked.Contains("race")) Races([(2, 3, 2)], "the race");
if (asked.Contains("large")) Races([(3, 2, 1), (3, 3, 1)], "the race, large");
if (asked.Contains("growth")) Races([(1, 1, 1), (1, 2, 1), (1, 3, 1), (2, 1, 1), (2, 2, 1), (2, 3, 1), (3, 1, 1)], "how it grows");
if (asked.Contains("cells")) Cells.Measure();
if (asked.Contains("kernel")) await Kernel.Measure(rounds: 5);
if (asked.Contains("pictures")) Paintings.Measure();
return 0;

static void Textbook(string name, Func<Model> model, string promela, int n, int hashBits, int rounds)
{
    using var spin = Spin.Compile(promela, n, hashBits);
    var published = Table(name, model, rounds); // the tests hold them against the published counts
    if (spin is null)
    {
        Console.WriteLine("| SPIN | not installed | | | | | | |");
        return;
    }
    var (states, elapsed, bytes) = Enumerable.Range(0, rounds).Select(_ => spin.Run(published)).MinBy(run => run.Elapsed);
    Console.WriteLine($"| SPIN, exact, no reduction | {states:#,0} | | | {elapsed.TotalSeconds:0.00} | | {states / elapsed.TotalSeconds / 1e6:0.00} | {bytes:0.0} |");
}

// Processor time, of all threads together, tells more than the clock where others are at work.
static (T Result, TimeSpan Cpu) Timed<T>(Func<T> run)
{
    var before = Environment.CpuUsage.TotalTime;
    return (run(), Environment.CpuUsage.TotalTime - before);
}

static long Table(string name, Func<Model> model, int rounds)
{
    var states = 0L;
    Console.WriteLine($"\n| {name} | states | edges | levels | seconds | CPU seconds | M states/s | bytes a state |\n|---|---|---|---|---|---|---|---|");
    foreach (var threads in new[] { 1, 2 })
    {
        var runs = Enumerable.Range(0, rounds).Select(_ => Timed(() => Explorer.Explore(model(), new() { Threads = threads }))).ToList();
        var best = runs.MinBy(run => run.Result.Cost.Elapsed).Result;
        states = best.States;
        Console.WriteLine($"| ours, {threads} thread{(threads > 1 ? "s" : "")} | {best.States:#,0} | {best.Edges:#,0} | {best.Levels} | {best.Cost.Elapsed.TotalSeconds:0.00} | {runs.Min(run => run.Cpu).TotalSeconds:0.00} | {best.Cost.StatesPerSecond / 1e6:0.00} | {best.Cost.BytesPerState:0.0} |");
    }
    return states;
}

static void Races((int Vcpus, int Toggles, int Accesses)[] sizes, string title)
{
    Console.WriteLine($"\n| {title}: vCPUs × toggles × accesses each | reduction | states | edges | levels | seconds | CPU seconds | M states/s | bytes a state | verdict |\n|---|---|---|---|---|---|---|---|---|---|");
    foreach (var (vcpus, toggles, accesses) in sizes)
        foreach (var fuse in new[] { false, true })
        {
            var (verdict, cpu) = Timed(() => Race(vcpus, toggles, accesses).Check(Property.ApicAccessIsNeverLost, new() { Fuse = fuse, MaxStates = 400_000_000, MaxBytes = 8L << 30, Threads = 2 }));
            var (found, cost) = (verdict.Exploration, verdict.Cost);
            Console.WriteLine($"| {vcpus} × {toggles} × {accesses} | {(fuse ? "fused" : "none")} | {found.States:#,0} | {found.Edges:#,0} | {found.Levels} | {cost.Elapsed.TotalSeconds:0.00} | {cpu.TotalSeconds:0.00} | {cost.StatesPerSecond / 1e6:0.00} | {cost.BytesPerState:0.0} | {verdict.Outcome} |");
        }
}

static Scenario Race(int vcpus, int toggles, int accesses)
{
    var scenario = Scenario.On(Linux.V5_15, vcpus).Host(host =>
        Enumerable.Range(0, toggles).Aggregate(host, (h, i) => i % 2 == 0 ? h.SetInhibit(Reason.PitReinject) : h.ClearInhibit(Reason.PitReinject)));
    // vCPU 0 idles in the guest, as the thread's does between its calls; a VM of one vCPU has its guest on it.
    for (var v = Math.Min(1, vcpus - 1); v < vcpus; v++)
        scenario = scenario.Guest(v, guest => Enumerable.Range(0, accesses).Aggregate(guest, (g, i) => g.Write(Apic.Tpr, 0x20 + i)));
    return scenario;
}

// Whole register pages at work: each vCPU sends the other an interrupt and handles the one it gets, one halts, and AVIC is inhibited meanwhile.
static Scenario Ipis() => Scenario.On(Linux.V5_15, vcpus: 2)
    .Guest(0, g => g.SendIpi(to: 1, vector: 0x31).On(0x41, h => h.Eoi()))
    .Guest(1, g => g.SendIpi(to: 0, vector: 0x41).On(0x31, h => h.Eoi()).Hlt())
    .Host(h => h.SetInhibit(Reason.PitReinject));
