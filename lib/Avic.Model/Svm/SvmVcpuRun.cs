namespace Avic.Model;

/// <summary>From the last check in the host to the first row after #VMEXIT.</summary>
internal static class SvmVcpuRun
{
    public static readonly Routine<Machine> Routine = Avic.Model.Routine.Of("svm_vcpu_run", "arch/x86/kvm/svm/svm.c, v5.15",
        Row.Of("warn", "WARN_ON_ONCE(kvm_apicv_activated(vcpu->kvm) != kvm_vcpu_apicv_active(vcpu))", x =>
        {
            if ((x.Vm.ApicvInhibitReasons == 0) != x.Vcpu.ApicvActive) x.Note(Mark.Warned);
            return x.Next;
        }),
        // VMRUN obeys TLB_CONTROL and takes the AVIC bit; both are the vCPU's own. What follows is the guest's until #VMEXIT.
        Row.Of("vmrun", "__svm_vcpu_run(vmcb_pa, regs)", x =>
        {
            if (x.Vmcb.TlbControl) (x.Vmcb.Tlb, x.Vmcb.TlbControl) = (TlbEntry.None, false);
            x.Store(ref x.Core.InGuest, true);
            return x.Call("guest");
        }, calls: ["guest"]));
}
