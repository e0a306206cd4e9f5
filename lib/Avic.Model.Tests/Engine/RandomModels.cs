using System.Runtime.CompilerServices;
using FsCheck.Fluent;

namespace Avic.Model.Tests;

/// <summary>Little models nobody would think of: the engine must be right about them, too.</summary>
internal static class RandomModels
{
    [InlineArray(3)]
    public struct Owns
    {
        private byte _first;
    }

    public struct Pair
    {
        public byte X;
        public sbyte Y;
    }

    public struct Small
    {
        public ushort A;
        public Pair B;
        [Each("p")]
        public Owns Own;
        public byte C;
    }

    public struct Locals
    {
        public byte N;
    }

    public enum Kind { Plain, May, Control, Private }

    public enum Go { Next, Goto, Call, Return }

    /// <summary>One random row: what it waits for, what it changes, where it goes.</summary>
    public sealed record RowSpec(Kind Kind, bool Alternative, int Guard, int GuardValue, int Choose, int Act, int Var, int Value, Go Go, int Target, int Mark);

    public sealed record Spec(int Threads, int Units, RowSpec[][] Routines, RowSpec[] Unit)
    {
        public override string ToString() =>
            $"{Threads} threads, {Units} units\n{string.Join("\n--\n", Routines.Append(Unit).Select(rows => string.Join("\n", rows.Select(row => row.ToString()))))}";
    }

    private static readonly FsCheck.Gen<RowSpec> Rows =
        from kind in Gen.Frequency((6, Gen.Constant(Kind.Plain)), (1, Gen.Constant(Kind.May)), (2, Gen.Constant(Kind.Control)), (2, Gen.Constant(Kind.Private)))
        from alternative in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
        from guard in Gen.Choose(-3, 3)
        from guardValue in Gen.Choose(0, 1)
        from choose in Gen.Frequency((5, Gen.Constant(0)), (1, Gen.Choose(1, 3)))
        from act in Gen.Choose(0, 4)
        from var in Gen.Choose(0, 3)
        from value in Gen.Choose(0, 2)
        from go in Gen.Frequency((5, Gen.Constant(Go.Next)), (2, Gen.Constant(Go.Goto)), (2, Gen.Constant(Go.Call)), (1, Gen.Constant(Go.Return)))
        from target in Gen.Choose(0, 3)
        from mark in Gen.Frequency((5, Gen.Constant(0)), (1, Gen.Choose(1, 2)))
        select new RowSpec(kind, alternative, guard, guardValue, choose, act, var, value, go, target, mark);

    private static readonly FsCheck.Gen<Spec> Specs =
        from threads in Gen.Choose(0, 3)
        from units in Gen.Choose(threads == 0 ? 1 : 0, 2)
        from first in Rows.ArrayOf(4)
        from second in Rows.ArrayOf(3)
        from third in Rows.ArrayOf(2)
        from unit in Rows.ArrayOf(2)
        select new Spec(threads, units, [first, second, third], unit);

    /// <summary>The same models whenever the seed is the same.</summary>
    public static IEnumerable<Spec> Sample(int count, ulong seed) => Specs.Sample(count, new FsCheck.Rnd(seed), 10);

    public static Model Build(Spec spec)
    {
        List<Routine<Small>> routines = [];
        for (var r = 0; r < spec.Routines.Length; r++) routines.Add(RoutineOf($"r{r}", spec.Routines[r], r, spec.Routines.Length));
        routines.Add(RoutineOf("unit", spec.Unit, spec.Routines.Length, 0));
        var model = new ModelBuilder<Small>("random", new(routines), default) { Locals = typeof(Locals) }.Count("p", spec.Threads);
        for (var t = 0; t < spec.Threads; t++) model.Thread($"t{t}", t == 2 ? "r1" : "r0", new Locals { N = (byte)(t == 1 ? 1 : 0) });
        for (var u = 0; u < spec.Units; u++) model.Unit($"u{u}", "unit");
        return model.Build();
    }

    /// <summary>Properties of every scope, of which random models break some.</summary>
    public static IReadOnlyList<Property> Properties { get; } =
    [
        Property.Named("a-is-not-two", "").Never(Of("a == 2", (ref readonly s, _) => s.A == 2)),
        Property.Named("no-mark-one", "").On(1).Never(Of("any", (ref readonly _, _) => true)),
        Property.Named("marked-two-means-c", "").On(2).Whenever(Of("a != 0", (ref readonly s, _) => s.A != 0)).Always(Of("c == 0", (ref readonly s, _) => s.C == 0)),
        Property.Named("rest-has-x", "").AtRest().Always(Of("x == 1", (ref readonly s, _) => s.B.X == 1)),
        Property.Named("y-with-a", "").Whenever(Of("y == -1", (ref readonly s, _) => s.B.Y == -1)).Never(Of("a == 1", (ref readonly s, _) => s.A == 1)),
        Property.Named("own-two", "").Sometimes(Of("own[1] == 2", (ref readonly s, _) => s.Own[1] == 2), Of("c == 1", (ref readonly s, _) => s.C == 1)),
        Property.Named("first-ends", "").AtRest().Sometimes(Of("t0 has ended", (ref readonly _, e) => e.Threads > 0 && e.Position(0) == "")),
    ];

    private static Term Of(string name, Holds<Small> holds) => Term.Of(name, holds);

    private static Routine<Small> RoutineOf(string name, RowSpec[] specs, int number, int routines)
    {
        var labels = new string[specs.Length];
        for (var i = 0; i < specs.Length; i++)
        {
            // A control or private row stands alone: it is what comes next, whatever others do.
            var alone = i == 0 || specs[i].Kind is Kind.Control or Kind.Private || specs[i - 1].Kind is Kind.Control or Kind.Private;
            labels[i] = specs[i].Alternative && !alone ? labels[i - 1] : $"l{i}";
        }
        return new(name, "random", specs.Select((spec, i) => RowOf(spec, labels, i, number, routines)));
    }

    private static Row<Small> RowOf(RowSpec spec, string[] labels, int i, int number, int routines)
    {
        var isUnit = routines == 0;
        var own = spec.Kind is Kind.Control or Kind.Private;
        // Calls go down the list and control rows down the page, so that stacks and control rows end.
        var callees = spec.Go == Go.Call && number + 1 < routines ? new[] { $"r{number + 1 + spec.Target % (routines - number - 1)}" } : [];
        if (isUnit && spec.Act == 4) callees = ["r1"];
        string[] to = spec.Go != Go.Goto ? [] : spec.Kind != Kind.Control ? [labels[spec.Target % labels.Length]] : i + 1 < labels.Length ? [labels[^1]] : [];
        return new(labels[i], $"act {spec.Act}", (ref s, actor, e) =>
        {
            if (!own && spec.Guard > 0 && Var(ref s, spec.Guard - 1) != spec.GuardValue) return Flow.Wait;
            var choice = !own && spec.Choose > 0 ? e.Choose(spec.Choose) : 0;
            if (choice == 1 && s.C == 1) return Flow.Wait;
            if (spec.Kind == Kind.Private) OwnPart(ref s, spec, actor, e);
            else if (spec.Kind != Kind.Control) Shared(ref s, spec, choice, actor, e);
            if (isUnit && spec.Act == 4 && e.Threads > 0 && e.Interrupt(0, "r1", spec.Value)) s.A = 0;
            if (spec.Kind != Kind.Control && spec.Mark > 0) e.Mark((uint)spec.Mark);
            if (isUnit) return Flow.Next;
            return spec.Go == Go.Return ? e.Return(spec.Value) : callees.Length > 0 ? e.Call(callees[0], new Locals { N = (byte)spec.Value }) : to.Length > 0 ? e.Goto(to[0]) : Flow.Next;
        })
        { To = to, Calls = callees, May = spec.Kind == Kind.May, Control = spec.Kind == Kind.Control, Private = spec.Kind == Kind.Private };
    }

    private static void OwnPart(ref Small s, RowSpec spec, int actor, Engine e)
    {
        if (actor >= e.Threads) return;
        if (spec.Act < 2) e.Locals<Locals>().N = (byte)spec.Value;
        else s.Own[actor] = (byte)((s.Own[actor] + e.Locals<Locals>().N + 1) % 3);
    }

    private static void Shared(ref Small s, RowSpec spec, int choice, int actor, Engine e)
    {
        switch (spec.Act)
        {
            case 0: Set(ref s, spec.Var, spec.Value + choice); break;
            case 1: Set(ref s, spec.Var, Var(ref s, spec.Var) + 1 + choice); break;
            case 2 when actor < e.Threads: e.Locals<Locals>().N = (byte)((Var(ref s, spec.Var) + 1) % 3); break;
            case 3 when actor < e.Threads: Set(ref s, spec.Var, e.Locals<Locals>().N + e.Result); break;
        }
    }

    private static int Var(ref Small s, int i) => i switch { 0 => s.A, 1 => s.B.X, 2 => -s.B.Y, _ => s.C };

    private static void Set(ref Small s, int i, int value)
    {
        value = (value % 3 + 3) % 3;
        switch (i)
        {
            case 0: s.A = (ushort)value; break;
            case 1: s.B.X = (byte)value; break;
            case 2: s.B.Y = (sbyte)-value; break;
            default: s.C = (byte)value; break;
        }
    }
}
