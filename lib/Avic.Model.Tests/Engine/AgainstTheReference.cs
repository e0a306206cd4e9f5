using Avic.Examples;
using Avic.Textbook;

namespace Avic.Model.Tests;

public class AgainstTheReference
{
    private static readonly IReadOnlyList<Property> Everything = [.. Property.All, .. Property.Goals];

    [Theory]
    [InlineData(1, Peterson.Variant.Correct)]
    [InlineData(2, Peterson.Variant.Correct)]
    [InlineData(3, Peterson.Variant.Correct)]
    [InlineData(3, Peterson.Variant.WrongComparison)]
    [InlineData(3, Peterson.Variant.WrongArray)]
    public void Peterson_is_counted_and_judged_alike(int n, Peterson.Variant variant)
    {
        var model = Peterson.Of(n, variant);
        Agree(model, [Peterson.MutualExclusion(model)]);
    }

    [Fact]
    public void Toy_locks_are_counted_and_judged_alike()
    {
        Agree(ToyLock.Broken, [ToyLock.Exclusion]);
        Agree(ToyLock.Fixed, [ToyLock.Exclusion]);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("1,0W32")]
    [InlineData("1,+4")]
    [InlineData("1,0R0W7,+4")]
    [InlineData("1,0W32,+4-4")]
    [InlineData("1,0IW1")]
    [InlineData("1,0I,+4")]
    [InlineData("2")]
    [InlineData("2,1W32")]
    [InlineData("2,+4")]
    [InlineData("2,1W32,+4")]
    [InlineData("2,0W1,1R0,+4")]
    [InlineData("2,+4-4")]
    [InlineData("2,0I")]
    [InlineData("2,1IW32")]
    [InlineData("2,,")]
    [InlineData("2,0w310=1000000.w300=4031.,1v31.wb0=0.")]
    [InlineData("2,0w310=1000000.w300=4031.v41.wb0=0.,1w310=0.w300=4041.hv31.wb0=0.")]
    [InlineData("1h,0hv31.wb0=0.,d0:31.")]
    public void Kvm_scenarios_are_counted_and_judged_alike(string programs)
    {
        var scenario = Scenario.Parse(Linux.V5_15, programs);
        Agree(scenario.Watched(Everything), Everything);
    }

    [Fact]
    public void Random_models_are_counted_and_judged_alike()
    {
        var (compared, broken) = (0, 0);
        foreach (var spec in RandomModels.Sample(300, seed: 1))
        {
            var model = RandomModels.Build(spec);
            if (!Explorer.Explore(model, new() { MaxStates = 10_000 }).Complete) continue;
            compared++;
            broken += Agree(model, RandomModels.Properties, spec.ToString()).Depth.Count;
        }
        Assert.True(compared >= 100 && broken >= 100, $"{compared} models were small enough, {broken} properties were broken in them");
    }

    private static ReferenceExplorer Agree(Model model, IReadOnlyList<Property> properties, string what = "")
    {
        var reference = new ReferenceExplorer(model, properties);
        var counts = Explorer.Explore(model);
        var expected = (reference.Seen.Count, reference.Edges, reference.Levels, reference.RestStates, true);
        var found = (counts.States, counts.Edges, counts.Levels, counts.RestStates, counts.Complete);
        Assert.True(expected == found, $"reference {expected}, explorer {found}: {model}\n{what}");
        Assert.Equal((counts.States, counts.Levels), (counts.LevelSizes.Sum(), counts.LevelSizes.Count));
        foreach (var verdict in Explorer.Check(model, properties))
        {
            var outcome = !reference.Depth.TryGetValue(verdict.Property, out var depth) ? verdict.Property.IsSometimes ? Outcome.NeverReached : Outcome.Safe
                : verdict.Property.IsSometimes ? Outcome.Reached : Outcome.Violated;
            int? rows = outcome is Outcome.Violated or Outcome.Reached ? depth : null;
            Assert.True((outcome, rows) == (verdict.Outcome, verdict.Counterexample?.Steps.Count),
                $"{verdict.Property.Name}: reference {outcome} in {rows} rows, explorer {verdict.Line}: {model}\n{what}");
        }
        return reference;
    }
}
