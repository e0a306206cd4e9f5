using Avic.Model;
using Avic.Notebook;

namespace Avic.Tool.Tests;

public class TraceDiffFacts
{
    [Fact]
    public void A_trace_beside_itself_never_parts()
    {
        var diff = Doorbell.Trace().Diff(Doorbell.Trace());
        Assert.Null(diff.PartsAt);
        Assert.Empty(diff.DiffersAtEnd);
        Assert.Contains("16 and 16 rows, 16 of them alike. At the end no field differs.", diff.ToText(), StringComparison.Ordinal);
        Assert.Contains("… 16 rows alike", diff.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_trace_that_ends_earlier_parts_where_it_ends()
    {
        var diff = Doorbell.Trace().Diff(First(11));
        Assert.Equal(12, diff.PartsAt);
        Assert.Equal(["word: 7 ≠ 3", "big_lock.owner: 0 ≠ 2", "vcpu0.int_ctl.avic_enable: 0 ≠ 1", "vcpu0.mood: Hurried ≠ Calm", "core0.in_guest: 1 ≠ 0"], diff.DiffersAtEnd);
    }

    [Fact]
    public void Traces_that_only_begin_in_other_states_do_not_part()
    {
        var (one, two) = (Scenario.Parse(Linux.V5_15, "1,0W32"), Scenario.Parse(Linux.V5_15, "1,0W32I"));
        var diff = one.Run(Schedule.RoundRobin, longest: 1).Diff(two.Run(Schedule.RoundRobin, longest: 1));
        Assert.Null(diff.PartsAt);
        Assert.Equal(["vcpu0.irq_windows: 0 ≠ 1"], diff.DiffersAtEnd);
    }

    [Fact]
    public void The_longer_one_may_stand_at_either_side() => Assert.Equal(12, First(11).Diff(Doorbell.Trace()).PartsAt);

    [Fact]
    public void What_both_do_in_another_order_is_told_with_the_state_that_differs_then()
    {
        // vCPU 0 turns AVIC off before, or after, the VMM thread releases its lock.
        var late = Doorbell.Trace().Steps.Select(step => step.Move).ToList();
        (late[12], late[13]) = (late[13], late[12]);
        var text = Doorbell.Trace(violation: null).Diff(Trace.Replay(Doorbell.Of(), late, "late")).ToText();
        Assert.Contains("16 and 16 rows, 15 of them alike; they part at row 13. At the end no field differs.", text, StringComparison.Ordinal);
        Assert.Contains("vmm0 ioctl.unlock", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Traces_of_two_kernels_are_compared_by_the_fields_both_have()
    {
        var race = Scenario.Parse(Linux.V5_15, "1,0W32,+4");
        Assert.Contains("rows", race.Run(Schedule.Seed(1)).Diff(race.On(Linux.V5_14).Run(Schedule.Seed(1))).ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_names_stay_text()
    {
        var hostile = Doorbell.Trace(Doorbell.Of(Examples.Hostile, Examples.Hostile, Examples.Hostile), Examples.Hostile, Examples.Hostile);
        var html = hostile.Diff(Doorbell.Trace()).ToHtml();
        Assert.DoesNotContain("<img", html, StringComparison.Ordinal);
        Assert.Contains("&lt;img", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_trace_is_explained() =>
        Assert.Contains("no run to draw", Assert.Throws<ModelException>(() => Doorbell.Trace().Diff(null)).Message, StringComparison.Ordinal);

    private static Trace First(int rows) => Trace.Replay(Doorbell.Of(), Doorbell.Trace().Steps.Take(rows).Select(step => step.Move));
}
