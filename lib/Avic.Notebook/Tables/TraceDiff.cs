using System.Globalization;
using System.Text;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>
/// Two traces side by side: what both do stands on one line, what one alone does beside a blank, and beside it the fields that
/// then differ. Rows are matched by actor and row, as many as can be in order.
/// </summary>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed class TraceDiff : IDisplayed
{
    private const int Context = 2, MostSteps = 4000;

    private readonly Trace _left, _right;
    private readonly string[] _fields;
    private readonly List<Line> _lines;

    internal TraceDiff(Trace left, Trace right)
    {
        if (Math.Max(left.Steps.Count, right.Steps.Count) > MostSteps)
            throw new ModelException($"Traces of {left.Steps.Count} and {right.Steps.Count} rows are too long to lay side by side; {MostSteps} is the most. Compare shorter runs.");
        (_left, _right) = (left, right);
        var known = right.Model.Layout.Fields.Select(field => field.Name).ToHashSet();
        _fields = [.. left.Model.Layout.Fields.Select(field => field.Name).Where(known.Contains)];
        _lines = Compared();
    }

    /// <summary>Number of the first row that only one of them takes, in the left trace; null if both take the same rows.</summary>
    public int? PartsAt => _lines.FirstOrDefault(line => (line.Left == 0) != (line.Right == 0)) is { } first ? (first.Left > 0 ? first.Left : Before(first)) : null;

    /// <summary>The fields that differ after the last rows, as <c>field: left ≠ right</c>.</summary>
    public IReadOnlyList<string> DiffersAtEnd => Differences(_left.Steps.Count, _right.Steps.Count);

    /// <summary>A plain table; what one trace alone does is bold.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder("<div><p>").Append(Xml.Encode(Summary)).Append("</p>\n<table><thead><tr><td></td><th>")
            .Append(Xml.Encode(Name(_left))).Append("</th><td></td><th>").Append(Xml.Encode(Name(_right))).Append("</th><th>differs then (left ≠ right)</th></tr></thead><tbody>\n");
        foreach (var shown in Shown())
        {
            if (shown.Line is not { } line)
            {
                html.Append("<tr><td></td><td colspan=\"4\"><i>").Append(Xml.Encode(Same(shown.Skipped))).Append("</i></td></tr>\n");
                continue;
            }
            html.Append("<tr>");
            Side(html, _left, line.Left, line.Right == 0);
            Side(html, _right, line.Right, line.Left == 0);
            html.Append("<td>").Append(Xml.Encode(string.Join(", ", line.News))).Append("</td></tr>\n");
        }
        return html.Append("</tbody></table></div>").ToString();
    }

    private static void Side(StringBuilder html, Trace trace, int number, bool alone)
    {
        var text = Xml.Encode(number == 0 ? "" : Step(trace, number));
        html.Append("<td>").Append(number == 0 ? "" : number.ToString(CultureInfo.InvariantCulture)).Append("</td><td>").Append(alone && text != "" ? $"<b>{text}</b>" : text).Append("</td>");
    }

    /// <summary>The same in letters; a bar marks what one trace alone does.</summary>
    public string ToText()
    {
        var lines = Shown().ToList();
        var wide = lines.Where(shown => shown.Line is { Left: > 0 }).Select(shown => Step(_left, shown.Line!.Left).Length).Append(Name(_left).Length).Max();
        var other = lines.Where(shown => shown.Line is { Right: > 0 }).Select(shown => Step(_right, shown.Line!.Right).Length).Append(Name(_right).Length).Max();
        var text = new StringBuilder(Summary).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"      {Name(_left).PadRight(wide)}        {Name(_right)}\n");
        foreach (var (line, skipped) in lines)
        {
            if (line is null)
            {
                text.Append("      ").Append(Same(skipped)).Append('\n');
                continue;
            }
            var row = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{Number(line.Left)}  {(line.Left == 0 ? "" : Step(_left, line.Left)).PadRight(wide)} ")
                .Append(line.Left == line.Right ? ' ' : line.Left == 0 ? '>' : line.Right == 0 ? '<' : ' ')
                .Append(CultureInfo.InvariantCulture, $" {Number(line.Right)}  {(line.Right == 0 ? "" : Step(_right, line.Right)).PadRight(line.News.Count > 0 ? other : 0)}");
            if (line.News.Count > 0) row.Append("    ").AppendJoin(", ", line.News);
            text.Append(row.ToString().TrimEnd()).Append('\n');
        }
        return text.ToString();

        static string Number(int number) => number == 0 ? "    " : number.ToString(CultureInfo.InvariantCulture).PadLeft(4);
    }

    /// <inheritdoc/>
    public override string ToString() => ToText();

    private string Summary
    {
        get
        {
            var alike = _lines.Count(line => line is { Left: > 0, Right: > 0 });
            var ends = DiffersAtEnd;
            return string.Create(CultureInfo.InvariantCulture,
                $"{_left.Steps.Count} and {_right.Steps.Count} rows, {alike} of them alike{(PartsAt is { } at ? $"; they part at row {at}" : "")}. At the end {(ends.Count == 0 ? "no field differs" : $"differ {string.Join(", ", ends.Take(6))}{(ends.Count > 6 ? ", …" : "")}")}.");
        }
    }

    private int Before(Line first) => _lines.TakeWhile(line => line != first).Select(line => line.Left).DefaultIfEmpty(0).Max() + 1;

    private static string Name(Trace trace) => (trace.Title != "" ? trace.Title : trace.Model.Name) + (trace.Violation is { } violation ? $" · {violation} is violated" : "");

    private static string Step(Trace trace, int number) => $"{trace.Steps[number - 1].Actor.Name} {trace.Steps[number - 1].Row}";

    private static string Same(int rows) => rows == 1 ? "… a row alike" : string.Create(CultureInfo.InvariantCulture, $"… {rows} rows alike");

    // What both do is shown near the places where they part; the rest is counted.
    private IEnumerable<(Line? Line, int Skipped)> Shown()
    {
        var near = new bool[_lines.Count];
        for (var i = 0; i < near.Length; i++)
            if (_lines[i] is { Left: 0 } or { Right: 0 } || _lines[i].News.Count > 0)
                for (var k = Math.Max(0, i - Context); k <= Math.Min(near.Length - 1, i + Context); k++) near[k] = true;
        for (int i = 0, next; i < near.Length; i = next)
        {
            next = i + 1;
            while (!near[i] && next < near.Length && !near[next]) next++;
            yield return near[i] ? (_lines[i], 0) : (null, next - i);
        }
    }

    // The longest common subsequence of (actor, row); where both go their own way, the left one's rows stand first.
    private List<Line> Compared()
    {
        var (n, m) = (_left.Steps.Count, _right.Steps.Count);
        var longest = new ushort[n + 1, m + 1];
        for (var i = n - 1; i >= 0; i--)
            for (var k = m - 1; k >= 0; k--)
                longest[i, k] = Alike(i, k) ? (ushort)(longest[i + 1, k + 1] + 1) : Math.Max(longest[i + 1, k], longest[i, k + 1]);
        List<Line> lines = [];
        List<string> known = Differences(0, 0);
        if (known.Count > 0) lines.Add(new(0, 0, known));
        for (int i = 0, k = 0; i < n || k < m;)
        {
            var (left, right) = i < n && k < m && Alike(i, k) ? (true, true) : k == m || i < n && longest[i + 1, k] >= longest[i, k + 1] ? (true, false) : (false, true);
            i += left ? 1 : 0;
            k += right ? 1 : 0;
            // Only where both have come to the same place does a difference mean more than that one is ahead.
            List<string> news = [];
            if (left && right)
            {
                var differs = Differences(i, k);
                news = [.. differs.Except(known)];
                known = differs;
            }
            lines.Add(new(left ? i : 0, right ? k : 0, news));
        }
        return lines;
    }

    private bool Alike(int i, int k) => _left.Steps[i].Actor.Name == _right.Steps[k].Actor.Name && _left.Steps[i].Row == _right.Steps[k].Row;

    private List<string> Differences(int left, int right) =>
    [
        .. _fields.Where(field => _left.Value(field, left) != _right.Value(field, right))
            .Select(field => $"{field}: {_left.Show(field, left)} ≠ {_right.Show(field, right)}"),
    ];

    /// <param name="Left">Number of the left trace's row, or 0.</param>
    /// <param name="Right">Number of the right trace's row, or 0.</param>
    /// <param name="News">What differs after it and did not after the last row that both took.</param>
    private sealed record Line(int Left, int Right, List<string> News);
}
