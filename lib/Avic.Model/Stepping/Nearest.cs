namespace Avic.Model;

/// <summary>What somebody may have meant by a name that there is not.</summary>
internal static class Nearest
{
    private const int Few = 12;

    /// <summary>A sentence that names what is near of what there is, and all of it if that is little.</summary>
    public static string To(string? word, IEnumerable<string> known)
    {
        word ??= "";
        string[] all = [.. known.Distinct()];
        if (all.Length == 0) return "There are none.";
        string[] near = [.. all.Select(name => (Name: name, Distance: Distance(word, name))).Where(one => one.Distance <= Math.Max(2, word.Length / 3) && one.Distance < word.Length)
            .OrderBy(one => one.Distance).Take(5).Select(one => one.Name)];
        var list = all.Length <= Few ? $"It has: {string.Join(", ", all)}."
            : near.Length == 0 ? $"It has {all.Length}, among them {string.Join(", ", all.Take(Few))}."
            : near.Length == 1 ? "" : $"Near it: {string.Join(", ", near.Skip(1))}.";
        return near.Length == 0 ? list : $"Did you mean '{near[0]}'? {list}".TrimEnd();
    }

    /// <summary>The one name that the word is a slip of; null where none is that near.</summary>
    public static string? Like(string word, IEnumerable<string> known) =>
        known.Where(name => name != word).Select(name => (Name: name, Distance: Distance(word, name))).Where(near => near.Distance <= Math.Max(1, word.Length / 3)).OrderBy(near => near.Distance)
            .Select(near => near.Name).FirstOrDefault();

    // Optimal string alignment (Levenshtein's edits and exchanged neighbours), letters compared without case; a name that holds
    // the word whole is near, however long.
    private static int Distance(string a, string b)
    {
        if (a.Length > 2 && b.Contains(a, StringComparison.OrdinalIgnoreCase)) return 0;
        var (before, last, row) = (new int[b.Length + 1], new int[b.Length + 1], Enumerable.Range(0, b.Length + 1).ToArray());
        for (var i = 1; i <= a.Length; i++)
        {
            (before, last, row) = (last, row, before);
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                row[j] = Math.Min(last[j - 1] + (Same(a[i - 1], b[j - 1]) ? 0 : 1), Math.Min(last[j], row[j - 1]) + 1);
                if (i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1])) row[j] = Math.Min(row[j], before[j - 2] + 1);
            }
        }
        return row[b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
