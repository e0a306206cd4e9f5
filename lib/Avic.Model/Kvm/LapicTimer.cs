namespace Avic.Model;

/// <summary>The local APIC's timer, which is an hrtimer of the host's whether AVIC is on or not.</summary>
/// <remarks>
/// Exploration has no clock: an armed timer expires whenever it likes, or never; and of its count four quarters are left, three, two or one,
/// whenever it is read. In a run by the clock it expires in time, and a read finds what is left, rounded up to quarters (<see cref="Costs"/>). Read in 5.8, 5.10, 5.15 and 6.16, and vcpu_run()
/// in 6.18: an expiry is the same in all of them but for the request's name. A deadline that has passed when it is set, which KVM takes for expired
/// at once, waits for its unit here like any other.
/// </remarks>
internal static class LapicTimer
{
    /// <summary>The row that a run by the clock takes when the count is up.</summary>
    public const string Expiry = "hrtimer.expire";

    /// <summary>A core's unit for the hrtimer of its vCPU. Only in scenarios that arm one.</summary>
    public static readonly Routine<Machine> Unit = Routine.Of("hrtimer", "kernel/time/hrtimer.c and arch/x86/kvm/lapic.c, v5.15",
        Row.Of("expire", "the timer expires", x =>
        {
            if ((x.Vcpu.Timer & (TimerState.Armed | TimerState.Fired)) != TimerState.Armed) return x.Wait;
            x.Store(ref x.Vcpu.Timer, x.Vcpu.Timer | TimerState.Fired);
            return x.Next;
        }, may: true),
        Row.Of("intr", "#VMEXIT(INTR)", x =>
        {
            if (!x.Vcpu.Timer.HasFlag(TimerState.Fired) || !CoreInterrupts.AtBoundary(x)) return x.Wait;
            x.ForceExit(x.Me, Exit.Interrupt);
            return x.Next;
        }, calls: ["guest"]),
        // It runs on the vCPU's own core, whose thread stands still meanwhile: to that thread all of it is one step, and nobody else looks.
        Row.Of("callback", "apic_timer_fn(data)", x =>
        {
            if (!x.Vcpu.Timer.HasFlag(TimerState.Fired) || x.Core.InGuest || x.Core.IrqsOff) return x.Wait;
            if (!Expire(x)) Tell(x);
            return x.Next;
        }, Order.Locked));

    // After each pass of vcpu_run(). An expiry that comes later has made a request, and so there is another pass.
    public static readonly Routine<Machine> InjectPending = Routine.Of("kvm_inject_pending_timer_irqs", "arch/x86/kvm/x86.c vcpu_run() and arch/x86/kvm/lapic.c, v5.15",
        Row.Of("unblock", "kvm_clear_request(KVM_REQ_UNBLOCK, vcpu)", x =>
        {
            x.CheckRequest(Request.Unblock);
            return x.Next;
        }, Order.Locked),
        Row.Of("pending", "kvm_cpu_has_pending_timer(vcpu)", x => HasPending(x) ? x.Next : x.Return()),
        Row.Of("deliver", "kvm_apic_local_deliver(apic, APIC_LVTT)",
            x => x.Call("__apic_accept_irq", new() { Index = (byte)x.Me, Value = (byte)x.ApicPage.LvtTimer }), calls: ["__apic_accept_irq"], isControl: true),
        Row.Of("done", "atomic_set(&apic->lapic_timer.pending, 0)", x =>
        {
            if (x.Vcpu.TimerMode == TimerMode.TscDeadline) x.Msrs.TscDeadline = 0;
            Clear(x, TimerState.Pending);
            return x.Next;
        }, Order.Locked));

    /// <summary>An expiry: true if one was pending already.</summary>
    public static bool Expire(Context x)
    {
        var wasPending = x.Vcpu.Timer.HasFlag(TimerState.Pending);
        x.Store(ref x.Vcpu.Timer, TimerState.Pending | (x.Vcpu.TimerMode == TimerMode.Periodic ? TimerState.Armed : 0));
        return wasPending;
    }

    /// <summary>Where the vCPU's thread stands still, or sleeps, it is told by a request alone, or is woken.</summary>
    public static void Tell(Context x)
    {
        x.SetBits(ref x.Vcpu.Requests, Request.Unblock);
        InterruptDelivery.WakeUp(x, x.Me);
    }

    /// <summary><c>apic_has_pending_timer()</c>.</summary>
    public static bool HasPending(Context x) => x.Vcpu.Timer.HasFlag(TimerState.Pending) && x.Msrs.IsApicOn && x.ApicPage.IsEnabled && (x.ApicPage.LvtTimer & Lapic.Masked) == 0;

    /// <summary>The mode that an LVT's bits 18:17 say.</summary>
    public static TimerMode ModeOf(ulong lvt) => (TimerMode)(lvt >> 17 & 3);

    /// <summary><c>apic_update_lvtt()</c>: into or out of the mode with a deadline the timer stops.</summary>
    public static void UpdateMode(Context x)
    {
        var (old, mode) = (x.Vcpu.TimerMode, ModeOf(x.ApicPage.LvtTimer));
        if (mode == old) return;
        x.Vcpu.TimerMode = mode;
        if ((old == TimerMode.TscDeadline) == (mode == TimerMode.TscDeadline)) return;
        Clear(x, ~TimerState.Off);
        x.Store(ref x.ApicPage.TimerInitialCount, 0u);
        x.Msrs.TscDeadline = 0;
    }

    /// <summary>The initial count was written, and starts the timer unless it is zero.</summary>
    public static void Start(Context x) => Set(x, x.ApicPage.TimerInitialCount != 0);

    /// <summary>What software has disabled forgets an expiry.</summary>
    public static void Forget(Context x) => Clear(x, TimerState.Pending);

    /// <summary><c>apic_get_tmcct()</c>. How much of the time has passed is a choice.</summary>
    public static uint CurrentCount(Context x) =>
        x.Vcpu.TimerMode == TimerMode.TscDeadline || (x.Vcpu.Timer & (TimerState.Armed | TimerState.Fired)) != TimerState.Armed ? 0
        : (uint)(((ulong)x.ApicPage.TimerInitialCount * (uint)(Quarters - x.Choose(Quarters)) + Quarters - 1) / Quarters);

    private const int Quarters = 4;

    /// <summary><c>kvm_get_lapic_tscdeadline_msr()</c>.</summary>
    public static ulong Deadline(Context x) => HasDeadline(x) ? x.Msrs.TscDeadline : 0;

    /// <summary><c>kvm_set_lapic_tscdeadline_msr()</c>: ignored in another mode.</summary>
    public static void SetDeadline(Context x, ulong deadline)
    {
        if (!HasDeadline(x)) return;
        x.Msrs.TscDeadline = deadline;
        Set(x, deadline != 0);
    }

    private static void Set(Context x, bool starts)
    {
        x.Store(ref x.Vcpu.Timer, starts ? TimerState.Armed : TimerState.Off);
        if (!starts) return;
        x.Note(Mark.TimerStarted);
        if (x.Programs.VcpusMove) x.Store(ref x.HrtimerOf(x.Me).Cpu, (byte)x.OwnCore);
    }

    private static bool HasDeadline(Context x) => x.Msrs.IsApicOn && x.Vcpu.TimerMode == TimerMode.TscDeadline;

    private static void Clear(Context x, TimerState bits) => x.Store(ref x.Vcpu.Timer, x.Vcpu.Timer & ~bits);
}
