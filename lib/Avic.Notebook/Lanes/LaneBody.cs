using System.Globalization;
using Avic.Model;

namespace Avic.Notebook;

/// <summary>What is drawn inside the lanes.</summary>
internal sealed class LaneBody(Trace trace, List<LaneItem> items, List<LanePlace> places, LaneColumns columns, IReadOnlyList<(double Top, double Bottom)> parts)
{
    private readonly double _top = parts[0].Top, _bottom = parts[^1].Bottom;

    /// <summary>Guest or host, AVIC on or off, on a core or on none, from row to row: each has a fill and a pattern of its own.</summary>
    public void Times(Svg svg)
    {
        foreach (var lane in columns.All)
        {
            if (!lane.HasGuest)
            {
                svg.Rectangle(lane.Left, _top, Lane.Half, _bottom - _top, Palette.White, Palette.Pale);
                Life(svg, lane);
                continue;
            }
            svg.Rectangle(lane.Left, _top, 2 * Lane.Half, _bottom - _top, Palette.White, Palette.Pale);
            Side At(int rows) => columns.Stays.Of(lane.Vcpu, rows);
            var avic = trace.Series($"vcpu{lane.Vcpu}.int_ctl.avic_enable").Values;
            for (int i = 0, next; i < avic.Length; i = next)
            {
                next = i + 1;
                while (next < avic.Length && At(next) == At(i) && avic[next] == avic[i]) next++;
                var (from, to) = (After(i), next < avic.Length ? After(next) : _bottom);
                if (to <= from) continue;
                if (At(i) is Side.Guest or Side.Host) Fill(svg, lane.Left + (At(i) == Side.Guest ? 0 : Lane.Half), from, Lane.Half, to - from, At(i) == Side.Guest, avic[i] != 0);
                else Away(svg, lane.Left, from, 2 * Lane.Half, to - from, At(i));
            }
        }
    }

    // A thread of the VMM is a line until it ends.
    private void Life(Svg svg, Lane lane)
    {
        var thread = trace.Model.ActorNamed(lane.Name);
        var (x, end) = (lane.Middle(inGuest: false), _bottom);
        if (thread.IsThread && Enumerable.Range(0, trace.Steps.Count + 1).FirstOrDefault(rows => trace.Stack(rows, thread).Count == 0, -1) is >= 0 and var rows)
        {
            end = After(rows) + 8;
            svg.Line(x - 4, end, x + 4, end, Palette.Grey, 1.5);
        }
        svg.Line(x, _top, x, end, Palette.Grey, 1.5);
    }

    /// <summary>The four ways a vCPU can be.</summary>
    public static void Fill(Svg svg, double x, double y, double width, double height, bool inGuest, bool avic)
    {
        svg.Rectangle(x, y, width, height, (inGuest, avic) switch
        {
            (true, true) => Palette.SkyBlue,
            (true, false) => Palette.Orange,
            (false, true) => Palette.PaleBlue,
            (false, false) => Palette.PaleOrange,
        }, Palette.Grey, 0.5);
        if (inGuest) svg.Rectangle(x, y, width, height, Palette.Dots);
        if (!avic) svg.Rectangle(x, y, width, height, Palette.Hatch);
    }

    /// <summary>The two ways a vCPU can be without a core; it is on neither side then.</summary>
    public static void Away(Svg svg, double x, double y, double width, double height, Side side)
    {
        svg.Rectangle(x, y, width, height, side == Side.Waits ? "#ddd" : Palette.White, Palette.Grey, 0.5);
        svg.Rectangle(x, y, width, height, side == Side.Waits ? svg.Pattern("waits", "<path d=\"M0 1.5H6M0 4.5H6\" stroke=\"#666\"/>") : svg.Pattern("sleeps", "<path d=\"M0 3H6\" stroke=\"#999\"/>"));
    }

    /// <summary>A bar beside the lane of a core while a vCPU is on it: its name, or its number where there is no room.</summary>
    public void Stays(Svg svg)
    {
        foreach (var stay in columns.Stays.All)
        {
            var lane = columns.All.First(lane => lane.Core == stay.Core);
            _ = Named(svg, lane.SlotLeft(0), stay.From, stay.To, (x, y, height) => Stay(svg, x, y, height), $"vcpu{stay.Vcpu}", stay.Vcpu.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>The bar of a stay.</summary>
    public static void Stay(Svg svg, double x, double y, double height) => svg.Rectangle(x, y, 11, height, "#cfe8df", Palette.Black);

    /// <summary>A bar beside the lane of whoever holds a lock; its name, or a letter where there is no room.</summary>
    /// <returns>The letters that were needed, and what they stand for.</returns>
    public SortedDictionary<string, string> Locks(Svg svg, List<LockHold> holds)
    {
        var letters = LockHolds.Letters(holds);
        SortedDictionary<string, string> needed = new(StringComparer.Ordinal);
        foreach (var ofOne in holds.GroupBy(hold => hold.Actor))
        {
            foreach (var (hold, slot) in LaneColumns.Slots(ofOne))
            {
                var x = columns[trace.Model.Actors[hold.Actor]].SlotLeft(slot);
                if (Named(svg, x, hold.From, hold.To, (x, y, height) => Bar(svg, x, y, height, hold.Reads), hold.Lock, letters[hold.Lock])) needed[letters[hold.Lock]] = hold.Lock;
            }
        }
        return needed;
    }

    // A bar from row to row with its name in each part of the picture. True if the short one was needed.
    private bool Named(Svg svg, double x, int first, int last, Action<double, double, double> bar, string name, string letter)
    {
        var (from, to) = (After(first), last > trace.Steps.Count ? _bottom : After(last));
        if (to <= from) return false;
        bar(x, from, to - from);
        var (wide, needed) = (Lettering.Key.Width(name), false);
        foreach (var (begin, end) in parts.Select(part => (Math.Max(part.Top, from), Math.Min(part.Bottom, to))))
        {
            if (wide + 6 <= end - begin) svg.Upwards(x + 8.2, begin + wide + 3, name, Lettering.Key);
            else if (end - begin >= 11)
            {
                svg.Text(x + 5.5, begin + 9, letter, Lettering.Key, Anchor.Middle);
                needed = true;
            }
        }
        return needed;
    }

    /// <summary>The bar of a lock.</summary>
    public static void Bar(Svg svg, double x, double y, double height, bool reads)
    {
        svg.Rectangle(x, y, 11, height, reads ? Palette.White : Palette.Yellow, Palette.Black);
        // Readers share: the double edge tells them apart without colour.
        if (reads) svg.Rectangle(x + 1.5, y + 1.5, 8, Math.Max(height - 3, 0.5), Palette.White, Palette.Black, 0.6);
    }

    /// <summary>From the row that sends to the row that takes.</summary>
    public void Arrows(Svg svg, List<LaneArrow> arrows)
    {
        foreach (var arrow in arrows)
        {
            var (from, to) = (ItemOf(arrow.From), arrow.To == 0 ? -1 : ItemOf(arrow.To));
            if (from == to) continue;
            var (sender, target) = (columns[trace.Steps[arrow.From - 1].Actor], columns[arrow.Target]);
            var (x1, y1) = (Dot(sender, arrow.From), places[from].Middle);
            var (x2, y2) = (Dot(target, arrow.To == 0 ? trace.Steps.Count : arrow.To), to < 0 ? _bottom : places[to].Middle);
            var length = Math.Sqrt((x2 - x1) * (x2 - x1) + (y2 - y1) * (y2 - y1));
            var (dx, dy) = ((x2 - x1) / length * 6, (y2 - y1) / length * 6);
            Arrow(svg, arrow.Kind, x1 + dx, y1 + dy, x2 - dx, y2 - dy, arrives: to >= 0);
        }
    }

    /// <summary>An arrow of a kind, told apart by strokes as well as by ink; one that never arrives has no head.</summary>
    public static void Arrow(Svg svg, ArrowKind kind, double x1, double y1, double x2, double y2, bool arrives = true)
    {
        var (ink, width, dash) = kind switch
        {
            ArrowKind.Kick => ("#8f2d6a", 2, ""),
            ArrowKind.Request => ("#006b4e", 1.6, "6 3"),
            ArrowKind.Interrupt => ("#004c80", 1.8, "9 3 2 3"),
            ArrowKind.Doorbell => (Palette.DeepVermillion, 3.6, ""),
            _ => (Palette.Grey, 1.2, "1.5 2.5"),
        };
        svg.Line(x1, y1, x2, y2, Palette.White, width + 2.5);
        svg.Line(x1, y1, x2, y2, ink, width, dash);
        if (kind == ArrowKind.Doorbell) svg.Line(x1, y1, x2, y2, Palette.White, 1.4); // a double line
        if (arrives) svg.ArrowHead(x1, y1, x2, y2, ink);
        else svg.Circle(x2, y2, 3, Palette.White, ink, 1.5);
    }

    /// <summary>Where a core changes sides: into the guest at VMRUN, out of it at #VMEXIT.</summary>
    public void Crossings(Svg svg)
    {
        foreach (var lane in columns.All.Where(lane => lane.HasGuest))
        {
            for (var i = 1; i <= trace.Steps.Count; i++)
            {
                var (before, after) = (columns.Stays.Of(lane.Vcpu, i - 1), columns.Stays.Of(lane.Vcpu, i));
                if ((before == Side.Guest) == (after == Side.Guest) || items[ItemOf(i)].IsRun) continue;
                var (y, left, right) = (After(i), lane.Middle(inGuest: true), lane.Middle(inGuest: false));
                Crossing(svg, left, right, y, @out: before == Side.Guest);
            }
        }
    }

    /// <summary>The arrow of a crossing.</summary>
    public static void Crossing(Svg svg, double guest, double host, double y, bool @out)
    {
        var (from, to) = @out ? (guest + 4, host - 4) : (host - 4, guest + 4);
        svg.Line(from, y, to, y, Palette.White, 3.5);
        svg.Line(from, y, to, y, Palette.Black, @out ? 2 : 1.2);
        svg.ArrowHead(from, y, to, y, Palette.Black);
    }

    /// <summary>A sign for each row, and a thread from it to its words.</summary>
    public void Steps(Svg svg, double labels)
    {
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i].Times > 0)
            {
                foreach (var repeated in Enumerable.Range(items[i].First, items[i].Period).GroupBy(number => columns[trace.Steps[number - 1].Actor])) Again(svg, Dot(repeated.Key, repeated.First()), places[i].Middle);
                continue;
            }
            if (items[i].Actor is not { } actor) continue;
            var lane = columns[actor];
            var (x, y) = (Dot(lane, items[i].First), places[i].Middle);
            svg.Line(lane.Right + 2, y, labels - 3, y, "#999", 0.7, "1 3");
            if (places[i].Boom is not null) Star(svg, x, y, 12);
            else if (items[i].IsRun) Run(svg, x, y);
            else if (actor.IsThread) svg.Circle(x, y, 4, Palette.Black, Palette.White);
            else Diamond(svg, x, y);
        }
    }

    public static void Run(Svg svg, double x, double y)
    {
        for (var dot = -1; dot <= 1; dot++) svg.Circle(x, y + 4.5 * dot, 1.7, Palette.Black);
    }

    public static void Again(Svg svg, double x, double y)
    {
        svg.Circle(x, y, 5.5, Palette.Black, Palette.White);
        svg.Circle(x, y, 3, Palette.White, Palette.Black, 0.5);
    }

    public static void Diamond(Svg svg, double x, double y) =>
        svg.Path($"M{Svg.N(x)} {Svg.N(y - 5.5)}l5.5 5.5l-5.5 5.5l-5.5 -5.5Z", Palette.Black, 1.5, Palette.White, top: y - 6, bottom: y + 6);

    public static void Star(Svg svg, double x, double y, double radius)
    {
        var points = Enumerable.Range(0, 20).Select(i =>
        {
            var (r, angle) = (i % 2 == 0 ? radius : radius * 0.55, Math.PI * i / 10);
            return $"{Svg.N(x + r * Math.Sin(angle))} {Svg.N(y - r * Math.Cos(angle))}";
        });
        svg.Path($"M{string.Join('L', points)}Z", Palette.Black, 1.2, Palette.Vermillion, top: y - radius, bottom: y + radius);
    }

    // A row is drawn on the side its actor was on before it: VMRUN in the host, the instruction that faults in the guest.
    private double Dot(Lane lane, int number) =>
        lane.Middle(lane.HasGuest && columns.Stays.Of(lane.Vcpu, Math.Max(number - 1, 0)) == Side.Guest);

    /// <summary>Where the state after that many rows begins.</summary>
    private double After(int rows) => rows == 0 ? _top : places[ItemOf(rows)].Middle;

    private int ItemOf(int number)
    {
        var (low, high) = (0, items.Count - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (items[middle].Last < number) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
