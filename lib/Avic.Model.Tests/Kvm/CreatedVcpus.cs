namespace Avic.Model.Tests;

/// <summary>vCPUs that a VMM creates while others run, and an inhibit that comes in between.</summary>
public class CreatedVcpus
{
    public static TheoryData<string> Kernels => [.. Linux.History.Select(kernel => kernel.Name)];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Without_an_inhibit_it_runs_with_avic_on_and_its_access_is_accelerated(string kernel)
    {
        var scenario = Scenario.Parse(Linux.Parse(kernel), "2,0W7,1W32,C1");
        foreach (var verdict in scenario.Check(Property.All)) Assert.True(verdict.Outcome == Outcome.Safe, $"{kernel}: {verdict.ToText()}");
        Assert.Equal(Outcome.Safe, scenario.Check(Property.Named("done", "At rest it runs on its core, with its TPR written.").AtRest()
            .Always(Property.Is("it does", x => x.ApicPageOf(1).Tpr == 32 && x.VmcbOf(1).AvicEnable && InterruptDelivery.IsRunning(x, 1)))).Outcome);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Before_it_is_created_nothing_of_it_runs(string kernel) => Assert.Equal(Outcome.Safe, Scenario.Parse(Linux.Parse(kernel), "2,1W7,+4C1").Check(
        Property.Named("not-there", "No request is made of it, and it does nothing.").Never(Property.Is("it is", x => (x.CreationOf(1).State & CreationState.Online) == 0 && (x.CoreOf(1).InGuest || x.Vm.ApicvInhibitReasons != 0 && x.VcpuOf(1).Mode != Mode.Outside)))).Outcome);

    // Kernels since 5.18, and 5.15.85: its own request makes it follow a word that it was not told of.
    [Theory]
    [MemberData(nameof(Kernels))]
    public void An_inhibit_meanwhile_is_followed_where_it_asks_itself(string kernel)
    {
        var known = kernel == "V5_15" || !Versions.IsBefore(kernel, Linux.V5_18);
        Assert.Equal(known ? Outcome.Safe : Outcome.Violated, Scenario.Parse(Linux.Parse(kernel), "2,C1,+4").Check(Property.AllAgreeAtRest).Outcome);
    }

    [Theory]
    [InlineData("2,1h,C1", false)]
    [InlineData("2h,1h,C1", true)]
    public void It_halts_where_the_others_do(string programs, bool inGuest)
    {
        var halts = Property.Named("halts", "At rest it has halted, in the guest if the VMM leaves HLT there.").AtRest().Whenever(Property.Is("it halts", x => x.VcpuOf(1).MpState == MpState.Halted || x.VmcbOf(1).Halted))
            .Always(Property.Is("there", x => x.CoreOf(1).InGuest == inGuest));
        var verdict = Scenario.Parse(Linux.V6_1, programs).Check(halts);
        Assert.True(verdict.Outcome == Outcome.Safe && verdict.Premised > 0, verdict.ToText());
    }

    [Fact]
    public void Of_several_each_is_created_in_turn()
    {
        var verdict = Scenario.Parse(Linux.V6_1, "3,C1C2,+4").Check(Property.AllAgreeAtRest);
        Assert.True(verdict.Outcome == Outcome.Safe && verdict.Premised > 0, verdict.ToText());
    }

    [Theory]
    [InlineData("1,C0", "vCPU 0 is there from the start")]
    [InlineData("2,C0", "come last")]
    [InlineData("2,C1C1", "each once")]
    [InlineData("3,C2C1", "in order")]
    [InlineData("3,C1,C2", "by one thread")]
    [InlineData("2,C7", "vCPU")]
    [InlineData("2,C1,d0:31.", "not together with interrupts")]
    [InlineData("2p,C1", "vCPUs that move")]
    [InlineData("2,0I,C1", "IRQ windows")]
    public void What_cannot_be_is_refused(string programs, string why) =>
        Assert.Contains(why, Assert.Throws<ModelException>(() => Scenario.Parse(Linux.V5_15, programs).Model).Message, StringComparison.Ordinal);

    [Fact]
    public void Words_and_text_are_the_same()
    {
        var scenario = Scenario.On(Linux.V5_16, vcpus: 2).Host(h => h.SetInhibit(Reason.PitReinject).CreateVcpu(1));
        Assert.Equal("2,+4C1", scenario.Programs.ToString());
        Assert.Equal("2,+4C1", Programs.Parse("2,+4C1").ToString());
        Assert.Contains("1 vCPU created on the way", scenario.Bounds, StringComparison.Ordinal);
    }
}
