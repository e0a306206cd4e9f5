using System.Globalization;
using System.Text;

namespace Avic.Model;

/// <summary>What becomes of each property on one hardware.</summary>
/// <param name="Hardware">The hardware.</param>
/// <param name="Cells">One for each property.</param>
public sealed record ReadingRow(Hardware Hardware, IReadOnlyList<AblationCell> Cells);

/// <summary>
/// A scenario under every reading of the manual: the default, each other reading alone, and all others together (twice
/// where two readings answer one question). Other combinations are not checked.
/// </summary>
/// <param name="Bounds">How far the scenario reaches.</param>
/// <param name="Properties">The columns.</param>
/// <param name="Rows">The default first.</param>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed record ReadingTable(string Bounds, IReadOnlyList<Property> Properties, IReadOnlyList<ReadingRow> Rows) : IDisplayed
{
    /// <summary>The hardware on which a property fares otherwise than on the default one.</summary>
    public IEnumerable<Hardware> Decisive(Property property)
    {
        var column = Properties.ToList().IndexOf(property);
        if (column < 0) throw new ModelException($"The table has no property '{property?.Name}'. {Nearest.To(property?.Name ?? "", Properties.Select(p => p.Name))}");
        return Rows.Skip(1).Where(row => row.Cells[column].Effect != Rows[0].Cells[column].Effect).Select(row => row.Hardware);
    }

    /// <summary>On what the verdict on a property depends, in words.</summary>
    public string Dependence(Property property)
    {
        Hardware[] decisive = [.. Decisive(property)];
        if (decisive.Length == 0) return "no reading matters";
        Hardware[] alone = [.. decisive.Where(hardware => hardware.Chosen.Count == 1)];
        return alone.Length > 0 ? $"depends on {string.Join(", ", alone.Select(hardware => hardware.Name))}" : "depends on several readings together";
    }

    /// <summary>The table as text: a number is the length of the shortest witness.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Readings · {Bounds}\n");
        for (var p = 0; p < Properties.Count; p++) text.Append(CultureInfo.InvariantCulture, $"  {(char)('A' + p)} = {Properties[p].Name}: {Dependence(Properties[p])}\n");
        text.Append("  number: rows of the shortest witness · kept  ? budget  x cannot run  ∅ goal lost\n\n");
        var names = Rows.Select(Name).ToArray();
        var wide = names.Max(name => name.Length);
        text.Append(' ', wide).Append(string.Concat(Properties.Select((_, p) => $"{(char)('A' + p),5}"))).Append('\n');
        for (var r = 0; r < Rows.Count; r++) text.Append(names[r].PadRight(wide)).Append(string.Concat(Rows[r].Cells.Select(cell => $"{cell.Sign,5}"))).Append('\n');
        return text.ToString();
    }

    /// <summary>A plain table; each reading with its sentence.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder($"<div><b>{Html.Encode($"Readings · {Bounds}")}</b><table><thead><tr><th>hardware</th>");
        foreach (var property in Properties) html.Append("<th>").Append(Html.Encode(property.Name)).Append("</th>");
        html.Append("<th>what it does</th></tr></thead><tbody>");
        foreach (var row in Rows)
        {
            html.Append("<tr><td>").Append(Html.Encode(Name(row))).Append("</td>");
            foreach (var cell in row.Cells) html.Append(cell.Effect == AblationEffect.Broken ? $"<td><b>{Html.Encode(cell.Sign)}</b></td>" : $"<td>{Html.Encode(cell.Sign)}</td>");
            html.Append("<td>").Append(row.Hardware.Chosen is [var reading] ? Html.Encode($"{reading.Question} {reading.Sentence} ({reading.Section})") : "").Append("</td></tr>");
        }
        html.Append("<tr><td>the verdict</td>");
        foreach (var property in Properties) html.Append("<td>").Append(Html.Encode(Dependence(property))).Append("</td>");
        return html.Append("<td></td></tr></tbody></table></div>").ToString();
    }

    private static string Name(ReadingRow row) => row.Hardware.Chosen.Count < 2 ? row.Hardware.Name
        : $"all others{string.Concat(row.Hardware.Chosen.Where(reading => Hardware.Readings.Count(other => other.Question == reading.Question) > 1).Select(reading => $", {reading.Name}"))}";

    /// <inheritdoc/>
    public override string ToString() => ToText();
}

public sealed partial class Scenario
{
    /// <summary>Checks a property on the default hardware, under each other reading of the manual alone, and under all others together.</summary>
    /// <param name="property">What must hold.</param>
    /// <param name="limits">For each hardware; a cell out of budget says so.</param>
    public ReadingTable UnderEveryReading(Property property, Limits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(property);
        return UnderEveryReading([property], limits);
    }

    /// <summary>The same for several properties, in one exploration a hardware.</summary>
    /// <param name="properties">The columns; by default all that must hold, of interrupts, too.</param>
    /// <param name="limits">For each hardware; a cell out of budget says so.</param>
    public ReadingTable UnderEveryReading(IReadOnlyList<Property>? properties = null, Limits? limits = null)
    {
        properties ??= [.. Property.All, .. Property.OfInterrupts];
        foreach (var property in properties) ArgumentNullException.ThrowIfNull(property, nameof(properties));
        _ = Model; // what no hardware can run is refused here, and is no verdict
        List<ReadingRow> rows = [];
        foreach (var hardware in EveryReading)
        {
            LongWork.Tell($"{rows.Count} of {EveryReading.Count} readings", (double)rows.Count / EveryReading.Count);
            rows.Add(new(hardware, On(hardware).Cells(properties, (limits ?? new()) with { Progress = _ => { } })));
        }
        return new(Bounds, properties, rows);
    }

    private static IReadOnlyList<Hardware> EveryReading { get; } =
        [Hardware.Default, .. Hardware.Readings.Select(reading => Hardware.With(reading)), .. Together.DistinctBy(hardware => hardware.Name)];

    // Of the readings that exclude one another, each once.
    private static IEnumerable<Hardware> Together => Hardware.Readings.Select(reading => Hardware.With([.. Hardware.Readings, reading]));

    internal IReadOnlyList<AblationCell> Cells(IReadOnlyList<Property> properties, Limits limits)
    {
        try
        {
            return [.. Check(properties, limits).Select(v => new AblationCell(v.Outcome == Outcome.Unknown ? AblationEffect.Unknown : v.Holds ? AblationEffect.Kept : AblationEffect.Broken, v, ""))];
        }
        catch (ModelException e)
        {
            return [.. properties.Select(_ => new AblationCell(AblationEffect.CannotRun, null, e.Message))];
        }
    }
}
