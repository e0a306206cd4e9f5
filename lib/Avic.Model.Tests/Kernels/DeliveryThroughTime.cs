namespace Avic.Model.Tests;

/// <summary>How each kernel tells a vCPU of an interrupt, and who never hears of it.</summary>
public class DeliveryThroughTime
{
    // IPI to a guest that halts, while an inhibit comes: the example of the readme.
    private const string Readme = "2,0w310=1000000.w300=4031.,1hv31.w0b0=0.,+4";

    public static TheoryData<string> Names => [.. Linux.Known.Select(kernel => kernel.Name)];

    public static TheoryData<string> SinceTheMend => [.. Versions.Since(Linux.V5_17).Select(kernel => kernel.Name)];

    [Theory, MemberData(nameof(SinceTheMend))]
    public void From_5_17_on_an_ipi_that_an_inhibit_meets_is_not_stranded(string kernel)
    {
        var verdict = Scenario.Parse(Linux.Parse(kernel), Readme).Check(Property.InterruptIsNotStranded);
        Assert.True(verdict is { Outcome: Outcome.Safe, Premised: > 0 }, verdict.Line);
    }

    [Theory]
    [InlineData("V5_6", 130)]
    [InlineData("V5_7", 130)]
    [InlineData("V5_14", 130)]
    [InlineData("V5_15", 111)]
    [InlineData("V5_16", 111)]
    public void Before_5_17_it_may_be(string kernel, int rows) =>
        Assert.Equal(rows, Scenario.Parse(Linux.Parse(kernel), Readme).Check(Property.InterruptIsNotStranded).Counterexample?.Steps.Count);

    [Theory, MemberData(nameof(Names))]
    public void Where_nothing_inhibits_every_kernel_delivers(string kernel)
    {
        Property[] properties = [Property.InterruptIsNotStranded, Property.IpiReachesItsTargets, Property.IrrPendingMissesNothing, Property.NoDeadlock];
        foreach (var programs in new[] { "2,0w310=1000000.w300=4031.,1h", "2,0w310=ff000000.w300=4031.,1h", "2,0w310=3000000.w300=4831.,1h", "2,0w300=c4031.,1h", "1,0zsh,d0:31.0:41." })
            Assert.All(Scenario.Parse(Linux.Parse(kernel), programs).Check(properties), verdict => Assert.True(verdict.Outcome == Outcome.Safe, verdict.Line));
    }

    [Theory]
    [InlineData("V5_17")]
    [InlineData("V7_0")]
    public void Two_interrupts_through_an_inhibit_are_both_handled(string kernel)
    {
        var both = Property.Named("both", "At rest both vectors were handled.").AtRest().Never(Property.Is("one was not", x => x.MemoryOf(0).Handled[0] != 1 || x.MemoryOf(0).Handled[1] != 1));
        Assert.Equal(Outcome.Safe, Scenario.Parse(Linux.Parse(kernel), "1,+4,d0:31.0:41.").Check(both).Outcome);
    }

    [Theory]
    [InlineData("V5_18", "2,0w310=1000000.w300=4031.,1h", "avic_kick_target_vcpus.each")]
    [InlineData("V5_19", "2,0w310=1000000.w300=4031.,1h", "avic_kick_target_vcpus_fast.complete")]
    [InlineData("V5_19", "2,0w310=3000000.w300=4831.,1h", "avic_kick_target_vcpus.each")]
    [InlineData("V6_3", "2,0w310=3000000.w300=4831.,1h", "avic_kick_target_vcpus_fast.again")]
    [InlineData("V6_3", "2,0w310=ff000000.w300=4031.,1h", "avic_kick_target_vcpus.each")]
    public void Targets_are_found_fast_where_the_command_names_them(string kernel, string programs, string row) =>
        Assert.True(Scenario.Parse(Linux.Parse(kernel), programs).Explore().Rows[row] > 0);

    [Fact]
    public void In_7_0_a_window_for_a_vector_of_the_apic_is_let_go_when_that_is_injected()
    {
        var gone = Property.Named("window-gone", "At rest no vCPU is counted among those that wait for a window.").AtRest().Whenever(Property.Is("the vector was handled", x => x.HasHandled(0)))
            .Never(Property.Is("one is", x => x.Vm.ApicvNrIrqWindowReq != 0 || x.VcpuOf(0).AvicIrqWindow));
        var verdict = Scenario.Parse(Linux.V7_0, "1,0zR0s,+4-4,d0:31.").Check(gone);
        Assert.True(verdict is { Outcome: Outcome.Safe, Premised: > 0 } && verdict.Exploration.Rows["svm_enable_irq_window.arm"] > 0, verdict.Line);
    }
}
