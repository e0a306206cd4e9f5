namespace Avic.Model;

/// <summary>
/// Delivery since 5.17: IRR first, then the target's mode, then its flag. A vCPU that follows the word writes the flag before it
/// looks at IRR, so whoever reads the old flag has set IRR early enough to be seen.
/// </summary>
internal static class CompleteDelivery
{
    private const string Svm = "arch/x86/kvm/svm/svm.c, v5.17; 66fa226c131f";
    private const string Lapic = "arch/x86/kvm/lapic.c, v5.17; 66fa226c131f";
    private const string Avic = "arch/x86/kvm/svm/avic.c, v5.17; ";

    /// <summary>All but its last call, which its caller makes: that keeps stacks shallow.</summary>
    public static readonly Routine<Machine> Deliver = Routine.Of("svm_deliver_interrupt", Svm,
        [.. ApicMetadata.SetIrr, Row.Of("mb", "smp_mb__after_atomic()", x => x.Next, Order.Barrier, isControl: true)]);

    public static readonly Routine<Machine> Complete = Routine.Of("svm_complete_interrupt_delivery", Svm,
        Row.Of("mode", "in_guest_mode = smp_load_acquire(&vcpu->mode) == IN_GUEST_MODE", x =>
        {
            x.Local.Set = x.VcpuOf(x.Local.Index).Mode == Mode.InGuest;
            return x.Next;
        }),
        Row.Of("active", "!READ_ONCE(vcpu->arch.apicv_active)", x => x.VcpuOf(x.Local.Index).ApicvActive ? x.Next : x.Goto("event"), to: ["event"]),
        Row.Of("in_guest", "in_guest_mode", x => x.Done(ref x.Local.Set) ? x.Next : x.Goto("wake"), to: ["wake"], isControl: true),
        Row.Of("doorbell", "avic_ring_doorbell(vcpu)", x =>
        {
            InterruptDelivery.RingDoorbell(x, x.Local.Index);
            return x.Return();
        }),
        Row.Of("wake", "kvm_vcpu_wake_up(vcpu)", x =>
        {
            InterruptDelivery.WakeUp(x, x.Local.Index);
            return x.Return();
        }, Order.Locked),
        Row.Of("event", "kvm_make_request(KVM_REQ_EVENT, vcpu)", x =>
        {
            x.Local.Set = false;
            x.SetBits(ref x.VcpuOf(x.Local.Index).Requests, Request.Event);
            return x.Next;
        }, Order.Locked),
        Row.Of("kick", "kvm_vcpu_kick(vcpu)", x => x.Call("kvm_vcpu_kick", new() { Index = x.Local.Index }), calls: ["kvm_vcpu_kick"], isControl: true),
        Row.Of("return", "return", x => x.Return(), isControl: true));

    /// <summary>The call of the vendor's delivery, in place of one that might refuse.</summary>
    public static readonly Row<Machine> Post = Row.Of("post", "kvm_x86_deliver_interrupt(apic, delivery_mode, trig_mode, vector)",
        x => x.Call("svm_deliver_interrupt", new() { Index = x.Local.Index, Value = x.Local.Value }), calls: ["svm_deliver_interrupt"], isControl: true) with
    { Source = Lapic };

    /// <summary>The call that svm_deliver_interrupt() ends with.</summary>
    public static readonly Row<Machine> Posted = Row.Of("complete", "svm_complete_interrupt_delivery(apic->vcpu, delivery_mode, trig_mode, vector)",
        x => x.Call("svm_complete_interrupt_delivery", new() { Index = x.Local.Index }), calls: ["svm_complete_interrupt_delivery"], isControl: true) with
    { Source = Svm };

    /// <summary>Whether the target runs is for the delivery to find out: no vCPU is passed over for its IsRunning.</summary>
    public static readonly Row<Machine>[] Kick =
    [
        ApicMetadata.OfTarget("vcpu->arch.apic->irr_pending = true") with { Source = Avic + "66fa226c131f" },
        Row.Of("complete", "svm_complete_interrupt_delivery(vcpu, icrl & APIC_MODE_MASK, icrl & APIC_INT_LEVELTRIG, icrl & APIC_VECTOR_MASK)",
            x => x.Call("svm_complete_interrupt_delivery", new() { Index = x.Local.Index++ }), calls: ["svm_complete_interrupt_delivery"], isControl: true) with
        { Source = Avic + "202470d536b2, 66fa226c131f" },
        Row.Of("again", "the next vCPU", x => x.Goto("each"), to: ["each"], isControl: true) with { Source = Avic + "66fa226c131f" },
    ];

    /// <summary>Whom to ring a doorbell for is told by the mode, no longer by IsRunning.</summary>
    public static readonly Row<Machine> InGuest = Row.Of("running", "vcpu->mode == IN_GUEST_MODE",
        x => x.VcpuOf(x.Local.Index).Mode == Mode.InGuest ? x.Next : x.Goto("wake"), to: ["wake"]) with
    { Source = Avic + "31f251d4ddfa" };

    /// <summary>A vCPU that blocks is unloaded while AVIC is on for it; the software flag is_running is gone.</summary>
    public static readonly Row<Machine> Put = Row.Of("blocking", "avic_vcpu_put(vcpu)", x =>
    {
        if (x.Vcpu.ApicvActive) Scheduling.Put(x);
        return x.Next;
    }) with
    { Source = Avic + "avic_vcpu_blocking(), 935a7333958e, af52f5aa5c1b" };

    public static readonly Row<Machine> Load = Row.Of("unblocking", "avic_vcpu_load(vcpu, vcpu->cpu)", x =>
    {
        if (x.Vcpu.ApicvActive) Scheduling.Load(x, x.Vcpu.Cpu);
        return x.Next;
    }) with
    { Source = Avic + "avic_vcpu_unblocking(), 935a7333958e, af52f5aa5c1b" };

    /// <summary>What is loaded runs: there is no flag any more that says otherwise.</summary>
    public static readonly Row<Machine> Refresh = ApicvInhibit.Refresh() with { Source = Avic + "avic_refresh_apicv_exec_ctrl(), af52f5aa5c1b" };
}
