namespace Avic.Model;

/// <summary>The vCPU thread: into the guest, out again, handle the exit, and round.</summary>
internal static class VcpuRun
{
    private const string Source = "arch/x86/kvm/x86.c, v5.15";

    public static readonly Routine<Machine> Loop = Routine.Of("vcpu_run", Source,
        Row.Of("enter", "kvm_vcpu_running(vcpu) ? vcpu_enter_guest(vcpu) : vcpu_block(kvm, vcpu)",
            x => x.Vcpu.MpState == MpState.Runnable ? x.Call("vcpu_enter_guest") : x.Call("kvm_vcpu_block"), calls: ["vcpu_enter_guest", "kvm_vcpu_block"], isControl: true),
        // Where no program arms a timer none has expired, and looking is no step.
        Row.Of("again", "r <= 0", x => x.Result == FailEntry ? x.Next : x.Goto(x.Programs.HasTimers ? "timer" : "enter"), to: ["enter", "timer"], isControl: true),
        // KVM_RUN returns to the VMM, which gives up: the vCPU's thread ends here.
        Row.Of("fail", "vcpu->run->exit_reason = KVM_EXIT_FAIL_ENTRY", x => x.Return(), isPrivate: true),
        Row.Of("timer", "kvm_inject_pending_timer_irqs(vcpu)", x => x.Call("kvm_inject_pending_timer_irqs"), calls: ["kvm_inject_pending_timer_irqs"], isControl: true),
        Row.Of("round", "for (;;)", x => x.Goto("enter"), to: ["enter"], isControl: true));

    // The guest cannot be entered; KVM has 0 for any way out of the loop and 1 for staying in it.
    private const int FailEntry = -1;

    public static readonly Routine<Machine> EnterGuest = Routine.Of("vcpu_enter_guest", Source,
        // Others set bits and the vCPU alone clears them: one that it has seen stays.
        Row.Of("pending", "kvm_request_pending(vcpu)", x => x.Vcpu.Requests != 0 ? x.Next : x.Goto("event"), to: ["event"],
            coveredWhen: x => x.Vcpu.Requests != 0),
        Row.Of("flush", "kvm_check_request(KVM_REQ_TLB_FLUSH, vcpu)", x =>
        {
            if (x.CheckRequest(Request.TlbFlush)) x.Vmcb.TlbControl = TlbControl.FlushAsid; // svm_flush_tlb()
            return x.Next;
        }, Order.Locked),
        ApicvInhibit.CheckUpdate("apicv"),
        // Who sends an interrupt or INIT makes this request, too: then taking it is a step of its own.
        Row.Of("event", "kvm_check_request(KVM_REQ_EVENT, vcpu)", x =>
        {
            if (x.CheckRequest(Request.Event)) x.Local.Value = 1;
            return x.Next;
        }, Order.Locked, coveredWhen: x => !x.Programs.Interrupts && !x.Programs.HasInit),
        // Where no program sends an interrupt IRR is empty, and looking at it is no step.
        Row.Of("pending_event", "inject_pending_event(vcpu, &req_immediate_exit)",
            x => x.Local.Value != 0 && x.Programs.Interrupts ? x.Call("inject_pending_event") : x.Next, calls: ["inject_pending_event"], isControl: true),
        // An ExtINT that the guest cannot take now: the window must be asked for with AVIC off, which ignores V_IRQ.
        // It is asked for again whenever events are looked at, so also after the update that its own inhibit has caused.
        Row.Of("window", "kvm_x86_enable_irq_window(vcpu)", x =>
        {
            var looked = x.Done(ref x.Local.Value) != 0;
            var ask = x.Vcpu.IrqWindows > 0 && (looked || !x.Vmcb.VIrq);
            return ask ? x.Call("svm_enable_irq_window") : x.Next;
        }, calls: ["svm_enable_irq_window"], isControl: true),
        Row.Of("irq_off", "local_irq_disable()", x =>
        {
            x.Store(ref x.Core.IrqsOff, true);
            return x.Next;
        }),
        Row.Of("mode", "vcpu->mode = IN_GUEST_MODE", x =>
        {
            x.Store(ref x.Vcpu.Mode, Mode.InGuest);
            return x.Next;
        }),
        Row.Of("mb", "smp_mb__after_srcu_read_unlock()", x => x.Next, Order.Barrier, isControl: true),
        // kvm_vcpu_exit_request() reads two words that others write: two rows. Others bring the mode this far and no further.
        Row.Of("exiting", "vcpu->mode == EXITING_GUEST_MODE", x => x.Vcpu.Mode == Mode.Exiting ? x.Goto("cancel") : x.Next, to: ["cancel"],
            coveredWhen: x => x.Vcpu.Mode == Mode.Exiting),
        Row.Of("requests", "kvm_request_pending(vcpu)", x => x.Vcpu.Requests != 0 ? x.Goto("cancel") : x.Next, to: ["cancel"],
            coveredWhen: x => x.Vcpu.Requests != 0),
        Row.Of("run", "exit_fastpath = kvm_x86_run(vcpu)", x => x.Call("svm_vcpu_run"), calls: ["svm_vcpu_run"], isControl: true),
        // EXITCODE stays as it is until the next VMRUN, so where it is read is no matter: here, before others may look at the vCPU again.
        Row.Of("outside", "vcpu->mode = OUTSIDE_GUEST_MODE", x =>
        {
            x.Local.Word = (uint)x.Done(ref x.Vmcb.ExitCode);
            x.Store(ref x.Vcpu.Mode, Mode.Outside);
            return x.Next;
        }),
        Row.Of("irq_on", "local_irq_enable()", x =>
        {
            x.Store(ref x.Core.IrqsOff, false);
            return x.Next;
        }),
        Row.Of("exit", "kvm_x86_handle_exit(vcpu, exit_fastpath)", x => (Exit)x.Done(ref x.Local.Word) switch
        {
            Exit.Invalid => x.Return(FailEntry),
            Exit.NestedPageFault => x.Call("kvm_mmu_page_fault"),
            Exit.VirtualInterrupt when NestedGuest.HasOwnTpr(x) => x.Call("nested_svm_vmexit"),
            Exit.VirtualInterrupt => x.Call("interrupt_window_interception"),
            Exit.IncompleteIpi => x.Call("avic_incomplete_ipi_interception"),
            Exit.UnacceleratedAccess => x.Call("avic_unaccelerated_access_interception"),
            Exit.Vmmcall => x.Call("nested_svm_vmexit"),
            Exit.Halt when x.IsInL2 => x.Call("nested_svm_vmexit"),
            Exit.Vmrun => x.Call("nested_svm_vmrun"),
            Exit.Halt => x.Call("kvm_emulate_halt"),
            Exit.Cr8Write => x.Call("cr8_write_interception"),
            Exit.Port => x.Call("io_interception"),
            Exit.Msr => x.Call("msr_interception"),
            Exit.Iret => x.Call("iret_interception"),
            Exit.Debug => x.Call("db_interception"),
            _ => x.Next,
        }, calls: ["kvm_mmu_page_fault", "interrupt_window_interception", "avic_incomplete_ipi_interception", "avic_unaccelerated_access_interception",
            "kvm_emulate_halt", "cr8_write_interception", "msr_interception"], isControl: true),
        Row.Of("return", "return r", x => x.Return(), isControl: true),
        Row.Of("cancel", "vcpu->mode = OUTSIDE_GUEST_MODE", x =>
        {
            x.Store(ref x.Vcpu.Mode, Mode.Outside);
            return x.Next;
        }),
        Row.Of("cancel_irq_on", "local_irq_enable()", x =>
        {
            x.Store(ref x.Core.IrqsOff, false);
            return x.Return();
        }));
}
