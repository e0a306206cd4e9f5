using System.Globalization;
using System.Text;

namespace Avic.Model;

/// <summary>What a kernel has of a bug.</summary>
public enum Presence
{
    /// <summary>It has it; there is a witness.</summary>
    Violated,

    /// <summary>It had occasion to show it, and has not.</summary>
    Safe,

    /// <summary>The kernel has no such reason or row, or the programs never come to where the bug would be.</summary>
    NotApplicable,

    /// <summary>A budget ended first.</summary>
    Unknown,
}

/// <summary>A cell of the matrix.</summary>
/// <param name="Presence">What was found.</param>
/// <param name="Rows">Rows of the shortest witness, or 0.</param>
/// <param name="States">States explored, or 0 where nothing was to explore.</param>
/// <param name="Witness">The shortest run that shows it, if it has it.</param>
public sealed record MuseumCell(Presence Presence, int Rows, long States, Trace? Witness = null)
{
    /// <summary>The rows of the witness, or a sign: a dot, a dash, a question mark.</summary>
    public string Sign => Presence switch
    {
        Presence.Violated => Rows.ToString(CultureInfo.InvariantCulture),
        Presence.Safe => "·",
        Presence.NotApplicable => "–",
        _ => "?",
    };
}

/// <summary>Which kernel has which bug: every cell explored, none looked up.</summary>
/// <param name="Exhibits">The rows.</param>
/// <param name="Kernels">The columns.</param>
/// <param name="Cells">By row, then by column.</param>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed record MuseumMatrix(IReadOnlyList<Exhibit> Exhibits, IReadOnlyList<Linux> Kernels, IReadOnlyList<IReadOnlyList<MuseumCell>> Cells) : IDisplayed
{
    /// <summary>Explores each exhibit on each kernel.</summary>
    /// <param name="kernels">The columns; by default every kernel that has a name.</param>
    /// <param name="limits">For each cell; one out of budget says so. By default a million states.</param>
    public static MuseumMatrix Of(IReadOnlyList<Linux>? kernels = null, Limits? limits = null)
    {
        kernels ??= Linux.Known;
        limits ??= Limits.OfMany;
        LongWork.Tell("");
        var (exhibits, done) = (Museum.Exhibits, 0);
        var cells = new MuseumCell[exhibits.Count * kernels.Count];
        // One worker a cell: cells are many, and each is small. What is explored is the same, whoever does it.
        Parallel.For(0, cells.Length, new() { MaxDegreeOfParallelism = limits.Threads }, i =>
        {
            cells[i] = Look(exhibits[i % exhibits.Count], kernels[i / exhibits.Count], limits with { Threads = 1, Progress = limits.Progress ?? (_ => { }) });
            LongWork.Tell($"{Interlocked.Increment(ref done)} of {cells.Length} cells", (double)done / cells.Length);
        });
        return new(exhibits, kernels, [.. Enumerable.Range(0, exhibits.Count).Select(e => (IReadOnlyList<MuseumCell>)[.. Enumerable.Range(0, kernels.Count).Select(k => cells[k * exhibits.Count + e])])]);
    }

    /// <summary>A cell by an exhibit's number and a kernel's name.</summary>
    public MuseumCell this[string exhibit, string kernel] =>
        Cells[Exhibits.TakeWhile(known => known.Id != exhibit).Count()][Kernels.TakeWhile(known => known.Name != kernel).Count()];

    /// <summary>The matrix in letters: a number is the length of the shortest witness.</summary>
    public string ToText()
    {
        var text = new StringBuilder("Which kernel has which bug\n  number: rows of the shortest witness  · has it not  – not applicable  ? budget\n\n");
        text.Append("   ").AppendJoin("", Kernels.Select(kernel => "  " + kernel.Name)).Append('\n');
        for (var i = 0; i < Exhibits.Count; i++)
            text.Append(Exhibits[i].Id.PadRight(3)).AppendJoin("", Cells[i].Zip(Kernels, (cell, kernel) => cell.Sign.PadLeft(kernel.Name.Length + 2))).Append("  ").Append(Exhibits[i].Title).Append('\n');
        return text.ToString();
    }

    /// <summary>A plain table; <c>Heatmap()</c> of Avic.Notebook is the picture.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder("<table><thead><tr><th></th><th>bug</th>");
        foreach (var kernel in Kernels) html.Append("<th>").Append(Html.Encode(kernel.Name)).Append("</th>");
        html.Append("</tr></thead><tbody>");
        for (var i = 0; i < Exhibits.Count; i++)
        {
            html.Append("<tr><td>").Append(Html.Encode(Exhibits[i].Id)).Append("</td><td>").Append(Html.Encode(Exhibits[i].Title)).Append("</td>");
            foreach (var cell in Cells[i]) html.Append(cell.Presence == Presence.Violated ? $"<td><b>{cell.Sign}</b></td>" : $"<td>{cell.Sign}</td>");
            html.Append("</tr>");
        }
        return html.Append("</tbody></table>").ToString();
    }

    /// <inheritdoc/>
    public override string ToString() => ToText();

    private static MuseumCell Look(Exhibit exhibit, Linux kernel, Limits limits)
    {
        if (!IsApplicable(exhibit, kernel)) return new(Presence.NotApplicable, 0, 0);
        var verdict = exhibit.On(kernel).Check(exhibit.Property, limits);
        var states = verdict.Exploration.States;
        return verdict.Outcome switch
        {
            Outcome.Violated => new(Presence.Violated, verdict.Counterexample!.Steps.Count, states, verdict.Counterexample),
            Outcome.Safe => new(verdict.Premised > 0 ? Presence.Safe : Presence.NotApplicable, 0, states),
            _ => new(Presence.Unknown, 0, states),
        };
    }

    internal static bool IsApplicable(Exhibit exhibit, Linux kernel) => kernel.Has(Programs.Parse(exhibit.Programs)) && kernel.HasRowsOf(exhibit.Property);
}
