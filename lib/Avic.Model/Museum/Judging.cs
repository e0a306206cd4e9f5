using System.Runtime.CompilerServices;

namespace Avic.Model;

public sealed partial class Linux
{
    // What becomes of a question on a kernel of the kit does not change: it is asked once in a session, however many edits are judged.
    private static readonly ConditionalWeakTable<Linux, Dictionary<string, IReadOnlyList<AblationCell>>> Answers = [];

    // Programs, and what is asked of them. The first two are the core: a vCPU with accesses, and one with IRQ windows.
    private static readonly (string Programs, IReadOnlyList<Property> Properties)[] Questions =
    [
        ("1,0W32W33,+4-4", [.. Property.All, Property.AvicComesBack, .. Property.Goals]),
        ("1,0I,+4-4", Property.All),
        ("2,1W32,+4", Property.All),
        ("1,0h,+4,d0:31.", [.. Property.OfInterrupts, Property.NoDeadlock]),
        ("2,0w310=1000000.w300=4031.,+4", [Property.InterruptIsNotStranded, Property.IpiReachesItsTargets, Property.NoDeadlock]),
        ("2,C1,+4-4", [Property.FlagAndVmcbAgreeAtVmrun, Property.AllAgreeAtRest, Property.NoDeadlock]),
        ("2,C1", [Property.FlagAndVmcbAgreeAtVmrun, Property.AllAgreeAtRest, Property.NoDeadlock]),
        ("1,0h,R0=0:42.,aff:41.", [.. Property.OfPosting, Property.NoDeadlock]),
        ("1,R0=9:42.,a0:41.", [.. Property.OfPosting, Property.NoDeadlock]),
    ];

    // Of the exhibits, those that are soonest decided.
    private static readonly string[] Soon = ["1", "2", "4b", "4d", "6", "25a"];

    /// <summary>
    /// Puts every exhibit of the museum, and the properties of a few small scenarios, to this kernel and, unless that is known by now, to the one
    /// that it was made from: a regression run for an idea.
    /// </summary>
    /// <param name="core">True for a few questions that are soon answered.</param>
    /// <param name="limits">For each question; one out of budget is unknown. By default a million states.</param>
    /// <example><code>
    /// Linux.V5_17.Without("kvm_zap_gfn_range", "seq").Judge()
    /// </code></example>
    public Judgement Judge(bool core = false, Limits? limits = null)
    {
        limits ??= new() { MaxStates = 1_000_000 };
        var from = Known.First(kernel => kernel.StandsFor == StandsFor);
        LongWork.Tell("");
        List<(string Id, string Title, Scenario Scenario, IReadOnlyList<Property> Properties)> asked =
        [
            .. Museum.Exhibits.Where(exhibit => (!core || Soon.Contains(exhibit.Id)) && MuseumMatrix.IsApplicable(exhibit, from))
                .Select(exhibit => (exhibit.Id, exhibit.Title, exhibit.On(this), (IReadOnlyList<Property>)[exhibit.Property])),
            .. Questions.Take(core ? 2 : Questions.Length)
                .Select(question => ("", "", Scenario.Parse(this, question.Programs), (IReadOnlyList<Property>)[.. question.Properties.Where(from.HasRowsOf)])),
        ];
        var (before, after) = (new IReadOnlyList<AblationCell>[asked.Count], new IReadOnlyList<AblationCell>[asked.Count]);
        var done = 0;
        // One worker a question: they are many, and most are small. The longest come last in the list and are begun first.
        Parallel.For(0, asked.Count, new() { MaxDegreeOfParallelism = limits.Threads }, n =>
        {
            var i = asked.Count - 1 - n;
            var (id, _, scenario, properties) = asked[i];
            var alone = limits with { Threads = 1, Progress = limits.Progress ?? (_ => { }) };
            after[i] = scenario.Cells(properties, alone);
            before[i] = ReferenceEquals(this, from) ? after[i] : from.Answer($"{scenario.Programs} {id}", () => scenario.On(from).Cells(properties, alone));
            LongWork.Tell($"{Interlocked.Increment(ref done)} of {asked.Count} questions", (double)done / asked.Count);
        });
        var exhibits = asked.FindIndex(question => question.Id == "") is >= 0 and var first ? first : asked.Count;
        return new(this, from,
        [
            .. Enumerable.Range(0, exhibits).Select(i => new JudgedQuestion(asked[i].Id, asked[i].Title, before[i][0], after[i][0])),
            .. Enumerable.Range(exhibits, asked.Count - exhibits).SelectMany(i => asked[i].Properties.Select((property, k) => (Property: property, Before: before[i][k], After: after[i][k])))
                .GroupBy(answer => answer.Property).Select(answers => new JudgedQuestion(answers.Key.Name, answers.Key.Sentence, Worst(answers.Select(a => a.Before)), Worst(answers.Select(a => a.After)))),
        ]);
    }

    // A cancelled or small budget says nothing about the next time, so what is unknown is not remembered.
    private IReadOnlyList<AblationCell> Answer(string question, Func<IReadOnlyList<AblationCell>> answer)
    {
        var known = Answers.GetOrCreateValue(this);
        lock (known)
            if (known.TryGetValue(question, out var cells)) return cells;
        var answered = answer();
        lock (known)
            if (answered.All(cell => cell.Effect is not AblationEffect.Unknown)) known[question] = answered;
        return answered;
    }

    // Of several scenarios the one that breaks the property, soonest; else what is not known; else one that had occasion to.
    private static AblationCell Worst(IEnumerable<AblationCell> cells) =>
        cells.OrderBy(cell => cell.Effect switch { AblationEffect.CannotRun => 0, AblationEffect.Broken => 1, AblationEffect.Unknown => 2, _ => 3 })
            .ThenBy(cell => cell.Effect == AblationEffect.Broken ? cell.Verdict!.Counterexample?.Steps.Count ?? int.MaxValue : 0)
            .ThenByDescending(cell => cell.Verdict?.Premised ?? 0).First();
}
