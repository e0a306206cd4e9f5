namespace Avic.Model;

/// <summary>The host's scheduler on one core: who goes off it, when, and who comes on. Rows of the core, where vCPUs move.</summary>
/// <remarks>
/// It is fair, and no more than that: a thread that waits for a core gets one, and one that has something to do takes it from another in
/// the end. When and where the other is preempted is open, and with it the order of turns.
/// </remarks>
internal static class HostScheduler
{
    private const string Source = "kernel/sched/core.c, v5.15";

    public static readonly Row<Machine>[] Rows =
    [
        .. Of(
            // It need not happen: nobody waits for the core who must have it.
            Row.Of("preempt", "preempt_schedule_irq()", x =>
            {
                if (!x.Programs.HostPreempts || x.VcpuOn(x.Me) is not (>= 0 and var vcpu) || IsDue(x, vcpu) || !x.IsPreemptible(vcpu)) return x.Wait;
                x.Inject(vcpu, "schedule");
                return x.Next;
            }, may: true, injects: ["schedule"]),
            Row.Of("slice", "#VMEXIT(INTR): another thread's turn", x =>
            {
                if (!x.Core.InGuest || !CoreInterrupts.AtBoundary(x) || x.VcpuOn(x.Me) is var vcpu && !IsDue(x, vcpu)) return x.Wait;
                x.ForceExit(vcpu, Exit.Interrupt);
                return x.Next;
            }, calls: ["guest"]),
            Row.Of("turn", "preempt_schedule_irq()", x =>
            {
                if (x.VcpuOn(x.Me) is not (>= 0 and var vcpu) || !IsDue(x, vcpu) || !x.IsPreemptible(vcpu)) return x.Wait;
                x.Store(ref x.VcpuOf(vcpu).NeedResched, false);
                x.Inject(vcpu, "schedule");
                return x.Next;
            }, injects: ["schedule"]),
            Row.Of("pick", "next = pick_next_task(rq, prev, &rf)", x =>
            {
                if (x.VcpuOn(x.Me) >= 0 || MovingTimers.AnyOn(x, x.Me)) return x.Wait;
                var vcpu = x.Choose(x.VcpuCount);
                if (x.VcpuOf(vcpu).Core != Vcpu.WaitsForCore || !MayRunOn(x, vcpu, x.Me)) return x.Wait;
                x.Store(ref x.VcpuOf(vcpu).Core, (sbyte)x.Me);
                return x.Next;
            })),
    ];

    /// <summary>A thread of higher priority wakes on a vCPU's core, or the vCPU's thread may stay there no longer.</summary>
    public static readonly Routine<Machine> Reschedule = Routine.Of("resched_curr", Source,
        Row.Of("flag", "set_tsk_need_resched(curr)", x =>
        {
            if (x.VcpuOf(x.Local.Index).Core < 0) return x.Return();
            x.Store(ref x.VcpuOf(x.Local.Index).NeedResched, true);
            return x.Next;
        }, Order.Locked),
        Row.Of("ipi", "smp_send_reschedule(cpu)", x =>
        {
            if (x.VcpuOf(x.Local.Index).Core is >= 0 and var core) x.Store(ref x.CoreOf(core).Reschedule, true);
            return x.Return();
        }));

    public static readonly Routine<Machine> SetAffinity = Routine.Of("sched_setaffinity", Source,
        Row.Of("mask", "set_cpus_allowed_ptr(p, new_mask)", x =>
        {
            x.Store(ref x.VcpuOf(x.Local.Index).Affinity, (sbyte)x.Local.Value);
            return x.Next;
        }),
        Row.Of("move", "task_running(rq, p)", x => IsElsewhere(x) ? x.Call("resched_curr", new() { Index = x.Local.Index }) : x.Return(), calls: ["resched_curr"]),
        // migration_cpu_stop() takes the thread off, which here is a turn like any other.
        Row.Of("wait", "wait_for_completion(&pending->done)", x => IsElsewhere(x) ? x.Wait : x.Return()));

    /// <summary>
    /// True if a thread that waits for a core would only enter its guest and stay there. It need not get one, then; or two such vCPUs on
    /// one core would take turns for ever, and no run would come to rest.
    /// </summary>
    public static bool WouldIdle(Context x, int vcpu)
    {
        ref var vmcb = ref x.VmcbOf(vcpu);
        return x.VcpuOf(vcpu) is { Core: Vcpu.WaitsForCore, Requests: Request.None, IrqWindows: 0 } && x.PositionBelow(vcpu) == "vcpu_enter_guest.pending"
            && x.Programs.Guest[vcpu].IsIdleAt(vmcb.Rip) && vmcb is { EventInjection: 0, SingleStep: SingleStep.Off }
            && !(vmcb.InterruptFlag && x.ApicPageOf(vcpu).DeliverableAbove(vmcb.AvicEnable ? (uint)vmcb.VTpr << 4 : x.ApicPageOf(vcpu).Tpr) >= 0);
    }

    // Another's turn: it was asked for, or somebody waits for this core and has nowhere else to go.
    private static bool IsDue(Context x, int vcpu)
    {
        if (x.VcpuOf(vcpu).NeedResched) return true;
        for (var other = 0; other < x.VcpuCount; other++)
            if (x.VcpuOf(other).Core == Vcpu.WaitsForCore && MayRunOn(x, other, x.Me) && !WouldIdle(x, other) && !AnyIsFree(x, other)) return true;
        return false;
    }

    private static bool AnyIsFree(Context x, int vcpu)
    {
        for (var core = 0; core < x.CoreCount; core++)
            if (MayRunOn(x, vcpu, core) && x.VcpuOn(core) < 0) return true;
        return false;
    }

    private static bool MayRunOn(Context x, int vcpu, int core) =>
        x.VcpuOf(vcpu).Affinity is >= 0 and var only ? core == only : x.Programs.HostMigrates || core == x.VcpuOf(vcpu).Cpu;

    private static bool IsElsewhere(Context x) => x.VcpuOf(x.Local.Index).Core is >= 0 and var core && core != x.Local.Value;

    private static IEnumerable<Row<Machine>> Of(params Row<Machine>[] rows) => rows.Select(row => row with { Source = Source });
}
