namespace Avic.Model.Tests;

/// <summary>The cases of kvm-unit-tests' apic.c that the model can do: with AVIC on, inhibited, and toggled at every step of a run.</summary>
public class UnitTests
{
    private const uint Flat = 0xffff_ffff, Cluster = 0x0fff_ffff;
    private const int Vector = 0xf1;

    /// <summary>A case, and how often each vCPU must handle the vector.</summary>
    private sealed record Case(Scenario Scenario, int[] Barriers, params int[] Expected);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Self_ipi_by_shorthand(int vcpus) => EveryWay(new(Scenario.On(Linux.V5_15, vcpus).Guest(0, g => g.SendIpi(Shorthand.Self, Vector)), [], [1, .. new int[vcpus - 1]]));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Physical_broadcast(int vcpus) => EveryWay(new(Halting(vcpus, g => g.SendIpi(to: 0xff, Vector)), [], [.. Enumerable.Repeat(1, vcpus)]));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void All_including_self_by_shorthand(int vcpus) => EveryWay(new(Halting(vcpus, g => g.SendIpi(Shorthand.AllIncludingSelf, Vector)), [], [.. Enumerable.Repeat(1, vcpus)]));

    // 5.15 emulates x2APIC mode, 6.8 has x2AVIC, and hybrid AVIC where hardware has not got it.
    public static TheoryData<string, string, int> X2Kernels
    {
        get
        {
            TheoryData<string, string, int> all = [];
            foreach (var (kernel, hardware) in (ReadOnlySpan<(string, string)>)[("V5_15", "default"), ("V6_8", "default"), ("V6_8", "no-x2avic"), ("V7_0", "default")])
                foreach (var vcpus in (ReadOnlySpan<int>)[1, 2, 3]) all.Add(kernel, hardware, vcpus);
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(X2Kernels))]
    public void In_x2apic_mode_self_ipi_by_register_and_by_shorthand(string kernel, string hardware, int vcpus)
    {
        EveryWay(new(X2(kernel, hardware, vcpus).Guest(0, g => g.SelfIpi(Vector)), [], [1, .. new int[vcpus - 1]]));
        EveryWay(new(X2(kernel, hardware, vcpus).Guest(0, g => g.SendIpi(Shorthand.Self, Vector)), [], [1, .. new int[vcpus - 1]]));
    }

    [Theory]
    [MemberData(nameof(X2Kernels))]
    public void In_x2apic_mode_everybody_by_destination_and_by_shorthand(string kernel, string hardware, int vcpus)
    {
        EveryWay(new(Halting(X2(kernel, hardware, vcpus), g => g.SendIpi(uint.MaxValue, Vector)), [], [.. Enumerable.Repeat(1, vcpus)]));
        EveryWay(new(Halting(X2(kernel, hardware, vcpus), g => g.SendIpi(Shorthand.AllIncludingSelf, Vector)), [], [.. Enumerable.Repeat(1, vcpus)]));
    }

    [Theory]
    [MemberData(nameof(X2Kernels))]
    public void In_x2apic_mode_one_or_all_by_logical_destination(string kernel, string hardware, int vcpus)
    {
        EveryWay(new(Halting(X2(kernel, hardware, vcpus), g => g.SendLogicalIpi(1 << vcpus - 1, Vector)), [], [.. new int[vcpus - 1], 1]));
        EveryWay(new(Halting(X2(kernel, hardware, vcpus), g => g.SendLogicalIpi((1 << vcpus) - 1, Vector)), [], [.. Enumerable.Repeat(1, vcpus)]));
        EveryWay(new(Halting(X2(kernel, hardware, vcpus), g => g.SendLogicalIpi(0x1_0001, Vector)), [], new int[vcpus]));
    }

    public static TheoryData<int> FlatBits => [.. Enumerable.Range(0, 8)];

    [Theory]
    [MemberData(nameof(FlatBits))]
    public void Logical_flat_single_target(int bit) => EveryWay(new(Logical(Flat, 1u << (bit + 1) % 8, 1u << bit, to: 1 << bit), [1, 3], 0, 1));

    public static TheoryData<int, int> ClusterBits
    {
        get
        {
            TheoryData<int, int> all = [];
            for (var cluster = 0; cluster < 15; cluster++)
                for (var bit = 0; bit < 4; bit++) all.Add(cluster, bit);
            return all;
        }
    }

    // The other is in the next cluster at the same bit, or in the same one at another.
    [Theory]
    [MemberData(nameof(ClusterBits))]
    public void Logical_cluster_single_target(int cluster, int bit)
    {
        var to = cluster << 4 | 1 << bit;
        foreach (var other in (uint[])[(uint)((cluster + 1) % 15 << 4 | 1 << bit), (uint)(cluster << 4 | 1 << (bit + 1) % 4)])
            AllOnOrAllOff(new(Logical(Cluster, other, (uint)to, to), [1, 3], 0, 1));
        if (bit == cluster % 4) Toggled(new(Logical(Cluster, (uint)(cluster << 4 | 1 << (bit + 1) % 4), (uint)to, to), [1, 3], 0, 1));
    }

    [Theory]
    [InlineData(Flat, 0x01, 0x80, 0x81)]
    [InlineData(Flat, 0x20, 0x10, 0x30)]
    [InlineData(Cluster, 0x01, 0x08, 0x09)]
    [InlineData(Cluster, 0xe4, 0xe2, 0xe6)]
    public void Logical_both_targets(uint format, uint sender, uint other, int to) => EveryWay(new(Logical(format, sender, other, to), [1, 3], 1, 1));

    [Theory]
    [InlineData(Flat, 0x01, 0x80, 0x40)]
    [InlineData(Flat, 0x01, 0x80, 0x7e)]
    [InlineData(Cluster, 0x01, 0x02, 0x12)]
    [InlineData(Cluster, 0x01, 0x02, 0x04)]
    [InlineData(Cluster, 0x01, 0x02, 0xf1)]
    [InlineData(Cluster, 0x01, 0x02, 0x00)]
    public void Unknown_logical_targets(uint format, uint sender, uint other, int to) => EveryWay(new(Logical(format, sender, other, to), [1, 3], 0, 0));

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(0xfe)]
    public void Unknown_physical_targets(int to) => EveryWay(new(Halting(2, g => g.SendIpi(to, Vector)), [], 0, 0));

    // Every interleaving, not only those of one toggle in one run; how often each vCPU handles it.
    [Theory]
    [InlineData("1,0w300=44031.", 1)]
    [InlineData("1,0w300=44031.,+4", 1)]
    [InlineData("1,0w300=44031.,+4-4", 1)]
    [InlineData("1,0w310=ff000000.w300=4031.,+4", 1)]
    [InlineData("1,0w300=84031.,+4", 1)]
    [InlineData("1,0w310=5000000.w300=4031.,+4", 0)]
    [InlineData("2,0w310=ff000000.w300=4031.", 1, 1)]
    [InlineData("2,0w300=84031.,1h", 1, 1)]
    [InlineData("2,0w310=3000000.w300=4831.,1h", 1, 1)]
    [InlineData("2,0w310=5000000.w300=4031.,+4", 0, 0)]
    public void In_every_interleaving_the_number_is_as_expected(string programs, params int[] expected)
    {
        var verdict = InEveryInterleaving(programs, expected);
        Assert.True(verdict.Outcome == Outcome.Safe && verdict.Premised > 0, verdict.ToText() + verdict.Counterexample?.ToText());
    }

    // Mended by 66fa226c131f, in 5.17; see Ipis.
    [Theory]
    [InlineData("2,0w310=ff000000.w300=4031.,+4", 140, 1, 1)]
    [InlineData("2,0w300=84031.,+4", 117, 1, 1)]
    [InlineData("2,0w310=2000000.w300=4831.,+4", 102, 0, 1)]
    [InlineData("2,0w310=3000000.w300=4831.,+4", 140, 1, 1)]
    public void In_5_15_one_of_the_targets_is_stranded_while_an_inhibit_comes(string programs, int rows, params int[] expected)
    {
        var verdict = InEveryInterleaving(programs, expected);
        Assert.Equal((Outcome.Violated, rows), (verdict.Outcome, verdict.Counterexample?.Steps.Count ?? 0));
    }

    private static Verdict InEveryInterleaving(string programs, int[] expected) =>
        Scenario.Parse(Linux.V5_15, programs).Check(HandledAs.Of(expected));

    private static void EveryWay(Case its)
    {
        AllOnOrAllOff(its);
        Toggled(its);
    }

    private static void AllOnOrAllOff(Case its)
    {
        Expect(its, new Drive(its.Scenario) { Barriers = its.Barriers }.Run(), "AVIC on");
        Expect(its, new Drive(its.Scenario.Host(h => h.SetInhibit(Reason.PitReinject))) { Barriers = its.Barriers }.Run(), "AVIC inhibited");
    }

    // The VMM comes in at a step, and goes on as fast as it can; then at the next.
    private static void Toggled(Case its)
    {
        Assert.InRange(new Drive(its.Scenario) { Barriers = its.Barriers }.Run().Steps, 10, 2_000);
        foreach (var (run, when) in Drive.Toggled(its.Scenario, its.Barriers)) Expect(its, run, when);
    }

    private static void Expect(Case its, Drive run, string when) =>
        Assert.True(its.Expected.Select((expected, vcpu) => run.Handled(vcpu) == expected).All(fine => fine),
            $"{when}: handled {string.Join(' ', its.Expected.Select((_, vcpu) => run.Handled(vcpu)))}, expected {string.Join(' ', its.Expected)}");

    // The others wait in HLT, as in the suite.
    private static Scenario Halting(int vcpus, Func<GuestProgram, GuestProgram> sender) => Halting(Scenario.On(Linux.V5_15, vcpus), sender);

    private static Scenario Halting(Scenario scenario, Func<GuestProgram, GuestProgram> sender) =>
        Enumerable.Range(1, scenario.Programs.Guest.Count - 1).Aggregate(scenario.Guest(0, sender), (all, vcpu) => all.Guest(vcpu, g => g.Hlt()));

    private static Scenario X2(string kernel, string hardware, int vcpus) => Scenario.On(Linux.Parse(kernel), vcpus).On(Hardware.Parse(hardware)).X2Apic();

    private static Scenario Logical(uint format, uint sender, uint other, int to) => Scenario.On(Linux.V5_15, vcpus: 2)
        .Guest(0, g => g.Write(Apic.Ldr, 0).Write(Apic.Dfr, format).Write(Apic.Ldr, sender << 24).SendLogicalIpi(to, Vector))
        .Guest(1, g => g.Write(Apic.Ldr, 0).Write(Apic.Dfr, format).Write(Apic.Ldr, other << 24).Hlt());
}
