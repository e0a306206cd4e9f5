using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;

namespace Avic.Model;

/// <summary>What a claim comes to.</summary>
public enum Standing
{
    /// <summary>It is true as it stands.</summary>
    Holds,

    /// <summary>It is false.</summary>
    Fails,

    /// <summary>It is false as it stands, and true under its assumption.</summary>
    HoldsOnlyIf,

    /// <summary>A budget came first.</summary>
    Unknown,
}

/// <summary>A sentence somebody wrote, with what it is checked as. Its standing is computed, never stored.</summary>
/// <param name="Id">Short name.</param>
/// <param name="Author">Who wrote it.</param>
/// <param name="Message">Message id.</param>
/// <param name="Sentence">What it says, in our words.</param>
/// <param name="Kernel">The kernel it is about.</param>
/// <param name="Scenario">Programs, as <see cref="Programs.Parse"/> reads them.</param>
/// <param name="Property">The property (or goal) that says the same.</param>
/// <param name="Assumption">What it may need, or null.</param>
/// <param name="Why">Why it comes out as it does.</param>
public sealed record Claim(string Id, string Author, string Message, string Sentence, string Kernel, string Scenario, string Property, string? Assumption, string Why)
{
    /// <summary>The claims of the thread of October 2021, in its order.</summary>
    public static IReadOnlyList<Claim> Thread => field ??= Data.Json<Claim[]>("claims.json");

    /// <summary>Checks it under every schedule.</summary>
    public ClaimVerdict Judge(Limits? limits = null) => Judge(Setting().Check(Said(), limits), limits);

    private Scenario Setting() => Avic.Model.Scenario.Parse(Linux.Parse(Kernel), Scenario);

    private Property Said() => Avic.Model.Property.ByName(Property);

    private ClaimVerdict Judge(Verdict plain, Limits? limits)
    {
        var (scenario, property) = (Setting(), Said());
        var under = !plain.Holds && plain.Outcome != Outcome.Unknown && Assumption is not null
            ? scenario.Check(Avic.Model.Assumption.On(property, Assumption), Avic.Model.Assumption.Within(limits ?? new(), Assumption)) : null;
        // An assumption that nothing meets would make anything true.
        var met = under is null || scenario.Check(Avic.Model.Assumption.IsMet(Assumption!), limits).Outcome == Outcome.Reached;
        return new(this, plain, met ? under : null);
    }

    /// <summary>Checks all claims of the thread.</summary>
    public static ClaimTable JudgeThread(Limits? limits = null)
    {
        limits ??= new();
        var alone = limits with { Threads = 1, Progress = limits.Progress ?? (_ => { }) };
        // Claims about the same runs share an exploration. An observer would add to its states, so who needs one is alone.
        // The longest programs first: what is still to do when one worker has nothing left is short then.
        Claim[][] same = [.. Thread.GroupBy(claim => (claim.Kernel, claim.Scenario, Alone: claim.Said().Observers.Count > 0 ? claim.Id : ""))
            .OrderByDescending(claims => claims.Key.Scenario.Length).Select(claims => claims.ToArray())];
        var verdicts = new ClaimVerdict[same.Length][];
        var done = 0;
        LongWork.Tell("");
        // One worker an exploration: what is explored is the same, whoever does it.
        Parallel.ForEach(Partitioner.Create(Enumerable.Range(0, same.Length), EnumerablePartitionerOptions.NoBuffering), new() { MaxDegreeOfParallelism = limits.Threads }, i =>
        {
            var plain = same[i][0].Setting().Check([.. same[i].Select(claim => claim.Said())], alone);
            verdicts[i] = [.. same[i].Zip(plain, (claim, verdict) => claim.Judge(verdict, alone))];
            LongWork.Tell($"{Interlocked.Increment(ref done)} of {same.Length} explorations", (double)done / same.Length);
        });
        var judged = verdicts.SelectMany(some => some).ToDictionary(verdict => verdict.Claim);
        return new([.. Thread.Select(claim => judged[claim])]);
    }
}

/// <summary>A claim's standing and its evidence.</summary>
/// <param name="Claim">The claim.</param>
/// <param name="Plain">The verdict on it as it stands.</param>
/// <param name="UnderAssumption">The verdict under its assumption, if that was needed.</param>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed record ClaimVerdict(Claim Claim, Verdict Plain, Verdict? UnderAssumption) : IDisplayed
{
    /// <summary>What it comes to.</summary>
    public Standing Standing => Plain.Outcome == Outcome.Unknown ? Standing.Unknown
        : Plain.Holds ? Standing.Holds
        : UnderAssumption is null ? Standing.Fails
        : UnderAssumption.Outcome == Outcome.Unknown ? Standing.Unknown
        : UnderAssumption.Holds ? Standing.HoldsOnlyIf : Standing.Fails;

    /// <summary>The standing in capitals, with the assumption.</summary>
    public string Word => Standing switch
    {
        Standing.Holds => "HOLDS",
        Standing.Fails => "FAILS",
        Standing.HoldsOnlyIf => $"HOLDS ONLY IF {Claim.Assumption}",
        _ => "UNKNOWN",
    };

    /// <summary>The claim, its standing and the evidence.</summary>
    public string ToText() =>
        $"{Word}: {Claim.Sentence}\n  {Claim.Author} <{Claim.Message}>\n  {Plain.Line}\n" + (UnderAssumption is null ? "" : $"  if {Claim.Assumption}: {UnderAssumption.Line}\n") + $"  {Claim.Why}\n";

    /// <inheritdoc/>
    public string ToHtml() => Html.Of(ToText());

    /// <inheritdoc/>
    public override string ToString() => ToText();
}

/// <summary>Claims with their standings.</summary>
/// <param name="Verdicts">In order.</param>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed record ClaimTable(IReadOnlyList<ClaimVerdict> Verdicts) : IDisplayed
{
    /// <summary>A line or two for each claim.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        for (var i = 0; i < Verdicts.Count; i++) text.Append(System.Globalization.CultureInfo.InvariantCulture, $"{i + 1,2}. ").Append(Verdicts[i].ToText());
        return text.ToString();
    }

    /// <summary>A plain table.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder("<table><thead><tr><th>#</th><th>claim</th><th>author</th><th>verdict</th><th>evidence</th></tr></thead><tbody>");
        for (var i = 0; i < Verdicts.Count; i++)
        {
            var (claim, verdict) = (Verdicts[i].Claim, Verdicts[i]);
            html.Append(System.Globalization.CultureInfo.InvariantCulture, $"<tr><td>{i + 1}</td><td>{Html.Encode(claim.Sentence)}</td><td>{Html.Encode(claim.Author)}</td><td><b>{Html.Encode(verdict.Word)}</b></td><td>{Html.Encode((verdict.UnderAssumption ?? verdict.Plain).Line)}</td></tr>");
        }
        return html.Append("</tbody></table>").ToString();
    }

    /// <inheritdoc/>
    public override string ToString() => ToText();
}

/// <summary>The facts that the library carries as data.</summary>
internal static class Data
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNameCaseInsensitive = true, ReadCommentHandling = JsonCommentHandling.Skip };

    public static T Json<T>(string file) => JsonSerializer.Deserialize<T>(Text(file), Options) ?? throw new InvalidOperationException($"data/{file} is empty.");

    public static string Text(string file)
    {
        using var stream = typeof(Data).Assembly.GetManifestResourceStream($"data/{file}") ?? throw new InvalidOperationException($"data/{file} is not embedded.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
