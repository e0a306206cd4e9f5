namespace Avic.Model;

/// <summary>
/// NMIs by way of KVM, AVIC or not: the sender counts one more, the vCPU's thread keeps two at most and injects one at VMRUN; the next must
/// wait for the guest's IRET, which is intercepted.
/// </summary>
/// <remarks>
/// The processor has no V_NMI. TF is not followed onto the guest's stack: where an interrupt comes before the instruction that was to be stepped
/// over, #DB comes behind the first of its handler.
/// </remarks>
internal static class Nmi
{
    private const string X86 = "arch/x86/kvm/x86.c, v5.15", Svm = "arch/x86/kvm/svm/svm.c, v5.15";

    /// <summary>The entry of the guest's IDT.</summary>
    public const int Vector = 2;

    public static readonly Routine<Machine> Inject = Routine.Of("kvm_inject_nmi", X86,
        Row.Of("queued", "atomic_inc(&vcpu->arch.nmi_queued)", x =>
        {
            ref var queued = ref x.VcpuOf(x.Local.Index).NmiQueued;
            x.Store(ref queued, checked((byte)(queued + 1)));
            return x.Next;
        }, Order.Locked),
        Row.Of("request", "kvm_make_request(KVM_REQ_NMI, vcpu)", x =>
        {
            x.SetBits(ref x.VcpuOf(x.Local.Index).Requests, Request.Nmi);
            return x.Next;
        }, Order.Locked));

    // One in progress and one that waits; where none is in progress the first of the two is injected at once.
    public static readonly Routine<Machine> Process = Routine.Of("process_nmi", X86,
        Row.Of("pending", "vcpu->arch.nmi_pending = min(vcpu->arch.nmi_pending + atomic_xchg(&vcpu->arch.nmi_queued, 0), limit)", x =>
        {
            var limit = x.Vcpu.NmiMasked || x.Vmcb.EventInjection == Vector ? 1 : 2;
            x.Vcpu.NmiPending = (byte)Math.Min(x.Vcpu.NmiPending + x.Vcpu.NmiQueued, limit);
            x.Store(ref x.Vcpu.NmiQueued, (byte)0);
            return x.Next;
        }, Order.Locked),
        Requests.Event("event") with { Source = X86 });

    public static readonly Routine<Machine> IretInterception = Routine.Of("iret_interception", Svm,
        Row.Of("iret", "vcpu->arch.hflags |= HF_IRET_MASK", x =>
        {
            x.Vmcb.InterceptIret = false;
            x.MarkDirty(CleanBits.Intercepts);
            x.Vcpu.NmiIretRip = x.Vmcb.Rip;
            return x.Next;
        }, isPrivate: true),
        Requests.Event("event") with { Source = X86 });

    /// <summary>After #VMEXIT: a guest that is no longer where it was about to return from the handler has returned.</summary>
    public static readonly Routine<Machine> Complete = Routine.Of("svm_complete_interrupts", Svm,
        Row.Of("unmask", "vcpu->arch.hflags &= ~(HF_NMI_MASK | HF_IRET_MASK)", x =>
        {
            (x.Vcpu.NmiMasked, x.Vcpu.NmiIretRip) = (false, 0);
            return x.Next;
        }, isPrivate: true),
        Requests.Event("event") with { Source = X86 });

    public static readonly Routine<Machine> DebugInterception = Routine.Of("db_interception", Svm,
        Off("disable_nmi_singlestep(svm)"),
        Requests.Event("event") with { Source = X86 });

    /// <summary>Before VMRUN with something to inject: TF must not get onto the guest's stack. The core comes back at once to look again.</summary>
    public static readonly Routine<Machine> DisableSingleStep = Routine.Of("disable_nmi_singlestep", Svm,
        Off("svm->nmi_singlestep = false"),
        ComeBack("kick"));

    private static Row<Machine> Off(string text) => Row.Of("disable", text, x =>
    {
        x.Vmcb.SingleStep = SingleStep.Off;
        return x.Next;
    }, isPrivate: true);

    /// <summary><c>kvm_vcpu_has_events()</c>, as far as NMIs go.</summary>
    public static bool IsWaiting(Context x) => x.Vcpu.Requests.HasFlag(Request.Nmi) || x.Vcpu.NmiPending > 0 && IsAllowed(x);

    // svm_nmi_allowed()
    private static bool IsAllowed(Context x) => !x.Vmcb.InterruptShadow && !x.Vcpu.NmiMasked;

    private static readonly Row<Machine>[] Injection =
    [
        // Behind what was taken already and is not in the guest yet everything new must wait until it is.
        Row.Of("nmi", "vcpu->arch.nmi_pending", x =>
        {
            if (x.Vcpu.NmiPending == 0) return x.Next;
            if (x.Vmcb.EventInjection != 0) return Busy(x);
            if (IsAllowed(x))
            {
                x.Vcpu.NmiPending--;
                (x.Vmcb.EventInjection, x.Vcpu.NmiMasked, x.Vmcb.InterceptIret) = (Vector, true, true);
                x.MarkDirty(CleanBits.Intercepts);
            }
            // svm_enable_nmi_window(): an IRET that is intercepted tells, as does the end of the next instruction.
            if (x.Vcpu.NmiPending > 0 && !(x.Vcpu.NmiMasked && x.Vcpu.NmiIretRip == 0)) x.Vmcb.SingleStep = SingleStep.On;
            return x.Next;
        }, to: ["cr8"], isPrivate: true) with
        { Source = X86 + ", and svm_inject_nmi()" },
        Row.Of("can_inject", "kvm_cpu_has_injectable_intr(vcpu)",
            x => x.Vmcb.EventInjection != 0 && !x.Vcpu.ApicvActive && Lapic.HasInterrupt(x) ? Busy(x) : x.Next, to: ["cr8"]) with
        { Source = X86 },
    ];

    private static Flow Busy(Context x)
    {
        x.Local.Value = 1; // *req_immediate_exit
        return x.Goto("cr8");
    }

    /// <summary>The kernel with NMIs: what leads to them, and what comes of them where interrupts are injected.</summary>
    public static Code<Machine> Woven(Code<Machine> code) => WithImmediateExit(code)
        .Edit("__apic_accept_irq", accept => accept
            .Before("enabled", Row.Of("is_nmi", "case APIC_DM_NMI", x => x.Local.Word == InterruptCommand.Nmi ? x.Goto("nmi") : x.Next, to: ["nmi"], isControl: true))
            .After("return",
                Row.Of("nmi", "kvm_inject_nmi(vcpu)", x => x.Call("kvm_inject_nmi", new() { Index = x.Local.Index }), calls: ["kvm_inject_nmi"], isControl: true) with { Source = Lapic.Source },
                Row.Of("nmi_kick", "kvm_vcpu_kick(vcpu)", x => x.Call("kvm_vcpu_kick", new() { Index = x.Local.Index }), calls: ["kvm_vcpu_kick"], isControl: true) with { Source = Lapic.Source },
                Row.Of("nmi_return", "return result", x => x.Return(), isControl: true) with { Source = Lapic.Source }))
        .Edit("vcpu_enter_guest", enter => enter
            .Before("apicv", Row.Of("nmi", "kvm_check_request(KVM_REQ_NMI, vcpu)", x => x.CheckRequest(Request.Nmi) ? x.Call("process_nmi") : x.Next, Order.Locked, calls: ["process_nmi"]) with { Source = X86 })
            .Map("exit", row => row with { Calls = [.. row.Calls, "iret_interception", "db_interception"] }))
        .Edit("inject_pending_event", inject => inject.Before("has", Injection))
        .Edit("svm_vcpu_run", run => run
            .Before("vmrun",
                Row.Of("singlestep", "svm->nmi_singlestep && svm->vmcb->control.event_inj",
                    x => x.Vmcb.SingleStep != SingleStep.Off && x.Vmcb.EventInjection != 0 ? x.Call("disable_nmi_singlestep") : x.Next, calls: ["disable_nmi_singlestep"], isControl: true) with
                { Source = Svm })
            .Before("return", Row.Of("complete", "svm_complete_interrupts(vcpu)", x =>
                x.Vcpu.NmiIretRip == 0 || x.Vcpu.NmiIretRip == x.Vmcb.Rip ? x.Next : x.Call("svm_complete_interrupts"), calls: ["svm_complete_interrupts"], isControl: true) with
            { Source = Svm }))
        .Edit("guest", guest => guest.With("insn", [Guest.SingleStepped, .. guest.Rows.Where(row => row.Label == "insn")]));

    /// <summary>
    /// The kernel where something may have to wait until the guest has been entered: it is entered to come out at once, and what was to be
    /// injected by an entry that was called off is looked at again.
    /// </summary>
    public static Code<Machine> WithImmediateExit(Code<Machine> code) => code
        .Edit("vcpu_enter_guest", enter => enter
            .After("pending_event", Row.Of("immediate", "req_immediate_exit", x =>
            {
                x.Local.Set = x.Result != 0;
                return x.Next;
            }, isControl: true) with
            { Source = X86 })
            .Before("run",
                Row.Of("immediate_exit", "req_immediate_exit", x => x.Done(ref x.Local.Set) ? x.Next : x.Goto("run"), to: ["run"], isControl: true) with { Source = X86 },
                Requests.Event("again") with { Source = X86 },
                ComeBack("come_back"))
            .After("cancel_irq_on", Row.Of("cancel_injection", "kvm_make_request(KVM_REQ_EVENT, vcpu)", x =>
            {
                // What is injected at the next entry is looked at again there, too.
                if (x.Done(ref x.Local.Set) || x.Vmcb.EventInjection != 0) x.SetBits(ref x.Vcpu.Requests, Request.Event);
                return x.Return();
            }, Order.Locked) with
            { Source = X86 + ", and svm_cancel_injection()" })
            .Map("cancel_irq_on", row => row with
            {
                Effect = Row.Effect(x =>
            {
                x.Store(ref x.Core.IrqsOff, false);
                return x.Next;
            })
            }))
        .Edit("inject_pending_event", inject => inject
            .After("cr8", Row.Of("immediate", "return 0", x => x.Return(x.Done(ref x.Local.Value)), isControl: true) with { Source = X86 }));

    // Interrupts are off: the core takes it as soon as it is in the guest.
    private static Row<Machine> ComeBack(string label) => Row.Of(label, "smp_send_reschedule(vcpu->cpu)", x =>
    {
        x.Store(ref x.Core.Reschedule, true);
        return x.Next;
    }) with
    { Source = Svm };
}
