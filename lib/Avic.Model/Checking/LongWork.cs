namespace Avic.Model;

/// <summary>Where whoever runs this library hears how far long work is, and says that it should end.</summary>
/// <remarks>
/// A notebook engine loads the very file that a cell names and shares no type with it. It finds this member by its name, which is
/// why there is one, made of types that every .NET has. Other hosts need not know it.
/// </remarks>
public static class LongWork
{
    /// <summary>
    /// Called by long work before it begins, with an empty line, and then about four times a second with a line that tells how far
    /// it is, and the part that is done, from 0 to 1, where that is known. What it returns is cancelled when the work should end.
    /// Called from any thread; null where nobody listens.
    /// </summary>
    public static Func<string, double?, CancellationToken>? Listener { get; set; }

    internal static CancellationToken Tell(string line, double? part = null) => Listener?.Invoke(line, part) ?? CancellationToken.None;
}
