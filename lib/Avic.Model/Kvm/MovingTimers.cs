namespace Avic.Model;

/// <summary>The local APIC's timer where vCPUs move: it is queued on a core, its expiry is that core's interrupt, and it follows its vCPU before that enters its guest.</summary>
/// <remarks>
/// On the vCPU's own core apic_timer_fn() is one step, as where vCPUs stay; on another it and the vCPU's thread run side by side, and what it does is three
/// steps. hrtimer_cancel() waits for it to end, which is no row: what is still to come of it is a request and a kick, which do no harm. A kick is one step.
/// </remarks>
internal static class MovingTimers
{
    private const string Lapic = "arch/x86/kvm/lapic.c, v5.15", X86 = "arch/x86/kvm/x86.c, v5.15";

    private static readonly Row<Machine>[] Unit =
    [
        Row.Of("intr", "#VMEXIT(INTR)", x =>
        {
            var cpu = x.HrtimerOf(x.Me).Cpu;
            if (!x.Vcpu.Timer.HasFlag(TimerState.Fired) || !CoreInterrupts.AtBoundary(x, cpu)) return x.Wait;
            x.ForceExit(x.VcpuOn(cpu), Exit.Interrupt);
            return x.Next;
        }, calls: ["guest"]),
        Row.Of("callback", "apic_timer_fn(data): atomic_inc(&apic->lapic_timer.pending)", x =>
        {
            ref var timer = ref x.HrtimerOf(x.Me);
            if (!x.Vcpu.Timer.HasFlag(TimerState.Fired) || timer.Callback != ExpiryStage.None || x.CoreOf(timer.Cpu).InGuest || x.CoreOf(timer.Cpu).IrqsOff) return x.Wait;
            if (LapicTimer.Expire(x)) return x.Next;
            if (x.Vcpu.Core == timer.Cpu) LapicTimer.Tell(x);
            else x.Store(ref timer.Callback, ExpiryStage.Request);
            return x.Next;
        }, Order.Locked) with
        { Source = Lapic },
        Row.Of("request", "kvm_make_request(KVM_REQ_UNBLOCK, vcpu)", x =>
        {
            ref var timer = ref x.HrtimerOf(x.Me);
            if (timer.Callback != ExpiryStage.Request) return x.Wait;
            x.SetBits(ref x.Vcpu.Requests, Request.Unblock);
            x.Store(ref timer.Callback, ExpiryStage.Kick);
            return x.Next;
        }, Order.Locked) with
        { Source = Lapic },
        Row.Of("kick", "kvm_vcpu_kick(vcpu)", x =>
        {
            ref var timer = ref x.HrtimerOf(x.Me);
            if (timer.Callback != ExpiryStage.Kick) return x.Wait;
            x.Store(ref timer.Callback, ExpiryStage.None);
            if (InterruptDelivery.WakeUp(x, x.Me) || x.Vcpu.Mode != Mode.InGuest || x.Vcpu.Cpu == timer.Cpu) return x.Next;
            x.Store(ref x.Vcpu.Mode, Mode.Exiting);
            x.Store(ref x.CoreOf(x.Vcpu.Cpu).Reschedule, true);
            return x.Next;
        }, Order.Locked) with
        { Source = Lapic },
    ];

    /// <summary>True if a core is busy with a timer's callback: until it is done no thread comes on.</summary>
    public static bool AnyOn(Context x, int core)
    {
        for (var vcpu = 0; x.Programs.HasTimers && vcpu < x.VcpuCount; vcpu++)
            if (x.HrtimerOf(vcpu) is { Callback: not ExpiryStage.None } timer && timer.Cpu == core) return true;
        return false;
    }

    // An expiry that is on its way comes along.
    private static readonly Row<Machine> Migrate = Row.Of("migrate_timer", "kvm_check_request(KVM_REQ_MIGRATE_TIMER, vcpu): __kvm_migrate_timers(vcpu)", x =>
    {
        if (!x.CheckRequest(Request.MigrateTimer)) return x.Next;
        if ((x.Vcpu.Timer & (TimerState.Armed | TimerState.Fired)) != 0) x.Store(ref x.HrtimerOf(x.Me).Cpu, (byte)x.OwnCore);
        return x.Next;
    }, Order.Locked) with
    { Source = X86 };

    private static readonly Row<Machine> Ask = Row.Of("migrate_timer", "vcpu->cpu != cpu: kvm_make_request(KVM_REQ_MIGRATE_TIMER, vcpu)", x =>
    {
        if (x.Vcpu.Cpu != x.Vcpu.Core) x.SetBits(ref x.Vcpu.Requests, Request.MigrateTimer);
        return x.Next;
    }, Order.Locked, preemptOff: true) with
    { Source = "arch/x86/kvm/x86.c kvm_arch_vcpu_load(), v5.15" };

    /// <summary>The kernel where timers move.</summary>
    public static Code<Machine> Woven(Code<Machine> kernel) => kernel
        .Edit(LapicTimer.Unit.Name, unit => unit.With("intr", Unit[0]).With("callback", Unit[1..]))
        .Edit("vcpu_enter_guest", enter => enter.Before("flush", Migrate))
        .Edit("schedule", schedule => schedule.Before("cpu", Ask))
        .Edit("kvm_arch_vcpu_ioctl_run", run => run.Before("cpu", Ask));
}
