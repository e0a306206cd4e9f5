namespace Avic.Model.Tests;

public class KernelDiffs
{
    [Fact]
    public void A_kernel_does_not_differ_from_itself() => Assert.All(Linux.Known, kernel => Assert.Empty(Linux.Diff(kernel, kernel).Rows));

    [Fact]
    public void Rows_that_differ_stand_beside_each_other_with_the_change_that_made_them() =>
        Assert.Equal("""
            V5_16 | V5_16~vcpu_enter_guest.mode'

            vcpu_enter_guest
              mode  vcpu->mode = IN_GUEST_MODE | smp_store_release(&vcpu->mode, IN_GUEST_MODE)   (arch/x86/kvm/x86.c, v5.17; 66fa226c131f)

            """, Linux.Diff(Linux.V5_16, Linux.V5_16.With("vcpu_enter_guest", "mode", Linux.V5_17.Code["vcpu_enter_guest"].Rows.Single(row => row.Label == "mode"))).ToText(), ignoreLineEndingDifferences: true);

    [Fact]
    public void A_row_that_only_one_has_stands_alone()
    {
        var rows = Linux.Diff(Linux.V5_19, Linux.V6_1).Rows.Where(row => row.Function == "__kvm_request_apicv_update").ToList();
        Assert.Equal([("srcu_lock", "", "idx = srcu_read_lock(&kvm->srcu)"), ("srcu_unlock", "", "srcu_read_unlock(&kvm->srcu, idx)")], rows.Select(row => (row.Label, row.Left, row.Right)));
    }

    [Fact]
    public void Rows_that_changed_places_are_gone_here_and_new_there() =>
        Assert.Equal([("store", "kvm->arch.apicv_inhibit_reasons = new", ""), ("store", "", "kvm->arch.apicv_inhibit_reasons = new")],
            Linux.Diff(Linux.WordBeforeKick, Linux.V5_15).Rows.Select(row => (row.Label, row.Left, row.Right)));

    [Fact]
    public void An_emptied_row_is_one_that_the_kernel_lacks() =>
        Assert.Equal(new RowDiff("kvm_zap_gfn_range", "seq", "kvm->mmu_notifier_seq++", "", "arch/x86/kvm/mmu/mmu.c, v5.15"),
            Assert.Single(Linux.Diff(Linux.V5_15, Linux.V5_15.Without("kvm_zap_gfn_range", "seq")).Rows));

    [Fact]
    public void A_row_before_which_nobody_is_preempted_any_more_differs() =>
        Assert.Equal(["finish [preemption off]", "state [preemption off]"],
            Linux.Diff(Linux.V5_18, Linux.V5_18.With("kvm_vcpu_block", "state", Off("state")).With("kvm_vcpu_block", "finish", Off("finish"))).Rows.Select(row => row.Right).Order());

    private static Row<Machine> Off(string label) => Linux.V5_18.Code["kvm_vcpu_block"].Rows.Single(row => row.Label == label) with { Text = label, Undisturbed = true };

    [Fact]
    public void A_reason_whose_bit_changed_differs_too() =>
        Assert.Equal(new RowDiff("enum kvm_apicv_inhibit", "PHYSICAL_ID_TOO_BIG", "", "12", "avic.c"), Linux.Diff(Linux.V6_8, Linux.V6_17).Rows[^1]);

    [Fact]
    public void What_no_thread_reaches_is_no_part_of_a_kernel()
    {
        Assert.DoesNotContain(Linux.V5_14.Functions, routine => routine.Name == "kvm_zap_gfn_range");
        Assert.Contains(Linux.V5_15.Functions, routine => routine.Name == "kvm_zap_gfn_range");
    }

    [Fact]
    public void The_mend_of_every_exhibit_is_a_row_that_differs() =>
        Assert.All(Museum.Exhibits, exhibit => Assert.NotEmpty(Linux.Diff(exhibit.Broken, exhibit.Mended).Rows));

    // A routine that only woven rows call needs its name among the roots, or no diff and no list has it.
    [Fact]
    public void All_that_the_hub_is_made_of_is_reached() => Assert.Empty(Linux.V5_15.Code.Routines.Except(Linux.V5_15.Functions).Select(routine => routine.Name));

    [Theory]
    [InlineData("kvm_vm_ioctl_create_vcpu", "vmcb")]
    [InlineData("svm_update_pi_irte", "flush")]
    [InlineData("nested_svm_vmexit", "leave")]
    [InlineData("hrtimer", "callback")]
    public void What_only_some_scenarios_reach_is_a_part_of_a_kernel(string function, string label) =>
        Assert.Equal((function, label), Assert.Single(Linux.Diff(Linux.V6_17, Linux.V6_17.Without(function, label)).Rows) is var row ? (row.Function, row.Label) : default);

    [Fact]
    public void The_table_encodes_what_kernels_write()
    {
        var html = Linux.Diff(Linux.V5_15, Linux.V5_16).ToHtml();
        Assert.Contains("down_write(&amp;kvm-&gt;arch.apicv_update_lock)", html);
        Assert.DoesNotContain("&kvm", html);
    }
}
