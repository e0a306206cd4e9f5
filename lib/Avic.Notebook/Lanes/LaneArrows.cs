using System.Numerics;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>What an arrow says that one actor has done to another.</summary>
internal enum ArrowKind
{
    /// <summary>A request, from who makes it to where the thread has served it.</summary>
    Request,

    /// <summary>An IPI of the host, to the row that it takes the core out of its guest by, or that acknowledges it.</summary>
    Kick,

    /// <summary>The core has taken it; whoever sent it and waits goes on.</summary>
    Acknowledgement,

    /// <summary>A vector, from who puts it into the APIC's page to where its vCPU accepts it.</summary>
    Interrupt,

    /// <summary>A doorbell, to where the core answers it.</summary>
    Doorbell,
}

/// <summary>One of them.</summary>
/// <param name="Kind">Which.</param>
/// <param name="From">Number of the row that sends it.</param>
/// <param name="To">Number of the row that takes it; 0 if none does.</param>
/// <param name="Target">Who takes it, or would.</param>
internal sealed record LaneArrow(ArrowKind Kind, int From, int To, Actor Target);

/// <summary>The arrows of a trace, read from the fields that the state declares as signals.</summary>
internal static class LaneArrows
{
    public static List<LaneArrow> Of(Trace trace)
    {
        List<LaneArrow> arrows = [];
        foreach (var field in trace.Model.Layout.Fields)
        {
            if (field.Signal is not { } signal || field.Name.IndexOf('.') is var dot && dot < 0) continue;
            var owner = trace.Model.Actors.FirstOrDefault(actor => actor.Name == field.Name[..dot]);
            if (owner is not null && trace.Series(field.Name).Values is var values && values.Any(value => value != 0)) arrows.AddRange(Of(trace, signal, owner, values));
        }
        return [.. arrows.OrderBy(arrow => arrow.From).ThenBy(arrow => arrow.Kind).ThenBy(arrow => arrow.Target.Index)];
    }

    private static IEnumerable<LaneArrow> Of(Trace trace, Signal signal, Actor owner, long[] values)
    {
        for (var i = 1; i < values.Length; i++)
        {
            if (trace.Steps[i - 1].Actor == owner) continue; // what it leaves for itself goes nowhere
            for (var left = values[i] & ~values[i - 1]; left != 0; left &= left - 1)
            {
                var cleared = Cleared(values, BitOperations.TrailingZeroCount(left), i);
                var kind = signal switch
                {
                    Signal.Request => ArrowKind.Request,
                    Signal.Interrupt => ArrowKind.Interrupt,
                    Signal.Doorbell => ArrowKind.Doorbell,
                    _ => ArrowKind.Kick,
                };
                var taken = kind == ArrowKind.Kick && LeftGuest(trace, owner, i) is > 0 and var exit && (cleared == 0 || exit < cleared) ? exit : cleared;
                yield return new(kind, i, taken, owner);
                var sender = trace.Steps[i - 1].Actor;
                if (signal == Signal.Call && cleared > 0 && trace.Steps.Skip(cleared).FirstOrDefault(step => step.Actor == sender) is { } noticed)
                    yield return new(ArrowKind.Acknowledgement, cleared, noticed.Number, sender);
            }
        }
    }

    private static int Cleared(long[] word, int bit, int after) =>
        Enumerable.Range(after + 1, word.Length - after - 1).FirstOrDefault(i => (word[i] >> bit & 1) == 0);

    // The row of a core's own that ends its stay in the guest.
    private static int LeftGuest(Trace trace, Actor core, int after)
    {
        var inGuest = $"{core.Name}.in_guest";
        return trace.Model.Layout.Fields.Any(field => field.Name == inGuest)
            ? trace.Steps.Skip(after).FirstOrDefault(step => step.Actor == core && trace.Value(inGuest, step.Number - 1) != 0 && trace.Value(inGuest, step.Number) == 0)?.Number ?? 0 : 0;
    }
}
