namespace Avic.Model.Tests;

public class InhibitReasons
{
    [Theory]
    [InlineData("V5_6", Reason.PitReinject, 4)]
    [InlineData("V5_15", Reason.X2Apic, 5)]
    [InlineData("V5_16", Reason.BlockIrq, 6)]
    [InlineData("V5_18", Reason.Sev, 8)]
    [InlineData("V5_19", Reason.PitReinject, 8)]
    [InlineData("V5_19", Reason.X2Apic, 9)]
    [InlineData("V6_1", Reason.Sev, 9)]
    [InlineData("V6_3", Reason.PitReinject, 9)]
    [InlineData("V6_17", Reason.PhysicalIdTooBig, 12)]
    [InlineData("V7_0", Reason.IrqWindow, 8)]
    public void A_reason_has_the_bit_of_its_version(string kernel, Reason reason, int bit) => Assert.Equal(bit, Linux.Parse(kernel).NumberOf(reason));

    [Theory]
    [InlineData("V5_6", 5)]
    [InlineData("V5_15", 6)]
    [InlineData("V5_16", 8)]
    [InlineData("V5_18", 9)]
    [InlineData("V5_19", 11)]
    [InlineData("V6_1", 10)]
    [InlineData("V6_3", 12)]
    [InlineData("V6_17", 13)]
    public void The_bits_of_a_version_are_numbered_without_a_gap(string name, int count)
    {
        var kernel = Linux.Parse(name);
        Assert.Equal(Enumerable.Range(0, count), kernel.Reasons.Select(known => kernel.NumberOf(known.Reason)).Order());
    }

    [Fact]
    public void Every_reason_is_described() =>
        Assert.All(Enum.GetValues<Reason>(), reason => Assert.True(InhibitReason.All.Single(known => known.Reason == reason) is { SetBy.Length: > 5, ClearedBy.Length: > 4, Source.Length: > 3 }));

    [Fact]
    public void A_reason_the_kernel_lacks_is_refused_by_name()
    {
        var refused = Assert.Throws<ModelException>(() => Scenario.On(Linux.V5_15).Host(h => h.SetInhibit(Reason.BlockIrq)));
        Assert.Equal("V5_15 has no reason BlockIrq. It has: Disable, Hyperv, Nested, IrqWindow, PitReinject, X2Apic.", refused.Message);
        Assert.Throws<ModelException>(() => Scenario.Parse(Linux.V5_15, "1,+5").On(Linux.V6_1));
    }

    [Theory]
    [InlineData("V5_15", 1u << 4)]
    [InlineData("V5_19", 1u << 8)]
    [InlineData("V7_0", 1u << 9)]
    public void The_word_holds_the_versions_own_bit(string kernel, uint word) =>
        Assert.Equal(word, (uint)Scenario.Parse(Linux.Parse(kernel), "1,+4").Run(Schedule.RoundRobin).Series("apicv_inhibit_reasons").Values[^1]);
}
