using System.Runtime.CompilerServices;

namespace Avic.Model.Tests;

/// <summary>What VMRUN refuses, and what becomes of a vCPU whose VMCB it has refused.</summary>
public class Vmruns
{
    private delegate void Change(Context x);

    private static readonly Dictionary<string, Change> Bad = new()
    {
        ["X2AvicEnable without AvicEnable"] = x => (x.Vmcb.AvicEnable, x.Vmcb.X2AvicEnable) = (false, true),
        ["an index beyond 255"] = x => x.Vmcb.AvicPhysicalTable = PhysicalIdTable.Address | 256,
        ["a backing page across pages"] = x => x.Vmcb.AvicBackingPage |= 0x10,
        ["a backing page out of reach"] = x => x.Vmcb.AvicBackingPage = 1UL << 48,
        ["a logical table across pages"] = x => x.Vmcb.AvicLogicalTable |= 0x800,
        ["a logical table out of reach"] = x => x.Vmcb.AvicLogicalTable = ~0xffful,
        ["a physical table out of reach"] = x => x.Vmcb.AvicPhysicalTable |= 1UL << 51,
        ["an index beyond x2AVIC's"] = x => (x.Vmcb.X2AvicEnable, x.Vmcb.AvicPhysicalTable) = (true, PhysicalIdTable.Address | 512),
        ["x2AVIC's backing page across pages"] = x => (x.Vmcb.X2AvicEnable, x.Vmcb.AvicBackingPage) = (true, x.Vmcb.AvicBackingPage | 0x10),
        ["the host's ASID"] = x => x.Vmcb.Asid = 0,
        ["VMRUN not intercepted"] = x => x.Vmcb.InterceptVmrun = false,
    };

    private static readonly Dictionary<string, Change> Good = new()
    {
        ["the last index of xAVIC"] = x => x.Vmcb.AvicPhysicalTable = PhysicalIdTable.Address | 255,
        ["the first index alone"] = x => x.Vmcb.AvicPhysicalTable = PhysicalIdTable.Address,
        ["pointers that nobody follows while AVIC is off"] = x =>
        {
            if (!x.Vmcb.AvicEnable) (x.Vmcb.AvicBackingPage, x.Vmcb.AvicLogicalTable, x.Vmcb.AvicPhysicalTable) = (1, 1, ~0ul);
            else (x.Vmcb.AvicBackingPage, x.Vmcb.AvicLogicalTable, x.Vmcb.AvicPhysicalTable) = (PhysicalIdTable.BackingPage(0), LogicalIdTable.Address, PhysicalIdTable.Address | 0xff);
        },
    };

    public static TheoryData<string> Refused => [.. Bad.Keys];

    public static TheoryData<string> Accepted => [.. Good.Keys];

    private static readonly Property Entered = Property.Named("entered", "The guest runs.").At("guest.insn").Sometimes(Property.Is("a row of it", _ => true));

    // A kernel that writes the field in the row before VMRUN.
    private static Linux Writing(Change change) => Linux.V5_15.Before("svm_vcpu_run", "vmrun", Row.Of("write", "a field of the VMCB", x =>
    {
        change(x);
        return x.Next;
    }));

    [Theory]
    [MemberData(nameof(Refused))]
    public void The_guest_never_runs_with(string field) => Assert.Equal(Outcome.NeverReached, Scenario.Parse(Writing(Bad[field]), "1,0W32").Check(Entered).Outcome);

    [Theory]
    [MemberData(nameof(Refused))]
    public void The_run_ends_with_an_error_for(string field)
    {
        var run = Scenario.Parse(Writing(Bad[field]), "1,0W32").Run(Schedule.RoundRobin, 100);
        Assert.Equal("vcpu_run.fail", run.Steps[^1].Row);
        Assert.Empty(run.Stack(run.Steps.Count, run.Model.ActorNamed("vcpu0")));
        Assert.Equal((0, 0), (run.Value("core0.in_guest"), run.Value("core0.irqs_off")));
    }

    [Theory]
    [MemberData(nameof(Accepted))]
    public void The_guest_always_runs_with(string field)
    {
        var verdicts = Scenario.Parse(Writing(Good[field]), "1,0W32,+4-4").Check([Property.EntryNeverFails, Entered]);
        Assert.Equal([Outcome.Safe, Outcome.Reached], verdicts.Select(verdict => verdict.Outcome));
    }

    // x2AVIC has indices up to 511, computes logical ids, and so looks at no table of them.
    [Fact]
    public void Under_x2avic_the_guest_runs_with_twice_the_indices_and_without_a_logical_table()
    {
        var kernel = Linux.V6_8.Before("svm_vcpu_run", "vmrun", Row.Of("write", "fields of the VMCB", x =>
        {
            if (x.Vmcb.X2AvicEnable) (x.Vmcb.AvicPhysicalTable, x.Vmcb.AvicLogicalTable) = (PhysicalIdTable.Address | 511, 1);
            return x.Next;
        }));
        var scenario = Scenario.Parse(kernel, "1x,0m808=20.");
        Assert.True(scenario.Run(Schedule.RoundRobin, 200).State<Machine>(0).Vmcb[0].X2AvicEnable);
        Assert.Equal([Outcome.Safe, Outcome.Reached], scenario.Check([Property.EntryNeverFails, Entered]).Select(verdict => verdict.Outcome));
    }

    [Fact]
    public void A_vcpu_that_was_refused_keeps_its_requester_waiting_for_nothing()
    {
        var verdict = Scenario.Parse(Writing(x => x.Vmcb.Asid = x.Me == 0 ? 0 : x.Vmcb.Asid), "2,1W32,+4-4").Check(Property.Named("requester-ends", "The VMM's thread ends.").AtRest().Never(Property.Is("it has not", x => x.PositionOf(2) != "")));
        Assert.True(verdict.Outcome == Outcome.Safe && verdict.Premised > 0, verdict.ToText());
    }

    [Theory]
    [InlineData("V5_14")]
    [InlineData("V5_15")]
    [InlineData("V5_15.RetryIfPending")]
    public void No_kernel_of_the_kit_is_refused(string kernel)
    {
        var verdict = Scenario.Parse(Linux.Parse(kernel), "2,1W32,+4-4").Check(Property.EntryNeverFails);
        Assert.Equal(Outcome.Safe, verdict.Outcome);
    }

    // AMD64 APM vol. 2, 15.16.2. What it says is done once: KVM clears it behind #VMEXIT.
    [Theory]
    [InlineData(TlbControl.None, TlbEntry.Plain, TlbEntry.AvicOfVcpu3)]
    [InlineData(TlbControl.FlushAsid, TlbEntry.None, TlbEntry.AvicOfVcpu3)]
    [InlineData(TlbControl.FlushAsidLocal, TlbEntry.None, TlbEntry.AvicOfVcpu3)]
    [InlineData(TlbControl.FlushAll, TlbEntry.None, TlbEntry.None)]
    public void Tlb_control_flushes_nothing_or_the_guests_own_or_every_asids(TlbControl control, TlbEntry own, TlbEntry others)
    {
        var run = Scenario.Parse(Writing(x =>
        {
            (x.Vmcb.Tlb, x.Vmcb.TlbControl) = (TlbEntry.Plain, control);
            Unsafe.AsRef(in x.Core.Tlb[2]) = TlbEntry.AvicOfVcpu3;
        }), "1,0W32").Run(Schedule.RoundRobin, 100);
        var entered = run.State<Machine>(run.Steps.First(step => step.Row == "svm_vcpu_run.vmrun").Number);
        Assert.Equal((own, others, TlbControl.None), (entered.Vmcb[0].Tlb, entered.Core[0].Tlb[2], entered.Vmcb[0].TlbControl));
    }

    // The table has vCPU 1 at index 1.
    [Theory]
    [InlineData(0, 0x4031, 2L << 32 | 1)]
    [InlineData(1, 0x4031, 0)]
    [InlineData(0, 0xc4031, 0)]
    public void An_ipi_goes_no_further_than_the_last_index(int last, uint icr, long info)
    {
        var run = Scenario.On(Writing(x => x.Vmcb.AvicPhysicalTable = PhysicalIdTable.Address | (uint)last))
            .Guest(0, g => g.Write(Apic.IcrHigh, 1 << 24).Write(Apic.IcrLow, icr)).Run(Schedule.RoundRobin, 400);
        // Beside it stands the address of the page fault that came first.
        Assert.Equal(info, run.Series("vcpu0.exit_info_2").Values.Where(value => value >> 12 != 0xfee00).Max());
        Assert.Equal(last == 1 ? 1 : 0, run.Value("vcpu1.handled[0]"));
    }
}
