using Avic.Model;
using Avic.Notebook;

namespace Avic.Tool.Tests;

/// <summary>The pictures that every test of pictures looks at.</summary>
internal static class Examples
{
    public const string Hostile = "<img src=x onerror=alert(1)> ]]> & \" ' -->";

    public static readonly string Long = string.Concat(Enumerable.Repeat("kvm_mmu_😀漢 ", 900));

    /// <summary>The proposal that the thread refutes: the vCPU's own flag looked at in the fault path.</summary>
    public static readonly Trace Race = Scenario.On(Linux.V5_15.With("kvm_faultin_pfn", "activated", x => x.Vcpu.ApicvActive ? x.Next : x.Return(PageFault.Emulate)), vcpus: 2)
        .Guest(1, g => g.Write(Apic.Tpr, 0x20)).Host(h => h.SetInhibit(Reason.PitReinject))
        .Check(Property.ApicAccessIsNeverLost).Counterexample!;

    public static Trace Seed(int seed) => Scenario.On(Linux.V5_15, vcpus: 2)
        .Guest(0, g => g.Write(Apic.Tpr, 0x20)).Guest(1, g => g.Write(Apic.Tpr, 0x20).Write(Apic.Tpr, 0x30))
        .Host(h => h.SetInhibit(Reason.PitReinject).ClearInhibit(Reason.PitReinject)).Host(h => h.SetInhibit(Reason.Hyperv))
        .Run(Schedule.Seed(seed));

    /// <summary>The shortest run in which vCPU 1 enters its guest on the core of vCPU 0, which sleeps.</summary>
    public static Trace Migration => _migration.Value;

    private static readonly Lazy<Trace> _migration = new(() => Scenario.On(Linux.V5_15, vcpus: 2)
        .Guest(0, g => g.Hlt()).Guest(1, g => g.Write(Apic.Tpr, 0x20)).Host(h => h.Migrate(1, core: 0))
        .Check(Property.Named("moved", "vCPU 1 is on core 0, and vCPU 0 sleeps.").At("svm_vcpu_run.vmrun").Sometimes(Property.Is("it is", x => x.Me == 1 && x.Vcpu.Core == 0 && x.VcpuOf(0).Core == Vcpu.OffTheQueue)))
        .Counterexample!);

    public static Heatmap Matrix(int rows, int columns) =>
        new("What breaks", [.. Enumerable.Range(0, rows).Select(r => $"routine_{r / 5}.label{r}")], [.. Enumerable.Range(0, columns).Select(c => $"property-number-{c}")],
            (r, c) => ((r * 3 + c) % 7) switch { 0 => new Cell($"{r + 10}", CellKind.Broken), 1 => new("", CellKind.Broken), 2 => new("", CellKind.Unknown), 3 => default, _ => new("", CellKind.Kept) });

    public static TheoryData<string> Names => [.. All.Keys];

    private static readonly Dictionary<string, Func<Picture>> OfTraces = new()
    {
        ["lanes of the race"] = () => Race.Lanes(),
        ["lanes of the race, every row"] = () => Race.Lanes(all: true),
        ["lanes with a kick"] = () => Doorbell.Trace().Lanes(),
        ["lanes with a kick that never arrives"] = () => Model.Trace.Replay(Doorbell.Of(), Doorbell.Trace().Steps.Take(7).Select(step => step.Move)).Lanes(),
        ["lanes in parts"] = () => Doorbell.Trace(Doorbell.Of(routine: "ioctl_" + new string('x', 25), label: "look_" + new string('x', 20))).Lanes(all: true),
        ["lanes of an IPI"] = () => Scenario.On(Linux.V5_15, vcpus: 2).Guest(0, g => g.SendIpi(to: 1, vector: 0x31)).Guest(1, g => g.On(0x31, h => h.Eoi())).Run(Schedule.RoundRobin).Lanes(),
        ["lanes of a migration"] = () => Migration.Lanes(),
        ["lanes of a loop"] = () => Scenario.On(Linux.V5_15, vcpus: 1).HostTicks().Guest(0, g => g.Repeat(6, body => body.Write(Apic.Tpr, 0x20))).Run(Schedule.Seed(3), 200).Lanes(),
        ["lanes of nothing"] = () => Model.Trace.Replay(Doorbell.Of(), []).Lanes(),
        ["lanes of an initial state that is bad"] = () => Model.Trace.Replay(Doorbell.Of(), [], "t", "bad-from-the-start").Lanes(),
        ["lanes of a long run"] = () => Seed(7).Lanes(all: true),
        ["lanes of a run too long to draw"] = () => Scenario.On(Linux.V5_15, vcpus: 4).Host(h => Enumerable.Range(0, 20).Aggregate(h, (calls, _) => calls.SetInhibit(Reason.Hyperv).ClearInhibit(Reason.Hyperv))).Run(Schedule.Seed(5)).Lanes(),
        ["lanes, hostile"] = () => Doorbell.Trace(Doorbell.Of(Hostile, Hostile, Hostile), Hostile, Hostile).Lanes(),
        ["lanes, endless names"] = () => Doorbell.Trace(Doorbell.Of(Long, Long, Long), Long, Long).Lanes(),
        ["plot of the race"] = () => Race.Plot("apicv_inhibit_reasons", "vcpu1.apicv_active", "npt[0xfee00]", "vcpu1.requests", "vcpu0.mode"),
        ["plot of a number"] = () => Doorbell.Trace().Plot("word", "vcpu0.mood"),
        ["plot of nothing"] = () => Model.Trace.Replay(Doorbell.Of(), []).Plot("word"),
        ["plot, hostile"] = () => Doorbell.Trace(Doorbell.Of(), Hostile, Long).Plot("word"),
        ["graph"] = () => StateGraphFacts.Lasso(ends: true).Graph(),
        ["graph of a kernel"] = () => Scenario.Parse(Linux.V5_15, "2,0W1").Graph(Property.ByName("no-deadlock")),
        ["matrix"] = () => Matrix(9, 4),
        ["matrix in parts"] = () => new Heatmap("What runs", [.. Enumerable.Range(0, 45).Select(r => $"edit_{r}")], ["one", "other"], (r, c) => (r + c) % 4 == 0 ? new Cell("n/a", CellKind.Empty) : new Cell("", CellKind.Kept),
            new Dictionary<CellKind, string> { [CellKind.Kept] = "kept", [CellKind.Empty] = "cannot run" }),
        ["matrix, tall"] = () => Matrix(150, 12),
        ["matrix of one"] = () => new Heatmap("", [""], [""], (_, _) => default),
        ["matrix, hostile"] = () => new Heatmap(Hostile, [Hostile, Long], [Hostile, Long, "\ud800\u0000\u202e"], (_, c) => new(c == 1 ? Long : Hostile, CellKind.Unknown)),
    };

    public static readonly IReadOnlyDictionary<string, Func<Picture>> All = OfTraces.Concat(RegisterExamples.All)
        .Concat(FigureExamples.All.Select(figure => KeyValuePair.Create<string, Func<Picture>>("figure: " + figure.Key, figure.Value))).ToDictionary();
}
