namespace Avic.Model.Tests;

/// <summary>VMRUN and #VMEXIT: in one step or several, with fields called clean or not.</summary>
public class WorldSwitches
{
    private static readonly Hardware InSteps = Hardware.With(Reading.VmrunInSteps), Cached = Hardware.With(Reading.CleanFieldsCached);

    /// <summary>What goes on while a core goes to and fro: kicks, doorbells, IPIs, windows, CR8, NMIs, moves, L2, x2APIC mode.</summary>
    public static TheoryData<string, string> Scenarios
    {
        get
        {
            TheoryData<string, string> scenarios = new()
            {
                { "V5_15", "2,0IW1,+4" }, { "V5_15", "2,0w310=1000000.w300=4031.,1h" }, { "V5_15", "1,0cf.w300=44031.c0.,+4" }, { "V5_15", "1,0v2.g,dn0.n0." }, { "V5_15", "2c1,0W7,1W7" },
                { "V5_15", "2h,0w310=1000000.w300=4031.,1h" }, { "V5_15", "1,0w320=31.w380=1000.h,+4" }, { "V7_0", "1,0n(W32k)e,n0" }, { "V5_14", "1,0m1b=fed40900.bw80=20.r80.,+4-4" },
                { "V5_19", "1,0n(W32k)eW7,+4" }, { "V6_3", "2x,0m830=200004831.,1h" }, { "V6_17", "1,0w300=44500.,+4" }, { "V7_0", "1,0Izcf.sgc0." },
            };
            foreach (var kernel in Linux.Known) scenarios.Add(kernel.Name, "1,0W7,+4,d0:31.");
            return scenarios;
        }
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void In_steps_everything_fares_as_in_one(string kernel, string programs) => Assert.Equal(Fares(kernel, programs, Hardware.Default), Fares(kernel, programs, InSteps));

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Every_kernel_calls_dirty_what_it_changes(string kernel, string programs) => Assert.Equal(Fares(kernel, programs, Hardware.Default), Fares(kernel, programs, Cached));

    private static IEnumerable<string> Fares(string kernel, string programs, Hardware hardware)
    {
        var scenario = Scenario.Parse(Linux.Parse(kernel), programs).On(hardware);
        return scenario.Check([.. scenario.MustHold, Property.ProgramsEnd, Property.AvicComesBack]).Select(verdict => $"{verdict.Property.Name} {verdict.Outcome}");
    }

    /// <summary>Where a core is on its way, and something of it has been done and something not.</summary>
    [Theory]
    [InlineData("svm_vcpu_run.vmrun_irr")]
    [InlineData("svm_vcpu_run.vmrun_event")]
    [InlineData("svm_vcpu_run.vmexit")]
    [InlineData("svm_vcpu_run.vmexit_host")]
    public void In_steps_a_doorbell_finds_the_core_on_its_way(string where) =>
        Assert.Equal(Outcome.Reached, Scenario.Parse(Linux.V5_15, "1,+4-4,d0:31.").On(InSteps).Check(
            Property.Named("on-its-way", "A doorbell finds the core on its way.").At("core.doorbell").Sometimes(Property.Is("it is", x => x.PositionOf(0) == where))).Outcome);

    // What the core has found in IRR it forgets on its way out, whenever it found it.
    [Fact]
    public void In_steps_nothing_is_pending_in_the_host() =>
        Assert.Equal(Outcome.Safe, Scenario.Parse(Linux.V5_15, "1,+4-4,d0:31.").On(InSteps).Check(
            Property.Named("pending-in-host", "The host runs.").At("svm_vcpu_run.from_cr8").Never(Property.Is("something is pending", x => x.Vmcb.VirtualInterruptPending))).Outcome);

    [Fact]
    public void In_steps_no_interrupt_is_taken_on_the_way() =>
        Assert.Equal(Outcome.Safe, Scenario.Parse(Linux.V5_15, "1t,0W7,+4-4").On(InSteps).Check(
            Property.Named("taken-within", "An interrupt finds the core in the guest.").At("core.intr", "core.tick").Never(Property.Is("it was on its way", x => x.PositionOf(0) != "svm_vcpu_run.vmexit"))).Outcome);

    // AVIC goes off, and VMRUN has it on.
    private static readonly Linux Unmarked = Linux.V5_15.With("kvm_vcpu_update_apicv", "refresh", x =>
    {
        x.Vmcb01.AvicEnable = x.Vcpu.ApicvActive;
        Scheduling.Follow(x);
        return x.Next;
    });

    [Fact]
    public void Whether_avic_may_go_off_without_its_mark_depends_on_clean_fields_alone()
    {
        var table = Scenario.Parse(Unmarked, "1,0W7,+4").UnderEveryReading(Property.FlagAndVmcbAgreeAtVmrun);
        Assert.Equal("depends on clean-fields-cached", table.Dependence(Property.FlagAndVmcbAgreeAtVmrun));
        Assert.Equal(AblationEffect.Kept, table.Rows[0].Cells[0].Effect);
    }

    [Fact]
    public void A_core_that_keeps_an_intercept_of_CR8_keeps_it_though_the_guest_need_not_leave()
    {
        // Of 7.0's row: the flag comes on, and CR8 is the guest's own again.
        var unmarked = Linux.V7_0.With("kvm_vcpu_update_apicv", "intercept", x =>
        {
            x.Vmcb01.InterceptCr8Write = !x.Vcpu.ApicvActive;
            return x.Next;
        });
        var left = Property.Named("left-for-cr8", "A guest with AVIC on writes CR8.").At("cr8_write_interception.tpr").Never(Property.Is("it has left for it", x => x.Vcpu.ApicvActive && x.Vmcb.AvicEnable));
        Assert.Equal((Outcome.Safe, Outcome.Violated), (On(Linux.V7_0), On(unmarked)));

        Outcome On(Linux kernel) => Scenario.Parse(kernel, "1,0c1.c2.,+4-4").On(Cached).Check(left).Outcome;
    }

    [Fact]
    public void What_is_called_clean_is_what_kvm_calls_clean_after_vmexit() =>
        Assert.Equal(Outcome.Safe, Scenario.Parse(Linux.V5_15, "1,0W7I,+4").On(Cached).Check(
            Property.Named("all-clean", "Behind #VMEXIT all is clean.").At("svm_vcpu_run.clean").Always(Property.Is("all is", x => x.Cached.Clean == CleanBits.All))).Outcome);
}
