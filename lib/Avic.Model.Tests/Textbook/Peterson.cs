using System.Runtime.CompilerServices;
using Avic.Model;

namespace Avic.Textbook;

/// <summary>Peterson's filter lock at the granularity of the BEEM database, whose counts are published.</summary>
public static class Peterson
{
    public enum Variant
    {
        Correct,

        /// <summary><c>&lt;=</c> for <c>&lt;</c> where positions are compared.</summary>
        WrongComparison,

        /// <summary><c>pos</c> read where <c>step</c> is meant.</summary>
        WrongArray,
    }

    [InlineArray(4)]
    public struct Bytes
    {
        private byte _first;
    }

    public struct Filter
    {
        public Bytes Pos, Step;
    }

    public struct Locals
    {
        public byte J, K;
    }

    public static Model.Model Of(int n, Variant variant = Variant.Correct)
    {
        var code = new Code<Filter>(new Routine<Filter>("process", "BEEM, peterson",
        [
            new("NCS", "j = 1", (ref _, _, e) =>
            {
                e.Locals<Locals>().J = 1;
                return Flow.Next;
            }),
            new("wait", "pos[i] = j", (ref s, i, e) =>
            {
                var j = e.Locals<Locals>().J;
                if (j >= n) return Flow.Wait;
                s.Pos[i] = j;
                return e.Goto("q2");
            }) { To = ["q2"] },
            new("wait", "j == N", (ref _, _, e) => e.Locals<Locals>().J == n ? e.Goto("CS") : Flow.Wait) { To = ["CS"] },
            new("q2", "step[j - 1] = i, k = 0", (ref s, i, e) =>
            {
                ref var local = ref e.Locals<Locals>();
                s.Step[local.J - 1] = (byte)i;
                local.K = 0;
                return Flow.Next;
            }),
            new("q3", "k < N && (k == i || pos[k] < j)", (ref s, i, e) =>
            {
                ref var local = ref e.Locals<Locals>();
                if (local.K >= n) return Flow.Wait;
                var less = variant == Variant.WrongComparison ? s.Pos[local.K] <= local.J : s.Pos[local.K] < local.J;
                if (local.K != i && !less) return Flow.Wait;
                local.K++;
                return e.Goto("q3");
            }) { To = ["q3"] },
            new("q3", "step[j - 1] != i || k == N", (ref s, i, e) =>
            {
                ref var local = ref e.Locals<Locals>();
                var other = variant == Variant.WrongArray ? s.Pos[local.J - 1] : s.Step[local.J - 1];
                if (other == i && local.K != n) return Flow.Wait;
                local.J++;
                return e.Goto("wait");
            }) { To = ["wait"] },
            new("CS", "pos[i] = 0", (ref s, i, e) =>
            {
                s.Pos[i] = 0;
                return e.Goto("NCS");
            }) { To = ["NCS"] },
        ]));
        var model = new ModelBuilder<Filter>($"peterson{n}", code, default) { Locals = typeof(Locals) };
        for (var i = 0; i < n; i++) model.Thread($"p{i}", "process");
        return model.Build();
    }

    /// <summary>Never two in the critical section.</summary>
    public static Property MutualExclusion(Model.Model model) => Textbook.MutualExclusion(model, "process.CS");
}
