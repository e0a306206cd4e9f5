using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>What a cell of a matrix says, beside its text: drawn as a fill, a pattern and a sign.</summary>
public enum CellKind
{
    /// <summary>Nothing was asked.</summary>
    Empty,

    /// <summary>It holds. Pale, a dot.</summary>
    Kept,

    /// <summary>It does not. Strong, a cross.</summary>
    Broken,

    /// <summary>Not found out within the bounds. Dotted, a question mark.</summary>
    Unknown,
}

/// <summary>A cell of a matrix.</summary>
/// <param name="Text">A short text, such as the rows of a witness; empty: the kind's sign alone.</param>
/// <param name="Kind">What it says.</param>
/// <param name="Witness">The run that shows it; published pages link the cell to it.</param>
public readonly record struct Cell(string Text, CellKind Kind, Trace? Witness = null);

/// <summary>A matrix with named rows and columns: which edits break which property, which kernel has which bug.</summary>
/// <example><code>
/// new Heatmap("Which row is load-bearing", ["kvm_zap_gfn_range.seq", …], ["apic-access-is-never-lost", …],
///     (row, column) => new Cell("52", CellKind.Broken))
/// </code></example>
public sealed class Heatmap : Picture
{
    private const double Margin = 8, CellHeight = 17, NamesAtMost = 260, HeadAtMost = 200, NarrowestPicture = 330;
    private const int Band = 40;

    private readonly string _title;
    private readonly string[] _rows, _columns;
    private readonly Cell[,] _cells;
    private readonly IReadOnlyDictionary<CellKind, string> _legend;

    /// <summary>Makes a matrix. Every cell is asked for once, row by row.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="rows">Names of the rows, at least one.</param>
    /// <param name="columns">Names of the columns, at least one.</param>
    /// <param name="cell">The cell at a row and a column, numbered from 0.</param>
    /// <param name="legend">What the kinds mean here; without it "kept", "broken", "unknown".</param>
    /// <exception cref="ModelException">There are no rows or no columns.</exception>
    public Heatmap(string title, IReadOnlyList<string> rows, IReadOnlyList<string> columns, Func<int, int, Cell> cell, IReadOnlyDictionary<CellKind, string>? legend = null)
    {
        ArgumentNullException.ThrowIfNull(title);
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(cell);
        if (rows.Concat(columns).Any(name => name is null)) throw new ModelException("A row or column of the matrix has no name: null. Name it, or give it \"\".");
        if (rows.Count == 0 || columns.Count == 0) throw new ModelException($"A matrix of {rows.Count} rows and {columns.Count} columns shows nothing: it needs one of each at least.");
        (_title, _rows, _columns) = (title, [.. rows], [.. columns]);
        _cells = new Cell[rows.Count, columns.Count];
        for (var r = 0; r < rows.Count; r++)
            for (var c = 0; c < columns.Count; c++)
            {
                var asked = cell(r, c);
                _cells[r, c] = asked with { Text = asked.Text ?? "" };
            }
        _legend = legend ?? new Dictionary<CellKind, string> { [CellKind.Kept] = "kept", [CellKind.Broken] = "broken", [CellKind.Unknown] = "unknown" };
    }

    private IEnumerable<(CellKind Kind, string Meaning)> Meanings =>
        Enum.GetValues<CellKind>().Where(kind => _cells.Cast<Cell>().Any(cell => cell.Kind == kind && (kind != CellKind.Empty || cell.Text is { Length: > 0 } && _legend.ContainsKey(kind))))
            .OrderBy(kind => kind == CellKind.Empty).Select(kind => (kind, _legend.TryGetValue(kind, out var meaning) ? meaning : kind.ToString().ToLowerInvariant()));

    private protected override string Alt
    {
        get
        {
            var counts = Meanings.Select(entry => string.Create(CultureInfo.InvariantCulture, $"{_cells.Cast<Cell>().Count(cell => cell.Kind == entry.Kind)} {entry.Meaning}"));
            return string.Create(CultureInfo.InvariantCulture, $"{_title}: a matrix of {_rows.Length} rows and {_columns.Length} columns; {string.Join(", ", counts)}.");
        }
    }

    private protected override Svg Draw()
    {
        var names = Math.Min(_rows.Max(Lettering.CodeSmall.Width), NamesAtMost);
        var cell = Math.Clamp(_cells.Cast<Cell>().Max(one => Lettering.CodeSmall.Width(one.Text ?? "")) + 8, 22, 70);
        var left = Margin + names + 8;
        var svg = new Svg(Math.Max(left + _columns.Length * cell + Margin, NarrowestPicture));
        var y = Margin;
        foreach (var line in Lettering.Title.Wrap(_title, svg.Width - 2 * Margin, 3)) svg.Text(Margin, y += 14, line, Lettering.Title);
        y = Legend(svg, y + 10);
        for (var first = 0; first < _rows.Length; first += Band)
        {
            if (first > 0) svg.CutAt(y + 6);
            y = Draw(svg, left, y + (first == 0 ? 6 : 18), cell, names, first, Math.Min(first + Band, _rows.Length));
        }
        svg.Height = y + Margin;
        return svg;
    }

    // A band repeats the names of the columns: no reader scrolls back for them.
    private double Draw(Svg svg, double left, double top, double cell, double names, int first, int end)
    {
        var heads = _columns.Select(name => Lettering.CodeSmall.Fit(name, HeadAtMost)).ToArray();
        top += heads.Max(Lettering.CodeSmall.Width) + 4;
        for (var c = 0; c < heads.Length; c++) svg.Upwards(left + (c + 0.5) * cell + 3.5, top - 4, heads[c], Lettering.CodeSmall);
        for (var r = first; r < end; r++)
        {
            var y = top + (r - first) * CellHeight;
            if ((r - first) % 2 == 1) svg.Rectangle(Margin - 4, y, left - Margin + 4, CellHeight, Palette.Faint);
            svg.Text(Margin, y + 12, Lettering.CodeSmall.Fit(_rows[r], names + 1), Lettering.CodeSmall);
        }
        var paint = new CellPainter(svg);
        for (var r = first; r < end; r++)
            for (var c = 0; c < heads.Length; c++)
                paint.Add(left + c * cell, top + (r - first) * CellHeight, cell, CellHeight, _cells[r, c]);
        paint.Finish();
        return top + (end - first) * CellHeight;
    }

    private double Legend(Svg svg, double y)
    {
        var x = Margin;
        var paint = new CellPainter(svg);
        foreach (var (kind, meaning) in Meanings)
        {
            var words = Lettering.Small.Fit(meaning, svg.Width - 2 * Margin - 30);
            var wide = 30 + Lettering.Small.Width(words);
            if (x > Margin && x + wide > svg.Width - Margin) (x, y) = (Margin, y + CellHeight + 4);
            paint.Add(x, y, 24, CellHeight, new(kind == CellKind.Empty ? Sign(kind) : "", kind));
            svg.Text(x + 29, y + 12, words, Lettering.Small);
            x += wide + 14;
        }
        paint.Finish();
        return y + CellHeight + 4;
    }

    /// <summary>The same as a plotly figure: a number for each kind, and what it says in the cell.</summary>
    public Figure ToFigure()
    {
        double Number(CellKind kind) => kind switch { CellKind.Kept => 0, CellKind.Unknown => 1, CellKind.Broken => 2, _ => double.NaN };
        IEnumerable<IEnumerable<T>> Each<T>(Func<Cell, T> of) => Enumerable.Range(0, _rows.Length).Select(r => Enumerable.Range(0, _columns.Length).Select(c => of(_cells[r, c])));
        var scale = new[] { Palette.PaleBlue, Palette.PaleOrange, Palette.Vermillion }.Select((colour, i) => (JsonNode)new JsonArray(i / 2.0, colour));
        return Figure.Heatmap(Each(cell => Number(cell.Kind)), _columns, _rows, Each(cell => (Letter(cell.Kind) + (cell.Text ?? "")).Trim()))
            .With("data.colorscale", new JsonArray([.. scale])).With("data.reversescale", false).With("data.zmin", 0).With("data.zmax", 2).With("data.showscale", false)
            .Title(_title).X(string.Join(" · ", Meanings.Select(entry => $"{Sign(entry.Kind)} {entry.Meaning}")));
    }

    /// <summary>The matrix once more, where its cells have witnesses: behind each the schedule that <c>avic replay</c> takes.</summary>
    private protected override string Beside
    {
        get
        {
            if (!_cells.Cast<Cell>().Any(cell => cell.Witness is not null)) return "";
            var html = new StringBuilder("\n<details><summary>The same as a table: behind each number the shortest witness</summary>\n<table><thead><tr><td></td>");
            foreach (var column in _columns) html.Append("<th scope=\"col\">").Append(Xml.Encode(column)).Append("</th>");
            html.Append("</tr></thead><tbody>\n");
            for (var r = 0; r < _rows.Length; r++)
            {
                html.Append("<tr><th scope=\"row\">").Append(Xml.Encode(_rows[r])).Append("</th>");
                for (var c = 0; c < _columns.Length; c++)
                {
                    var cell = _cells[r, c];
                    var text = Xml.Encode(cell.Text is { Length: > 0 } said ? said : Letter(cell.Kind).Trim());
                    html.Append("<td>").Append(cell.Witness is { } trace ? $"<details><summary>{text}</summary><code title=\"{Xml.Encode(trace.Violation ?? "")}\">{Xml.Encode(trace.Token)}</code></details>" : text).Append("</td>");
                }
                html.Append("</tr>\n");
            }
            return html.Append("</tbody></table></details>").ToString();
        }
    }

    /// <inheritdoc/>
    public override string ToText()
    {
        var text = new StringBuilder(_title).Append('\n');
        foreach (var (kind, meaning) in Meanings) text.Append("  ").Append(Sign(kind)).Append(' ').Append(meaning).Append('\n');
        for (var c = 0; c < _columns.Length; c++) text.Append(CultureInfo.InvariantCulture, $"  {c + 1,2} {_columns[c]}\n");
        var names = _rows.Max(row => row.Length);
        var cell = Math.Max(2, _cells.Cast<Cell>().Max(one => (one.Text ?? "").Length) + 1);
        text.Append(' ', names);
        for (var c = 1; c <= _columns.Length; c++) text.Append("  ").Append(c.ToString(CultureInfo.InvariantCulture).PadLeft(cell));
        text.Append('\n');
        for (var r = 0; r < _rows.Length; r++)
        {
            text.Append(_rows[r].PadRight(names));
            for (var c = 0; c < _columns.Length; c++) text.Append("  ").Append((Letter(_cells[r, c].Kind) + (_cells[r, c].Text ?? "")).Trim().PadLeft(cell));
            text.Append('\n');
        }
        return text.ToString();
    }

    private string Sign(CellKind kind) => kind == CellKind.Empty ? _cells.Cast<Cell>().First(cell => cell.Kind == kind && cell.Text is { Length: > 0 }).Text : Letter(kind);

    private static string Letter(CellKind kind) => kind switch { CellKind.Kept => ".", CellKind.Broken => "X", CellKind.Unknown => "?", _ => " " };
}
