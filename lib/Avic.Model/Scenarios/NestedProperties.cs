namespace Avic.Model;

/// <summary>What must hold where guests run guests.</summary>
public sealed partial class Property
{
    /// <summary>L2 has no AVIC: who sends its vCPU an interrupt must not think otherwise.</summary>
    public static readonly Property L2RunsWithoutAvic =
        Named("l2-runs-without-avic", "At VMRUN of L2 the vCPU's flag, its IsRunning and both its VMCBs have AVIC off.")
            .At("svm_vcpu_run.vmrun")
            .Whenever(Is("it is L2", x => x.IsInL2))
            .Never(Is("something has AVIC on", x => x.IsInL2 && (x.Vcpu.ApicvActive || x.Vmcb.AvicEnable || x.Vmcb01.AvicEnable || InterruptDelivery.IsRunning(x, x.Me))));

    /// <summary>A window is a matter of a moment.</summary>
    public static readonly Property IrqWindowInhibitEnds =
        Named("irq-window-inhibit-ends", "When nothing is bound to happen and no vCPU waits for an IRQ window, no window inhibits AVIC.")
            .AtRest()
            .Whenever(Is("no vCPU waits for a window", x => !AnyWindow(x)))
            .Never(Is("AVIC is inhibited for one", x => !AnyWindow(x) && x.IsInhibitedFor(Reason.IrqWindow)));

    /// <summary>What must hold where guests run guests, beside <see cref="All"/>.</summary>
    public static readonly IReadOnlyList<Property> OfNested = [L2RunsWithoutAvic, IrqWindowInhibitEnds];

    private static bool AnyWindow(Context x) => AnyVcpu(x, (x, v) => x.VcpuOf(v).IrqWindows > 0);
}
