using System.Numerics;
using System.Runtime.CompilerServices;

namespace Avic.Model;

/// <summary>Sets of positions in a diagram, one for each number of lines left out so far.</summary>
[InlineArray(Words)]
internal struct MailPositions
{
    public const int Words = 16;

    private ulong _first;
}

/// <summary>A byte for each thread.</summary>
[InlineArray(8)]
internal struct ByteForEachThread
{
    private byte _first;
}

/// <summary>Everything a run so far may have been, as a reading of the diagram.</summary>
internal struct MailProgress
{
    public MailPositions At;
    public ByteForEachThread Started, Finished;
}

/// <summary>
/// Watches a run as the reader of a diagram. A row may be the next line or one that the drawing leaves out, so the automaton
/// follows every reading at once (it is a nondeterministic one, run as sets): what it accepts is exactly what the definition says.
/// </summary>
internal sealed unsafe class MailAutomaton
{
    public const string Name = "mail";

    private readonly MailStory _story;
    private readonly int _words, _most;

    /// <summary>Positions some run without a line left out came to.</summary>
    public readonly bool[] Reached;

    /// <summary>Lines whose row was on offer at their place, but not with what the line says of it.</summary>
    public readonly bool[] AlmostFits;

    private MailAutomaton(MailStory story, int leftOut)
    {
        (_story, _most) = (story, leftOut);
        _words = WordsOf(story);
        Reached = new bool[story.Nodes.Count];
        AlmostFits = new bool[story.Lines.Count];
    }

    /// <summary>How many lines may be left out at most, for the sets to fit.</summary>
    public static int MostLeftOut(MailStory story) => MailPositions.Words / WordsOf(story) - 1;

    private static int WordsOf(MailStory story) => (story.Nodes.Count + 63) / 64;

    /// <summary>An automaton that lets so many lines be left out.</summary>
    public static MailAutomaton Of(MailStory story, int leftOut) => new(story, leftOut);

    public Observer Observer => Observer.Of<Machine, MailProgress>(Name, Watch);

    /// <summary>Holds while some reading is left.</summary>
    public Term Alive => Term.Of("the diagram can still be followed", (ref readonly Machine _, Engine engine) =>
    {
        var at = engine.Seen<MailProgress>(Name).At;
        for (var i = 0; i < MailPositions.Words; i++)
            if (at[i] != 0) return true;
        return false;
    });

    /// <summary>Holds where some reading stands at a position.</summary>
    public Property Comes(int node) => Property.Named("diagram", "Some schedule follows the diagram.")
        .Sometimes(Term.Of("the diagram is followed", (ref readonly Machine _, Engine engine) =>
        {
            var at = engine.Seen<MailProgress>(Name).At;
            for (var d = 0; d <= _most; d++)
                if ((at[d * _words + node / 64] >> (node % 64) & 1) != 0) return true;
            return false;
        }));

    public Property Ends => Comes(_story.End);

    private void Watch(ref MailProgress seen, ref readonly Machine before, ref readonly Machine after, Engine engine)
    {
        var old = seen.At;
        var begun = false;
        for (var i = 0; i < MailPositions.Words && !begun; i++) begun = old[i] != 0;
        if (!begun)
        {
            old[_story.Start / 64] |= 1UL << _story.Start % 64;
            Close(ref old, in before, null);
        }
        var actor = engine.Actor;
        var counted = _story.Count(engine, ref seen.Started, ref seen.Finished);
        MailPositions now = default;
        for (var d = 0; d <= _most; d++)
            for (var w = 0; w < _words; w++)
                for (var bits = old[d * _words + w]; bits != 0; bits &= bits - 1)
                {
                    var node = _story.Nodes[w * 64 + BitOperations.TrailingZeroCount(bits)];
                    if ((node.Paused >> actor & 1) == 0 && !(counted && d + Lost(node, ref seen) > _most)) now[d * _words + node.Index / 64] |= 1UL << node.Index % 64;
                    foreach (var edge in node.Rows)
                    {
                        if (!edge.Atom.Rows[engine.Row.Index]) continue;
                        if (edge.Atom.Fits(in after, engine, ref seen.Started, ref seen.Finished))
                        {
                            var target = _story.Nodes[edge.Target];
                            if (!(counted && d + Lost(target, ref seen) > _most)) now[d * _words + edge.Target / 64] |= 1UL << edge.Target % 64;
                        }
                        else if (d == 0) AlmostFits[edge.Atom.Line] = true;
                    }
                }
        Close(ref now, in after, engine);
        seen.At = now;
    }

    // A call that came too early can never be its line again: a reading that would need it is given up at once.
    private static int Lost(MailNode node, ref MailProgress seen)
    {
        var lost = 0;
        foreach (var (actor, call, begins) in node.Calls)
            if ((begins ? seen.Started[actor] : seen.Finished[actor]) > call) lost++;
        return lost;
    }

    // What takes no row: what holds already, pauses, lines left out. A position reached with fewer left out counts there only.
    private void Close(ref MailPositions at, ref readonly Machine state, Engine? engine)
    {
        Span<ulong> done = stackalloc ulong[_words];
        for (var d = 0; d <= _most; d++)
        {
            done.Clear();
            for (var found = true; found;)
            {
                found = false;
                for (var w = 0; w < _words; w++)
                    for (ulong bits; (bits = at[d * _words + w] & ~done[w]) != 0; found = true)
                    {
                        var bit = BitOperations.TrailingZeroCount(bits);
                        done[w] |= 1UL << bit;
                        var node = _story.Nodes[w * 64 + bit];
                        if (d == 0) Reached[node.Index] = true;
                        foreach (var edge in node.Stills)
                            if (edge.Atom.Holds(in state, engine)) at[d * _words + edge.Target / 64] |= 1UL << edge.Target % 64;
                        if (d == _most) continue;
                        foreach (var target in node.Skips) at[(d + 1) * _words + target / 64] |= 1UL << target % 64;
                    }
            }
            for (var later = d + 1; later <= _most; later++)
                for (var w = 0; w < _words; w++) at[later * _words + w] &= ~at[d * _words + w];
        }
    }
}
