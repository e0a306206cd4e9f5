using System.Globalization;
using System.Text;

namespace Avic.Model;

/// <summary>What an edit does to one question: before it, and after.</summary>
public enum Judged
{
    /// <summary>It held and holds.</summary>
    Kept,

    /// <summary>It held and no longer does.</summary>
    Broken,

    /// <summary>It did not hold and now does.</summary>
    Mended,

    /// <summary>It did not hold and still does not.</summary>
    StillBroken,

    /// <summary>It never has occasion to hold or not: safe, but vacuous.</summary>
    Vacuous,

    /// <summary>It had occasion to hold or not, and no longer has: what led there does not happen any more.</summary>
    OccasionLost,

    /// <summary>A budget or a cancel came first.</summary>
    Unknown,

    /// <summary>The edited kernel cannot run: a row finds what cannot be.</summary>
    CannotRun,
}

/// <summary>One question put to an edited kernel: an exhibit's, or a property over the judge's own scenarios.</summary>
/// <param name="Id">The exhibit's number, or the property's name.</param>
/// <param name="Title">What it asks.</param>
/// <param name="Programs">Of what: the exhibit's programs, or those where the edit does worst by the property.</param>
/// <param name="Before">What became of it on the kernel that the edit was made from.</param>
/// <param name="After">What became of it after the edit; its verdict has the counterexample.</param>
public sealed record JudgedQuestion(string Id, string Title, string Programs, AblationCell Before, AblationCell After)
{
    /// <summary>What the edit does to it.</summary>
    public Judged Judged => (Before.Effect, After.Effect) switch
    {
        (_, AblationEffect.CannotRun) => Judged.CannotRun,
        (AblationEffect.Unknown, _) or (_, AblationEffect.Unknown) => Judged.Unknown,
        (AblationEffect.Kept, AblationEffect.Broken) => Judged.Broken,
        (_, AblationEffect.Broken) => Judged.StillBroken,
        _ when After.Verdict!.Premised == 0 => Before.Verdict!.Premised == 0 ? Judged.Vacuous : Judged.OccasionLost,
        (AblationEffect.Broken, _) => Judged.Mended,
        _ => Judged.Kept,
    };

    /// <summary>The shortest run that shows it; null if there is none. A goal that is lost has none.</summary>
    public Trace? Counterexample => After is { Effect: AblationEffect.Broken, Verdict.Counterexample: { } trace } ? trace : null;
}

/// <summary>An edited kernel judged: every exhibit of the museum, and every property that must hold.</summary>
/// <param name="Kernel">The kernel.</param>
/// <param name="From">The kernel that it was made from.</param>
/// <param name="Questions">What was asked of it.</param>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed record Judgement(Linux Kernel, Linux From, IReadOnlyList<JudgedQuestion> Questions) : IDisplayed
{
    /// <summary>A question by an exhibit's number or a property's name.</summary>
    /// <exception cref="ModelException">It was not asked.</exception>
    public JudgedQuestion this[string id] => Questions.FirstOrDefault(question => question.Id == id)
        ?? throw new ModelException($"'{id}' was not asked. {Nearest.To(id ?? "", Questions.Select(question => question.Id))}");

    /// <summary>True if the edit breaks nothing that held and leaves an occasion for all that had one, and everything is known.</summary>
    public bool BreaksNothing => Questions.All(question => question.Judged is Judged.Kept or Judged.Mended or Judged.StillBroken or Judged.Vacuous);

    /// <summary>The judgement on one line.</summary>
    public string Line
    {
        get
        {
            string[] told =
            [
                .. Told(Judged.Broken, "breaks"), .. Told(Judged.CannotRun, "cannot run for"), .. Told(Judged.Unknown, "unknown"), .. Told(Judged.OccasionLost, "leaves no occasion for"), .. Told(Judged.Mended, "mends"),
            ];
            return $"{Kernel.Name} · {(told.Length == 0 ? "breaks and mends nothing" : string.Join(" · ", told))} · {Questions.Count} questions, beside {From.Name}";

            IEnumerable<string> Told(Judged judged, string verb) =>
                Questions.Where(question => question.Judged == judged).Select(question => question.Id).ToList() is { Count: > 0 } ids ? [$"{verb} {string.Join(", ", ids)}"] : [];
        }
    }

    /// <summary>The line, and a line for each question: a number is the length of the shortest witness.</summary>
    public string ToText()
    {
        var text = new StringBuilder(Line).Append('\n');
        var (id, before) = (Questions.Max(question => question.Id.Length), Math.Max(6, Questions.Max(question => question.Before.Sign.Length)));
        text.Append("  number: rows of the shortest witness  · kept  ? budget  x cannot run  ∅ goal lost\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{"".PadRight(id)}  {"before".PadLeft(before)}  {"after",5}\n");
        foreach (var question in Questions)
            text.Append(CultureInfo.InvariantCulture, $"{question.Id.PadRight(id)}  {question.Before.Sign.PadLeft(before)}  {question.After.Sign,5}  {Word(question.Judged).PadRight(12)}  {question.Title}{Of(question)}\n");
        return text.ToString();
    }

    /// <summary>The line in bold, and a plain table; what the edit breaks is bold, with the word that brings its counterexample.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder($"<div><b>{Html.Encode(Line)}</b><table><thead><tr><th></th><th>question</th><th>before</th><th>after</th><th></th><th>counterexample</th></tr></thead><tbody>\n");
        foreach (var question in Questions)
        {
            var word = Html.Encode(Word(question.Judged));
            html.Append("<tr><td>").Append(Html.Encode(question.Id)).Append("</td><td>").Append(Html.Encode(question.Title)).Append(Of(question) is { Length: > 0 } of ? $"<code>{Html.Encode(of)}</code>" : "").Append("</td><td>").Append(question.Before.Sign)
                .Append("</td><td>").Append(question.After.Sign).Append("</td><td>").Append(question.Judged is Judged.Broken or Judged.CannotRun or Judged.OccasionLost ? $"<b>{word}</b>" : word)
                .Append("</td><td>").Append(question.Judged == Judged.Broken && question.Counterexample is not null ? $"<code>[\"{Html.Encode(question.Id)}\"].Counterexample</code>"
                    : Html.Encode(question.After.Why)).Append("</td></tr>\n");
        }
        return html.Append("</tbody></table></div>").ToString();
    }

    /// <inheritdoc/>
    public override string ToString() => ToText();

    // Where all is as it should be it does not matter of which programs.
    private static string Of(JudgedQuestion question) => question.Judged is Judged.Kept or Judged.Vacuous ? "" : $" · {question.Programs}";

    private static string Word(Judged judged) => judged switch
    {
        Judged.StillBroken => "as before",
        Judged.CannotRun => "cannot run",
        Judged.Kept => "kept",
        Judged.Vacuous => "vacuous",
        Judged.OccasionLost => "NO OCCASION",
        _ => judged.ToString().ToUpperInvariant(),
    };
}
