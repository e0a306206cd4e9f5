namespace Avic.Notebook;

/// <summary>The rectangle of a panel in the picture, and its axes.</summary>
internal sealed record Frame(double Left, double Top, double Width, double Height, ChartAxis X, ChartAxis Y)
{
    public double Right => Left + Width;

    public double Bottom => Top + Height;

    // Far outside is far enough: what lies at infinity has no coordinate.
    public double AtX(double value) => Left + Math.Clamp(X.Place(value), -1e6, 1e6) * Width;

    public double AtY(double value) => Bottom - Math.Clamp(Y.Place(value), -1e6, 1e6) * Height;

    public double InX(double value) => Math.Clamp(AtX(value), Left, Right);

    public double InY(double value) => Math.Clamp(AtY(value), Top, Bottom);

    public bool Holds((double X, double Y) point) => point.X >= Left - 0.05 && point.X <= Right + 0.05 && point.Y >= Top - 0.05 && point.Y <= Bottom + 0.05;

    /// <summary>The part of a line that lies within, or none (Liang and Barsky).</summary>
    public ((double X, double Y) From, (double X, double Y) To)? Clip((double X, double Y) from, (double X, double Y) to)
    {
        double first = 0, last = 1, dx = to.X - from.X, dy = to.Y - from.Y;
        foreach (var (step, room) in new[] { (-dx, from.X - Left), (dx, Right - from.X), (-dy, from.Y - Top), (dy, Bottom - from.Y) })
        {
            if (step == 0)
            {
                if (room < 0) return null;
                continue;
            }
            var at = room / step;
            if (step < 0) first = Math.Max(first, at);
            else last = Math.Min(last, at);
        }
        return first > last ? null : ((from.X + first * dx, from.Y + first * dy), (from.X + last * dx, from.Y + last * dy));
    }
}

/// <summary>Leaves out points that a reader could not tell from their neighbours.</summary>
internal static class Thinning
{
    /// <summary>Of the points that follow each other in one column of pixels: the first, the lowest, the highest and the last.</summary>
    public static List<(double X, double Y)> OfLine(List<(double X, double Y)> points)
    {
        List<(double X, double Y)> kept = [];
        for (var i = 0; i < points.Count;)
        {
            int from = i, low = i, high = i;
            var column = Math.Floor(points[i].X);
            for (; i < points.Count && Math.Floor(points[i].X) == column; i++)
            {
                if (points[i].Y < points[low].Y) low = i;
                if (points[i].Y > points[high].Y) high = i;
            }
            foreach (var one in new SortedSet<int> { from, low, high, i - 1 }) kept.Add(points[one]);
        }
        return kept;
    }

    /// <summary>One point for each little square.</summary>
    public static List<(double X, double Y)> OfPoints(IEnumerable<(double X, double Y)> points, double square)
    {
        HashSet<(double, double)> seen = [];
        return [.. points.Where(point => seen.Add((Math.Round(point.X / square), Math.Round(point.Y / square))))];
    }
}
