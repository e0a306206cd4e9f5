namespace Avic.Model.Tests;

/// <summary>A unit puts a routine before what a thread does next, as an interrupt does.</summary>
public class Injecting
{
    public struct Shared
    {
        public byte Got, Injected, Times;
    }

    private static Row<Shared> Row(string label, Effect<Shared> effect, string? calls = null, bool isControl = false) => new(label, label, effect) { Calls = calls is null ? [] : [calls], Control = isControl };

    private static readonly Effect<Shared> Store = (ref s, _, e) =>
    {
        s.Got = (byte)e.Result;
        return Flow.Next;
    };

    // A result of its own, and of what it calls, must not be taken for the interrupted routine's.
    private static readonly Routine<Shared> Injected = new("injected", "s",
        [Row("inner", (ref _, _, e) => e.Call("inner"), calls: "inner") with { Undisturbed = true },
        Row("done", (ref s, _, _) => { s.Injected++; return Engine.Resume(); }) with { Undisturbed = true }]);

    private static readonly Routine<Shared> Inner = new("inner", "s", [Row("nine", (ref _, _, e) => e.Return(9)) with { Undisturbed = true }]);

    private static Model Of(byte times, params Row<Shared>[] rows) => new ModelBuilder<Shared>("injecting", new(
        new("main", "s", rows), new("seven", "s", [Row("seven", (ref _, _, e) => e.Return(7))]), Injected, Inner,
        new("unit", "s", [Row("inject", (ref s, _, e) =>
        {
            if (s.Times == times || !e.CanInject(0)) return Flow.Wait;
            s.Times++;
            e.Inject(0, "injected");
            return Flow.Next;
        }) with { Injects = ["injected"] }])), default).Thread("t", "main").Unit("u", "unit").Build();

    private static readonly Property GotSeven = Property.Named("got-seven", "").AtRest().Always(Term.Of<Shared>("the result is the callee's", (ref readonly s, _) => s.Got == 7));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void What_it_comes_before_goes_on_with_the_result_that_it_had(byte times)
    {
        var verdict = Explorer.Check(Of(times, Row("call", (ref _, _, e) => e.Call("seven"), calls: "seven"), Row("store", Store), Row("end", (ref _, _, _) => Flow.Next)), [GotSeven])[0];
        Assert.Equal(Outcome.Safe, verdict.Outcome);
        Assert.NotEqual(0, verdict.Premised);
    }

    [Fact]
    public void It_may_come_before_any_row()
    {
        var model = Of(1, Row("a", (ref _, _, _) => Flow.Next), Row("b", (ref _, _, _) => Flow.Next));
        // Three places of the thread, twice; and three states of what was injected, before a and before b.
        Assert.Equal(12, Explorer.Explore(model).States);
    }

    [Fact]
    public void Nothing_comes_before_an_undisturbed_row()
    {
        var model = Of(1, Row("a", (ref _, _, _) => Flow.Next), Row("b", (ref _, _, _) => Flow.Next) with { Undisturbed = true });
        Assert.Equal(9, Explorer.Explore(model).States);
    }

    // Four places of the thread, twice; and three states of what was injected, before the call alone.
    [Fact]
    public void Nothing_comes_into_a_function_that_returns_to_an_undisturbed_row()
    {
        var model = Of(1, Row("call", (ref _, _, e) => e.Call("seven"), calls: "seven"), Row("store", Store) with { Undisturbed = true });
        Assert.Equal(11, Explorer.Explore(model).States);
    }

    [Theory]
    [InlineData(true, "unit.inject (s), taken by u: 'injected' cannot come before main.a, which is undisturbed; ask first whether it can")]
    [InlineData(false, "unit.inject (s), taken by u: 'injected' cannot come before anything of t, which has ended; ask first whether it can")]
    public void Who_does_not_ask_is_refused(bool undisturbed, string why)
    {
        var model = new ModelBuilder<Shared>("injecting", new(new("main", "s", [Row("a", (ref s, _, _) => s.Times == 0 ? Flow.Next : Flow.Wait) with { Undisturbed = undisturbed }]), Injected, Inner,
            new("unit", "s", [Row("inject", (ref _, _, e) => { e.Inject(0, "injected"); return Flow.Next; }) with { Injects = ["injected"] }])), default).Thread("t", "main").Unit("u", "unit").Build();
        Assert.Equal(why, Assert.Throws<ModelException>(() => Explorer.Explore(model)).Message);
    }

    [Fact]
    public void A_stack_that_is_full_takes_no_more() =>
        Assert.StartsWith("unit.inject (s), taken by u: the stack of t is full at 2 frames; 'waits' does not fit", Assert.Throws<ModelException>(() => Explorer.Explore(
            new ModelBuilder<Shared>("injecting", new(new("main", "s", [Row("a", (ref _, _, _) => Flow.Wait)]), new("waits", "s", [Row("w", (ref _, _, _) => Flow.Wait)]),
                new("unit", "s", [Row("inject", (ref s, _, e) => { s.Times++; e.Inject(0, "waits"); return Flow.Next; }) with { Injects = ["waits"] }])), default).Thread("t", "main").Unit("u", "unit").Build())).Message);

    [Fact]
    public void What_is_not_declared_is_not_injected() =>
        Assert.Contains("'injected' is not declared in the row's 'injects:'", Assert.Throws<ModelException>(() => Explorer.Explore(
            new ModelBuilder<Shared>("injecting", new(new("main", "s", [Row("a", (ref _, _, _) => Flow.Wait)]),
                new("unit", "s", [Row("inject", (ref _, _, e) => { e.Inject(0, "injected"); return Flow.Next; })])), default).Thread("t", "main").Unit("u", "unit").Build())).Message);

    [Fact]
    public void What_is_injected_must_be_there() =>
        Assert.StartsWith("unit.inject injects 'gone': There is no routine 'gone'.", Assert.Throws<ModelException>(() =>
            new ModelBuilder<Shared>("injecting", new(new("main", "s", [Row("a", (ref _, _, _) => Flow.Wait)]), new("unit", "s", [Row("inject", (ref _, _, _) => Flow.Wait) with { Injects = ["gone"] }])), default)
                .Thread("t", "main").Unit("u", "unit").Build()).Message);
}
