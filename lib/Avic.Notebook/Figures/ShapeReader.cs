namespace Avic.Notebook;

/// <summary>Reads plotly's shapes and annotations for the panels of a figure.</summary>
internal sealed class ShapeReader
{
    private readonly List<Place> _shapes = [], _notes = [];
    private readonly (string Name, double From, double To)[] _rows;

    public ShapeReader(Place layout, (string Name, double From, double To)[] rows, List<string> missing)
    {
        _rows = rows;
        foreach (var shape in layout["shapes"].Each())
        {
            if (shape["type"].Word("rect") is "line" or "rect") _shapes.Add(shape);
            else missing.Add($"A shape that is a {shape["type"].Word()} is not drawn.");
        }
        foreach (var note in layout["annotations"].Each())
        {
            // What plotly would write beside the panels stands below them here.
            if (IsPaper(note, "y") && note["y"].Number() is < 0 or > 1) missing.Add(note["text"].Text());
            else _notes.Add(note);
        }
    }

    private static bool IsPaper(Place place, string letter) => place[letter + "ref"].Word(letter) is var word && (word == "paper" || word.EndsWith("domain", StringComparison.Ordinal));

    /// <summary>Whether a shape or a note stands on an axis.</summary>
    private static bool IsOn(Place place, string axis) => place[axis[..1] + "ref"].Word(axis[..1]) == axis;

    /// <summary>An axis reaches what is drawn upon it.</summary>
    public void Widen(Extent extent, ChartAxis axis, string name)
    {
        foreach (var shape in _shapes.Where(shape => IsOn(shape, name)))
            foreach (var end in new[] { "0", "1" })
                extent.Add(Value(shape[name[..1] + end], axis), tight: false);
        foreach (var note in _notes.Where(note => IsOn(note, name))) extent.Add(Place(note[name[..1]], axis), tight: false);
    }

    public IEnumerable<Shape> Shapes(string row, ChartAxis x, ChartAxis y)
    {
        foreach (var shape in _shapes.Where(shape => IsPaper(shape, "y") ? IsHere(shape, row) : IsOn(shape, row)))
        {
            // It lies in another panel.
            if (IsPaper(shape, "y") && shape["y0"].Number() != shape["y1"].Number() && ShareOf(shape, "0", row) == ShareOf(shape, "1", row)) continue;
            var line = shape["line"];
            var isLine = shape["type"].Word("rect") == "line";
            double x0 = End(shape, "x", "0", x), x1 = End(shape, "x", "1", x), y0 = Height("0"), y1 = Height("1");
            if (new[] { x0, x1, y0, y1 }.Any(double.IsNaN)) continue;
            var fill = Looks.Colour(shape["fillcolor"].Word(), "");
            yield return new(isLine, x0, x1, y0, y1, Looks.Colour(line["color"].Word(), "#444"), Math.Clamp(line["width"].Number() ?? (isLine ? 1.5 : 1), 0, 10), line["dash"].Word("solid"),
                isLine || fill == "" ? null : Looks.Pale(fill, Math.Clamp(shape["opacity"].Number() ?? 1, 0, 1)), shape["layer"].Word() == "below");

            double Height(string end) => IsPaper(shape, "y") ? Share(ShareOf(shape, end, row), y) : Value(shape["y" + end], y);
        }
    }

    // Paper is all panels and what lies between them.
    private double ShareOf(Place place, string end, string row) => ShareOf(place, place["y" + end].Number() ?? 0, row);

    private double ShareOf(Place place, double share, string row)
    {
        var (_, from, to) = _rows.First(one => one.Name == row);
        return Math.Clamp(place["yref"].Word() == "paper" && to > from ? (share - from) / (to - from) : share, 0, 1);
    }

    // "y2 domain" is that panel.
    private static bool IsHere(Place shape, string row) => shape["yref"].Word() is var word && (word == "paper" || word == row + " domain");

    public IEnumerable<Note> Notes(string row, ChartAxis x, ChartAxis y)
    {
        foreach (var note in _notes)
        {
            var paper = IsPaper(note, "y");
            var height = paper ? note["y"].Number() ?? 0 : 0;
            if (paper ? (note["yref"].Word() == "paper" ? Nearest(height) : note["yref"].Word().Split(' ')[0]) != row : !IsOn(note, row)) continue;
            var at = (X: IsPaper(note, "x") ? Share(note["x"].Number() ?? 0, x) : Place(note["x"], x), Y: paper ? Share(ShareOf(note, height, row), y) : Place(note["y"], y));
            if (!x.Holds(at.X) || !y.Holds(at.Y)) continue;
            yield return new(at.X, at.Y, note["text"].Text(), note["showarrow"].Is(otherwise: true), IsPaper(note, "x"));
        }
    }

    private string Nearest(double height) => _rows.MinBy(row => Math.Max(Math.Max(row.From - height, height - row.To), 0)).Name;

    private static double End(Place shape, string letter, string end, ChartAxis axis) => IsPaper(shape, letter) ? Share(shape[letter + end].Number() ?? 0, axis) : Value(shape[letter + end], axis);

    // Shapes count in values, notes in axis space: so it is in plotly.
    private static double Value(Place place, ChartAxis axis) => Datum.Of(place.Node, place.Name, 0) is var value && axis.Kind == AxisKind.Category && value.Text is null ? value.Number : axis.Of(value);

    private static double Place(Place place, ChartAxis axis) => Datum.Of(place.Node, place.Name, 0) is { Text: null } value ? value.Number : Value(place, axis);

    private static double Share(double share, ChartAxis axis)
    {
        share = Math.Clamp(share, 0, 1);
        if (axis.Reversed) share = 1 - share;
        return share == 1 ? axis.High : axis.Low + (axis.High / 2 - axis.Low / 2) * share * 2;
    }
}
