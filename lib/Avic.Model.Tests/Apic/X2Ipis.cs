namespace Avic.Model.Tests;

/// <summary>IPIs in x2APIC mode: sent by KVM's emulation, and by x2AVIC.</summary>
public class X2Ipis
{
    private const uint Asserted = 1 << 14, Logical = 1 << 11;

    public static TheoryData<uint, uint, int[]> Sent => new()
    {
        { 0x31, 1, [0, 1, 0] },
        { 0x31, 0, [1, 0, 0] },
        { 0x31, uint.MaxValue, [1, 1, 1] },
        { 0x31 | Logical, 0x2, [0, 1, 0] },
        { 0x31 | Logical, 0x6, [0, 1, 1] },
        { 0x31 | Logical, 0x7, [1, 1, 1] },
        { 0x31 | 1 << 18, 5, [1, 0, 0] },
        { 0x31 | 2 << 18, 5, [1, 1, 1] },
        { 0x31 | 3 << 18, 5, [0, 1, 1] },
    };

    [Theory]
    [MemberData(nameof(Sent))]
    public void An_ipi_reaches_whom_it_names(uint low, uint to, int[] expected)
    {
        foreach (var kernel in (Linux[])[Linux.V5_15, X2Avic.Open])
            foreach (var others in (string[])["", ",1h,2h"])
            {
                var run = new Drive(Scenario.Parse(kernel, $"3x,0m830={(ulong)to << 32 | low | Asserted:x}.{others}")).Run();
                Assert.Equal(expected, Enumerable.Range(0, 3).Select(vcpu => run.Handled(vcpu)));
            }
    }

    // Up to 5.19 KVM sends them all; then x2AVIC does, but for those to vCPUs that sleep.
    [Theory]
    [MemberData(nameof(Sent))]
    public void An_ipi_reaches_whom_it_names_on_every_kernel(uint low, uint to, int[] expected)
    {
        foreach (var kernel in Linux.History.Where(kernel => kernel.OffersX2Apic))
            foreach (var others in kernel == Linux.V6_1 ? (string[])[""] : ["", ",1h,2h"]) // on 6.1 those who sleep may sleep on: museum 21
            {
                var run = new Drive(Scenario.Parse(kernel, $"3x,0m830={(ulong)to << 32 | low | Asserted:x}.{others}")).Run();
                Assert.True(expected.SequenceEqual(Enumerable.Range(0, 3).Select(vcpu => run.Handled(vcpu))), $"{kernel.Name}{others}");
            }
    }

    // The registers that KVM emulates and those that x2AVIC answers for are the same to a guest.
    [Fact]
    public void Every_msr_reads_the_same_on_every_kernel()
    {
        foreach (var register in ApicRegister.All.Where(register => register.Offset < 0x400))
        {
            var programs = $"1x,0m808=20.q{Msrs.FirstOfX2Apic + (register.Offset >> 4):x}.";
            var hub = new Drive(Scenario.Parse(Linux.V5_15, programs)).Run().Machine;
            foreach (var kernel in Linux.History.Where(kernel => kernel.OffersX2Apic))
            {
                var machine = new Drive(Scenario.Parse(kernel, programs)).Run().Machine;
                Assert.True((machine.Vmcb[0].Rax, machine.Vmcb[0].Rdx, machine.Memory[0].GeneralProtections) == (hub.Vmcb[0].Rax, hub.Vmcb[0].Rdx, hub.Memory[0].GeneralProtections), $"{kernel.Name}: {programs}");
            }
        }
    }

    // FFh is an id like any other, and so is the cluster of a logical id.
    [Theory]
    [InlineData(0x31, 0xff)]
    [InlineData(0x31, 0x0100_0000)]
    [InlineData(0x31 | Logical, 0x1_0001)]
    [InlineData(0x31 | Logical, 0xf0)]
    [InlineData(0x31 | Logical, 0)]
    public void An_ipi_to_nobody_reaches_nobody(uint low, uint to)
    {
        foreach (var kernel in (Linux[])[Linux.V5_15, X2Avic.Open])
        {
            var run = new Drive(Scenario.Parse(kernel, $"2x,0m830={(ulong)to << 32 | low | Asserted:x}.")).Run();
            Assert.Equal((0, 0), (run.Handled(0), run.Handled(1)));
        }
    }

    // The command in EXITINFO1; in EXITINFO2 why, and which id.
    [Theory]
    [InlineData(0x4731, 1, 0UL)]
    [InlineData(0xc031, 1, 0UL)]
    [InlineData(0x400f, 1, 4UL << 32)]
    [InlineData(0x4031, 0xff, 2UL << 32 | 0xff)]
    [InlineData(0x4031, 0x123, 2UL << 32 | 0x123)]
    [InlineData(0x4831, 0x10004, 2UL << 32 | 18)]
    [InlineData(0x4831, 0x110003, 2UL << 32 | 0x110)]
    public void What_x2avic_cannot_complete_leaves_the_guest(uint low, uint to, ulong info2)
    {
        var run = Scenario.Parse(X2Avic.Open, $"2x,0m830={(ulong)to << 32 | low:x}.").Run(Schedule.RoundRobin, 2_000);
        var left = Enumerable.Range(1, run.Steps.Count).First(i => run.State<Machine>(i - 1).Core[0].InGuest && !run.State<Machine>(i).Core[0].InGuest);
        var vmcb = run.State<Machine>(left).Vmcb[0];
        Assert.Equal(((ulong)to << 32 | low, info2, (byte)1), (vmcb.ExitInfo1, vmcb.ExitInfo2, vmcb.Rip));
        Assert.Equal((-1, -1), (run.State<Machine>(left).ApicPage[0].Irr.Highest, run.State<Machine>(left).ApicPage[1].Irr.Highest));
    }

    [Fact]
    public void The_self_ipi_register_needs_no_table_and_no_exit()
    {
        var corrupt = X2Avic.Open.Before("svm_vcpu_run", "vmrun", Row.Of("corrupt", "no entry", x =>
        {
            x.Store(ref x.PhysicalIdTable[x.Me], 0UL);
            return x.Next;
        }));
        var run = Scenario.On(corrupt, vcpus: 1).X2Apic().Guest(0, g => g.SelfIpi(0x31)).Run(Schedule.RoundRobin, 500);
        Assert.Equal(1, run.Value("vcpu0.handled[0]", run.Steps.Count));
        Assert.DoesNotContain(run.Steps, step => step.Row == "avic_incomplete_ipi_interception.id");
    }

    // Both are named; KVM takes the vector for a hash. AVIC leaves all of it to KVM.
    [Theory]
    [InlineData("2,0w310=3000000.w300=4930.", 1, 0)]
    [InlineData("2,0w310=3000000.w300=4931.", 0, 1)]
    [InlineData("2,0w310=3000000.w300=4931.,+4", 0, 1)]
    [InlineData("2,0w310=3000000.w300=4931.,1wf0=ff.", 1, 0)]
    [InlineData("2x,0m830=300004931.", 0, 1)]
    [InlineData("2x,0m830=ffffffff00004130.", 1, 0)]
    public void Lowest_priority_reaches_one_of_those_it_names(string programs, int first, int second)
    {
        var run = new Drive(Scenario.Parse(Linux.V5_15, programs)) { Barriers = programs.Contains(",1", StringComparison.Ordinal) ? [1] : [] }.Run();
        Assert.Equal((first, second), (run.Handled(0), run.Handled(1)));
    }

    [Fact]
    public void A_device_reaches_everybody_by_ffh_in_x2apic_mode_too()
    {
        var run = new Drive(Scenario.Parse(Linux.V5_15, "2x,dff:31.")).Run();
        Assert.Equal((1, 1), (run.Handled(0), run.Handled(1)));
    }

    // Every interleaving, with AVIC off as 5.15 has it in x2APIC mode.
    [Theory]
    [InlineData("2x,0m830=100004031.,1h")]
    [InlineData("2x,0m83f=31.")]
    public void No_interrupt_is_stranded(string programs)
    {
        var verdicts = Scenario.Parse(Linux.V5_15, programs).Check([Property.InterruptIsNotStranded, Property.PriorityIsKept, Property.NoDeadlock, Property.EveryAccessTakesEffectOnce]);
        Assert.All(verdicts, verdict => Assert.True(verdict.Outcome == Outcome.Safe, verdict.ToText()));
    }
}
