namespace Avic.Model.Tests;

/// <summary>The local APIC's timer in its three modes, with AVIC on and inhibited.</summary>
public class Timers
{
    private const string Vector = "w320=31.", Periodic = "w320=20031.", Deadline = "w320=40031.", Count = "w380=1000.";

    // The guest waits for it in HLT: the timer has fired by the time that everything rests. It need not, and then nothing has.
    [Theory]
    [InlineData($"1,0{Vector}{Count}h", 1)]
    [InlineData($"1,0{Vector}{Count}h,+4", 1)]
    [InlineData($"1,0{Deadline}m6e0=5.h", 1)]
    [InlineData($"1,0{Deadline}m6e0=5.h,+4", 1)]
    [InlineData($"1x,0m832=31.m838=1000.h", 1)]
    [InlineData($"1,0w320=10031.{Count}", 0)]
    [InlineData($"1,0{Vector}{Count}w380=0.", 0)]
    [InlineData($"1,0{Deadline}{Count}", 0)]
    [InlineData($"1,0{Vector}m6e0=5.", 0)]
    [InlineData($"1,0{Deadline}m6e0=5.w320=31.", 0)]
    public void It_expires_once_or_not_at_all(string programs, int most)
    {
        foreach (var kernel in Linux.History.Where(kernel => kernel.OffersX2Apic || !Programs.Parse(programs).X2Apic))
        {
            var scenario = Scenario.Parse(kernel, programs);
            // Until 5.14 an inhibit leaves behind what waits in IRR already, from whomever it came.
            Property[] asked = [Handled("never more", n => n > most && !WasEarly(scenario)), Property.NoDeadlock, .. kernel.TogglesMemslot && programs.Contains('+') ? Array.Empty<Property>() : [Property.InterruptIsNotStranded]];
            var verdicts = scenario.Check(asked);
            Assert.All(verdicts, verdict => Assert.True(verdict.Outcome == Outcome.Safe, verdict.ToText()));
            Assert.Equal(most > 0 || WasEarly(scenario) ? Outcome.Reached : Outcome.NeverReached, scenario.Check(Reaches(1)).Outcome);
        }
    }

    // Stopped or turned to another mode it may have expired before.
    private static bool WasEarly(Scenario scenario) => scenario.Programs.Guest[0].Program.Count == 3 && scenario.Programs.Guest[0].Program[^1].Operation != GuestOperation.Hlt;

    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_periodic_one_expires_again(string kernel)
    {
        var verdict = Scenario.Parse(Linux.Parse(kernel), $"1,0{Periodic}{Count}").Check(Reaches(3), new Limits { MaxStates = 200_000 });
        Assert.Equal(Outcome.Reached, verdict.Outcome);
    }

    // It expires for ever, and who counts is told four at most: or a count of sixteen bits would be most of the states.
    [Fact]
    public void A_periodic_one_has_few_states()
    {
        var verdict = Scenario.Parse(Linux.V6_1, $"1,0{Periodic}{Count}").Check(Property.InterruptIsNotStranded);
        Assert.True(verdict.Outcome == Outcome.Safe && verdict.Exploration.States < 20_000, verdict.ToText());
        Assert.Equal(Outcome.NeverReached, Scenario.Parse(Linux.V6_1, $"1,0{Periodic}{Count}").Check(Reaches(5)).Outcome);
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void What_expires_while_its_vcpu_goes_to_sleep_wakes_it(string kernel)
    {
        var verdict = Scenario.Parse(Linux.Parse(kernel), $"1,0{Vector}{Count}h,+4-4").Check(Property.Named("pending-is-served", "At rest no expiry waits.").AtRest()
            .Whenever(Property.Is("it has expired", x => !x.VcpuOf(0).Timer.HasFlag(TimerState.Armed)), Property.Is("the guest's write of LVT was not lost", x => (x.ApicPageOf(0).LvtTimer & Lapic.Masked) == 0)).Never(Property.Is("it waits", x => x.VcpuOf(0).Timer.HasFlag(TimerState.Pending))));
        Assert.True(verdict.Outcome == Outcome.Safe && verdict.Premised > 0, verdict.ToText());
    }

    [Fact]
    public void The_current_count_is_something_while_it_runs_and_nothing_afterwards()
    {
        var scenario = Scenario.Parse(Linux.V5_15, $"1,0{Vector}{Count}r390.");
        foreach (var count in (uint[])[0x1000, 0xc00, 0x800, 0x400, 0])
            Assert.Equal(Outcome.Reached, scenario.Check(Property.Named($"reads-{count}", "The guest reads it.").Sometimes(Property.Is("EAX", x => x.VmcbOf(0).Rip == 3 && x.VmcbOf(0).Rax == count))).Outcome);
        Assert.Equal(Outcome.Safe, scenario.Check(Property.Named("no-other", "It reads no other.").Never(Property.Is("EAX", x => x.VmcbOf(0).Rax is not (0x1000 or 0xc00 or 0x800 or 0x400 or 0)))).Outcome);
    }

    public static TheoryData<string> Kernels => [.. Linux.History.Select(kernel => kernel.Name)];

    // Whatever is inhibited meanwhile, and whether the timer's own interrupt is the one that ends the sleep or another vCPU's.
    [Theory]
    [MemberData(nameof(Kernels))]
    public void Every_property_is_kept_beside_an_inhibit_and_an_ipi(string kernel)
    {
        foreach (var programs in (string[])[$"1,0{Vector}{Count}h,+4-4", $"2,0{Vector}{Count}h,1w310=0.w300=4041."])
        {
            // Until 5.14 the memslot is toggled: exhibits 2, 3a and 3b;
            // until 6.2 KVM remembers a vector that the core has ended: exhibit 41.
            Property[] except = Linux.Parse(kernel).TogglesMemslot ? [Property.ApicAccessIsNeverLost, Property.EveryAccessTakesEffectOnce, Property.WordAndFlagAgreeAtVmrun] : [];
            Property[] ofIsr = IsrCaches.Remembers(kernel) && programs.Contains('-') ? [] : [Property.PriorityIsKept];
            Property[] asked = [.. Property.All.Except(except), Property.TprIsCr8, .. ofIsr];
            foreach (var verdict in Scenario.Parse(Linux.Parse(kernel), programs).Check(asked))
                Assert.True(verdict.Outcome == Outcome.Safe, $"{kernel}: {verdict.ToText()}");
        }
    }

    private static readonly Property OnItsVcpusCore = Property.Named("on-its-vcpus-core", "At VMRUN an armed timer is queued on the vCPU's core.").At("svm_vcpu_run.vmrun")
        .Whenever(Property.Is("it is armed", x => x.Vcpu.Timer.HasFlag(TimerState.Armed))).Always(Property.Is("its core is the vCPU's", x => x.HrtimerOf(x.Me).Cpu == x.Vcpu.Core));

    // Preempted, moved, asleep, beside another on one core.
    [Theory]
    [MemberData(nameof(Kernels))]
    public void One_whose_vcpu_moves_goes_with_it_and_its_expiry_is_served_once(string kernel)
    {
        foreach (var programs in (string[])[$"1c2m,0{Vector}{Count}", $"1p,0{Vector}{Count}h", $"2c1,1{Vector}{Count}h"])
        {
            var vcpu = programs[0] - '1';
            var verdicts = Scenario.Parse(Linux.Parse(kernel), programs).Check([OnItsVcpusCore, Property.NoDeadlock, Property.InterruptIsNotStranded,
                Property.Named("once", "It is handled once at most.").Never(Property.Is("twice", x => x.MemoryOf(vcpu).Handled[0] > 1)),
                Property.Named("served", "At rest no expiry waits.").AtRest().Never(Property.Is("one does", x => x.VcpuOf(vcpu).Timer.HasFlag(TimerState.Pending)))]);
            Assert.All(verdicts, verdict => Assert.True(verdict.Outcome == Outcome.Safe, $"{kernel} {programs}: {verdict.ToText()}"));
            Assert.Equal(Outcome.Reached, Scenario.Parse(Linux.Parse(kernel), programs).Check(Property.Named("handled", "It is handled.").Sometimes(Property.Is("once", x => x.MemoryOf(vcpu).Handled[0] == 1))).Outcome);
        }
    }

    // The timer's interrupt is the old core's, and the vCPU is in its guest on the new one.
    [Fact]
    public void An_expiry_on_the_core_that_the_vcpu_has_left_takes_it_out_of_its_guest_by_a_kick() =>
        Assert.Equal(Outcome.Reached, Scenario.Parse(Linux.V5_15, $"1c2m,0{Vector}{Count}").Check(Property.Named("kicked", "The callback kicks it.").At("hrtimer.kick")
            .Sometimes(Property.Is("IPI", x => x.Vcpu.Mode == Mode.Exiting && x.CoreOf(x.Vcpu.Cpu).Reschedule))).Outcome);

    [Theory]
    [InlineData($"{Deadline}m6e0=123456789.q6e0.", 0x1_2345_6789UL)]
    [InlineData($"{Vector}m6e0=123456789.q6e0.", 0UL)]
    [InlineData($"{Deadline}m6e0=123456789.{Vector}{Deadline}q6e0.", 0UL)]
    public void A_deadline_reads_back_until_it_has_passed(string program, ulong expected)
    {
        var run = Scenario.Parse(Linux.V5_15, $"1,0{program}").Run(new Unexpired(), 2_000);
        var end = run.State<Machine>(run.Steps.Count).Vmcb[0];
        Assert.Equal(expected, end.Rax | (ulong)end.Rdx << 32);
    }

    [Fact]
    public void A_deadline_that_has_passed_reads_zero()
    {
        var end = new Drive(Scenario.Parse(Linux.V5_15, $"1,0{Deadline}m6e0=123456789.hq6e0.")).Run();
        Assert.Equal((1, 0u, 0UL), (end.Handled(0), end.Machine.Vmcb[0].Rax, end.Machine.Msrs[0].TscDeadline));
    }

    [Theory]
    [InlineData(0x20031, 0x1000u)]   // one-shot to periodic: the count stays
    [InlineData(0x40031, 0u)]        // to a deadline: the timer stops
    public void A_change_of_mode_keeps_the_count_unless_it_is_to_a_deadline(uint lvt, uint count)
    {
        var run = Scenario.Parse(Linux.V5_15, $"1,0{Vector}{Count}w320={lvt:x}.").Run(new Unexpired(), 2_000);
        var end = run.State<Machine>(run.Steps.Count);
        Assert.Equal((count, count != 0 ? TimerState.Armed : TimerState.Off), (end.ApicPage[0].TimerInitialCount, end.Vcpu[0].Timer));
    }

    [Fact]
    public void Software_that_disables_its_apic_masks_the_timer()
    {
        var run = Scenario.Parse(Linux.V5_15, $"1,0{Vector}{Count}wf0=ff.").Run(Schedule.RoundRobin, 2_000);
        Assert.Equal(0x10031u, run.State<Machine>(run.Steps.Count).ApicPage[0].LvtTimer);
    }

    [Fact]
    public void Without_a_timer_there_is_no_unit_for_one()
    {
        Assert.DoesNotContain(Scenario.Parse(Linux.V5_15, "2,0w380=0.").Model.Actors, actor => actor.Name.StartsWith("timer", StringComparison.Ordinal));
        Assert.Equal(2, Scenario.Parse(Linux.V5_15, $"2,0{Count}").Model.Actors.Count(actor => actor.Name.StartsWith("timer", StringComparison.Ordinal)));
    }

    private static Property Handled(string name, Func<int, bool> when) =>
        Property.Named(name.Replace(' ', '-'), "The timer's vector was handled as often as it may be.").Never(Property.Is("it was not", x => when(x.MemoryOf(0).Handled[0])));

    private static Property Reaches(int times) =>
        Property.Named($"handled-{times}", "The timer's vector is handled.").Sometimes(Property.Is("so often", x => x.MemoryOf(0).Handled[0] == times));

    /// <summary>No timer ever expires.</summary>
    private sealed class Unexpired : Schedule
    {
        private Model _model = null!;

        public override void Start(Model model) => _model = model;

        public override Move? Next(IReadOnlyList<Move> enabled) => enabled.Cast<Move?>().FirstOrDefault(move => !_model.Actors[move!.Value.Actor].Name.StartsWith("timer", StringComparison.Ordinal));
    }
}
