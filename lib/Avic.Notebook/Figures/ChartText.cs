using System.Text;

namespace Avic.Notebook;

/// <summary>A chart in letters of equal width, narrow enough for a mail.</summary>
internal static class ChartText
{
    private const int Widest = 76, High = 15;
    private const string Signs = "*o+x#@%&$~", Fills = "#=+:o%*-", Shades = " .:-=+*#%@";

    public static string Of(Chart chart)
    {
        var text = new StringBuilder();
        if (chart.Title != "") Wrap(text, chart.Title);
        foreach (var panel in chart.Panels)
        {
            if (panel.Y.Title != "") text.Append(Fit(panel.Y.Title, Widest)).Append('\n');
            if (panel.Series.OfType<Cells>().FirstOrDefault() is { } cells) Matrix(text, cells, chart.X, panel.Y);
            else if (panel.Series.Count > 0 && panel.Series.All(series => series is Bars) && !panel.Series.OfType<Bars>().Any(bars => bars.All.Count > 40)) Lying(text, chart, panel);
            else Grid(text, chart, panel);
            foreach (var note in panel.Notes) Wrap(text, note.Words(chart.X, panel.Y));
        }
        foreach (var note in chart.Missing) Wrap(text, note);
        return text.ToString();
    }

    // A line for each bar, whichever way it is painted.
    private static void Lying(StringBuilder text, Chart chart, Panel panel)
    {
        var all = panel.Series.Cast<Bars>().ToList();
        var lying = all[0].IsLying;
        var (along, up) = lying ? (panel.Y, chart.X) : (chart.X, panel.Y);
        Legend(text, all.Count > 1 ? all : [], Fills);
        var lines = all.SelectMany((bars, i) => bars.All.Select(bar => (bar.At, i, Name: Fit(bars.AreBins ? $"{Numbers.Short(bar.Left)} to {Numbers.Short(bar.Right)}" : along.Show(bar.At), 24), bar, Value: Clean(up.ShowNumber(bar.Value)))))
            .OrderBy(line => line.At).ThenBy(line => line.i).ToList();
        if (lines.Count == 0) text.Append("nothing to draw\n");
        if (lines.Count == 0) return;
        var (names, values) = (lines.Max(line => line.Name.Length), lines.Max(line => line.Value.Length));
        var room = Math.Max(Widest - names - values - 4, 10);
        var before = double.NaN;
        foreach (var (at, i, name, bar, value) in lines)
        {
            int Column(double place) => (int)Math.Round(Math.Clamp(up.Reversed ? 1 - up.Place(place) : up.Place(place), 0, 1) * room);
            var (from, to) = (Math.Min(Column(bar.From), Column(bar.To)), Math.Max(Column(bar.From), Column(bar.To)));
            text.Append((at == before ? "" : name).PadLeft(names)).Append(" |").Append(' ', from).Append(Fills[i % Fills.Length], to - from).Append(' ').Append(value).Append('\n');
            before = at;
        }
        if (up.Title != "" && lying) text.Append(' ', names + 2).Append(Fit(up.Title, Widest - names)).Append('\n');
        if (along.Title != "" && !lying) text.Append(Fit(along.Title, Widest)).Append('\n');
    }

    private static void Grid(StringBuilder text, Chart chart, Panel panel)
    {
        Legend(text, panel.Series.Count > 1 ? panel.Series : [], Signs);
        var (x, y) = (chart.X, panel.Y);
        var high = y.Kind == AxisKind.Category ? Math.Clamp(y.Categories.Count, 2, 40) : y.Given is { Count: > 1 and <= 20 } given ? 2 * given.Count - 1 : chart.Panels.Count > 1 ? 9 : High;
        var ticks = y.Ticks(Math.Max(high / 3, 2)).Where(tick => tick.Text != "").ToList();
        var gutter = Math.Min(ticks.Select(tick => Fit(tick.Text, 20).Length).DefaultIfEmpty(0).Max(), 20);
        var wide = Widest - gutter - 3;
        var cells = new char[high, wide];
        int Column(double at) => (int)Math.Round(Math.Clamp(x.Place(at), -1e3, 1e3) * (wide - 1));
        int Row(double at) => high - 1 - (int)Math.Round(Math.Clamp(y.Place(at), -1e3, 1e3) * (high - 1));
        for (var s = panel.Series.Count - 1; s >= 0; s--) Draw(panel.Series[s], Signs[s % Signs.Length]);

        var labels = new string[high];
        foreach (var tick in ticks) labels[Math.Clamp(Row(tick.At), 0, high - 1)] ??= Fit(tick.Text, 20);
        for (var r = 0; r < high; r++)
        {
            var line = new StringBuilder((labels[r] ?? "").PadLeft(gutter)).Append(labels[r] is null ? " |" : " +");
            for (var c = 0; c < wide; c++) line.Append(cells[r, c] == 0 ? ' ' : cells[r, c]);
            text.Append(line.ToString().TrimEnd()).Append('\n');
        }
        Foot(text, x, gutter, wide, hasTitle: ReferenceEquals(panel, chart.Panels[^1]));

        void Draw(Series series, char sign)
        {
            if (series is Bars bars)
            {
                foreach (var bar in bars.All)
                    for (var c = Math.Max(Column(bar.Left), 0); c <= Math.Min(Column(bar.Right), wide - 1); c++)
                        for (var r = Math.Max(Row(Math.Max(bar.From, bar.To)), 0); r <= Math.Min(Row(Math.Min(bar.From, bar.To)), high - 1); r++) cells[r, c] = sign;
                return;
            }
            var curve = (Curve)series;
            (int C, int R)? before = null;
            for (var i = 0; i < curve.X.Length; i++)
            {
                if (double.IsNaN(curve.X[i]) || double.IsNaN(curve.Y[i]))
                {
                    before = null;
                    continue;
                }
                var (c, r) = (Column(curve.X[i]), Row(curve.Y[i]));
                if (curve.HasLine && before is var (c0, r0)) Between(c0, r0, c, curve.IsStepped ? r0 : r, sign, curve.IsStepped ? r : null);
                Put(c, r, sign);
                before = (c, r);
            }
        }

        void Between(int c0, int r0, int c1, int r1, char sign, int? then)
        {
            for (var c = Math.Max(Math.Min(c0, c1), 0); c <= Math.Min(Math.Max(c0, c1), wide - 1); c++)
                if (c0 != c1) Put(c, r0 + (int)Math.Round((r1 - r0) * (double)(c - c0) / (c1 - c0)), sign);
            if (then is not { } end) return;
            for (var r = Math.Max(Math.Min(r0, end), 0); r <= Math.Min(Math.Max(r0, end), high - 1); r++) Put(c1, r, sign);
        }

        void Put(int c, int r, char sign)
        {
            if (c >= 0 && c < wide && r >= 0 && r < high) cells[r, c] = sign;
        }
    }

    private static void Foot(StringBuilder text, ChartAxis x, int gutter, int wide, bool hasTitle)
    {
        text.Append(' ', gutter + 1).Append('+').Append('-', wide).Append('\n');
        var line = new char[wide];
        Array.Fill(line, ' ');
        var free = 0;
        foreach (var tick in x.Ticks(x.Kind == AxisKind.Date ? 4 : 6).Where(tick => tick.Text != "").OrderBy(tick => x.Place(tick.At)))
        {
            var label = Fit(tick.Text, 16);
            var left = Math.Clamp((int)Math.Round(x.Place(tick.At) * (wide - 1)) - label.Length / 2, 0, Math.Max(wide - label.Length, 0));
            if (left < free || left + label.Length > wide) continue;
            label.CopyTo(0, line, left, label.Length);
            free = left + label.Length + 2;
        }
        text.Append(' ', gutter + 2).Append(new string(line).TrimEnd()).Append('\n');
        if (x.Title == "" || !hasTitle) return;
        var title = Fit(x.Title, wide);
        text.Append(' ', gutter + 2 + (wide - title.Length) / 2).Append(title).Append('\n');
    }

    private static void Matrix(StringBuilder text, Cells cells, ChartAxis x, ChartAxis y)
    {
        if (cells.Z.Length == 0 || cells.Z[0].Length == 0)
        {
            text.Append("nothing to draw\n");
            return;
        }
        var columns = cells.Z[0].Length;
        string At(double[] edges, int i, ChartAxis axis) => axis.Show(edges[i] / 2 + edges[i + 1] / 2);
        string[] names = [.. cells.Z.Select((_, r) => Fit(At(cells.Y, r, y), 24))];
        var gutter = names.Max(name => name.Length);
        string[][] words = [.. cells.Z.Select((row, r) => row.Select((value, c) => Clean(cells.Texts is { } texts && texts[r][c] != "" ? texts[r][c] : double.IsNaN(value) ? "" : Numbers.Short(value))).ToArray())];
        var cell = Math.Max(words.Max(row => row.Max(word => word.Length)), 2) + 1;
        var inWords = gutter + columns * cell <= Widest;
        if (!inWords) cell = gutter + 2 * columns <= Widest ? 2 : 1;
        var every = inWords ? 1 : Math.Max(1, (int)Math.Ceiling((double)columns * cell / (Widest - gutter - 1)));
        for (var c = 0; c < Math.Min(columns, 40); c++) text.Append(Fit($"  {Numbers.Exact(c + 1).PadLeft(2)} {At(cells.X, c, x)}", Widest)).Append('\n');
        if (inWords) text.Append(' ', gutter).AppendJoin("", Enumerable.Range(1, columns).Select(c => Numbers.Exact(c).PadLeft(cell))).Append('\n');
        foreach (var (name, r) in names.Select((name, r) => (name, r)).OrderByDescending(one => y.Place(cells.Y[one.r])))
        {
            var line = new StringBuilder(name.PadRight(gutter));
            if (!inWords) line.Append(' ');
            for (var c = 0; c < columns; c += every)
                line.Append(inWords ? words[r][c].PadLeft(cell) : double.IsNaN(cells.Z[r][c]) ? new string(' ', cell) : new string(Shade(cells, cells.Z[r][c]), cell));
            text.Append(line.ToString().TrimEnd()).Append('\n');
        }
        if (!inWords) text.Append(Clean($"'{Shades[1]}' is {Numbers.Short(cells.Low)}, '{Shades[^1]}' is {Numbers.Short(cells.High)}")).Append('\n');
    }

    private static char Shade(Cells cells, double value) =>
        Shades[1 + (int)Math.Round((cells.High == cells.Low ? 0.5 : Math.Clamp((value / 2 - cells.Low / 2) / (cells.High / 2 - cells.Low / 2), 0, 1)) * (Shades.Length - 2))];

    private static void Legend(StringBuilder text, IReadOnlyList<Series> all, string signs)
    {
        for (var i = 0; i < Math.Min(all.Count, 24); i++) text.Append("  ").Append(signs[i % signs.Length]).Append(' ').Append(Fit(all[i].Name, Widest - 4)).Append('\n');
    }

    private static void Wrap(StringBuilder text, string words)
    {
        var line = "";
        var lines = 0;
        foreach (var word in Clean(words).Split(' '))
        {
            if (line != "" && line.Length + 1 + word.Length > Widest)
            {
                text.Append(Fit(line, Widest)).Append('\n');
                line = "";
                if (++lines == 4) return;
            }
            line = line == "" ? word : line + " " + word;
            if (line.Length > Widest) line = Fit(line, Widest);
        }
        text.Append(line).Append('\n');
    }

    private static string Fit(string text, int wide)
    {
        var clean = Clean(text);
        if (clean.Length <= wide) return clean;
        var kept = wide - 3;
        return (char.IsHighSurrogate(clean[kept - 1]) ? clean[..(kept - 1)] : clean[..kept]) + "...";
    }

    // One line, and the signs that every mail has.
    private static string Clean(string text) =>
        string.Concat(text.Select(letter => letter switch { '\u00a0' => ' ', '−' => '-', < ' ' or (>= '\u007f' and < '\u00a0') => ' ', _ => letter }));
}
