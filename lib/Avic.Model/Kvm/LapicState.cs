namespace Avic.Model;

/// <summary>
/// KVM_GET_LAPIC and KVM_SET_LAPIC. A vCPU's ioctls exclude each other (<c>vcpu->mutex</c>), and KVM_RUN is one: so a VMM that wants a page
/// of registers has the vCPU's own thread fetch it, between two runs. A signal takes that thread out of KVM_RUN.
/// </summary>
/// <remarks>
/// Modelled without what the page says of an armed timer, of an I/O APIC, and in x2APIC mode. An interrupt that was to be injected by an
/// entry which was called off is injected all the same: for that a VMM calls KVM_SET_VCPU_EVENTS, too, which is not modelled.
/// </remarks>
internal static class LapicState
{
    private const string X86 = "arch/x86/kvm/x86.c, v5.15", Vmm = "a VMM's, as QEMU's cpus-common.c; kernel/signal.c and kernel/sched/core.c, v5.15";

    /// <summary>A thread of the VMM has a vCPU's thread make a call, and waits for that. Called with the vCPU and the number of the call.</summary>
    public static readonly Routine<Machine> RunOnVcpu = Routine.Of("run_on_cpu", Vmm,
        Row.Of("queue", "set_tsk_thread_flag(t, TIF_SIGPENDING)", x =>
        {
            ref var work = ref x.VcpuOf(x.Local.Index).HostWork;
            if (work != 0) return x.Wait;
            x.Store(ref work, x.Local.Value);
            return x.Next;
        }, Order.Locked),
        Row.Of("wake", "wake_up_state(t, TASK_INTERRUPTIBLE)", x => InterruptDelivery.WakeUp(x, x.Local.Index) ? x.Goto("wait") : x.Next, Order.Locked, to: ["wait"]),
        Row.Of("kick", "kick_process(t)", x =>
        {
            x.Store(ref x.CoreOf(x.VcpuOf(x.Local.Index).Cpu).Reschedule, true);
            return x.Next;
        }),
        Row.Of("wait", "qemu_cond_wait(&qemu_work_cond)", x => x.VcpuOf(x.Local.Index).HostWork == x.Local.Value ? x.Wait : x.Return()));

    /// <summary>A vCPU's thread between two runs: it puts the vCPU, loads it for the call, and again for KVM_RUN. Called with the number of the call.</summary>
    public static readonly Routine<Machine> Ioctl = Routine.Of("kvm_vcpu_ioctl", "virt/kvm/kvm_main.c and arch/x86/kvm/x86.c kvm_arch_vcpu_ioctl(), v5.15",
        Put("put"),
        Load("load"),
        Row.Of("call", "kvm_vcpu_ioctl_set_lapic(vcpu, u.lapic)",
            x => CallOf(x) switch
            {
                NestedStateCall => x.Call("svm_set_nested_state"),
                GuestDebugCall debug => x.Call(DebuggedVcpus.Set.Name, new() { Set = debug.BlockIrq }),
                LapicCall { Page: null } => x.Call("kvm_apic_get_state"),
                _ => x.Call("kvm_apic_set_state", new() { Value = x.Local.Value }),
            },
            calls: ["kvm_apic_get_state", "kvm_apic_set_state"], isControl: true),
        Row.Of("cr8", "update_cr8_intercept(vcpu)", x =>
        {
            if (PageOf(x) is not null) Injection.UpdateCr8Intercept(x);
            x.Local.Value = 0;
            return x.Next;
        }),
        Put("put_again"),
        Row.Of("done", "return to the VMM", x =>
        {
            x.Store(ref x.Vcpu.HostWork, (byte)0);
            return x.Next;
        }, Order.Locked) with
        { Source = Vmm },
        Load("load_again"));

    public static readonly Routine<Machine> Get = Routine.Of("kvm_apic_get_state", Lapic.Source,
        // What the VMM does with the page is not followed.
        Row.Of("regs", "memcpy(s->regs, vcpu->arch.apic->regs, sizeof(*s))", x => x.Next));

    public static readonly Routine<Machine> Set = Routine.Of("kvm_apic_set_state", Lapic.Source,
        Row.Of("spiv", "apic_set_spiv(apic, *((u32 *)(s->regs + APIC_SPIV)))", x =>
        {
            x.Store(ref x.ApicPage.Svr, PageOf(x)!.Of(x.Me).Svr);
            return x.Next;
        }),
        // All of it at once. What others write there is IRR: a vector that comes before its word is copied is lost, one that comes after it
        // stays, and so it is here.
        Row.Of("regs", "memcpy(vcpu->arch.apic->regs, s->regs, sizeof(*s))", x =>
        {
            var page = PageOf(x)!.Of(x.Me);
            x.Local.Value = 0;
            for (var offset = 0; offset <= (int)Apic.SelfIpi; offset += 0x10)
                if (x.ApicPage[offset] != page[offset]) x.Store(ref x.ApicPage[offset], page[offset]);
            // KVM does so behind the next row, and looks at PPR anew before anybody else does.
            ApicMetadata.CountIsr(x);
            x.Vcpu.HighestIsrCache = 0;
            return x.Next;
        }, Order.Locked),
        Row.Of("ppr", "apic_update_ppr(apic)", x =>
        {
            Lapic.PriorityChanged(x);
            return x.Next;
        }, Order.Locked),
        Row.Of("metadata", "kvm_apic_update_apicv(vcpu)", x => x.Call("kvm_apic_update_apicv"), calls: ["kvm_apic_update_apicv"], isControl: true),
        Row.Of("restore", "kvm_x86_apicv_post_state_restore(vcpu)", x => x.Vcpu.ApicvActive && IdTableUpdates.AreStale(x) ? x.Call("avic_post_state_restore") : x.Next,
            calls: ["avic_post_state_restore"], isControl: true),
        Requests.Event("event"));

    /// <summary>The kernel where a VMM's threads send signals: where a vCPU's thread looks for one.</summary>
    public static Code<Machine> Woven(Code<Machine> kernel, Programs programs) => VmIoctl.With(kernel, RunOnVcpu.Name)
        .Edit("kvm_vcpu_ioctl", ioctl => ioctl.Map("call", row => row with
        {
            Calls = [.. row.Calls, .. programs.HasNested ? ["svm_set_nested_state"] : Array.Empty<string>(), .. programs.HasGuestDebug ? [DebuggedVcpus.Set.Name] : Array.Empty<string>()],
        }))
        .Edit("vcpu_run", run => run.With("enter",
            Row.Of("enter", "xfer_to_guest_mode_handle_work(vcpu)", x => x.Vcpu.HostWork != 0 ? x.Call(Ioctl.Name, new() { Value = x.Vcpu.HostWork }) : x.Next, calls: [Ioctl.Name]) with { Source = X86 },
            run.Rows.Single(row => row.Label == "enter") with { Label = "inside" }))
        .Edit("vcpu_enter_guest", enter => enter.After("requests",
            Row.Of("signal", "xfer_to_guest_mode_work_pending()", x => x.Vcpu.HostWork != 0 ? x.Goto("cancel") : x.Next, to: ["cancel"]) with { Source = X86 }))
        .Edit("kvm_vcpu_block", block => block.After("check", Row.Of("signal", "signal_pending(current)", x =>
        {
            if (x.Vcpu.HostWork == 0) return x.Next;
            x.Local.Value = 1; // out of here, but halted still
            return x.Goto("finish");
        }, to: ["finish"]) with
        { Source = "virt/kvm/kvm_main.c kvm_vcpu_check_block(), v5.15" }));

    private static VcpuCall CallOf(Context x) => x.Programs.VcpuCalls[x.Local.Value - 1];

    private static LapicPage? PageOf(Context x) => (CallOf(x) as LapicCall)?.Page;

    // vcpu_put() and vcpu_load() have preemption off, and so are one step each.
    private static Row<Machine> Put(string label) => Row.Of(label, "vcpu_put(vcpu): avic_vcpu_put(vcpu)", x =>
    {
        if (x.Vcpu.ApicvActive) Scheduling.Put(x);
        return x.Next;
    });

    private static Row<Machine> Load(string label) => Row.Of(label, "vcpu_load(vcpu): avic_vcpu_load(vcpu, cpu)", x =>
    {
        if (x.Vcpu.ApicvActive) Scheduling.Load(x, x.Vcpu.Core);
        return x.Next;
    });
}
