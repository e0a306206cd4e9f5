namespace Avic.Notebook;

/// <summary>Names the series, each with a sample of its look.</summary>
internal static class LegendPainter
{
    private const double Sample = 32, Between = 16, Row = 18;
    private const int Most = 24;

    /// <summary>Paints as many rows as it takes and returns where they end.</summary>
    public static double Paint(Svg svg, List<Series> all, double margin, double top)
    {
        var (x, y) = (margin, top + 13);
        foreach (var series in all.Take(Most))
        {
            var name = Looks.Label.Fit(series.Name, svg.Width - 2 * margin - Sample);
            var wide = Sample + Looks.Label.Width(name);
            if (x > margin && x + wide > svg.Width - margin) (x, y) = (margin, y + Row);
            if (series is Bars bars) BarPainter.Sample(svg, x + 2, y - 4, bars);
            else CurvePainter.Sample(svg, x, y - 4, (Curve)series);
            svg.Text(x + Sample, y, name, Looks.Label);
            x += wide + Between;
        }
        if (all.Count > Most) svg.Text(margin, y += Row, $"… and {Numbers.Short(all.Count - Most)} more", Looks.Label);
        return y + 8;
    }
}
