namespace Avic.Model.Tests;

/// <summary>What becomes of right, wrong, lazy and hostile answers.</summary>
public class JudgedAnswers
{
    private static readonly Scenario Race = Scenario.Parse(Linux.VcpuStatus, "1,0W32,+4");
    private static readonly string[] Shortest = ["vcpu0*13", "vmm0*11", "vcpu0*4", "vmm0*2", "vcpu0*7", "vmm0", "vcpu0*16"];

    private static Exercise<string[]> Boom => Exercise.Reach(Race, Property.ApicAccessIsNeverLost);

    [Fact]
    public void A_schedule_by_hand_reaches_the_boom()
    {
        var answer = Boom.Check(() => Shortest);
        Assert.Equal((true, "apic-access-is-never-lost is broken in 54 rows, and no schedule needs fewer.", 0), (answer.IsRight, answer.Reason, answer.Distance));
        Assert.Contains("***boom***", answer.ToText());
        Assert.Same(answer, answer.Require());
    }

    [Fact]
    public void A_run_that_stops_early_is_told_how_far_it_is()
    {
        var answer = Boom.Check(() => Shortest[..^1]);
        Assert.Equal((false, 16), (answer.IsRight, answer.Distance));
        Assert.Equal("apic-access-is-never-lost is not broken: after 38 rows the run is 16 rows away from breaking it.", answer.Reason);
        Assert.StartsWith("On a shortest way vcpu0 is next, with kvm_", answer.Hint);
        Assert.Equal(answer.Reason + " " + answer.Hint, Assert.Throws<ModelException>(answer.Require).Message);
    }

    [Fact]
    public void Every_row_of_a_shortest_run_is_one_nearer()
    {
        var turns = Shortest.SelectMany(turn => Enumerable.Repeat(turn.Split('*')[0], turn.Contains('*', StringComparison.Ordinal) ? int.Parse(turn.Split('*')[1], System.Globalization.CultureInfo.InvariantCulture) : 1)).ToArray();
        Assert.Equal(Enumerable.Range(0, 54).Select(row => 54 - row), Enumerable.Range(0, 54).Select(row => Boom.Check(() => turns[..row]).Distance!.Value));
    }

    [Fact]
    public void A_row_too_many_is_named_where_it_closes_the_door()
    {
        var answer = Boom.Check(() => ["vmm0*17", "vcpu0*30"]);
        Assert.Equal(-1, answer.Distance);
        Assert.EndsWith("from here no schedule gets there any more.", answer.Reason);
        Assert.Matches("^Row [0-9]+, (vmm0|vcpu0)'s [a-z_]+\\.[a-z_]+, closed the door; before it, it was [0-9]+ rows? away\\.$", answer.Hint);
    }

    [Fact]
    public void A_turn_that_cannot_be_taken_is_told_with_its_row()
    {
        var answer = Boom.Check(() => ["vmm0*200"]);
        Assert.False(answer.IsRight);
        Assert.Matches("^Row [0-9]+: vmm0 cannot move now. Able to: vcpu0", answer.Reason);
    }

    [Fact]
    public void The_shortest_run_is_asked_for_and_a_longer_one_hears_by_how_much()
    {
        var soonest = Exercise.ReachSoonest(Scenario.Parse(Linux.VcpuStatus, "1,0W32,+4-4"), Property.ApicAccessIsNeverLost);
        Assert.True(soonest.Check(() => Shortest).IsRight);
        string[] longer = [.. Shortest[..^1], "vcpu0*15", "vmm0", "vcpu0"];
        var answer = soonest.Check(() => longer);
        Assert.Equal((false, "apic-access-is-never-lost is broken in 55 rows, and 54 are enough."), (answer.IsRight, answer.Reason));
        Assert.Equal("Row 54, vmm0's kvm_request_apicv_update.lock, is the first that brings it no nearer.", answer.Hint);
    }

    [Theory]
    [InlineData("nobody", "There is no actor 'nobody'.")]
    [InlineData("vcpu0*1000000000", "'vcpu0*1000000000' is no turn")]
    public void Turns_that_are_none_are_answered_in_words(string turn, string word) => Assert.StartsWith(word, Boom.Check(() => [turn]).Reason);

    [Fact]
    public void A_schedule_without_end_is_refused_without_being_kept()
    {
        Assert.StartsWith("The schedule has more than 1000000 turns.", Boom.Check(() => [.. Enumerable.Repeat("vcpu0*1000000", 100_000)]).Reason);
    }

    [Fact]
    public void Null_nothing_and_an_exception_are_no_answers()
    {
        Assert.Equal("It is null: there is no answer yet.", Boom.Check(() => null).Reason);
        Assert.Equal("There is no answer yet.", Boom.Check(() => throw new NotImplementedException()).Reason);
        Assert.Equal("It ends with InvalidOperationException: tired", Boom.Check(() => throw new InvalidOperationException("tired")).Reason);
        Assert.StartsWith("It ends with ArgumentNullException", Boom.Check(() => [null!]).Reason);
        Assert.Equal(54, Boom.Check(() => []).Distance);
    }

    [Fact]
    public void An_answer_that_never_comes_is_not_waited_for()
    {
        using var never = new ManualResetEvent(false);
        var answer = Boom.Check(() => { never.WaitOne(); return []; }, within: TimeSpan.FromMilliseconds(50));
        never.Set();
        Assert.Equal((false, "It did not come to an end within 0.1 s: something in it loops for ever."), (answer.IsRight, answer.Reason));
    }

    [Fact]
    public void An_answer_that_is_still_at_it_is_not_asked_again_until_it_has_ended()
    {
        using var ends = new ManualResetEvent(false);
        var asked = 0;
        string[] Answer()
        {
            asked++;
            ends.WaitOne();
            return [];
        }
        var first = Boom.Check(Answer, within: TimeSpan.FromMilliseconds(50));
        Assert.Same(first, Boom.Check(Answer));
        Assert.Equal(1, asked);
        ends.Set();
        Assert.True(SpinWait.SpinUntil(() => Boom.Check(Answer).Distance == 54, TimeSpan.FromSeconds(30)));
        Assert.Equal(2, asked);
    }

    private static Exercise<Linux> Repair => Exercise.Repair(Linux.VcpuStatus, Linux.V5_15);

    [Fact]
    public void A_repair_that_keeps_everything_is_right() =>
        Assert.True(Repair.Check(() => Linux.VcpuStatus.With("kvm_faultin_pfn", "activated", x => x.Vm.ApicvInhibitReasons == 0 ? x.Next : x.Return(PageFault.Emulate))) is { IsRight: true } right, "");

    [Fact]
    public void A_kernel_as_it_was_still_has_its_bug()
    {
        var answer = Repair.Check(() => Linux.VcpuStatus);
        Assert.StartsWith("Nothing is edited, and V5_15.VcpuStatus breaks apic-access-is-never-lost", answer.Reason);
        Assert.Equal(54, answer.Trace!.Steps.Count);
    }

    [Fact]
    public void A_repair_that_never_lets_AVIC_work_is_recognised()
    {
        var answer = Repair.Check(() => Linux.VcpuStatus.With("kvm_faultin_pfn", "activated", x => x.Return(PageFault.Emulate)));
        Assert.StartsWith("V5_15.VcpuStatus~kvm_faultin_pfn.activated' is safe only because it does nothing: ", answer.Reason);
        Assert.Contains("access-is-accelerated", answer.Reason);
    }

    [Fact]
    public void Another_kernel_is_no_repair() => Assert.Equal("V5_15 is not made from V5_15.VcpuStatus: it is another kernel.", Repair.Check(() => Linux.V5_15).Reason);

    [Fact]
    public void A_repair_that_inhibits_nothing_does_not_do_what_was_asked()
    {
        var answer = Repair.Check(() => Linux.VcpuStatus.With("__kvm_request_apicv_update", "edge", x => x.Return()));
        Assert.False(answer.IsRight);
        Assert.Contains("breaks ", answer.Reason);
    }

    [Fact]
    public void The_processor_and_the_guest_are_not_repaired() =>
        Assert.StartsWith("There is no routine 'guest'.", Repair.Check(() => Linux.VcpuStatus.Without("guest", "insn")).Reason);

    [Fact]
    public void A_row_that_never_comes_back_is_not_waited_for()
    {
        using var never = new ManualResetEvent(false);
        var answer = Repair.Check(() => Linux.VcpuStatus.With("kvm_faultin_pfn", "activated", x => { never.WaitOne(); return x.Next; }), TimeSpan.FromMilliseconds(300));
        never.Set();
        Assert.StartsWith("It did not come to an end", answer.Reason);
    }

    private static Exercise<Property> Catch => Exercise.Catch(Linux.V5_15, Race);

    private static Property Mapped => Property.Named("my-own", "Nothing is mapped once the inhibit is complete.")
        .Whenever(Property.Is("AVIC is inhibited", x => x.Vm.ApicvInhibitReasons != 0), Property.Is("nobody holds a lock", x => x.Vm.ApicvUpdateLock.IsFree && x.Vm.MmuLock.IsFree));

    [Fact]
    public void A_property_that_tells_the_kernels_apart_is_right() =>
        Assert.True(Catch.Check(() => Mapped.Never(Property.Is("a leaf is present", x => x.Vm.Npt == Leaf.Present))).IsRight);

    [Fact]
    public void Properties_that_say_nothing_too_much_or_somebody_elses_words_are_recognised()
    {
        Assert.Equal("my-own holds on V5_15.VcpuStatus as well, so it does not catch the bug.", Catch.Check(() => Mapped.Never(Property.Is("never", _ => false))).Reason);
        Assert.Equal("my-own says nothing: its premises never hold together.", Catch.Check(() => Mapped.Whenever(Property.Is("never", _ => false)).Never()).Reason);
        Assert.Equal("my-own is broken on V5_15, too, which does not have the bug.", Catch.Check(() => Mapped.Never()).Reason);
        Assert.Equal("apic-access-is-never-lost is the kit's own.", Catch.Check(() => Property.ApicAccessIsNeverLost).Reason);
        Assert.StartsWith("my-own is a goal", Catch.Check(() => Mapped.Sometimes(Property.Is("mapped", x => x.Vm.Npt == Leaf.Present))).Reason);
    }

    [Fact]
    public void A_property_that_writes_is_refused() =>
        Assert.Contains("The property my-own writes to the state", Catch.Check(() => Mapped.Never(Property.Is("writes", x => { x.Vm.Npt = Leaf.NotPresent; return false; }))).Reason);

    [Fact]
    public void A_prediction_is_compared_with_the_run()
    {
        var run = Race.Run(Schedule.By(Shortest));
        var word = Exercise.Predict(run, "apicv_inhibit_reasons", 10, 30, 54);
        Assert.True(word.Check(() => [0, 16, 16]).IsRight);
        var wrong = word.Check(() => [0, 0, 16]);
        Assert.Equal("After row 30 apicv_inhibit_reasons is not 0; 2 of 3 numbers are right.", wrong.Reason);
        Assert.Matches("^The last row to change it by then is row [0-9]+, vmm0's __kvm_request_apicv_update.store\\.$", wrong.Hint);
        Assert.Equal("There are 2 numbers for 3 rows.", word.Check(() => [1, 2]).Reason);
    }

    [Fact]
    public void A_row_that_nobody_misses_is_found_and_one_that_is_missed_says_by_whom()
    {
        var spare = Exercise.Redundant(Linux.V5_15, "kvm_zap_gfn_range.begin", "kvm_zap_gfn_range.seq", "kvm_zap_gfn_range.zap");
        Assert.True(spare.Check(() => "kvm_zap_gfn_range.begin") is { IsRight: true });
        var needed = spare.Check(() => "kvm_zap_gfn_range.seq");
        Assert.StartsWith("kvm_zap_gfn_range.seq is needed: without it ", needed.Reason);
        Assert.NotNull(needed.Trace);
        Assert.StartsWith("'kvm_zap_gfn_range.sqe' is none of the rows in question", spare.Check(() => "kvm_zap_gfn_range.sqe").Reason);
    }
}
