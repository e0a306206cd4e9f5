using System.Globalization;
using System.Text.RegularExpressions;

namespace Avic.Model;

/// <summary>An item of a column as it stands in the mail, put together from its lines.</summary>
internal sealed record MailItem(int Column, int Start, bool Bulleted, string Text, int Number)
{
    /// <summary>Characters at which an item ends, whatever the layout says.</summary>
    public const int Longest = 2000;

    public string Text { get; set; } = Text;

    /// <summary>Its last line.</summary>
    public int Last { get; set; } = Number;

    /// <summary>A reply cut in, which belongs to no column.</summary>
    public bool Aside { get; init; }

    public bool IsHeading => Text.EndsWith(':');
}

/// <summary>A diagram found in a mail: who the columns are, and the items, before anybody asks what they mean.</summary>
internal sealed class MailSketch
{
    public required IReadOnlyList<MailColumn> Columns { get; init; }
    public required int FirstLine { get; init; }
    public int LastLine { get; set; }
    public List<MailItem> Items { get; } = [];
    public Programs? Programs { get; set; }

    /// <summary>The reader has given the programs: they are not to be guessed where they do not fit.</summary>
    public bool ProgramsAreGiven { get; init; }
}

/// <summary>Finds the diagrams of a mail and puts their ragged lines into columns.</summary>
internal sealed partial class MailLayout
{
    private const int MostItems = 300, MostDiagrams = 50, FarthestAhead = 12, LongestReply = 40;

    private readonly List<MailTextLine> _lines;
    private int _at;

    private MailLayout(List<MailTextLine> lines) => _lines = lines;

    public static List<MailSketch> Find(List<MailTextLine> lines)
    {
        List<MailSketch> found = [];
        var layout = new MailLayout(lines);
        while (layout._at < lines.Count && found.Count < MostDiagrams)
        {
            var sketch = layout.SideBySide() ?? layout.Tagged();
            if (sketch is null) layout._at++;
            else if (sketch.Items.Any(item => !item.Aside)) found.Add(sketch);
        }
        return found;
    }

    [GeneratedRegex(@"^(?:(?:v|p)?cpu[ #_-]{0,2}(?<vcpu>\d{1,3})|device(?<device>\d)|(?<vmm>(?:vmm|qemu|user ?space|host|ioctl)(?:[ _-]?thread)?)[ #_-]?(?<n>\d{0,2}))(?:\s*\(.*\))?:?$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ActorName();

    [GeneratedRegex(@"\S+(?: \S+)*")]
    private static partial Regex Segment();

    [GeneratedRegex(@"^(?:[-+•*]|\d{1,2}[.)])\s+(?<text>\S.*)$")]
    private static partial Regex Bullet();

    [GeneratedRegex(@"^[-=~_+|* ]*[-=~_]{2,}[-=~_+|* ]*$")]
    private static partial Regex Underline();

    [GeneratedRegex(@"^[.…:|*\s]+$")]
    private static partial Regex Dots();

    [GeneratedRegex(@"/(?<programs>[0-4][th]*(?:,[0-9a-zWRI+:=.-]*)*):[0-9a-f]{4}:")]
    private static partial Regex ProgramsOf();

    private static MailColumn? ActorAt(string name, int start)
    {
        var match = ActorName().Match(name);
        if (!match.Success) return null;
        if (match.Groups["device"] is { Success: true } device)
            return new(name.TrimEnd(':'), null, null, start) { Device = device.Value[0] - '0' };
        return match.Groups["vcpu"] is { Success: true } vcpu
            ? new(name.TrimEnd(':'), int.Parse(vcpu.Value, CultureInfo.InvariantCulture), null, start)
            : new(name.TrimEnd(':'), null, match.Groups["n"].Value == "" ? 0 : int.Parse(match.Groups["n"].Value, CultureInfo.InvariantCulture), start);
    }

    private bool UnderlinedAt(int index, int quote) =>
        index < _lines.Count && _lines[index].Quote == quote && Underline().IsMatch(_lines[index].Text);

    private List<MailColumn>? HeaderAt(int index)
    {
        var line = _lines[index];
        if (line.IsBlank || line.Text.Length > 200) return null;
        List<MailColumn> columns = [];
        foreach (Match segment in Segment().Matches(line.Text.Replace('|', ' ')))
        {
            if (ActorAt(segment.Value, segment.Index) is not { } actor) return null;
            columns.Add(actor);
        }
        var enough = columns.Count > 1 || (columns.Count == 1 && UnderlinedAt(index + 1, line.Quote));
        return enough && columns.DistinctBy(column => (column.Vcpu, column.Vmm, column.Device)).Count() == columns.Count ? columns : null;
    }

    private MailSketch? SideBySide()
    {
        if (HeaderAt(_at) is not { } columns) return null;
        var quote = _lines[_at].Quote;
        var sketch = new MailSketch { Columns = columns, FirstLine = _lines[_at].Number, LastLine = _lines[_at].Number };
        // Items often begin left of their header: the border is a third of the way back, 8 characters at most.
        var borders = columns.Select((column, i) => i == 0 ? 0 : column.Start - Math.Min(8, (column.Start - columns[i - 1].Start) / 3)).ToArray();
        _at++;
        if (UnderlinedAt(_at, quote)) _at++;
        List<MailItem> aside = [];
        var gap = false;
        var (end, reply) = (_at, 0);
        for (; _at < _lines.Count && sketch.Items.Count < MostItems; _at++)
        {
            var line = _lines[_at];
            if (line.Quote < quote)
            {
                if (++reply > LongestReply || HeaderAt(_at) is not null) break;
                gap = true;
                if (line.IsBlank) continue;
                if (aside.Count > 0 && aside[^1].Last == line.Number - 1) (aside[^1].Text, aside[^1].Last) = ($"{aside[^1].Text} {line.Text.Trim()}", line.Number);
                else aside.Add(new(-1, 0, false, line.Text.Trim(), line.Number) { Aside = true });
                continue;
            }
            if (line.IsBlank)
            {
                gap = true;
                continue;
            }
            if (line.Quote > quote || HeaderAt(_at) is not null || (gap && !GoesOn(_at, quote, borders, sketch))) break;
            sketch.Items.AddRange(aside);
            aside.Clear();
            (gap, reply, end) = (false, 0, _at + 1);
            Place(sketch, line, borders);
        }
        _at = end; // what came after may hold a diagram of its own
        if (sketch.Items.Count >= MostItems) sketch.Items.Add(new(-1, 0, false, $"(the diagram goes on; its first {MostItems} items were read)", sketch.LastLine) { Aside = true });
        // The paragraph right below the diagram often takes its last line back.
        if (aside.Count > 0) sketch.Items.Add(aside[0]);
        Footer(sketch);
        return sketch;
    }

    // After a gap: is this still the diagram, or prose again?
    private bool GoesOn(int index, int quote, int[] borders, MailSketch sketch)
    {
        var line = _lines[index].Text;
        var segments = Segment().Matches(line);
        if (borders.Length > 1 && segments.Any(segment => segment.Index >= borders[1])) return true;
        var first = segments[0];
        if (Bullet().IsMatch(first.Value) || Dots().IsMatch(first.Value) || first.Value.StartsWith("***", StringComparison.Ordinal)) return true;
        if (borders.Length > 1 && first.Index + first.Length > sketch.Columns[1].Start) return false;
        if (MailVocabulary.Knows(first.Value)) return true;
        var least = sketch.Items.Where(item => item.Column == 0).Select(item => item.Start).Append(sketch.Columns[0].Start).Min();
        if (first.Index < least || borders.Length == 1) return false;
        for (var i = index + 1; i < Math.Min(_lines.Count, index + FarthestAhead) && _lines[i].Quote == quote; i++)
            if (Segment().Matches(_lines[i].Text).Any(segment => segment.Index >= borders[1] && segment.Index > 0)) return true;
        return false;
    }

    private static void Place(MailSketch sketch, MailTextLine line, int[] borders)
    {
        sketch.LastLine = line.Number;
        var cells = new (int Start, string Text)[borders.Length];
        foreach (Match segment in Segment().Matches(line.Text))
        {
            var column = borders.Length - 1;
            while (column > 0 && segment.Index < borders[column]) column--;
            cells[column] = cells[column].Text is null ? (segment.Index, segment.Value) : (cells[column].Start, $"{cells[column].Text} {segment.Value}");
        }
        for (var column = 0; column < cells.Length; column++)
            if (cells[column] is var (start, text) && text is not null && text != "|") Add(sketch, column, start, text.Trim('|', ' ') is { Length: > 0 } inner ? inner : text, line.Number);
    }

    private static void Add(MailSketch sketch, int column, int start, string text, int number)
    {
        var bullet = Bullet().Match(text);
        var last = sketch.Items.FindLast(item => item.Column == column);
        if (!bullet.Success && last is not null && last.Last == number - 1 && GoesOn(last, start, text))
        {
            (last.Text, last.Last) = ($"{last.Text} {text}", number);
            return;
        }
        sketch.Items.Add(bullet.Success ? new(column, start, true, bullet.Groups["text"].Value, number) : new(column, start, false, text, number));
    }

    private static bool GoesOn(MailItem item, int start, string text)
    {
        if (item.Text.Length + text.Length > MailItem.Longest) return false;
        if (Dots().IsMatch(text) || Dots().IsMatch(item.Text) || text.StartsWith("***", StringComparison.Ordinal)) return false;
        if (text.StartsWith("(…", StringComparison.Ordinal)) return false;
        if (item.Text.Count(c => c == '(') > item.Text.Count(c => c == ')')) return true;
        if (item.Bulleted) return start > item.Start;
        return item.Text.EndsWith(',') || (start > item.Start && !item.IsHeading && !MailVocabulary.Knows(text));
    }

    // The token below our own blocks names their programs.
    private void Footer(MailSketch sketch)
    {
        for (var i = _at; i < Math.Min(_lines.Count, _at + 4); i++)
            if (ProgramsOf().Match(_lines[i].Text) is { Success: true } match)
            {
                try { sketch.Programs = Programs.Parse(match.Groups["programs"].Value); }
                catch (Exception e) when (e is ModelException or OverflowException) { }
            }
    }
}
