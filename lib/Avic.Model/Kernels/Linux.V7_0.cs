namespace Avic.Model;

public sealed partial class Linux
{
    /// <summary>
    /// Linux 7.0: IRQ windows are counted, so that one vCPU's window no longer lifts the inhibit another needs; the inhibit
    /// is let go when the interrupt is injected, not when the window opens. Switching AVIC on takes the intercept of CR8 writes away.
    /// </summary>
    /// <remarks>Not read from a 7.0 tree but from the patches (20260123224514.2509129-1-seanjc@google.com).</remarks>
    public static Linux V7_0 => field ??= V6_17.From
        .Replaced(CountedIrqWindow.IncOrDec)
        .With("__kvm_request_apicv_update", "edge", CountedIrqWindow.Edge)
        .With("svm_enable_irq_window", "inhibit", CountedIrqWindow.Inhibit)
        .With("interrupt_window_interception", "disarm", CountedIrqWindow.Disarm)
        .Less("interrupt_window_interception", "lift")
        .Before("vcpu_enter_guest", "window", CountedIrqWindow.Inject)
        .After("kvm_vcpu_update_apicv", "refresh", Row.Of("intercept", "svm_clr_intercept(svm, INTERCEPT_CR8_WRITE)", x =>
        {
            x.Vmcb01.InterceptCr8Write = !x.Vcpu.ApicvActive;
            x.MarkDirty(CleanBits.Intercepts);
            return x.Next;
        }, isPrivate: true, preemptOff: true) with
        { Source = "arch/x86/kvm/svm/avic.c avic_activate_vmcb(), avic_deactivate_vmcb(), v7.0; 87d0f901a9bd" })
        .With("kvm_vcpu_reset", "avic", AcceptEvents.OwnFlag).With("kvm_vm_ioctl_create_vcpu", "vmcb", VcpuCreation.OwnFlag)
        .After("svm_set_nested_state", "switch", NestedGuest.UpdateSelf with { Source = "arch/x86/kvm/svm/nested.c, v7.0; 24f7d36b824b" })
        .As("V7_0", "7.0: IRQ windows are counted, and the CR8 intercept goes with the flag");
}
