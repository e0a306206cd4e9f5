namespace Avic.Model.Tests;

/// <summary>When a guest takes an interrupt: IF, the shadow of STI, handlers within handlers, the interrupt window; with AVIC on, off, and changing.</summary>
public class InterruptWindows
{
    // AVIC on, and an inhibit that comes and goes meanwhile.
    public static TheoryData<string> Hosts => ["", ",+4", ",+4-4"];

    private static Property Taken(string name, When when) => Property.Named(name, "Where an interrupt is taken.").On((uint)Mark.Handled).Sometimes(Property.Is(name, when));

    private static Property TakenAt(int place) => Taken($"before-instruction-{place}", x => x.Memory.Depth == 1 && x.Memory.Return[0] == place);

    private static IReadOnlyList<Outcome> Check(string programs, params Property[] properties) => [.. Scenario.Parse(Linux.V5_15, programs).Check(properties).Select(verdict => verdict.Outcome)];

    // 0: CLI 1: STI 2: a read 3: idle
    [Theory]
    [MemberData(nameof(Hosts))]
    public void After_sti_one_more_instruction_passes_before_an_interrupt(string host) =>
        Assert.Equal([Outcome.Reached, Outcome.NeverReached, Outcome.NeverReached, Outcome.Reached],
            Check($"1,0zsR0{host},d0:31.", TakenAt(0), TakenAt(1), TakenAt(2), TakenAt(3)));

    [Theory]
    [MemberData(nameof(Hosts))]
    public void Sti_casts_no_shadow_where_interrupts_were_on(string host) =>
        Assert.Equal([Outcome.Reached, Outcome.Reached, Outcome.Reached], Check($"1,0sR0{host},d0:31.", TakenAt(0), TakenAt(1), TakenAt(2)));

    // 0: CLI 1: STI 2: CLI 3: idle
    [Theory]
    [MemberData(nameof(Hosts))]
    public void Cli_in_the_shadow_of_sti_lets_nothing_in(string host) =>
        Assert.Equal([Outcome.Reached, Outcome.NeverReached, Outcome.NeverReached, Outcome.NeverReached],
            Check($"1,0zsz{host},d0:31.", TakenAt(0), TakenAt(1), TakenAt(2), TakenAt(3)));

    [Theory]
    [MemberData(nameof(Hosts))]
    public void Cli_holds_an_interrupt_off_for_good(string host)
    {
        var waits = Property.Named("waits", "At rest the vector waits, unless it came before CLI.").AtRest()
            .Never(Property.Is("neither", x => (x.MemoryOf(0).Handled[0] == 1) == x.ApicPageOf(0).Irr.Contains(0x31)));
        Assert.Equal([Outcome.Safe, Outcome.NeverReached], Check($"1,0zR0{host},d0:31.", waits, Taken("behind CLI", x => x.Memory.Return[0] > 0)));
    }

    // While an inhibit comes 5.15 strands an interrupt, whatever the guest does, and a guest that sleeps with irr_pending clear stays asleep.
    [Theory]
    [InlineData("V5_15", "")]
    [InlineData("V5_17", "")]
    [InlineData("V5_17", ",+4")]
    [InlineData("V5_17", ",+4-4")]
    public void Sti_and_hlt_together_miss_no_wakeup(string kernel, string host)
    {
        var once = Property.Named("once", "At rest the vector was handled once, and the guest went on.").AtRest().Never(Property.Is("it did not", x => x.MemoryOf(0).Handled[0] != 1 || x.VmcbOf(0).Rip != 3));
        Assert.Equal([Outcome.Safe, Outcome.NeverReached], Scenario.Parse(Linux.Parse(kernel), $"1,0zsh{host},d0:31.").Check([once, TakenAt(2)]).Select(verdict => verdict.Outcome));
    }

    [Fact]
    public void Hlt_with_interrupts_off_sleeps_on()
    {
        var verdict = Scenario.Parse(Linux.V5_15, "1,0zh,d0:31.").Check(Property.Named("sleeps", "At rest the vCPU sleeps.").AtRest().Never(Property.Is("it does not", x => !x.IsAsleep(0))));
        Assert.True(verdict.Outcome == Outcome.Safe && verdict.Premised > 0, verdict.ToText());
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public void In_a_handler_interrupts_are_off(string host) =>
        Assert.Equal([Outcome.NeverReached], Check($"1,0v31.R0w0b0=0.v41.R0w0b0=0.{host},d0:31.0:41.", Taken("within a handler", x => x.Memory.Depth > 1)));

    [Theory]
    [MemberData(nameof(Hosts))]
    public void With_sti_a_handler_is_interrupted_by_a_higher_class_only(string host) =>
        Assert.Equal([Outcome.Reached, Outcome.NeverReached],
            Check($"1,0v31.sR0w0b0=0.v41.sR0zw0b0=0.{host},d0:31.,d0:41.",
                Taken("41h within 31h", x => x.Memory.Depth == 2 && x.ApicPage.Isr.Contains(0x41) && x.ApicPage.Isr.Contains(0x31)),
                Taken("31h within 41h before its EOI", x => x.Memory.Depth == 2 && x.ApicPage.Isr.Highest == 0x31 && x.Memory.Return[1] is > 6 and < 10)));

    [Theory]
    [InlineData("sR0zw0b0=0.", Outcome.NeverReached)]
    [InlineData("w0b0=0.sR0", Outcome.Reached)]
    public void A_vector_interrupts_its_own_handler_only_behind_eoi(string handler, Outcome expected) =>
        Assert.Equal([expected], Check($"1,0v31.{handler},d0:31.0:31.", Taken("31h within 31h", x => x.Memory.Depth == 2)));

    [Fact]
    public void The_shadow_of_an_sti_before_iret_ends_with_iret() =>
        Assert.Equal([Outcome.Safe], Check("1,0v31.w0b0=0.s,d0:31.0:31.", Property.InterruptIsNotStranded));

    [Theory]
    [InlineData("1,0zR0s,+4,d0:31.")]
    [InlineData("1,0IzR0s")]
    public void An_interrupt_window_opens_only_when_the_guest_takes_interrupts(string programs)
    {
        var verdict = Scenario.Parse(Linux.V5_15, programs).Check(Property.Named("open", "VINTR leaves the guest with IF set and no shadow.").At("interrupt_window_interception.event")
            .Never(Property.Is("something holds it off", x => !Interrupts.Open(x))));
        Assert.True(verdict.Outcome == Outcome.Safe && verdict.Premised > 0, verdict.ToText());
    }

    // What an idle guest loops over is an instruction, too.
    [Theory]
    [MemberData(nameof(Hosts))]
    public void An_interrupt_is_taken_behind_an_sti_that_is_the_programs_last(string host) => Assert.Equal([Outcome.Reached, Outcome.NeverReached], Check($"1,0zs{host},d0:31.", TakenAt(2), TakenAt(1)));

    // 1h: HLT stays in the guest
    [Theory]
    [InlineData("")]
    [InlineData(",+4-4")]
    public void A_guest_that_halts_in_guest_mode_takes_its_interrupt_behind_hlt(string host) =>
        Assert.Equal([Outcome.Safe, Outcome.NeverReached, Outcome.Reached, Outcome.Safe], Check($"1h,0zsh{host},d0:31.",
            Property.Named("once", "At rest the vector was handled once.").AtRest().Never(Property.Is("it was not", x => x.MemoryOf(0).Handled[0] != 1)), TakenAt(2), TakenAt(3), Property.NoDeadlock));

    /// <summary>Counted windows: the word need not follow the count while another reason keeps AVIC off.</summary>
    [Theory]
    [InlineData("V6_17", "1,0I,+4", false)]
    [InlineData("V7_0", "1,0I,+4", true)]
    [InlineData("V7_0", "1,0I,+4-4", false)]
    [InlineData("V7_0", "1,0I", false)]
    public void The_word_may_be_behind_the_count_while_another_reason_is_set(string kernel, string programs, bool isBehind)
    {
        var behind = Property.Named("behind", "The word has IRQWIN, and nobody waits for a window.").AtRest()
            .Sometimes(Property.Is("IRQWIN is set", x => (x.Vm.ApicvInhibitReasons & x.BitOf(Reason.IrqWindow)) != 0));
        Assert.Equal([Outcome.Safe, isBehind ? Outcome.Reached : Outcome.NeverReached], Scenario.Parse(Linux.Parse(kernel), programs).Check([Property.WordIsWhatWasAsked, behind]).Select(verdict => verdict.Outcome));
    }
}
