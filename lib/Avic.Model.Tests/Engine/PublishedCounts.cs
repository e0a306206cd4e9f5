using Avic.Model;
using Avic.Textbook;

namespace Avic.Model.Tests;

public class PublishedCounts
{
    [Theory]
    [InlineData(3, Peterson.Variant.Correct, 12_498, 33_369, 54)]
    [InlineData(3, Peterson.Variant.WrongComparison, 124_704, 399_138, 52)]
    [InlineData(3, Peterson.Variant.WrongArray, 170_156, 538_509, 47)]
    [InlineData(4, Peterson.Variant.Correct, 1_119_560, 3_864_896, 104)]
    public void Peterson_has_the_published_states_edges_and_levels(int n, Peterson.Variant variant, long states, long edges, int levels)
    {
        var counts = Explorer.Explore(Peterson.Of(n, variant));
        Assert.Equal((states, edges, levels, true), (counts.States, counts.Edges, counts.Levels, counts.Complete));
    }

    [Theory]
    [InlineData(Peterson.Variant.WrongComparison, 22)]
    [InlineData(Peterson.Variant.WrongArray, 16)]
    public void Broken_Peterson_loses_exclusion_in_the_published_number_of_steps(Peterson.Variant variant, int steps)
    {
        var model = Peterson.Of(3, variant);
        var verdict = Explorer.Check(model, Peterson.MutualExclusion(model));
        Assert.Equal((Outcome.Violated, steps), (verdict.Outcome, verdict.Counterexample!.Steps.Count));
    }

    [Fact]
    public void Correct_Peterson_keeps_exclusion()
    {
        var model = Peterson.Of(3);
        Assert.Equal(Outcome.Safe, Explorer.Check(model, Peterson.MutualExclusion(model)).Outcome);
    }
}
