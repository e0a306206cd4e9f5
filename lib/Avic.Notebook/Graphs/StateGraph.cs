using System.Globalization;
using System.Text;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>
/// Every state of a small model and every row between them, layered by depth: where runs join, where they go round, where they
/// end, and the shortest way to a violation.
/// </summary>
public sealed class StateGraph : Picture
{
    /// <summary>The most states that are drawn one by one.</summary>
    public const int Most = 300;

    private const double Margin = 12, Wide = 660, Narrow = 310, Level = 34, Numbers = 30;
    private const string CycleInk = "#8f2d6a";

    private readonly ReachableGraph _graph;
    private readonly GraphLayout _layout;
    private readonly Trace? _violation;
    private readonly IReadOnlyList<int> _path;

    internal StateGraph(ReachableGraph graph, Trace? violation)
    {
        (_graph, _violation) = (graph, violation);
        _layout = new(graph);
        _path = violation is null ? [] : graph.Path(violation);
    }

    private string Summary
    {
        get
        {
            var rests = _graph.States.Count(state => state.IsAtRest);
            var cycles = _layout.InCycle.Count(one => one);
            return string.Create(CultureInfo.InvariantCulture,
                $"{_graph.States.Count} states, {_graph.Edges.Count} edges, {_layout.Levels.Count} levels; {rests} at rest, {(cycles == 0 ? "no cycle" : $"{cycles} on a cycle")}")
                + (_violation is { Violation: { } violation } ? string.Create(CultureInfo.InvariantCulture, $"; {violation} is violated in {_violation.Steps.Count} rows") : "");
        }
    }

    private protected override string Alt => $"Graph of {_graph.Model.Name}: {Summary}.";

    private protected override Svg Draw()
    {
        var most = _layout.Levels.Max(level => level.Count);
        var gap = Math.Clamp((Wide - 2 * Margin - Numbers) / most, 9, 44);
        var radius = Math.Min(gap * 0.38, 10);
        var (xs, ys) = Places(gap);
        // As wide as its states and what bends round them.
        double[] reach = [.. xs, .. _graph.Edges.Where(edge => edge.From != edge.To && ys[edge.To] <= ys[edge.From]).Select(edge => (xs[edge.From] + xs[edge.To]) / 4 + Bend(edge.From, edge.To, xs, ys).X / 2)];
        var (left, right) = (reach.Min() - gap / 2, reach.Max() + gap / 2);
        var svg = new Svg(Math.Max(right - left + 2 * Margin + Numbers, Narrow));
        var y = Margin;
        foreach (var line in Lettering.Title.Wrap(_graph.Model.Name, svg.Width - 2 * Margin, 2)) svg.Text(Margin, y += 14, line, Lettering.Title);
        foreach (var line in Lettering.Small.Wrap(Summary, svg.Width - 2 * Margin, 4)) svg.Text(Margin, y += 13, line, Lettering.Small);
        var aside = Margin + Numbers + (svg.Width - 2 * Margin - Numbers - (right - left)) / 2 - left;
        for (var i = 0; i < xs.Length; i++) (xs[i], ys[i]) = (xs[i] + aside, ys[i] + y + 26);
        var onPath = _path.Zip(_path.Skip(1)).ToHashSet();
        foreach (var (from, to) in _graph.Edges.Select(edge => (edge.From, edge.To)).Distinct().OrderBy(edge => onPath.Contains(edge))) Edge(svg, from, to, onPath.Contains((from, to)), xs, ys, radius);
        foreach (var state in _graph.States) State(svg, state, xs[state.Number], ys[state.Number], radius);
        for (var level = 0; level < _layout.Levels.Count; level += Step(_layout.Levels.Count))
            svg.Text(Margin, ys[_layout.Levels[level][0]] + 3.5, level.ToString(CultureInfo.InvariantCulture), Lettering.Small);
        svg.Height = Legend(svg, ys.Max() + 34) + Margin;
        return svg;
    }

    private static int Step(int levels) => levels <= 30 ? 1 : 5;

    // Round the middle, from 0 down.
    private (double[] X, double[] Y) Places(double gap)
    {
        var (xs, ys) = (new double[_graph.States.Count], new double[_graph.States.Count]);
        for (var level = 0; level < _layout.Levels.Count; level++)
        {
            var states = _layout.Levels[level];
            for (var i = 0; i < states.Count; i++)
            {
                xs[states[i]] = (i - (states.Count - 1) / 2.0) * gap;
                ys[states[i]] = level * Level;
            }
        }
        return (xs, ys);
    }

    private void Edge(Svg svg, int from, int to, bool isBad, double[] xs, double[] ys, double radius)
    {
        var (x1, y1, x2, y2) = (xs[from], ys[from], xs[to], ys[to]);
        var (ink, width) = isBad ? (Palette.DeepVermillion, 2.6) : ("#777", 0.9);
        if (from == to)
        {
            svg.Path($"M{Svg.N(x1 + radius * 0.7)} {Svg.N(y1 - radius * 0.7)}c8 -9 12 4 2 {Svg.N(radius * 0.7 + 2)}", isBad ? ink : CycleInk, width, dash: "3 2");
            return;
        }
        if (ys[to] > ys[from])
        {
            var length = Math.Sqrt((x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1));
            var (dx, dy) = ((x2 - x1) / length * radius, (y2 - y1) / length * radius);
            svg.Line(x1 + dx, y1 + dy, x2 - dx, y2 - dy, ink, width);
            if (isBad) svg.ArrowHead(x1, y1, x2 - dx, y2 - dy, ink);
            return;
        }
        // Back up or sideways: a curve, dashed, with its head, for that is where runs go round.
        var (cx, cy) = Bend(from, to, xs, ys);
        var (hx, hy) = (x2 - cx, y2 - cy);
        var whole = Math.Sqrt(hx * hx + hy * hy);
        var (ex, ey) = (x2 - hx / whole * radius, y2 - hy / whole * radius);
        svg.Path($"M{Svg.N(x1)} {Svg.N(y1)}Q{Svg.N(cx)} {Svg.N(cy)} {Svg.N(ex)} {Svg.N(ey)}", isBad ? ink : CycleInk, width + 0.3, dash: "4 2");
        svg.ArrowHead(cx, cy, ex, ey, isBad ? ink : CycleInk);
    }

    // Where the curve is drawn to; it comes half as far.
    private static (double X, double Y) Bend(int from, int to, double[] xs, double[] ys) =>
        ((xs[from] + xs[to]) / 2 + (xs[to] >= xs[from] ? -1 : 1) * (18 + Math.Abs(ys[from] - ys[to]) * 0.25), (ys[from] + ys[to]) / 2 + (ys[from] == ys[to] ? 22 : 0));

    private void State(Svg svg, GraphState state, double x, double y, double radius)
    {
        var bad = _path.Count > 0 && state.Number == _path[^1];
        if (bad)
        {
            LaneBody.Star(svg, x, y, Math.Max(radius, 7) + 3);
            return;
        }
        var cycle = _layout.InCycle[state.Number];
        Sign(svg, x, y, radius, state.Number == 0, cycle, state.IsAtRest, _path.Contains(state.Number));
        if (radius >= 9 && state.Number > 0) svg.Text(x, y + 3.5, state.Number.ToString(CultureInfo.InvariantCulture), Lettering.Small, Anchor.Middle);
    }

    private static void Sign(Svg svg, double x, double y, double radius, bool first, bool cycle, bool rest, bool isBad)
    {
        svg.Circle(x, y, radius, first ? Palette.Black : rest ? Palette.PaleBlue : Palette.White, isBad ? Palette.DeepVermillion : cycle ? CycleInk : Palette.Grey, isBad ? 2.4 : cycle ? 1.8 : 1, cycle && !isBad ? "3 1.5" : "");
        if (rest) svg.Circle(x, y, radius - 2, "none", Palette.Grey);
    }

    private static void Back(Svg svg, double x, double y)
    {
        svg.Line(x, y, x + 16, y, CycleInk, 1.2, "4 2");
        svg.ArrowHead(x, y, x + 16, y, CycleInk);
    }

    private double Legend(Svg svg, double y)
    {
        List<(string Text, Action<double, double> Sign)> entries = [("where runs begin", (x, at) => Sign(svg, x, at, 6, true, false, false, false))];
        if (_graph.States.Any(state => state.IsAtRest)) entries.Add(("at rest", (x, at) => Sign(svg, x, at, 6, false, false, true, false)));
        if (_layout.InCycle.Any(one => one)) entries.Add(("on a cycle", (x, at) => Sign(svg, x, at, 6, false, true, false, false)));
        if (_graph.Edges.Any(edge => !_layout.IsDown(edge))) entries.Add(("to a state reached earlier", (x, at) => Back(svg, x - 8, at)));
        if (_path.Count > 0) entries.Add(("***boom*** and the shortest way to it", (x, at) => LaneBody.Star(svg, x, at, 8)));
        var left = Margin + 8;
        foreach (var (text, sign) in entries)
        {
            if (left > Margin + 8 && left + 13 + Lettering.Small.Width(text) > svg.Width - Margin) (left, y) = (Margin + 8, y + 20);
            sign(left, y);
            svg.Text(left + 13, y + 3.5, text, Lettering.Small);
            left += 13 + Lettering.Small.Width(text) + 22;
        }
        return y + 10;
    }

    /// <summary>A line for each level: how many states, how many at rest; small graphs also edge by edge.</summary>
    public override string ToText()
    {
        const int fewEdges = 60;
        var text = new StringBuilder(_graph.Model.Name).Append(": ").Append(Summary).Append('\n');
        for (var level = 0; level < _layout.Levels.Count; level++)
        {
            var states = _layout.Levels[level];
            var rests = states.Count(state => _graph.States[state].IsAtRest);
            text.Append(CultureInfo.InvariantCulture, $"{level,4}  {new string('o', Math.Min(states.Count, 60))}{(states.Count > 60 ? "…" : "")} {states.Count}{(rests > 0 ? $", {rests} at rest" : "")}\n");
        }
        if (_graph.Edges.Count <= fewEdges)
            foreach (var edge in _graph.Edges)
                text.Append(CultureInfo.InvariantCulture, $"{edge.From,4} → {edge.To}  {edge.Actor.Name} {edge.Row}\n");
        if (_path.Count > 0) text.Append("***boom*** ").AppendJoin(" → ", _path).Append('\n');
        return text.ToString();
    }
}
