using FsCheck;
using FsCheck.Fluent;

namespace Avic.Model.Tests;

/// <summary>Whom an IPI reaches, against the architecture's rule.</summary>
public class IpiTargets
{
    private const uint Flat = 0xffff_ffff, Cluster = 0x0fff_ffff;

    /// <summary>A command, and what the vCPUs call themselves.</summary>
    public sealed record Sent(uint Low, uint High, int Sender, uint Format, uint[] Ids, uint[] LogicalIds)
    {
        public int Destination => (int)(High >> 24);

        /// <inheritdoc/>
        public override string ToString() => $"{Low:x} to {High:x} from {Sender}, format {Format:x}, ids {string.Join(' ', Ids)}, logical {string.Join(' ', LogicalIds.Select(id => id.ToString("x", null)))}";
    }

    // The rule, from the chapter on APICs, without a look at the model: APM vol. 2, 16.5 and 16.6.
    private static IEnumerable<int> Rule(Sent sent)
    {
        for (var cpu = 0; cpu < sent.Ids.Length; cpu++)
        {
            uint to = sent.High >> 24, me = sent.LogicalIds[cpu];
            var reached = (sent.Low >> 18 & 3) switch
            {
                1 => cpu == sent.Sender,
                2 => true,
                3 => cpu != sent.Sender,
                _ when to == 0xff => true,
                _ when (sent.Low >> 11 & 1) == 0 => to == sent.Ids[cpu],
                _ when sent.Format == Flat => (to & me) != 0,
                _ => to / 16 == me / 16 && (to & me & 15) != 0,
            };
            if (reached) yield return cpu;
        }
    }

    // 5.15 forgets a command that names an entry which is not valid, and with it all its other targets.
    private static bool IsForgotten(Sent sent)
    {
        if ((sent.Low >> 18 & 3) != 0) return false;
        var isLogical = (sent.Low >> 11 & 1) != 0;
        if (!isLogical) return sent.Destination != 0xff && !sent.Ids.Contains((uint)sent.Destination);
        var bits = sent.Format == Flat ? sent.Destination : sent.Destination & 15;
        var cluster = sent.Format == Flat ? 0 : sent.Destination & 0xf0;
        return Enumerable.Range(0, 8).Any(bit => (bits >> bit & 1) != 0 && !sent.LogicalIds.Contains((uint)(cluster | 1 << bit)));
    }

    [Fact]
    public void Under_emulation_whoever_the_rule_names_handles_it_and_nobody_else() =>
        Check(Commands(areIdsFree: true), sent => Assert.Equal(Rule(sent), Handled(sent, Linux.V5_15, isInhibited: true)));

    [Fact]
    public void Under_avic_whoever_the_rule_names_handles_it_unless_5_15_forgets_the_command() =>
        Check(Commands(areIdsFree: false), sent => Assert.Equal(IsForgotten(sent) ? [] : Rule(sent), Handled(sent, Linux.V5_15, isInhibited: false)));

    [Fact]
    public void Under_avic_whoever_the_rule_names_handles_it_once_invalid_targets_are_emulated() =>
        Check(Commands(areIdsFree: false), sent => Assert.Equal(Rule(sent), Handled(sent, InvalidTargetsEmulated, isInhibited: false)));

    // Ids of the guests' own choosing and ids that several share: whatever AVIC cannot do inhibits it.
    [Theory]
    [InlineData("V6_3")]
    [InlineData("V6_17")]
    public void Since_6_3_whoever_the_rule_names_handles_it_whatever_the_ids(string kernel)
    {
        Check(Commands(areIdsFree: true), sent => Assert.Equal(Rule(sent), Handled(sent, Linux.Parse(kernel), isInhibited: false)), 100);
        Check(Commands(areIdsFree: true).Select(Shared), sent => Assert.Equal(Rule(sent), Handled(sent, Linux.Parse(kernel), isInhibited: false)), 100);
    }

    /// <summary>Every shorthand, physical and logical destination that two vCPUs can tell apart, from either.</summary>
    public static TheoryData<string, uint, uint, int, string> OfTwo
    {
        get
        {
            TheoryData<string, uint, uint, int, string> commands = [];
            foreach (var kernel in (string[])["V6_8", "V7_0"])
                foreach (var sender in (int[])[0, 1])
                    foreach (var host in (string[])["", ",+4"])
                    {
                        foreach (var shorthand in (uint[])[1, 2, 3]) commands.Add(kernel, shorthand << 18, 0, sender, host);
                        foreach (var id in (uint[])[0, 1, 2, 0xff]) commands.Add(kernel, 0, id, sender, host);
                        foreach (var id in (uint[])[1, 2, 3, 4, 0xff]) commands.Add(kernel, 1 << 11, id, sender, host);
                    }
            return commands;
        }
    }

    [Theory]
    [MemberData(nameof(OfTwo))]
    public void In_every_interleaving_whoever_the_rule_names_handles_it_once_and_nobody_else(string kernel, uint low, uint to, int sender, string host)
    {
        var sent = new Sent(low | 0x4031, to << 24, sender, Flat, [0, 1], [1, 2]);
        int[] reached = [.. Rule(sent)];
        var verdict = Scenario.Parse(Linux.Parse(kernel), $"2,{sender}w310={sent.High:x}.w300={sent.Low:x}.{host}").Check(HandledAs.Of([.. sent.Ids.Select((_, cpu) => reached.Contains(cpu) ? 1 : 0)]));
        Assert.True(verdict.Outcome == Outcome.Safe && verdict.Premised > 0, verdict.ToText());
    }

    // kvm-unit-tests, apic.c, test_logical_ipi_*: bits that one vCPU has, several, and some that both have; 5.15 where KVM does it.
    [Theory]
    [InlineData("V5_15", true)]
    [InlineData("V6_3", false)]
    [InlineData("V7_0", false)]
    public void Every_logical_destination_reaches_whom_the_rule_names(string kernel, bool isInhibited)
    {
        foreach (var format in (uint[])[Flat, Cluster])
            foreach (var ids in (uint[][])[[0x01, 0x02], [0x0f, 0xf0], [0x13, 0x1c], [0x03, 0x06]])
                for (var to = 0u; to <= 0xff; to++)
                {
                    var sent = new Sent(0x4831, to << 24, 0, format, [0, 1], ids);
                    Assert.Equal(Rule(sent), Handled(sent, Linux.Parse(kernel), isInhibited));
                }
    }

    private static Sent Shared(Sent sent) => sent with { Ids = [.. sent.Ids.Select(_ => sent.Ids[0])], LogicalIds = [.. sent.LogicalIds.Select((id, cpu) => cpu == 1 ? id : sent.LogicalIds[0])] };

    [Fact]
    public void The_commands_tried_are_of_every_kind()
    {
        var commands = Gen.Sample(Commands(areIdsFree: false), 1_000, 400).ToList();
        Assert.Contains(commands, IsForgotten);
        Assert.Contains(commands, sent => IsForgotten(sent) && Rule(sent).Any());
        for (var reached = 0; reached <= 4; reached++) Assert.Contains(commands, sent => Rule(sent).Count() == reached && !IsForgotten(sent));
        foreach (var format in (uint[])[Flat, Cluster]) Assert.Contains(commands, sent => sent.Format == format && (sent.Low & 0xc0800) == 0x800 && Rule(sent).Count() == 2);
    }

    // 5aede752a839, in 5.18.
    private static readonly Linux InvalidTargetsEmulated = Linux.V5_15.With("avic_incomplete_ipi_interception", "id", x =>
    {
        var info1 = x.Done(ref x.Vmcb.ExitInfo1);
        (x.Local.Word, x.Local.Index) = ((uint)info1, (byte)(info1 >> 56));
        return (Ipi.Incomplete)(x.Done(ref x.Vmcb.ExitInfo2) >> 32) == Ipi.Incomplete.NotRunning ? x.Next : x.Goto("emulate");
    });

    private static Gen<Sent> Commands(bool areIdsFree) =>
        from cpus in Gen.Choose(1, 4)
        from sender in Gen.Choose(0, cpus - 1)
        from format in Gen.Elements(Flat, Cluster)
        from logical in Gen.Shuffle(format == Flat ? Enumerable.Range(0, 8).Select(bit => 1 << bit) : Enumerable.Range(0, 60).Select(i => i / 4 << 4 | 1 << i % 4).Where(id => areIdsFree || id >> 4 is 0 or 7 or 14))
        from ids in Gen.Shuffle(Enumerable.Range(0, 255))
        from low in Gen.Frequency((1, Gen.Constant(1u << 18)), (1, Gen.Constant(2u << 18)), (1, Gen.Constant(3u << 18)), (3, Gen.Constant(0u)), (8, Gen.Constant(1u << 11)))
        from vector in Gen.Choose(16, 255)
        from others in Gen.Shuffle(Enumerable.Range(4, 4))
        from moved in Gen.Choose(0, 15)
        let own = areIdsFree ? ids.Take(cpus).Select(id => (uint)id).ToArray() : [.. Enumerable.Range(0, cpus).Select(cpu => (uint)((moved >> cpu & 1) != 0 ? others[cpu] : cpu))]
        let named = logical.Take(cpus).Select(id => (uint)id).ToArray()
        from some in Gen.Choose(0, 15)
        let union = named.Where((_, cpu) => (some >> cpu & 1) != 0).Aggregate(0u, (bits, id) => bits | id)
        from to in Gen.Frequency((3, Gen.Elements(own)), (6, Gen.Constant(union)), (3, Gen.Elements(named)), (1, Gen.Constant(0xffu)), (2, Gen.Choose(0, 255).Select(any => (uint)any)))
        select new Sent(low | 1u << 14 | (uint)vector, to << 24, sender, format, own, named);

    private static int[] Handled(Sent sent, Linux kernel, bool isInhibited)
    {
        var scenario = Scenario.On(kernel, sent.Ids.Length);
        for (var vcpu = 0; vcpu < sent.Ids.Length; vcpu++)
        {
            var (id, logical) = (sent.Ids[vcpu], sent.LogicalIds[vcpu]);
            // Nobody has a logical id while the others take theirs: a table with one owner an entry could not tell.
            scenario = scenario.Guest(vcpu, g => g.Write(Apic.Ldr, 0).Write(Apic.Id, id << 24).Write(Apic.Dfr, sent.Format).Write(Apic.Ldr, logical << 24));
        }
        scenario = scenario.Guest(sent.Sender, g => g.Write(Apic.IcrHigh, sent.High).Write(Apic.IcrLow, sent.Low));
        if (isInhibited) scenario = scenario.Host(h => h.SetInhibit(Reason.PitReinject));
        var run = new Drive(scenario) { Barriers = [1, 4] }.Run();
        for (var vcpu = 0; vcpu < sent.Ids.Length; vcpu++) Assert.InRange(run.Handled(vcpu), 0, 1);
        return [.. Enumerable.Range(0, sent.Ids.Length).Where(vcpu => run.Handled(vcpu) == 1)];
    }

    private static void Check(Gen<Sent> commands, Action<Sent> fact, int times = 400) => Prop.ForAll(commands.ToArbitrary(), fact).Check(Config.QuickThrowOnFailure.WithMaxTest(times));
}
