using System.Numerics;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>An interrupt from one actor to a core.</summary>
/// <param name="From">Number of the row that sends it.</param>
/// <param name="To">Number of the row in which the core takes it; 0 if it never does.</param>
/// <param name="Core">The core's number.</param>
internal sealed record Kick(int From, int To, int Core);

/// <summary>Inter-processor interrupts of a trace: a new bit in <c>core0.pending_calls</c>, and the core's next row.</summary>
internal static class Kicks
{
    public static List<Kick> Of(Trace trace)
    {
        List<Kick> kicks = [];
        var fields = trace.Model.Layout.Fields.Select(field => field.Name).ToHashSet();
        for (var core = 0; fields.Contains($"core{core}.pending_calls"); core++)
        {
            var pending = trace.Series($"core{core}.pending_calls").Values;
            for (var i = 1; i < pending.Length; i++)
            {
                if (BitOperations.PopCount((ulong)(pending[i] & ~pending[i - 1])) == 0) continue;
                var taken = trace.Steps.Skip(i).FirstOrDefault(step => !step.Actor.IsThread && step.Actor.Name == $"core{core}");
                kicks.Add(new(i, taken?.Number ?? 0, core));
            }
        }
        return [.. kicks.OrderBy(kick => kick.From).ThenBy(kick => kick.Core)];
    }
}
