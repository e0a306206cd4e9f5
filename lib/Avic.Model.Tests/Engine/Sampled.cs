using Avic.Examples;
using Avic.Textbook;
using FsCheck.Fluent;

namespace Avic.Model.Tests;

public class Sampled
{
    private static readonly Scenario Race = Scenario.Parse(Linux.VcpuStatus, "2,1W32,+4");
    private static readonly Property Lost = Property.ApicAccessIsNeverLost;

    [Fact]
    public void Luck_finds_the_race_of_October_2021_this_often()
    {
        Assert.Equal([323], Race.Sample(Lost, 400).Hits);
        Assert.Empty(Race.Sample(Lost, 400, seed => Schedule.Pct(seed, depth: 1, rows: 110)).Hits);
        var pct = Race.Sample(Lost, 400, seed => Schedule.Pct(seed, depth: 2, rows: 110)).Hits;
        Assert.Equal((9, 42), (pct.Count, pct[0]));
    }

    [Fact]
    public void The_first_run_that_hits_comes_back_from_its_text()
    {
        var sampling = Race.Sample(Lost, 100, seed => Schedule.Pct(seed, depth: 2, rows: 110));
        Assert.Equal("pct:42,2,110", $"{sampling.First}");
        Assert.Equal(Lost.Name, sampling.Witness!.Violation);
        var again = Race.Run(Schedule.Parse(" pct:42,2,110\n"));
        Assert.Equal(sampling.Witness.ToText(), Trace.Replay(Race.Model, again.Steps.Take(sampling.Witness.Steps.Count).Select(step => step.Move)).ToText());
    }

    [Theory]
    [InlineData("seed:-7")]
    [InlineData("pct:7,2,60")]
    [InlineData("pct:-1,1,1000000")]
    public void A_schedule_by_chance_is_written_as_it_is_read(string text) => Assert.Equal(text, $"{Schedule.Parse(text)}");

    [Theory]
    [InlineData("pct:7,0,60", "A bug's depth is from 1 to 1000, not 0")]
    [InlineData("pct:7,2,0", "A run is planned for 1 to 1000000 rows, not 0")]
    [InlineData("pct:7,2", "is no schedule: a token reads")]
    [InlineData("pct:7,2,60,1", "is no schedule: a token reads")]
    [InlineData("seed:", "is no schedule: a token reads")]
    [InlineData("seed:99999999999", "is no schedule: a token reads")]
    public void What_is_no_schedule_by_chance_is_refused(string text, string why) =>
        Assert.Contains(why, Assert.Throws<ModelException>(() => Race.Run(Schedule.Parse(text))).Message, StringComparison.Ordinal);

    [Fact]
    public void Counts_do_not_depend_on_the_number_of_workers()
    {
        Sampling With(int threads) => Sampling.Of(ToyLock.Broken, ToyLock.Exclusion, 500, seed => Schedule.Pct(seed, 2, 6), new() { Threads = threads, MaxLevels = 6 });
        var (one, three) = (With(1), With(3));
        Assert.Equal(one.Hits, three.Hits);
        Assert.Equal(one.Rows, three.Rows);
        Assert.Equal(one.ToText(), three.ToText());
    }

    [Fact]
    public void Chance_sees_what_the_explorer_sees()
    {
        foreach (var variant in Enum.GetValues<Peterson.Variant>())
        {
            var model = Peterson.Of(2, variant);
            var property = Peterson.MutualExclusion(model);
            var (verdict, sampling) = (Explorer.Check(model, property), Sampling.Of(model, property, 300, limits: new() { MaxLevels = 200 }));
            Assert.Equal(verdict.Holds, sampling.Hits.Count == 0);
            Assert.True(sampling.Witness is null || sampling.Witness.Steps.Count >= verdict.Counterexample!.Steps.Count);
        }
    }

    // A takes rows 1 to a, B rows 1 to b. The bug: B's row j comes between A's rows i and i + 1, two ordering constraints. Of the
    // schedules that PCT draws only this shows it: A first (1 of 2), and its priority changes as it takes row i (1 of a + b).
    [Fact]
    public void Pct_finds_a_bug_of_depth_2_exactly_as_often_as_the_paper_promises()
    {
        var race = from a in Gen.Choose(2, 6) from b in Gen.Choose(1, 6) from i in Gen.Choose(1, a - 1) from j in Gen.Choose(1, b) select (a, b, i, j);
        const int runs = 4_000;
        foreach (var (a, b, i, j) in race.Sample(40, new FsCheck.Rnd(3), 10))
        {
            var sampling = Sampling.Of(StraightLines(a, b), Between(i, j), runs, seed => Schedule.Pct(seed, depth: 2, rows: a + b));
            var promise = 1.0 / (2 * (a + b));
            Assert.InRange(sampling.Share, promise - 4 * Math.Sqrt(promise / runs), promise + 4 * Math.Sqrt(promise / runs));
        }
    }

    // A seed whose draws are its neighbour's, one later, would hit beside it.
    [Fact]
    public void Neighbouring_seeds_of_Pct_have_nothing_in_common()
    {
        const int runs = 20_000;
        var hits = Sampling.Of(StraightLines(2, 2), Between(1, 1), runs, seed => Schedule.Pct(seed, depth: 2, rows: 4)).Hits.ToHashSet();
        for (var apart = 1; apart <= 6; apart++)
            Assert.InRange(hits.Count(seed => hits.Contains(seed + apart)), runs / 64.0 - 80, runs / 64.0 + 80);
    }

    [Fact]
    public void Pct_of_depth_1_never_finds_a_bug_of_depth_2() =>
        Assert.Empty(Sampling.Of(StraightLines(4, 3), Between(2, 2), 1_000, seed => Schedule.Pct(seed, depth: 1, rows: 7)).Hits);

    public struct Progress
    {
        public byte A, B, SeenByB;
    }

    private static Model StraightLines(int a, int b)
    {
        var ofA = Enumerable.Range(1, a).Select(n => new Row<Progress>($"a{n}", $"a = {n}", x =>
        {
            x.State.A = (byte)n;
            return x.Next;
        }));
        var ofB = Enumerable.Range(1, b).Select(n => new Row<Progress>($"b{n}", $"b = {n}", x =>
        {
            x.State.B = (byte)n;
            return x.Next;
        }));
        return new ModelBuilder<Progress>("lines", new(new Routine<Progress>("a", "test", ofA), new Routine<Progress>("b", "test", ofB)), default).Thread("a", "a").Thread("b", "b").Build();
    }

    private static Property Between(int i, int j) => Property.Named("between", "B's row j never comes between A's rows i and i + 1.")
        .At($"b.b{j}").Never(Term.Of<Progress>($"A has taken {i} rows", x => x.State.A == i));

    [Fact]
    public void Two_ticks_in_a_row_let_others_move_between_them()
    {
        // The unit with a may-row alone has the highest priority in half of the runs, and would keep it for ever.
        var code = new Code<Progress>(
            new Routine<Progress>("thread", "test", [new Row<Progress>("end", "a = 1", x =>
            {
                x.State.A = 1;
                return x.Next;
            })]),
            new Routine<Progress>("tick", "test", [new Row<Progress>("tick", "b ^= 1", x =>
            {
                x.State.B ^= 1;
                return x.Next;
            }) { May = true }]));
        var model = new ModelBuilder<Progress>("ticking", code, default).Thread("thread", "thread").Unit("tick", "tick").Build();
        var ended = Property.Named("ended", "The thread ends.").Sometimes(Term.Of<Progress>("a is 1", x => x.State.A == 1));
        var sampling = Sampling.Of(model, ended, 64, seed => Schedule.Pct(seed, depth: 1, rows: 1_000));
        Assert.Equal((64, 2), (sampling.Hits.Count, sampling.Rows.Max()));
    }

    [Fact]
    public void Whoever_loops_until_another_acts_does_not_do_so_for_ever()
    {
        var code = new Code<Progress>(
            new Routine<Progress>("waits", "test", [new Row<Progress>("spin", "while (!a);", x => x.State.A == 0 ? x.Goto("spin") : x.Next) { To = ["spin"] }]),
            new Routine<Progress>("acts", "test", [new Row<Progress>("store", "a = 1;", x =>
            {
                x.State.A = 1;
                return x.Next;
            })]));
        var model = new ModelBuilder<Progress>("spinning", code, default).Thread("waits", "waits").Thread("acts", "acts").Build();
        for (var seed = 0; seed < 20; seed++)
            Assert.InRange(Trace.Record(model, Schedule.Pct(seed, depth: 1, rows: 10)).Steps.Count, 2, 60);
    }

    [Fact]
    public void A_goal_is_looked_for_and_what_holds_at_rest()
    {
        var race = Scenario.Parse(Linux.V5_15, "1,0W32,+4");
        var goal = race.Sample(Property.AccessIsEmulated, 50);
        Assert.Equal(50, goal.Hits.Count);
        Assert.Null(goal.Witness!.Violation);
        Assert.Equal(50, race.On(Linux.V5_15.Without("__kvm_request_apicv_update", "kick")).Sample(Property.AllAgreeAtRest, 50).Hits.Count);
    }

    [Fact]
    public void None_found_is_not_safe()
    {
        var line = Race.Sample(Lost, 100).Line;
        Assert.Equal("none of 100 runs break apic-access-is-never-lost: the chance is below 3.7 %, or there is none · at random · 2 vCPUs, 1 toggle, 1 access · V5_15.VcpuStatus", line);
    }

    // Nobody is in x2APIC mode, so no run comes to where the premise holds; a goal that no run reaches has no premise to miss.
    [Fact]
    public void Where_no_run_had_occasion_none_found_is_vacuous()
    {
        var never = Property.Named("never", "Never.").Whenever(Property.Is("the guest is in x2APIC mode", x => x.MsrsOf(0).IsX2)).Never(Property.Is("ever", _ => true));
        var sample = Race.Sample(never, 100);
        Assert.Equal(0, sample.Occasions);
        Assert.StartsWith("none of 100 runs break never: the chance is below 3.7 %, or there is none; vacuous: none of them had occasion to · at random", sample.Line);
        Assert.Equal(100, Race.Sample(Lost, 100).Occasions);
        Assert.DoesNotContain("vacuous", Race.Sample(Property.Taken("kvm_vcpu_reset.vmcb"), 100).Line);
    }

    [Fact]
    public void A_cancelled_sample_says_so_and_counts_the_first_seeds()
    {
        using CancellationTokenSource source = new();
        var sampling = Race.Sample(Lost, 1_000, seed =>
        {
            if (seed == 200) source.Cancel();
            return Schedule.Seed(seed);
        }, new() { Cancel = source.Token });
        Assert.Equal(256, sampling.Runs);
        Assert.Contains("cancelled, 1 000 were asked for", sampling.Line, StringComparison.Ordinal);
        Assert.Equal(Race.Sample(Lost, 256).Hits, sampling.Hits);
    }

    [Fact]
    public void A_schedule_for_all_seeds_is_refused()
    {
        var shared = Schedule.Seed(1);
        Assert.StartsWith("A schedule remembers where its run is", Assert.Throws<ModelException>(() => Race.Sample(Lost, 10, _ => shared)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_that_fails_is_named()
    {
        var fails = new Routine<Progress>("fails", "test", [new Row<Progress>("now", "x", _ => throw new InvalidOperationException("no"))]);
        var model = new ModelBuilder<Progress>("failing", new(fails), default).Thread("t", "fails").Build();
        Assert.StartsWith("fails.now (test), taken by t: no", Assert.Throws<ModelException>(() => Sampling.Of(model, Property.Named("m", "m").Never(Term.TwoAt("fails.now")), 300)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_at_a_row_is_what_a_lock_forbids()
    {
        var property = Property.Named("mutual-exclusion", "Never two.").Never(Term.TwoAt("process.leave"));
        Assert.Equal(Explorer.Check(ToyLock.Broken, ToyLock.Exclusion).Line, Explorer.Check(ToyLock.Broken, property).Line);
        Assert.Contains("there is no row 'process.leaves'", Assert.Throws<ModelException>(() => Explorer.Check(ToyLock.Broken, Property.Named("m", "m").Never(Term.TwoAt("process.leaves")))).Message, StringComparison.Ordinal);
    }
}
