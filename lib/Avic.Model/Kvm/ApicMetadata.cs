namespace Avic.Model;

/// <summary>
/// What KVM keeps beside the APIC's page so as not to search it: <c>irr_pending</c>, whether IRR may hold a vector. Whoever looks for
/// one asks it first, so it must be true whenever IRR is not empty; the core, which sets IRR by itself, knows nothing of it.
/// </summary>
/// <remarks><c>isr_count</c> and <c>highest_isr_cache</c> are not kept: a search of ISR finds what they would say.</remarks>
internal static class ApicMetadata
{
    /// <summary>Search first, store after: what is set in between is forgotten, up to 5.16.</summary>
    public static readonly Routine<Machine> Update = Routine.Of("kvm_apic_update_apicv", Lapic.Source,
        Row.Of("search", "apic_search_irr(apic) != -1", x =>
        {
            x.Local.Set = x.Vcpu.ApicvActive || x.ApicPage.Irr.Highest >= 0;
            return x.Next;
        }),
        Row.Of("pending", "apic->irr_pending = (apic_search_irr(apic) != -1)", x =>
        {
            x.Store(ref x.Vcpu.IrrPending, x.Done(ref x.Local.Set));
            return x.Next;
        }));

    /// <summary>Since 5.17 it stays as it is when AVIC goes off.</summary>
    public static readonly Routine<Machine> Kept = Routine.Of("kvm_apic_update_apicv", "arch/x86/kvm/lapic.c, v5.17; 755c2bf87860",
        Row.Of("active", "vcpu->arch.apicv_active", x => x.Vcpu.ApicvActive ? x.Next : x.Return()),
        Pending("apic->irr_pending = true"));

    /// <summary>True again whenever the flag changes: at worst a search finds nothing.</summary>
    public static readonly Routine<Machine> True = Routine.Of("kvm_apic_update_apicv", "arch/x86/kvm/lapic.c, v6.17; d3ddef46f22e (v6.13, or v6.12)",
        Pending("apic->irr_pending = true"));

    /// <summary>The vCPU that follows the word puts its metadata right; where no program sends an interrupt that is no step.</summary>
    public static readonly Row<Machine> Follow = Row.Of("metadata", "kvm_apic_update_apicv(vcpu)",
        x => x.Programs.Interrupts ? x.Call("kvm_apic_update_apicv") : x.Next, calls: ["kvm_apic_update_apicv"], isControl: true);

    /// <summary><c>kvm_lapic_set_irr()</c>: the vector, then the flag; a search between the two asks again for the request that follows.</summary>
    public static readonly Row<Machine>[] SetIrr =
    [
        Row.Of("irr", "kvm_lapic_set_vector(vec, apic->regs + APIC_IRR)", x =>
        {
            x.Add(ref x.ApicPageOf(x.Local.Index).Irr, x.Local.Value);
            return x.Next;
        }, Order.Locked),
        OfTarget("apic->irr_pending = true"),
    ];

    /// <summary>The flag of the vCPU that an interrupt is for.</summary>
    public static Row<Machine> OfTarget(string text) => Row.Of("pending", text, x =>
    {
        x.Store(ref x.VcpuOf(x.Local.Index).IrrPending, true);
        return x.Next;
    });

    /// <summary><c>kvm_apic_has_interrupt()</c>: the vector to deliver, or -1.</summary>
    public static int Deliverable(Context x) => x.Vcpu.IrrPending ? x.ApicPage.Deliverable : -1;

    /// <summary><c>apic_find_highest_irr()</c>.</summary>
    public static int HighestIrr(Context x) => x.Vcpu.IrrPending ? x.ApicPage.Irr.Highest : -1;

    private static Row<Machine> Pending(string text) => Row.Of("pending", text, x =>
    {
        x.Store(ref x.Vcpu.IrrPending, true);
        return x.Next;
    });
}
