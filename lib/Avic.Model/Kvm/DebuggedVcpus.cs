namespace Avic.Model;

/// <summary>KVM_SET_GUEST_DEBUG with KVM_GUESTDBG_BLOCKIRQ: KVM injects nothing, and since 5.16 keeps AVIC off, which would deliver.</summary>
/// <remarks>A call of the vCPU's thread between two runs, as KVM_SET_LAPIC is. Single steps and breakpoints are not modelled.</remarks>
internal static class DebuggedVcpus
{
    private const string X86 = "arch/x86/kvm/x86.c, v5.15; 61e5f69ef083", Since5_16 = "arch/x86/kvm/x86.c, v5.16; cae72dcc3b21";

    public static readonly Routine<Machine> Set = Routine.Of("kvm_arch_vcpu_ioctl_set_guest_debug", X86,
        Row.Of("flag", "vcpu->guest_debug = dbg->control", x =>
        {
            x.Store(ref x.GuestDebug.Control, x.Done(ref x.Local.Set) ? GuestDebugControl.BlockIrq : GuestDebugControl.None);
            return x.Next;
        }),
        Requests.Event("event") with { Text = "kvm_set_rflags(vcpu, rflags): kvm_make_request(KVM_REQ_EVENT, vcpu)" });

    /// <summary>Since 5.16.</summary>
    public static readonly Row<Machine>[] Inhibit =
    [
        Row.Of("inhibit", "kvm_arch_vcpu_guestdbg_update_apicv_inhibit(vcpu->kvm)", x => x.Call("kvm_arch_vcpu_guestdbg_update_apicv_inhibit"), calls: ["kvm_arch_vcpu_guestdbg_update_apicv_inhibit"], isControl: true) with { Source = Since5_16 },
        Row.Of("return", "vcpu_put(vcpu)", x => x.Return(), isControl: true) with { Source = Since5_16 },
    ];

    /// <summary>Each vCPU's thread looks at all vCPUs: what it finds and the word it makes of that go together under the lock.</summary>
    public static readonly Routine<Machine> Update = Routine.Of("kvm_arch_vcpu_guestdbg_update_apicv_inhibit", Since5_16,
        Row.Of("lock", "down_write(&kvm->arch.apicv_update_lock)", x => x.Acquire(ref x.Vm.ApicvUpdateLock), Order.Locked),
        Row.Of("scan", "vcpu->guest_debug & KVM_GUESTDBG_BLOCKIRQ", x =>
        {
            var blocks = x.GuestDebugOf(x.Local.Index).BlocksIrqs;
            x.Local.Set |= blocks;
            return blocks || ++x.Local.Index == x.VcpuCount ? x.Next : x.Goto("scan");
        }, to: ["scan"]),
        Ask("__kvm_request_apicv_update", "__kvm_request_apicv_update(kvm, !inhibit, APICV_INHIBIT_REASON_BLOCKIRQ)"),
        Row.Of("unlock", "up_write(&kvm->arch.apicv_update_lock)", x => x.Release(ref x.Vm.ApicvUpdateLock), Order.Locked));

    /// <summary>The proposal of February 2025: the lock is taken for the word alone.</summary>
    public static readonly Row<Machine> Outer = Ask("kvm_request_apicv_update", "kvm_set_or_clear_apicv_inhibit(kvm, APICV_INHIBIT_REASON_BLOCKIRQ, set)") with
    { Source = "dc6cf3403e29c0296926e3bd8f0d4e87b67f4600.1738595289.git.naveen@kernel.org" };

    /// <summary>The kernel where a VMM debugs: what is not injected.</summary>
    public static Code<Machine> Woven(Code<Machine> kernel) => kernel
        .Edit("inject_pending_event", inject => inject.Before("has", Row.Of("blockirq", "vcpu->guest_debug & KVM_GUESTDBG_BLOCKIRQ",
            x => x.GuestDebug.BlocksIrqs ? x.Goto("cr8") : x.Next, to: ["cr8"]) with
        { Source = X86 }));

    private static Row<Machine> Ask(string routine, string text) =>
        Row.Of("inner", text, x => x.Call(routine, new() { Reason = Reason.BlockIrq, Set = x.Done(ref x.Local.Set) }), calls: [routine], isControl: true);
}
