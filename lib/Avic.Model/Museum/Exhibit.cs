using System.Globalization;

namespace Avic.Model;

/// <summary>A bug of history: a kernel that has it, the change that mended it, and a scenario that tells the two apart.</summary>
/// <param name="Id">Number, with a letter where one number holds several bugs.</param>
/// <param name="Title">What went wrong.</param>
/// <param name="Commits">The commits or mails that mended it.</param>
/// <param name="Date">When.</param>
/// <param name="Broken">A kernel that has it: a version, a proposal, or an edit.</param>
/// <param name="Mended">A kernel that has not.</param>
/// <param name="Programs">What guests and VMM do, as <see cref="Programs.Parse"/> reads it.</param>
/// <param name="Property">What the bug breaks.</param>
/// <param name="Rows">Rows of the shortest witness on the broken kernel.</param>
/// <param name="Undo">An edit of the mended kernel that brings it back; null where the mend neither added a row nor moved one.</param>
/// <param name="Needs">The state of the model that it needs.</param>
/// <param name="Story">What happens, in three sentences.</param>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed record Exhibit(string Id, string Title, string Commits, string Date, Linux Broken, Linux Mended, string Programs, Property Property, int Rows, string? Undo, string Needs, string Story) : IDisplayed
{
    /// <summary>The hardware that it needs.</summary>
    public Hardware Hardware { get; init; } = Hardware.Default;

    /// <summary>Its programs on a kernel.</summary>
    public Scenario On(Linux kernel) => Scenario.Parse(kernel, Programs).On(Hardware);

    /// <summary>Looks for it on the broken kernel and on the mended one, under every schedule.</summary>
    public ExhibitVerdict Judge(Limits? limits = null) => new(this, On(Broken).Check(Property, limits), On(Mended).Check(Property, limits));

    /// <summary>Title, story, and what tells it apart.</summary>
    public string ToText() => string.Create(CultureInfo.InvariantCulture,
        $"{Id}. {Title}\n  {Commits} · {Date}\n  {Story}\n  {Broken.Name} breaks {Property.Name}, {Mended.Name} keeps it · {Programs}{(Hardware.IsDefault ? "" : $" on {Hardware.Name}")}\n  back with: {Undo ?? "nothing that drops or moves a row"}\n  needs: {Needs}\n");

    /// <inheritdoc/>
    public string ToHtml() => Html.Of(ToText());

    /// <inheritdoc/>
    public override string ToString() => ToText();
}

/// <summary>What became of an exhibit.</summary>
/// <param name="Exhibit">The exhibit.</param>
/// <param name="Broken">The verdict on the broken kernel; it has the witness.</param>
/// <param name="Mended">The verdict on the mended one.</param>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed record ExhibitVerdict(Exhibit Exhibit, Verdict Broken, Verdict Mended) : IDisplayed
{
    /// <summary>True if the one has the bug and the other, which had occasion to show it, has not.</summary>
    public bool IsAsHistorySays => Broken.Outcome == Outcome.Violated && Mended is { Outcome: Outcome.Safe, Premised: > 0 };

    /// <summary>The exhibit, both verdicts, and the shortest witness as a mail block.</summary>
    public string ToText() => $"{Exhibit.ToText()}\n  broken: {Broken.Line}\n  mended: {Mended.Line}\n{(Broken.Counterexample is { } witness ? "\n" + witness.Mail() : "")}";

    /// <inheritdoc/>
    public string ToHtml() => Html.Of(ToText());

    /// <inheritdoc/>
    public override string ToString() => ToText();
}

/// <summary>A bug of history that has no exhibit.</summary>
/// <param name="Id">Number, with a letter where one number holds several bugs.</param>
/// <param name="Title">What went wrong.</param>
/// <param name="Commits">The commits or mails that mended it.</param>
/// <param name="Why">Why there is no exhibit, or none yet.</param>
public sealed record Unexhibited(string Id, string Title, string Commits, string Why);
