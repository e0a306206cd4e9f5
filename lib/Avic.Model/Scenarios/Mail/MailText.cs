using System.Text;

namespace Avic.Model;

/// <summary>A line of a mail: how deeply it is quoted, and what it says with tabs as the spaces they stood for.</summary>
internal readonly record struct MailTextLine(int Number, int Quote, string Text)
{
    public bool IsBlank => Text.Length == 0;
}

/// <summary>Takes quote prefixes and tabs off a mail.</summary>
internal static class MailText
{
    /// <summary>Characters of a line that are read; no diagram is wider.</summary>
    public const int Widest = 500;

    /// <summary>Characters of the longest mail.</summary>
    public const int Longest = 16 << 20;

    public static List<MailTextLine> Read(string text)
    {
        if (text.Length > Longest) throw new ModelException($"The mail has {text.Length >> 20} MB; cut it to the thread in question ({Longest >> 20} MB at most).");
        List<MailTextLine> lines = [];
        foreach (var whole in text.Split('\n'))
        {
            var line = whole.AsSpan();
            var quote = 0;
            var at = 0;
            for (var i = 0; i < line.Length && (line[i] == '>' || (line[i] == ' ' && i + 1 < line.Length && line[i + 1] == '>')); i++)
                if (line[i] == '>') (quote, at) = (quote + 1, i + 1);
            // A prefix ends with one space; tab stops count from there, as they did when the line was written.
            if (quote > 0 && at < line.Length && line[at] == ' ') at++;
            lines.Add(new(lines.Count + 1, quote, Expand(line[at..])));
        }
        return lines;
    }

    private static string Expand(ReadOnlySpan<char> line)
    {
        var text = new StringBuilder();
        foreach (var c in line)
        {
            if (text.Length >= Widest) break;
            if (c == '\t') text.Append(' ', 8 - text.Length % 8);
            else text.Append(char.IsControl(c) || char.IsWhiteSpace(c) ? ' ' : c);
        }
        return text.ToString().TrimEnd();
    }
}
