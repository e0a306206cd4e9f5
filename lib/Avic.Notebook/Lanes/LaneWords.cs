using System.Globalization;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>What is written beside a line of the diagram.</summary>
internal static class LaneWords
{
    /// <summary>The lines for an item: what row it is, then what it changed or, if nothing, what the source says, then its control rows.</summary>
    public static List<(string Text, Lettering Lettering)> Of(Trace trace, LaneItem item, LaneItem? previous, double width)
    {
        List<(string, Lettering)> lines = [];
        var step = trace.Steps[item.First - 1];
        if (item.Times > 0)
        {
            var (from, to) = (item.First - item.Period, item.First - 1);
            var rows = from == to ? string.Create(CultureInfo.InvariantCulture, $"row {from}") : string.Create(CultureInfo.InvariantCulture, $"rows {from}–{to}");
            lines.Add((string.Create(CultureInfo.InvariantCulture, $"{rows} × {item.Times}"), Lettering.Note));
            lines.Add((item.Times == 2 ? "the same once more" : string.Create(CultureInfo.InvariantCulture, $"the same {item.Times - 1} times more"), Lettering.Small));
            return lines;
        }
        if (item.Actor is null)
        {
            lines.Add((Plural(item.Rows), Lettering.Note));
            lines.Add(("of several actors, not drawn", Lettering.Small));
            return lines;
        }
        if (item.IsRun)
        {
            lines.Add((Plural(item.Rows), Lettering.Note));
            var names = Names(Enumerable.Range(item.First - 1, item.Rows).Select(i => trace.Steps[i].Row), item.Turn || previous is null ? "" : trace.Steps[item.First - 2].Routine);
            lines.AddRange(Lettering.CodeGrey.Wrap(names, width - 10, 4).Select(line => (line, Lettering.CodeGrey)));
            return lines;
        }
        var boom = trace.Violation is not null && item.Last == trace.Steps.Count;
        var code = boom ? Lettering.CodeBold : Lettering.Code;
        if (!item.Turn && previous is { IsRun: false } && trace.Steps[item.First - 2].Routine == step.Routine) lines.Add((code.Fit($".{step.Label}", width - 14), code));
        else if (code.Width(step.Row) <= width) lines.Add((step.Row, code));
        else lines.AddRange([(code.Fit(step.Routine, width), code), (code.Fit($".{step.Label}", width - 14), code)]);
        var changes = Changes(trace, item.First);
        foreach (var change in changes) lines.AddRange(Lettering.CodeSmall.Wrap(change, width - 10, 2).Select(line => (line, Lettering.CodeSmall)));
        if (changes.Count == 0 || step.Routine == "guest" || !step.Actor.IsThread) lines.AddRange(Lettering.CodeGrey.Wrap(step.Text, width - 10, 2).Select(line => (line, Lettering.CodeGrey)));
        if (step.Control.Count > 0)
            lines.AddRange(Lettering.CodeGrey.Wrap("then " + Names(step.Control, step.Routine), width - 10, 2).Select(line => (line, Lettering.CodeGrey)));
        return lines;
    }

    /// <summary>What a row changed, and what it noted, in the terms of the source.</summary>
    public static List<string> Changes(Trace trace, int number)
    {
        List<string> changes = [.. trace.Changes(number).Select(change => LockHolds.Words(change) ?? $"{change.Field} = {change.After}")];
        var marks = trace.Steps[number - 1].Marks;
        if (marks != 0 && IsMachine(trace)) changes.Add($"({((Mark)marks).ToString().ToLowerInvariant()})");
        return changes;
    }

    /// <summary>Rows after one another, each routine named once: <c>vcpu_run.again .enter</c>.</summary>
    public static string Names(IEnumerable<string> rows, string routine)
    {
        List<string> names = [];
        foreach (var row in rows)
        {
            var dot = row.LastIndexOf('.');
            names.Add(dot > 0 && row[..dot] == routine ? row[dot..] : row);
            routine = dot > 0 ? row[..dot] : "";
        }
        return string.Join(' ', names);
    }

    /// <summary>True if the marks are those of the machine.</summary>
    public static bool IsMachine(Trace trace) => trace.Model.Layout.Fields.Any(field => field.Name == "apicv_inhibit_reasons");

    private static string Plural(int rows) => string.Create(CultureInfo.InvariantCulture, $"… {rows} rows");
}
