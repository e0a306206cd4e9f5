using System.Runtime.CompilerServices;

namespace Avic.Model;

public sealed partial class Linux
{
    // What becomes of a question on a kernel of the kit does not change: it is asked once in a session, however many edits are judged.
    private static readonly ConditionalWeakTable<Linux, Dictionary<string, IReadOnlyList<AblationCell>>> Answers = [];

    // Of each, everything is asked that must hold of it; of the first, goals too. The first two are the core: a vCPU with accesses, and one with IRQ windows.
    private static readonly string[] Questions =
    [
        "1,0W32W33,+4-4", "1,0I,+4-4", "2,1W32,+4",
        // Interrupts: to a vCPU that halts, to one that masks them, from vCPU to vCPU, from a timer, from a pin, from devices that are assigned and routed elsewhere.
        "1,0h,+4,d0:31.", "1,0c5.w300=44031.c0.,+4-4", "2,0w310=1000000.w300=4031.", "2,0w310=1000000.w300=4031.,1h", "1,0w320=31.w380=1.,+4",
        "1,0v41.l1.wb0=0.,+4,d+1.,i1:8041.", "1,+4,a0:41.", "1,0h,a0:41.", "1,R0=0:42.,a0:41.", "1,R0=9:42.,a0:41.",
        // NMI, INIT and SIPI.
        "1,0v2.g,+4,dn0.", "1,0v2.g,dn0.n0.", "1,0w300=44500.,+4-4", "2,0w310=1000000.w300=4500.w300=469a.,1uW32", "2,0w310=1000000.w300=4500.w300=469a.,1w300=44031.uW32v31.g", "2,0w310=1000000.w300=469a.,1UW32",
        // What inhibits by itself: L2, IRQ windows within it, AutoEOI, debuggers, and ids.
        "1,0n(W32k)e,+4", "1,0IzN()e", "1,0m40000092=20031.m40000092=10000.,+4", "1,0m40000092=20031.,d0:31.", "1,b0u0",
        "1,0w20=1000000.w20=0.,+4", "1,0w20=1000000.,+4", "1,0wd0=2000000.,+4",
        // Where the APIC is, and in which mode.
        "1,0m1b=fed40900.bw80=20.,+4", "1x,0v31.m80b=0.,+4,d0:31.", "2x,0m830=100004031.,1h", "1x,0m1b=fee00100.m808=20.", "1x,0r20.",
        // vCPUs that move, that come late, and whose registers are set.
        "1p,0W7,+4", "1p,0h,d0:31.", "1c2m,0W7", "2,C1,+4", "2,C1", "1,0W32,+4L0:80=20.",
    ];

    // Of the exhibits, those that are soonest decided.
    private static readonly string[] Soon = ["1", "2", "4b", "4d", "6", "25a"];

    /// <summary>
    /// Puts every exhibit of the museum, and every property that must hold, to this kernel and, unless that is known by now, to the one that it was
    /// made from: a regression run for an idea. Properties are asked of small scenarios of every kind, each of those that it concerns.
    /// </summary>
    /// <param name="core">True for a few questions that are soon answered.</param>
    /// <param name="limits">For each question; one out of budget is unknown. By default a million states.</param>
    /// <example><code>
    /// Linux.V5_17.Without("kvm_zap_gfn_range", "seq").Judge()
    /// </code></example>
    public Judgement Judge(bool core = false, Limits? limits = null)
    {
        limits ??= Limits.OfMany;
        var from = Known.First(kernel => kernel.StandsFor == StandsFor);
        LongWork.Tell("");
        List<(string Id, string Title, Scenario Scenario, IReadOnlyList<Property> Properties)> asked =
        [
            .. Museum.Exhibits.Where(exhibit => (!core || Soon.Contains(exhibit.Id)) && MuseumMatrix.IsApplicable(exhibit, from))
                .Select(exhibit => (exhibit.Id, exhibit.Title, exhibit.On(this), (IReadOnlyList<Property>)[exhibit.Property])),
            .. Questions.Take(core ? 2 : Questions.Length).Select(programs => Scenario.Parse(this, programs)).Where(scenario => from.Has(scenario.Programs))
                .Select(scenario => ("", "", scenario, Asked(scenario.On(from), core))),
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
            before[i] = ReferenceEquals(this, from) ? after[i] : from.Answer($"{scenario.Programs} {id} {string.Join(' ', properties.Select(property => property.Name))}", () => scenario.On(from).Cells(properties, alone));
            LongWork.Tell($"{Interlocked.Increment(ref done)} of {asked.Count} questions", (double)done / asked.Count);
        });
        List<JudgedQuestion> answers = [];
        for (var i = 0; i < asked.Count; i++)
        {
            var (id, title, scenario, properties) = asked[i];
            var programs = $"{scenario.Programs}";
            for (var k = 0; k < properties.Count; k++)
                answers.Add(new(id == "" ? properties[k].Name : id, id == "" ? properties[k].Sentence : title, programs, before[i][k], after[i][k]));
        }
        return new(this, from, [.. answers.GroupBy(answer => answer.Id).Select(Gravest)]);
    }

    // Programs say which properties concern them. Most goals are lost where nothing leads to them, so they are asked of one scenario that gets there.
    private static IReadOnlyList<Property> Asked(Scenario scenario, bool core)
    {
        List<Property> asked = [.. scenario.MustHold];
        if (!core)
        {
            asked.AddRange(Property.OfDetails);
            if (scenario.Programs.Interrupts) asked.Add(Property.InterruptIsHandled);
            asked.Add(Property.ProgramsEnd);
        }
        if (scenario.Programs.ToString() == Questions[0]) asked.AddRange([.. Property.Goals, Property.AvicComesBack]);
        return [.. asked.Where(scenario.Kernel.HasRowsOf)];
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

    // Of several scenarios the one where the edit does worst; among those, the soonest to show it, or the one with most occasions.
    private static JudgedQuestion Gravest(IEnumerable<JudgedQuestion> answers) =>
        answers.OrderBy(answer => Array.IndexOf(Gravity, answer.Judged)).ThenBy(answer => answer.Counterexample?.Steps.Count ?? int.MaxValue)
            .ThenByDescending(answer => answer.After.Verdict?.Premised ?? 0).First();

    private static readonly Judged[] Gravity = [Judged.CannotRun, Judged.Broken, Judged.Unknown, Judged.OccasionLost, Judged.StillBroken, Judged.Mended, Judged.Kept, Judged.Vacuous];
}
