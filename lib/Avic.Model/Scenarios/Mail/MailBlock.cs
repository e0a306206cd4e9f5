using System.Globalization;
using System.Runtime.InteropServices;
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
            // Nor before a sign that would begin an item if it stood first.
            var cut = text.LastIndexOf(' ', wide);
            while (cut > 0 && cut + 2 < text.Length && (text[cut + 1] is '-' or '+' or '*') && text[cut + 2] == ' ') cut = text.LastIndexOf(' ', cut - 1);
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
        var request = RequestOf(trace.Model);
        var lost = IsLost(trace.Violation);
        foreach (var step in trace.Steps)
        {
            var column = ColumnOf(trace.Model, step.Actor);
            if (step.Row == request && CallsOf(trace.Model, step.Actor) is var made && calls[step.Actor.Index]++ is var call && call < made.Count)
            {
                Sum(column);
                told.Add(new(column, made[call], IsRow: false));
            }
            ReadOnlySpan<byte> before = trace.Bytes(step.Number - 1), after = trace.Bytes(step.Number);
            if (everyRow || step.Number == trace.Steps.Count || IsTold(trace.Model, step.Row, step.Marks, lost, before, after))
            {
                Sum(column);
                told.Add(new(column, TextOf(trace.Model, step.Actor, step.Row, step.Text, before, after), IsRow: true));
            }
            else untold[column]++;
            if (step.Number == trace.Steps.Count && trace.Violation is not null)
                told.Add(new(column, EndOf(trace.Model, step.Marks, trace.Violation), IsRow: false));
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

    /// <summary>Whether the run is about a lost access, as it is where nothing else is said.</summary>
    internal static bool IsLost(string? violation) => violation is null || violation == Property.ApicAccessIsNeverLost.Name;

    /// <summary>How a run that ends in a violation ends.</summary>
    internal static string EndOf(Model model, uint marks, string violation) =>
        ((Mark)marks).HasFlag(Mark.Lost) && model.Data is Programs ? "***boom***" : $"*** {violation} ***";

    // What the others can see is told, and what was decided on what they can change; bookkeeping round VMRUN only where it is the point.
    internal static bool IsTold(Model model, string row, uint marks, bool lost, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        if (marks != 0 || MailTable.AlwaysTold.Contains(row)) return true;
        if (lost && MailTable.Bookkeeping.Contains(row)) return false;
        foreach (var field in model.Layout.Fields)
            if (field.Shared && !before.Slice(field.Offset, field.Size).SequenceEqual(after.Slice(field.Offset, field.Size))) return true;
        return false;
    }

    internal static bool IsInGuest(in Machine machine, int vcpu) => machine.Vcpu[vcpu].Core is >= 0 and var core && machine.Core[core].InGuest;

    // A walk that finds nothing is what mails call the #NPF.
    internal static string TextOf(Model model, Actor actor, string row, string written, ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        var text = written == "" ? row : written;
        if (row != "guest.insn" || model.Data is not Programs) return text;
        var left = IsInGuest(MemoryMarshal.Read<Machine>(before), actor.Index) && !IsInGuest(MemoryMarshal.Read<Machine>(after), actor.Index);
        return left && text.StartsWith("walk", StringComparison.Ordinal) ? $"{text} (#NPF)" : text;
    }

    // A core's unit acts in its vCPU's column, where it always is the same.
    internal static int ColumnOf(Model model, Actor actor)
    {
        var unit = actor.Index - model.Stacks.Length;
        return unit >= 0 && unit < model.Instances && model.Data is not Programs { VcpusMove: true } ? unit : actor.Index;
    }

    internal static string NameOf(Actor actor) => actor.Name.StartsWith("vcpu", StringComparison.Ordinal) ? "vCPU" + actor.Name[4..] : actor.Name;

    /// <summary>The row that begins a call, which is told with a heading; null if the model has none.</summary>
    internal static string? RequestOf(Model model) => model.Rows.FirstOrDefault(row => row.RoutineName == MailTable.Request && !row.Control)?.Id;

    /// <summary>The headings of an actor's calls, in order.</summary>
    internal static IReadOnlyList<string> CallsOf(Model model, Actor actor) =>
        model.Data is Programs programs && actor.Index - programs.Guest.Count is var thread && thread >= 0 && thread < programs.Host.Count
            ? [.. programs.Host[thread].OfType<InhibitCall>().Select(call => $"{(call.Set ? "set" : "clear")} inhibit {call.Reason}:")] : [];
}
