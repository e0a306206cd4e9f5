using System.Globalization;

namespace Avic.Model;

/// <summary>What a line asks for, as a goal by itself: if no schedule reaches it, the line cannot be kept.</summary>
internal static class MailGoal
{
    /// <summary>The goal; null if the kernel has no such row.</summary>
    public static Property? Of(MailLine line, MailCast cast)
    {
        var model = cast.Scenario.Model;
        var (phrase, vcpu) = (line.Phrase!, cast.VcpuOf(line));
        var goal = Property.Named("line", line.Text);
        if (line.IsSpan) return goal.Sometimes(Term.Of("any", (ref readonly Machine _, Engine _) => true));
        if (phrase.IsOutcome) return goal.On((uint)phrase.Marks).Sometimes(Term.Of("marked", (ref readonly Machine _, Engine _) => true));
        var holds = phrase.Holds;
        if (line.Rows.Count == 0) return goal.Sometimes(Term.Of("holds", (ref readonly Machine machine, Engine _) => holds!(in machine, vcpu, -1)));
        string[] rows = [.. line.Rows.Where(id => model.Rows.Any(row => row.Id == id))];
        if (rows.Length == 0) return null;
        var actors = cast.ActorsOf(line.Column) | 1UL << vcpu;
        return goal.At(rows).Sometimes(Term.Of("taken", (ref readonly Machine machine, Engine engine) =>
            (actors >> engine.Actor & 1) != 0 && engine.Row.Text.StartsWith(phrase.RowText, StringComparison.Ordinal) && phrase.IsToldBy(engine)
            && (phrase.Marks == 0 || ((uint)phrase.Marks & engine.Marks) != 0) && (holds?.Invoke(in machine, vcpu, engine.Actor) ?? true)));
    }
}

/// <summary>One reading of one schedule: which row is which line.</summary>
internal sealed class MailAlignment
{
    private readonly Dictionary<int, int> _firstFit = [];

    /// <summary>Kept lines with the row that completes them, 0 for before the first.</summary>
    public List<(int Line, int Row)> Kept { get; } = [];

    /// <summary>Lines left out.</summary>
    public List<int> LeftOut { get; } = [];

    /// <summary>Where a line left out happens after all, if it does.</summary>
    public string Elsewhere(int line, IReadOnlyList<MailLine> lines)
    {
        if (!_firstFit.TryGetValue(line, out var row)) return "";
        var before = Kept.LastOrDefault(kept => kept.Row > 0 && kept.Row < row, (Line: -1, Row: 0)).Line;
        var after = Kept.FirstOrDefault(kept => kept.Row > row, (Line: -1, Row: 0)).Line;
        return string.Create(CultureInfo.InvariantCulture, $"it comes at row {row} instead")
            + (before >= 0 ? string.Create(CultureInfo.InvariantCulture, $", after line {lines[before].Number}") : "")
            + (after >= 0 ? string.Create(CultureInfo.InvariantCulture, $", before line {lines[after].Number}") : "");
    }

    private sealed record Place(MailNode Node, int Cost, int Row, Place? From, int Line, bool Skipped);

    /// <summary>Follows a schedule with every reading, and keeps the one that leaves out least.</summary>
    public static unsafe MailAlignment Of(MailStory story, Model model, List<Move> moves)
    {
        var alignment = new MailAlignment();
        var stepper = new Stepper(model);
        stepper.Load(model.Initial);
        ByteForEachThread started = default, finished = default;
        Dictionary<int, Place> places = [];
        void Keep(Dictionary<int, Place> into, Place place)
        {
            if (!into.TryGetValue(place.Node.Index, out var known) || place.Cost < known.Cost) into[place.Node.Index] = place;
        }
        void Close(Dictionary<int, Place> at, ref readonly Machine state, Engine? engine, int row)
        {
            Queue<Place> open = new(at.Values);
            while (open.TryDequeue(out var place))
            {
                if (!ReferenceEquals(at[place.Node.Index], place)) continue;
                foreach (var (atom, target) in place.Node.Stills)
                    if (atom.Holds(in state, engine)) Offer(new(story.Nodes[target], place.Cost, row, place, atom.Line, false));
                for (var i = 0; i < place.Node.Skips.Count; i++)
                    Offer(new(story.Nodes[place.Node.Skips[i]], place.Cost + 1, row, place, place.Node.SkipLines[i], true));
            }
            void Offer(Place place)
            {
                Keep(at, place);
                if (ReferenceEquals(at[place.Node.Index], place)) open.Enqueue(place);
            }
        }
        Keep(places, new(story.Nodes[story.Start], 0, 0, null, -1, false));
        Close(places, in *(Machine*)stepper.Before, null, 0);
        for (var i = 0; i < moves.Count; i++)
        {
            stepper.Take(moves[i]);
            var engine = stepper.Engine;
            ref var after = ref *(Machine*)stepper.Work;
            story.Count(engine, ref started, ref finished);
            Dictionary<int, Place> next = [];
            foreach (var place in places.Values)
            {
                if ((place.Node.Paused >> moves[i].Actor & 1) == 0) Keep(next, place);
                foreach (var (atom, target) in place.Node.Rows)
                    if (atom.Rows[engine.Row.Index] && atom.Fits(in after, engine, ref started, ref finished))
                        Keep(next, new(story.Nodes[target], place.Cost, i + 1, place, atom.Line, false));
            }
            foreach (var atom in story.Nodes.SelectMany(node => node.Rows.Select(edge => edge.Atom)))
                if (atom.Rows[engine.Row.Index] && atom.Fits(in after, engine, ref started, ref finished)) alignment._firstFit.TryAdd(atom.Line, i + 1);
            places = next;
            Close(places, in after, engine, i + 1);
            stepper.Commit();
        }
        if (!places.TryGetValue(story.End, out var end)) throw new InvalidOperationException("The schedule found does not follow the diagram: the automaton and its replay differ.");
        for (Place? place = end; place?.From is not null; place = place.From)
        {
            if (place.Skipped) alignment.LeftOut.Add(place.Line);
            else if (alignment.Kept.Count == 0 || alignment.Kept[^1].Line != place.Line) alignment.Kept.Add((place.Line, place.Row));
        }
        alignment.Kept.Reverse();
        alignment.LeftOut.Reverse();
        return alignment;
    }
}
