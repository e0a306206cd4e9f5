using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Avic.Model;

/// <summary>A whole mail, answered: its diagrams, how each line was understood, and what becomes of them on each kernel.</summary>
public static partial class MailReport
{
    /// <summary>Answers a mail in plain text.</summary>
    /// <param name="text">The mail as it stands; any text has an answer.</param>
    /// <param name="kernels">On which to judge.</param>
    /// <param name="limits">As for <see cref="MailJudge.Judge"/>.</param>
    /// <param name="programs">What the actors of every diagram run; null: what the drawing tells.</param>
    /// <exception cref="ModelException">The text is too long to be a mail, or no kernel is given.</exception>
    public static string Of(string text, IReadOnlyList<Linux> kernels, Limits? limits = null, string? programs = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(kernels);
        if (kernels.Count == 0) throw new ModelException("Name at least one kernel to judge the mail on: Linux.V5_15, for example.");
        IReadOnlyList<MailDiagram> diagrams = [.. MailDiagram.Parse(text).Select(diagram => programs is null ? diagram : diagram.Running(programs))];
        var answer = new StringBuilder();
        var n = 0;
        foreach (var diagram in diagrams)
        {
            answer.Append(CultureInfo.InvariantCulture, $"DIAGRAM {++n} of {diagrams.Count}, ").Append(diagram.ToText());
            var unmapped = diagram.Unmapped.ToList();
            answer.Append(unmapped.Count == 0 ? "every line of the diagram is accounted for\n" : $"NOT UNDERSTOOD: lines {string.Join(", ", unmapped.Select(line => line.Number))}\n").Append('\n');
            foreach (var kernel in kernels) Judge(answer, diagram, kernel, "as drawn", limits);
            if (diagram.Corrected is { } corrected)
                foreach (var kernel in kernels) Judge(answer, corrected, kernel, "as corrected by the reply", limits);
        }
        List<int> outside = [.. MailText.Read(text).Where(line => !diagrams.Any(d => line.Number >= d.FirstLine && line.Number <= d.LastLine) && MailVocabulary.Knows(line.Text.Trim().TrimStart('-', '*', ' ')))
            .Where(line => line.Text.Trim().Length > 3).Select(line => line.Number).Take(20)];
        if (outside.Count > 0)
            answer.Append(CultureInfo.InvariantCulture, $"outside every diagram, and not judged, though they read like rows: lines {string.Join(", ", outside)}\n");
        foreach (var (first, last, items) in Lists(MailText.Read(text), diagrams))
            answer.Append(CultureInfo.InvariantCulture, $"lines {first} to {last}: a list in prose, {items} items; it has no columns and is not judged\n");
        if (diagrams.Count == 0)
            answer.Append("No diagram found: one begins with a line that names its columns, two spaces or more apart: vCPU0    vCPU1\n");
        return answer.ToString();
    }

    private static void Judge(StringBuilder answer, MailDiagram diagram, Linux kernel, string how, Limits? limits)
    {
        answer.Append(CultureInfo.InvariantCulture, $"On {kernel.Name}, {how}:\n");
        try { answer.Append(diagram.Judge(kernel, limits).ToText()); }
        catch (ModelException e) { answer.Append("NOT JUDGED: ").Append(e.Message).Append('\n'); }
        answer.Append('\n');
    }

    // An algorithm told as a list of dashes or numbers: worth naming, so that nobody thinks it was overlooked.
    private static IEnumerable<(int First, int Last, int Items)> Lists(List<MailTextLine> lines, IReadOnlyList<MailDiagram> diagrams)
    {
        (int First, int Last, int Items, int Quote) list = default;
        foreach (var line in lines)
        {
            if (line.IsBlank && line.Quote == list.Quote) continue;
            var drawn = diagrams.Any(diagram => line.Number >= diagram.FirstLine && line.Number <= diagram.LastLine);
            if (!drawn && Dash().IsMatch(line.Text) && !Diffstat().IsMatch(line.Text))
            {
                if (list.Items == 0 || line.Quote != list.Quote)
                {
                    if (list.Items > 2) yield return (list.First, list.Last, list.Items);
                    list = (line.Number, line.Number, 0, line.Quote);
                }
                list = (list.First, line.Number, list.Items + 1, list.Quote);
            }
            else if (list.Items > 0 && !drawn && line.Quote == list.Quote && line.Text.StartsWith(' ')) list.Last = line.Number;
            else if (list.Items > 0 && (drawn || line.Quote == list.Quote))
            {
                if (list.Items > 2) yield return (list.First, list.Last, list.Items);
                list = default;
            }
        }
        if (list.Items > 2) yield return (list.First, list.Last, list.Items);
    }

    [GeneratedRegex(@"^\s*(?:[-*+•]|\d{1,2}[.)])\s+\S")]
    private static partial Regex Dash();

    [GeneratedRegex(@"\|\s+\d+ [-+]*$")]
    private static partial Regex Diffstat();
}
