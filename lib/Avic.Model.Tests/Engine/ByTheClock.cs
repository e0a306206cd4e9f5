namespace Avic.Model.Tests;

/// <summary>Runs by the clock: what rows cost, who is next, what a run tells of it.</summary>
public class ByTheClock
{
    private static readonly Scenario Race = Scenario.Parse(Linux.V5_15, "2,0W20,1W32W48,+4-4");

    // All drawn from a range of one value, so times are sums.
    private static readonly Costs Fixed = Costs.Known.Rows.Aggregate(Costs.Known, (costs, cost) => costs.With(cost.Row, cost.Typical));

    [Fact]
    public void The_same_seed_makes_the_same_run()
    {
        Assert.Equal(Race.Run(Costs.Known, seed: 7).ToText(), Race.Run(Costs.Known, seed: 7).ToText());
        Assert.NotEqual(Race.Run(Costs.Known, seed: 7).ToText(), Race.Run(Costs.Known, seed: 8).ToText());
    }

    [Fact]
    public void Its_token_takes_the_same_rows_without_a_clock()
    {
        var run = Race.Run(Costs.Known);
        Assert.Equal(run.Trace.ToText(), Race.Replay(run.Trace.Token).ToText());
    }

    [Fact]
    public void Time_never_goes_back_and_each_row_begins_before_it_ends()
    {
        var run = Race.Run(Costs.Known, seed: 3);
        Assert.True(Enumerable.Range(0, run.Trace.Steps.Count).All(row => run.At(row) <= run.At(row + 1)));
        Assert.Equal((run.Trace.Steps.Count, 0), (run.RowsBy(run.End), run.RowsBy(0)));
    }

    [Fact]
    public void It_ends_where_nothing_must_happen_any_more()
    {
        var run = Race.Run(Costs.Known);
        var stepper = new Stepper(Race.Model);
        stepper.Load(run.Trace.Bytes(run.Trace.Steps.Count));
        Assert.All(stepper.Enabled(), move => Assert.True(stepper.Offered(move.Actor)[move.Alternative].May));
    }

    [Fact]
    public void A_call_lasts_from_the_beginning_of_its_first_row_to_the_end_of_its_last()
    {
        var run = Race.Run(Fixed);
        var calls = run.Calls("kvm_request_apicv_update");
        Assert.Equal(["vmm0", "vmm0"], calls.Select(call => call.Actor));
        Assert.Equal(Fixed["vmm"].Typical, calls[0].Begin);
        Assert.Equal(run.At(run.Trace.Steps.Last(step => step.Row == "kvm_request_apicv_update.unlock").Number), calls[1].End);
        // The VMM asks again at once.
        Assert.Equal(calls[0].End, calls[1].Begin);
    }

    [Fact]
    public void A_function_may_be_asked_for_by_another_versions_name()
    {
        var run = Race.On(Linux.V6_8).Run(Costs.Known);
        Assert.Equal(2, run.Calls("kvm_request_apicv_update").Count);
        Assert.Equal(run.Calls("kvm_set_or_clear_apicv_inhibit").Select(call => call.Nanoseconds), run.Calls("kvm_request_apicv_update").Select(call => call.Nanoseconds));
    }

    [Fact]
    public void Who_waits_for_a_slower_core_waits_so_much_longer()
    {
        double Inhibit(Costs costs) => Race.Run(costs).Calls("kvm_request_apicv_update")[0].Nanoseconds;

        Assert.Equal(600, Inhibit(Fixed.With("core.ack", Fixed["core.ack"].Typical + 600)) - Inhibit(Fixed), 6);
    }

    [Fact]
    public void Only_one_thread_is_in_a_mutex_whatever_rows_cost()
    {
        var run = Scenario.Parse(Linux.V5_15, "1,,+4-4,+1-1").Run(Costs.Known.With("kvm_zap_gfn_range.zap", 20_000));
        var calls = run.Calls("__kvm_request_apicv_update");
        Assert.Equal(4, calls.Count);
        Assert.All(calls.SelectMany(one => calls.Where(other => other != one).Select(other => (one, other))), pair => Assert.True(pair.one.End <= pair.other.Begin || pair.other.End <= pair.one.Begin));
    }

    [Fact]
    public void What_may_happen_does_so_only_where_it_has_a_cost()
    {
        var ticking = Scenario.Parse(Linux.V5_15, "1,0W20,+4").HostTicks();
        Assert.DoesNotContain(ticking.Run(Fixed).Trace.Steps, step => step.Row == "core.tick");
        Assert.Contains(ticking.Run(Fixed.With("core.tick", 5_000), longest: 500).Trace.Steps, step => step.Row == "core.tick");
    }

    [Theory]
    [InlineData("w320=31.w380=1000.", 0x1000 * 2)]
    [InlineData("w3e0=b.w320=31.w380=1000.", 0x1000)]
    [InlineData("w3e0=a.w320=31.w380=1000.", 0x1000 * 128)]
    public void The_timer_expires_when_its_count_is_up(string program, double expected)
    {
        var run = Scenario.Parse(Linux.V5_15, $"1,0{program}").Run(Fixed);
        var armed = run.Trace.Steps.First(step => ((Mark)step.Marks).HasFlag(Mark.TimerStarted));
        Assert.Equal(expected, Assert.Single(Expiries(run)) - run.At(armed.Number), 6);
    }

    [Fact]
    public void A_deadline_is_a_time()
    {
        var run = Scenario.Parse(Linux.V5_15, "1,0w320=40031.m6e0=40000.").Run(Fixed);
        Assert.Equal(0x40000, Assert.Single(Expiries(run)), 6);
    }

    [Fact]
    public void A_deadline_that_has_passed_is_now()
    {
        var run = Scenario.Parse(Linux.V5_15, "1,0w320=40031.m6e0=5.").Run(Fixed);
        Assert.Equal(run.At(run.Trace.Steps.First(step => ((Mark)step.Marks).HasFlag(Mark.TimerStarted)).Number), Assert.Single(Expiries(run)), 6);
    }

    [Fact]
    public void A_periodic_timer_expires_again_and_again()
    {
        var expiries = Expiries(Scenario.Parse(Linux.V5_15, "1,0w320=20031.w380=4000.").Run(Fixed, longest: 400));
        Assert.True(expiries.Length > 2);
        // From the callback, which comes as much later each time.
        Assert.Single(expiries.Zip(expiries.Skip(1), (one, next) => Math.Round(next - one, 6)).Skip(1).Distinct());
    }

    [Fact]
    public void An_interrupt_is_handled_before_its_core_goes_on()
    {
        var rows = Scenario.Parse(Linux.V5_15, "1,0w320=20031.w380=4000.").Run(Costs.Known, longest: 400).Trace.Steps.Select(step => step.Row).ToList();
        Assert.InRange(rows.Count(row => row == "hrtimer.intr"), 2, rows.Count(row => row == "hrtimer.callback") + 1);
    }

    // kvm-unit-tests, x86/apic.c: a change of mode does not start the count again, a write of the count does.
    [Theory]
    [InlineData("w320=31.w380=4000.w320=20031.", false)]
    [InlineData("w320=31.w380=4000.w380=4000.", true)]
    public void A_count_that_is_written_again_starts_again(string program, bool anew)
    {
        var run = Scenario.Parse(Linux.V5_15, $"1,0{program}").Run(Fixed, longest: 150);
        var started = run.Trace.Steps.Where(step => ((Mark)step.Marks).HasFlag(Mark.TimerStarted)).Select(step => run.At(step.Number)).ToArray();
        Assert.Equal(anew ? 2 : 1, started.Length);
        Assert.Equal(0x4000 * 2, Expiries(run)[0] - started[^1], 6);
    }

    /// <summary>kvm-unit-tests, x86/apic.c, test_apic_change_mode: what the guest reads of TMCCT, TMICT being 4000h, until it has passed.</summary>
    [Theory]
    [InlineData("w320=31.w380=4000.", new uint[] { 0x4000, 0x3000, 0x2000, 0x1000, 0 })] // one-shot: down to zero, and no further
    [InlineData("w320=20031.w380=4000.", new uint[] { 0x4000, 0x3000, 0x2000, 0x1000, 0x4000 })] // periodic: it wraps
    public void What_is_left_of_a_count_goes_down_with_time(string program, uint[] expected)
    {
        var read = Counts(program + Reads(40)).ToArray();
        Assert.Equal(expected, Compressed(read).Take(expected.Length));
    }

    // From one mode to the other behind enough reads for half the time: nothing starts anew, and what follows is the new mode's.
    [Theory]
    [InlineData("w320=31.w380=10000.", "w320=20031.", new uint[] { 0x4000, 0x10000 })]
    [InlineData("w320=20031.w380=10000.", "w320=31.", new uint[] { 0x4000, 0 })]
    public void A_change_of_mode_lets_the_count_go_on(string before, string after, uint[] expected)
    {
        var counts = Counts(before + Reads(LateReads) + after + Reads(40)).ToArray();
        Assert.Equal(expected, Compressed(counts[LateReads..]).SkipWhile(count => count > 0x4000).Take(2));
    }

    [Fact]
    public void A_count_that_has_run_out_stays_zero_in_periodic_mode_until_it_is_written()
    {
        var counts = Counts("w320=31.w380=100." + Reads(20) + "w320=20031." + Reads(20) + "w380=4000." + Reads(1)).ToArray();
        Assert.Equal((0u, 0x4000u), (counts[19..40].Max(), counts[40]));
    }

    // Of a count of 10000h, divided by two, this many reads take more than half the time and less than all.
    private const int LateReads = 20;

    private static string Reads(int n) => string.Concat(Enumerable.Repeat("r390.", n));

    // What each read has found, in order: EAX behind it.
    private static IEnumerable<uint> Counts(string program)
    {
        var scenario = Scenario.Parse(Linux.V5_15, $"1,0z{program}");
        var run = scenario.Run(Fixed, longest: 4_000).Trace;
        var code = scenario.Programs.Guest[0];
        for (var i = 1; i <= run.Steps.Count; i++)
        {
            var (before, after) = (run.State<Machine>(i - 1).Vmcb[0], run.State<Machine>(i).Vmcb[0]);
            if (before.Rip != after.Rip && code.At(before.Rip) is { Operation: GuestOperation.Read }) yield return after.Rax;
        }
    }

    private static IEnumerable<uint> Compressed(uint[] counts) => counts.Where((count, i) => i == 0 || count != counts[i - 1]);

    [Fact]
    public void What_passes_between_two_values_of_a_field_adds_up_to_the_run()
    {
        var run = Race.Run(Costs.Known);
        var accesses = run.Between("vcpu1.rip");
        Assert.Equal(2, accesses.Count);
        Assert.Equal(accesses[^1].End, accesses.Sum(access => access.Nanoseconds), 6);
        Assert.All(accesses, access => Assert.Equal("vcpu1", access.Actor));
    }

    [Fact]
    public void Measuring_asks_each_run() =>
        Assert.Equal([Race.Run(Costs.Known, 1).End, Race.Run(Costs.Known, 2).End, Race.Run(Costs.Known, 3).End], Race.Measure(Costs.Known, run => [run.End], runs: 3));

    [Fact]
    public void No_run_by_the_clock_breaks_what_holds_under_every_schedule() =>
        Assert.All(Enumerable.Range(1, 50), seed => Assert.DoesNotContain(Race.Run(Costs.Known, seed).Trace.Steps, step => ((Mark)step.Marks & (Mark.Lost | Mark.Warned)) != 0));

    [Fact]
    public void Every_cost_is_of_a_row_that_there_is_in_order_and_says_how_it_is_known()
    {
        Assert.All(Costs.Known.Rows, cost =>
        {
            Assert.Equal(cost.Typical, Costs.Known.With(cost.Row, cost.Typical)[cost.Row].Typical);
            Assert.InRange(cost.Typical, cost.Least, cost.Most);
            Assert.Contains(cost.Kind, (string[])["measured", "derived", "assumed"]);
            Assert.NotEmpty(cost.Source);
        });
        string[] classes = ["plain", "locked", "barrier", "vmm"];
        var rows = Linux.Known.SelectMany(kernel => Hardware.Default.Under(kernel.Code).Routines).SelectMany(routine => routine.Rows.Select(row => (Id: $"{routine.Name}.{row.Label}", routine.Name))).ToHashSet();
        var units = Scenario.Parse(Linux.V5_15, "1,0w380=5.").Model.KnownRows;
        Assert.All(Costs.Known.Rows.Select(cost => cost.Row.Split('#')[0]).Except(classes), row => Assert.True(rows.Any(known => known.Id == row) || units.Contains(row), row));
    }

    [Theory]
    [InlineData(0, 10)]
    [InlineData(0.25, 15)]
    [InlineData(0.5, 17.752551286084112)]
    [InlineData(1, 30)]
    public void A_cost_is_drawn_from_a_triangle(double chance, double expected) =>
        Assert.Equal(expected, new RowCost("plain", 10, 15, 30, "given", "").At(chance), 9);

    [Fact]
    public void Bad_costs_are_refused_with_what_is_near()
    {
        Refused("Did you mean 'kvm_zap_gfn_range.zap'?", () => Costs.Known.With("kvm_zap_gfn_range.zapp", 5));
        Refused("least ≤ typical ≤ most", () => Costs.Known.With("plain", 5, 4, 6));
        Refused("least ≤ typical ≤ most", () => Costs.Known.With("plain", -1));
        Refused("least ≤ typical ≤ most", () => Costs.Known.With("plain", double.NaN));
        Refused("least ≤ typical ≤ most", () => Costs.Known.With("plain", 1, 2, double.PositiveInfinity));
        Refused("has no cost of its own", () => Costs.Known["kvm_zap_gfn_range.seq"]);
        Refused("There is no routine 'kvm_request_apicv'", () => Race.Run(Costs.Known).Calls("kvm_request_apicv"));
        Refused("0 runs", () => Race.Measure(Costs.Known, run => [run.End], runs: 0));
        Refused("The run has rows 1 to", () => Race.Run(Costs.Known).At(100_000));
    }

    private static void Refused(string words, Func<object> of) => Assert.Contains(words, Assert.Throws<ModelException>(of).Message, StringComparison.Ordinal);

    private static double[] Expiries(TimedRun run) => [.. run.Trace.Steps.Where(step => step.Row == "hrtimer.expire").Select(step => run.At(step.Number))];
}
