using System.Globalization;
using System.Text;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>What a trace did to some fields: a line for each row taken, blank where nothing changed.</summary>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed class StateTable : IDisplayed
{
    private readonly Trace _trace;
    private readonly string[] _fields;

    internal StateTable(Trace trace, string[] fields)
    {
        _trace = trace;
        foreach (var field in fields) _ = trace.Model.Layout[field];
        _fields = fields.Length > 0 ? fields
            : [.. trace.Model.Layout.Fields.Select(field => field.Name).Where(name => trace.Series(name).Values.Distinct().Skip(1).Any())];
    }

    /// <summary>A plain table; what a row changed is bold.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder("<div>");
        if (_trace.Title != "") html.Append("<p><b>").Append(Xml.Encode(_trace.Title)).Append("</b></p>\n");
        html.Append("<table><thead><tr><td></td><th>actor</th><th>row</th>");
        foreach (var field in _fields) html.Append("<th>").Append(Xml.Breakable(field)).Append("</th>");
        html.Append("</tr></thead><tbody>\n");
        foreach (var line in Lines())
        {
            html.Append("<tr><td>").Append(line.Number).Append("</td><td>").Append(Xml.Encode(line.Actor)).Append("</td><td>").Append(Xml.Encode(line.Row)).Append("</td>");
            foreach (var cell in line.Cells)
                html.Append("<td>").Append(line.IsFirst || cell == "" ? Xml.Encode(cell) : $"<b>{Xml.Encode(cell)}</b>").Append("</td>");
            html.Append("</tr>\n");
        }
        html.Append("</tbody></table>");
        if (_trace.Violation is { } violation) html.Append("<p><b>***boom***</b> ").Append(Xml.Encode(violation)).Append("</p>");
        return html.Append("</div>").ToString();
    }

    /// <summary>The table in letters.</summary>
    public string ToText()
    {
        List<string[]> lines = [["", "actor", "row", .. _fields]];
        lines.AddRange(Lines().Select(line => (string[])[line.Number, line.Actor, line.Row, .. line.Cells]));
        var wide = Enumerable.Range(0, lines[0].Length).Select(column => lines.Max(line => line[column].Length)).ToArray();
        var text = new StringBuilder();
        if (_trace.Title != "") text.Append(_trace.Title).Append('\n');
        foreach (var line in lines)
            text.AppendJoin("  ", line.Select((cell, column) => column == 0 ? cell.PadLeft(wide[column]) : cell.PadRight(wide[column]))).TrimEnd().Append('\n');
        if (_trace.Violation is { } violation) text.Append("***boom*** ").Append(violation).Append('\n');
        return text.ToString();
    }

    /// <inheritdoc/>
    public override string ToString() => ToText();

    private IEnumerable<(bool IsFirst, string Number, string Actor, string Row, string[] Cells)> Lines()
    {
        yield return (true, "0", "", "(initial state)", [.. _fields.Select(field => _trace.Show(field, 0))]);
        foreach (var step in _trace.Steps)
        {
            var cells = _fields.Select(field => _trace.Value(field, step.Number) == _trace.Value(field, step.Number - 1) ? "" : _trace.Show(field, step.Number));
            yield return (false, step.Number.ToString(CultureInfo.InvariantCulture), step.Actor.Name, step.Row, [.. cells]);
        }
    }
}

file static class Trimming
{
    public static StringBuilder TrimEnd(this StringBuilder text)
    {
        while (text.Length > 0 && text[^1] == ' ') text.Length--;
        return text;
    }
}
