namespace Avic.Model;

/// <summary>A guest, L1, that runs a guest of its own, L2: VMRUN is carried out by KVM, which then runs the vCPU with another VMCB, without AVIC, until L2 exits to L1.</summary>
/// <remarks>
/// Facts from arch/x86/kvm/svm/nested.c, svm.c and x86.c; f44509f849fe (v5.19) is read as the patch. The processor has vGIF, as all that have AVIC. Of L1's two kinds one
/// intercepts INTR with V_INTR_MASKING, as hypervisors do, the other neither, as thin ones do that run the operating system they were started
/// by: its interrupts are L2's, with the same handlers. L1 intercepts HLT and VMMCALL. Not followed: other registers of L2 than RIP, IF and RAX, EVENTINJ of
/// vmcb12, CLGI, nested page tables (the APIC's frame is L1's, and not virtualised by L1; the MMIO SPTE that L2's tables get for it, which spares
/// the look at the memslots), and ASIDs: each switch flushes.
/// </remarks>
internal static class NestedGuest
{
    private const string Source = "arch/x86/kvm/svm/nested.c, v5.15", Svm = "arch/x86/kvm/svm/svm.c, v5.15", X86 = "arch/x86/kvm/x86.c, v5.15";

    public static readonly Routine<Machine> Run = Routine.Of("nested_svm_vmrun", Source,
        Row.Of("skip", "ret = kvm_skip_emulated_instruction(vcpu)", x =>
        {
            x.Retire();
            x.Nested.RunPending = true;
            return x.Next;
        }, isPrivate: true),
        Row.Of("enter", "enter_svm_guest_mode(vcpu, vmcb12_gpa, vmcb12, true)", x => x.Call("enter_svm_guest_mode"), calls: ["enter_svm_guest_mode"], isControl: true));

    public static readonly Routine<Machine> Enter = Routine.Of("enter_svm_guest_mode", Source,
        Row.Of("switch", "svm_switch_vmcb(svm, &svm->nested.vmcb02), nested_vmcb02_prepare_control(svm)", x =>
        {
            Switch(x, (byte)(x.Vmcb.Rip - 1));
            return x.Next;
        }),
        Row.Of("gif", "svm_set_gif(svm, true)", x =>
        {
            // Where L2's interrupts are L1's, vmcb02 has the window that L1 has asked for, too, and it is closed: to be opened again when KVM looks.
            if (x.Nested.SharesInterrupts) IrqWindow.ClearVintr(x, ref x.Vmcb01);
            LookForInterrupts(x);
            return x.Next;
        }, Order.Locked));

    public static readonly Routine<Machine> Exit = Routine.Of("nested_svm_vmexit", Source,
        Row.Of("leave", "leave_guest_mode(vcpu), svm_switch_vmcb(svm, &svm->vmcb01), svm_set_gif(svm, false)", x =>
        {
            SwitchBack(x);
            x.Nested.GifIsClear = true;
            return x.Next;
        }));

    /// <summary>L2 is left without an exit to L1.</summary>
    public static readonly Routine<Machine> Leave = Routine.Of("svm_leave_nested", Source,
        Row.Of("leave", "leave_guest_mode(vcpu), svm_switch_vmcb(svm, &svm->vmcb01)", x =>
        {
            SwitchBack(x);
            return x.Next;
        }));

    /// <summary>KVM_SET_NESTED_STATE: the vCPU is to go on in L2, as if its L1 had executed the first VMRUN of its program.</summary>
    public static readonly Routine<Machine> SetState = Routine.Of("svm_set_nested_state", Source,
        Row.Of("leave", "is_guest_mode(vcpu): svm_leave_nested(vcpu)", x => x.IsInL2 ? x.Call("svm_leave_nested") : x.Next, calls: ["svm_leave_nested"], isControl: true),
        Row.Of("gif", "svm_set_gif(svm, true)", x =>
        {
            IrqWindow.ClearVintr(x, ref x.Vmcb);
            x.Nested.GifIsClear = false;
            LookForInterrupts(x);
            return x.Next;
        }, Order.Locked),
        Row.Of("switch", "svm_switch_vmcb(svm, &svm->nested.vmcb02), nested_vmcb02_prepare_control(svm)", x =>
        {
            var vmrun = x.Programs.Guest[x.Me].FirstVmrun;
            x.Vmcb.Rip = (byte)(vmrun + 1);
            Switch(x, vmrun);
            return x.Next;
        }));

    private const string Reasons = "f44509f849fe";

    /// <summary>Since 5.19: the vCPU that runs L2 has a reason of its own to keep AVIC off, which it follows before it enters.</summary>
    public static readonly Row<Machine> UpdateSelf = Row.Of("update", "kvm_vcpu_apicv_active(vcpu): kvm_make_request(KVM_REQ_APICV_UPDATE, vcpu)", x =>
    {
        if (x.Vcpu.ApicvActive) x.SetBits(ref x.Vcpu.Requests, Request.ApicvUpdate);
        return x.Next;
    }, Order.Locked) with
    { Source = "arch/x86/kvm/svm/nested.c, v5.19; " + Reasons };

    /// <summary>Since 5.19: with L2 the reason goes, and nobody need ask.</summary>
    public static readonly Row<Machine> UpdateAtOnce = Row.Of("update", "kvm_apicv_activated(vcpu->kvm): kvm_vcpu_update_apicv(vcpu)",
        x => x.Vm.ApicvInhibitReasons == 0 ? x.Call("kvm_vcpu_update_apicv") : x.Next, calls: ["kvm_vcpu_update_apicv"]) with
    { Source = "arch/x86/kvm/svm/nested.c, v5.19; " + Reasons };

    public static readonly Row<Machine> UpdateLater = Row.Of("update", "kvm_apicv_activated(vcpu->kvm): kvm_make_request(KVM_REQ_APICV_UPDATE, vcpu)", x =>
    {
        if (x.Vm.ApicvInhibitReasons == 0) x.SetBits(ref x.Vcpu.Requests, Request.ApicvUpdate);
        return x.Next;
    }, Order.Locked) with
    { Source = "arch/x86/kvm/svm/nested.c, v6.8; 3fdc6087df3b (v6.6)" };

    /// <summary>A window that was open for L1 in vmcb02 is to be asked for again.</summary>
    public static readonly Row<Machine> LookAgain = Row.Of("event", "!nested_exit_on_intr(svm): kvm_make_request(KVM_REQ_EVENT, vcpu)", x =>
    {
        if (x.Retired!.SharesInterrupts) x.SetBits(ref x.Vcpu.Requests, Request.Event);
        return x.Next;
    }, Order.Locked) with
    { Source = "arch/x86/kvm/svm/nested.c, v6.8; 5d1ec4565200 (v6.4)" };

    public static readonly Row<Machine> Activate = ApicvInhibit.Activate("kvm_vcpu_apicv_activated(vcpu)", x => x.IsActivated(x.Me)) with
    { Source = "arch/x86/kvm/x86.c, v5.19; d5fa597ed870" };

    public static readonly Row<Machine> Warn = ApicvInhibit.Warn("kvm_vcpu_apicv_activated(vcpu) != kvm_vcpu_apicv_active(vcpu)", x => x.IsActivated(x.Me) != x.Vcpu.ApicvActive) with
    { Source = "arch/x86/kvm/x86.c vcpu_enter_guest(), v5.19; d5fa597ed870" };

    /// <summary><c>nested_svm_virtualize_tpr()</c>: V_TPR is L2's own, and no matter of the APIC's page.</summary>
    public static bool HasOwnTpr(Context x) => x.IsInL2 && !x.Nested.SharesInterrupts;

    /// <summary>False if what runs takes no interrupt of L1's: in L2 those that L1 intercepts, and all before its first entry.</summary>
    public static bool MayInject(Context x) => !x.Programs.HasNested || Interrupts.Open(x) && !(x.IsInL2 && (!x.Nested.SharesInterrupts || x.Nested.RunPending));

    // What vmcb02 has of int_ctl and int_vector is vmcb12's, where there is no AVIC.
    private static void Switch(Context x, byte vmrun)
    {
        ref var nested = ref x.Nested;
        var code = x.Programs.Guest[x.Me];
        var given = code.At(vmrun)!;
        x.Vmcb.Tlb = TlbEntry.None;
        (nested.GuestMode, nested.SharesInterrupts) = (true, given.SharesInterrupts);
        x.Vmcb01 = x.Vmcb;
        x.MarkDirty(CleanBits.All);
        ref var vmcb = ref x.Vmcb;
        (vmcb.Rip, vmcb.InterruptFlag, vmcb.InterruptShadow, vmcb.Rax) = (code.L2Of(vmrun), !given.InterruptsOff, false, 0);
        vmcb.AvicEnable = false;
        IrqWindow.ClearVintr(x, ref vmcb);
        if (!nested.SharesInterrupts) (vmcb.VTpr, vmcb.InterceptCr8Write) = (0, false);
        if (given.VirtualInterrupt is { } its)
            (vmcb.VIrq, vmcb.VIntrVector, vmcb.VIntrPrio, vmcb.VIgnTpr, vmcb.InterceptVintr) = (true, (byte)its.Vector, (byte)its.Priority, its.IgnoresTpr, its.IsIntercepted);
    }

    private static void SwitchBack(Context x)
    {
        ref var nested = ref x.Nested;
        x.Vmcb = x.Done(ref x.Vmcb01);
        x.Memory.Unwind(); // what L2 had; L1 executes VMRUN in no handler
        (nested.GuestMode, nested.RunPending, nested.SharesInterrupts) = (false, false, false);
    }

    // svm_set_gif(): kvm_cpu_has_injectable_intr()
    private static void LookForInterrupts(Context x)
    {
        if (x.Vcpu.IrqWindows > 0 || !x.Vcpu.ApicvActive && Lapic.HasInterrupt(x)) x.SetBits(ref x.Vcpu.Requests, Request.Event);
    }

    // While L1's GIF is clear a window is asked for, as for IF: the processor minds it.
    private static readonly Row<Machine> CheckEvents =
        Row.Of("nested", "kvm_x86_ops.nested_ops->check_events(vcpu)", x =>
        {
            if (!x.IsInL2 || x.Vmcb.EventInjection != 0) return x.Next;
            var waits = Lapic.HasInterrupt(x) || x.Vcpu.IrqWindows > 0;
            var isOpen = x.Nested.SharesInterrupts ? Interrupts.Open(x) : x.Vmcb01.InterruptFlag;
            if (!waits) return x.Goto("cr8");
            if (!isOpen) return x.Goto("window");
            if (x.Nested.RunPending)
            {
                x.Local.Value = 1; // *req_immediate_exit
                return x.Goto("cr8");
            }
            return x.Nested.SharesInterrupts ? x.Next : x.Call("nested_svm_vmexit");
        }, to: ["window", "cr8"], calls: ["nested_svm_vmexit"]) with
        { Source = "arch/x86/kvm/svm/nested.c svm_check_nested_events(), v5.15" };

    private static readonly Row<Machine> IsBusy = Row.Of("busy", "r == -EBUSY: goto out", x =>
    {
        if (!x.Local.Set) return x.Next;
        x.Local.Value = 0; // no window for what waits for L2's first entry only
        return x.Goto("irq_off");
    }, to: ["irq_off"], isControl: true) with
    { Source = X86 };

    /// <summary>
    /// An ExtINT, for which a window was asked that is open without one now. The interrupt's vector is not followed, and its handler runs with
    /// interrupts on.
    /// </summary>
    private static readonly Row<Machine> Inject = Row.Of("extint", "svm_inject_irq(vcpu)", x =>
    {
        if (x.Local.Value != 0 && x.Vcpu.IrqWindows > 0 && !x.Vmcb.VIrq && x.IsInhibitedFor(Reason.IrqWindow) && MayInject(x)) x.Vcpu.IrqWindows--;
        return x.Next;
    }) with
    { Source = Svm };

    /// <summary>Since 5.19 a vCPU that runs L2, and has AVIC off for it, inhibits nobody else's.</summary>
    private static readonly Row<Machine> NotNested = Row.Of("nested", "!is_guest_mode(vcpu)", x => x.IsInL2 ? x.Goto("intercept") : x.Next, to: ["intercept"], isControl: true) with
    { Source = "arch/x86/kvm/svm/svm.c, v5.19; " + Reasons };

    /// <summary>With V_INTR_MASKING vmcb02 does not have vmcb01's intercept of VINTR: no window of L1's opens in L2.</summary>
    private static readonly Row<Machine> IsIntercepted = Row.Of("intercept", "svm_is_intercept(svm, INTERCEPT_VINTR)", x => HasOwnTpr(x) ? x.Return() : x.Next, isControl: true) with
    { Source = "arch/x86/kvm/svm/nested.c recalc_intercepts(), v5.15" };

    private static readonly Row<Machine> NoSlot = Row.Of("nested", "is_guest_mode(vcpu): slot = NULL", x => x.IsInL2 ? x.Return(PageFault.Emulate) : x.Next, isPrivate: true) with
    { Source = "arch/x86/kvm/mmu/mmu.c, v5.15" };

    private static readonly Row<Machine> HasRun = Row.Of("has_run", "svm->nested.nested_run_pending = 0", x =>
    {
        x.Nested.RunPending = false;
        return x.Next;
    }, isPrivate: true) with
    { Source = Svm };

    /// <summary>The kernel where guests run guests.</summary>
    public static Code<Machine> Woven(Code<Machine> code) => Nmi.WithImmediateExit(code)
        .Edit("vcpu_enter_guest", enter => (enter.Labels.Contains("inject") ? enter : enter.Before("window", Inject))
            .After("immediate", IsBusy)
            .Map("pending_event", row => row with { Effect = Row.Effect(x => x.Local.Value != 0 ? x.Call("inject_pending_event") : x.Next) })
            .Map("exit", row => row with { Calls = [.. row.Calls, "nested_svm_vmrun", "nested_svm_vmexit"] }))
        .Edit("inject_pending_event", inject => inject.Before("has", CheckEvents))
        .Edit("svm_enable_irq_window", enable => (IsVcpusOwn(code) ? enable.Before("inhibit", NotNested) : enable).Before("arm", IsIntercepted))
        .Edit("kvm_faultin_pfn", fault => fault.Before(fault.Rows[0].Label, NoSlot))
        .Edit("svm_vcpu_run", run => run.Before("return", HasRun));

    // Running L2 is a reason of the vCPU's own: since 5.19.
    private static bool IsVcpusOwn(Code<Machine> code) => code["enter_svm_guest_mode"].Labels.Contains("update");
}
