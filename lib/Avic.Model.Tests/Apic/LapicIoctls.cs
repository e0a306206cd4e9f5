namespace Avic.Model.Tests;

/// <summary>KVM_GET_LAPIC and KVM_SET_LAPIC, made by a vCPU's own thread between two runs.</summary>
public class LapicIoctls
{
    public static TheoryData<string> Kernels => [.. Linux.Known.Select(kernel => kernel.Name)];

    private static readonly Property TprIsRestored = Property.Named("tpr-is-restored", "At rest TPR is what the VMM has set.").AtRest()
        .Never(Property.Is("it is not", x => x.ApicPageOf(0).Tpr != 0x20));

    private static readonly Property IsLoadedOnce = Property.Named("is-loaded-once", "A vCPU is loaded on a core only after it was put.")
        .At("kvm_vcpu_ioctl.load", "kvm_vcpu_ioctl.load_again").Never(Property.Is("it is loaded twice", x => x.Marks.HasFlag(Mark.LoadedTwice)));

    [Fact]
    public void The_word_and_the_line_say_the_same()
    {
        var scenario = Scenario.On(Linux.V5_15, vcpus: 2).Host(h => h.SetInhibit(Reason.PitReinject).SetLapic(1, page => page.With(Apic.Tpr, 0x20).Requested(0x31)).GetLapic(0));
        Assert.Equal("2,+4L1:80=20.210=20000.l0", scenario.Programs.ToString());
        Assert.Equal("2,+4L1:80=20.210=20000.l0", Programs.Parse("2,+4L1:80=20.210=20000.l0").ToString());
        Assert.Equal([0x31], scenario.Programs.Vectors);
        Assert.Equal("2 vCPUs, 1 toggle, 0 accesses, 2 LAPIC ioctls · V5_15", scenario.Bounds);
    }

    [Fact]
    public void A_token_with_a_page_replays()
    {
        var trace = Scenario.Parse(Linux.V6_8, "1,+4L0:80=20.").Run(Schedule.Seed(3));
        Assert.Equal(trace.Steps.Select(step => step.Row), Scenario.Of(trace.Token).Replay(trace.Token).Steps.Select(step => step.Row));
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Whoever_asks_gets_done_on_every_kernel(string kernel)
    {
        foreach (var programs in (string[])["1,0W32,+4-4L0:", "1,0h,L0:l0", "2,0h,L0:,l1"])
            foreach (var verdict in Scenario.Parse(Linux.Parse(kernel), programs).Check([Property.NoDeadlock, IsLoadedOnce, Property.EntryNeverFails]))
                Assert.True(verdict.Outcome == Outcome.Safe, verdict.ToText());
    }

    // What the guest does not handle is in IRR at the end: nothing but the page has put it there.
    [Theory]
    [InlineData("1,L0:210=20000.")]
    [InlineData("1,0h,L0:210=20000.")]
    [InlineData("1,+4L0:210=20000.")]
    [InlineData("2,0w310=1000000.w300=4032.,L1:210=20000.")]
    public void A_vector_of_the_page_is_handled(string programs)
    {
        var scenario = Scenario.Parse(Linux.V5_15, programs);
        var verdicts = scenario.Check([Property.InterruptIsNotStranded, Property.PriorityIsKept, Property.EntryCheckNeverFires]);
        Assert.All(verdicts, verdict => Assert.True(verdict.Outcome == Outcome.Safe, verdict.ToText()));
        Assert.True(verdicts[0].Premised > 0);
    }

    [Theory]
    [InlineData("V5_15", "1,L0:80=20.", Outcome.Violated)] // V_TPR comes over it at the next exit
    [InlineData("V5_15", "1,+4L0:80=20.", Outcome.Safe)] // the vCPU follows the inhibit before its next entry
    [InlineData("V5_15", "1,+4-4L0:80=20.", Outcome.Violated)]
    [InlineData("V6_17", "1,L0:80=20.", Outcome.Safe)]
    [InlineData("V6_17", "1,+4L0:80=20.", Outcome.Safe)]
    public void A_tpr_of_the_page_stays_where_it_is_loaded_at_every_entry(string kernel, string programs, Outcome outcome) =>
        Assert.Equal(outcome, Scenario.Parse(Linux.Parse(kernel), programs + "l0").Check(TprIsRestored).Outcome);

    [Fact]
    public void Logical_ids_of_the_page_are_in_the_table()
    {
        var table = Property.Named("logical-table-has-it", "At rest the logical ID table has the vCPU where LDR says.").AtRest()
            .Never(Property.Is("it has not", x => x.LogicalIdTable[3] != LogicalIdTable.Valid || (x.LogicalIdTable[0] & LogicalIdTable.Valid) != 0));
        Assert.Equal(Outcome.Safe, Scenario.Parse(Linux.V5_15, "1,L0:d0=8000000.").Check(table).Outcome);
    }

    // The copy is of the whole page: what came since the VMM has looked is gone.
    [Fact]
    public void A_vector_that_came_before_the_page_is_gone() =>
        Assert.Equal(Outcome.Violated, Scenario.Parse(Linux.V5_15, "2,0w310=1000000.w300=4032.,L1:").Check(Property.IpiReachesItsTargets).Outcome);

    [Theory]
    [InlineData("1x,L0:", "x2APIC mode")]
    [InlineData("1,0w380=5.,L0:", "timers")]
    [InlineData("1,L0:,d+1.,i1:8041.", "the I/O APIC")]
    [InlineData("1p,L0:", "vCPUs that move")]
    public void What_is_not_modelled_with_it_is_refused(string programs, string why) =>
        Assert.Contains(why, Assert.Throws<ModelException>(() => Scenario.Parse(Linux.V5_15, programs).Model).Message);

    [Theory]
    [InlineData("1,L")]
    [InlineData("1,L0")]
    [InlineData("1,L0:80")]
    [InlineData("1,L0:80=")]
    [InlineData("1,L0:80=1")]
    [InlineData("1,L0:=1.")]
    [InlineData("1,L0:81=1.")]
    [InlineData("1,L0:400=1.")]
    [InlineData("1,L0:80=100000000.")]
    [InlineData("1,L0:380=1.")]
    [InlineData("1,L0:200=1.")]
    [InlineData("1,L0:80=1.x")]
    [InlineData("1,L256:")]
    public void What_is_no_page_is_refused_in_one_line(string text) => Assert.DoesNotContain('\n', Assert.Throws<ModelException>(() => Programs.Parse(text)).Message);

    [Fact]
    public void A_vcpu_that_is_not_there_is_refused() => Assert.Contains("There is no vCPU 1", Assert.Throws<ModelException>(() => Scenario.Parse(Linux.V5_15, "1,L1:")).Message);

    [Fact]
    public void The_reference_explorer_agrees()
    {
        var scenario = Scenario.Parse(Linux.V5_15, "1,+4L0:210=20000.");
        Assert.Equal(new ReferenceExplorer(scenario.Model, []).Seen.Count, scenario.Explore().States);
    }
}
