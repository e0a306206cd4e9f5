namespace Avic.Model;

/// <summary>
/// A vCPU's AVIC that follows the mode of its APIC; since 6.0. On hardware without x2AVIC it stays as it is in x2APIC mode: the MSRs are
/// intercepted there, the page is AVIC's still, and so are doorbells.
/// </summary>
internal static class VirtualApicMode
{
    private const string X86 = "arch/x86/kvm/x86.c, v6.1; 8fc9c7a3079e", Lapic = "arch/x86/kvm/lapic.c, v6.1; 8fc9c7a3079e", Avic = "arch/x86/kvm/svm/avic.c, v6.1; 4d1d7942e36a, 05c4fe8c1bd9",
        Mended = "arch/x86/kvm/svm/avic.c, v6.8; b65235f6e102 (v6.6)";

    public static readonly Row<Machine> Warn = ApicvInhibit.Warn("kvm_vcpu_apicv_activated(vcpu) != kvm_vcpu_apicv_active(vcpu) && kvm_get_apic_mode(vcpu) != LAPIC_MODE_DISABLED",
        x => x.IsActivated(x.Me) != x.Vcpu.ApicvActive && x.Msrs.IsApicOn) with
    { Source = X86 };

    public static readonly Row<Machine> Activate = ApicvInhibit.Activate("kvm_vcpu_apicv_activated(vcpu) && kvm_get_apic_mode(vcpu) != LAPIC_MODE_DISABLED",
        x => x.IsActivated(x.Me) && x.Msrs.IsApicOn) with
    { Source = X86 };

    public static readonly Row<Machine> Update = Row.Of("update", "kvm_vcpu_update_apicv(vcpu)", x => x.Local.Set ? x.Call("kvm_vcpu_update_apicv") : x.Next,
        calls: ["kvm_vcpu_update_apicv"], isControl: true) with
    { Source = Lapic };

    /// <summary>Since 6.3 the vCPU makes itself a request, which it serves before it enters the guest again, with no lock or SRCU held.</summary>
    public static readonly Row<Machine> RequestUpdate = Row.Of("update", "kvm_make_request(KVM_REQ_APICV_UPDATE, vcpu)", x =>
    {
        if (x.Local.Set) x.SetBits(ref x.Vcpu.Requests, Request.ApicvUpdate);
        return x.Next;
    }, Order.Locked) with
    { Source = "arch/x86/kvm/lapic.c, v6.3; 1459f5c6b8b8" };

    /// <param name="mended">True if MSRs are intercepted again whatever the mode: since b65235f6e102 (v6.6).</param>
    public static Row<Machine> Refresh(bool mended) => Row.Of("refresh", "kvm_x86_refresh_apicv_exec_ctrl(vcpu)", x =>
    {
        Set(x, ref x.Vmcb01, x.Vcpu.ApicvActive, mended);
        x.MarkDirty(CleanBits.Avic);
        Scheduling.Follow(x);
        return x.Next;
    }, coveredWhen: x => !x.Programs.Interrupts, preemptOff: true) with
    { Source = mended ? Mended : Avic };

    /// <inheritdoc cref="Refresh"/>
    public static Row<Machine> Mode(bool mended) => Row.Of("mode", "kvm_x86_set_virtual_apic_mode(vcpu)", x =>
    {
        if (!x.Done(ref x.Local.Set)) return x.Next;
        Set(x, ref x.Vmcb, x.Vcpu.ApicvActive, mended);
        x.MarkDirty(CleanBits.Avic);
        return x.Next;
    }, isPrivate: true) with
    { Source = mended ? Mended : Avic };

    /// <summary><c>avic_activate_vmcb()</c> and <c>avic_deactivate_vmcb()</c>: x2AVIC where hardware has it and the guest is in x2APIC mode.</summary>
    public static void Set(Context x, ref Vmcb vmcb, bool isActive, bool mended = true) =>
        Set(ref vmcb, isActive, x.Programs.Hardware.HasX2Avic && x.Msrs.IsX2, mended);

    /// <summary>The same, where no scenario runs yet.</summary>
    public static void Set(ref Vmcb vmcb, bool isActive, bool isX2, bool mended = true)
    {
        vmcb.AvicEnable = isActive;
        if (vmcb.X2AvicEnable == (isActive && isX2)) return;
        vmcb.X2AvicEnable = isActive && isX2;
        vmcb.AvicPhysicalTable = vmcb.AvicPhysicalTable & ~0xffful | (vmcb.X2AvicEnable ? 0x1ffu : 0xffu);
        if (vmcb.X2AvicEnable) vmcb.MsrPermissions = MsrPermissions.X2AvicOpen;
        else if (isX2 || mended) vmcb.MsrPermissions = MsrPermissions.Intercepted;
    }
}
