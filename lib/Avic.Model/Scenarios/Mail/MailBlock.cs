using System.Globalization;
using System.Text;

namespace Avic.Model;

/// <summary>A trace as the block that kernel engineers draw in mails: a column for each vCPU, time downwards.</summary>
public static class MailBlock
{
    /// <summary>Columns of a line; mails are read in terminals and quoted in replies.</summary>
    internal const int Width = 78;

    private const int Gutter = 3, MostColumns = 3;

    /// <summary>
    /// Draws a trace: kernel text in the column of the vCPU or VMM thread that takes the row, runs of rows that change
    /// nothing shared summed up as "(… n rows)", the violation marked, kernel and bounds and the schedule's token below.
    /// </summary>
    /// <param name="trace">What happened.</param>
    /// <param name="everyRow">True to sum nothing up.</param>
    /// <returns>
    /// Lines of at most 78 characters, but for the token, which stays whole to be pasted back. <see cref="MailDiagram.Parse"/> reads it again.
    /// </returns>
    /// <exception cref="ModelException">There is no trace: the property holds.</exception>
    public static string Mail(this Trace? trace, bool everyRow = false)
    {
        if (trace is null) throw new ModelException("There is no run to tell: the property holds, so the verdict has no counterexample. Tell scenario.Run(Schedule.Seed(1)), or the verdict's NearestMiss.");
        var told = Tell(trace, everyRow);
        List<int> columns = [.. told.Select(line => line.Column).Distinct().Order()];
        var names = columns.ConvertAll(column => NameOf(trace.Model.Actors[column]));
        var text = new StringBuilder();
        if (columns.Count > MostColumns) Tagged(text, told, columns, names);
        else SideBySide(text, told, columns, names);
        text.Append('\n');
        var title = trace.Title == "" ? trace.Model.Name : trace.Title;
        foreach (var line in Wrap(title, Width - 2)) text.Append("  ").Append(line).Append('\n');
        return text.Append("  ").Append(trace.Token).Append('\n').ToString();
    }

    private static void SideBySide(StringBuilder text, List<Told> told, List<int> columns, List<string> names)
    {
        var wide = columns.Count == 0 ? Width : (Width - Gutter * (columns.Count - 1)) / columns.Count;
        Row(column => names[column]);
        Row(column => new('=', names[column].Length));
        foreach (var line in told)
            foreach (var piece in Item(line, wide))
                Row(column => columns[column] == line.Column ? piece : "");

        void Row(Func<int, string> cell)
        {
            var row = new StringBuilder();
            for (var column = 0; column < columns.Count; column++)
                row.Append(' ', column * (wide + Gutter) - row.Length).Append(cell(column) is { Length: > 0 } filled ? filled : "");
            text.Append(row.ToString().TrimEnd()).Append('\n');
        }
    }

    private static void Tagged(StringBuilder text, List<Told> told, List<int> columns, List<string> names)
    {
        var tag = names.Max(name => name.Length);
        foreach (var line in told)
        {
            var name = names[columns.IndexOf(line.Column)].PadRight(tag);
            foreach (var piece in Item(line, Width - tag - 3))
            {
                text.Append(name).Append(" | ").Append(piece).Append('\n');
                name = new(' ', tag);
            }
        }
    }

    // A dash begins a row, so that what follows without one can only be the rest of it.
    private static IEnumerable<string> Item(Told line, int wide)
    {
        var dash = line.IsRow;
        foreach (var piece in Wrap(line.Text, dash ? wide - 2 : wide))
        {
            yield return (dash ? "- " : line.IsRow ? "  " : "") + piece;
            dash = false;
        }
    }

    private static IEnumerable<string> Wrap(string text, int wide)
    {
        while (text.Length > wide)
        {
            // Between words, or else after a parenthesis or arrow; within a name only if nothing else is left.
            var cut = text.LastIndexOf(' ', wide);
            if (cut <= wide / 3) cut = text.LastIndexOfAny(['(', ',', '>'], wide - 1) + 1;
            if (cut <= 0) cut = wide;
            yield return text[..cut].TrimEnd();
            text = text[cut..].TrimStart();
        }
        yield return text;
    }

    private sealed record Told(int Column, string Text, bool IsRow);

    private static List<Told> Tell(Trace trace, bool everyRow)
    {
        List<Told> told = [];
        var untold = new int[trace.Model.Actors.Count];
        var calls = new int[trace.Model.Actors.Count];
        var shared = trace.Model.Layout.Fields.Where(field => field.Shared).ToList();
        var request = trace.Model.Rows.FirstOrDefault(row => row.RoutineName == MailTable.Request && !row.Control)?.Id;
        foreach (var step in trace.Steps)
        {
            var column = ColumnOf(trace.Model, step.Actor);
            if (step.Row == request && CallOf(trace.Model, step.Actor, calls[step.Actor.Index]++) is { } call)
            {
                Sum(column);
                told.Add(new(column, $"{(call.Set ? "set" : "clear")} inhibit {call.Reason}:", IsRow: false));
            }
            if (everyRow || IsTold(trace, step, shared))
            {
                Sum(column);
                told.Add(new(column, TextOf(trace, step), IsRow: true));
            }
            else untold[column]++;
            if (step.Number == trace.Steps.Count && trace.Violation is not null)
                told.Add(new(column, ((Mark)step.Marks).HasFlag(Mark.Lost) && trace.Model.Data is Programs ? "***boom***" : $"*** {trace.Violation} ***", IsRow: false));
        }
        foreach (var column in Enumerable.Range(0, untold.Length)) Sum(column);
        return told;

        void Sum(int column)
        {
            if (untold[column] > 0)
                told.Add(new(column, string.Create(CultureInfo.InvariantCulture, $"(… {untold[column]} {(untold[column] == 1 ? "row" : "rows")})"), IsRow: false));
            untold[column] = 0;
        }
    }

    // What the others can see is told, and what was decided on what they can change; bookkeeping round VMRUN only where it is the point.
    private static bool IsTold(Trace trace, TraceStep step, List<Field> shared)
    {
        if (step.Marks != 0 || step.Number == trace.Steps.Count || MailTable.AlwaysTold.Contains(step.Row)) return true;
        var lost = trace.Violation is null || trace.Violation == Property.ApicAccessIsNeverLost.Name;
        if (lost && MailTable.Bookkeeping.Contains(step.Row)) return false;
        ReadOnlySpan<byte> before = trace.Bytes(step.Number - 1), after = trace.Bytes(step.Number);
        foreach (var field in shared)
            if (!before.Slice(field.Offset, field.Size).SequenceEqual(after.Slice(field.Offset, field.Size))) return true;
        return false;
    }

    // A walk that finds nothing is what mails call the #NPF.
    private static string TextOf(Trace trace, TraceStep step)
    {
        var text = step.Text == "" ? step.Row : step.Text;
        if (step.Row != "guest.insn" || trace.Model.Data is not Programs) return text;
        var before = trace.State<Machine>(step.Number - 1).Core[step.Actor.Index].InGuest;
        return before && !trace.State<Machine>(step.Number).Core[step.Actor.Index].InGuest && text.StartsWith("walk", StringComparison.Ordinal) ? $"{text} (#NPF)" : text;
    }

    // A core's unit acts in its vCPU's column.
    private static int ColumnOf(Model model, Actor actor)
    {
        var unit = actor.Index - model.Stacks.Length;
        return unit >= 0 && unit < model.Instances ? unit : actor.Index;
    }

    private static string NameOf(Actor actor) => actor.Name.StartsWith("vcpu", StringComparison.Ordinal) ? "vCPU" + actor.Name[4..] : actor.Name;

    private static InhibitCall? CallOf(Model model, Actor actor, int call)
    {
        if (model.Data is not Programs programs) return null;
        var thread = actor.Index - programs.Guest.Count;
        return thread >= 0 && thread < programs.Host.Count && call < programs.Host[thread].Count ? programs.Host[thread][call] : null;
    }
}
