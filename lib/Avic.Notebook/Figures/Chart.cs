namespace Avic.Notebook;

/// <summary>A figure as it will be painted: every value has its place on an axis.</summary>
/// <param name="Title">What the figure shows.</param>
/// <param name="Width">In pixels.</param>
/// <param name="Height">In pixels; none: as the panels need.</param>
/// <param name="X">The axis that all panels share.</param>
/// <param name="Panels">From the top.</param>
/// <param name="HasLegend">Whether series are named beside the panels.</param>
/// <param name="Missing">What could not be drawn, in words.</param>
internal sealed record Chart(string Title, double Width, double? Height, ChartAxis X, IReadOnlyList<Panel> Panels, bool HasLegend, IReadOnlyList<string> Missing)
{
    public IEnumerable<Series> Series => Panels.SelectMany(panel => panel.Series);
}

/// <summary>One plot of several that stand on one x axis.</summary>
/// <param name="Y">Its own axis.</param>
/// <param name="Weight">Its share of the height.</param>
/// <param name="Series">In the order they are painted.</param>
/// <param name="Shapes">Lines and rectangles.</param>
/// <param name="Notes">Texts at places.</param>
internal sealed record Panel(ChartAxis Y, double Weight, IReadOnlyList<Series> Series, IReadOnlyList<Shape> Shapes, IReadOnlyList<Note> Notes);

/// <summary>What one of plotly's traces draws. A trace is something else here.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="Number">Its place among the figure's series: what sets it apart.</param>
/// <param name="Colour">Checked, as SVG takes it.</param>
internal abstract record Series(string Name, int Number, string Colour)
{
    public bool InLegend { get; init; }
}

/// <summary>Points, and lines between them; NaN parts a line.</summary>
internal sealed record Curve(string Name, int Number, string Colour, double[] X, double[] Y) : Series(Name, Number, Colour)
{
    public bool HasLine { get; init; }

    public bool HasMarkers { get; init; }

    /// <summary>Level until the next x, then straight up or down.</summary>
    public bool IsStepped { get; init; }

    public bool IsFilled { get; init; }

    public string Dash { get; init; } = "solid";

    public string Symbol { get; init; } = "circle";
}

/// <summary>One bar: what it stands for, and the rectangle it fills, in axis space.</summary>
/// <param name="At">Where it stands.</param>
/// <param name="Left">Its one side.</param>
/// <param name="Right">Its other side.</param>
/// <param name="From">Where it begins; minus infinity is the foot of a log axis.</param>
/// <param name="To">Where it ends.</param>
/// <param name="Value">What it measures.</param>
internal readonly record struct Bar(double At, double Left, double Right, double From, double To, double Value);

/// <summary>Bars, upright or lying.</summary>
internal sealed record Bars(string Name, int Number, string Colour, IReadOnlyList<Bar> All) : Series(Name, Number, Colour)
{
    public bool IsLying { get; init; }

    /// <summary>Bins of a histogram, which touch.</summary>
    public bool AreBins { get; init; }

    public string Pattern { get; init; } = "";
}

/// <summary>A matrix of values as colours.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Number">Its place among the figure's series.</param>
/// <param name="X">The edges of its columns, one more than there are columns.</param>
/// <param name="Y">The edges of its rows.</param>
/// <param name="Z">Values by row; NaN is a gap.</param>
/// <param name="Texts">What stands in the cells, if anything.</param>
/// <param name="Ramp">Its colours.</param>
internal sealed record Cells(string Name, int Number, double[] X, double[] Y, double[][] Z, string[][]? Texts, Ramp Ramp) : Series(Name, Number, "")
{
    public double Low { get; init; }

    public double High { get; init; }

    public bool HasScale { get; init; }

    public string ScaleTitle { get; init; } = "";
}

/// <summary>A line or rectangle behind or before the series, in axis space; infinite where it spans the panel.</summary>
internal readonly record struct Shape(bool IsLine, double X0, double X1, double Y0, double Y1, string Line, double LineWidth, string Dash, string? Fill, bool IsBelow);

/// <summary>A text at a place; with an arrow it points there. That of a level line speaks of its height.</summary>
internal readonly record struct Note(double X, double Y, string Text, bool HasArrow, bool IsLevel)
{
    public string Words(ChartAxis x, ChartAxis y) => $"At {(IsLevel ? y.Show(Y) : x.Show(X))}: {Text}";
}
