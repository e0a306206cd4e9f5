using Avic.Model;

namespace Avic.Notebook;

/// <summary>What two kernels do differently, as two runs beside each other.</summary>
public static class ComparisonPicture
{
    /// <summary>
    /// The shortest way to what one kernel alone can end with, and the other kernel on the same way: where they part. Of what the left
    /// one alone can do; if that is nothing, of what the right one can.
    /// </summary>
    /// <param name="comparison">The comparison.</param>
    /// <exception cref="ModelException">The guests cannot tell the kernels apart.</exception>
    public static TraceDiff Diff(this Comparison comparison)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        return comparison.OnlyLeft is { } left ? new(left.Trace, left.Followed)
            : comparison.OnlyRight is { } right ? new(right.Followed, right.Trace)
            : throw new ModelException($"There are no runs to lay side by side: {comparison.Line}.");
    }
}
