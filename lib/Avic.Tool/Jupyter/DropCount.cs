using System.Collections.Concurrent;

namespace Avic.Tool;

/// <summary>What came in and was not taken, or could not go out, by reason.</summary>
/// <remarks>The first of each kind is told at once, the rest as a number at the end: whoever can send garbage must not be able to fill a log.</remarks>
internal sealed class DropCount(Action<string> log)
{
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);

    public int Total => _counts.Values.Sum();

    public int Of(string reason) => _counts.GetValueOrDefault(reason);

    public void Add(string reason)
    {
        if (_counts.AddOrUpdate(reason, 1, (_, count) => count + 1) == 1)
            log($"dropped: {reason}");
    }

    /// <summary>Null if nothing was dropped.</summary>
    public override string? ToString() => _counts.IsEmpty ? null
        : $"dropped in all: {string.Join(", ", _counts.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => $"{c.Key} {c.Value}"))}";
}
