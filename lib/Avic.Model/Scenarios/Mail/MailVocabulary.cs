using System.Globalization;
using System.Text.RegularExpressions;

namespace Avic.Model;

/// <summary>Reads the items of a diagram by the table of phrases and by the kernel's own texts.</summary>
internal sealed partial class MailVocabulary
{
    // Lines as people draw them are matched by what is built at once. A line of any length needs a matcher whose time is linear in it: that
    // one takes a third of a second to build, which is longer than most judgements.
    private const int LongestDrawn = 200;
    private static readonly Lazy<(Regex Pattern, MailPhrase Phrase)[]> Drawn = new(() => Patterns(RegexOptions.None)), Endless = new(() => Patterns(RegexOptions.NonBacktracking));

    private static (Regex Pattern, MailPhrase Phrase)[] Patterns(RegexOptions how) =>
        [.. MailTable.Phrases.Select(phrase => (new Regex(phrase.Pattern, RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | how), phrase))];

    private static readonly Lazy<MailVocabulary> Default = new(() => new(Linux.V5_15, Linux.VcpuStatus, Linux.RetryIfPending));

    private readonly Dictionary<string, MailPhrase> _texts = new(StringComparer.Ordinal);

    /// <summary>Learns the texts and names of kernels' rows.</summary>
    public MailVocabulary(params Linux[] kernels)
    {
        foreach (var routine in kernels.SelectMany(kernel => kernel.Code.Routines).Concat(Hardware.Default.Code.Routines))
        {
            var first = routine.Rows.FirstOrDefault(row => !row.Control) ?? routine.Rows[0];
            _texts.TryAdd(Bare($"{routine.Name}()"), new("", MailLineKind.Event) { Rows = [$"{routine.Name}.{first.Label}"], RowText = first.Text });
            foreach (var row in routine.Rows.Where(row => !row.Control))
            {
                var id = $"{routine.Name}.{row.Label}";
                _texts.TryAdd(id, new("", MailLineKind.Event) { Rows = [id] });
                var text = Bare(row.Text);
                var rows = _texts.TryGetValue(text, out var same) ? same.Rows : [];
                if (!rows.Contains(id)) _texts[text] = new("", MailLineKind.Event) { Rows = [.. rows, id], RowText = row.Text };
            }
        }
    }

    /// <summary>True if a line, by itself, would be understood.</summary>
    public static bool Knows(string text) => (Default.Value.Exact(text) ?? Told(text)) is not null || Elision().IsMatch(text) || Phrase(Tidy(text)) is not null;

    public static IReadOnlyList<MailLine> Read(MailSketch sketch, Linux? kernel = null) =>
        (kernel is null ? Default.Value : new(kernel)).Read(sketch);

    private List<MailLine> Read(MailSketch sketch)
    {
        List<MailLine> lines = [];
        var items = sketch.Items;
        List<(MailItem Item, MailLine? Line)>[] open = [.. sketch.Columns.Select(_ => new List<(MailItem, MailLine?)>())];
        Lazy<bool>[] tells = [.. items.Select(item => new Lazy<bool>(() => !item.Aside && ReadItem(item, false).Any(line => line.Kind is MailLineKind.Event)))];
        for (var i = 0; i < items.Count; i++)
        {
            var item = items[i];
            if (item.Aside)
            {
                lines.Add(new(-1, item.Text, item.Number, MailLineKind.Remark));
                continue;
            }
            var parents = open[item.Column];
            if (!Elision().IsMatch(item.Text)) parents.RemoveAll(parent => !Under(parent.Item, item));
            var toggle = parents.LastOrDefault(parent => parent.Line?.Toggle is not null).Line?.Toggle;
            var serves = parents.Any(parent => parent.Line?.Phrase?.Rows.Contains("kvm_vcpu_update_apicv.lock") == true);
            var read = ReadItem(item, serves);
            var hasChildren = false;
            for (var j = i + 1; j < items.Count && !hasChildren; j++)
            {
                if (items[j].Column != item.Column || Elision().IsMatch(items[j].Text)) continue;
                if (!Under(item, items[j])) break;
                hasChildren = tells[j].Value;
            }
            for (var part = 0; part < read.Count; part++)
            {
                var line = read[part];
                if (line.Phrase?.Sets is { } sets)
                    line = line with { Toggle = new(item.Column, sets, line.Number), IsSpan = !hasChildren, Kind = hasChildren ? MailLineKind.Heading : MailLineKind.Event };
                else if (toggle is not null) line = line with { Toggle = toggle };
                if (line.Kind == MailLineKind.Unmapped && (item.IsHeading || hasChildren)) line = line with { Kind = MailLineKind.Heading };
                read[part] = line;
            }
            lines.AddRange(read);
            parents.Add((item, read[0]));
        }
        return Implied(Decomposed([.. lines.OrderBy(line => line.Number)]));
    }

    private static readonly string[] StepsOfCall = ["kvm_request_apicv_update.lock", "kvm_make_all_cpus_request.", "__kvm_request_apicv_update.", "kvm_zap_gfn_range.", "kvm_request_apicv_update.unlock"];

    // Parts of a call that no indentation joins to one. A part that is earlier in a call than the part above begins the next
    // call; parts right below "disable AVIC" make that line their title, later ones make it the store of the word.
    private static List<MailLine> Implied(List<MailLine> lines)
    {
        foreach (var column in lines.Select(line => line.Column).Where(column => column >= 0).Distinct().ToList())
        {
            MailToggle? call = null;
            var (step, sets, title, fresh) = (-1, false, -1, false);
            for (var i = 0; i < lines.Count; i++)
            {
                if (lines[i].Column != column || lines[i].Phrase is not { } phrase) continue;
                if (lines[i].Toggle is { } drawn)
                {
                    (call, sets) = (phrase.Sets is not null && lines[i].Kind == MailLineKind.Event ? drawn : null, drawn.Sets);
                    (step, title, fresh) = (call is null ? -1 : 2, lines[i].IsSpan ? i : -1, true);
                    continue;
                }
                var at = phrase.Rows.Length == 0 ? -1 : Array.FindIndex(StepsOfCall, known => phrase.Rows[0].StartsWith(known, StringComparison.Ordinal));
                // A lock that a vCPU's service and its faults take, too, is no sign of a call by itself.
                if (at < 0 || (phrase.Rows.Length > 1 && call is null && at != 2))
                {
                    fresh = false;
                    continue;
                }
                if (title >= 0 && (at >= 3 || fresh))
                {
                    lines[title] = at >= 3
                        ? lines[title] with { IsSpan = false, Rows = ["__kvm_request_apicv_update.store", "__kvm_request_apicv_update.same"] }
                        : lines[title] with { IsSpan = false, Kind = MailLineKind.Heading };
                }
                else if (call is null || at < step)
                {
                    sets = phrase.Meaning == "the word is 0" ? false : phrase.Meaning == "the word is not 0" || !sets;
                    call = new(column, sets, lines[i].Number);
                }
                (step, title, fresh) = (at, -1, false);
                lines[i] = lines[i] with { Toggle = call };
            }
        }
        return lines;
    }

    // "Acquire the lock; enable AVIC; zap" is one call drawn in parts: then the toggle's own line is the store of the word.
    private static List<MailLine> Decomposed(List<MailLine> lines)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i] is not { Toggle: null, Kind: MailLineKind.Event } opening || !opening.Rows.Contains("kvm_request_apicv_update.lock")) continue;
            var next = lines.FindIndex(i + 1, line => line.Column == opening.Column && (line.Phrase?.Sets is not null || line.Rows.Contains("kvm_vcpu_update_apicv.active")));
            if (next < 0 || lines[next] is not { IsSpan: true, Toggle: { } toggle }) continue;
            lines[i] = opening with { Toggle = toggle, Rows = ["kvm_request_apicv_update.lock"] };
            lines[next] = lines[next] with { IsSpan = false, Rows = ["__kvm_request_apicv_update.store", "__kvm_request_apicv_update.same"] };
        }
        return lines;
    }

    private static bool Under(MailItem parent, MailItem item) =>
        item.Start > parent.Start || (item.Start == parent.Start && item.Bulleted && parent.IsHeading && !parent.Bulleted);

    private List<MailLine> ReadItem(MailItem item, bool serves)
    {
        MailLine Line(string text, MailLineKind kind) => new(item.Column, text, item.Number, kind);
        MailLine Meant(string text, MailPhrase phrase) => Line(text, phrase.Kind) with { Phrase = phrase, Rows = phrase.Rows, Meaning = Meaning(phrase, text), Subject = SubjectOf(text) };

        if (Elision().IsMatch(item.Text)) return [Line(item.Text, MailLineKind.Remark)];
        if ((Exact(item.Text) ?? Told(item.Text)) is { } exact) return [Meant(item.Text, exact)];
        if (Outcome().IsMatch(item.Text)) return [Phrase(item.Text) is { } outcome ? Meant(item.Text, outcome) : Line(item.Text, MailLineKind.Remark)];
        List<MailLine> lines = [];
        List<string> inner = [];
        var outer = Parenthesis().Replace(item.Text, match =>
        {
            inner.Add(match.Groups["inner"].Value);
            return " ";
        });
        if (Phrase(Tidy(outer)) is { Kind: MailLineKind.Pause } pause) return [Meant(item.Text, pause)];
        var known = false;
        foreach (var clause in Clause().Split(outer))
        {
            var text = Tidy(clause);
            if (text == "") continue;
            // Within the service of the request, "disable AVIC" is the vCPU's own flag.
            var phrase = Exact(text) ?? Told(text) ?? Phrase(serves ? Own(text) : text);
            known |= phrase is not null;
            lines.Add(phrase is null ? Line(text, MailLineKind.Unmapped) : Meant(text, phrase));
        }
        if (!known)
        {
            // A text that reads only as a whole, a call with its arguments perhaps.
            return [Phrase(Tidy(item.Text)) is { } whole ? Meant(item.Text, whole) : Line(item.Text, MailLineKind.Unmapped)];
        }
        foreach (var remark in inner)
            foreach (var part in Because().IsMatch(remark) ? [remark] : remark.Split(','))
                lines.Add(!Because().IsMatch(remark) && Phrase(Tidy(part)) is { Kind: MailLineKind.Assertion } said ? Meant(part.Trim(), said) : Line($"({part.Trim()})", MailLineKind.Remark));
        return [.. lines.Select(line => line.Kind == MailLineKind.Unmapped && Filler().IsMatch(line.Text) ? line with { Kind = MailLineKind.Remark } : line)];
    }

    private static string Own(string text) => Toggled().Replace(text, "$1 own AVIC");

    private static string Meaning(MailPhrase phrase, string text) => phrase.Meaning.Replace("vcpu{v}", SubjectOf(text) is { } v ? string.Create(CultureInfo.InvariantCulture, $"vcpu{v}") : "the vCPU's", StringComparison.Ordinal)
        .Replace("the vCPU's.", "its ", StringComparison.Ordinal);

    private static int? SubjectOf(string text) => NamedVcpu().Match(text) is { Success: true } match ? int.Parse(match.Groups["n"].Value, CultureInfo.InvariantCulture) : null;

    private MailPhrase? Exact(string text) => _texts.GetValueOrDefault(Bare(text));

    private static MailPhrase? Phrase(string text)
    {
        if (text == "") return null;
        foreach (var (pattern, phrase) in (text.Length <= LongestDrawn ? Drawn : Endless).Value)
            if (pattern.IsMatch(text)) return phrase;
        return null;
    }

    // A guest's instruction by its name, as our own blocks have it.
    private static MailPhrase? Told(string text) => Tidy(text) is var tidy && Instruction().IsMatch(tidy)
        ? new("", MailLineKind.Event, tidy) { Rows = ["guest.insn"], Told = tidy } : null;

    private static string Bare(string text) => Spaces().Replace(text, "");

    private static string Tidy(string text) => Dots().IsMatch(text) ? text : Spaces().Replace(text, " ").Trim(' ', '*', ',', ';', ':', '-', '.', '–');

    [GeneratedRegex(@"^\((?:…|\.\.\.) ?\d+ rows?\)$")]
    private static partial Regex Elision();

    [GeneratedRegex(@"^(?:hlt|sti|cli|iret|(?:write|read) (?:cr8|[\w ]+ " + GuestInstruction.ThroughTlb + "))$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Instruction();

    [GeneratedRegex(@"^\*{2,}.*\*{2,}$")]
    private static partial Regex Outcome();

    [GeneratedRegex(@"^[.…:|\s]+$")]
    private static partial Regex Dots();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"(?<=\s|^)\((?<inner>[^()]*(?:\([^()]*\)[^()]*)*)\)?")]
    private static partial Regex Parenthesis();

    [GeneratedRegex(@"\s*;\s+|,\s+so\s+|,?\s+(?:and )?then\s+|,\s+and\s+|\s+->\s+|\s+=>\s+")]
    private static partial Regex Clause();

    [GeneratedRegex(@"^\s*(?:because|since|as|why|see|i\.e|e\.g|note|nb)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Because();

    [GeneratedRegex(@"^(?:because|since|as|note)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Filler();

    [GeneratedRegex(@"\bv?cpu ?#?(?<n>\d{1,2})\b", RegexOptions.IgnoreCase)]
    private static partial Regex NamedVcpu();

    [GeneratedRegex(@"^((?:re-?)?(?:enabl|activat|disabl|deactivat|inhibit)\w*) (?:the )?(?:avic|apicv)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Toggled();
}
