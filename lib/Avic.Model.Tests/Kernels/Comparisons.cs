namespace Avic.Model.Tests;

/// <summary>Two kernels compared by what their guests can end with.</summary>
public class Comparisons
{
    private static readonly Scenario Msi = Scenario.Parse(Linux.V5_15, "1,+4,d0:31.");

    [Fact]
    public void The_shortest_way_to_what_one_alone_can_do_is_found_beside_the_others()
    {
        var comparison = Msi.Compare(Linux.V5_17_Rc, Linux.V5_17);
        Assert.Equal((Likeness.Differ, 42), (comparison.Likeness, comparison.OnlyLeft!.Trace.Steps.Count));
        Assert.Null(comparison.OnlyRight);
        Assert.Contains("31h waiting", comparison.OnlyLeft.Outcome, StringComparison.Ordinal);
        Assert.Contains("31h handled 1×", comparison.OnlyLeft.Instead, StringComparison.Ordinal);
        Assert.Contains("on V5_17 alone: none of its 1 outcome", comparison.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_other_way_round_it_is_the_right_ones()
    {
        var comparison = Msi.Compare(Linux.V5_17, Linux.V5_17_Rc);
        Assert.Null(comparison.OnlyLeft);
        Assert.Equal(42, comparison.OnlyRight!.Trace.Steps.Count);
    }

    [Fact]
    public void Each_may_have_what_the_other_has_not()
    {
        var comparison = Scenario.Parse(Linux.V6_1, "2,0w310=a000000.w300=4831.").Compare(Linux.V6_1, Linux.V6_3);
        Assert.Equal((59, 72), (comparison.OnlyLeft!.Trace.Steps.Count, comparison.OnlyRight!.Trace.Steps.Count));
    }

    [Fact]
    public void A_kernel_is_like_itself() => Assert.Equal(Likeness.Same, Msi.Compare(Linux.V5_15, Linux.V5_15).Likeness);

    [Fact]
    public void What_only_the_host_can_tell_is_no_difference()
    {
        var comparison = Scenario.Parse(Linux.V5_15, "1,0W32,+4-4").Compare(Linux.V5_15, Linux.V5_17);
        Assert.Equal("SAME outcomes for the guests on V5_15 and V5_17 up to 1 vCPU, 2 toggles, 1 access · 2 outcomes · 2 839 and 2 839 states", comparison.Line);
    }

    [Fact]
    public void A_budget_leaves_it_unknown()
    {
        var comparison = Msi.Compare(Linux.V5_16, Linux.V5_17, new() { MaxStates = 100 });
        Assert.Equal(Likeness.Unknown, comparison.Likeness);
        Assert.StartsWith("UNKNOWN whether the guests can tell V5_16 from V5_17 (state budget 100 reached", comparison.Line, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bound_or_a_cancel_leaves_it_unknown_too()
    {
        Assert.Equal(Likeness.Unknown, Msi.Compare(Linux.V5_16, Linux.V5_17, new() { MaxLevels = 20 }).Likeness);
        Assert.Equal(Likeness.Unknown, Msi.Compare(Linux.V5_16, Linux.V5_17, new() { Cancel = new(canceled: true) }).Likeness);
    }

    [Fact]
    public void What_the_other_cannot_do_is_told_even_where_ones_own_is_not_all_known()
    {
        // 5.17 is explored within the budget, 5.14 is not.
        var comparison = Scenario.Parse(Linux.V5_14, "1,+4,d0:31.").Compare(Linux.V5_14, Linux.V5_17, new() { MaxStates = 22_000 });
        Assert.Equal(Likeness.Differ, comparison.Likeness);
        Assert.Contains("on V5_17 alone: unknown (V5_14: state budget", comparison.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Both_runs_are_taken_again_row_by_row()
    {
        var only = Msi.Compare(Linux.V5_16, Linux.V5_17).OnlyLeft!;
        Assert.Equal(only.Trace.ToText(), Msi.On(Linux.V5_16).Replay(only.Trace.Token).ToText());
        Assert.Equal(only.Followed.ToText(), Msi.On(Linux.V5_17).Replay(only.Followed.Token).ToText());
    }
}
