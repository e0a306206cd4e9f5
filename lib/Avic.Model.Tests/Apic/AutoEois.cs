namespace Avic.Model.Tests;

/// <summary>Hyper-V's SynIC: AutoEOI keeps AVIC off while a vCPU uses it, and its vectors need no EOI.</summary>
public class AutoEois
{
    private const string Use = "m40000092=20031.", Mask = "m40000092=10000.", ToSelf = "w300=44031.", NoEoi = "v31.g";

    public static TheoryData<string> Since5_15 => ["V5_15", "V5_16", "V5_17", "V5_18", "V6_1", "V6_17", "V7_0"];

    private static void Holds(string kernel, string programs, params IReadOnlyList<Property> properties)
    {
        foreach (var verdict in Scenario.Parse(Linux.Parse(kernel), programs).Check([.. properties, .. Property.All]))
            Assert.True(verdict.Outcome == Outcome.Safe && (verdict.Premised > 0 || !properties.Contains(verdict.Property)), $"{kernel} {programs}: {verdict.ToText()}");
    }

    [Theory]
    [MemberData(nameof(Since5_15))]
    public void Its_vector_is_handled_without_eoi_and_never_in_service(string kernel) =>
        Holds(kernel, $"1,0{Use}{ToSelf}{ToSelf}{NoEoi}", Property.AutoEoiInhibits, Property.AutoEoiLeavesNothing, Property.InterruptIsNotStranded,
            Property.Named("twice", "Both are handled.").AtRest().Always(Property.Is("two", x => x.MemoryOf(0).Handled[0] == 2)),
            Property.Named("not-in-service", "It is not in service while its handler runs.").At("guest.insn").Never(Property.Is("it is", x => x.ApicPage.Isr.Contains(0x31))));

    [Theory]
    [MemberData(nameof(Since5_15))]
    public void Avic_is_off_exactly_while_some_vcpu_uses_it(string kernel)
    {
        Holds(kernel, $"2,0{Use}{Mask},1{Use}", Property.AutoEoiInhibits);
        Holds(kernel, $"2,0{Use}{Mask}W32,1{Use}{Mask}", Property.AutoEoiInhibits, Property.Named("on", "AVIC is on at rest.").AtRest().Always(Property.Is("it is", x => x.Vm.ApicvInhibitReasons == 0 && x.VcpuOf(0).ApicvActive)));
        Assert.Equal(Outcome.Reached, Scenario.Parse(Linux.Parse(kernel), $"1,0{Use}{Mask}W32").Check(Property.AvicComesBack).Outcome);
    }

    // From one vector to another AVIC comes on for a moment: the old one loses its bit before the new one gets one.
    [Fact]
    public void Another_vector_is_off_and_on()
    {
        var scenario = Scenario.Parse(Linux.V5_15, $"1,0{Use}m40000092=20041.");
        Assert.Equal(Outcome.Reached, scenario.Check(Property.Named("lifted", "The word is zero in between.").At("synic_update_vector.unlock").Sometimes(Property.Is("zero", x => x.Vm.ApicvInhibitReasons == 0))).Outcome);
        Holds("V5_15", scenario.Programs.ToString(), Property.AutoEoiInhibits);
    }

    [Theory]
    [InlineData("lock", "2,0m40000092=20031.m40000092=10000.,1m40000092=20031.", 126)]
    [InlineData("count", "1,0m40000092=20031.", 32)]
    [InlineData("inner", "1,0m40000092=20031.", 30)]
    public void Number_and_word_change_together(string row, string programs, int rows)
    {
        var verdict = Scenario.Parse(Linux.V5_15.Without("synic_update_vector", row), programs).Check(Property.AutoEoiInhibits);
        Assert.Equal((Outcome.Violated, rows), (verdict.Outcome, verdict.Counterexample?.Steps.Count));
    }

    [Fact]
    public void With_avic_on_the_core_would_leave_it_in_service() => Assert.Equal(Outcome.Violated,
        Scenario.Parse(Linux.V5_15.Without("synic_update_vector", "inner"), $"1,0{Use}{ToSelf}{NoEoi}").Check(Property.AutoEoiLeavesNothing).Outcome);

    [Theory]
    [InlineData("V5_6")]
    [InlineData("V5_14")]
    public void Until_5_14_a_synic_is_enough(string kernel)
    {
        Holds(kernel, $"1,0{Use}{ToSelf}{NoEoi}", Property.AutoEoiLeavesNothing, Property.AutoEoiInhibits);
        Assert.Equal(Outcome.Violated, Scenario.Parse(Linux.Parse(kernel), "1,0q40000092.").Check(Property.AutoEoiInhibits).Outcome);
    }

    [Theory]
    [InlineData("V5_7")]
    [InlineData("V5_14")]
    public void With_x2apic_there_are_two_reasons(string kernel)
    {
        var scenario = Scenario.Parse(Linux.Parse(kernel), $"1x,0{Use}");
        Assert.True(scenario.Check(Property.Named("both", "Both inhibit.").Always(Property.Is("word", x => x.IsInhibitedFor(Reason.Hyperv) && x.IsInhibitedFor(Reason.X2Apic)))).Outcome == Outcome.Safe);
    }

    [Theory]
    [InlineData("q40000092.", 0x10000u, 0)]
    [InlineData("m40000092=20031.q40000092.", 0x20031u, 0)]
    [InlineData("m40000092=2000f.q40000092.", 0x10000u, 1)]
    [InlineData("m40000092=3000f.q40000092.", 0x3000fu, 0)]
    public void A_vector_below_16_is_refused_unless_it_is_masked(string program, uint read, int refused)
    {
        var end = new Drive(Scenario.Parse(Linux.V5_15, $"1,0{program}")).Run().Machine;
        Assert.Equal((read, refused), ((uint)end.Vmcb[0].Rax, end.Memory[0].GeneralProtections));
    }

    [Theory]
    [InlineData("1,0m40000092=20031.,+1", "leave out SetInhibit(Reason.Hyperv)")]
    [InlineData("1,0m40000092=20031.,L0:80=20.", "MSRs (a SynIC's among them)")]
    [InlineData("1,0m40000093=1.", "800 to 8ff and 40000092")]
    public void What_it_does_not_go_with_is_refused(string programs, string why) =>
        Assert.Contains(why, Assert.Throws<ModelException>(() => Scenario.Parse(Linux.V5_15, programs).Model).Message, StringComparison.Ordinal);

    [Fact]
    public void A_program_that_is_too_long_is_not_told_whole() => Assert.InRange(
        Assert.Throws<ModelException>(() => Scenario.Parse(Linux.V5_15, "1,0" + string.Concat(Enumerable.Repeat(Use, 300)))).Message.Length, 100, 300);

    [Fact]
    public void A_scenario_that_gets_a_synic_later_has_one()
    {
        var scenario = Scenario.On(Linux.V5_15, vcpus: 1);
        Assert.False(scenario.Programs.HasSynic);
        Assert.True(scenario.Guest(0, g => g.SetSint(0x31, autoEoi: true)).Programs.HasSynic);
    }

    [Fact]
    public void Words_and_text_are_the_same()
    {
        var scenario = Scenario.On(Linux.V5_15, vcpus: 1).Guest(0, g => g.SetSint(0x31, autoEoi: true).SendIpi(Shorthand.Self, 0x31).MaskSint().SetSint(0x32, autoEoi: false).On(0x31, h => h.ReadCr8()));
        Assert.Equal($"1,0{Use}{ToSelf}{Mask}m40000092=32.{NoEoi}", scenario.Programs.ToString());
        Assert.Equal(scenario.Programs.ToString(), Programs.Parse(scenario.Programs.ToString()).ToString());
        Assert.StartsWith("A SINT has a vector from 16 to 255, not 15.", Assert.Throws<ModelException>(() => Scenario.On(Linux.V5_15, vcpus: 1).Guest(0, g => g.SetSint(15, autoEoi: true))).Message);
    }
}
