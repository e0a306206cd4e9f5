using System.Globalization;
using System.Text;

namespace Avic.Model;

/// <summary>What becomes of each property on one hardware.</summary>
/// <param name="Hardware">The hardware.</param>
/// <param name="Cells">One for each property.</param>
public sealed record ReadingRow(Hardware Hardware, IReadOnlyList<AblationCell> Cells);

/// <summary>
/// A scenario under every reading of the manual, on its processor: the default, each other reading alone, and all others together (twice
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
        Hardware[] alone = [.. decisive.Where(hardware => Beside(hardware).Count == 1)];
        return alone.Length > 0 ? $"depends on {string.Join(", ", alone.Select(hardware => Beside(hardware)[0].Name))}" : "depends on several readings together";
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
            html.Append("<td>").Append(Beside(row.Hardware) is [var reading] ? Html.Encode($"{reading.Question} {reading.Sentence} ({reading.Section})") : "").Append("</td></tr>");
        }
        html.Append("<tr><td>the verdict</td>");
        foreach (var property in Properties) html.Append("<td>").Append(Html.Encode(Dependence(property))).Append("</td>");
        return html.Append("<td></td></tr></tbody></table></div>").ToString();
    }

    // The readings of a row, beside what the processor of all rows differs in.
    private IReadOnlyList<Reading> Beside(Hardware hardware) => [.. hardware.Chosen.Except(Rows[0].Hardware.Chosen)];

    private string Name(ReadingRow row) => Beside(row.Hardware) is not { Count: > 0 } beside ? row.Hardware.Name : beside.Count == 1 ? beside[0].Name
        : $"all others{string.Concat(beside.Where(reading => Hardware.Readings.Count(other => other.Question == reading.Question) > 1).Select(reading => $", {reading.Name}"))}";

    /// <inheritdoc/>
    public override string ToString() => ToText();
}

public sealed partial class Scenario
{
    /// <summary>Checks a property on the scenario's processor, under the default reading, under each other reading of the manual alone, and under all others together.</summary>
    /// <param name="property">What must hold.</param>
    /// <param name="limits">For each hardware; a cell out of budget says so.</param>
    public ReadingTable UnderEveryReading(Property property, Limits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(property);
        return UnderEveryReading([property], limits);
    }

    /// <summary>The same for several properties, in one exploration a hardware.</summary>
    /// <param name="properties">The columns; by default <see cref="MustHold"/>.</param>
    /// <param name="limits">For each hardware; a cell out of budget says so.</param>
    public ReadingTable UnderEveryReading(IReadOnlyList<Property>? properties = null, Limits? limits = null)
    {
        properties ??= MustHold;
        _ = Given.Each(properties);
        _ = Model; // what no hardware can run is refused here, and is no verdict
        List<ReadingRow> rows = [];
        var every = EveryReading(Hardware.Processor);
        foreach (var hardware in every)
        {
            LongWork.Tell($"{rows.Count} of {every.Count} readings", (double)rows.Count / every.Count);
            rows.Add(new(hardware, On(hardware).Cells(properties, (limits ?? new()) with { Progress = _ => { } })));
        }
        return new(Bounds, properties, rows);
    }

    // Of all together, each of the readings that exclude one another once.
    private static IReadOnlyList<Hardware> EveryReading(Hardware processor) =>
    [
        processor, .. Hardware.Readings.Select(processor.And),
        .. Hardware.Readings.Select(last => Hardware.Readings.Append(last).Aggregate(processor, (hardware, reading) => hardware.And(reading))).DistinctBy(hardware => hardware.Name),
    ];

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
