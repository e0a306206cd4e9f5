using System.Text;

namespace Avic.Model;

/// <summary>What became of an answer to an exercise: whether it is right, why not, and the run that shows it.</summary>
/// <param name="IsRight">True if nothing is amiss.</param>
/// <param name="Reason">What is wrong, or what makes it right, in the terms of the field.</param>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed record Answer(bool IsRight, string Reason) : IDisplayed
{
    /// <summary>Where to look next; empty if there is nothing to say.</summary>
    public string Hint { get; init; } = "";

    /// <summary>The run that shows it; null if none does.</summary>
    public Trace? Trace { get; init; }

    /// <summary>Rows from where the run ends to the goal: 0 at it, -1 if no schedule gets there any more; null if the exercise is about no run.</summary>
    public int? Distance { get; init; }

    /// <summary>Nothing if the answer is right; otherwise an exception that says why not: what a test of a graded cell ends with.</summary>
    /// <exception cref="ModelException">The answer is not right.</exception>
    public Answer Require() => IsRight ? this : throw new ModelException($"{Reason}{(Hint == "" ? "" : " ")}{Hint}");

    /// <summary>The reason, the hint, and the run as a mail block.</summary>
    public string ToText()
    {
        var text = new StringBuilder(IsRight ? "RIGHT · " : "NOT YET · ").Append(Reason).Append('\n');
        if (Hint != "") text.Append("Hint: ").Append(Hint).Append('\n');
        if (Trace is { Steps.Count: > 0 }) text.Append('\n').Append(Trace.Mail());
        return text.ToString();
    }

    /// <summary>The same, the reason in bold.</summary>
    public string ToHtml() => Html.Of(ToText());

    /// <inheritdoc/>
    public override string ToString() => ToText();
}
