namespace Avic.Model;

/// <summary>
/// What KVM keeps beside the APIC's page so as not to search it: <c>irr_pending</c>, whether IRR may hold a vector, <c>isr_count</c> and
/// <c>highest_isr_cache</c>. Whoever looks asks them first; the core, which sets IRR and changes ISR by itself, knows nothing of them.
/// </summary>
/// <remarks>The last two are the vCPU's own, and change within the rows that they go with.</remarks>
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
            CountIsr(x);
            x.Store(ref x.Vcpu.IrrPending, x.Done(ref x.Local.Set));
            return x.Next;
        }));

    /// <summary>Since 5.17 irr_pending stays as it is when AVIC goes off.</summary>
    public static readonly Routine<Machine> Kept = Routine.Of("kvm_apic_update_apicv", "arch/x86/kvm/lapic.c, v5.17; 755c2bf87860",
        Row.Of("active", "vcpu->arch.apicv_active", x =>
        {
            CountIsr(x);
            return x.Vcpu.ApicvActive ? x.Next : x.Return();
        }),
        OfSelf("apic->irr_pending = true"));

    // What was injected last may have been ended by the core since, and other vectors taken.
    private static readonly Row<Machine> Purge = Row.Of("cache", "apic->highest_isr_cache = -1", x =>
    {
        x.Vcpu.HighestIsrCache = 0;
        return x.Next;
    }, isPrivate: true) with
    { Source = "arch/x86/kvm/lapic.c, v6.3; 97a71c444a14" };

    /// <summary>Since 6.3 nothing is remembered of ISR when AVIC goes on or off.</summary>
    public static readonly Routine<Machine> Purged = Routine.Of("kvm_apic_update_apicv", "arch/x86/kvm/lapic.c, v6.3; 755c2bf87860 (v5.17)",
        Row.Of("active", "apic->apicv_active", x =>
        {
            CountIsr(x);
            return x.Vcpu.ApicvActive ? x.Next : x.Goto("cache");
        }, to: ["cache"]),
        OfSelf("apic->irr_pending = true"),
        Purge);

    /// <summary>irr_pending is true again whenever the flag changes: at worst a search finds nothing.</summary>
    public static readonly Routine<Machine> True = Routine.Of("kvm_apic_update_apicv", "arch/x86/kvm/lapic.c, v6.17; d3ddef46f22e (v6.13, or v6.12)",
        Row.Of("pending", "apic->irr_pending = true", x =>
        {
            CountIsr(x);
            x.Store(ref x.Vcpu.IrrPending, true);
            return x.Next;
        }),
        Purge);

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
    public static int Deliverable(Context x) => x.Vcpu.IrrPending ? x.ApicPage.DeliverableAbove(x.ApicPage.Tpr, HighestIsr(x)) : -1;

    /// <summary><c>apic_find_highest_isr()</c>: the vector that KVM takes for the highest in service, or -1.</summary>
    public static int HighestIsr(Context x) => x.Vcpu.IsrCount == 0 ? -1 : x.Vcpu.HighestIsrCache != 0 ? x.Vcpu.HighestIsrCache : x.ApicPage.Isr.Highest;

    /// <summary><c>apic_set_isr()</c>: what is injected is above all that is in service, so it is the highest. With AVIC on nothing is remembered.</summary>
    public static void SetIsr(Context x, int vector)
    {
        x.Add(ref x.ApicPage.Isr, vector);
        if (!x.Vcpu.ApicvActive) (x.Vcpu.IsrCount, x.Vcpu.HighestIsrCache) = ((byte)(x.Vcpu.IsrCount + 1), (byte)vector);
    }

    /// <summary><c>apic_clear_isr()</c>.</summary>
    public static void ClearIsr(Context x, int vector)
    {
        if (!x.ApicPage.Isr.Contains(vector)) return;
        x.Remove(ref x.ApicPage.Isr, vector);
        if (!x.Vcpu.ApicvActive) (x.Vcpu.IsrCount, x.Vcpu.HighestIsrCache) = ((byte)(x.Vcpu.IsrCount - 1), 0);
    }

    /// <summary><c>apic-&gt;isr_count</c> as it is to be when the flag has changed, or all registers have.</summary>
    public static void CountIsr(Context x)
    {
        var count = 0;
        foreach (var word in x.ApicPage.Isr) count += System.Numerics.BitOperations.PopCount(word);
        x.Vcpu.IsrCount = (byte)(x.Vcpu.ApicvActive ? 1 : count);
    }

    /// <summary><c>apic_find_highest_irr()</c>.</summary>
    public static int HighestIrr(Context x) => x.Vcpu.IrrPending ? x.ApicPage.Irr.Highest : -1;

    private static Row<Machine> OfSelf(string text) => Row.Of("pending", text, x =>
    {
        x.Store(ref x.Vcpu.IrrPending, true);
        return x.Next;
    });
}
