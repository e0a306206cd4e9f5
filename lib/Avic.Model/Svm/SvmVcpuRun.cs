namespace Avic.Model;

/// <summary>From the last check in the host to the first row after #VMEXIT.</summary>
internal static class SvmVcpuRun
{
    public static readonly Routine<Machine> Routine = Avic.Model.Routine.Of("svm_vcpu_run", "arch/x86/kvm/svm/svm.c, v5.15",
        ApicvInhibit.Warn("kvm_apicv_activated(vcpu->kvm) != kvm_vcpu_apicv_active(vcpu)", x => (x.Vm.ApicvInhibitReasons == 0) != x.Vcpu.ApicvActive),
        // With AVIC on, 5.15 leaves V_TPR to the core (until d02e48830e3f): what software wrote into the page meanwhile does not reach it.
        Row.Of("to_cr8", "sync_lapic_to_cr8(vcpu)", x =>
        {
            if (!x.Vcpu.ApicvActive && !NestedGuest.HasOwnTpr(x)) x.Vmcb.VTpr = (byte)(x.ApicPage.Tpr >> 4);
            return x.Next;
        }, isPrivate: true),
        // VMRUN obeys TLB_CONTROL, takes the AVIC bit and an event to inject, which are the vCPU's own, and with AVIC on looks at IRR: the one
        // thing that others write, so one step. What follows is the guest's until #VMEXIT.
        Row.Of("vmrun", "__svm_vcpu_run(vmcb_pa, regs)", x =>
        {
            if (WorldSwitch.IsRefused(x)) return x.Goto("from_cr8");
            WorldSwitch.TakeTlb(x);
            WorldSwitch.ToGuest(x);
            WorldSwitch.Look(x);
            return WorldSwitch.Begin(x);
        }, to: ["from_cr8"], calls: ["guest"]),
        // CR8 is the guest's, so the page follows it, whoever wrote the page; of the low half of TPR kvm_lapic_set_tpr() keeps bit 2.
        Row.Of("from_cr8", "sync_cr8_to_lapic(vcpu)", x =>
        {
            if (!x.Vmcb.InterceptCr8Write && !NestedGuest.HasOwnTpr(x))
            {
                x.Store(ref x.ApicPage.Tpr, (uint)x.Vmcb.VTpr << 4 | x.ApicPage.Tpr & 4);
                Lapic.PriorityChanged(x);
            }
            return x.Next;
        }),
        Row.Of("return", "return exit_fastpath", x => x.Return(), isControl: true));
}
