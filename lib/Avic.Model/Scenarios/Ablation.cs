using System.Globalization;
using System.Text;

namespace Avic.Model;

/// <summary>What an ablation does to one property.</summary>
public enum AblationEffect
{
    /// <summary>The property is kept (or the goal still reached).</summary>
    Kept,

    /// <summary>The property is broken; the cell has a shortest witness.</summary>
    Broken,

    /// <summary>A budget came first.</summary>
    Unknown,

    /// <summary>The edited kernel cannot run: a row finds what cannot be.</summary>
    CannotRun,
}

/// <summary>One cell of the matrix.</summary>
/// <param name="Effect">What became of the property.</param>
/// <param name="Verdict">The verdict, with the shortest witness; null if the kernel cannot run.</param>
/// <param name="Why">Why it cannot run; empty otherwise.</param>
public sealed record AblationCell(AblationEffect Effect, Verdict? Verdict, string Why)
{
    /// <summary>A short sign: the witness's length, a dot, a question mark, a cross.</summary>
    public string Sign => Effect switch
    {
        AblationEffect.Kept => "·",
        AblationEffect.Broken => Verdict!.Counterexample is { } trace ? trace.Steps.Count.ToString(CultureInfo.InvariantCulture) : "∅",
        AblationEffect.Unknown => "?",
        _ => "x",
    };
}

/// <summary>One edit of the kernel and what it does to each property.</summary>
/// <param name="Edit"><c>function.-label</c> for a dropped row, <c>function.one&lt;&gt;other</c> for exchanged neighbours.</param>
/// <param name="Text">The dropped row's text; empty for an exchange.</param>
/// <param name="Cells">One for each property.</param>
public sealed record AblationRow(string Edit, string Text, IReadOnlyList<AblationCell> Cells)
{
    /// <summary>True if no property notices the edit.</summary>
    public bool Survives => Cells.All(cell => cell.Effect == AblationEffect.Kept);
}

/// <summary>Which row is load-bearing: every row dropped and every pair of neighbours exchanged, against every property.</summary>
/// <param name="Bounds">How far the scenario reaches.</param>
/// <param name="Properties">The columns.</param>
/// <param name="Rows">The edits.</param>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed record AblationMatrix(string Bounds, IReadOnlyList<Property> Properties, IReadOnlyList<AblationRow> Rows) : IDisplayed
{
    /// <summary>Why an edit that no property notices is harmless, or what is missing to notice it; by edit.</summary>
    public static IReadOnlyDictionary<string, string> Reasons => field ??= Data.Text("ablation-survivors.txt").Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Where(line => !line.StartsWith('#')).Select(line => line.Split('\t', 2)).ToDictionary(parts => parts[0], parts => parts[1]);

    /// <summary>The edits that no property notices.</summary>
    public IEnumerable<AblationRow> Survivors => Rows.Where(row => row.Survives);

    /// <summary>The matrix as text: a number is the length of the shortest witness.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Ablation · {Bounds}\n");
        for (var p = 0; p < Properties.Count; p++) text.Append(CultureInfo.InvariantCulture, $"  {(char)('A' + p)} = {Properties[p].Name}\n");
        text.Append("  number: rows of the shortest witness · kept  ? budget  x cannot run  ∅ goal lost\n\n");
        var wide = Rows.Max(row => row.Edit.Length);
        text.Append(' ', wide).Append(string.Concat(Properties.Select((_, p) => $"{(char)('A' + p),5}"))).Append('\n');
        foreach (var row in Rows)
        {
            text.Append(row.Edit.PadRight(wide)).Append(string.Concat(row.Cells.Select(cell => $"{cell.Sign,5}")));
            if (row.Survives) text.Append("  ").Append(Reasons.GetValueOrDefault(row.Edit, "unnoticed here"));
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>A plain table; <c>Heatmap()</c> of Avic.Notebook is the picture.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder("<table><thead><tr><th>edit</th>");
        foreach (var property in Properties) html.Append("<th>").Append(Html.Encode(property.Name)).Append("</th>");
        html.Append("<th>why nothing notices</th></tr></thead><tbody>");
        foreach (var row in Rows)
        {
            html.Append("<tr><td>").Append(Html.Encode(row.Edit)).Append("</td>");
            foreach (var cell in row.Cells) html.Append(cell.Effect == AblationEffect.Broken ? $"<td><b>{Html.Encode(cell.Sign)}</b></td>" : $"<td>{Html.Encode(cell.Sign)}</td>");
            html.Append("<td>").Append(row.Survives ? Html.Encode(Reasons.GetValueOrDefault(row.Edit, "unnoticed here")) : "").Append("</td></tr>");
        }
        return html.Append("</tbody></table>").ToString();
    }

    /// <inheritdoc/>
    public override string ToString() => ToText();
}

public sealed partial class Scenario
{
    /// <summary>Drops every row and exchanges all neighbours, one edit at a time, and checks the properties on each.</summary>
    /// <param name="properties">The columns; by default <see cref="MustHold"/> and <see cref="Property.Goals"/>.</param>
    /// <param name="limits">For each edit; a cell out of budget says so. By default a million states.</param>
    public AblationMatrix Ablate(IReadOnlyList<Property>? properties = null, Limits? limits = null)
    {
        properties ??= [.. MustHold, .. Property.Goals];
        _ = Given.Each(properties);
        limits ??= Limits.OfMany;
        // What is never entered cannot be missed: an edit there is no test of anything.
        var plain = Explorer.Explore(Model, limits with { Progress = _ => { }, Fuse = false });
        HashSet<string> idle = plain.Complete ? [.. plain.NeverEntered] : [];
        var edits = Kernel.Code.Routines.Where(routine => Model.Rows.Any(row => row.RoutineName == routine.Name) && !idle.Contains(routine.Name)).SelectMany(EditsOf).ToArray();
        var rows = new AblationRow[edits.Length];
        var done = 0;
        LongWork.Tell("");
        // One worker an edit: edits are many, and each is small.
        Parallel.For(0, edits.Length, new() { MaxDegreeOfParallelism = limits.Threads }, i =>
        {
            // How far one edit is, tells nobody anything; how many are done does.
            rows[i] = Judge(edits[i].Edit, edits[i].Text, properties, limits with { Threads = 1, Progress = _ => { }, Fuse = false });
            LongWork.Tell($"{Interlocked.Increment(ref done)} of {edits.Length} edits", (double)done / edits.Length);
        });
        return new(Bounds, properties, rows);
    }

    private static IEnumerable<(string Edit, string Text)> EditsOf(Routine<Machine> routine)
    {
        string[] labels = [.. routine.Labels];
        foreach (var label in labels) yield return ($"{routine.Name}.-{label}", routine.Rows.First(row => row.Label == label).Text);
        foreach (var (one, other) in labels.Zip(labels.Skip(1))) yield return ($"{routine.Name}.{one}<>{other}", "");
    }

    private AblationRow Judge(string edit, string text, IReadOnlyList<Property> properties, Limits limits) => new(edit, text, On(Kernel.Edited(edit)).Cells(properties, limits));
}
