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
        Row.Of("check", "kvm_vcpu_check_block(vcpu) < 0", x => HasEvents(x) ? x.Goto("finish") : x.Next, to: ["finish"]),
        Row.Of("schedule", "schedule()", x => x.Vcpu.Sleeping ? x.Wait : x.Goto("state"), to: ["state"]),
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
            x.Vcpu.MpState = MpState.Runnable;
            return x.Next;
        }, isPrivate: true));

    /// <summary><c>avic_vcpu_load()</c> or <c>avic_vcpu_put()</c>: IsRunning of the vCPU's entry, and the core it runs on.</summary>
    public static void Load(Context x, bool running)
    {
        if (IdTableUpdates.EntryOf(x, x.Me) is not (>= 0 and var index)) return;
        ref var entry = ref x.PhysicalIdTable[index];
        x.Store(ref entry, PhysicalIdTable.Loaded(entry, core: x.Me, running));
    }

    private static void SetRunning(Context x, bool running)
    {
        x.Vcpu.AvicIsRunning = running;
        if (x.Vcpu.ApicvActive) Load(x, running);
    }

    // kvm_vcpu_has_events(): unlike an injection this looks at IRR even with AVIC on.
    private static bool HasEvents(Context x) => Interrupts.Open(x) && ApicMetadata.Deliverable(x) >= 0;
}
