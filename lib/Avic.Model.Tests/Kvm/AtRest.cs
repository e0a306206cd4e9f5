namespace Avic.Model.Tests;

/// <summary>What all-agree-at-rest asks of a vCPU that sleeps.</summary>
public class AtRest
{
    /// <summary>The request does not wake it, and it serves the request before it enters.</summary>
    [Theory]
    [InlineData("1,0h,+4"), InlineData("1,0h,+4-4"), InlineData("1,0h,+4,d0:31.")]
    public void Who_sleeps_and_has_been_asked_to_follow_the_word_is_not_out_of_step(string programs) =>
        Assert.All(Linux.Known, kernel =>
            Assert.Equal(Outcome.Safe, Scenario.Parse(kernel, programs).Check(Property.AllAgreeAtRest).Outcome));

    /// <summary>One that nobody has asked is.</summary>
    [Fact]
    public void Who_sleeps_and_has_not_been_asked_is_out_of_step() =>
        Assert.Equal(Outcome.Violated, Scenario.Parse(Linux.V5_15.Without("kvm_make_all_cpus_request", "set"), "1,0h,+4").Check(Property.AllAgreeAtRest).Outcome);
}
