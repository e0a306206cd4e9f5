namespace Avic.Model;

/// <summary>A thread of the VMM: it calls KVM's ioctls, one after the other, and ends.</summary>
internal static class VmIoctl
{
    public static readonly Routine<Machine> Thread = Routine.Of("kvm_vm_ioctl", "arch/x86/kvm/i8254.c kvm_pit_set_reinject() and its like, v5.15",
        Row.Of("next", "kvm_vm_ioctl(KVM_REINJECT_CONTROL)", x =>
        {
            var host = x.Actor - x.VcpuCount;
            var calls = x.Programs.Host[host];
            if (x.Local.Index == calls.Count) return x.Return();
            var at = x.Local.Index++;
            return calls[at] switch
            {
                InhibitCall call => ApicvInhibit.Call(x, call),
                CreateCall call => x.Call(VcpuCreation.Create.Name, new() { Index = (byte)call.Vcpu }),
                RouteCall call => InterruptRoutes.Call(x, call),
                VcpuCall call => x.Call(LapicState.RunOnVcpu.Name, new() { Index = (byte)call.Vcpu, Value = (byte)(1 + x.Programs.NumberOfVcpuCall(host, at)) }),
                MigrateCall call => x.Call(HostScheduler.SetAffinity.Name, new() { Index = (byte)call.Vcpu, Value = (byte)call.Core }),
                PreemptCall call => x.Call(HostScheduler.Reschedule.Name, new() { Index = (byte)call.Vcpu }),
                var call => throw new ModelException($"nothing says how a VMM's thread makes {call}"),
            };
        }, calls: ["kvm_request_apicv_update"], isControl: true),
        Row.Of("again", "the VMM's next call", x => x.Goto("next"), to: ["next"], isControl: true));

    /// <summary>The kernel whose VMM makes more calls than the inhibits'.</summary>
    public static Code<Machine> With(Code<Machine> kernel, params string[] calls) =>
        kernel.Edit(Thread.Name, thread => thread.Map("next", row => row with { Text = "ioctl() and the like", Calls = [.. row.Calls, .. calls] }));
}
