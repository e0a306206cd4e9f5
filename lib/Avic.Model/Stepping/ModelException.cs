namespace Avic.Model;

/// <summary>Something was asked of a model that it cannot mean; the message says what was wrong and what is possible.</summary>
public sealed class ModelException(string message, Exception? inner = null) : Exception(message, inner);

internal static class Nearest
{
    /// <summary>A sentence that names the nearest of what there is, and all of it if that is little.</summary>
    public static string To(string word, IEnumerable<string> known)
    {
        string[] all = [.. known.Distinct()];
        if (all.Length == 0) return "There are none.";
        string[] near = [.. all.OrderBy(name => Distance(word, name)).Take(5)];
        var list = all.Length <= 12 ? $" It has: {string.Join(", ", all)}." : $" Near it: {string.Join(", ", near.Skip(1))}.";
        return $"Did you mean '{near[0]}'?{list}";
    }

    // Levenshtein, letters compared without case; a name that holds the word whole is near, however long.
    private static int Distance(string a, string b)
    {
        if (a.Length > 2 && b.Contains(a, StringComparison.OrdinalIgnoreCase)) return 0;
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0]++;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(cost, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
