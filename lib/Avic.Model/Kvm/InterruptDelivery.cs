using System.Numerics;

namespace Avic.Model;

/// <summary>KVM delivers an interrupt: from a command to the vCPUs it reaches, into each one's IRR, and to whoever must be told.</summary>
internal static class InterruptDelivery
{
    private const string Svm = "arch/x86/kvm/svm/avic.c, v5.15";

    /// <summary>A device's thread: each of its interrupts comes by an eventfd to KVM.</summary>
    public static readonly Routine<Machine> Device = Routine.Of("irqfd_inject", "virt/kvm/eventfd.c and arch/x86/kvm/irq_comm.c kvm_set_msi(), v5.15",
        Row.Of("next", "kvm_set_msi(e, kvm, irq_source_id, level, line_status)", x =>
        {
            var sent = x.Programs.Devices[x.Actor - x.VcpuCount - x.Programs.Host.Count];
            if (x.Local.Index == sent.Count) return x.Return();
            return sent[x.Local.Index++] switch
            {
                LineLevel line => x.Call("kvm_ioapic_set_irq", new() { Index = line.Pin, Set = line.IsHigh }),
                Msi msi => x.Call("kvm_irq_delivery_to_apic", new() { Word = msi.Vector, Index = msi.Destination }),
                NmiMessage nmi => x.Call("kvm_irq_delivery_to_apic", new() { Word = InterruptCommand.Nmi, Index = nmi.Destination }),
                var other => throw new ModelException($"nothing says how a device sends {other}"),
            };
        }, calls: ["kvm_irq_delivery_to_apic"], isControl: true),
        Row.Of("again", "the device's next interrupt", x => x.Goto("next"), to: ["next"], isControl: true));

    // What it returns is whether anybody took a level-triggered interrupt, which the I/O APIC asks.
    // Who is reached is read from the map of APIC ids: one pointer, made anew when an id changes.
    public static readonly Routine<Machine> ToApic = Routine.Of("kvm_irq_delivery_to_apic", "arch/x86/kvm/irq_comm.c, v5.15",
        Row.Of("map", "kvm_irq_delivery_to_apic_fast(kvm, src, irq, &r, dest_map)", x =>
        {
            var command = Lapic.Sent(x, x.Local.Index);
            x.Local = new() { Value = (byte)command.Vector, Set = command.IsLevel };
            if (!IsFollowed(x, command)) return x.Return();
            if (!command.IsFixed && !command.IsLowestPriority) x.Local.Word = command.Low & InterruptCommand.DeliveryModeBits;
            for (var vcpu = 0; vcpu < x.VcpuCount; vcpu++)
                if (x.MsrsOf(vcpu).IsApicOn && Lapic.Matches(x, vcpu, command, x.IsVcpu ? x.Me : -1)) x.Local.Targets |= (byte)(1 << vcpu);
            if (command.IsLowestPriority) x.Local.Targets = OneOf(x, x.Local.Targets, command.Vector);
            return x.Next;
        }),
        Row.Of("each", "kvm_apic_set_irq(dst, irq, dest_map)", x =>
        {
            if (x.Local.Targets == 0) return x.Return(x.Local.Index);
            var vcpu = BitOperations.TrailingZeroCount(x.Local.Targets);
            x.Local.Targets &= (byte)(x.Local.Targets - 1);
            return x.Call("__apic_accept_irq", new() { Index = (byte)vcpu, Value = x.Local.Value, Set = x.Local.Set, Word = x.Local.Word });
        }, calls: ["__apic_accept_irq"], isControl: true),
        Row.Of("again", "the next that it reaches", x =>
        {
            if (x.Result != Disabled && x.Local.Set) x.Local.Index = 1;
            return x.Goto("each");
        }, to: ["each"], isControl: true));

    // SMIs and their like are not. Level triggered, only the asserting of a level is one; of NMI and SIPI neither is looked at.
    private static bool IsFollowed(Context x, InterruptCommand command) =>
        command.IsNmi ? x.Programs.HasNmi : command.IsStartup ? x.Programs.HasInit
        : (command.IsFixed || command.IsLowestPriority || command.IsInit && x.Programs.HasInit) && (command.IsAssert || !command.IsLevel);

    private const int Disabled = -1;

    public static readonly Routine<Machine> Accept = Routine.Of("__apic_accept_irq", Lapic.Source,
        Row.Of("enabled", "!apic_enabled(apic)", x => x.ApicPageOf(x.Local.Index).IsEnabled && x.MsrsOf(x.Local.Index).IsApicOn ? x.Next : x.Return(Disabled)),
        Row.Of("tmr", "apic_test_vector(vector, apic->regs + APIC_TMR) != !!trig_mode", x =>
        {
            ref var tmr = ref x.ApicPageOf(x.Local.Index).Tmr;
            var isLevel = x.Done(ref x.Local.Set);
            if (tmr.Contains(x.Local.Value) && !isLevel) x.Remove(ref tmr, x.Local.Value);
            if (!tmr.Contains(x.Local.Value) && isLevel) x.Add(ref tmr, x.Local.Value);
            return x.Next;
        }, Order.Locked),
        Row.Of("post", "kvm_x86_deliver_posted_interrupt(vcpu, vector)",
            x => x.Call("svm_deliver_avic_intr", new() { Index = x.Local.Index, Value = x.Local.Value }), calls: ["svm_deliver_avic_intr"], isControl: true),
        Row.Of("posted", "the vCPU's AVIC has it", x => x.Result == 0 ? x.Return() : x.Next, isControl: true),
        ApicMetadata.SetIrr[0],
        ApicMetadata.SetIrr[1],
        Requests.EventOf("event"),
        Row.Of("kick", "kvm_vcpu_kick(vcpu)", x => x.Call("kvm_vcpu_kick", new() { Index = x.Local.Index }), calls: ["kvm_vcpu_kick"], isControl: true),
        Row.Of("return", "return result", x => x.Return(), isControl: true));

    // IRR first, IsRunning after: a vCPU that goes to sleep clears IsRunning first and looks at IRR after.
    public static readonly Routine<Machine> DeliverAvic = Routine.Of("svm_deliver_avic_intr", Svm,
        Row.Of("active", "!vcpu->arch.apicv_active", x => x.VcpuOf(x.Local.Index).ApicvActive ? x.Next : x.Return(-1)),
        ApicMetadata.SetIrr[0],
        ApicMetadata.SetIrr[1],
        Row.Of("mb", "smp_mb__after_atomic()", x => x.Next, Order.Barrier, isControl: true),
        Row.Of("running", "avic_vcpu_is_running(vcpu)", x => IsRunning(x, x.Local.Index) ? x.Next : x.Goto("wake"), to: ["wake"]),
        Row.Of("doorbell", "wrmsrl(SVM_AVIC_DOORBELL, kvm_cpu_get_apicid(cpuid))", x =>
        {
            RingDoorbell(x, x.Local.Index);
            return x.Return();
        }),
        Row.Of("wake", "kvm_vcpu_wake_up(vcpu)", x =>
        {
            WakeUp(x, x.Local.Index);
            return x.Return();
        }, Order.Locked));

    public static readonly Routine<Machine> Kick = Routine.Of("kvm_vcpu_kick", "virt/kvm/kvm_main.c, v5.15",
        Row.Of("wake", "kvm_vcpu_wake_up(vcpu)", x => WakeUp(x, x.Local.Index) ? x.Return() : x.Next, Order.Locked),
        Row.Of("mode", "kvm_arch_vcpu_should_kick(vcpu)", x =>
        {
            ref var mode = ref x.VcpuOf(x.Local.Index).Mode;
            if (mode != Mode.InGuest || x.VcpuOf(x.Local.Index).Cpu == x.OwnCore) return x.Return();
            x.Store(ref mode, Mode.Exiting);
            return x.Next;
        }, Order.Locked, preemptOff: true),
        Row.Of("ipi", "smp_send_reschedule(cpu)", x =>
        {
            x.Store(ref x.CoreOf(x.VcpuOf(x.Local.Index).Cpu).Reschedule, true);
            return x.Return();
        }, preemptOff: true));

    /// <summary><c>avic_vcpu_is_running()</c>: IsRunning of the vCPU's entry.</summary>
    public static bool IsRunning(Context x, int vcpu) => IdTableUpdates.EntryOf(x, vcpu) is >= 0 and var index
        ? (x.PhysicalIdTable[index] & PhysicalIdTable.IsRunning) != 0
        : x.VcpuOf(vcpu).ApicvActive && x.VcpuOf(vcpu).AvicIsRunning; // what KVM would have written into an entry beyond those that the machine keeps

    /// <summary><c>avic_ring_doorbell()</c>, as it is called since 5.17.</summary>
    public static void RingDoorbell(Context x, int vcpu)
    {
        // To one's own core none is needed: nobody is in the guest there while this thread is. One that has moved since it was looked
        // for looks at IRR when it enters its guest.
        var cpu = x.VcpuOf(vcpu).Cpu;
        if (cpu != x.OwnCore) x.Store(ref x.CoreOf(cpu).Doorbell, true);
    }

    /// <summary><c>rcuwait_wake_up()</c>: true if the vCPU slept.</summary>
    public static bool WakeUp(Context x, int vcpu)
    {
        ref var sleeping = ref x.VcpuOf(vcpu).Sleeping;
        if (!sleeping) return false;
        x.Store(ref sleeping, false);
        return true;
    }

    // kvm_vector_to_index(): lowest priority is not looked for, the vector decides.
    private static byte OneOf(Context x, byte targets, int vector)
    {
        for (var vcpu = 0; vcpu < x.VcpuCount; vcpu++)
            if (!x.ApicPageOf(vcpu).IsEnabled) targets &= (byte)~(1 << vcpu);
        for (var left = targets == 0 ? 0 : vector % BitOperations.PopCount(targets); left > 0; left--) targets &= (byte)(targets - 1);
        return (byte)(targets & -targets);
    }
}
