namespace Avic.Model;

/// <summary>
/// A vCPU's thread goes off its core and on one again, and what KVM does about it: the preemption notifiers, which keep IsRunning and the
/// core in the vCPU's entry of the physical ID table.
/// </summary>
internal static class Scheduling
{
    private const string Scheduler = "kernel/sched/core.c, v5.15", Notifiers = "virt/kvm/kvm_main.c and arch/x86/kvm/svm/svm.c, v5.15";

    // It comes before whatever a preempted thread would have done next, and leaves that as it was.
    public static readonly Routine<Machine> Schedule = Routine.Of("schedule", Scheduler,
        Row.Of("out", "kvm_sched_out(): avic_vcpu_put(vcpu)", x =>
        {
            if (x.Vcpu.ApicvActive) Put(x);
            return x.Next;
        }, preemptOff: true) with
        { Source = Notifiers },
        Row.Of("off", "context_switch(rq, prev, next)", x =>
        {
            Translations.Leave(x);
            var sleeps = x.Done(ref x.Local.Set);
            x.Store(ref x.Vcpu.Core, sleeps ? Vcpu.OffTheQueue : Vcpu.WaitsForCore);
            return sleeps ? x.Next : x.Goto("on");
        }, to: ["on"], preemptOff: true),
        Row.Of("asleep", "try_to_wake_up(p, TASK_NORMAL, 0)", x =>
        {
            if (x.Vcpu.Sleeping) return x.Wait;
            x.Store(ref x.Vcpu.Core, Vcpu.WaitsForCore);
            return x.Next;
        }, preemptOff: true),
        Row.Of("on", "finish_task_switch(prev)", x => x.Vcpu.Core < 0 ? x.Wait : x.Next, preemptOff: true),
        Row.Of("in", "kvm_sched_in(): avic_vcpu_load(vcpu, cpu)", x =>
        {
            if (x.Vcpu.ApicvActive) Load(x, x.Vcpu.Core);
            return x.Next;
        }, preemptOff: true) with
        { Source = Notifiers },
        Row.Of("cpu", "vcpu->cpu = cpu", x =>
        {
            x.Store(ref x.Vcpu.Cpu, (byte)x.Vcpu.Core);
            return x.Resume();
        }, preemptOff: true) with
        { Source = "arch/x86/kvm/x86.c kvm_arch_vcpu_load(), v5.15" });

    /// <summary>Since 5.17 a vCPU that blocks stays as it is when it comes on a core: whoever unblocks it loads it.</summary>
    public static readonly Row<Machine> InUnlessBlocking = Schedule.Rows.Single(row => row.Label == "in") with
    {
        Effect = Row.Effect(x =>
        {
            if (x.Vcpu.ApicvActive && x.Vcpu.AvicIsRunning) Load(x, x.Vcpu.Core);
            return x.Next;
        }),
        Text = "kvm_sched_in(): kvm_vcpu_is_blocking(vcpu), avic_vcpu_load(vcpu, cpu)",
        Source = "arch/x86/kvm/svm/avic.c avic_vcpu_load(), v5.17; 782f64558de7, af52f5aa5c1b",
    };

    /// <summary>Where the thread of a vCPU begins that has no core yet.</summary>
    public static readonly Routine<Machine> Run = Routine.Of("kvm_arch_vcpu_ioctl_run", "arch/x86/kvm/x86.c, v5.15",
        Row.Of("on", "schedule_tail(prev)", x => x.Vcpu.Core < 0 ? x.Wait : x.Next, preemptOff: true),
        Row.Of("load", "vcpu_load(vcpu): avic_vcpu_load(vcpu, cpu)", x =>
        {
            if (x.Vcpu.ApicvActive) Load(x, x.Vcpu.Core);
            return x.Next;
        }, preemptOff: true),
        Row.Of("cpu", "vcpu->cpu = cpu", x =>
        {
            x.Store(ref x.Vcpu.Cpu, (byte)x.Vcpu.Core);
            return x.Next;
        }, preemptOff: true),
        Row.Of("run", "vcpu_run(vcpu)", x => x.Call("vcpu_run"), calls: ["vcpu_run"], isControl: true));

    // The argument is read, and then the entry written: in between the thread may be moved, unless preemption is off.
    private static Row<Machine> ReadCpu(bool preemptOff) => Row.Of("cpu", "avic_vcpu_load(vcpu, vcpu->cpu)", x =>
    {
        if (x.Vcpu.ApicvActive) x.Local.Index = (byte)(x.Vcpu.Cpu + 1);
        return x.Next;
    }, isPrivate: true, preemptOff: preemptOff) with
    { Source = "arch/x86/kvm/svm/avic.c svm_refresh_apicv_exec_ctrl(), v5.15" };

    // A sleeping thread gives its core away.
    private static readonly Row<Machine>[] Sleep =
    [
        Row.Of("schedule", "schedule()", x => x.Vcpu.Sleeping ? x.Call("schedule", new() { Set = true }) : x.Goto("state"), to: ["state"], calls: ["schedule"]),
        Row.Of("scheduled", "for (;;)", x => x.Goto("state"), to: ["state"], isControl: true),
    ];

    /// <summary>The kernel where vCPUs move: what then is a step of its own, and what no longer stays on its core.</summary>
    public static Code<Machine> Woven(Code<Machine> kernel, Programs programs)
    {
        kernel = kernel.Edit("core", core => core.After("doorbell", HostScheduler.Rows))
            .Edit("svm_vcpu_run", run => run.Before("warn", PreSvmRun.Call))
            .Edit("kvm_vcpu_update_apicv", update => Follows(update) ? update.Before("refresh", ReadCpu(update.Rows.First(row => row.Label == "restore").Undisturbed)) : update);
        if (kernel["kvm_vcpu_block"].Rows.Any(row => row == Blocking.Asleep)) kernel = kernel.Edit("kvm_vcpu_block", block => block.With("schedule", Sleep));
        return programs.Calls.Any(call => call is PreemptCall or MigrateCall) ? VmIoctl.With(kernel, HostScheduler.SetAffinity.Name, HostScheduler.Reschedule.Name) : kernel;
    }

    /// <summary>True of the functions that load or put a vCPU when its AVIC goes on or off; up to 5.14 only its VMCB changes (df7e4827c549).</summary>
    public static bool Follows(Routine<Machine> update) => !update.Rows.First(row => row.Label == "refresh").Private;

    /// <summary>A vCPU that has followed the word is loaded, where it was when its core was read, or put.</summary>
    public static void Follow(Context x)
    {
        var cpu = CpuRead(x);
        if (x.Vcpu.ApicvActive) Load(x, cpu);
        else Put(x);
    }

    /// <summary>The core that was read before, or else the vCPU's own. The IOMMU is told of the same after this.</summary>
    public static int CpuRead(Context x) => (x.Programs.HasIommu ? x.Local.Index : x.Done(ref x.Local.Index)) is not 0 and var read ? read - 1 : x.Vcpu.Cpu;

    /// <summary><c>avic_vcpu_load()</c>: the vCPU's entry names the core, with IsRunning unless the vCPU blocks.</summary>
    public static void Load(Context x, int core)
    {
        if (IdTableUpdates.EntryOf(x, x.Me) is not (>= 0 and var index)) return;
        ref var entry = ref x.PhysicalIdTable[index];
        if ((entry & PhysicalIdTable.IsRunning) != 0) x.Note(Mark.LoadedTwice);
        x.Store(ref entry, PhysicalIdTable.Loaded(entry, core, x.Vcpu.AvicIsRunning));
    }

    /// <summary><c>avic_vcpu_put()</c>: IsRunning of the vCPU's entry is cleared; the core stays.</summary>
    public static void Put(Context x)
    {
        if (IdTableUpdates.EntryOf(x, x.Me) is not (>= 0 and var index)) return;
        ref var entry = ref x.PhysicalIdTable[index];
        x.Store(ref entry, entry & ~PhysicalIdTable.IsRunning);
    }
}
