namespace Avic.Model.Tests;

/// <summary>5.15 with x2AVIC switched on under it, which it never does itself: the hardware, driven.</summary>
internal static class X2Avic
{
    /// <summary>No MSR is intercepted.</summary>
    public static readonly Linux Open = With(MsrPermissions.Open);

    /// <summary>Those are that KVM intercepts.</summary>
    public static readonly Linux AsKvm = With(MsrPermissions.X2AvicOpen);

    /// <summary>Every MSR is.</summary>
    public static readonly Linux Intercepted = With(MsrPermissions.Intercepted);

    // KVM takes AVIC for active, too, so that it leaves delivery to the core.
    private static Linux With(MsrPermissions permissions) => Linux.V5_15.Before("svm_vcpu_run", "vmrun", Row.Of("x2avic", "VMCB and id table", x =>
    {
        (x.Vcpu.ApicvActive, x.Vcpu.IrrPending) = (true, true);
        (x.Vmcb.AvicEnable, x.Vmcb.X2AvicEnable, x.Vmcb.MsrPermissions, x.Vmcb.AvicPhysicalTable) = (true, true, permissions, PhysicalIdTable.Address | 0x1ff);
        x.PhysicalIdTable[x.Me] = PhysicalIdTable.Entry(x.Me, core: x.Me, running: x.Vcpu.AvicIsRunning);
        return x.Next;
    }));
}
