namespace Avic.Model.Tests;

/// <summary>Assigned devices whose interrupts a VMM sends elsewhere: to another vCPU, as another vector, to everybody and back.</summary>
public class Routes
{
    public static TheoryData<string> Kernels => [.. Linux.History.Select(kernel => kernel.Name), Linux.ListLockIsLeaf.Name];

    private static Outcome Of(string kernel, string programs, Property property) => Scenario.Parse(Linux.Parse(kernel), programs).Check(property).Outcome;

    [Theory]
    [MemberData(nameof(Kernels))]
    public void What_goes_to_everybody_is_remapped_and_on_no_list(string kernel)
    {
        var gone = Property.Named("gone", "When the route has changed the entry is remapped, on no list, and no lock is held.").AtRest()
            .Always(Property.Is("it is", x => (x.IrteOf(0).Low & Irte.GuestMode) == 0 && x.IrqfdOf(0).List == 0 && x.IrListOf(0).Lock.IsFree));
        foreach (var programs in (string[])["1,R0=ff:42.,a0:41.", "1,0h,R0=0:42.R0=ff:42.,aff:41."]) Assert.Equal((programs, Outcome.Safe), (programs, Of(kernel, programs, gone)));
    }

    // What is on its way by the old entry sets IRR, and is told as the new one says, where the IOMMU reads IsRun in memory: to nobody.
    [Theory]
    [MemberData(nameof(Kernels))]
    public void Whether_one_on_its_way_is_lost_depends_on_what_the_iommu_reads(string kernel)
    {
        var scenario = Scenario.Parse(Linux.Parse(kernel), "1,R0=ff:42.,a0:41.");
        var once = Property.Named("once", "It is handled once, by the old route or by the new one.").AtRest().Always(Property.Is("one of the two", x => x.MemoryOf(0).Handled[0] + x.MemoryOf(0).Handled[1] == 1));
        Assert.Equal((Outcome.Violated, Outcome.Safe), (scenario.Check(once).Outcome, scenario.On(Hardware.Parse("irte-cached")).Check(once).Outcome));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void The_entry_is_on_the_list_of_the_vcpu_that_it_goes_to(string kernel) => Assert.Equal(Outcome.Safe, Of(kernel, "2,R0=1:41.,a0:41.",
        Property.Named("listed", "At rest vCPU 1 has it, and no lock is held.").AtRest().Always(Property.Is("it is", x => x.IrqfdOf(0).List == 2 && x.IrListOf(0).Lock.IsFree && x.IrListOf(1).Lock.IsFree))));

    // ed8a2f4ddef2.
    [Theory]
    [MemberData(nameof(Kernels))]
    public void Until_6_3_an_entry_that_is_posted_stays_what_it_was(string kernel)
    {
        Assert.Equal(Versions.IsBefore(kernel, Linux.V6_8) ? Outcome.Violated : Outcome.Safe, Of(kernel, "1,R0=0:42.,a0:41.", Property.IrtesFollowTheRoute));
        Assert.Equal(Versions.IsBefore(kernel, Linux.V6_8) ? Outcome.NeverReached : Outcome.Reached, Of(kernel, "1,0h,R0=0:42.,a0:41.",
            Property.Named("new", "The new vector is handled.").Sometimes(Property.Is("it was", x => x.MemoryOf(0).Handled[1] > 0))));
    }

    // Told by the vCPU that has it on its list, where it sleeps; and by the entry itself.
    [Theory]
    [MemberData(nameof(Kernels))]
    public void A_vcpu_that_sleeps_is_told_of_what_is_sent_to_it(string kernel)
    {
        var verdicts = Scenario.Parse(Linux.Parse(kernel), "1,0h,R0=0:42.,aff:41.").Check([Property.GaLogIsRead, Property.NoDeadlock, Property.IrtesFollowTheRoute, Property.LocksReleasedByHolder]);
        Assert.All(verdicts, verdict => Assert.True(verdict.Outcome == Outcome.Safe, verdict.ToText()));
    }

    [Theory]
    [InlineData("V6_8", "svm_ir_list_add.-lock")]
    [InlineData("V6_17", "svm_update_pi_irte.-lock")]
    public void Without_the_lock_the_entry_is_told_what_is_so_no_longer(string kernel, string edit)
    {
        var scenario = Scenario.Parse(Linux.Parse(kernel), "1,0h,R0=0:42.,aff:41.");
        Assert.Equal(Outcome.Safe, scenario.Check(Property.IrtesFollowTheVcpu).Outcome);
        Assert.Equal(Outcome.Violated, Scenario.Parse(Linux.Parse($"{kernel}~{edit}"), scenario.Programs.ToString()).Check(Property.IrtesFollowTheVcpu).Outcome);
    }

    // Museum 44: the VMM's thread reads that AVIC is on, the vCPU switches it off and walks a list that has not got the entry yet.
    [Theory]
    [InlineData("V5_15", Outcome.Violated)]
    [InlineData("V6_8", Outcome.Violated)]
    [InlineData("V6_17", Outcome.Violated)]
    [InlineData("V7_0", Outcome.Violated)]
    [InlineData("V6_17.ListLockIsLeaf", Outcome.Safe)]
    public void The_flag_that_is_read_before_the_lock_may_be_old_behind_it(string kernel, Outcome outcome) =>
        Assert.Equal(outcome, Of(kernel, "1,+4,R0=0:42.,aff:41.", Property.IrtesFollowTheVcpu));

    // Museum 50: the former vCPU has the entry on its list, and is loaded; the new one sleeps.
    [Theory]
    [InlineData("V6_8", Outcome.Violated)]
    [InlineData("V6_17", Outcome.Safe)]
    [InlineData("V7_0", Outcome.Safe)]
    public void Until_6_16_the_former_vcpu_may_write_its_core_into_the_entry(string kernel, Outcome outcome) =>
        Assert.Equal(outcome, Of(kernel, "2,0h,1h,R0=1:42.,a0:41.", Property.IrtesFollowTheVcpu));

    // Museum 45.
    [Theory]
    [InlineData("V6_3", Outcome.NeverReached)]
    [InlineData("V6_8", Outcome.NeverReached)]
    [InlineData("V6_17", Outcome.Reached)]
    [InlineData("V6_17.ListLockIsLeaf", Outcome.Reached)]
    public void Off_its_list_the_entry_says_that_a_sleeping_vcpu_runs(string kernel, Outcome outcome) => Assert.Equal(outcome, Of(kernel, "1,0h,R0=ff:42.,a0:41.",
        Property.Named("rings-a-sleeper", "vCPU 0 sleeps, and its entry says that it runs.").Sometimes(Property.Is("it does",
            x => x.VcpuOf(0).Sleeping && (x.IrteOf(0).Low & (Irte.GuestMode | Irte.IsRun)) == (Irte.GuestMode | Irte.IsRun)))));

    [Fact]
    public void Words_and_text_are_the_same()
    {
        var scenario = Scenario.On(Linux.V5_15, vcpus: 2).AssignedDevice(d => d.Msi(to: 0, vector: 0x41)).Host(h => h.SetInhibit(Reason.PitReinject).Route(irte: 0, to: 1, vector: 0x42).ClearInhibit(Reason.PitReinject));
        Assert.Equal("2,+4R0=1:42.-4,a0:41.", scenario.Programs.ToString());
        Assert.Equal(scenario.Programs.ToString(), Programs.Parse(scenario.Programs.ToString()).ToString());
        Assert.Contains("1 change of a route", scenario.Bounds, StringComparison.Ordinal);
        Assert.Equal([0x41, 0x42], scenario.Programs.Vectors);
    }

    [Theory]
    [InlineData("1,R0,a0:41.", "R0=destination:vector.")]
    [InlineData("1,R0=0:42,a0:41.", "R0=destination:vector.")]
    [InlineData("1,R0=0:f.,a0:41.", "vectors from 10")]
    [InlineData("1,R4=0:42.,a0:41.", "0 to 3, not 4")]
    [InlineData("1,R1=0:42.,a0:41.", "entry 0 alone")]
    [InlineData("1,R0=0:42.", "no device is assigned")]
    [InlineData("1,R0=0:42.,R0=0:43.,a0:41.", "leave Route(…) to one")]
    [InlineData("1p,R0=0:42.,a0:41.", "vCPUs that move")]
    public void What_cannot_be_is_refused(string programs, string why) =>
        Assert.Contains(why, Assert.Throws<ModelException>(() => Scenario.Parse(Linux.V5_15, programs).Model).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(4, 0, 0x41, "0 to 3, not 4")]
    [InlineData(-1, 0, 0x41, "0 to 3, not -1")]
    [InlineData(0, 256, 0x41, "0 to 255, not 256")]
    [InlineData(0, 0, 15, "16 to 255, not 15")]
    public void Numbers_out_of_range_are_refused_where_they_are_said(int irte, int to, int vector, string why) =>
        Assert.Contains(why, Assert.Throws<ModelException>(() => Scenario.On(Linux.V5_15, vcpus: 1).Host(h => h.Route(irte, to, vector))).Message, StringComparison.Ordinal);
}
