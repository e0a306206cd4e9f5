namespace Avic.Model.Tests;

/// <summary>Where the manual is silent, and which verdict depends on it.</summary>
public class Readings
{
    private const string IpiToHalting = "2,0w310=1000000.w300=4031.,1h";

    public static TheoryData<string> Otherwise => [.. Hardware.Readings.Select(reading => reading.Name), Hardware.Erratum1235.Name, Hardware.With(Hardware.Readings).Name];

    public static TheoryData<string> Names => [.. Otherwise, Hardware.WithoutX2Avic.Name, Hardware.WithoutX2Avic.And(Reading.IrrSeen).Name];

    [Theory]
    [MemberData(nameof(Names))]
    public void Hardware_is_found_by_its_name(string name) => Assert.Equal(name, Hardware.Parse(name).Name);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_token_names_the_hardware_and_replays_on_it(string name)
    {
        var run = Scenario.Parse(Linux.V5_15, IpiToHalting).On(Hardware.Parse(name)).Run(Schedule.Seed(3), 300);
        Assert.StartsWith($"V5_15@{name}/2,", run.Token, StringComparison.Ordinal);
        var again = Scenario.Of(run.Token);
        Assert.Equal((name, run.ToText()), (again.Hardware.Name, again.Replay(run.Token).ToText()));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_token_of_the_default_hardware_is_refused_by_another(string name)
    {
        var scenario = Scenario.Parse(Linux.V5_15, IpiToHalting);
        var token = scenario.Run(Schedule.Seed(3), 30).Token;
        Assert.Contains("The schedule was made on V5_15/", Assert.Throws<ModelException>(() => scenario.On(Hardware.Parse(name)).Replay(token)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_default_hardware_is_named_by_no_token() =>
        Assert.Equal("V5_15/1,0W1", Scenario.Parse(Linux.V5_15, "1,0W1").On(Hardware.Parse("default")).Model.Name);

    [Theory]
    [InlineData("V5_15@doorbell-kep/1,0W1:0000:a", "There is no reading 'doorbell-kep'.")]
    [InlineData("V5_15@eoi-faults+eoi-cleared/1,0W1:0000:a", "'eoi-faults+eoi-cleared' is no hardware: its readings, each question's once and in order, are eoi-cleared.")]
    [InlineData("V5_15@irr-seen@vtpr-loaded/1,0W1:0000:a", "A token names one hardware behind its '@'")]
    public void Hardware_that_there_is_not_is_refused(string token, string why) =>
        Assert.StartsWith(why, Assert.Throws<ModelException>(() => Scenario.Of(token)).Message, StringComparison.Ordinal);

    [Fact]
    public void Of_two_answers_to_one_question_the_later_counts() =>
        Assert.Equal([Reading.EoiCleared], Hardware.With(Reading.EoiFaults, Reading.EoiCleared).Chosen);

    [Fact]
    public void Every_reading_says_what_it_reads_otherwise_and_where() =>
        Assert.All(Hardware.Readings, reading => Assert.True(reading.Sentence != reading.Otherwise && (reading.Section.StartsWith("AMD64 APM vol. 2, 15.29", StringComparison.Ordinal) || reading.Section.StartsWith("AMD I/O Virtualization Technology specification, 2.2.5", StringComparison.Ordinal)), reading.ToString()));

    [Theory]
    [MemberData(nameof(Otherwise))]
    public void Every_changed_row_says_so(string name)
    {
        var (plain, code) = (Hardware.Default.Under(Linux.V5_15.Code), Hardware.Parse(name).Under(Linux.V5_15.Code));
        var changed = code.Routines.SelectMany(routine => routine.Rows.Where(row => !plain[routine.Name].Rows.Contains(row))).Where(row => !row.Control).ToList();
        Assert.NotEmpty(changed);
        Assert.All(changed, row => Assert.True(row.Source!.EndsWith("read otherwise", StringComparison.Ordinal) || row.Source.Contains("erratum 1235", StringComparison.Ordinal) || row.Label == "irr", row.Source));
    }

    // Mended by d02e48830e3f: TPR is written while KVM emulates it, AVIC comes on, and VMRUN masks by the V_TPR of before.
    [Fact]
    public void That_5_15_strands_an_interrupt_after_an_emulated_write_of_tpr_depends_on_vmrun_alone()
    {
        var table = Scenario.Parse(Linux.V5_15, "1,0W64W0,+4-4,d0:31.").UnderEveryReading(Property.InterruptIsNotStranded);
        Assert.Equal(97, table.Rows[0].Cells[0].Verdict!.Counterexample!.Steps.Count);
        Assert.Equal("depends on vtpr-loaded", table.Dependence(Property.InterruptIsNotStranded));
    }

    [Fact]
    public void Copying_tpr_before_every_vmrun_mends_it_under_every_reading()
    {
        var mended = Linux.V5_15.With("svm_vcpu_run", "to_cr8", x =>
        {
            x.Vmcb.VTpr = (byte)(x.ApicPage.Tpr >> 4);
            return x.Next;
        });
        var table = Scenario.Parse(mended, "1,0W64W0,+4-4,d0:31.").UnderEveryReading(Property.InterruptIsNotStranded);
        Assert.All(table.Rows, row => Assert.Equal(Outcome.Safe, row.Cells[0].Verdict!.Outcome));
    }

    [Fact]
    public void Whether_a_guest_that_halts_in_guest_mode_wakes_depends_on_the_doorbell_alone() =>
        Assert.Equal(["doorbell-lost-in-hlt"], Scenario.Parse(Linux.V5_15, "2h,0w310=1000000.w300=4031.,1h").UnderEveryReading(Property.InterruptIsNotStranded)
            .Decisive(Property.InterruptIsNotStranded).Select(hardware => hardware.Name));

    [Fact]
    public void Where_hlt_is_intercepted_no_reading_matters_to_an_ipi() =>
        Assert.Empty(Scenario.Parse(Linux.V5_15, IpiToHalting).UnderEveryReading(Property.InterruptIsNotStranded).Decisive(Property.InterruptIsNotStranded));

    [Fact]
    public void A_doorbell_to_a_host_is_spent_there_or_kept()
    {
        var spent = Property.Named("spent-in-the-host", "A doorbell is taken in the host.").At("core.doorbell").Sometimes(Property.Is("the core is in the host", x => !x.Core.InGuest));
        Assert.Equal((Outcome.Reached, Outcome.NeverReached), (On(IpiToHalting, Hardware.Default, spent), On(IpiToHalting, Hardware.With(Reading.DoorbellKept), spent)));
    }

    [Fact]
    public void A_core_that_sees_irr_needs_no_doorbell()
    {
        var silent = Linux.V5_15.Without("svm_deliver_avic_intr", "doorbell");
        var scenario = Scenario.Parse(silent, "1,d0:31.");
        Assert.Equal(["irr-seen"], scenario.UnderEveryReading(Property.InterruptIsNotStranded).Decisive(Property.InterruptIsNotStranded).Where(hardware => hardware.Chosen.Count == 1).Select(hardware => hardware.Name));
        Assert.Equal(Outcome.Violated, scenario.Check(Property.InterruptIsNotStranded).Outcome);
    }

    // 31h is interrupted by the level-triggered 41h, whose EOI must not end 31h, too.
    [Theory]
    [InlineData("default", Outcome.Safe)]
    [InlineData("eoi-faults", Outcome.Violated)]
    [InlineData("eoi-cleared", Outcome.Violated)]
    public void KVM_rests_on_an_eoi_that_traps_with_isr_still_set(string hardware, Outcome expected)
    {
        const byte outer = 3, outerEoi = 6, inner = 8, innerIret = 9; // behind two writes of ICR and the place to idle
        var scenario = Scenario.On(Linux.V5_15, vcpus: 1).On(Hardware.Parse(hardware))
            .Guest(0, g => g.SendIpi(to: 0, 0x31).On(0x31, h => h.Sti().Write(Apic.IcrLow, 0xc041).Read(Apic.Tpr).Eoi()).On(0x41, h => h.Eoi()));
        var inService = Property.Named("in-service", "31h is in service until its own EOI.").At("guest.insn")
            .Whenever(Property.Is("its handler has not written EOI", x => x.Vmcb.Rip is >= outer and <= outerEoi or >= inner and <= innerIret))
            .Never(Property.Is("it is not in service", x => !x.ApicPage.Isr.Contains(0x31)));
        var verdict = scenario.Check(inService);
        Assert.True(verdict.Outcome == expected && (expected != Outcome.Safe || verdict.Premised > 0), verdict.ToText() + verdict.Counterexample?.ToText());
    }

    [Theory]
    [InlineData("default", 1)]
    [InlineData("highest-index", 2)]
    public void The_index_of_several_targets_that_sleep_is_the_lowest_or_the_highest(string hardware, int index)
    {
        var run = Scenario.Parse(Linux.V5_15, "3,0w300=c4031.,1h,2h").On(Hardware.Parse(hardware)).Run(new LastFirst(), 200);
        Assert.Contains(1L << 32 | (uint)index, run.Series("vcpu0.exit_info_2").Values);
    }

    /// <summary>vCPU 0 moves only when no other thread can: the others are asleep by then.</summary>
    private sealed class LastFirst : Schedule
    {
        public override Move? Next(IReadOnlyList<Move> enabled) => enabled.Any(move => move.Actor < 3) ? enabled.Where(move => move.Actor < 3).MaxBy(move => move.Actor) : null;
    }

    [Fact]
    public void Erratum_1235_strands_an_ipi_to_a_vcpu_that_halts()
    {
        var verdict = Scenario.Parse(Linux.V5_15, IpiToHalting).On(Hardware.Erratum1235).Check(Property.InterruptIsNotStranded);
        Assert.Equal((Outcome.Violated, 59, true), (verdict.Outcome, verdict.Counterexample!.Steps.Count, verdict.IsShortest));
    }

    [Fact]
    public void Without_erratum_1235_it_is_not() => Assert.Equal(Outcome.Safe, On(IpiToHalting, Hardware.Default, Property.InterruptIsNotStranded));

    [Fact]
    public void Erratum_1235_spares_an_ipi_to_oneself() => Assert.Equal(Outcome.Safe, On("1,0zw300=44031.sh", Hardware.Erratum1235, Property.InterruptIsNotStranded));

    [Fact]
    public void The_table_says_what_each_verdict_depends_on()
    {
        var table = Scenario.Parse(Linux.V5_15, "1,0W32,d0:31.").UnderEveryReading();
        Assert.Equal(Hardware.Readings.Count + 5, table.Rows.Count); // beside each: none, all, and all with the other answer to each of three questions
        Assert.Contains("= interrupt-is-not-stranded: no reading matters", table.ToText(), StringComparison.Ordinal);
        Assert.Contains("all others, eoi-cleared", table.ToText(), StringComparison.Ordinal);
        Assert.Contains("<td>no reading matters</td>", table.ToHtml(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_reading_is_checked_on_the_processor_that_the_scenario_has()
    {
        var table = Scenario.Parse(Linux.V6_1, "1x,0m808=20.").On(Hardware.WithoutX2Avic).UnderEveryReading(Property.TprIsCr8);
        Assert.Equal(("no-x2avic", "depends on vtpr-loaded"), (table.Rows[0].Hardware.Name, table.Dependence(Property.TprIsCr8)));
        Assert.All(table.Rows, row => Assert.False(row.Hardware.HasX2Avic));
    }

    private static Outcome On(string programs, Hardware hardware, Property property) => Scenario.Parse(Linux.V5_15, programs).On(hardware).Check(property).Outcome;
}
