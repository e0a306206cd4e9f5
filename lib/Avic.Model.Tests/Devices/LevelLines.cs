namespace Avic.Model.Tests;

/// <summary>Lines to the I/O APIC: delivered while they are high, once for each EOI; with AVIC on, inhibited, and toggled.</summary>
public class LevelLines
{
    // A handler that touches its device before it ends the interrupt, as drivers do.
    private const string Handler = "v41.l1.wb0=0.";

    private static Property Handled(string name, Func<int, bool> count) => Property.Named(name, "At rest vCPU 0 has handled the vector so often.").AtRest()
        .Never(Property.Is("another number of times", x => !count(x.MemoryOf(0).Handled[0])));

    private static readonly Property Once = Handled("once", times => times == 1);

    private static IReadOnlyList<Outcome> Check(string programs, params Property[] properties) => [.. Scenario.Parse(Linux.V5_15, programs).Check(properties).Select(verdict => verdict.Outcome)];

    private static IReadOnlyList<Outcome> All(Outcome outcome, int times) => [.. Enumerable.Repeat(outcome, times)];

    [Theory]
    [InlineData("1,0" + Handler)]
    [InlineData("1,0h" + Handler)]
    [InlineData("1,0zsh" + Handler)]
    [InlineData("1,0" + Handler + ",+4-4")]
    public void A_line_that_its_handler_lowers_is_handled_once(string programs) =>
        Assert.Equal(All(Outcome.Safe, 5), Check(programs + ",d+1.,i1:8041.", Once, Property.InterruptIsNotStranded, Property.LevelEoiClearsRemoteIrr, Property.HighLineIsServed, Property.NoDeadlock));

    // 755c2bf87860: the vector is set between the search of IRR and the store of what it found.
    [Fact]
    public void A_toggle_may_make_5_15_forget_the_line_of_a_guest_that_halts()
    {
        var kept = Linux.V5_15.With("kvm_apic_update_apicv", "search", x =>
        {
            x.Local.Set = true;
            return x.Next;
        });
        Assert.Equal([Outcome.Violated, Outcome.Safe], new[] { Linux.V5_15, kept }.Select(kernel => Scenario.Parse(kernel, $"1,0h{Handler},+4-4,d+1.,i1:8041.").Check(Property.InterruptIsNotStranded).Outcome));
    }

    // 5.15 strands an interrupt that comes while AVIC goes off (66fa226c131f), of a line as of any other; what is handled is ended.
    [Fact]
    public void While_an_inhibit_comes_a_line_is_stranded_as_an_ipi_is() =>
        Assert.Equal([Outcome.Violated, Outcome.Safe, Outcome.Safe], Check($"1,0{Handler},+4,d+1.,i1:8041.", Property.InterruptIsNotStranded, Property.LevelEoiClearsRemoteIrr, Property.HighLineIsServed));

    [Fact]
    public void A_line_raised_again_while_it_is_high_is_handled_once_or_twice() =>
        Assert.Equal([Outcome.Safe, Outcome.Reached, Outcome.Reached], Check($"1,0{Handler},d+1.+1.,i1:8041.", Handled("some", times => times is 1 or 2), Reached(1), Reached(2)));

    [Fact]
    public void A_line_that_nobody_lowers_comes_again_after_each_eoi() =>
        Assert.Equal([Outcome.Reached], Check("1,0v41.wb0=0.,d+1.,i1:8041.", Property.Named("again", "It comes more often than it was raised.").Sometimes(Property.Is("twice", x => x.MemoryOf(0).Handled[0] == 2))));

    [Fact]
    public void A_line_lowered_before_it_is_handled_is_handled_all_the_same() =>
        Assert.Equal(All(Outcome.Safe, 3), Check("1,0zsv41.wb0=0.,d+1.-1.,i1:8041.", Handled("at least once", times => times >= 1), Property.LevelEoiClearsRemoteIrr, Property.InterruptIsNotStranded));

    [Fact]
    public void Of_an_edge_only_the_rise_counts() =>
        Assert.Equal([Outcome.Safe, Outcome.Safe], Check("1,d+1.+1.,i1:41.", Once, Property.Named("no-remote-irr", "An edge waits for no EOI.").Never(Property.Is("it does", x => x.IoApic.RemoteIrr.Contains(1)))));

    [Fact]
    public void An_edge_that_rises_again_is_another() =>
        Assert.Equal([Outcome.Safe, Outcome.Reached, Outcome.Reached], Check("1,d+1.-1.+1.,i1:41.", Handled("some", times => times is 1 or 2), Reached(1), Reached(2)));

    [Theory]
    [InlineData("1,0v41.,d+1.,i1:18041.")]
    [InlineData("1,0v41.,d+1.,i2:8041.")]
    [InlineData("1,0v41.,d+1.,i1:100000000008041.")]
    public void What_is_masked_or_goes_to_nobody_is_not_delivered_and_waits_for_nothing(string programs) =>
        Assert.Equal([Outcome.Safe, Outcome.Safe], Check(programs, Handled("never", times => times == 0), Property.Named("no-remote-irr", "Nothing was delivered.").Never(Property.Is("remote IRR is set", x => x.IoApic.RemoteIrr.Contains(1)))));

    [Fact]
    public void A_logical_destination_is_one() => Assert.Equal([Outcome.Safe], Check($"2,0{Handler},d+1.,i1:100000000008841.", Once));

    [Fact]
    public void The_vector_is_marked_in_tmr_and_its_eoi_leaves_the_guest()
    {
        var marked = Property.Named("marked", "A vector in service came by its level.").At("guest.insn").Whenever(Property.Is("in service", x => x.ApicPage.Isr.Contains(0x41))).Always(Property.Is("in TMR", x => x.ApicPage.Tmr.Contains(0x41)));
        var verdicts = Scenario.Parse(Linux.V5_15, $"1,0{Handler},d+1.,i1:8041.").Check([marked, Property.Named("exits", "The EOI is KVM's.").At("kvm_ioapic_update_eoi.eoi").Sometimes(Property.Is("it came", _ => true))]);
        Assert.Equal([Outcome.Safe, Outcome.Reached], verdicts.Select(verdict => verdict.Outcome));
        Assert.True(verdicts[0].Premised > 0);
    }

    [Theory]
    [InlineData("eoi", 1)]
    [InlineData("service", 2)]
    public void Without_a_row_of_the_eoi_the_line_is_dead(string row, int raised)
    {
        var verdicts = Scenario.Parse(Linux.V5_15.Without("kvm_ioapic_update_eoi", row), $"1,0v41.wb0=0.,d{string.Concat(Enumerable.Repeat("+1.", raised))},i1:8041.").Check(Property.OfLines);
        Assert.Contains(verdicts, verdict => verdict.Outcome == Outcome.Violated);
    }

    // What KVM finds in service it ends; where the core has done so already KVM finds nothing, and the I/O APIC is never told.
    [Fact]
    public void Kvm_relies_on_finding_the_vector_in_service()
    {
        var table = Scenario.Parse(Linux.V5_15, $"1,0{Handler},d+1.,i1:8041.").UnderEveryReading(Property.OfLines);
        Assert.Equal("depends on eoi-cleared", table.Dependence(Property.LevelEoiClearsRemoteIrr));
        Assert.Equal("no reading matters", table.Dependence(Property.HighLineIsServed));
    }

    [Fact]
    public void Two_pins_may_share_a_vector() =>
        Assert.Equal(All(Outcome.Safe, 3), Check("1,0v41.l1.l2.wb0=0.,d+1.,d+2.,i1:8041.2:8041.", Handled("some", times => times is 1 or 2), Property.LevelEoiClearsRemoteIrr, Property.HighLineIsServed));

    [Fact]
    public void Programs_are_words_and_the_words_are_one_line()
    {
        var scenario = Scenario.On(Linux.V5_15, vcpus: 1).IoApic(io => io.Level(pin: 1, to: 0, vector: 0x41).Edge(pin: 0x17, to: 255, vector: 0x42).Entry(2, 0x1_0000 | 0x43))
            .Guest(0, g => g.On(0x41, h => h.Lower(1).Eoi())).Device(d => d.Raise(1).Msi(to: 0, vector: 0x44).Lower(0x17));
        Assert.Equal("1,0v41.l1.wb0=0.,d+1.0:44.-17.,i1:8041.17:ff00000000000042.2:10043.", scenario.Programs.ToString());
        Assert.Equal(scenario.Programs.ToString(), Programs.Parse(scenario.Programs.ToString()).ToString());
        Assert.Contains("1 MSI, 1 raised line ·", scenario.Bounds, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pin_that_nobody_programmed_is_named_in_the_bounds() =>
        Assert.Contains("1 raised line, pin 3 without an entry", Scenario.On(Linux.V5_15).Device(d => d.Raise(3).Lower(3)).Bounds, StringComparison.Ordinal);

    [Fact]
    public void A_pin_that_there_is_not_is_refused()
    {
        Refused("KVM's I/O APIC has pins 0 to 23, not 24.", s => s.Device(d => d.Raise(24)));
        Refused("KVM's I/O APIC has pins 0 to 23, not -1.", s => s.Device(d => d.Lower(-1)));
        Refused("KVM's I/O APIC has pins 0 to 23, not 24.", s => s.Guest(0, g => g.Lower(24)));
        Refused("KVM's I/O APIC has pins 0 to 23, not 24.", s => s.IoApic(io => io.Edge(24, 0, 0x41)));
        Refused("Pin 1 has an entry already.", s => s.IoApic(io => io.Edge(1, 0, 0x41)).IoApic(io => io.Level(1, 0, 0x41)));
    }

    [Fact]
    public void An_entry_that_no_guest_can_program_is_refused()
    {
        Refused("An interrupt has a vector from 16 to 255, not 15.", s => s.IoApic(io => io.Level(1, 0, 15)));
        Refused("An interrupt of the I/O APIC goes to 0 to 255, not 256.", s => s.IoApic(io => io.Level(1, 256, 0x41)));
        Refused("A redirection entry has no bits 0x5000 for a guest to program", s => s.IoApic(io => io.Entry(1, 0x5041)));
    }

    [Theory]
    [InlineData("1,d+18.")]
    [InlineData("1,d+1:31.")]
    [InlineData("1,d+.")]
    [InlineData("1,0l18.")]
    [InlineData("1,0l1")]
    [InlineData("1,i1.")]
    [InlineData("1,i1:5.")]
    [InlineData("1,i18:41.")]
    [InlineData("1,i1:4041.")]
    [InlineData("1,i1:41.1:42.")]
    public void What_is_no_line_is_refused_in_one_line(string text) => Assert.DoesNotContain('\n', Assert.Throws<ModelException>(() => Programs.Parse(text)).Message);

    [Theory]
    [InlineData("1,0" + Handler + ",d+1.,i1:8041.", 350, 635)]
    [InlineData("1,0" + Handler + ",d+1.+1.,i1:8041.", 1_498, 3_213)]
    [InlineData("1,0" + Handler + ",+4-4,d+1.,i1:8041.", 50_632, 132_829)]
    public void States_and_edges_are_these(string programs, long states, long edges)
    {
        var explored = Scenario.Parse(Linux.V5_15, programs).Explore();
        Assert.Equal((states, edges), (explored.States, explored.Edges));
    }

    private static Property Reached(int times) => Property.Named($"{times}-times", "At rest it was handled so often.").AtRest().Sometimes(Property.Is("so often", x => x.MemoryOf(0).Handled[0] == times));

    private static void Refused(string why, Func<Scenario, Scenario> word) =>
        Assert.StartsWith(why, Assert.Throws<ModelException>(() => word(Scenario.On(Linux.V5_15, vcpus: 1))).Message, StringComparison.Ordinal);
}
