namespace Avic.Model;

/// <summary>KVM's I/O APIC: a line goes up or down, the interrupt is delivered, and the EOI of the last one lets the next through.</summary>
/// <remarks>
/// The redirection table is as an operating system has programmed it: that is no path here. Of a pin's level every source is the VMM.
/// Not there: the delay after 10 000 deliveries without a pause, the RTC's own account of EOIs, notifiers of an EOI.
/// </remarks>
internal static class IoApicLines
{
    private const string Source = "arch/x86/kvm/ioapic.c, v5.15";

    public static readonly Routine<Machine> SetIrq = Routine.Of("kvm_ioapic_set_irq", Source,
        Row.Of("lock", "spin_lock(&ioapic->lock)", x => x.Acquire(ref x.IoApic.Lock), Order.Locked),
        // An edge is one where the line was low. A level is looked at by the entry's remote IRR.
        Row.Of("irr", "ioapic->irr |= mask", x =>
        {
            var (wasHigh, isHigh) = (x.IoApic.Irr.Contains(x.Local.Index), x.Done(ref x.Local.Set));
            if (wasHigh != isHigh) x.Store(ref x.IoApic.Irr, x.Local.Index, isHigh);
            return isHigh && (!wasHigh || EntryOf(x).IsLevel) ? x.Next : x.Goto("unlock");
        }, to: ["unlock"]),
        Service("unlock"),
        RemoteIrr,
        Row.Of("unlock", "spin_unlock(&ioapic->lock)", x => x.Release(ref x.IoApic.Lock), Order.Locked));

    // The entry waits with remote IRR for the EOI: what comes meanwhile is delivered after it.
    private static Row<Machine> Service(string otherwise) => Row.Of("service", "ioapic_service(ioapic, irq, line_status)", x =>
    {
        var entry = EntryOf(x);
        return entry.IsMasked || entry.IsLevel && x.IoApic.RemoteIrr.Contains(x.Local.Index) ? x.Goto(otherwise)
            : x.Call("kvm_irq_delivery_to_apic", new() { Word = entry.Command, Index = entry.Destination });
    }, to: [otherwise], calls: ["kvm_irq_delivery_to_apic"]);

    private static Row<Machine> RemoteIrr => Row.Of("remote_irr", "entry->fields.remote_irr = 1", x =>
    {
        if (x.Result != 0) x.Store(ref x.IoApic.RemoteIrr, x.Local.Index, true);
        return x.Next;
    });

    /// <summary>The broadcast of a level-triggered vector's EOI, from the vCPU that wrote it.</summary>
    public static readonly Routine<Machine> UpdateEoi = Routine.Of("kvm_ioapic_update_eoi", Source,
        Row.Of("lock", "spin_lock(&ioapic->lock)", x => x.Acquire(ref x.IoApic.Lock), Order.Locked),
        Row.Of("each", "ent->fields.vector != vector", x =>
        {
            while (x.Local.Index < IoApic.Pins && !EntryOf(x).WaitsForEoiOf(x.Local.Value)) x.Local.Index++;
            return x.Local.Index < IoApic.Pins ? x.Next : x.Goto("unlock");
        }, to: ["unlock"], isControl: true),
        // Whoever is told of the EOI may want to lower the line: what is raised meanwhile waits for remote IRR.
        Row.Of("drop", "spin_unlock(&ioapic->lock)", x => x.Release(ref x.IoApic.Lock), Order.Locked),
        Row.Of("retake", "spin_lock(&ioapic->lock)", x => x.Acquire(ref x.IoApic.Lock), Order.Locked),
        Row.Of("eoi", "ent->fields.remote_irr = 0", x =>
        {
            x.Store(ref x.IoApic.RemoteIrr, x.Local.Index, false);
            return x.Next;
        }),
        Row.Of("high", "!ent->fields.mask && (ioapic->irr & (1 << pin))", x => x.IoApic.Irr.Contains(x.Local.Index) ? x.Next : x.Goto("next"), to: ["next"]),
        Service("next"),
        RemoteIrr,
        Row.Of("next", "the next pin", x =>
        {
            x.Local.Index++;
            return x.Goto("each");
        }, to: ["each"], isControl: true),
        Row.Of("unlock", "spin_unlock(&ioapic->lock)", x => x.Release(ref x.IoApic.Lock), Order.Locked));

    /// <summary>The guest touches its device, by a port: the VMM lets the line go, and comes back to the guest.</summary>
    public static readonly Routine<Machine> Port = Routine.Of("io_interception", "arch/x86/kvm/svm/svm.c and virt/kvm/kvm_main.c kvm_vm_ioctl_irq_line(), v5.15",
        Row.Of("lower", "kvm_vm_ioctl_irq_line(kvm, irq, false)", x =>
        {
            x.Retire();
            x.Vmcb.ExitInfo2 = 0;
            return x.Call("kvm_ioapic_set_irq", new() { Index = (byte)(x.Done(ref x.Vmcb.ExitInfo1) >> 16) });
        }, calls: ["kvm_ioapic_set_irq"], isPrivate: true),
        Row.Of("return", "return 1", x => x.Return(), isControl: true));

    /// <summary>EXITINFO1 of OUT: the port, a byte.</summary>
    public static ulong PortInfo(uint port) => (ulong)port << 16 | 1 << 4;

    /// <summary>True if a vector's EOI is one that the I/O APIC waits for.</summary>
    public static bool Handles(Context x, int vector)
    {
        foreach (var pin in x.Programs.Pins)
            if (pin.Entry.WaitsForEoiOf(vector)) return true;
        return false;
    }

    /// <summary>The kernel with lines to its I/O APIC: what else writes of EOI, guests and devices lead to.</summary>
    public static Code<Machine> Woven(Code<Machine> code) => code
        .Edit("irqfd_inject", device => Calling(device, "next", "kvm_ioapic_set_irq"))
        .Edit("avic_unaccelerated_access_interception", exit => Calling(exit, "write", "kvm_ioapic_update_eoi"))
        .Edit("x86_emulate_instruction", emulate => Calling(emulate, "apic", "kvm_ioapic_update_eoi"))
        .Edit("vcpu_enter_guest", enter => Calling(enter, "exit", "io_interception"));

    private static Routine<Machine> Calling(Routine<Machine> routine, string label, string callee) =>
        routine.Map(label, row => row with { Calls = [.. row.Calls, callee] });

    private static RedirectionEntry EntryOf(Context x) => x.Programs.EntryOf(x.Local.Index);
}
