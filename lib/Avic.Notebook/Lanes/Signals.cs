using System.Numerics;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>What passes from one actor to another.</summary>
internal enum SignalKind
{
    /// <summary>A bit of <c>vcpu0.requests</c>, from who sets it to where the vCPU clears it.</summary>
    Request,

    /// <summary>A bit of <c>core0.pending_calls</c>, from who sets it to the core's next row.</summary>
    Interrupt,

    /// <summary>The core clears that bit; whoever sent it goes on.</summary>
    Acknowledgement,
}

/// <summary>One of them.</summary>
/// <param name="Kind">Which.</param>
/// <param name="From">Number of the row that sends it.</param>
/// <param name="To">Number of the row that takes it; 0 if none does.</param>
/// <param name="Target">Who takes it, or would.</param>
internal sealed record Signal(SignalKind Kind, int From, int To, Actor Target);

/// <summary>The signals of a trace, read from its fields alone.</summary>
internal static class Signals
{
    public static List<Signal> Of(Trace trace)
    {
        List<Signal> signals = [];
        var fields = trace.Model.Layout.Fields.Select(field => field.Name).ToHashSet();
        foreach (var actor in trace.Model.Actors)
        {
            if (fields.Contains($"{actor.Name}.requests")) signals.AddRange(Requests(trace, actor, trace.Series($"{actor.Name}.requests").Values));
            if (fields.Contains($"{actor.Name}.pending_calls")) signals.AddRange(Calls(trace, actor, trace.Series($"{actor.Name}.pending_calls").Values));
        }
        return [.. signals.OrderBy(signal => signal.From).ThenBy(signal => signal.Kind).ThenBy(signal => signal.Target.Index)];
    }

    private static IEnumerable<Signal> Requests(Trace trace, Actor vcpu, long[] requests)
    {
        for (var i = 1; i < requests.Length; i++)
        {
            if (trace.Steps[i - 1].Actor == vcpu) continue; // what it asks of itself goes nowhere
            for (var asked = requests[i] & ~requests[i - 1]; asked != 0; asked &= asked - 1)
            {
                var bit = BitOperations.TrailingZeroCount(asked);
                yield return new(SignalKind.Request, i, Cleared(requests, bit, i), vcpu);
            }
        }
    }

    private static IEnumerable<Signal> Calls(Trace trace, Actor core, long[] pending)
    {
        for (var i = 1; i < pending.Length; i++)
            for (var sent = pending[i] & ~pending[i - 1]; sent != 0; sent &= sent - 1)
            {
                var sender = trace.Steps[i - 1].Actor;
                yield return new(SignalKind.Interrupt, i, NextRow(trace, core, i), core);
                if (Cleared(pending, BitOperations.TrailingZeroCount(sent), i) is > 0 and var cleared && NextRow(trace, sender, cleared) is > 0 and var noticed)
                    yield return new(SignalKind.Acknowledgement, cleared, noticed, sender);
            }
    }

    private static int Cleared(long[] word, int bit, int after) =>
        Enumerable.Range(after + 1, word.Length - after - 1).FirstOrDefault(i => (word[i] >> bit & 1) == 0);

    private static int NextRow(Trace trace, Actor actor, int after) =>
        trace.Steps.Skip(after).FirstOrDefault(step => step.Actor == actor)?.Number ?? 0;
}
