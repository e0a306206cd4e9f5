using System.Globalization;
using System.Text;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>What a trace did to some fields: a line for each row taken, blank where nothing changed.</summary>
/// <example><code>
/// trace.Table().Fields("apicv_inhibit_reasons", "vcpu1.apicv_active").Actors("vcpu1")
/// </code></example>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed class StateTable : IDisplayed
{
    private readonly Trace _trace;
    private readonly string[] _fields, _actors;

    internal StateTable(Trace trace, string[] fields, params string[] actors)
    {
        ArgumentNullException.ThrowIfNull(fields);
        (_trace, _actors) = (trace, actors);
        foreach (var field in fields) _ = trace.Model.Layout[field];
        _fields = fields.Length > 0 ? fields
            : [.. trace.Model.Layout.Fields.Select(field => field.Name).Where(name => trace.Series(name).Values.Distinct().Skip(1).Any())];
    }

    /// <summary>The same rows with these fields.</summary>
    /// <param name="fields">In the terms of the source; none: all that change.</param>
    /// <exception cref="ModelException">The state has no such field; the message names the nearest.</exception>
    public StateTable Fields(params string[] fields) => new(_trace, fields, _actors);

    /// <summary>The rows of these actors alone. What others changed meanwhile stands in the next row shown, not in bold.</summary>
    /// <param name="actors">By name: <c>"vcpu1"</c>, <c>"core1"</c>; none: all.</param>
    /// <exception cref="ModelException">The run has no such actor; the message names the nearest.</exception>
    public StateTable Actors(params string[] actors)
    {
        ArgumentNullException.ThrowIfNull(actors);
        foreach (var actor in actors) _ = _trace.Model.ActorNamed(actor);
        return new(_trace, _fields, actors);
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
                html.Append("<td>").Append(cell.IsNew ? $"<b>{Xml.Encode(cell.Text)}</b>" : Xml.Encode(cell.Text)).Append("</td>");
            html.Append("</tr>\n");
        }
        html.Append("</tbody></table>");
        if (Hidden is { } hidden) html.Append("<p>").Append(Xml.Encode(hidden)).Append("</p>");
        if (_trace.Violation is { } violation) html.Append("<p><b>***boom***</b> ").Append(Xml.Encode(violation)).Append("</p>");
        return html.Append("</div>").ToString();
    }

    /// <summary>The table in letters.</summary>
    public string ToText()
    {
        List<string[]> lines = [["", "actor", "row", .. _fields]];
        lines.AddRange(Lines().Select(line => (string[])[line.Number, line.Actor, line.Row, .. line.Cells.Select(cell => cell.Text)]));
        var wide = Enumerable.Range(0, lines[0].Length).Select(column => lines.Max(line => line[column].Length)).ToArray();
        var text = new StringBuilder();
        if (_trace.Title != "") text.Append(_trace.Title).Append('\n');
        foreach (var line in lines)
            text.AppendJoin("  ", line.Select((cell, column) => column == 0 ? cell.PadLeft(wide[column]) : cell.PadRight(wide[column]))).TrimEnd().Append('\n');
        if (Hidden is { } hidden) text.Append(hidden).Append('\n');
        if (_trace.Violation is { } violation) text.Append("***boom*** ").Append(violation).Append('\n');
        return text.ToString();
    }

    /// <inheritdoc/>
    public override string ToString() => ToText();

    private bool IsShown(TraceStep step) => _actors.Length == 0 || _actors.Contains(step.Actor.Name);

    private string? Hidden => _trace.Steps.Where(step => !IsShown(step)).ToList() is { Count: > 0 } hidden
        ? string.Create(CultureInfo.InvariantCulture, $"{hidden.Count} rows of {string.Join(", ", hidden.Select(step => step.Actor.Name).Distinct())} are not shown.") : null;

    private IEnumerable<(string Number, string Actor, string Row, (string Text, bool IsNew)[] Cells)> Lines()
    {
        yield return ("0", "", "(initial state)", [.. _fields.Select(field => (_trace.Show(field, 0), false))]);
        var before = 0;
        foreach (var step in _trace.Steps.Where(IsShown))
        {
            var cells = _fields.Select(field =>
            {
                var (last, then, now) = (_trace.Value(field, before), _trace.Value(field, step.Number - 1), _trace.Value(field, step.Number));
                return (now == last && now == then ? "" : _trace.Show(field, step.Number), now != then);
            });
            yield return (step.Number.ToString(CultureInfo.InvariantCulture), step.Actor.Name, step.Row, [.. cells]);
            before = step.Number;
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
