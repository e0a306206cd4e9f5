namespace Avic.Model.Tests;

/// <summary>vCPUs that share cores, are preempted and move: what 5.15 keeps, what it does not, and which rows that rests on.</summary>
public class MovingVcpus
{
    private const string Ipi = "0w310=1000000.w300=4031.";

    private static readonly IReadOnlyList<Property> Kept =
        [Property.InterruptIsNotStranded, Property.IsRunningOnlyWhileLoaded, Property.LoadCheckNeverFires, Property.AccessReachesOwnPage, Property.ApicAccessIsNeverLost, Property.NoDeadlock];

    [Theory]
    [InlineData("1c2m,d0:31.", 11_478)]
    [InlineData("2c1,d1:31.", 11_111)]
    [InlineData("2c1," + Ipi + ",1h", 13_314)]
    [InlineData("2p," + Ipi, 38_643)]
    [InlineData("2c3," + Ipi + ",m1c2", 43_549)]
    [InlineData("2c1," + Ipi + ",p0", 39_661)]
    [InlineData("1c2,d0:31.,m0c1m0c0", 80_659)]
    public void With_avic_on_5_15_loses_no_doorbell_however_vcpus_move(string programs, long states)
    {
        var verdicts = Scenario.Parse(Linux.V5_15, programs).Check(Kept);
        Assert.All(verdicts, verdict => Assert.Equal((Outcome.Safe, states), (verdict.Outcome, verdict.Exploration.States)));
        Assert.All(verdicts.Take(2), verdict => Assert.NotEqual(0, verdict.Premised));
    }

    [Theory]
    [InlineData("2c1,0w310=ff000000.w300=4031.", 2)]
    [InlineData("2c1,0w300=84031.,1h", 2)]
    [InlineData("2c1,0w310=3000000.w300=4831.", 2)]
    [InlineData("1c2m,0w300=44031.", 1)]
    [InlineData("3c2,0w310=2000000.w300=4031.,2h", 1)]
    public void The_cases_of_kvm_unit_tests_have_their_numbers_on_fewer_cores_too(string programs, int expected)
    {
        var verdict = Scenario.Parse(Linux.V5_15, programs).Check(Property.Named("expected", "At rest the vector was handled as often as expected.").AtRest().Never(Property.Is("it was not", x =>
        {
            var handled = 0;
            for (var vcpu = 0; vcpu < x.VcpuCount; vcpu++) handled += x.MemoryOf(vcpu).Handled[0];
            return handled != expected;
        })));
        Assert.True(verdict.Outcome == Outcome.Safe && verdict.Premised > 0, verdict.ToText() + verdict.Counterexample?.ToText());
    }

    // b652de1e3dfb (v5.18), 66c768d30e64 (v5.19).
    [Theory]
    [InlineData("is-running-only-while-loaded", 23)]
    [InlineData("load-check-never-fires", 54)]
    public void That_5_15_leaves_preemption_on_while_a_vcpu_follows_the_word_breaks(string property, int rows)
    {
        var broken = Scenario.Parse(Linux.V5_15, "1c2m,+4-4").Check(Property.ByName(property));
        Assert.Equal((Outcome.Violated, rows, true), (broken.Outcome, broken.Counterexample!.Steps.Count, broken.IsShortest));
        var mended = Scenario.Parse(Linux.PreemptOff, "1c2m,+4-4").Check(Property.ByName(property));
        Assert.True(mended is { Outcome: Outcome.Safe, Premised: > 0 }, mended.ToText());
    }

    // The entry is written with the core that the vCPU has left: senders ring there from now on.
    [Fact]
    public void In_5_15_a_vcpu_may_enter_its_guest_on_a_core_that_its_entry_does_not_name()
    {
        var named = Property.Named("entry-names-the-core", "At VMRUN an entry with IsRunning names the vCPU's core.").At("svm_vcpu_run.vmrun")
            .Whenever(Property.Is("it has IsRunning", x => (x.PhysicalIdTable[0] & PhysicalIdTable.IsRunning) != 0))
            .Always(Property.Is("the cores agree", x => PhysicalIdTable.CoreOf(x.PhysicalIdTable[0]) == x.Vcpu.Core));
        Assert.Equal((Outcome.Violated, Outcome.Safe), (Check(Linux.V5_15), Check(Linux.PreemptOff)));
        Assert.Equal((Outcome.Violated, Outcome.Safe), (Check(Linux.V5_17), Check(Linux.V5_18))); // b652de1e3dfb

        Outcome Check(Linux kernel) => Scenario.Parse(kernel, "1c2m,+4-4").Check(named).Outcome;
    }

    // 18869f26df1a and 66c768d30e64 were the last: nothing that must hold breaks any more.
    [Theory]
    [MemberData(nameof(Since5_19))]
    public void Since_5_19_everything_holds_of_vcpus_that_move(string kernel, string programs)
    {
        var verdicts = Scenario.Parse(Linux.Parse(kernel), programs).Check([.. Property.All, .. Property.OfCores, Property.InterruptIsNotStranded]);
        Assert.All(verdicts, verdict => Assert.True(verdict.Outcome == Outcome.Safe, verdict.ToText() + verdict.Counterexample?.ToText()));
    }

    public static TheoryData<string, string> Since5_19
    {
        get
        {
            TheoryData<string, string> scenarios = new();
            foreach (var kernel in Versions.Since(Linux.V5_19))
                foreach (var programs in (string[])["1p,0W7,+4-4", "1c2m,0W7,+4", "2c1,0W1", "1c2m,0h,d0:31.", "1p,+4,d0:31."]) scenarios.Add(kernel.Name, programs);
            return scenarios;
        }
    }

    // Up to 5.14 AVIC goes on and off without the entry, which so says of the time before what no longer is.
    [Theory]
    [InlineData("V5_6")]
    [InlineData("V5_14")]
    public void Before_5_15_an_ipi_may_ring_the_core_of_before_an_inhibit(string kernel) =>
        Assert.Equal((Outcome.Violated, Outcome.Safe), (Check(Linux.Parse(kernel)), Check(Linux.V5_19)));

    private static Outcome Check(Linux kernel) => Scenario.Parse(kernel, "1c2,+4-4,m0c1").Check(Property.IsRunningOnlyWhileLoaded).Outcome;

    // The wait that is not yet prepared, or finished already, lets a vCPU be loaded twice.
    [Theory]
    [InlineData("V5_14", 36)] // avic_set_running() itself is not between get_cpu() and put_cpu()
    [InlineData("V5_15", 0)]
    [InlineData("V5_16", 0)]
    [InlineData("V5_17", 32)]
    [InlineData("V5_18", 32)]
    [InlineData("V5_19", 0)]
    public void A_vcpu_that_is_preempted_while_it_wakes_is_loaded_once_or_twice(string kernel, int rows) =>
        Assert.Equal(rows, Scenario.Parse(Linux.Parse(kernel), "1p,0h,d0:31.").Check(Property.LoadCheckNeverFires).Counterexample?.Steps.Count ?? 0);

    [Theory]
    [InlineData("schedule.-out", "1p", "is-running-only-while-loaded", 3)]
    [InlineData("schedule.-out", "1p", "load-check-never-fires", 6)]
    [InlineData("schedule.-in", "2p," + Ipi, "interrupt-is-not-stranded", 0)]
    [InlineData("schedule.-cpu", "1c2m,d0:31.", "interrupt-is-not-stranded", 0)]
    [InlineData("kvm_vcpu_block.-blocking", "1p,0h,d0:31.", "interrupt-is-not-stranded", 0)]
    [InlineData("kvm_vcpu_block.-check", "1p,0h,d0:31.", "interrupt-is-not-stranded", 0)]
    [InlineData("svm_deliver_avic_intr.-doorbell", "1c2m,d0:31.", "interrupt-is-not-stranded", 0)]
    [InlineData("pre_svm_run.-asid", "2c1,0W1,1W3", "access-reaches-own-page", 0)]
    [InlineData("pre_svm_run.-asid", "1c2m,0W1W2,+4", "accelerated-only-with-avic-on", 0)]
    public void Without_a_row_that_is_load_bearing_it_breaks(string edit, string programs, string property, int rows)
    {
        var verdict = Scenario.Parse(Linux.V5_15.Edited(edit), programs).Check(Property.ByName(property));
        Assert.Equal(Outcome.Violated, verdict.Outcome);
        if (rows > 0) Assert.Equal(rows, verdict.Counterexample!.Steps.Count);
        var whole = Scenario.Parse(Linux.V5_15, programs).Check(Property.ByName(property));
        Assert.True(whole is { Outcome: Outcome.Safe, Premised: > 0 }, whole.ToText());
    }

    [Fact]
    public void A_load_that_names_the_core_of_before_strands_an_ipi()
    {
        var stale = Linux.V5_15.With("schedule", "in", x =>
        {
            Scheduling.Load(x, x.Vcpu.Cpu);
            return x.Next;
        });
        Assert.Equal(Outcome.Violated, Scenario.Parse(stale, "2c3," + Ipi + ",m1c2").Check(Property.InterruptIsNotStranded).Outcome);
    }

    [Theory]
    [InlineData("1c2m,d0:31.")]
    [InlineData("2c1," + Ipi)]
    public void No_reading_of_the_manual_matters_to_a_doorbell_that_a_vcpu_has_moved_away_from(string programs) =>
        Assert.Empty(Scenario.Parse(Linux.V5_15, programs).UnderEveryReading(Property.InterruptIsNotStranded).Decisive(Property.InterruptIsNotStranded));

    // The vCPU is in the host, its core in another vCPU's guest, or the vCPU already elsewhere.
    [Theory]
    [InlineData("1c2m,d0:31.", "default")]
    [InlineData("2c1,d1:31.,p1", "doorbell-kept")]
    public void A_doorbell_may_come_to_a_core_that_the_vcpu_has_left(string programs, string hardware)
    {
        var astray = Property.Named("astray", "A doorbell is taken by a core that does not run the vCPU it is for.").At("core.doorbell")
            .Sometimes(Property.Is("the vCPU is elsewhere", x => x.VcpuOf(x.VcpuCount - 1).Core != x.Me));
        Assert.Equal(Outcome.Reached, Scenario.Parse(Linux.V5_15, programs).On(Hardware.Parse(hardware)).Check(astray).Outcome);
    }

    [Theory]
    [InlineData("1p,0W7")]
    [InlineData("1c2m,0W7")]
    [InlineData("2c1,0W1")]
    [InlineData("1c2,0W7,m0c1p0")]
    public void The_reference_explorer_agrees(string programs)
    {
        IReadOnlyList<Property> properties = [.. Property.All, .. Property.OfCores];
        var scenario = Scenario.Parse(Linux.V5_15, programs);
        var reference = new ReferenceExplorer(scenario.Watched(properties), properties);
        var verdicts = scenario.Check(properties);
        Assert.All(verdicts, verdict => Assert.Equal((Outcome.Safe, reference.Seen.Count), (verdict.Outcome, (int)verdict.Exploration.States)));
        Assert.Empty(reference.Depth);
    }

    [Fact]
    public void A_core_for_each_is_what_there_is_without_a_word() =>
        Assert.Equal(Scenario.Parse(Linux.V5_15, "2,1W32,+4").Model.Fingerprint, Scenario.Parse(Linux.V5_15, "2c2,1W32,+4").Model.Fingerprint);

    [Fact]
    public void Preemption_is_seen_in_every_row_of_the_scheduler()
    {
        var fired = Scenario.Parse(Linux.V5_15, "2c1,0W1,1h,d1:31.,p0").HostMigrates().Explore(new() { MaxStates = 400_000 });
        Assert.DoesNotContain(fired.NeverFired, row => row.StartsWith("schedule.", StringComparison.Ordinal) || row is "core.preempt" or "core.slice" or "core.turn" or "core.pick" or "pre_svm_run.asid");
    }

    [Theory]
    [InlineData("2c1p,0W1,p1m0c0+4p0")]
    [InlineData("1c4mth,m0c3")]
    [InlineData("3p,2W7")]
    public void Programs_are_read_back_as_they_were_written(string text) => Assert.Equal(text, Programs.Parse(text).ToString());

    [Fact]
    public void A_token_brings_a_run_of_devices_and_moving_vcpus_back()
    {
        var run = Scenario.Parse(Linux.V5_15, "1c2m,+4,d0:31.").Check(Property.IsRunningOnlyWhileLoaded).Counterexample!;
        Assert.Equal(run.ToText(), Scenario.Of(run.Token).Replay(run.Token, Property.IsRunningOnlyWhileLoaded).ToText());
    }

    [Fact]
    public void A_core_has_a_column_of_its_own_where_vcpus_move() =>
        Assert.StartsWith("vCPU0                      vmm0                       core0", Scenario.Parse(Linux.V5_15, "1p,+4").Check(Property.IsRunningOnlyWhileLoaded).Counterexample.Mail(), StringComparison.Ordinal);

    [Fact]
    public void Words_say_what_programs_say()
    {
        var scenario = Scenario.On(Linux.V5_15, vcpus: 2).Cores(3).HostPreempts().Host(h => h.Preempt(0).Migrate(1, 2).SetInhibit(Reason.PitReinject));
        Assert.Equal("2c3p,p0m1c2+4", scenario.Programs.ToString());
        Assert.Equal("2 vCPUs, 1 toggle, 0 accesses, 3 cores, 2 calls of the scheduler, preemption · V5_15", scenario.Bounds);
    }

    [Fact]
    public void Cores_and_vcpus_that_there_are_not_are_refused()
    {
        var two = Scenario.On(Linux.V5_15, vcpus: 2);
        Refused("A host has 1 to 4 cores for the vCPUs, not 0.", () => two.Cores(0));
        Refused("A host has 1 to 4 cores for the vCPUs, not 5.", () => two.Cores(5));
        Refused("There is no core 2: the host has cores 0 to 1 for the vCPUs, up to 4 if Cores(…) says so first.", () => two.Host(h => h.Migrate(0, 2)));
        Refused("There is no core -1: ", () => two.Host(h => h.Migrate(0, -1)));
        Refused("There is no core 1: the host has cores 0 to 0", () => two.Host(h => h.Migrate(0, 1)).Cores(1));
        Refused("There is no vCPU 2: the scenario has vCPUs 0 to 1.", () => two.Host(h => h.Preempt(2)));
        Refused("There is no vCPU -1: ", () => two.Host(h => h.Migrate(-1, 0)));
        Refused("'2c9' is no part of a scenario: a number of cores from 1 to 4 follows 'c'.", () => Scenario.Parse(Linux.V5_15, "2c9"));
        Refused("'2c' is no part of a scenario: a number of cores", () => Scenario.Parse(Linux.V5_15, "2c"));
        Refused("'m1' is no part of a scenario: the core follows the vCPU that moves there, as in m1c0.", () => Scenario.Parse(Linux.V5_15, "2,m1"));
        Refused("'p1c0' is no part of a scenario: the core follows the vCPU that moves there, as in m1c0.", () => Scenario.Parse(Linux.V5_15, "2,p1c0"));
        Refused("There is no core 3: ", () => Scenario.Parse(Linux.V5_15, "2,m1c3"));
    }

    private static void Refused(string why, Action ask) => Assert.StartsWith(why, Assert.Throws<ModelException>(ask).Message, StringComparison.Ordinal);
}
