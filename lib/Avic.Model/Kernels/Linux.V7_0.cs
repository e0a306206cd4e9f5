namespace Avic.Model;

public sealed partial class Linux
{
    /// <summary>
    /// Linux 7.0: IRQ windows are counted, so that one vCPU's window no longer lifts the inhibit another needs; the inhibit
    /// is let go when the interrupt is injected, not when the window opens.
    /// </summary>
    /// <remarks>Not read from a 7.0 tree but from the patches (20260123224514.2509129-1-seanjc@google.com).</remarks>
    public static Linux V7_0 => field ??= V6_17.From
        .Replaced(CountedIrqWindow.IncOrDec)
        .With("__kvm_request_apicv_update", "edge", CountedIrqWindow.Edge)
        .With("svm_enable_irq_window", "inhibit", CountedIrqWindow.Inhibit)
        .With("interrupt_window_interception", "disarm", CountedIrqWindow.Disarm)
        .Less("interrupt_window_interception", "lift")
        .Before("vcpu_enter_guest", "window", CountedIrqWindow.Inject)
        .As("V7_0", "7.0: IRQ windows are counted");
}
