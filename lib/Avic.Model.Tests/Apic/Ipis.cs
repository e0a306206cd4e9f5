namespace Avic.Model.Tests;

/// <summary>IPIs over all interleavings.</summary>
public class Ipis
{
    private static Scenario Two(Func<GuestProgram, GuestProgram> sender, Func<GuestProgram, GuestProgram> receiver) => Scenario.On(Linux.V5_15, vcpus: 2).Guest(0, sender).Guest(1, receiver);

    [Fact]
    public void An_ipi_to_a_running_vcpu_is_handled_once() => IsHandledOnce(Two(g => g.SendIpi(to: 1, 0x31), g => g));

    [Fact]
    public void An_ipi_to_a_vcpu_that_halts_is_handled_once() => IsHandledOnce(Two(g => g.SendIpi(to: 1, 0x31), g => g.Hlt()));

    // Until 6.2 PPR in the page may be that of a vector which the core has ended: exhibit 41.
    [Fact]
    public void An_ipi_is_handled_once_while_an_inhibit_comes_and_goes() =>
        IsHandledOnce(Two(g => g.SendIpi(to: 1, 0x31), g => g.Hlt()).On(Linux.V6_3).Host(h => h.SetInhibit(Reason.PitReinject).ClearInhibit(Reason.PitReinject)));

    // Mended by 66fa226c131f and 755c2bf87860: the sender looks at apicv_active, the vCPU turns AVIC off and looks at IRR, the sender sets IRR.
    [Theory]
    [InlineData("1,0h,+4,d0:31.", 52)]
    [InlineData("2,0w310=1000000.w300=4031.,1h,+4", 111)]
    [InlineData("2,0w310=1000000.w300=4031.,+4", 102)]
    public void In_5_15_an_interrupt_is_stranded_while_an_inhibit_comes(string programs, int rows)
    {
        var verdict = Scenario.Parse(Linux.V5_15, programs).Check(Property.InterruptIsNotStranded);
        Assert.Equal((Outcome.Violated, rows), (verdict.Outcome, verdict.Counterexample?.Steps.Count ?? 0));
    }

    [Fact]
    public void The_shortest_run_to_a_row_ends_with_it() =>
        Assert.Equal("avic_ipi.doorbell", Two(g => g.SendIpi(to: 1, 0x31), g => g).Check(Property.Taken("avic_ipi.doorbell")).Counterexample?.Steps[^1].Row);

    [Fact]
    public void A_row_that_is_never_taken_is_said_to_be_never_reached() =>
        Assert.Equal(Outcome.NeverReached, Two(g => g.SendIpi(to: 1, 0x31), g => g).Check(Property.Taken("avic_ipi.invalid")).Outcome);

    [Fact]
    public void A_run_has_no_more_rows_than_it_has()
    {
        var run = Two(g => g.SendIpi(to: 1, 0x31), g => g).Run(Schedule.Seed(1));
        Assert.Equal(run.Value("vcpu1.handled[0]", run.Steps.Count), run.Value("vcpu1.handled[0]"));
        Assert.Equal($"The run has 0 to {run.Steps.Count} rows, not {run.Steps.Count + 1}.", Assert.Throws<ModelException>(() => run.Value("vcpu1.rip", run.Steps.Count + 1)).Message);
    }

    [Theory]
    [InlineData("2,0w310=1000000.w300=4031.,1h")]
    [InlineData("2,0w310=1000000.w300=4031.,1W32,+4-4")]
    [InlineData("2,0w300=c4031.,1h")]
    [InlineData("1,0w300=44031.,+4-4")]
    [InlineData("1,0w300=4400.W1")]
    [InlineData("2,0w310=6000000.w300=4031.W1")]
    [InlineData("1,0w80=20.wb0=0.,d0:31.,+4-4")]
    [InlineData("2x,0m830=100004031.,1h")]
    [InlineData("1,0hv41.l1.wb0=0.,d+1.,i1:8041.")]
    [InlineData("1,0h,a0:41.")]
    [InlineData("1c2m,0W7,d0:31.")]
    [InlineData("2c1,0w310=1000000.w300=4031.,1h")]
    [InlineData("1t,0w320=31.w380=1.h")]
    public void What_must_hold_of_every_scenario_holds_where_interrupts_are_sent(string programs) =>
        Assert.All(Scenario.Parse(Linux.V5_15, programs).Check(Property.All), verdict => Assert.True(verdict.Outcome == Outcome.Safe, verdict.ToText() + verdict.Counterexample?.ToText()));

    private static void IsHandledOnce(Scenario scenario, int vcpu = 1)
    {
        var once = Property.Named("handled-once", "At rest the vector was handled once.").AtRest().Never(Property.Is("it was not", x => x.MemoryOf(vcpu).Handled[0] != 1));
        var verdicts = scenario.Check([once, .. Property.OfInterrupts.Where(p => p != Property.TprIsCr8), Property.NoDeadlock]);
        Assert.All(verdicts, verdict => Assert.True(verdict.Outcome == Outcome.Safe && verdict.Premised > 0, verdict.ToText() + verdict.Counterexample?.ToText()));
    }
}
