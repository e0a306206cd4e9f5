namespace Avic.Model.Tests;

/// <summary>V_IRQ, as L1 gives it to L2: kvm-unit-tests' virq_inject, stage by stage, and what it leaves out.</summary>
public class VirtualInterrupts
{
    private const string StiNopCli = "sgz";

    /// <summary>L1's programs, why L2 ends, and how often it has handled the vector.</summary>
    public static TheoryData<string, string, Exit, int> Stages
    {
        get
        {
            TheoryData<string, string, Exit, int> stages = [];
            foreach (var kernel in Linux.History)
            {
                stages.Add(kernel.Name, $"nzf1:f({StiNopCli}k)e", Exit.Vmmcall, 1); // delivered after STI
                stages.Add(kernel.Name, $"nzf1:fi({StiNopCli}k)e", Exit.VirtualInterrupt, 0); // intercepted there
                stages.Add(kernel.Name, $"nzf1:8(ca.{StiNopCli}k)e", Exit.Vmmcall, 0); // V_TPR is higher
                stages.Add(kernel.Name, $"nzf1:8i(ca.{StiNopCli}k)e", Exit.Vmmcall, 0); // and then there is nothing to intercept
                stages.Add(kernel.Name, $"nzf1:8!(ca.{StiNopCli}k)e", Exit.Vmmcall, 1); // unless V_TPR is ignored
                stages.Add(kernel.Name, $"nzf1:a(ca.{StiNopCli}k)e", Exit.Vmmcall, 0); // as high is not below
                stages.Add(kernel.Name, $"nzf1:b(ca.{StiNopCli}k)e", Exit.Vmmcall, 1);
                stages.Add(kernel.Name, "nzf1:f(gk)e", Exit.Vmmcall, 0); // never let in
                stages.Add(kernel.Name, "nf1:f(k)e", Exit.Vmmcall, 1); // let in from the start
            }
            return stages;
        }
    }

    [Theory]
    [MemberData(nameof(Stages))]
    public void L2_takes_it_once_when_IF_and_TPR_let_it_or_ends_there(string kernel, string vmrun, Exit ends, int handled)
    {
        foreach (var beside in (string[])["", ",+4-4"])
            Assert.All(Scenario.Parse(Linux.Parse(kernel), $"1,0{vmrun}{beside}").Check(
            [
                Property.Named("handled", "At rest L2 has handled it so often, and L1 goes on.").AtRest().Always(Property.Is("it has", x => x.MemoryOf(0).Handled[0] == handled && !x.IsInL2Of(0) && x.TakesInterrupts(0))),
                Property.Named("ends", "L2 ends by nothing else, which KVM answers.").At("nested_svm_vmexit.leave").Whenever(Property.Is("L2 ends", _ => true)).Never(Property.Is("by something else", x => x.IsInL2)),
                Property.Named("code", "L2's last exit code.").At("guest.insn").Whenever(Property.Is("it ends", x => x.IsInL2 && x.Vmcb.ExitCode is Exit.Vmmcall or Exit.VirtualInterrupt))
                    .Always(Property.Is("as said", x => x.Vmcb.ExitCode == ends && x.Vmcb.VIrq == (handled == 0))),
                Property.ProgramsEnd,
            ]), verdict => Assert.True(verdict.Holds && verdict.Premised != 0, verdict.ToText()));
    }

    [Fact]
    public void Behind_STI_one_instruction_passes_before_it() =>
        Assert.Equal(Outcome.Safe, Scenario.Parse(Linux.V5_15, $"1,0nzf1:f(gg{StiNopCli}k)e,+4-4").Check(
            Property.Named("behind-sti", "The handler comes behind STI and the instruction after it.").On((uint)Mark.Handled).Always(Property.Is("there", x => x.MemoryOf(0).Return[0] == x.Programs.Guest[0].L2Of(0) + 4))).Outcome);

    // L1's own interrupt ends L2 in the midst of the handler: L1 goes on with its own.
    [Fact]
    public void What_L2_has_on_its_stack_is_gone_with_it()
    {
        var scenario = Scenario.Parse(Linux.V5_15, "1,0nf1:f()evf1.gg,d0:31.");
        Assert.All(scenario.Check([Property.Named("handled", "L1 has handled its own.").AtRest().Always(Property.Is("once", x => x.MemoryOf(0).Handled[x.Programs.VectorIndex(0x31)] == 1 && x.MemoryOf(0).Depth == 0)), Property.NoDeadlock]),
            verdict => Assert.Equal(Outcome.Safe, verdict.Outcome));
    }

    [Fact]
    public void Programs_read_as_they_are_written()
    {
        var scenario = Scenario.On(Linux.V7_0, vcpus: 1).Guest(0, g => g.Vmrun(l2 => l2.WriteCr8(10).Sti().Vmmcall(), virtualInterrupt: new(0x31, 8, IgnoresTpr: true, IsIntercepted: true), interruptsOff: true));
        Assert.Equal("1,0nz31:8!i(ca.sk)e", scenario.Programs.ToString());
        Assert.Equal(scenario.Programs.ToString(), Scenario.Parse(Linux.V7_0, scenario.Programs.ToString()).Programs.ToString());
    }

    [Theory]
    [InlineData("n31(k)", "a hexadecimal number up to ff and ':' follow")]
    [InlineData("nf:f(k)", "V_IRQ is a vector from 10 to ff")]
    [InlineData("n31:(k)", "V_IRQ is a vector from 10 to ff")]
    [InlineData("n31:f?(k)", "what runs in L2 follows 'n' in parentheses")]
    [InlineData("n31:f", "what runs in L2 follows 'n' in parentheses")]
    [InlineData("N31:f(k)", "Without V_INTR_MASKING")]
    [InlineData("N(c2.k)", "Without V_INTR_MASKING")]
    [InlineData("n(v31.W3)", "L2 has no handlers of its own")]
    [InlineData("n(uW3)", "L2 has no handlers of its own")]
    public void What_cannot_be_is_refused_in_a_sentence(string vmrun, string why) =>
        Assert.Contains(why, Assert.Throws<ModelException>(() => Scenario.Parse(Linux.V7_0, $"1,0{vmrun}e")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("1,0In31:8(k)e", "What becomes of L1's V_IRQ where KVM wants a window of its own")]
    [InlineData("1,0zn31:8(k)e", "What becomes of L1's V_IRQ where KVM wants a window of its own")]
    [InlineData("1,0n31:8(k)e,d0:31.", "31h comes by the APIC and as L1's V_IRQ")]
    public void What_is_not_modelled_beside_it_is_refused_in_a_sentence(string programs, string why) =>
        Assert.StartsWith(why, Assert.Throws<ModelException>(() => Scenario.Parse(Linux.V7_0, programs).Model).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("1,0zsn31:8(k)e")]
    [InlineData("1,0n31:8(k)ev31.wb0=0.,d0:31.")]
    public void What_is_modelled_beside_it_is_not(string programs) => Assert.NotNull(Scenario.Parse(Linux.V7_0, programs).Model);

    [Theory]
    [InlineData(15, 8, "A virtual interrupt has a vector from 16 to 255, not 15.")]
    [InlineData(256, 8, "A virtual interrupt has a vector from 16 to 255, not 256.")]
    [InlineData(0x31, 16, "V_INTR_PRIO is from 0 to 15, not 16.")]
    [InlineData(0x31, -1, "V_INTR_PRIO is from 0 to 15, not -1.")]
    public void Numbers_out_of_range_are_refused_in_a_sentence(int vector, int priority, string why) =>
        Assert.Equal(why, Assert.Throws<ModelException>(() => Scenario.On(Linux.V7_0, vcpus: 1).Guest(0, g => g.Vmrun(l2 => l2, virtualInterrupt: new(vector, priority)))).Message);
}
