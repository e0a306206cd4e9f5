using System.Collections.Concurrent;

namespace Avic.Model.Tests;

/// <summary>What rows declare of themselves, checked at every reachable state of small scenarios.</summary>
public class RowAudits
{
    /// <summary>The hub at length, every other kernel where it differs: a window, an inhibit and its end, an access.</summary>
    public static TheoryData<string, string> Scenarios
    {
        get
        {
            TheoryData<string, string> scenarios = new() { { "V5_15", "2,1W32,+4" }, { "V5_15", "2,0IW1" }, { "V5_15", "2,0I,+4" }, { "V5_15", "1,0R0W7,+4-4+4" }, { "V5_15", "1p,0W7,+4" }, { "V5_15", "2c1,0W7,1W7" }, { "V5_15", "1tx,0m808=20.q808.q808.m1b=fee00100.,+4-4" }, { "V6_3", "1x,0m808=20.m1b=fee00100.,+4-4" } };
            foreach (var kernel in Linux.Known.Where(kernel => kernel != Linux.V5_15)) scenarios.Add(kernel.Name, "1,0W7I,+4-4");
            return scenarios;
        }
    }

    /// <summary>Devices, pages of registers and ids; the rows of these in guests, KVM and IOMMU store to several fields, and say why.</summary>
    public static TheoryData<string, string> Devices => new()
    {
        { "V5_15", "1,0v41.l1.wb0=0.,+4-4,d+1.,i1:8041." }, { "V5_15", "1,0h,a0:41.0:42.,g2" }, { "V5_15", "1,+4-4,a0:41." }, { "V6_17", "1,0h,+4-4,a0:41." }, { "V5_15", "1p,0w320=31.w380=1000.h,+4" }, { "V6_8", "1,b0u0,d0:31." }, { "V5_14", "2,C1,+4" }, { "V6_17", "2,1W7,C1,+4" }, { "V5_15", "1,R0=0:42.R0=ff:42.,aff:41." }, { "V6_8", "1,0h,R0=0:42.R0=ff:42.,aff:41." }, { "V6_17", "1,0h,R0=0:42.R0=ff:42.,aff:41." },
        { "V6_3", "2x,0m830=200004831.,1h" }, { "V5_14", "1p,0h,d0:31." }, { "V5_19", "1p,0h,+4,d0:31." },
        { "V5_15", "1,0h,+4L0:80=20.210=20000." }, { "V5_19", "1,0w20=5000000.w20=0.,+4" }, { "V6_3", "1,0w20=5000000.w20=0.,+4" },
        { "V5_15", "1,0n(W32)e,d0:31." }, { "V5_19", "1,0n(W32k)eW7,+4" }, { "V7_0", "1,0n(W32k)e,n0" }, { "V7_0", "1,0IzN(k)e,d0:31." },
    };

    /// <summary>NMI, INIT and SIPI, calls between two runs, ids that the map is made of, and vCPUs that move on later kernels.</summary>
    public static TheoryData<string, string> Joined => new()
    {
        { "V5_15", "1,0v2.g,dn0.n0." }, { "V7_0", "1,0v2.g,+4,dn0." }, { "V5_15", "1,0w300=44500.,+4" }, { "V6_17", "1,0w300=44500.,+4" }, { "V7_0", "1x,0m830=44500.,+4" },
        { "V5_15", "2,0w310=1000000.w300=469a.,1UW32" }, { "V5_17", "1,0hv2.g,dn0." },
        { "V6_17", "1,0w300=44031.,+4L0:210=20000." }, { "V5_15", "1,0W7,+4l0-4" }, { "V7_0", "1,0wd0=0.,L0:20=5000000." },
        { "V7_0", "2,0wd0=2000000." }, { "V6_17", "1p,0W7,+4" }, { "V6_17", "1p,0h,d0:31." }, { "V5_15", "1,0w20=5000000.w20=0.,+4" },
        { "V5_15", "1p,0v2.g,dn0." }, { "V7_0", "1p,0w300=44500.,+4" }, { "V5_15", "2c1,0w310=1000000.w300=400." },
        { "V5_15", "2,0m40000092=20031.m40000092=10000.,1m40000092=20031." }, { "V5_14", "1,0m1b=fed40900.bw80=20.r80.,+4-4" }, { "V5_15", "2,0m1b=fed40900.br80.,1R0" }, { "V6_3", "1,0m1b=fed40900.br80.r80.,+4-4" },
    };

    [Theory]
    [MemberData(nameof(Scenarios))]
    [MemberData(nameof(Devices))]
    [MemberData(nameof(Joined))]
    public void Every_change_of_shared_memory_is_a_declared_store(string kernel, string programs) => Clean<Undeclared>(kernel, programs);

    [Fact]
    public void A_store_without_its_word_is_found() =>
        Assert.Equal(["kvm_zap_gfn_range.begin changes mmu_notifier_count undeclared"], Of<Undeclared>(On("1,+4", Linux.V5_15.With("kvm_zap_gfn_range", "begin", x =>
        {
            x.Vm.MmuNotifierCount++;
            return x.Next;
        }))).Findings);

    // Under a lock several stores would be one step for all who take it; no row of any kernel needs that, not even a locked one.
    [Theory]
    [MemberData(nameof(Scenarios))]
    public void A_row_stores_to_one_shared_field_at_most(string kernel, string programs) => Clean<Crowded>(kernel, programs);

    // The core's own steps leave the guest with what they wrote; a page of registers is replaced at once, and the row says why.
    [Theory]
    [MemberData(nameof(Joined))]
    public void Of_what_is_joined_only_the_core_and_a_new_page_store_to_several(string kernel, string programs) =>
        Clean<Crowded>(kernel, programs, "guest.insn", "svm_vcpu_run.vmrun", "kvm_apic_set_state.regs");

    [Fact]
    public void A_row_that_stores_twice_is_found() =>
        Assert.Equal(["kvm_zap_gfn_range.end stores to mmu_notifier_seq, mmu_notifier_count"], Of<Crowded>(On("1,+4", Linux.V5_15.With("kvm_zap_gfn_range", "end", x =>
        {
            x.Increment(ref x.Vm.MmuNotifierSeq);
            x.Store(ref x.Vm.MmuNotifierCount, (sbyte)0);
            return x.Next;
        }))).Findings);

    [Theory]
    [MemberData(nameof(Scenarios))]
    [MemberData(nameof(Devices))]
    [MemberData(nameof(Joined))]
    public void Private_and_control_rows_change_only_what_is_their_own(string kernel, string programs) => Clean<Trespasses>(kernel, programs);

    [Fact]
    public void A_private_row_that_changes_what_others_see_is_found() =>
        Assert.Equal(["kvm_vcpu_update_apicv.refresh changes vcpu0.apicv_active"], Of<Trespasses>(On("1,+4", Linux.V5_15.With("kvm_vcpu_update_apicv", "refresh", Row.Of("refresh", "a lie", x =>
        {
            x.Store(ref x.Vcpu.ApicvActive, !x.Vcpu.ApicvActive);
            return x.Next;
        }, isPrivate: true)))).Findings);

    [Theory]
    [MemberData(nameof(Scenarios))]
    [MemberData(nameof(Devices))]
    [MemberData(nameof(Joined))]
    public void Private_and_control_rows_do_the_same_whatever_others_wrote(string kernel, string programs) => Clean<Dependences>(kernel, programs);

    [Fact]
    public void A_private_row_that_reads_what_others_write_is_found() =>
        Assert.Equal(["kvm_vcpu_update_apicv.refresh: vcpu0.int_ctl.avic_enable depends on what others write"], Of<Dependences>(On("1,+4", Linux.V5_15.With("kvm_vcpu_update_apicv", "refresh", Row.Of("refresh", "a lie", x =>
        {
            x.Vmcb.AvicEnable = x.Vm.ApicvInhibitReasons == 0;
            return x.Next;
        }, isPrivate: true)))).Findings);

    // The timer's callback stores to three fields: its row says why that is one step.
    [Theory]
    [InlineData("V5_7")]
    [InlineData("V5_15")]
    [InlineData("V5_17")]
    [InlineData("V7_0")]
    public void The_rows_of_a_timer_are_as_they_say(string kernel) =>
        Assert.All(Of(kernel, "1,0w320=31.w380=5.h,+4-4").Where(audit => audit is not Crowded), audit => Clean(audit));

    [Fact]
    public void The_rows_that_give_the_apic_access_page_up_are_as_they_say() =>
        Assert.All(Of(Scenario.Parse(Linux.V6_3, "2x,0r20.,1r20.").On(Hardware.WithoutX2Avic).Model), audit => Clean(audit));

    [Theory]
    [MemberData(nameof(Scenarios))]
    [MemberData(nameof(Devices))]
    [MemberData(nameof(Joined))]
    public void Unused_bytes_of_a_stack_are_zero(string kernel, string programs) => Clean<Leftovers>(kernel, programs);

    [Theory]
    [MemberData(nameof(Scenarios))]
    [MemberData(nameof(Devices))]
    [MemberData(nameof(Joined))]
    public void Bytes_of_no_component_never_change(string kernel, string programs) => Clean<Strays>(kernel, programs);

    [Theory]
    [MemberData(nameof(Scenarios))]
    [MemberData(nameof(Devices))]
    [MemberData(nameof(Joined))]
    public void Every_step_was_looked_at(string kernel, string programs) =>
        Assert.Equal(Explorer.Explore(Scenario.Parse(Linux.Parse(kernel), programs).Model).Edges, Of(kernel, programs).OfType<Crowded>().Single().Looked);

    [Fact]
    public void Every_row_says_where_it_comes_from() =>
        Assert.All(Linux.Known.SelectMany(kernel => kernel.Code.Routines).Concat(Hardware.Default.Code.Routines), routine => Assert.All(routine.Rows, row =>
            Assert.True((row.Source ?? routine.Source).Length > 8 && row.Text.Length > 2, $"{routine.Name}.{row.Label}: '{row.Text}' ({row.Source ?? routine.Source})")));

    private static Model On(string programs, Linux? kernel = null) => Scenario.Parse(kernel ?? Linux.V5_15, programs).Model;

    // All are asked in one walk, the longest part of it, whichever fact comes first.
    private static readonly ConcurrentDictionary<(string Kernel, string Programs), Lazy<IReadOnlyList<RowAudit>>> Walked = new();

    private static IReadOnlyList<RowAudit> Of(string kernel, string programs) =>
        Walked.GetOrAdd((kernel, programs), asked => new(() => Of(On(asked.Programs, Linux.Parse(asked.Kernel))))).Value;

    private static IReadOnlyList<RowAudit> Of(Model model) => RowAudit.All(new(model));

    private static T Of<T>(Model model) where T : RowAudit => Of(model).OfType<T>().Single();

    private static void Clean<T>(string kernel, string programs, params string[] but) where T : RowAudit => Clean(Of(kernel, programs).OfType<T>().Single(), but);

    private static void Clean(RowAudit audit, params string[] but)
    {
        Assert.DoesNotContain(audit.Findings, finding => !but.Any(row => finding.StartsWith(row + ' ', StringComparison.Ordinal)));
        Assert.True(audit.Looked > 1_000, $"looked {audit.Looked} times");
    }
}
