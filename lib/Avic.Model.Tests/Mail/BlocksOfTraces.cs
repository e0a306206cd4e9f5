using Avic.Textbook;

namespace Avic.Model.Tests;

public class BlocksOfTraces
{
    [Fact]
    public void A_missing_trace_is_explained() =>
        Assert.Contains("no run to tell", Assert.Throws<ModelException>(() => ((Trace?)null).Mail()).Message, StringComparison.Ordinal);

    [Fact]
    public void The_boom_is_drawn_in_two_columns_with_its_kernel_and_token_below() => Assert.Equal(Golden.ReplaceLineEndings("\n"), MailFacts.Boom().Mail());

    [Fact]
    public void The_token_below_a_block_replays_it()
    {
        var trace = MailFacts.Boom();
        var token = trace.Mail().TrimEnd('\n').Split('\n')[^1].Trim();
        Assert.Equal(trace.ToText(), MailFacts.Race(Linux.VcpuStatus).Run(Schedule.Parse(token)).ToText());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void No_line_is_longer_than_78_however_many_actors_move(int vcpus)
    {
        var scenario = Scenario.On(Linux.V5_15, vcpus).Guest(0, g => g.Write(Apic.Tpr, 1)).Host(h => h.SetInhibit(Reason.PitReinject));
        for (var seed = 0; seed < 10; seed++)
        {
            MailFacts.IsMail(scenario.Run(Schedule.Seed(seed), 200).Mail());
            MailFacts.IsMail(scenario.Run(Schedule.Seed(seed), 200).Mail(everyRow: true));
        }
    }

    [Fact]
    public void Over_three_columns_every_line_bears_its_actor()
    {
        var block = Scenario.On(Linux.V5_15, 4).Host(h => h.SetInhibit(Reason.PitReinject)).Run(Schedule.RoundRobin, 60).Mail();
        Assert.Contains("vCPU3 | ", block);
        Assert.Contains("vmm0  | set inhibit PitReinject:", block);
        Assert.Equal(5, Assert.Single(MailDiagram.Parse(block)).Columns.Count);
    }

    [Fact]
    public void Another_violation_bears_its_propertys_name()
    {
        var model = Peterson.Of(3, Peterson.Variant.WrongArray);
        var block = Explorer.Check(model, Peterson.MutualExclusion(model)).Counterexample!.Mail();
        Assert.Matches(@"\*\*\* \S+ \*\*\*", block);
        MailFacts.IsMail(block);
    }

    private const string Golden = """
vCPU1                                   vmm0
=====                                   ====
(… 8 rows)
- __svm_vcpu_run(vmcb_pa, regs)
- walk, fill the TLB (#NPF)
                                        set inhibit PitReinject:
                                        - mutex_lock(&kvm->
                                          arch.apicv_update_lock)
                                        (… 1 row)
                                        - kvm_make_request(req, vcpu)
                                        (… 1 row)
                                        - kvm_make_request(req, vcpu)
                                        (… 3 rows)
                                        - kvm->arch.apicv_inhibit_reasons =
                                          new
                                        - write_lock(&kvm->mmu_lock)
                                        - kvm_inc_notifier_count(kvm,
                                          gfn_start, gfn_end)
                                        (… 1 row)
                                        - kvm->mmu_notifier_seq++
(… 3 rows)
- mmu_seq = vcpu->kvm->
  mmu_notifier_seq
(… 1 row)
- !kvm_vcpu_apicv_active(vcpu)
                                        - kvm->mmu_notifier_count--
                                        - write_unlock(&kvm->mmu_lock)
(… 1 row)
- read_lock(&vcpu->kvm->mmu_lock)
- !is_noslot_pfn(pfn) &&
  mmu_notifier_retry_hva(vcpu->kvm,
  mmu_seq, hva)
- r = kvm_tdp_mmu_map(vcpu, gpa,
  error_code, map_writable,
  max_level, pfn, prefault)
- read_unlock(&vcpu->kvm->mmu_lock)
(… 2 rows)
- kvm_check_request(
  KVM_REQ_APICV_UPDATE, vcpu)
                                        - mutex_unlock(&kvm->
                                          arch.apicv_update_lock)
- mutex_lock(&vcpu->kvm->
  arch.apicv_update_lock)
(… 1 row)
- vcpu->arch.apicv_active = activate
- kvm_x86_refresh_apicv_exec_ctrl(
  vcpu)
(… 1 row)
- mutex_unlock(&vcpu->kvm->
  arch.apicv_update_lock)
(… 7 rows)
- __svm_vcpu_run(vmcb_pa, regs)
- walk, fill the TLB
- write TPR through the TLB entry
***boom***

  2 vCPUs, 3 toggles, 1 access · V5_15.VcpuStatus
  V5_15.VcpuStatus/2,1W32,+4-4+4:3e8c:bx9b_1bx3cx13bx4cx2bx7cbx14b_1b

""";
}
