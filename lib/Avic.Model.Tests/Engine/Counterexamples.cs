using Avic.Examples;
using Avic.Textbook;

namespace Avic.Model.Tests;

public class Counterexamples
{
    [Fact]
    public void A_counterexample_is_the_least_by_actor_row_and_choice_among_the_shortest()
    {
        var compared = 0;
        foreach (var spec in RandomModels.Sample(300, seed: 2))
        {
            var model = RandomModels.Build(spec);
            if (!Explorer.Explore(model, new() { MaxStates = 3_000 }).Complete) continue;
            foreach (var verdict in Explorer.Check(model, RandomModels.Properties))
            {
                if (verdict.Counterexample is not { } found) continue;
                compared++;
                var least = Search.Least(model, verdict.Property, found.Steps.Count);
                Assert.True(least is not null && least.SequenceEqual(found.Steps.Select(step => step.Move)), $"{verdict.Property.Name}: {found.Token}, but {Schedule.TokenOf(model, least ?? [])}\n{spec}");
            }
        }
        Assert.True(compared >= 200, $"{compared} counterexamples");
    }

    [Fact]
    public void The_toy_locks_counterexample_is_the_least() =>
        Assert.Equal([new(0, 0, 0), new(1, 0, 0), new(0, 0, 0), new(1, 0, 0)], Search.Least(ToyLock.Broken, ToyLock.Exclusion, 4)!);

    [Theory]
    [InlineData(Peterson.Variant.WrongComparison)]
    [InlineData(Peterson.Variant.WrongArray)]
    public void Broken_Petersons_counterexample_is_the_least(Peterson.Variant variant)
    {
        var model = Peterson.Of(3, variant);
        var property = Peterson.MutualExclusion(model);
        var found = Explorer.Check(model, property).Counterexample!;
        Assert.Equal(Search.Least(model, property, found.Steps.Count)!, found.Steps.Select(step => step.Move));
    }

    [Fact]
    public void Every_token_replays_to_the_same_bytes()
    {
        var replayed = 0;
        foreach (var spec in RandomModels.Sample(150, seed: 3))
        {
            var model = RandomModels.Build(spec);
            foreach (var verdict in Explorer.Check(model, RandomModels.Properties, new() { MaxStates = 3_000 }))
                foreach (var trace in new[] { verdict.Counterexample, verdict.NearestMiss?.Trace }.OfType<Trace>())
                {
                    Replays(trace);
                    replayed++;
                }
        }
        Assert.True(replayed >= 200, $"{replayed} traces");
    }

    [Theory]
    [InlineData("__kvm_request_apicv_update", "kick")]
    [InlineData("__kvm_request_apicv_update", "zap")]
    [InlineData("kvm_faultin_pfn", "activated")]
    [InlineData("kvm_vcpu_update_apicv", "lock")]
    [InlineData("kvm_request_apicv_update", "lock")]
    public void Every_counterexample_of_an_edited_kernel_replays_and_breaks_its_property(string function, string label)
    {
        IReadOnlyList<Property> everything = [.. Property.All, .. Property.Goals];
        var scenario = Scenario.Parse(Linux.V5_15.Without(function, label), "2,1W32,+4");
        var found = scenario.Check(everything).Where(verdict => verdict.Counterexample is not null).ToList();
        Assert.Contains(found, verdict => verdict.Outcome == Outcome.Violated);
        foreach (var verdict in found)
        {
            Replays(verdict.Counterexample!);
            Assert.True(Search.Ends(verdict.Counterexample!, verdict.Property), verdict.Line);
        }
    }

    [Fact]
    public void Fusing_private_rows_changes_no_outcome_and_no_counterexample()
    {
        // Fusing assumes that a property looks at nothing private, so only those that do not are asked.
        Property[] properties = [.. RandomModels.Properties.Where(p => p.Name is "a-is-not-two" or "rest-has-x" or "y-with-a")];
        var (fused, fewer, found) = (0, 0, 0);
        foreach (var spec in RandomModels.Sample(300, seed: 4))
        {
            var model = RandomModels.Build(spec);
            var exploration = Explorer.Explore(model, new() { MaxStates = 3_000 });
            if (!exploration.Complete) continue;
            fused++;
            if (Explorer.Explore(model, new() { Fuse = true }).States < exploration.States) fewer++;
            foreach (var (plain, quick) in Explorer.Check(model, properties).Zip(Explorer.Check(model, properties, new() { Fuse = true })))
            {
                Assert.True(plain.Outcome == quick.Outcome, $"{plain.Line}\n{quick.Line}\n{spec}");
                if (quick.Counterexample is not { } trace) continue;
                found++;
                Assert.True(trace.Token == plain.Counterexample!.Token && Search.Ends(trace, quick.Property), $"{quick}{trace}\n{spec}");
                Assert.Contains("(shortest)", quick.Line);
            }
        }
        Assert.True(fused >= 150 && fewer >= 30, $"{fused} models, {fewer} with fewer states");
        Assert.True(found > 20, $"{found} counterexamples");
    }

    [Fact]
    public void A_property_that_a_fused_row_breaks_has_that_row_in_its_counterexample()
    {
        var code = new Code<ToyLock.Memory>(new Routine<ToyLock.Memory>("p", "test",
        [
            new("one", "", (ref _, _, _) => Flow.Next),
            new("two", "", (ref m, _, _) =>
            {
                m.Taken = 1;
                return Flow.Next;
            }) { Private = true },
        ]));
        var model = new ModelBuilder<ToyLock.Memory>("fused", code, default).Thread("p", "p").Build();
        var property = Property.Named("never-taken", "").Never(Term.Of<ToyLock.Memory>("taken", (ref readonly m, _) => m.Taken == 1));
        Assert.Equal(["p.one", "p.two"], Explorer.Check(model, property, new() { Fuse = true }).Counterexample!.Steps.Select(step => step.Row));
    }

    private static void Replays(Trace trace)
    {
        var again = Trace.Replay(trace.Model, Schedule.Moves(trace.Model, trace.Token));
        Assert.Equal(trace.Steps.Count, again.Steps.Count);
        for (var row = 0; row <= trace.Steps.Count; row++)
            Assert.True(trace.Bytes(row).SequenceEqual(again.Bytes(row)), $"differs after row {row}: {trace.Token}");
    }
}
