namespace Avic.Model;

/// <summary>An interrupt window: the vCPU's own thread inhibits AVIC, waits for the guest to be interruptible, and lifts it again.</summary>
internal static class IrqWindow
{
    private const string Source = "arch/x86/kvm/svm/svm.c, v5.15";

    public static readonly Routine<Machine> Enable = Routine.Of("svm_enable_irq_window", Source,
        Row.Of("inhibit", "kvm_request_apicv_update(vcpu->kvm, false, APICV_INHIBIT_REASON_IRQWIN)",
            x => x.Call("kvm_request_apicv_update", new() { Reason = Reason.IrqWindow, Set = true }), calls: ["kvm_request_apicv_update"]),
        Row.Of("arm", "svm_set_vintr(svm)", x =>
        {
            // WARN_ON(kvm_apicv_activated(kvm)): AVIC would ignore the V_IRQ that is being armed.
            if (x.IsActivated(x.Me)) x.Note(Mark.Warned);
            SetVintr(x, ref x.Vmcb);
            return x.Next;
        }));

    public static readonly Routine<Machine> Interception = Routine.Of("interrupt_window_interception", Source,
        Requests.Event("event"),
        Row.Of("disarm", "svm_clear_vintr(svm)", x =>
        {
            ClearVintr(x, ref x.Vmcb);
            if (x.Vcpu.IrqWindows > 0) x.Vcpu.IrqWindows--; // else the window was for a vector of the APIC
            return x.Next;
        }, isPrivate: true),
        Row.Of("lift", "kvm_request_apicv_update(vcpu->kvm, true, APICV_INHIBIT_REASON_IRQWIN)",
            x => x.Call("kvm_request_apicv_update", new() { Reason = Reason.IrqWindow, Set = false }), calls: ["kvm_request_apicv_update"]));

    /// <summary><c>svm_set_vintr()</c>: a virtual interrupt of no vector, of the highest priority, at which the guest is left.</summary>
    public static void SetVintr(Context x, ref Vmcb vmcb)
    {
        (vmcb.VIrq, vmcb.VIntrPrio, vmcb.InterceptVintr) = (true, 0xf, true);
        x.MarkDirty(CleanBits.Intercepts);
    }

    /// <summary><c>svm_clear_vintr()</c></summary>
    public static void ClearVintr(Context x, ref Vmcb vmcb)
    {
        (vmcb.VIrq, vmcb.VIntrPrio, vmcb.InterceptVintr) = (false, 0, false);
        x.MarkDirty(CleanBits.Intercepts);
    }
}
