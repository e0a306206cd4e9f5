using Avic.Examples;
using Avic.Textbook;

namespace Avic.Model.Tests;

/// <summary>What a row must not do is refused when it does it, by the row's name.</summary>
public class BadSteps
{
    public struct Shared
    {
        public byte A, B;
    }

    public struct Locals
    {
        public ushort N;
    }

    public struct Larger
    {
        public ulong N;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Recursion_overflows_at_10_frames(int workers) =>
        Refused("r.a (s), taken by t: the stack of t is full at 10 frames: r.b > r.b > r.b > r.b > r.b > r.b > r.b > r.b > r.b > r.a. Return earlier, or jump instead of calling",
            workers, [Row("a", (ref _, _, e) => e.Call("r"), calls: "r"), Row("b", Next)]);

    [Fact]
    public void An_effect_that_throws_is_named() =>
        Refused("r.a (s), taken by t: Attempted to divide by zero.", 1, [Row("a", (ref s, _, _) =>
        {
            s.A = (byte)(1 / s.B);
            return Flow.Next;
        })]);

    [Fact]
    public void An_effect_may_not_wait_after_a_write() =>
        Refused("r.a (s), taken by t: it waits after a write. Test first, write after, or split the row in two", 1, [Row("a", (ref s, _, _) =>
        {
            s.A++;
            return Flow.Wait;
        })]);

    [Fact]
    public void A_write_to_the_locals_counts_as_a_write() =>
        Refused("it waits after a write", 1, [Row("a", (ref _, _, e) =>
        {
            e.Locals<Locals>().N = 1;
            return Flow.Wait;
        })]);

    [Fact]
    public void A_row_chooses_once() =>
        Refused("r.a (s), taken by t: a row chooses at most once; split it into two rows", 1, [Row("a", (ref s, _, e) =>
        {
            s.A = (byte)(e.Choose(2) + e.Choose(2));
            return Flow.Next;
        })]);

    [Theory]
    [InlineData(0)]
    [InlineData(256)]
    public void A_choice_has_1_to_255_branches(int n) =>
        Refused($"a choice is among 1 to 255 branches, not {n}", 1, [Row("a", (ref s, _, e) => e.Choose(n) == 0 ? Flow.Next : Flow.Wait)]);

    [Fact]
    public void A_unit_may_not_jump() => RefusedUnit("r.a (s), taken by u: a unit has no stack: its rows end with Next or Wait", Row("a", (ref _, _, e) => e.Goto("a"), to: "a"));

    [Fact]
    public void A_unit_has_no_locals()
    {
        RefusedUnit("a unit has no frame and no locals; keep its registers in the state", Row("a", (ref s, _, e) => e.Locals<Locals>().N == 0 ? Flow.Next : Flow.Wait));
        RefusedUnit("a unit has no frame", Row("a", (ref s, _, e) => e.Result == 0 ? Flow.Next : Flow.Wait));
    }

    [Fact]
    public void Locals_of_another_type_than_the_models_are_refused()
    {
        Refused("locals of 8 bytes (Larger) do not fit the model's 2; say Locals = typeof(Larger) where it is built", 1, [Row("a", (ref s, _, e) =>
        {
            e.Locals<Larger>().N = ulong.MaxValue;
            return Flow.Next;
        })]);
    }

    [Fact]
    public void Arguments_larger_than_the_locals_are_refused() =>
        Refused("arguments of 8 bytes do not fit the model's 2 bytes of locals", 1, [Row("a", (ref _, _, e) => e.Call("r", new Larger()), calls: "r")]);

    [Fact]
    public void An_undeclared_jump_is_told_what_is_declared()
    {
        Refused("r.a (s), taken by t: 'c' is not declared in the row's 'to:'. It has: b.", 1, [Row("a", (ref _, _, e) => e.Goto("c"), to: "b"), Row("b", Next)]);
        Refused("'b' is not declared in the row's 'to:'. There are none.", 1, [Row("a", (ref _, _, e) => e.Goto("b")), Row("b", Next)]);
    }

    [Fact]
    public void An_undeclared_call_is_told_what_is_declared() =>
        Refused("r.a (s), taken by t: 'q' is not declared in the row's 'calls:'. It has: r.", 1, [Row("a", (ref _, _, e) => e.Call("q"), calls: "r")]);

    [Fact]
    public void A_result_has_16_bits() => Refused("a result is from -32768 to 32767, not 32768", 1, [Row("a", (ref _, _, e) => e.Return(32_768))]);

    [Fact]
    public void A_control_row_neither_waits_nor_chooses()
    {
        Refused("r.b (s), taken by t: a control row neither waits nor chooses", 1, [Row("a", Next), Row("b", (ref _, _, _) => Flow.Wait) with { Control = true }]);
        Refused("r.b (s), taken by t: a control row neither waits nor chooses", 1, [Row("a", Next), Row("b", (ref _, _, e) => e.Choose(2) == 0 ? Flow.Next : e.Return()) with { Control = true }]);
    }

    [Fact]
    public void Control_rows_do_not_go_in_circles() =>
        Refused("r.b (s), taken by t: 32 control rows follow one another: they go round in a circle", 1, [Row("a", Next), Row("b", (ref _, _, e) => e.Goto("b"), to: "b") with { Control = true }]);

    [Fact]
    public void A_refused_row_leaves_the_state_as_it_was()
    {
        var stepper = new Stepper(Of([Row("a", (ref s, _, _) =>
        {
            s.A = 7;
            throw new InvalidOperationException("so");
        })]));
        stepper.Load(stepper.Model.Initial);
        Assert.Throws<ModelException>(() => stepper.Take(new(0, 0, 0)));
        Assert.True(stepper.After.SequenceEqual(stepper.Model.Initial));
    }

    [Fact]
    public void A_private_row_that_waits_is_refused_when_it_is_fused() =>
        Assert.Contains("r.b (s), taken by t: ", Assert.Throws<ModelException>(() =>
            Explorer.Explore(Of([Row("a", Next), Row("b", (ref s, _, _) => s.A == 0 ? Flow.Wait : Flow.Next) with { Private = true }]), new() { Fuse = true })).Message);

    [Fact]
    public void An_unknown_field_is_told_the_nearest()
    {
        var run = Scenario.On(Linux.V5_15).Run(Schedule.RoundRobin, 10);
        foreach (var ask in new Action[] { () => run.Value("vcpu1.apicv_activ", 0), () => run.Series("vcpu1.apicv_activ"), () => run.Show("vcpu1.apicv_activ", 0) })
            Assert.Contains("The state has no field 'vcpu1.apicv_activ'. Did you mean 'vcpu1.apicv_active'?", Assert.Throws<ModelException>(ask).Message);
    }

    [Fact]
    public void A_property_at_an_unknown_row_is_told_the_nearest() =>
        Assert.Contains("The property p looks at process.tak, which toy-lock lacks. Did you mean 'process.take'?", Assert.Throws<ModelException>(() =>
            Explorer.Check(ToyLock.Broken, Property.Named("p", "").At("process.tak").Never())).Message);

    [Fact]
    public void A_property_without_its_observer_is_refused() =>
        Assert.Equal("every-access-takes-effect-once needs the observer 'effects': add it to the model with Watched.", Assert.Throws<ModelException>(() =>
            Explorer.Check(Scenario.On(Linux.V5_15).Model, Property.EveryAccessTakesEffectOnce)).Message);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_property_that_throws_throws_the_same_for_any_number_of_workers(int workers)
    {
        var model = Peterson.Of(3);
        var looks = 0;
        var throws = Property.Named("throws", "").Never(Term.Of<byte>("no", (ref readonly _, _) => Interlocked.Increment(ref looks) > 10_000 ? throw new InvalidTimeZoneException("so") : false));
        var told = Assert.Throws<ModelException>(() => Explorer.Check(model, throws, new() { Threads = workers }));
        Assert.Equal("The property throws, where it asks whether no: so", told.Message);
        Assert.IsType<InvalidTimeZoneException>(told.InnerException);
    }

    [Fact]
    public void An_unknown_observer_is_told_the_nearest() =>
        Assert.Contains("there is no observer 'efects' of 4 bytes. Did you mean 'effects'?", Assert.Throws<ModelException>(() =>
            Explorer.Check(Scenario.On(Linux.V5_15).Watched([Property.EveryAccessTakesEffectOnce]), Property.Named("p", "").Never(Property.Is("t", x => x.Seen<int>("efects") > 0)))).Message);

    [Theory]
    [InlineData(0)]
    [InlineData(65)]
    public void An_exploration_has_1_to_64_workers(int workers) =>
        Assert.Equal($"An exploration has 1 to 64 workers, not {workers}.", Assert.Throws<ModelException>(() => Explorer.Explore(ToyLock.Broken, new() { Threads = workers })).Message);

    private static readonly Effect<Shared> Next = (ref _, _, _) => Flow.Next;

    private static Row<Shared> Row(string label, Effect<Shared> effect, string? to = null, string? calls = null) =>
        new(label, "text", effect) { To = to is null ? [] : [to], Calls = calls is null ? [] : [calls] };

    private static Model Of(Row<Shared>[] rows) =>
        new ModelBuilder<Shared>("m", new(new Routine<Shared>("r", "s", rows)), default) { Locals = typeof(Locals) }.Thread("t", "r").Build();

    private static void Refused(string told, int workers, Row<Shared>[] rows) =>
        Assert.Contains(told, Assert.Throws<ModelException>(() => Explorer.Explore(Of(rows), new() { Threads = workers })).Message);

    private static void RefusedUnit(string told, Row<Shared> row) =>
        Assert.Contains(told, Assert.Throws<ModelException>(() =>
            Explorer.Explore(new ModelBuilder<Shared>("m", new(new Routine<Shared>("r", "s", [row])), default) { Locals = typeof(Locals) }.Unit("u", "r").Build())).Message);
}
