namespace Avic.Model;

/// <summary>A thread of the VMM: it calls KVM's ioctls, one after the other, and ends.</summary>
internal static class VmIoctl
{
    public static readonly Routine<Machine> Thread = Routine.Of("kvm_vm_ioctl", "arch/x86/kvm/i8254.c kvm_pit_set_reinject() and its like, v5.15",
        Row.Of("next", "kvm_vm_ioctl(KVM_REINJECT_CONTROL)", x =>
        {
            var calls = x.Programs.Host[x.Actor - x.VcpuCount];
            if (x.Local.Index == calls.Count) return x.Return();
            return ApicvInhibit.Call(x, (InhibitCall)calls[x.Local.Index++]);
        }, calls: ["kvm_request_apicv_update"], isControl: true),
        Row.Of("again", "the VMM's next call", x => x.Goto("next"), to: ["next"], isControl: true));
}
