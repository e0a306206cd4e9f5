using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace Avic.Model;

/// <summary>What a comparison of two kernels found.</summary>
public enum Likeness
{
    /// <summary>Whatever the guests can end with on one they can end with on the other.</summary>
    Same,

    /// <summary>One of them has an outcome that the other has not; there is a shortest way to it.</summary>
    Differ,

    /// <summary>A budget, a bound or a cancel came first.</summary>
    Unknown,
}

/// <summary>What one kernel does that another does not: an outcome that the guests see, and a shortest way to it.</summary>
/// <param name="Outcome">What the guests can tell at its end.</param>
/// <param name="Trace">The shortest run to it; the least by actor, row and choice among the shortest.</param>
/// <param name="Followed">The other kernel on the same way, as far as it goes, and then on until nothing is bound to happen.</param>
/// <param name="Instead">What the guests can tell at the end of that.</param>
public sealed record OnlyHere(string Outcome, Trace Trace, Trace Followed, string Instead);

/// <summary>Two kernels under the same programs: can the guests tell them apart by what they end with?</summary>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed class Comparison : IDisplayed
{
    internal Comparison(Linux left, Linux right, string bounds, Outcomes ofLeft, Outcomes ofRight, OnlyHere? onlyLeft, OnlyHere? onlyRight)
    {
        (Left, Right, Bounds, OfLeft, OfRight, OnlyLeft, OnlyRight) = (left, right, bounds, ofLeft, ofRight, onlyLeft, onlyRight);
        Likeness = onlyLeft is not null || onlyRight is not null ? Likeness.Differ : ofLeft.Complete && ofRight.Complete ? Likeness.Same : Likeness.Unknown;
    }

    /// <summary>The one kernel.</summary>
    public Linux Left { get; }

    /// <summary>The other.</summary>
    public Linux Right { get; }

    /// <summary>How far the scenario reaches, in words.</summary>
    public string Bounds { get; }

    /// <summary>What was found.</summary>
    public Likeness Likeness { get; }

    /// <summary>An outcome of the left kernel that the right one has not; null if there is none, or none is known.</summary>
    public OnlyHere? OnlyLeft { get; }

    /// <summary>An outcome of the right kernel that the left one has not; null if there is none, or none is known.</summary>
    public OnlyHere? OnlyRight { get; }

    internal Outcomes OfLeft { get; }

    internal Outcomes OfRight { get; }

    /// <summary>The answer on one line.</summary>
    public string Line => Likeness switch
    {
        Likeness.Same => $"SAME outcomes for the guests on {Left.Name} and {Right.Name} up to {Bounds} · {Count(OfLeft.All.Count)}{(OfLeft.All.Count == 0 ? ": vacuous, no run comes to rest" : "")} · {States}",
        Likeness.Differ => $"DIFFERENT outcomes for the guests on {Left.Name} and {Right.Name} · {Bounds} · {States}",
        _ => $"UNKNOWN whether the guests can tell {Left.Name} from {Right.Name} ({(OfLeft.Complete ? OfRight : OfLeft).Stopped}) · {Bounds} · {States}",
    };

    /// <summary>The line, and what is possible on one alone.</summary>
    public string ToText()
    {
        var text = new StringBuilder(Line).Append('\n');
        if (Likeness == Likeness.Same) return text.ToString();
        Side(text, Left, Right, OfLeft, OfRight, OnlyLeft);
        Side(text, Right, Left, OfRight, OfLeft, OnlyRight);
        return text.ToString();
    }

    /// <summary>The line in bold, the rest below.</summary>
    public string ToHtml() => Html.Of(ToText());

    /// <inheritdoc/>
    public override string ToString() => ToText();

    private static void Side(StringBuilder text, Linux here, Linux there, Outcomes ofHere, Outcomes ofThere, OnlyHere? only)
    {
        if (only is not null)
        {
            var (outcome, instead) = Apart(only.Outcome, only.Instead);
            text.Append(CultureInfo.InvariantCulture, $"  on {here.Name} alone, in {only.Trace.Steps.Count} rows (shortest): {outcome}\n    where {there.Name}, going the same way, ends with: {instead}\n");
        }
        else if (ofHere.Complete && ofThere.Complete) text.Append(CultureInfo.InvariantCulture, $"  on {here.Name} alone: none of its {Count(ofHere.All.Count)}\n");
        else text.Append(CultureInfo.InvariantCulture, $"  on {here.Name} alone: unknown ({(ofThere.Complete ? here : there).Name}: {(ofThere.Complete ? ofHere : ofThere).Stopped})\n");
    }

    // Only what differs is told: the rest of a long line is the same.
    private static (string Here, string There) Apart(string here, string there)
    {
        var (a, b) = (here.Split("; "), there.Split("; "));
        return (string.Join("; ", a.Zip(b, Part).Where(part => part != "")), string.Join("; ", b.Zip(a, Part).Where(part => part != "")) is { Length: > 0 } other ? other : "the same");

        static string Part(string one, string other)
        {
            var known = other.Split(", ");
            var told = one.Split(", ").Except(known).ToList();
            return told.Count == 0 ? known.Except(one.Split(", ")).Any() ? $"{one.Split(' ')[0]} without {string.Join(", ", known.Except(one.Split(", ")))}" : ""
                : (told[0].StartsWith("vcpu", StringComparison.Ordinal) ? "" : one.Split(' ')[0] + " ") + string.Join(", ", told);
        }
    }

    private string States => $"{Verdict.Group(OfLeft.States)} and {Verdict.Group(OfRight.States)} states";

    private static string Count(int outcomes) => string.Create(CultureInfo.InvariantCulture, $"{outcomes} outcome{(outcomes == 1 ? "" : "s")}");
}

/// <summary>All that the guests can end with on one kernel.</summary>
internal sealed record Outcomes(IReadOnlySet<string> All, bool Complete, string Stopped, long States);

public sealed partial class Scenario
{
    // As many as a picture of two traces beside each other takes.
    private const int LongestWay = 4000;

    /// <summary>Runs these programs on two kernels under every schedule, and compares what the guests can tell when nothing is bound to happen any more.</summary>
    /// <param name="left">The one kernel.</param>
    /// <param name="right">The other.</param>
    /// <param name="limits">For each exploration; one that ends early makes the answer "unknown", unless what the other alone can do is known by then.</param>
    /// <example><code>
    /// scenario.Compare(Linux.V5_16, Linux.V5_17)
    /// </code></example>
    public Comparison Compare(Linux left, Linux right, Limits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        var (a, b) = (On(left), On(right));
        var (ofA, ofB) = (a.Outcomes(limits), b.Outcomes(limits));
        return new(left, right, Bounds.Split(" · ")[0], ofA, ofB, a.Only(ofA, b, ofB, limits), b.Only(ofB, a, ofA, limits));
    }

    private Outcomes Outcomes(Limits? limits)
    {
        ConcurrentDictionary<string, bool> all = new(StringComparer.Ordinal);
        var gathered = Property.Named("outcome", "What the guests end with.").AtRest().Never(Property.Is("it is new", x =>
        {
            all.TryAdd(GuestOutcome.Of(x), true);
            return false;
        }));
        var exploration = Check(gathered, limits).Exploration;
        return new(all.Keys.ToHashSet(StringComparer.Ordinal), exploration.Complete, exploration.Stopped, exploration.States);
    }

    // What has not been found there is impossible there only if all of it was explored.
    private OnlyHere? Only(Outcomes here, Scenario other, Outcomes there, Limits? limits)
    {
        if (!there.Complete || here.All.IsSubsetOf(there.All)) return null;
        var found = Check(Property.Named("impossible-there", "The guests end with nothing that they cannot end with there.").AtRest()
            .Never(Property.Is("they do", x => !there.All.Contains(GuestOutcome.Of(x)))), limits).Counterexample;
        if (found is null) return null;
        var way = Trace.Replay(Model, found.Steps.Select(step => step.Move), Bounds);
        var followed = other.Follow(way);
        return new(EndOf(way), way, followed, EndOf(followed));
    }

    private static string EndOf(Trace trace)
    {
        var end = "";
        var told = Property.Named("end", "What the guests end with.").Never(Property.Is("it is told", x =>
        {
            end = GuestOutcome.Of(x);
            return false;
        }));
        EndOfRun.Hits(told, trace);
        return end;
    }

    // The rows of the way that can be taken, in its order; where none can, whoever is bound to move takes turns.
    private Trace Follow(Trace way)
    {
        var stepper = new Stepper(Model);
        stepper.Load(Model.Initial);
        List<Move> moves = [];
        var (next, last) = (0, -1);
        while (moves.Count < LongestWay && Choose() is { } move)
        {
            stepper.Take(move);
            stepper.Commit();
            moves.Add(move);
            last = move.Actor;
        }
        return Trace.Replay(Model, moves, Bounds);

        Move? Choose()
        {
            var enabled = stepper.Enabled();
            for (var i = next; i < way.Steps.Count; i++)
                foreach (var move in enabled)
                    if (move.Actor == way.Steps[i].Move.Actor && stepper.Offered(move.Actor)[move.Alternative].Id == way.Steps[i].Row)
                    {
                        next = i + 1;
                        return move;
                    }
            Move[] bound = [.. enabled.Where(move => !stepper.Offered(move.Actor)[move.Alternative].May)];
            return bound.Length == 0 ? null : bound.FirstOrDefault(move => move.Actor > last, bound[0]);
        }
    }
}
