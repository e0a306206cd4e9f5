using System.Runtime.CompilerServices;
using Avic.Model;

namespace Avic.Textbook;

/// <summary>Anderson's array queue lock at the granularity of the BEEM database, whose counts are published.</summary>
public static class Anderson
{
    [InlineArray(6)]
    public struct Bytes
    {
        private byte _first;
    }

    public struct Queue
    {
        public Bytes Slot;
        public byte Next;
    }

    public struct Locals
    {
        public byte Place;
    }

    public static Model.Model Of(int n)
    {
        var code = new Code<Queue>(new Routine<Queue>("process", "BEEM, anderson",
        [
            new("take", "place = next++", (ref s, _, e) =>
            {
                e.Locals<Locals>().Place = s.Next++;
                return Flow.Next;
            }),
            new("wrap", "place == N - 1: next -= N", (ref s, _, e) =>
            {
                if (e.Locals<Locals>().Place != n - 1) return Flow.Wait;
                s.Next -= (byte)n;
                return Flow.Next;
            }),
            new("wrap", "place != N - 1: place %= N", (ref _, _, e) =>
            {
                ref var place = ref e.Locals<Locals>().Place;
                if (place == n - 1) return Flow.Wait;
                place %= (byte)n;
                return Flow.Next;
            }),
            new("spin", "slot[place] == 1", (ref s, _, e) => s.Slot[e.Locals<Locals>().Place] == 1 ? Flow.Next : Flow.Wait),
            new("CS", "slot[place] = 0", (ref s, _, e) =>
            {
                s.Slot[e.Locals<Locals>().Place] = 0;
                return Flow.Next;
            }),
            new("exit", "slot[(place + 1) % N] = 1", (ref s, _, e) =>
            {
                s.Slot[(e.Locals<Locals>().Place + 1) % n] = 1;
                return e.Goto("take");
            }) { To = ["take"] },
        ]));
        Queue first = default;
        first.Slot[0] = 1;
        var model = new ModelBuilder<Queue>($"anderson{n}", code, first) { Locals = typeof(Locals) };
        for (var i = 0; i < n; i++) model.Thread($"p{i}", "process");
        return model.Build();
    }
}
