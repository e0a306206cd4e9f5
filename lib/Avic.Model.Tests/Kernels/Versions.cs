namespace Avic.Model.Tests;

/// <summary>Kernels by their place in history.</summary>
internal static class Versions
{
    public static bool IsBefore(string kernel, Linux other) => Linux.History.TakeWhile(known => known != other).Any(known => known.Name == kernel);

    public static IEnumerable<Linux> Since(Linux first) => Linux.History.SkipWhile(kernel => kernel != first);
}
