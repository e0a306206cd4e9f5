namespace Avic.Model;

/// <summary>What a drawn line says.</summary>
public enum MailLineKind
{
    /// <summary>An actor takes certain rows.</summary>
    Event,

    /// <summary>Something holds at this place.</summary>
    Assertion,

    /// <summary>The column's actor takes no row until its next event.</summary>
    Pause,

    /// <summary>A title for the lines below it; it asks for nothing itself.</summary>
    Heading,

    /// <summary>A remark: why, an elision, a reply cut in. It asks for nothing.</summary>
    Remark,

    /// <summary>Not understood: listed, and left out of the judgement.</summary>
    Unmapped,
}

/// <summary>Who a column of a diagram is.</summary>
/// <param name="Name">As the header writes it.</param>
/// <param name="Vcpu">Number of the vCPU; null if the column is a thread of the VMM.</param>
/// <param name="Vmm">Number of the VMM's thread; null if the column is a vCPU or a device.</param>
/// <param name="Start">Where its header begins, characters from the left.</param>
public sealed record MailColumn(string Name, int? Vcpu, int? Vmm, int Start)
{
    /// <summary>Number of the device that sends interrupts; null if the column is none.</summary>
    public int? Device { get; init; }
}

/// <summary>A line of a diagram: where it stands, what it says, how it was understood.</summary>
/// <param name="Column">Number of its column, from 0; -1 for a reply cut in.</param>
/// <param name="Text">What stands there, without quote prefix and bullet.</param>
/// <param name="Number">Line of the mail, from 1.</param>
/// <param name="Kind">How it was understood.</param>
public sealed record MailLine(int Column, string Text, int Number, MailLineKind Kind)
{
    /// <summary>The rows an event (or a test the code makes) is, any one of them, as <c>routine.label</c>.</summary>
    public IReadOnlyList<string> Rows { get; init; } = [];

    /// <summary>The predicate in words; empty if there is none.</summary>
    public string Meaning { get; init; } = "";

    /// <summary>True for a line that takes part in the judgement.</summary>
    public bool IsJudged => Kind is MailLineKind.Event or MailLineKind.Assertion or MailLineKind.Pause;

    internal MailPhrase? Phrase { get; init; }

    /// <summary>The vCPU the line itself names.</summary>
    internal int? Subject { get; init; }

    /// <summary>The toggle it is, or is a part of.</summary>
    internal MailToggle? Toggle { get; init; }

    /// <summary>True for a toggle drawn as one line: it spans the call from its first row to its last.</summary>
    internal bool IsSpan { get; init; }

    /// <summary>How it was understood, in words.</summary>
    public string Understood => Kind switch
    {
        MailLineKind.Event or MailLineKind.Assertion => string.Join(", ", new[]
        {
            IsSpan ? $"{MailTable.Request}, {(Toggle!.Sets ? "set" : "clear")}, first row to last" : string.Join(" or ", Rows),
            Meaning,
        }.Where(part => part != "")),
        MailLineKind.Heading when Toggle is not null => $"heading of a call that {(Toggle.Sets ? "sets" : "clears")} a reason",
        MailLineKind.Pause => "the actor takes no row until its next event",
        MailLineKind.Unmapped => "not understood",
        _ => "",
    };

    /// <inheritdoc/>
    public override string ToString() => $"{Number}: {Text} [{Kind}{(Understood == "" ? "" : ": " + Understood)}]";
}

/// <summary>A call that sets or clears a reason to keep AVIC off, as drawn.</summary>
internal sealed record MailToggle(int Column, bool Sets, int Number);
