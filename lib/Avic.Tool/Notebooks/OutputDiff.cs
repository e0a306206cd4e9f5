namespace Avic.Tool;

/// <summary>What changed between two outputs, line by line, as people read diffs.</summary>
internal static class OutputDiff
{
    private const int Context = 2;
    private const int Width = 160;

    /// <summary>Longer outputs are compared from their first different line on, without looking for moved lines.</summary>
    private const int MostLines = 2000;

    public static IEnumerable<string> Of(IReadOnlyList<string> saved, IReadOnlyList<string> fresh)
    {
        var lines = saved.Count > MostLines || fresh.Count > MostLines ? Apart(saved, fresh) : Aligned(saved, fresh);
        var last = -1;
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[Math.Max(0, i - Context)..Math.Min(lines.Count, i + Context + 1)].All(line => line.Mark == ' '))
                continue;
            if (last >= 0 && last != i - 1)
                yield return "  …";
            last = i;
            yield return $"{lines[i].Mark} {lines[i].Text}";
        }
    }

    private static List<(char Mark, string Text)> Apart(IReadOnlyList<string> saved, IReadOnlyList<string> fresh)
    {
        var same = 0;
        while (same < Math.Min(saved.Count, fresh.Count) && saved[same] == fresh[same])
            same++;
        return [.. saved.Skip(same).Take(Context * 5).Select(l => ('-', Cut(l, 0))), .. fresh.Skip(same).Take(Context * 5).Select(l => ('+', Cut(l, 0)))];
    }

    // Longest common subsequence by the textbook's table.
    private static List<(char Mark, string Text)> Aligned(IReadOnlyList<string> saved, IReadOnlyList<string> fresh)
    {
        var common = new int[saved.Count + 1, fresh.Count + 1];
        for (var i = saved.Count - 1; i >= 0; i--)
            for (var j = fresh.Count - 1; j >= 0; j--)
                common[i, j] = saved[i] == fresh[j] ? common[i + 1, j + 1] + 1 : Math.Max(common[i + 1, j], common[i, j + 1]);
        List<(char, string)> lines = [];
        for (int i = 0, j = 0; i < saved.Count || j < fresh.Count;)
            if (i < saved.Count && j < fresh.Count && saved[i] == fresh[j])
            {
                lines.Add((' ', Cut(saved[i++], 0)));
                j++;
            }
            else if (j == fresh.Count || i < saved.Count && common[i + 1, j] >= common[i, j + 1])
                lines.Add(('-', Cut(saved[i], j < fresh.Count ? SamePrefix(saved[i++], fresh[j]) : SamePrefix(saved[i++], ""))));
            else
                lines.Add(('+', Cut(fresh[j], i > 0 ? SamePrefix(fresh[j++], saved[i - 1]) : SamePrefix(fresh[j++], ""))));
        return lines;
    }

    private static int SamePrefix(string one, string other) => one.AsSpan().CommonPrefixLength(other);

    // A picture is one line of a hundred kilobytes: show where it begins to differ.
    private static string Cut(string line, int from)
    {
        if (line.Length <= Width)
            return line;
        var label = line.IndexOf(']') + 2;
        var start = Math.Max(label, Math.Min(from, line.Length) - Width / 4);
        var end = Math.Min(line.Length, start + Width);
        return $"{line[..label]}{(start > label ? $"(character {start - label}) …" : "")}{line[start..end]}{(end < line.Length ? "…" : "")}";
    }
}
