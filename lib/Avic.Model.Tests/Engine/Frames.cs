namespace Avic.Model.Tests;

/// <summary>Calls, results, locals and interrupts: what a stack does.</summary>
public class Frames
{
    public struct Memory
    {
        public short Seen;
        public byte Rung;
        public byte Spare;
    }

    public struct Locals
    {
        public short N;
    }

    [Theory]
    [InlineData(-32_768)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(32_767)]
    public void A_result_reaches_the_caller(int result)
    {
        var run = Run(Top(Call("callee"), Row("look", (ref m, _, e) => m.Seen = (short)e.Result)), Callee((ref _, _, e) => e.Return(result)));
        Assert.Equal(result, run.Value("seen"));
    }

    [Fact]
    public void A_result_is_cleared_when_it_is_read()
    {
        var run = Run(Top(Call("callee"), Row("look", (ref _, _, e) => e.Locals<Locals>().N = (short)e.Result), Row("again", (ref m, _, e) => m.Seen = (short)(100 + e.Result))), Callee((ref _, _, e) => e.Return(7)));
        Assert.Equal(100, run.Value("seen"));
    }

    [Fact]
    public void A_routine_that_falls_off_its_end_returns_zero()
    {
        var run = Run(Top(Call("callee"), Row("look", (ref m, _, e) => m.Seen = (short)(e.Result + 5))), Callee((ref _, _, _) => Flow.Next));
        Assert.Equal(5, run.Value("seen"));
    }

    [Fact]
    public void A_call_in_the_last_row_hands_its_result_on()
    {
        var run = Run(Top(Call("middle"), Row("look", (ref m, _, e) => m.Seen = (short)(e.Result + 5))), new Routine<Memory>("middle", "s", [Call("callee")]), Callee((ref _, _, e) => e.Return(7)));
        Assert.Equal(["main.call", "middle.call", "callee.do", "main.look"], run.Steps.Select(step => step.Row));
        Assert.Equal(12, run.Value("seen"));
    }

    [Fact]
    public void Arguments_are_copied_into_the_callees_locals()
    {
        Row<Memory> call = new("call", "callee(9)", (ref _, _, e) => e.Call("callee", new Locals { N = 9 })) { Calls = ["callee"] };
        var run = Run(Top(Row("own", (ref _, _, e) => e.Locals<Locals>().N = 3), call, Row("look", (ref m, _, e) => m.Seen = (short)(m.Seen * 10 + e.Locals<Locals>().N))),
            Callee((ref m, _, e) =>
            {
                m.Seen = e.Locals<Locals>().N++;
                return e.Return();
            }));
        Assert.Equal(93, run.Value("seen"));
    }

    [Fact]
    public void A_second_call_finds_its_locals_zero()
    {
        var run = Run(Top(Call("callee"), new("twice", "callee()", (ref _, _, e) => e.Call("callee")) { Calls = ["callee"] }), Callee((ref m, _, e) =>
        {
            m.Seen += ++e.Locals<Locals>().N;
            return e.Return();
        }));
        Assert.Equal(2, run.Value("seen"));
    }

    [Fact]
    public void A_stack_is_zero_when_its_thread_has_ended()
    {
        var run = Run(Top(Row("own", (ref _, _, e) => e.Locals<Locals>().N = 3), Call("callee")), Callee((ref _, _, e) =>
        {
            e.Locals<Locals>().N = 4;
            return e.Return(5);
        }));
        var stack = run.Model.Layout.Components.Single(c => c.Name == "stack of t");
        Assert.Equal(2 + 2 * 6, stack.Size);
        Assert.False(run.Bytes(run.Steps.Count).Slice(stack.Offset, stack.Size).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void An_interrupt_takes_the_thread_out_of_all_it_called()
    {
        var run = Interrupted(Row("look", (ref m, _, e) => m.Seen = (short)e.Result));
        Assert.Equal(["main.call", "middle.call", "unit.ring", "main.look"], run.Steps.Select(step => step.Row));
        Assert.Equal(["main.look"], run.Stack(3, run.Model.Actors[0]));
        Assert.Equal(42, run.Value("seen", 4));
    }

    [Fact]
    public void Control_rows_after_an_interrupt_are_part_of_it()
    {
        var run = Interrupted(new("control", "if (r)", (ref _, _, e) => e.Result == 42 ? e.Goto("look") : e.Return()) { To = ["look"], Control = true }, Row("skipped", (ref m, _, _) => m.Spare = 1), Row("look", (ref m, _, _) => m.Seen = 1));
        Assert.Equal(["main.call", "middle.call", "unit.ring", "main.look"], run.Steps.Select(step => step.Row));
        Assert.Equal(["main.control"], run.Steps[2].Control);
    }

    [Fact]
    public void An_interrupt_of_a_thread_that_is_elsewhere_does_nothing()
    {
        var code = new Code<Memory>(Top(Row("own", (ref m, _, _) => m.Seen = 1)), new("middle", "s", [Call("main")]), Unit);
        var run = Trace.Record(new ModelBuilder<Memory>("frames", code, default) { Locals = typeof(Locals) }.Thread("t", "main").Unit("u", "unit").Build(), Schedule.By("u", "t"), 9, "");
        Assert.Equal((2L, 1L), (run.Value("rung", 1), run.Value("seen", 2)));
    }

    private static readonly Routine<Memory> Unit = new("unit", "s",
    [
        new("ring", "ring", (ref m, _, e) =>
        {
            if (m.Rung != 0) return Flow.Wait;
            m.Rung = e.Interrupt(0, "middle", 42) ? (byte)1 : (byte)2;
            return Flow.Next;
        }) { Calls = ["middle"] },
    ]);

    private static Trace Interrupted(params Row<Memory>[] after)
    {
        var code = new Code<Memory>(
            Top([new("call", "middle()", (ref _, _, e) => e.Call("middle")) { Calls = ["middle"] }, .. after]),
            new("middle", "s", [Call("callee")]), Callee((ref _, _, _) => Flow.Wait), Unit);
        return Trace.Record(new ModelBuilder<Memory>("frames", code, default) { Locals = typeof(Locals) }.Thread("t", "main").Unit("u", "unit").Build(), Schedule.By("t*2", "u", "t"), 9, "");
    }

    private delegate void Act(ref Memory m, int actor, Engine e);

    private static Row<Memory> Row(string label, Act act) => new(label, label, (ref m, actor, e) =>
    {
        act(ref m, actor, e);
        return Flow.Next;
    });

    private static Row<Memory> Call(string callee) => new("call", $"{callee}()", (ref _, _, e) => e.Call(callee)) { Calls = [callee] };

    private static Routine<Memory> Top(params Row<Memory>[] rows) => new("main", "s", rows);

    private static Routine<Memory> Callee(Effect<Memory> effect) => new("callee", "s", [new("do", "do", effect)]);

    private static Trace Run(params Routine<Memory>[] routines) =>
        Trace.Record(new ModelBuilder<Memory>("frames", new(routines), default) { Locals = typeof(Locals) }.Thread("t", "main").Build(), Schedule.RoundRobin, 50, "");
}
