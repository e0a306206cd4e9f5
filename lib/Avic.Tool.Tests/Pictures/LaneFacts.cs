using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Avic.Model;
using Avic.Notebook;

namespace Avic.Tool.Tests;

/// <summary>What lanes draw as arrows, and what they fold.</summary>
public class LaneFacts
{
    /// <summary>Fields whose names say nothing: what is a signal is declared.</summary>
    public struct State
    {
        [Each("cell")]
        public Cells Cell;
        public ushort Round;
    }

    [InlineArray(2)]
    public struct Cells
    {
        private Cell _first;
    }

    public struct Cell
    {
        [Signal(Signal.Doorbell)]
        public bool Ding;

        [Signal(Signal.Request)]
        public byte Asked;
    }

    private static Row<State> Row(string label, Effect<State> effect, params string[] to) => new(label, label, effect) { To = to };

    /// <summary>One thread goes round, the other answers what it left.</summary>
    private static Model.Model Rounds() => new ModelBuilder<State>("Rounds", new Code<State>(
        new Routine<State>("round", "test", [
            Row("set", (ref s, _, _) => { s.Round = 1; return Flow.Next; }),
            Row("look", (ref _, _, _) => Flow.Next),
            Row("clear", (ref s, _, e) => { s.Round = 0; return e.Choose(2) == 0 ? e.Goto("set") : Flow.Next; }, "set"),
            Row("ask", (ref s, _, _) => { s.Cell[1].Asked |= 4; return Flow.Next; }),
            Row("ring", (ref s, _, e) => { s.Cell[1].Ding = true; return e.Choose(2) == 0 ? e.Goto("set") : Flow.Next; }, "set"),
            Row("end", (ref s, _, _) => { s.Round = 9; return Flow.Next; }),
        ]),
        new Routine<State>("answer", "test", [
            Row("wait", (ref s, _, _) => { if (!s.Cell[1].Ding) return Flow.Wait; s.Cell[1].Ding = false; return Flow.Next; }),
            Row("serve", (ref s, _, e) => { s.Cell[1].Asked = 0; return e.Goto("wait"); }, "wait"),
        ])), default).Thread("cell0", "round").Thread("cell1", "answer").Count("cell", 2).Build();

    // cell0 goes round so many times, and leaves the circle at the last.
    private static IEnumerable<Move> Go(int times) => Enumerable.Range(1, times).SelectMany(i => new Move[] { new(0, 0, 0), new(0, 0, 0), new(0, 0, (byte)(i < times ? 0 : 1)) });

    private static Trace Ran(params IEnumerable<Move>[] moves) => Trace.Replay(Rounds(), moves.SelectMany(move => move), "rounds", "never-9");

    private static Move Other => new(1, 0, 0);

    private static IEnumerable<string> Sent(Trace trace) => LaneArrows.Of(trace).Select(arrow => $"{arrow.Kind} {arrow.From} → {arrow.To} {arrow.Target.Name}");

    private static List<LaneItem> Items(Trace trace) => LaneItems.Of(trace, all: false, LaneArrows.Of(trace));

    private static readonly Scenario Ipi = Scenario.On(Linux.V5_15, vcpus: 2).Guest(0, g => g.SendIpi(to: 1, vector: 0x31)).Guest(1, g => g.On(0x31, h => h.Eoi()));

    [Fact]
    public void Arrows_come_from_what_the_state_declares() =>
        Assert.Equal(["Request 4 → 7 cell1", "Doorbell 5 → 6 cell1"], Sent(Ran(Go(1), [new(0, 0, 0), new(0, 0, 1), Other, Other])));

    [Fact]
    public void A_doorbell_that_nobody_answers_goes_nowhere() =>
        Assert.Equal(["Request 4 → 0 cell1", "Doorbell 5 → 0 cell1"], Sent(Ran(Go(1), [new(0, 0, 0), new(0, 0, 1)])));

    [Fact]
    public void An_ipi_is_an_interrupt_and_a_doorbell()
    {
        var trace = Ipi.Run(Schedule.RoundRobin);
        Assert.Equal([("avic_ipi.irr", "virtual interrupt"), ("avic_ipi.doorbell", "doorbell: evaluate IRR")],
            LaneArrows.Of(trace).Select(arrow => (trace.Steps[arrow.From - 1].Row, trace.Steps[arrow.To - 1].Text)));
        Assert.Contains("doorbell: rung, answered", trace.Lanes().ToSvg(), StringComparison.Ordinal);
        Assert.Contains("interrupt: sent, accepted", trace.Lanes().ToSvg(), StringComparison.Ordinal);
    }

    [Fact]
    public void Entries_and_exits_are_arrows_with_names_of_their_own()
    {
        var svg = Ipi.Run(Schedule.RoundRobin).Lanes().ToSvg();
        Assert.Contains("VMRUN: into the guest", svg, StringComparison.Ordinal);
        Assert.Contains("#VMEXIT: out of it", svg, StringComparison.Ordinal);
    }

    [Fact]
    public void A_round_taken_again_and_again_is_drawn_once_and_counted()
    {
        var trace = Ran(Go(7));
        Assert.Equal([(1, 1, 0), (2, 2, 0), (3, 3, 0), (4, 18, 6), (19, 19, 0), (20, 20, 0), (21, 21, 0)], Items(trace).Select(item => (item.First, item.Last, item.Times)));
        Assert.Contains("rows 1–3 × 6", trace.Lanes().ToSvg(), StringComparison.Ordinal);
        Assert.Contains("... rows 1 to 3 x 6", trace.Lanes().ToText(), StringComparison.Ordinal);
        Assert.DoesNotContain("× 6", trace.Lanes(all: true).ToSvg(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_round_in_which_something_else_changes_is_not_folded()
    {
        var counter = Scenario.On(Linux.V5_15, vcpus: 1).Guest(0, g => g.Write(Apic.Tpr, 1).Write(Apic.Tpr, 2).Write(Apic.Tpr, 3).Write(Apic.Tpr, 4).Write(Apic.Tpr, 5)).Run(Schedule.RoundRobin);
        Assert.DoesNotContain(Items(counter), item => item.Times > 0);
        var same = Scenario.On(Linux.V5_15, vcpus: 1).Guest(0, g => g.Repeat(6, b => b.Write(Apic.Tpr, 1))).Run(Schedule.RoundRobin);
        Assert.Contains(Items(same), item => item.Times == 4 && item.Period == 1);
    }

    [Fact]
    public void A_vcpu_that_leaves_its_guest_again_and_again_is_folded()
    {
        var ticks = Scenario.On(Linux.V5_15, vcpus: 1).HostTicks().Guest(0, g => g.Write(Apic.Tpr, 1)).Run(Schedule.Seed(3), 200);
        Assert.Contains(Items(ticks), item => item.Times > 2 && item.Actor is null);
    }

    [Fact]
    public void No_end_of_an_arrow_is_hidden()
    {
        // Five rounds, each with a request and a doorbell that the other answers: nothing but what lies between may fold.
        var trace = Ran([.. Enumerable.Range(0, 5).Select(_ => Go(6).Concat([new(0, 0, 0), new(0, 0, 0), Other, Other]))]);
        var items = Items(trace);
        Assert.Contains(items, item => item.Times > 0);
        Assert.All(LaneArrows.Of(trace).SelectMany(arrow => new[] { arrow.From, arrow.To }), end => Assert.Contains(items, item => item.First == end && item.Last == end));
    }

    [Fact]
    public void The_violation_is_not_hidden()
    {
        var trace = Trace.Replay(Rounds(), Go(8).Take(23), "rounds", "bad");
        Assert.Equal((23, 23, 0), Items(trace).Select(item => (item.First, item.Last, item.Times)).Last());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Every_row_is_in_one_item_and_what_is_folded_is_what_stands_above(int seed)
    {
        var trace = Scenario.On(Linux.V5_15, vcpus: 2).HostTicks().Guest(1, g => g.Write(Apic.Tpr, 1)).Host(h => h.SetInhibit(Reason.Hyperv)).Run(Schedule.Seed(seed), 600);
        var items = Items(trace);
        Assert.Equal(Enumerable.Range(1, trace.Steps.Count), items.SelectMany(item => Enumerable.Range(item.First, item.Rows)));
        foreach (var item in items.Where(item => item.Times > 0))
            Assert.All(Enumerable.Range(item.First, item.Rows), number => Assert.Equal((trace.Steps[number - 1 - item.Period].Actor, trace.Steps[number - 1 - item.Period].Row), (trace.Steps[number - 1].Actor, trace.Steps[number - 1].Row)));
    }

    [Theory]
    [InlineData(true, true, "dots")]
    [InlineData(true, false, "dots hatch")]
    [InlineData(false, true, "")]
    [InlineData(false, false, "hatch")]
    public void Guest_and_host_differ_without_colour_as_avic_on_and_off_do(bool guest, bool avic, string patterns)
    {
        var svg = new Svg(100) { Height = 100 };
        LaneBody.Fill(svg, 0, 0, 20, 20, guest, avic);
        Assert.Equal(patterns, string.Join(' ', Regex.Matches(svg.ToString("x"), "fill=\"url\\(#(dots|hatch)\\)\"").Select(match => match.Groups[1].Value)));
    }

    [Fact]
    public void Lanes_of_vcpus_that_move_say_which_core_each_is_on()
    {
        var trace = Examples.Migration;
        var text = trace.Lanes().ToText().Split('\n');
        Assert.Equal(" row  vcpu0  vcpu1  vmm0  core0  core1  ", text[1]);
        Assert.All(Enumerable.Range(2, text.Length - 5), i =>
        {
            var (row, line) = (int.Parse(text[i].AsSpan(0, 4), CultureInfo.InvariantCulture) - 1, text[i]);
            for (var vcpu = 0; vcpu < 2; vcpu++)
            {
                var core = trace.Value($"vcpu{vcpu}.core", row);
                var side = core switch { -1 => "w", -2 => "s", _ => $"{(trace.Value($"core{core}.in_guest", row) != 0 ? "G" : "h")}{core}" };
                Assert.StartsWith(side, line[(6 + 7 * vcpu)..], StringComparison.Ordinal);
            }
        });
        foreach (var said in new[] { "waits for a core", "sleeps, on no core", "vCPU on the core" }) Assert.Contains(said, trace.Lanes().ToSvg(), StringComparison.Ordinal);
    }

    [Fact]
    public void Lanes_of_vcpus_that_stay_say_nothing_of_cores() =>
        Assert.DoesNotContain("vCPU on the core", Ipi.Run(Schedule.RoundRobin).Lanes().ToSvg(), StringComparison.Ordinal);
}
