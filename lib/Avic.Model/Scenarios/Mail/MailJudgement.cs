using System.Globalization;
using System.Text;

namespace Avic.Model;

/// <summary>What becomes of a drawn interleaving on a kernel.</summary>
public enum MailOutcome
{
    /// <summary>Some schedule follows it line by line.</summary>
    Feasible,

    /// <summary>None does; the judgement says at which line, and what comes nearest.</summary>
    Infeasible,

    /// <summary>A budget came first.</summary>
    Unknown,
}

/// <summary>A line that the nearest schedule leaves out.</summary>
/// <param name="Line">The line.</param>
/// <param name="Impossible">True if no schedule of these programs ever does what it says.</param>
/// <param name="Instead">Where it happens instead; empty if it does not.</param>
public sealed record MailLeftOut(MailLine Line, bool Impossible, string Instead);

/// <summary>A drawn interleaving, judged on a kernel: the schedule that completes it, or where it fails and what is nearest.</summary>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed class MailJudgement : IDisplayed
{
    internal MailJudgement(MailDiagram diagram, Linux kernel) => (Diagram, Kernel) = (diagram, kernel);

    /// <summary>What was judged.</summary>
    public MailDiagram Diagram { get; }

    /// <summary>The kernel it was judged on.</summary>
    public Linux Kernel { get; }

    /// <summary>Feasible, infeasible or unknown: as drawn.</summary>
    public MailOutcome Outcome { get; internal set; }

    /// <summary>Lines that take part: events, assertions, pauses.</summary>
    public int Judged { get; internal set; }

    /// <summary>How the columns were read: who toggles, what came before.</summary>
    public string Reading { get; internal set; } = "";

    /// <summary>The scenario the diagram implies, on this kernel.</summary>
    public Scenario? Scenario { get; internal set; }

    /// <summary>The first line no schedule comes past; null unless infeasible.</summary>
    public MailLine? FailsAt { get; internal set; }

    /// <summary>Why, in words: for an assertion, what held instead; for an event, what stood in its way; and what was possible there.</summary>
    public IReadOnlyList<string> Why { get; internal set; } = [];

    /// <summary>A shortest schedule up to where it fails.</summary>
    public Trace? AsFarAs { get; internal set; }

    /// <summary>The completed schedule, or the nearest feasible one: most lines kept in order, then fewest rows. Null if none was found within the budget.</summary>
    public Trace? Schedule { get; internal set; }

    /// <summary>What the nearest schedule leaves out; empty for a feasible diagram.</summary>
    public IReadOnlyList<MailLeftOut> LeftOut { get; internal set; } = [];

    /// <summary>The row at which each kept line comes, in lines' order: the schedule's rows are counted from 1, 0 is before the first.</summary>
    public IReadOnlyList<(MailLine Line, int Row)> Alignment { get; internal set; } = [];

    /// <summary>Whether any schedule of these programs loses an access; null if the diagram does not speak of it.</summary>
    public Verdict? Boom { get; internal set; }

    /// <summary>True if the completed or nearest schedule loses an access.</summary>
    public bool ReachesBoom => Schedule?.Steps.Any(step => ((Mark)step.Marks).HasFlag(Mark.Lost)) == true;

    /// <summary>States visited, over all explorations.</summary>
    public long States { get; internal set; }

    /// <summary>What stood in the way of an answer; empty if nothing did.</summary>
    public string Stopped { get; internal set; } = "";

    /// <summary>The verdict on one line.</summary>
    public string Line => Outcome switch
    {
        MailOutcome.Feasible => string.Create(CultureInfo.InvariantCulture, $"FEASIBLE as drawn, {Schedule!.Steps.Count} rows · {Scenario}"),
        MailOutcome.Infeasible => string.Create(CultureInfo.InvariantCulture, $"INFEASIBLE as drawn, at line {FailsAt!.Number} · {Scenario}"),
        _ => $"UNKNOWN ({Stopped}) · {(Scenario is null ? Kernel.Name : Scenario.Bounds)}",
    };

    /// <summary>The verdict, its reasons, and the schedule as a block to paste into a reply.</summary>
    public string ToText()
    {
        var text = new StringBuilder(Line).Append('\n');
        if (Reading != "") text.Append("  read as: ").Append(Reading).Append('\n');
        if (FailsAt is not null) text.Append(CultureInfo.InvariantCulture, $"  line {FailsAt.Number}: {MailDiagram.Short(FailsAt.Text)}\n");
        foreach (var why in Why) text.Append("    ").Append(why).Append('\n');
        if (Boom is not null) text.Append("  ***boom***: ").Append(Boom.Line).Append('\n');
        if (Schedule is not null && Outcome == MailOutcome.Infeasible)
        {
            text.Append(CultureInfo.InvariantCulture, $"  nearest: {Judged - LeftOut.Count} of {Judged} lines in order, {Schedule.Steps.Count} rows{(ReachesBoom ? ", to the ***boom***" : "")}. Left out:\n");
            foreach (var left in LeftOut)
                text.Append(CultureInfo.InvariantCulture, $"    line {left.Line.Number}: {MailDiagram.Short(left.Line.Text)}\n      {(left.Impossible ? "no schedule of these programs does that" : left.Instead == "" ? "it does not happen" : left.Instead)}\n");
        }
        else if (Outcome == MailOutcome.Infeasible) text.Append("  nearest: UNKNOWN (").Append(Stopped).Append(")\n");
        if (Diagram.Unmapped.Any())
            text.Append("  not understood and left out of the judgement: lines ").AppendJoin(", ", Diagram.Unmapped.Select(line => line.Number)).Append('\n');
        if (Schedule is not null) text.Append('\n').Append(Schedule.Mail());
        return text.ToString();
    }

    /// <summary>The first line in bold, the rest as it stands.</summary>
    public string ToHtml() => Html.Of(ToText());

    /// <inheritdoc/>
    public override string ToString() => ToText();
}
