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
        if ((register.KvmWriteMask | register.KvmWriteOnes) != 0) x.Store(ref page[register.Offset], value & register.KvmWriteMask | register.KvmWriteOnes);
        switch (register.KvmEffect)
        {
            case "tpr":
                PriorityChanged(x);
                break;
            case "eoi":
                var vector = page.Isr.Highest;
                if (vector < 0) break;
                x.Remove(ref page.Isr, vector);
                PriorityChanged(x);
                x.SetBits(ref x.Vcpu.Requests, Request.Event);
                // kvm_ioapic_send_eoi(): what came edge triggered the I/O APIC does not wait for.
                if (page.Tmr.Contains(vector) && IoApicLines.Handles(x, vector)) return x.Call("kvm_ioapic_update_eoi", new() { Value = (byte)vector });
                break;
            case "send":
                return x.Call("kvm_irq_delivery_to_apic", new() { Word = page.IcrLow, Index = new InterruptCommand(page.IcrLow, page.IcrHigh).Destination });
            case "software enable" when !page.IsEnabled:
                for (var lvt = (int)Apic.LvtTimer; lvt <= (int)Apic.LvtError; lvt += 0x10) x.Store(ref page[lvt], page[lvt] | Masked);
                break;
            case "lvt" or "lvt timer" when !page.IsEnabled:
                x.Store(ref page[offset], page[offset] | Masked);
                break;
        }
        return x.Next;
    }

    /// <summary>Functions that <see cref="Write"/> may call, beside the I/O APIC's where there is one.</summary>
    public static readonly string[] Calls = ["kvm_irq_delivery_to_apic"];

    /// <summary><c>kvm_lapic_reg_read()</c>.</summary>
    public static uint Read(Context x, int offset) => ApicRegister.At(offset) is { KvmRead: true } register ? x.ApicPage[register.Offset] : 0;

    /// <summary><c>apic_update_ppr()</c>: keeps PPR, and asks for another look if something is deliverable now.</summary>
    public static void PriorityChanged(Context x)
    {
        var before = x.ApicPage.Ppr;
        x.Store(ref x.ApicPage.Ppr, x.ApicPage.ProcessorPriority);
        if (x.ApicPage.Ppr != before && x.ApicPage.Deliverable >= 0) x.SetBits(ref x.Vcpu.Requests, Request.Event);
    }

    /// <summary><c>kvm_apic_match_dest()</c>: whether a command reaches a vCPU.</summary>
    /// <param name="x">The machine.</param>
    /// <param name="vcpu">The vCPU.</param>
    /// <param name="command">What is sent.</param>
    /// <param name="source">The vCPU that sends, or -1: a device has no self.</param>
    public static bool Matches(Context x, int vcpu, InterruptCommand command, int source)
    {
        ref var page = ref x.ApicPageOf(vcpu);
        var (id, logical) = (page.PhysicalId, page.LogicalId);
        return command.Shorthand switch
        {
            Shorthand.Self => vcpu == source,
            Shorthand.AllIncludingSelf => true,
            Shorthand.AllButSelf => vcpu != source,
            _ when !command.IsLogical => command.Destination == 0xff || command.Destination == id,
            _ when command.Destination == 0xff => true,
            _ when page.IsFlat => (logical & command.Destination) != 0,
            _ => logical >> 4 == command.Destination >> 4 && (logical & command.Destination & 0xf) != 0,
        };
    }

    private const uint Masked = 1 << 16;
}
