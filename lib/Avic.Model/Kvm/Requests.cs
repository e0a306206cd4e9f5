namespace Avic.Model;

/// <summary>Making requests: of one vCPU, or of every one: set the bit, look at the mode, kick those that may run guest code, wait for them.</summary>
internal static class Requests
{
    /// <summary>For requests with WAIT and NO_WAKEUP, which are all that the inhibit and zap paths make. All of it is between get_cpu() and put_cpu().</summary>
    public static readonly Routine<Machine> MakeAllCpus = Routine.Of("kvm_make_all_cpus_request", "virt/kvm/kvm_main.c, v5.15",
        Row.Of("each", "kvm_for_each_vcpu(i, vcpu, kvm)", x =>
        {
            if (x.Local.Index + 1 == x.Local.Value) x.Local.Index++; // the vCPU to except, plus 1
            return x.Local.Index < x.VcpuCount ? x.Next : x.Goto("ipi");
        }, to: ["ipi"], isControl: true),
        Row.Of("set", "kvm_make_request(req, vcpu)", x =>
        {
            x.SetBits(ref x.VcpuOf(x.Local.Index).Requests, x.Local.Request);
            return x.Next;
        }, Order.Locked, preemptOff: true),
        Row.Of("mode", "cmpxchg(&vcpu->mode, IN_GUEST_MODE, EXITING_GUEST_MODE)", x =>
        {
            ref var mode = ref x.VcpuOf(x.Local.Index).Mode;
            // WAIT: also one that is exiting already may still be in the guest. The requester's own core needs no IPI. vcpu->cpu is read
            // after the mode: one that moves in between has left the guest, which is all that the IPI is for.
            if (mode != Mode.Outside && x.VcpuOf(x.Local.Index).Cpu != x.OwnCore) x.Local.Targets |= (byte)(1 << x.VcpuOf(x.Local.Index).Cpu);
            if (mode == Mode.InGuest) x.Store(ref mode, Mode.Exiting);
            x.Local.Index++;
            return x.Goto("each");
        }, Order.Locked, to: ["each"], preemptOff: true),
        // One IPI a row: each core's queue is a location of its own. With nobody left to kick, nobody notices.
        Row.Of("ipi", "smp_call_function_many(cpus, ack_flush, NULL, wait)", x =>
        {
            if (x.Local.Targets == 0) return x.Next;
            var core = System.Numerics.BitOperations.TrailingZeroCount(x.Local.Targets);
            x.Local.Targets &= (byte)(x.Local.Targets - 1);
            ref var calls = ref x.CoreOf(core).PendingCalls;
            x.Store(ref calls, (ushort)(calls | 1 << x.Actor));
            return x.Goto("ipi");
        }, Order.Locked, to: ["ipi"], coveredWhen: x => x.Local.Targets == 0, preemptOff: true),
        // The caller's own calls: nobody makes new ones in its name.
        Row.Of("wait", "csd_lock_wait(csd)", x => AnyCallPending(x) ? x.Wait : x.Return(), coveredWhen: x => !AnyCallPending(x), preemptOff: true));

    /// <summary>The vCPU whose thread this is looks for interrupts before it enters its guest.</summary>
    public static Row<Machine> Event(string label) => Row.Of(label, MakeEvent, x =>
    {
        x.SetBits(ref x.Vcpu.Requests, Request.Event);
        return x.Next;
    }, Order.Locked);

    /// <summary>The vCPU that the call is about does.</summary>
    public static Row<Machine> EventOf(string label) => Row.Of(label, MakeEvent, x =>
    {
        x.SetBits(ref x.VcpuOf(x.Local.Index).Requests, Request.Event);
        return x.Next;
    }, Order.Locked);

    private const string MakeEvent = "kvm_make_request(KVM_REQ_EVENT, vcpu)";

    private static bool AnyCallPending(Context x)
    {
        for (var core = 0; core < x.CoreCount; core++)
            if ((x.CoreOf(core).PendingCalls >> x.Actor & 1) != 0) return true;
        return false;
    }
}
