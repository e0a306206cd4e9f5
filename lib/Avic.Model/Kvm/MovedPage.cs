namespace Avic.Model;

/// <summary>A local APIC whose guest has moved its page: no memslot is there, so every access faults and is emulated, with AVIC on or off.</summary>
/// <remarks>
/// What KVM keeps of the new frame, an MMIO SPTE and the vCPU's MMIO cache, is not followed: no slot ever comes there, so it never is stale. A VMM that has
/// memory there is not modelled.
/// </remarks>
internal static class MovedPage
{
    private static readonly Row<Machine> Elsewhere = Row.Of("elsewhere", "slot = kvm_vcpu_gfn_to_memslot(vcpu, gfn)", x => Guest.IsElsewhere(x) ? x.Return(PageFault.Emulate) : x.Next, isPrivate: true) with
    { Source = "arch/x86/kvm/mmu/mmu.c, v5.15" };

    /// <summary>Up to 5.14 the core is told, while AVIC is on, and whether or not KVM then takes the value.</summary>
    public static readonly Row<Machine> BarFollows = Msr.Intercepted("kvm_vcpu_apicv_active(vcpu): avic_update_vapic_bar(to_svm(vcpu), data)", x =>
    {
        if (!x.Vcpu.ApicvActive || x.Instruction is not { Operation: GuestOperation.Wrmsr, Offset: Msrs.ApicBaseNumber } write || !x.Programs.MovesApic) return;
        x.MovedApic.AvicApicBar = write.Value & MovedApic.BarMask;
        x.MarkDirty(CleanBits.Avic);
    }) with
    { Source = "arch/x86/kvm/svm/svm.c svm_set_msr(), v5.14; 73143035c214 (v5.15)" };

    /// <summary>The kernel where a guest moves its APIC.</summary>
    public static Code<Machine> Woven(Code<Machine> kernel) => kernel.Edit("kvm_faultin_pfn", fault => fault.Before(fault.Rows[0].Label, Elsewhere));
}
