using Avic.Model;

namespace Avic.Notebook;

/// <summary>A lock in somebody's hands.</summary>
/// <param name="Lock">Its name.</param>
/// <param name="Actor">Index of who holds it.</param>
/// <param name="Reads">True if held to read.</param>
/// <param name="From">Rows taken when it was acquired.</param>
/// <param name="To">Rows taken when it was released; one more than there are if it never was.</param>
internal sealed record LockHold(string Lock, int Actor, bool Reads, int From, int To);

/// <summary>Who holds which lock, and from when to when: read from the fields <c>name.owner</c> and <c>name.readers</c>.</summary>
internal static class LockHolds
{
    public const string Owner = ".owner", Readers = ".readers";

    public static List<LockHold> Of(Trace trace)
    {
        List<LockHold> holds = [];
        var names = trace.Model.Layout.Fields.Select(field => field.Name).ToHashSet();
        foreach (var name in names.Where(name => name.EndsWith(Owner, StringComparison.Ordinal)).Select(name => name[..^Owner.Length]))
        {
            if (!names.Contains(name + Readers)) continue;
            var owner = trace.Series(name + Owner).Values;
            var readers = trace.Series(name + Readers).Values;
            foreach (var actor in trace.Model.Actors)
            {
                Add(false, i => owner[i] == actor.Index + 1);
                Add(true, i => (readers[i] >> actor.Index & 1) != 0);

                void Add(bool reads, Func<int, bool> held)
                {
                    for (int i = 0, from = -1; i <= owner.Length; i++)
                    {
                        var now = i < owner.Length && held(i);
                        if (now && from < 0) from = i;
                        if (now || from < 0) continue;
                        holds.Add(new(name, actor.Index, reads, from, i));
                        from = -1;
                    }
                }
            }
        }
        return [.. holds.OrderBy(hold => hold.From).ThenBy(hold => hold.Lock, StringComparer.Ordinal)];
    }

    /// <summary>A letter for each lock, for bars too short for a name.</summary>
    public static SortedDictionary<string, string> Letters(IEnumerable<LockHold> holds)
    {
        SortedDictionary<string, string> letters = new(StringComparer.Ordinal);
        foreach (var name in holds.Select(hold => hold.Lock).Distinct().Order(StringComparer.Ordinal))
        {
            var letter = char.ToUpperInvariant(name.FirstOrDefault('L'));
            while (letters.ContainsValue(letter.ToString())) letter = letter >= 'Z' ? 'A' : (char)(letter + 1);
            letters[name] = letter.ToString();
        }
        return letters;
    }

    /// <summary>"takes mmu_lock to read", if that is what the change is; null otherwise.</summary>
    public static string? Words(Change change)
    {
        var reads = change.Field.EndsWith(Readers, StringComparison.Ordinal);
        if (!reads && !change.Field.EndsWith(Owner, StringComparison.Ordinal)) return null;
        var name = change.Field[..change.Field.LastIndexOf('.')];
        var takes = long.TryParse(change.Before, out var before) && long.TryParse(change.After, out var after) && after > before;
        return $"{(takes ? "takes" : "releases")} {name}{(reads ? takes ? " to read" : " (read)" : "")}";
    }
}
