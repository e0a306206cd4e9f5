namespace Avic.Model;

/// <summary>IRQ windows counted: each vCPU that waits for one is a part of the reason, and lets go when its interrupt is injected.</summary>
internal static class CountedIrqWindow
{
    private const string Count = "arch/x86/kvm/x86.c, v7.0; 6563ddadd169, 5617dddcfa30";
    private const string Svm = "arch/x86/kvm/svm/svm.c, v7.0; 6563ddadd169";
    private const string Other = "READ_ONCE(kvm->arch.apicv_inhibit_reasons) & ~BIT(APICV_INHIBIT_REASON_IRQWIN)";

    public static readonly Routine<Machine> IncOrDec = Routine.Of("kvm_inc_or_dec_irq_window_inhibit", Count,
        // Another reason keeps AVIC off whatever is counted: the word need not follow now. Who changes that reason makes it follow.
        Row.Of("other", Other, x => IsOtherSet(x) ? x.Next : x.Goto("lock"), to: ["lock"]),
        Row.Of("read_lock", "down_read(&kvm->arch.apicv_update_lock)", x => x.AcquireRead(ref x.Vm.ApicvUpdateLock), Order.Locked),
        Row.Of("still", Other, x => IsOtherSet(x) ? x.Next : x.Goto("retreat"), to: ["retreat"]),
        Row.Of("add", "atomic_add(add, &kvm->arch.apicv_nr_irq_window_req)", x =>
        {
            Add(x);
            return x.Next;
        }, Order.Locked),
        Row.Of("read_unlock", "up_read(&kvm->arch.apicv_update_lock)", x =>
        {
            x.ReleaseRead(ref x.Vm.ApicvUpdateLock);
            return x.Return();
        }, Order.Locked),
        Row.Of("retreat", "up_read(&kvm->arch.apicv_update_lock)", x => x.ReleaseRead(ref x.Vm.ApicvUpdateLock), Order.Locked),
        Row.Of("lock", "down_write(&kvm->arch.apicv_update_lock)", x => x.Acquire(ref x.Vm.ApicvUpdateLock), Order.Locked),
        Row.Of("count", "atomic_add_return(add, &kvm->arch.apicv_nr_irq_window_req) == inc", x =>
        {
            Add(x);
            return x.Vm.ApicvNrIrqWindowReq == (x.Local.Set ? 1 : 0) ? x.Next : x.Goto("unlock");
        }, Order.Locked, to: ["unlock"]),
        Row.Of("inner", "__kvm_set_or_clear_apicv_inhibit(kvm, APICV_INHIBIT_REASON_IRQWIN, inc)",
            x => x.Call("__kvm_request_apicv_update", new() { Reason = Reason.IrqWindow, Set = x.Done(ref x.Local.Set) }), calls: ["__kvm_request_apicv_update"], isControl: true),
        Row.Of("unlock", "up_write(&kvm->arch.apicv_update_lock)", x => x.Release(ref x.Vm.ApicvUpdateLock), Order.Locked));

    /// <summary>The reason's bit is made anew from the count whenever any reason changes. The lock, held to write, covers both.</summary>
    public static readonly Row<Machine> Edge = Row.Of("edge", "!!old != !!new", x =>
    {
        var (old, window) = (x.Vm.ApicvInhibitReasons, x.BitOf(Reason.IrqWindow));
        var bit = x.Local.Reason == Reason.IrqWindow ? 0 : x.BitOf(x.Local.Reason);
        var word = (x.Local.Set ? old | bit : old & ~bit) & ~window | (x.Vm.ApicvNrIrqWindowReq != 0 ? window : 0);
        x.Local = new() { Word = word };
        return (old != 0) != (word != 0) ? x.Next : x.Goto("same");
    }, to: ["same"], isCovered: true) with
    { Source = Count };

    /// <summary>A vCPU counts once, however often it asks.</summary>
    public static readonly Row<Machine> Inhibit = Row.Of("inhibit", "!svm->avic_irq_window: kvm_inc_apicv_irq_window_req(vcpu->kvm)", x =>
    {
        if (x.Vcpu.AvicIrqWindow) return x.Next;
        x.Vcpu.AvicIrqWindow = true;
        return x.Call("kvm_inc_or_dec_irq_window_inhibit", new() { Set = true });
    }, calls: ["kvm_inc_or_dec_irq_window_inhibit"]) with
    { Source = Svm };

    /// <summary>The window is open, but nothing has been injected yet.</summary>
    public static readonly Row<Machine> Disarm = Row.Of("disarm", "svm_clear_vintr(svm)", x =>
    {
        IrqWindow.ClearVintr(x, ref x.Vmcb);
        return x.Next;
    }, isPrivate: true) with
    { Source = "arch/x86/kvm/svm/svm.c, v7.0; 7b402ec851cb" };

    /// <summary>The window has served its purpose when nothing is left to inject.</summary>
    public static readonly Row<Machine> Inject = Row.Of("inject", "svm_inject_irq(vcpu, false)", x =>
    {
        if (x.Local.Value == 0) return x.Next;
        // A window asked for and no longer armed has opened: the interrupt is injected, and its handler runs with interrupts off.
        if (x.Vcpu.AvicIrqWindow && !x.Vmcb.VIrq && x.Vcpu.IrqWindows > 0 && NestedGuest.MayInject(x))
        {
            x.Vcpu.IrqWindows--;
        }
        else if (x.Vmcb.EventInjection is 0 or Nmi.Vector)
        {
            return x.Next;
        }
        // While L2 runs AVIC is off for this vCPU anyway.
        if (!x.Vcpu.AvicIrqWindow || !x.IsInL2 && (x.Vcpu.IrqWindows > 0 || ApicMetadata.Deliverable(x) >= 0)) return x.Next;
        x.Vcpu.AvicIrqWindow = false;
        return x.Call("kvm_inc_or_dec_irq_window_inhibit");
    }, calls: ["kvm_inc_or_dec_irq_window_inhibit"]) with
    { Source = "arch/x86/kvm/svm/svm.c, v7.0; 7b402ec851cb, 6563ddadd169" };

    private static bool IsOtherSet(Context x) => (x.Vm.ApicvInhibitReasons & ~x.BitOf(Reason.IrqWindow)) != 0;

    private static void Add(Context x) => x.Store(ref x.Vm.ApicvNrIrqWindowReq, checked((short)(x.Vm.ApicvNrIrqWindowReq + (x.Local.Set ? 1 : -1))));
}
