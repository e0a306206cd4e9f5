namespace Avic.Model.Tests;

/// <summary>NMIs: sent by ICR and as messages, with AVIC on, inhibited, and changing; with every interleaving.</summary>
public class Nmis
{
    private const string Send0 = "w310=0.w300=4400.", Send1 = "w310=1000000.w300=4400.";

    public static TheoryData<string, string> Everywhere
    {
        get
        {
            TheoryData<string, string> all = [];
            foreach (var kernel in (string[])["V5_15", "V7_0"])
                foreach (var host in (string[])["", ",+4", ",+4-4"]) all.Add(kernel, host);
            return all;
        }
    }

    private static Property Times(int vcpu, int least, int most) =>
        Property.Named($"{least}-to-{most}-times", "At rest the vCPU has handled so many NMIs.").AtRest().Never(Property.Is("it has not", x => Handled(x, vcpu) < least || Handled(x, vcpu) > most));

    private static int Handled(Context x, int vcpu) => x.MemoryOf(vcpu).Handled[x.Programs.VectorIndex(2)];

    private static readonly Property NoShadow = Property.Named("no-shadow", "No NMI is injected into the shadow of STI.").At("svm_vcpu_run.singlestep", "svm_vcpu_run.vmrun")
        .Never(Property.Is("the shadow is there", x => x.Vmcb.EventInjection == 2 && x.Vmcb.InterruptShadow));

    private static void Holds(string kernel, string programs, params Property[] properties)
    {
        foreach (var verdict in Scenario.Parse(Linux.Parse(kernel), programs).Check([.. properties, Property.NmiIsNotStranded, Property.NmiIsNotNested, .. Property.All]))
            Assert.True(verdict.Outcome == Outcome.Safe && (verdict.Premised > 0 || !properties.Contains(verdict.Property)), programs + verdict.ToText() + verdict.Counterexample?.ToText());
    }

    [Theory]
    [InlineData("V5_15", "")]
    [InlineData("V5_15", ",+4")]
    [InlineData("V7_0", ",+4")]
    public void One_that_another_vcpu_sends_is_handled_once(string kernel, string host) => Holds(kernel, $"2,0{Send1},1v2.g{host}", Times(1, 1, 1), Times(0, 0, 0));

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void One_to_oneself_is_handled_once(string kernel, string host) => Holds(kernel, $"1,0{Send0}g{host}", Times(0, 1, 1));

    // KUT pending_nmi: one in progress, one pending.
    [Theory]
    [MemberData(nameof(Everywhere))]
    public void Two_are_handled_twice_also_where_the_second_comes_within_the_first(string kernel, string host)
    {
        Holds(kernel, $"1,0v2.g{host},dn0.n0.", Times(0, 2, 2));
        Holds(kernel, $"1,0{Send0}{Send0}{host}", Times(0, 2, 2));
    }

    // KUT multiple_nmi. A third is more than the two that the architecture keeps.
    [Theory]
    [InlineData("V5_15", "", $"{Send0}", 2, 2)]
    [InlineData("V5_15", ",+4", $"{Send0}", 2, 2)]
    [InlineData("V7_0", "", $"{Send0}", 2, 2)]
    [InlineData("V7_0", ",+4", $"{Send0}", 2, 2)]
    [InlineData("V5_15", "", $"{Send0}w300=4400.", 2, 3)]
    public void Two_from_two_vcpus_are_handled_twice_and_three_coalesce_at_most_into_two(string kernel, string host, string other, int least, int most) =>
        Holds(kernel, $"2,0{Send0},1{other}{host}", Times(0, least, most));

    [Fact]
    public void Three_may_be_handled_three_times() => Assert.Equal(Outcome.Reached,
        Scenario.Parse(Linux.V5_15, $"2,0{Send0},1{Send0}w300=4400.").Check(Property.Named("three", "All of them.").Sometimes(Property.Is("three", x => Handled(x, 0) == 3))).Outcome);

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void It_wakes_a_guest_that_has_halted_with_interrupts_off(string kernel, string host)
    {
        var behind = Property.Named("behind", "The guest goes on behind HLT, interrupts off.").Sometimes(Property.Is("it does", x => x.VmcbOf(0).Rip == 3 && !x.VmcbOf(0).InterruptFlag));
        var sleeps = Property.Named("sleeps", "At rest the NMI was handled once, whether the guest sleeps or not.").AtRest().Never(Property.Is("it was not", x => Handled(x, 0) != 1));
        Assert.Equal([Outcome.Reached, Outcome.Safe, Outcome.Safe, Outcome.Safe],
            Scenario.Parse(Linux.Parse(kernel), $"1,0zhgv2.g{host},dn0.").Check([behind, sleeps, Property.NmiIsNotStranded, Property.NoDeadlock]).Select(verdict => verdict.Outcome));
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void Iret_brings_back_whether_interrupts_were_on(string kernel, string host)
    {
        var off = Property.Named("off", "Behind CLI interrupts stay off, and before it they are on but in the NMI's handler.").Never(Property.Is("they are not", x =>
            x.MemoryOf(0).Depth == 0 && x.VmcbOf(0).InterruptFlag == x.VmcbOf(0).Rip > 0));
        Holds(kernel, $"1,0zgv2.g{host},dn0.", off, Times(0, 1, 1));
    }

    // KUT sti_nmi
    [Theory]
    [MemberData(nameof(Everywhere))]
    public void It_waits_for_the_end_of_the_shadow_of_sti(string kernel, string host) => Holds(kernel, $"1,0zsR0g{host},dn0.", NoShadow, Times(0, 1, 1));

    [Fact]
    public void The_next_instruction_is_stepped_over_where_it_has_to_wait_for_one() => Assert.Equal(Outcome.Reached,
        Scenario.Parse(Linux.V5_15, "1t,0zsg,dn0.").Check(Property.Taken("db_interception.disable")).Outcome);

    [Fact]
    public void An_iret_is_stepped_over_where_another_waits_for_it() => Assert.Equal(Outcome.Reached,
        Scenario.Parse(Linux.V5_15, "1,0v2.g,dn0.n0.").Check(Property.Taken("db_interception.disable")).Outcome);

    [Theory]
    [InlineData("V5_17", "")]
    [InlineData("V5_17", ",+4")]
    [InlineData("V7_0", ",+4")]
    public void An_interrupt_that_comes_with_it_is_handled_too(string kernel, string host)
    {
        var both = Property.Named("both", "At rest NMI and interrupt were handled once each.").AtRest().Never(Property.Is("they were not", x => x.MemoryOf(0).Handled[0] != 1 || x.MemoryOf(0).Handled[1] != 1));
        Holds(kernel, $"1{host},dn0.0:31.", both, Property.InterruptIsNotStranded);
        Holds(kernel, $"1{host},dn0.,d0:31.", both, Property.InterruptIsNotStranded);
    }

    [Fact]
    public void A_kernel_that_does_not_ask_for_an_injection_strands_it() => Assert.Equal(Outcome.Violated,
        Scenario.Parse(Linux.V5_15.Without("process_nmi", "event"), "1,dn0.").Check(Property.NmiIsNotStranded).Outcome);

    [Fact]
    public void A_sender_that_makes_no_request_strands_it() => Assert.Equal(Outcome.Violated,
        Scenario.Parse(Linux.V5_15, $"2,0{Send1}").On(Linux.V5_15.Without("kvm_inject_nmi", "request")).Check(Property.NmiIsNotStranded).Outcome);

    [Fact]
    public void A_kernel_that_masks_none_nests_them() => Assert.Equal(Outcome.Violated,
        Scenario.Parse(Linux.V5_15.With("process_nmi", "event", x =>
        {
            x.Vcpu.NmiMasked = false;
            x.SetBits(ref x.Vcpu.Requests, Request.Event);
            return x.Next;
        }), "1,0v2.gg,dn0.n0.").Check(Property.NmiIsNotNested).Outcome);

    [Fact]
    public void What_sends_none_has_no_rows_for_them()
    {
        Assert.DoesNotContain(Scenario.Parse(Linux.V5_15, "2,0w310=1000000.w300=4031.").Model.Rows, row => row.Id.Contains("nmi", StringComparison.Ordinal));
        Assert.Contains(Scenario.Parse(Linux.V5_15, $"2,0{Send1}").Model.Rows, row => row.Id == "vcpu_enter_guest.nmi");
    }

    [Fact]
    public void Words_and_text_are_the_same()
    {
        var scenario = Scenario.On(Linux.V5_15, vcpus: 2).Guest(0, g => g.SendNmi(to: 1)).Guest(1, g => g.Hlt().OnNmi(h => h.ReadCr8())).Device(d => d.Nmi(to: 1));
        Assert.Equal($"2,0{Send1},1hv2.g,dn1.", scenario.Programs.ToString());
        Assert.Equal(scenario.Programs.ToString(), Programs.Parse(scenario.Programs.ToString()).ToString());
        Assert.Contains("1 NMI", scenario.Bounds, StringComparison.Ordinal);
    }

    // What 5.17's load check says of a vCPU that is preempted where it goes to sleep, it says of NMIs as of any interrupt.
    [Theory]
    [InlineData("V5_15")]
    [InlineData("V5_17")]
    [InlineData("V6_17")]
    [InlineData("V7_0")]
    public void A_vcpu_that_moves_handles_every_one(string kernel)
    {
        foreach (var (programs, vcpu, most) in ((string, int, int)[])[("1p,0W7v2.g,dn0.", 0, 1), ("1c2m,0v2.g,dn0.", 0, 1), ("1p,0hv2.g,dn0.n0.", 0, 2), ($"2c1,0{Send1},1v2.g", 1, 1)])
        {
            Holds(kernel, programs, Times(vcpu, 1, most));
            if (kernel != "V5_17") Assert.All(Scenario.Parse(Linux.Parse(kernel), programs).Check(Property.OfCores), verdict => Assert.True(verdict.Holds, verdict.ToText()));
        }
    }

    [Theory]
    [InlineData("1,dn.", "a device sends an NMI to n and a destination")]
    [InlineData("1,0v3.g", "an interrupt has a vector from 10 to ff, and an NMI 2")]
    public void What_is_not_one_is_refused(string programs, string why) =>
        Assert.Contains(why, Assert.Throws<ModelException>(() => Scenario.Parse(Linux.V5_15, programs).Model).Message, StringComparison.Ordinal);
}
