namespace Avic.Model;

/// <summary>A vCPU whose guest has halted: its thread sleeps until there is something to deliver.</summary>
internal static class Blocking
{
    public static readonly Routine<Machine> Halt = Routine.Of("kvm_emulate_halt", "arch/x86/kvm/x86.c, v5.15",
        Row.Of("state", "vcpu->arch.mp_state = KVM_MP_STATE_HALTED", x =>
        {
            x.Retire();
            x.Vcpu.MpState = MpState.Halted;
            return x.Next;
        }, isPrivate: true));

    /// <summary>Where vCPUs move, a sleeping thread gives its core away instead.</summary>
    public static readonly Row<Machine> Asleep = Row.Of("schedule", "schedule()", x => x.Vcpu.Sleeping ? x.Wait : x.Goto("state"), to: ["state"]);

    // IsRunning is cleared before IRR is looked at; a sender sets IRR before it looks at IsRunning. One of them sees the other.
    public static readonly Routine<Machine> Block = Routine.Of("kvm_vcpu_block", "virt/kvm/kvm_main.c and arch/x86/kvm/svm/avic.c, v5.15",
        Row.Of("runnable", "kvm_arch_vcpu_runnable(vcpu)", x => HasEvents(x) ? x.Goto("unhalt") : x.Next, to: ["unhalt"]),
        Row.Of("blocking", "avic_set_running(vcpu, false)", x =>
        {
            SetRunning(x, false);
            return x.Next;
        }),
        Row.Of("state", "set_current_state(TASK_INTERRUPTIBLE)", x =>
        {
            x.Store(ref x.Vcpu.Sleeping, true);
            return x.Next;
        }, Order.Locked),
        Check(x => LapicTimer.HasPending(x) || x.Vcpu.Requests.HasFlag(Request.Unblock)),
        Asleep,
        Row.Of("finish", "finish_rcuwait(&vcpu->wait)", x =>
        {
            x.Store(ref x.Vcpu.Sleeping, false);
            return x.Next;
        }),
        // Up to 5.16 an update that came meanwhile is served here, before IsRunning is set again.
        ApicvInhibit.CheckUpdate("update"),
        Row.Of("unblocking", "avic_set_running(vcpu, true)", x =>
        {
            SetRunning(x, true);
            return x.Next;
        }),
        Row.Of("unhalt", "vcpu->arch.mp_state = KVM_MP_STATE_RUNNABLE", x =>
        {
            if (x.Done(ref x.Local.Value) == 0) x.Vcpu.MpState = MpState.Runnable;
            return x.Next;
        }, isPrivate: true));

    private static Row<Machine> Check(When timer) => Row.Of("check", "kvm_vcpu_check_block(vcpu) < 0", x =>
    {
        if (HasEvents(x)) return x.Goto("finish");
        if (!timer(x)) return x.Next;
        x.Local.Value = 1; // out of here, but halted still: the timer's interrupt comes first
        return x.Goto("finish");
    }, to: ["finish"]);

    /// <summary>Up to 5.12 a timer's request by itself ended no sleep: an expiry that is pending does.</summary>
    public static readonly Row<Machine> CheckTimer = Check(LapicTimer.HasPending) with { Source = "virt/kvm/kvm_main.c, v5.7; 084071d5e922 (v5.13)" };

    /// <summary>
    /// avic_set_running() up to 5.14, where a thread can be preempted in the middle of it (7cfc5c653b07): the flag, and the core to be
    /// loaded on, are not the table's any more when that is written.
    /// </summary>
    public static Routine<Machine> Preemptible(Routine<Machine> block) => block
        .Before("blocking", Flag("stop", "svm->avic_is_running = false", x => x.Vcpu.AvicIsRunning = false))
        .With("blocking", Row.Of("blocking", "avic_vcpu_put(vcpu)", x =>
        {
            if (x.Vcpu.ApicvActive) Scheduling.Put(x);
            return x.Next;
        }) with
        { Source = Old })
        .Before("unblocking", Flag("start", "svm->avic_is_running = true", x =>
        {
            x.Vcpu.AvicIsRunning = true;
            x.Local.Index = (byte)(x.Vcpu.Cpu + 1);
        }))
        .With("unblocking", Row.Of("unblocking", "avic_vcpu_load(vcpu, vcpu->cpu)", x =>
        {
            var cpu = Scheduling.CpuRead(x);
            if (x.Vcpu.ApicvActive) Scheduling.Load(x, cpu);
            return x.Next;
        }) with
        { Source = Old });

    private const string Old = "arch/x86/kvm/svm/avic.c avic_set_running(), v5.14; 7cfc5c653b07 (v5.16, v5.15.y)";

    private static Row<Machine> Flag(string label, string text, Act change) => Row.Of(label, text, x =>
    {
        change(x);
        return x.Next;
    }, isPrivate: true) with
    { Source = Old };

    /// <summary>
    /// Since 5.17 the thread's wait says whether the vCPU blocks. It is prepared after the vCPU was put and finished before it is loaded;
    /// <see cref="Vcpu.AvicIsRunning"/> is its opposite.
    /// </summary>
    public static readonly Row<Machine> Prepare = Row.Of("state", "prepare_to_rcuwait(&vcpu->wait), set_current_state(TASK_INTERRUPTIBLE)", x =>
    {
        x.Vcpu.AvicIsRunning = false;
        x.Store(ref x.Vcpu.Sleeping, true);
        return x.Next;
    }, Order.Locked) with
    { Source = Wait };

    /// <inheritdoc cref="Prepare"/>
    public static readonly Row<Machine> Finish = Row.Of("finish", "finish_rcuwait(&vcpu->wait)", x =>
    {
        x.Vcpu.AvicIsRunning = true;
        x.Store(ref x.Vcpu.Sleeping, false);
        return x.Next;
    }) with
    { Source = Wait };

    private const string Wait = "virt/kvm/kvm_main.c kvm_vcpu_block(), v5.17";

    // avic_set_running() has preemption off (get_cpu()), so what it reads and writes is one step.
    private static void SetRunning(Context x, bool running)
    {
        x.Vcpu.AvicIsRunning = running;
        if (!x.Vcpu.ApicvActive) return;
        if (running) Scheduling.Load(x, x.Vcpu.Cpu);
        else Scheduling.Put(x);
    }

    // kvm_vcpu_has_events(): unlike an injection this looks at IRR even with AVIC on. It looks at one thing after the other; but whoever
    // brings one about while it looks wakes the thread after that.
    private static bool HasEvents(Context x) => x.Vcpu.PendingEvents != 0 || Nmi.IsWaiting(x) || Interrupts.Open(x) && Lapic.HasInterrupt(x);
}
