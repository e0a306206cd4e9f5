using System.Text;

namespace Avic.Model;

/// <summary>Comma-separated values as RFC 4180 has them: a field in quotes may hold commas, line ends and doubled quotes. A line that begins with # is a comment.</summary>
internal static class Csv
{
    /// <summary>The lines after the header, each as many fields as the header has.</summary>
    /// <exception cref="ModelException">A line has more or fewer.</exception>
    public static IReadOnlyList<string[]> Rows(string text, string file) => [.. Checked(text, file).Skip(1)];

    /// <summary>The lines after the header, each with its fields by the header's names.</summary>
    /// <inheritdoc cref="Rows"/>
    public static IEnumerable<IReadOnlyDictionary<string, string>> Named(string text, string file)
    {
        var lines = Checked(text, file);
        return lines.Skip(1).Select(line => lines[0].Zip(line).ToDictionary());
    }

    private static List<string[]> Checked(string text, string file)
    {
        List<string[]> lines = [.. Lines(text).Where(line => !line[0].StartsWith('#'))];
        foreach (var line in lines)
            if (line.Length != lines[0].Length) throw new ModelException($"data/{file} has a line of {line.Length} fields and a header of {lines[0].Length}: {string.Join(",", line)}");
        return lines;
    }

    private static IEnumerable<string[]> Lines(string text)
    {
        var (line, field, quoted) = (new List<string>(), new StringBuilder(), false);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (quoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"') field.Append(text[++i]);
            else if (c == '"') quoted = !quoted;
            else if (quoted) field.Append(c);
            else if (c == ',') End();
            else if (c == '\n')
            {
                End();
                if (line.Count > 1 || line[0] != "") yield return [.. line];
                line.Clear();
            }
            else if (c != '\r') field.Append(c);
        }
        End();
        if (line.Count > 1 || line[0] != "") yield return [.. line];

        void End()
        {
            line.Add(field.ToString());
            field.Clear();
        }
    }
}
