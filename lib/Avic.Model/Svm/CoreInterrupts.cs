namespace Avic.Model;

/// <summary>A core's interrupt unit: what the IPI of a kick does when it arrives.</summary>
/// <remarks>
/// An IPI takes any time to arrive, so both rows are on offer from the moment it is sent. In the guest it forces
/// #VMEXIT whatever the guest's IF (V_INTR_MASKING is set); in the host it is taken whenever interrupts are on.
/// The target may have left and entered again by then.
/// </remarks>
internal static class CoreInterrupts
{
    public static readonly Routine<Machine> Unit = Routine.Of("core", "AMD64 APM vol. 2, 15.13 and 15.21; kernel/smp.c, v5.15",
        Row.Of("intr", "#VMEXIT(INTR)", x =>
        {
            if (x.Core.PendingCalls == 0 && !x.Core.Reschedule || !AtBoundary(x)) return x.Wait;
            x.ForceExit(x.VcpuOn(x.Me), Exit.Interrupt);
            return x.Next;
        }, calls: ["guest"]),
        Row.Of("ack", "flush_smp_call_function_queue()", x =>
        {
            if (x.Core.PendingCalls == 0 || x.Core.InGuest || x.Core.IrqsOff) return x.Wait;
            x.Store(ref x.Core.PendingCalls, (ushort)0);
            return x.Next;
        }, Order.Locked),
        // Any other host interrupt, where the scenario asks for it or for preemption: it need not come, and asks nothing of the host.
        Row.Of("tick", "#VMEXIT(INTR): host tick", x =>
        {
            if (!x.Programs.HostTicks && !x.Programs.HostPreempts || !AtBoundary(x)) return x.Wait;
            x.ForceExit(x.VcpuOn(x.Me), Exit.Interrupt);
            return x.Next;
        }, calls: ["guest"], may: true),
        // Nobody waits for this one: it only makes the core come out and look at its requests.
        Row.Of("resched", "scheduler_ipi()", x =>
        {
            if (!x.Core.Reschedule || x.Core.InGuest || x.Core.IrqsOff) return x.Wait;
            x.Store(ref x.Core.Reschedule, false);
            return x.Next;
        }),
        // The core in the guest looks at the IRR of whichever vCPU it runs; in the host a doorbell is for nobody; the manual is silent.
        Row.Of("doorbell", "doorbell: evaluate IRR", x =>
        {
            if (!x.Core.Doorbell) return x.Wait;
            x.Store(ref x.Core.Doorbell, false);
            if (x.Core.InGuest && x.Vmcb.AvicEnable) Interrupts.Evaluate(x);
            return x.Next;
        }));

    /// <summary>True if the core is in a guest and between two of its instructions, where interrupts are taken.</summary>
    public static bool AtBoundary(Context x, int core) => x.CoreOf(core).InGuest && x.VcpuOn(core) is >= 0 and var vcpu && !x.VmcbOf(vcpu).WithinInstruction && x.VmcbOf(vcpu).SingleStep != SingleStep.Due && !WorldSwitch.IsUnderWay(x, vcpu);

    /// <summary>The same of the actor's own core.</summary>
    public static bool AtBoundary(Context x) => AtBoundary(x, x.Me);
}
