namespace Avic.Model.Tests;

/// <summary>Handlers that let interrupts in are within one another, as deep as a scenario may have vectors.</summary>
public class Handlers
{
    // Each sends the next class to its own vCPU, and ends its own interrupt behind that.
    private static readonly string EachSendsTheNext = "1,0w300=44031." + string.Concat("3456789".Select((own, i) => $"v{own}1.sw300=440{"456789a"[i]}1.wb0=0.")) + "va1.wb0=0.";

    [Theory]
    [InlineData("")]
    [InlineData(",+4")]
    public void Of_eight_classes_each_interrupts_the_one_below(string beside)
    {
        var verdicts = Scenario.Parse(Linux.V5_15, EachSendsTheNext + beside).Check(
        [
            Property.Named("eight-deep", "All handlers have begun and none has returned.").Sometimes(Property.Is("eight", x => x.MemoryOf(0).Depth == 8)),
            Property.Named("handled", "At rest each has been handled once.").AtRest().Always(Property.Is("once", x => x.MemoryOf(0).Depth == 0 && Counts(x.MemoryOf(0)).All(times => times == 1))),
        ]);
        Assert.Equal((Outcome.Reached, Outcome.Safe), (verdicts[0].Outcome, verdicts[1].Outcome));
    }

    private static IEnumerable<int> Counts(GuestMemory memory) => Enumerable.Range(0, 8).Select(i => (int)memory.Handled[i]);

    [Fact]
    public void A_ninth_is_refused_in_a_sentence() =>
        Assert.Contains("handlers are within one another 8 deep", Assert.Throws<ModelException>(() => Scenario.Parse(Linux.V5_15, "1,0w300=44031.v31.wb0=0.sw300=44031.").Run(Schedule.Seed(1))).Message, StringComparison.Ordinal);
}
