using Avic.Textbook;

namespace Avic.Model.Tests;

/// <summary>A bound, a cancel or a full budget is UNKNOWN with the reason, never SAFE.</summary>
public class Unknowns
{
    private static readonly Model Model = Peterson.Of(3);
    private static readonly Property Exclusion = Peterson.MutualExclusion(Model);
    private static readonly Property Goal = Property.Named("goal", "").Sometimes(Term.Of<byte>("never", (ref readonly _, _) => false));

    [Fact]
    public void A_full_state_budget_is_unknown() => Ends(new() { MaxStates = 2_000, Threads = 1 }, "state budget 2000 reached at depth 19");

    [Fact]
    public void A_full_budget_of_millions_is_told_in_millions()
    {
        var model = Peterson.Of(4);
        Assert.StartsWith("UNKNOWN goal (state budget 1 M reached at depth ", Explorer.Check(model, Goal, new() { MaxStates = 1_000_000 }).Line);
    }

    [Fact]
    public void A_full_level_budget_is_unknown() => Ends(new() { MaxLevels = 53 }, "level budget 53 reached at depth 54");

    [Fact]
    public void A_level_budget_that_is_just_enough_is_safe() =>
        Assert.Equal("SAFE mutual-exclusion · 12 498 states · every row fired", Explorer.Check(Model, Exclusion, new() { MaxLevels = 54 }).Line);

    [Fact]
    public void A_full_memory_budget_is_unknown()
    {
        var verdict = Explorer.Check(Peterson.Of(3, Peterson.Variant.WrongArray), Goal, new() { MaxBytes = 1 << 20 });
        Assert.Equal((Outcome.Unknown, false), (verdict.Outcome, verdict.Holds));
        Assert.StartsWith("UNKNOWN goal (memory budget 1 MB reached at depth ", verdict.Line);
    }

    [Fact]
    public void A_cancel_before_the_start_is_unknown() => Ends(new() { Cancel = new(canceled: true) }, "cancelled at depth 1");

    [Fact]
    public void A_cancel_on_the_way_is_unknown()
    {
        using var source = new CancellationTokenSource();
        var cancelling = Property.Named("cancelling", "").Never(Term.Of<byte>("never", (ref readonly _, _) =>
        {
            source.Cancel();
            return false;
        }));
        Assert.StartsWith("UNKNOWN cancelling (cancelled at depth ", Explorer.Check(Model, cancelling, new() { Cancel = source.Token }).Line);
    }

    [Fact]
    public void What_was_found_before_a_budget_ran_out_stays_found()
    {
        var broken = Peterson.Of(3, Peterson.Variant.WrongArray);
        var verdicts = Explorer.Check(broken, [Peterson.MutualExclusion(broken), Goal], new() { MaxLevels = 16 });
        Assert.Equal([Outcome.Violated, Outcome.Unknown], verdicts.Select(verdict => verdict.Outcome));
    }

    private static void Ends(Limits limits, string why)
    {
        foreach (var property in new[] { Exclusion, Goal })
        {
            var verdict = Explorer.Check(Model, property, limits);
            Assert.Equal((Outcome.Unknown, false, false), (verdict.Outcome, verdict.Holds, verdict.Exploration.Complete));
            Assert.StartsWith(why, verdict.Exploration.Stopped);
            Assert.StartsWith($"UNKNOWN {property.Name} ({why}", verdict.Line);
        }
    }
}
