using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Avic.Model;

/// <summary>An interleaving as somebody drew it in a mail: a column for each vCPU, time downwards.</summary>
/// <example><code>
/// var diagrams = MailDiagram.Parse(File.ReadAllText("thread.txt"));
/// diagrams[1].Judge(Linux.V5_15)
/// </code></example>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed partial class MailDiagram : IDisplayed
{
    internal MailDiagram(MailSketch sketch) => (Sketch, Lines) = (sketch, MailVocabulary.Read(sketch));

    /// <summary>Who the columns are, left to right.</summary>
    public IReadOnlyList<MailColumn> Columns => Sketch.Columns;

    /// <summary>Everything that stands in the diagram, in drawn order; nothing is dropped.</summary>
    public IReadOnlyList<MailLine> Lines { get; }

    /// <summary>The lines that were not understood.</summary>
    public IEnumerable<MailLine> Unmapped => Lines.Where(line => line.Kind == MailLineKind.Unmapped);

    /// <summary>Line of the mail where it begins, from 1.</summary>
    public int FirstLine => Sketch.FirstLine;

    /// <summary>Line of the mail where it ends.</summary>
    public int LastLine => Math.Max(Sketch.LastLine, Lines.Count == 0 ? 0 : Lines.Where(line => line.Column >= 0).Max(line => line.Number));

    internal MailSketch Sketch { get; }

    /// <summary>
    /// Finds the diagrams of a mail as it stands: quoted, with tabs, ragged columns and replies cut in. A diagram begins with a
    /// line that names two or more actors (vCPU0, CPU 1, vmm0, userspace, …), or one and an underline.
    /// </summary>
    /// <param name="mail">Any text.</param>
    /// <returns>The diagrams, in order; none if there is none.</returns>
    /// <exception cref="ModelException">The text is too long to be a mail.</exception>
    public static IReadOnlyList<MailDiagram> Parse(string mail)
    {
        ArgumentNullException.ThrowIfNull(mail);
        return [.. MailLayout.Find(MailText.Read(mail)).Select(sketch => new MailDiagram(sketch))];
    }

    /// <summary>The same diagram with another text on one of its lines, as its author took it back or a reader proposes.</summary>
    /// <param name="line">Line of the mail.</param>
    /// <param name="text">What it should have said.</param>
    /// <exception cref="ModelException">The diagram has no such line; the message says which it has.</exception>
    public MailDiagram Correct(int line, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var sketch = new MailSketch { Columns = Columns, FirstLine = Sketch.FirstLine, LastLine = Sketch.LastLine, Programs = Sketch.Programs, ProgramsAreGiven = Sketch.ProgramsAreGiven };
        var found = Sketch.Items.FirstOrDefault(item => !item.Aside && item.Number == line)
            ?? throw new ModelException($"The diagram has no line {line}. Its lines are {string.Join(", ", Sketch.Items.Where(item => !item.Aside).Select(item => item.Number).Distinct())}.");
        sketch.Items.AddRange(Sketch.Items.Select(item => ReferenceEquals(item, found) ? item with { Text = text } : item));
        return new(sketch);
    }

    /// <summary>The same diagram with what its actors run, where the drawing alone leads to too short a guess.</summary>
    /// <param name="programs">As <see cref="Scenario.Parse"/> takes them: <c>2,1W32,+4-4+4</c>.</param>
    /// <exception cref="ModelException">They cannot be read; or, when it is judged, do not fit the columns.</exception>
    public MailDiagram Running(string programs)
    {
        ArgumentNullException.ThrowIfNull(programs);
        var sketch = new MailSketch { Columns = Columns, FirstLine = Sketch.FirstLine, LastLine = Sketch.LastLine, Programs = Programs.Parse(programs), ProgramsAreGiven = true };
        sketch.Items.AddRange(Sketch.Items);
        return new(sketch);
    }

    /// <summary>
    /// The diagram as a reply cut in corrects it (<c>this was meant to be "true"</c> below <c>… == false</c>); null if none does.
    /// </summary>
    public MailDiagram? Corrected
    {
        get
        {
            for (var i = 1; i < Lines.Count; i++)
            {
                if (Lines[i].Column >= 0 || Correction().Match(Lines[i].Text) is not { Success: true } meant) continue;
                var above = Lines.Take(i).LastOrDefault(line => line.Column >= 0);
                if (above is not null && Value().Match(above.Text) is { Success: true } value)
                    return Correct(above.Number, above.Text[..value.Groups["value"].Index] + meant.Groups["value"].Value);
            }
            return null;
        }
    }

    [GeneratedRegex("""(?:supposed to|meant to|should|meant)(?: have)? (?:be|been|read|say)?\s*["'“]?(?<value>true|false|0|1)\b""", RegexOptions.IgnoreCase)]
    private static partial Regex Correction();

    [GeneratedRegex(@"==\s*(?<value>true|false|0|1)\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex Value();

    /// <summary>Says what was understood, line by line.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"lines {FirstLine} to {LastLine}: {string.Join(" | ", Columns.Select(column => column.Name))}\n");
        foreach (var line in Lines)
        {
            var who = line.Column < 0 ? "reply" : Columns[line.Column].Name;
            text.Append(CultureInfo.InvariantCulture, $"{line.Number,5}  {who,-7} {line.Kind.ToString().ToLowerInvariant(),-9} {Short(line.Text)}\n");
            if (line.Understood != "") text.Append(' ', 25).Append("= ").Append(line.Understood).Append('\n');
        }
        return text.ToString();
    }

    internal static string Short(string text) => text.Length <= 100 ? text : text[..99] + "…";

    /// <summary>The first line in bold, the rest as it stands.</summary>
    public string ToHtml() => Html.Of(ToText());

    /// <inheritdoc/>
    public override string ToString() => ToText();
}
