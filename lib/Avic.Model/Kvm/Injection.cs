namespace Avic.Model;

/// <summary>Interrupts while AVIC is off: KVM takes them out of IRR and injects them at VMRUN, and watches CR8 for those that must wait.</summary>
internal static class Injection
{
    private const string Source = "arch/x86/kvm/x86.c, v5.15";

    /// <summary>Nothing to do here with AVIC on: delivery is the core's.</summary>
    public static readonly Routine<Machine> Inject = Routine.Of("inject_pending_event", Source,
        // What an entry that was called off had taken is injected first: it is in the VMCB still.
        Row.Of("has", "kvm_cpu_has_injectable_intr(vcpu)", x =>
        {
            if (x.Vmcb.EventInjection != 0 || x.Vcpu.ApicvActive || !Lapic.HasInterrupt(x)) return x.Goto("cr8");
            return Interrupts.Open(x) ? x.Next : x.Goto("window");
        }, to: ["window", "cr8"]),
        Row.Of("get", "kvm_queue_interrupt(vcpu, kvm_cpu_get_interrupt(vcpu), false)", x =>
        {
            var vector = ApicMetadata.Deliverable(x);
            Lapic.Acknowledge(x, vector);
            x.Vmcb.EventInjection = (byte)vector;
            return x.Next;
        }, Order.Locked),
        // apic_clear_irr() forgets first and searches after, so what a sender has set in between is found.
        Row.Of("pending", "apic->irr_pending = (apic_search_irr(apic) != -1)", x =>
        {
            x.Store(ref x.Vcpu.IrrPending, x.ApicPage.Irr.Highest >= 0);
            return x.Next;
        }),
        Row.Of("more", "kvm_cpu_has_injectable_intr(vcpu)", x => ApicMetadata.Deliverable(x) < 0 ? x.Goto("cr8") : x.Next, to: ["cr8"]),
        Row.Of("window", "kvm_x86_enable_irq_window(vcpu)", x => x.Call("svm_enable_irq_window"), calls: ["svm_enable_irq_window"], isControl: true),
        // A CR8 that holds a requested vector off is watched: lowering it must be seen. With AVIC on the intercept stays as it is.
        Row.Of("cr8", "update_cr8_intercept(vcpu)", x =>
        {
            UpdateCr8Intercept(x);
            return x.Next;
        }));

    /// <summary><c>update_cr8_intercept()</c>.</summary>
    public static void UpdateCr8Intercept(Context x)
    {
        if (NestedGuest.HasOwnTpr(x) || x.Vcpu.ApicvActive) return;
        x.MarkDirty(CleanBits.Intercepts);
        x.Vmcb.InterceptCr8Write = x.Vmcb01.InterceptCr8Write = ApicMetadata.HighestIrr(x) is >= 0 and var vector && x.ApicPage.Tpr >> 4 >= vector >> 4;
    }

    public static readonly Routine<Machine> Cr8Write = Routine.Of("cr8_write_interception", "arch/x86/kvm/svm/svm.c and lapic.c kvm_lapic_set_tpr(), v5.15",
        Row.Of("tpr", "kvm_set_cr8(vcpu, cr8)", x =>
        {
            var cr8 = (uint)x.Instruction!.Value;
            x.Store(ref x.ApicPage.Tpr, cr8 << 4 & 0xf0 | x.ApicPage.Tpr & 4);
            Lapic.PriorityChanged(x);
            x.Retire();
            return x.Next;
        }, Order.Locked));
}
