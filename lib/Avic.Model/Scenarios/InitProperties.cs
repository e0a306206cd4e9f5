namespace Avic.Model;

/// <summary>What must hold of INIT and SIPI.</summary>
public sealed partial class Property
{
    /// <summary>What the state is for.</summary>
    public static readonly Property NothingRunsBeforeSipi =
        Named("nothing-runs-before-sipi", "A vCPU that waits for SIPI does not enter its guest.")
            .At("svm_vcpu_run.vmrun")
            .Never(Is("it waits", x => x.Vcpu.MpState == MpState.InitReceived));

    /// <summary>Architecture: what INIT has left of the guest.</summary>
    public static readonly Property SipiFindsResetVcpu =
        Named("sipi-finds-reset-vcpu", "What SIPI starts begins with interrupts off, no handler to return to, no vector in service and no NMI masked.")
            .At("kvm_apic_accept_events.begin")
            .Never(Is("something is left", x => x.Vmcb.InterruptFlag || x.Memory.Depth > 0 || x.ApicPage.Isr.Highest >= 0 || x.Vcpu.NmiMasked || x.Vmcb.EventInjection != 0));

    /// <summary>What requests, kicks and wake-ups are for.</summary>
    public static readonly Property InitIsNotStranded =
        Named("init-is-not-stranded", "When nothing is bound to happen, no vCPU has INIT or SIPI still to look at.")
            .AtRest()
            .Never(Is("one waits", x => AnyVcpu(x, (x, v) => x.VcpuOf(v).PendingEvents != 0)));

    /// <summary>What must hold of INIT and SIPI, beside <see cref="All"/>, in scenarios that send some.</summary>
    public static readonly IReadOnlyList<Property> OfInit = [NothingRunsBeforeSipi, SipiFindsResetVcpu, InitIsNotStranded];
}
