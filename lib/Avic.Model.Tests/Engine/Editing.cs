namespace Avic.Model.Tests;

public class Editing
{
    public struct Memory
    {
        public byte A;
        public byte B;
    }

    /// <summary>Rows a, b (two alternatives) and c; each leaves a number of its own.</summary>
    private static readonly Routine<Memory> Small = new Routine<Memory>("small", "file.c, v1",
    [
        new("a", "a", Set(1)) { To = ["c"], Order = Order.Locked },
        new("b", "b1", Set(2)),
        new("b", "b2", Set(3)),
        new("c", "c", Set(4)) { May = true },
    ]).Alias("__small");

    [Fact]
    public void With_an_effect_keeps_order_targets_and_place_and_says_that_it_was_edited()
    {
        var edited = Small.With("a", Set(9), "a mail");
        Assert.Equal([("a", "a [edited]"), .. Small.Rows.Skip(1).Select(row => (row.Label, row.Text))], edited.Rows.Select(row => (row.Label, row.Text)));
        Assert.Equal((Order.Locked, "c", "a mail"), (edited.Rows[0].Order, edited.Rows[0].To.Single(), edited.Rows[0].Source));
        Assert.Equal("small.a=9 small.b=2 small.c=4", Run(edited));
    }

    [Fact]
    public void With_an_effect_changes_every_alternative() => Assert.Equal("small.a=1 small.b=8 small.c=4", Run(Small.With("b", Set(8))));

    [Fact]
    public void With_a_row_replaces_all_alternatives()
    {
        var edited = Small.With("b", new Row<Memory>("new", "n", Set(7)));
        Assert.Equal(["a", "new", "c"], edited.Labels);
        Assert.Equal("small.a=1 small.new=7 small.c=4", Run(edited));
    }

    [Fact]
    public void Without_keeps_the_label_as_a_fall_through()
    {
        var edited = Small.Without("a");
        Assert.Equal(["a", "b", "b", "c"], edited.Rows.Select(row => row.Label));
        Assert.Equal((true, Order.Plain, 0), (edited.Rows[0].Dropped, edited.Rows[0].Order, edited.Rows[0].To.Count));
        Assert.Equal("small.a=0 small.b=2 small.c=4", Run(edited));
    }

    [Fact]
    public void Without_leaves_one_of_several_alternatives() => Assert.Equal(["a", "b", "c"], Small.Without("b").Rows.Select(row => row.Label));

    [Fact]
    public void Without_a_may_row_leaves_a_row_that_must() => Assert.False(Small.Without("c").Rows[^1].May);

    [Theory]
    [InlineData("a", "b")]
    [InlineData("b", "a")]
    public void Swap_exchanges_neighbours_in_whatever_order_they_are_named(string one, string other)
    {
        var edited = Small.Swap(one, other);
        Assert.Equal(["b", "b", "a", "c"], edited.Rows.Select(row => row.Label));
        Assert.Equal("small.b=2 small.a=1 small.c=4", Run(edited));
    }

    [Theory]
    [InlineData("a", "c")]
    [InlineData("a", "a")]
    public void Swap_refuses_what_are_no_neighbours(string one, string other) =>
        Assert.Equal($"small: '{one}' and '{other}' are not neighbours. Its rows are a, b, c.", Assert.Throws<ModelException>(() => Small.Swap(one, other)).Message);

    [Fact]
    public void Before_and_after_put_rows_around_all_alternatives()
    {
        Row<Memory> one = new("one", "1", Set(5)), two = new("two", "2", Set(6));
        Assert.Equal(["a", "one", "two", "b", "b", "c"], Small.Before("b", one, two).Rows.Select(row => row.Label));
        Assert.Equal(["a", "b", "b", "one", "two", "c"], Small.After("b", one, two).Rows.Select(row => row.Label));
        Assert.Equal("small.a=1 small.b=2 small.one=5 small.c=4", Run(Small.After("b", one)));
    }

    [Fact]
    public void An_edit_leaves_the_original_alone()
    {
        Small.With("a", Set(9));
        Assert.Equal("small.a=1 small.b=2 small.c=4", Run(Small));
    }

    [Fact]
    public void An_edit_keeps_the_aliases() => Assert.Equal(["__small"], Small.Without("a").Swap("a", "b").After("c", new Row<Memory>("d", "d", Set(0))).Aliases);

    [Fact]
    public void An_unknown_label_is_told_the_nearest() =>
        Assert.Equal("kvm_faultin_pfn has no row 'activate'. Did you mean 'activated'? It has: slot, activated, resolve.",
            Assert.Throws<ModelException>(() => Linux.V5_15.Without("kvm_faultin_pfn", "activate")).Message);

    [Fact]
    public void An_unknown_function_is_told_the_nearest() =>
        Assert.StartsWith("There is no routine 'kvm_faultin'. Did you mean 'kvm_faultin_pfn'?", Assert.Throws<ModelException>(() => Linux.V5_15.Without("kvm_faultin", "slot")).Message);

    [Fact]
    public void A_word_that_is_near_nothing_is_told_what_there_is()
    {
        Assert.Equal("kvm_faultin_pfn has no row 'xyzzy'. It has: slot, activated, resolve.", Assert.Throws<ModelException>(() => Linux.V5_15.Without("kvm_faultin_pfn", "xyzzy")).Message);
        Assert.Matches(@"^There is no routine 'banana'\. It has \d\d, among them [^?]*\.$", Assert.Throws<ModelException>(() => Linux.V5_15.Without("banana", "slot")).Message);
    }

    [Fact]
    public void Code_is_edited_by_the_names_its_routines_bear_elsewhere()
    {
        var edited = new Code<Memory>(Small).Edit("__small", routine => routine.With("a", Set(9)));
        Assert.Equal("small.a=9 small.b=2 small.c=4", Run(edited["small"]));
        Assert.Same(edited["small"], edited["__small"]);
    }

    [Fact]
    public void A_callee_may_be_called_by_its_alias()
    {
        var caller = new Routine<Memory>("caller", "s", [new("call", "__small()", (ref _, _, e) => e.Call("__small")) { Calls = ["__small"] }]);
        Assert.Equal("caller.call=0 small.a=1 small.b=2 small.c=4", Run(caller, Small));
    }

    [Fact]
    public void An_edited_callee_changes_every_caller()
    {
        Routine<Memory> Caller(string name, params string[] callees) =>
            new(name, "s", callees.Select((callee, i) => new Row<Memory>($"call{i}", callee, (ref _, _, e) => e.Call(callee)) { Calls = [callee] }));
        var code = new Code<Memory>(Caller("top", "left", "right"), Caller("left", "small"), Caller("right", "small"), Small);
        var run = Run([.. code.Edit("small", routine => routine.With("c", Set(7))).Routines]);
        Assert.Equal("top.call0=0 left.call0=0 small.a=1 small.b=2 small.c=7 top.call1=7 right.call0=7 small.a=1 small.b=2 small.c=7", run);
    }

    [Fact]
    public void Code_with_a_routine_of_the_same_name_replaces_it_and_adds_others()
    {
        var code = new Code<Memory>(Small).With(new Routine<Memory>("small", "s", [new("z", "z", Set(1))]), new Routine<Memory>("more", "s", [new("m", "m", Set(1))]));
        Assert.Equal(["small", "more"], code.Routines.Select(routine => routine.Name));
        Assert.Equal(["z"], code["small"].Labels);
    }

    [Fact]
    public void A_kernel_is_named_after_what_was_done_to_it()
    {
        var kernel = Linux.V5_15.Without("kvm_faultin_pfn", "activated").Swap("__kvm_request_apicv_update", "kick", "store");
        Assert.Equal("V5_15~kvm_faultin_pfn.-activated~__kvm_request_apicv_update.kick<>store", kernel.Name);
        Assert.Equal(["kvm_faultin_pfn.-activated", "__kvm_request_apicv_update.kick<>store"], kernel.Edits);
        Assert.Equal("V5_15", Linux.V5_15.Name);
    }

    [Theory]
    [InlineData("kvm_zap_gfn_range", "lock", "kvm_zap_gfn_range.unlock")]
    [InlineData("kvm_request_apicv_update", "lock", "kvm_request_apicv_update.unlock")]
    [InlineData("direct_page_fault", "lock", "direct_page_fault.unlock")]
    [InlineData("kvm_vcpu_update_apicv", "lock", "kvm_vcpu_update_apicv.unlock")]
    public void A_release_whose_acquire_was_dropped_is_marked_and_changes_no_lock(string function, string acquire, string release)
    {
        var verdict = Scenario.Parse(Linux.V5_15.Without(function, acquire), "2,1W32,+4").Check(Property.LocksReleasedByHolder);
        var last = verdict.Counterexample!.Steps[^1];
        Assert.Equal((Outcome.Violated, release, true), (verdict.Outcome, last.Row, ((Mark)last.Marks).HasFlag(Mark.BadRelease)));
        Assert.DoesNotContain(verdict.Counterexample.Changes(last.Number), change => change.Field.Contains("lock"));
    }

    private static Effect<Memory> Set(byte value) => (ref m, _, _) =>
    {
        m.A = value;
        return Flow.Next;
    };

    /// <summary>The rows one thread takes, each with the byte it leaves.</summary>
    private static string Run(params Routine<Memory>[] routines)
    {
        var trace = Trace.Record(new ModelBuilder<Memory>("edited", new(routines), default).Thread("t", routines[0].Name).Build(), Schedule.RoundRobin, 50, "");
        return string.Join(' ', trace.Steps.Select(step => $"{step.Row}={trace.Value("a", step.Number)}"));
    }
}
