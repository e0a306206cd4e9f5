using System.Globalization;
using Avic.Textbook;

namespace Avic.Model.Tests;

public class Determinism
{
    private static readonly IReadOnlyList<Property> Everything = [.. Property.All, .. Property.Goals];

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Workers_change_no_count_and_no_counterexample(int threads)
    {
        var peterson = Peterson.Of(3, Peterson.Variant.WrongArray);
        Assert.Equal(Judged(peterson, [Peterson.MutualExclusion(peterson)], new() { Threads = 1 }), Judged(peterson, [Peterson.MutualExclusion(peterson)], new() { Threads = threads }));
        var kernel = Broken();
        Assert.Equal(Judged(kernel, Everything, new() { Threads = 1 }), Judged(kernel, Everything, new() { Threads = threads }));
    }

    // A memory budget is not asked: how the table of states spreads over its shards depends on who came first.
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Workers_change_nothing_when_a_state_budget_ends_the_exploration(int threads)
    {
        var model = Peterson.Of(4);
        Limits few = new() { MaxStates = 300_000, Threads = 1 };
        Assert.Contains("UNKNOWN never (state budget 300000 reached at depth", Judged(model, [Never], few));
        Assert.Equal(Judged(model, [Never], few), Judged(model, [Never], few with { Threads = threads }));
    }

    [Theory]
    [InlineData("fr-FR")]
    [InlineData("tr-TR")]
    public void The_readers_culture_changes_nothing(string culture)
    {
        var before = CultureInfo.CurrentCulture;
        var expected = Judged(Broken(), Everything, new()) + Told();
        try
        {
            CultureInfo.CurrentCulture = new(culture);
            Assert.Equal(expected, Judged(Broken(), Everything, new()) + Told());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }

        static string Told()
        {
            var trace = Scenario.Parse(Linux.V5_15, "2,0I,1W32,+4-4").Run(Schedule.Seed(3), 400);
            return $"{trace.ToText()}{trace.ToCsv()}{trace.Token}{trace.Model}{trace.Title}{string.Join(',', trace.Model.Layout.Fields)}";
        }
    }

    [Fact]
    public void A_second_check_in_the_same_process_says_the_same() =>
        Assert.Equal(Judged(Broken(), Everything, new()), Judged(Broken(), Everything, new()));

    private static Model Broken() =>
        Scenario.Parse(Linux.V5_15.Without("__kvm_request_apicv_update", "kick"), "2,1W32,+4").Watched(Everything);

    private static readonly Property Never = Property.Named("never", "").Never(Term.Of<byte>("no", (ref readonly _, _) => false));

    /// <summary>Everything a verdict says but its cost, as text.</summary>
    private static string Judged(Model model, IReadOnlyList<Property> properties, Limits limits)
    {
        var verdicts = Explorer.Check(model, properties, limits, "as far as this goes");
        var counts = verdicts[0].Exploration;
        return string.Join('\n', verdicts.Select(v => $"{v.ToText()}{v.Looks} {v.Premised} {v.Counterexample?.Token} {v.NearestMiss?.Trace.Token}"))
            + $"\n{counts.States} {counts.Edges} {counts.Levels} {counts.RestStates} {counts.Stopped}\n"
            + string.Join('\n', counts.Rows.Concat(counts.Components));
    }
}
