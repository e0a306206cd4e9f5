namespace Avic.Model;

/// <summary>KVM's local APIC: what a write of a register does, whoever makes it, and whom a command reaches.</summary>
/// <remarks>arch/x86/kvm/lapic.c, v5.15; data/apic-registers.csv.</remarks>
internal static class Lapic
{
    public const string Source = "arch/x86/kvm/lapic.c, v5.15";

    /// <summary><c>kvm_lapic_reg_write()</c>: stores what the register keeps and does what it is for. The row declares <see cref="Calls"/>.</summary>
    public static Flow Write(Context x, int offset, uint value)
    {
        var register = ApicRegister.At(offset);
        ref var page = ref x.ApicPage;
        // In x2APIC mode some registers are read-only, also to a write that the core has put into the page already.
        if (x.Msrs.IsX2 && !register.KvmX2Write) return x.Next;
        if (register.Offset == (int)Apic.TimerInitialCount && x.Vcpu.TimerMode == TimerMode.TscDeadline) return x.Next;
        if ((register.KvmWriteMask | register.KvmWriteOnes) != 0) x.Store(ref page[register.Offset], value & register.KvmWriteMask | register.KvmWriteOnes);
        switch (register.KvmEffect)
        {
            case "tpr":
                PriorityChanged(x);
                break;
            case "eoi":
                var vector = ApicMetadata.HighestIsr(x);
                if (vector < 0) break;
                ApicMetadata.ClearIsr(x, vector);
                PriorityChanged(x);
                x.SetBits(ref x.Vcpu.Requests, Request.Event);
                // kvm_ioapic_send_eoi(): what came edge triggered the I/O APIC does not wait for.
                if (page.Tmr.Contains(vector) && IoApicLines.Handles(x, vector)) return x.Call("kvm_ioapic_update_eoi", new() { Value = (byte)vector });
                break;
            case "send":
                return Send(x, page.IcrLow);
            case "self ipi" when x.Msrs.IsX2:
                return Send(x, (byte)value | (uint)Shorthand.Self << 18);
            case "software enable" when !page.IsEnabled:
                for (var lvt = (int)Apic.LvtTimer; lvt <= (int)Apic.LvtError; lvt += 0x10) x.Store(ref page[lvt], page[lvt] | Masked);
                LapicTimer.Forget(x);
                break;
            case "lvt" or "lvt timer":
                if (!page.IsEnabled) x.Store(ref page[offset], page[offset] | Masked);
                if (register.KvmEffect == "lvt timer") LapicTimer.UpdateMode(x);
                break;
            case "timer count":
                LapicTimer.Start(x);
                break;
        }
        return x.Next;
    }

    private static Flow Send(Context x, uint command) => x.Call("kvm_irq_delivery_to_apic", new() { Word = command, Index = (byte)(x.ApicPage.IcrHigh >> 24) });

    /// <summary>The destination of a command that is being sent: a vCPU's own ICR has it, and in x2APIC mode all of it.</summary>
    /// <param name="x">The machine; the command is in <see cref="Locals.Word"/>.</param>
    /// <param name="destination">The destination of xAPIC mode.</param>
    public static InterruptCommand Sent(Context x, uint destination) =>
        x.IsVcpu && x.Msrs.IsX2 ? new(x.Local.Word, x.ApicPage.IcrHigh, IsX2: true) : new(x.Local.Word, destination << 24);

    /// <summary>Functions that <see cref="Write"/> may call, beside the I/O APIC's where there is one.</summary>
    public static readonly string[] Calls = ["kvm_irq_delivery_to_apic"];

    /// <summary><c>kvm_lapic_reg_read()</c>.</summary>
    public static uint Read(Context x, int offset) => ApicRegister.At(offset) is not { KvmRead: true } register ? 0
        : register.Offset == (int)Apic.TimerCurrentCount ? LapicTimer.CurrentCount(x) : x.ApicPage[register.Offset];

    /// <summary><c>kvm_cpu_has_interrupt()</c>, but for what comes from elsewhere.</summary>
    public static bool HasInterrupt(Context x) => x.Msrs.IsApicOn && ApicMetadata.Deliverable(x) >= 0;

    /// <summary><c>apic_update_ppr()</c>: keeps PPR, and asks for another look if something is deliverable now.</summary>
    public static void PriorityChanged(Context x)
    {
        var before = x.ApicPage.Ppr;
        UpdatePriority(x);
        if (x.ApicPage.Ppr != before && ApicMetadata.Deliverable(x) >= 0) x.SetBits(ref x.Vcpu.Requests, Request.Event);
    }

    /// <summary><c>kvm_apic_ack_interrupt()</c>: what is injected is in service now, unless its delivery is its EOI.</summary>
    public static void Acknowledge(Context x, int vector)
    {
        x.Remove(ref x.ApicPage.Irr, vector);
        if (AutoEoi.Has(x, vector))
        {
            PriorityChanged(x);
            return;
        }
        ApicMetadata.SetIsr(x, vector);
        UpdatePriority(x);
    }

    private static void UpdatePriority(Context x) => x.Store(ref x.ApicPage.Ppr, x.ApicPage.PriorityWith(ApicMetadata.HighestIsr(x)));

    /// <summary><c>kvm_apic_match_dest()</c>: whether a command reaches a vCPU.</summary>
    /// <param name="x">The machine.</param>
    /// <param name="vcpu">The vCPU.</param>
    /// <param name="command">What is sent.</param>
    /// <param name="source">The vCPU that sends, or -1: a device has no self.</param>
    public static bool Matches(Context x, int vcpu, InterruptCommand command, int source)
    {
        ref var page = ref x.ApicPageOf(vcpu);
        var isX2 = x.MsrsOf(vcpu).IsX2;
        var (to, id, logical) = (command.Destination, isX2 ? page.Id : page.PhysicalId, page.LogicalId);
        if (source < 0 && isX2 && to == 0xff) to = InterruptCommand.Everybody(isX2); // a device can say no more
        return command.Shorthand switch
        {
            Shorthand.Self => vcpu == source,
            Shorthand.AllIncludingSelf => true,
            Shorthand.AllButSelf => vcpu != source,
            _ when to == InterruptCommand.Everybody(isX2) => true,
            _ when !command.IsLogical => to == id,
            _ when isX2 => page.Ldr >> 16 == to >> 16 && (page.Ldr & to & 0xffff) != 0,
            _ when page.IsFlat => (logical & to) != 0,
            _ => (uint)logical >> 4 == to >> 4 && (logical & to & 0xf) != 0,
        };
    }

    /// <summary>Bit 16 of an LVT.</summary>
    public const uint Masked = 1 << 16;
}
