using System.Text.RegularExpressions;

namespace Avic.Model;

// Over three columns do not fit a mail: such a diagram has one line a row, with its actor's name before a bar.
internal sealed partial class MailLayout
{
    [GeneratedRegex(@"^\s*(?<actor>[A-Za-z][A-Za-z0-9 #_-]{0,20}?)?\s*\|\s?(?<text>.*)$")]
    private static partial Regex Tag();

    private MailSketch? Tagged()
    {
        List<MailColumn> columns = [];
        var (from, quote) = (_at, _lines[_at].Quote);
        List<(int Column, MailTextLine Line, string Text)> rows = [];
        var at = _at;
        for (var column = -1; at < _lines.Count && _lines[at].Quote == quote && rows.Count < MostItems && Tag().Match(_lines[at].Text) is { Success: true } tag && HeaderAt(at) is null; at++)
        {
            if (tag.Groups["actor"].Success)
            {
                if (ActorAt(tag.Groups["actor"].Value, 0) is not { } actor) break;
                column = columns.FindIndex(known => (known.Vcpu, known.Vmm, known.Device) == (actor.Vcpu, actor.Vmm, actor.Device));
                if (column < 0)
                {
                    column = columns.Count;
                    columns.Add(actor);
                }
            }
            if (column < 0) break;
            rows.Add((column, _lines[at], tag.Groups["text"].Value.TrimEnd()));
        }
        if (columns.Count < 2 || rows.Count < 3)
        {
            _at = Math.Max(_at, at - 1); // no part of this run can be a diagram if the whole is none
            return null;
        }
        var sketch = new MailSketch { Columns = columns, FirstLine = _lines[from].Number, LastLine = rows[^1].Line.Number };
        foreach (var (column, line, text) in rows)
            if (text.Trim() is { Length: > 0 } inner) Add(sketch, column, text.Length - text.TrimStart().Length, inner, line.Number);
        _at = at;
        Footer(sketch);
        return sketch;
    }
}
