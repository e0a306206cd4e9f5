using System.Globalization;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>
/// The space-time diagram of a trace. Time runs downwards; each vCPU has a lane, guest and host side by side, and so has each
/// thread of the VMM. Locks are bars; requests, kicks and their acknowledgements, interrupts, doorbells and crossings of the guest's border are arrows; the
/// values that matter stand at the right.
/// </summary>
public sealed class Lanes : Picture
{
    private const double Margin = 8, NumberColumn = 22, LabelColumn = 212, Space = 8;

    /// <summary>What a printed page holds beside a head and a legend.</summary>
    private const double Page = 680;

    private readonly Trace _trace;
    private readonly List<LaneItem> _items;
    private readonly List<LockHold> _holds;
    private readonly List<LaneArrow> _arrows;
    private readonly LaneColumns _columns;

    internal Lanes(Trace trace, bool all)
    {
        _trace = trace;
        _holds = LockHolds.Of(trace);
        _columns = new(trace, _holds, Margin + NumberColumn + Space);
        _arrows = [.. LaneArrows.Of(trace).Where(arrow => _columns[trace.Steps[arrow.From - 1].Actor] != _columns[arrow.Target])];
        _items = LaneItems.Of(trace, all, _arrows);
    }

    private protected override string Alt
    {
        get
        {
            var last = _trace.Steps.LastOrDefault();
            var end = _trace.Violation is { } violation ? $" It ends in ***boom***, {violation}{(last is null ? "" : $": {last.Actor.Name} takes {last.Row}")}." : "";
            return string.Create(CultureInfo.InvariantCulture, $"Space-time diagram of {_trace.Steps.Count} rows; lanes: {string.Join(", ", _columns.All.Select(lane => lane.Name))}.{end}");
        }
    }

    private protected override Svg Draw()
    {
        var labels = _columns.Right + Space + 4;
        var tracks = LaneTracks.Of(_trace);
        var strip = labels + LabelColumn + Space;
        var svg = new Svg(Math.Max(strip + tracks.Width, 420) + Margin);
        var bodyTop = Head(svg, tracks, strip);
        var places = Places(bodyTop, tracks);
        var bottom = places.Count == 0 ? bodyTop + 12 : places[^1].Bottom;
        var begins = places.Where(place => place.Cut > 0).ToList();
        double[] tops = [bodyTop, .. begins.Select(place => place.Top)], bottoms = [.. begins.Select(place => place.Cut), bottom];
        var body = new LaneBody(_trace, _items, places, _columns, [.. tops.Zip(bottoms)]);
        Turns(svg, places);
        body.Times(svg);
        body.Arrows(svg, _arrows);
        var letters = body.Locks(svg, _holds);
        body.Stays(svg);
        body.Crossings(svg);
        tracks.Draw(svg, _items, places, strip, bodyTop, bottom);
        body.Steps(svg, labels);
        Words(svg, places, labels);
        foreach (var place in begins) Again(svg, tracks, strip, place);
        svg.Height = LaneLegend.Draw(svg, _trace, _items, _columns, _holds, letters, _arrows, tracks, Margin, bottom + 14) + Margin;
        return svg;
    }

    // The title, then the names of the columns, which read upwards so that columns can be narrow.
    private double Head(Svg svg, LaneTracks tracks, double strip)
    {
        var y = Margin + 12;
        var wide = svg.Width - 2 * Margin;
        var rows = string.Create(CultureInfo.InvariantCulture, $"{_trace.Steps.Count} rows");
        var title = _trace.Violation is { } violation ? $"{violation} is violated in {rows}" : rows;
        foreach (var line in Lettering.Title.Wrap(title, wide, 2))
        {
            svg.Text(Margin, y, line, Lettering.Title);
            y += 16;
        }
        foreach (var line in Lettering.Small.Wrap(_trace.Title, wide, 3))
        {
            svg.Text(Margin, y, line, Lettering.Small);
            y += 13;
        }
        return Names(svg, tracks, strip, y) + 6;
    }

    // Each part begins with the names again: no reader scrolls, or turns pages, back for them.
    private void Again(Svg svg, LaneTracks tracks, double strip, LanePlace first)
    {
        svg.CutAt(first.Cut);
        svg.Rectangle(0, first.Cut, svg.Width, first.Top - first.Cut, Palette.White);
        svg.Text(Margin, first.Cut + Margin + 10, string.Create(CultureInfo.InvariantCulture, $"… from row {_items[first.Index].First} on"), Lettering.Small);
        Names(svg, tracks, strip, first.Cut + Margin + 14);
    }

    private double HeightOfNames(LaneTracks tracks) => NamesOf(tracks, 0).Max(name => Lettering.CodeSmall.Width(name.Name));

    private double Names(Svg svg, LaneTracks tracks, double strip, double top)
    {
        var bottom = top + HeightOfNames(tracks);
        foreach (var (x, name) in NamesOf(tracks, strip)) svg.Upwards(x + 3.5, bottom, name, Lettering.CodeSmall);
        return bottom;
    }

    private List<(double X, string Name)> NamesOf(LaneTracks tracks, double strip)
    {
        const double most = 160;
        List<(double X, string Name)> names = [];
        foreach (var lane in _columns.All)
        {
            if (lane.HasGuest) names.Add((lane.Middle(inGuest: true), $"{lane.Name} guest"));
            names.Add((lane.Middle(inGuest: false), lane.HasGuest ? $"{lane.Name} host" : lane.Name));
        }
        names.AddRange(tracks.Names(strip));
        return [.. names.Select(name => (name.X, Lettering.CodeSmall.Fit(name.Name, most)))];
    }

    // Parts are of about one height, and each ends between two rows.
    private List<LanePlace> Places(double top, LaneTracks tracks)
    {
        var whole = Enumerable.Range(0, _items.Count).Sum(i => Place(i, 0, 0).Bottom);
        var most = whole / Math.Ceiling(whole / Page);
        var head = HeightOfNames(tracks) + Margin + 20;
        List<LanePlace> places = [];
        var (placed, parts) = (0.0, 1);
        for (var i = 0; i < _items.Count; i++)
        {
            var place = Place(i, top, 0);
            var height = place.Bottom - top;
            if (i > 0 && placed + height / 2 > parts * most)
            {
                place = Place(i, top + head, top);
                parts++;
            }
            placed += height;
            places.Add(place);
            top = place.Bottom;
        }
        return places;
    }

    private LanePlace Place(int i, double top, double cut)
    {
        var isFirst = i == 0 || cut > 0;
        var lines = LaneWords.Of(_trace, _items[i], isFirst ? null : _items[i - 1], LabelColumn);
        var boom = _trace.Violation is not null && i == _items.Count - 1;
        return new LanePlace(top, lines, isFirst || _items[i].Turn ? _items[i].Actor?.Name : null, boom ? Lettering.Prose.Wrap(_trace.Violation!, LabelColumn - 10, 3) : null) { Index = i, Cut = cut };
    }

    // One band for each turn of an actor: where the grey changes, the schedule has switched.
    private void Turns(Svg svg, List<LanePlace> places)
    {
        var grey = false;
        for (int i = 0, next; i < _items.Count; i = next)
        {
            next = i + 1;
            while (next < _items.Count && !_items[next].Turn) next++;
            if (grey) svg.Rectangle(0, places[i].Top, svg.Width, places[next - 1].Bottom - places[i].Top, Palette.Faint);
            grey = !grey;
        }
        if (places.Count > 0 && places[^1].Boom is not null)
            svg.Rectangle(1, places[^1].Top, svg.Width - 2, places[^1].Bottom - places[^1].Top, Palette.PaleVermillion, Palette.DeepVermillion, 2);
    }

    private void Words(Svg svg, List<LanePlace> places, double left)
    {
        for (var i = 0; i < _items.Count; i++)
        {
            var (item, place) = (_items[i], places[i]);
            svg.Text(Margin + NumberColumn, place.Middle + 3.5, item.First.ToString(CultureInfo.InvariantCulture), Lettering.Small, Anchor.End);
            if (place.Actor is not null) svg.Text(left, place.Top + 13, Lettering.Name.Fit(place.Actor, LabelColumn), Lettering.Name);
            foreach (var (y, text, lettering, indent) in place.Written()) svg.Text(left + indent, y, text, lettering);
        }
    }

    /// <inheritdoc/>
    public override string ToText() => LaneText.Of(_trace, _items, _columns);
}

/// <summary>Where an item stands in the picture, and what is written there.</summary>
internal sealed class LanePlace
{
    private const double Main = 15.5, Minor = 12, Header = 14;

    private readonly List<(string Text, Lettering Lettering)> _lines;

    public LanePlace(double top, List<(string Text, Lettering Lettering)> lines, string? actor, List<string>? boom)
    {
        (Top, _lines, Actor, Boom) = (top, lines, actor, boom);
        var height = 2 + (actor is null ? 0 : Header + 2);
        Middle = top + height + Main / 2;
        foreach (var (_, lettering) in lines) height += Step(lettering);
        if (boom is not null) height += 22 + boom.Count * 14;
        Bottom = top + height + 3;
    }

    /// <summary>Number of its item.</summary>
    public required int Index { get; init; }

    /// <summary>Where the part of the picture begins whose first place it is; otherwise 0.</summary>
    public required double Cut { get; init; }

    public double Top { get; }

    /// <summary>Middle of the first line: when the row happens.</summary>
    public double Middle { get; }

    public double Bottom { get; }

    public string? Actor { get; }

    public List<string>? Boom { get; }

    public IEnumerable<(double Y, string Text, Lettering Lettering, double Indent)> Written()
    {
        var y = Middle - Main / 2;
        foreach (var (text, lettering) in _lines)
        {
            yield return (y + Step(lettering) - 4, text, lettering, lettering.Size <= 10 ? 10 : text.StartsWith('.') ? 14 : 0);
            y += Step(lettering);
        }
        if (Boom is null) yield break;
        yield return (y + 16, "***boom***", Lettering.Boom, 0);
        y += 20;
        foreach (var line in Boom) yield return (y += 14, line, Lettering.Prose, 0);
    }

    private static double Step(Lettering lettering) => lettering.Size > 10 ? Main : Minor;
}
