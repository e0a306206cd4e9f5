namespace Avic.Model;

/// <summary>
/// The APIC access page given up: a vCPU in x2APIC mode has AVIC on without x2AVIC, and a translation of the page, which all vCPUs share, would
/// show it an APIC that is not there. Its memslot is deleted and not made again; since 6.3.
/// </summary>
internal static class InhibitedAccessPage
{
    private const string Wrapping = "arch/x86/kvm/x86.c, v6.3; 2008fab34530", Lapic = "arch/x86/kvm/lapic.c, v6.3; 2008fab34530", Mmu = "arch/x86/kvm/mmu/mmu.c, v6.3";

    /// <summary>kvm_vcpu_update_apicv() around __kvm_vcpu_update_apicv().</summary>
    public static readonly Row<Machine> Wrapper = Row.Of("inhibit_page", "apic_x2apic_mode(vcpu->arch.apic) && kvm_x86_ops.allow_apicv_in_x2apic_without_x2apic_virtualization",
        x => x.Msrs.IsX2 && !x.Programs.Hardware.HasX2Avic ? x.Call("kvm_inhibit_apic_access_page") : x.Next, calls: ["kvm_inhibit_apic_access_page"], isControl: true) with
    { Source = Wrapping };

    // Deleting waits until nobody reads the memslots any more: not for the vCPU itself, which therefore drops SRCU first. Only when the slot is
    // gone is it called so: who finds that without the lock has no translation of it.
    public static readonly Routine<Machine> Routine = Avic.Model.Routine.Of("kvm_inhibit_apic_access_page", Lapic,
    [
        Row.Of("enabled", "!kvm->arch.apic_access_memslot_enabled", x => x.Vm.ApicAccessMemslot == Slot.Inhibited ? x.Return() : x.Next),
        SrcuSection.OfVcpu("kvm_vcpu_srcu_read_unlock(vcpu)", isDropped: true),
        Row.Of("lock", "mutex_lock(&kvm->slots_lock)", x => x.Acquire(ref x.Vm.SlotsLock), Order.Locked),
        Row.Of("again", "kvm->arch.apic_access_memslot_enabled", x => x.Vm.ApicAccessMemslot == Slot.Inhibited ? x.Goto("unlock") : x.Next, to: ["unlock"], isCovered: true),
        Deleting("invalid", "slot->flags |= KVM_MEMSLOT_INVALID; kvm_swap_active_memslots(kvm, as_id)"),
        Deleting("grace", "synchronize_srcu_expedited(&kvm->srcu)"),
        Deleting("shadow", "kvm_arch_flush_shadow_memslot(kvm, slot)"),
        Deleting("publish", "kvm_activate_memslot(kvm, invalid_slot, NULL)"),
        Deleting("srcu", "synchronize_srcu_expedited(&kvm->srcu)"),
        Row.Of("disabled", "kvm->arch.apic_access_memslot_enabled = false", x =>
        {
            x.Store(ref x.Vm.ApicAccessMemslot, Slot.Inhibited);
            return x.Next;
        }),
        Row.Of("unlock", "mutex_unlock(&kvm->slots_lock)", x => x.Release(ref x.Vm.SlotsLock), Order.Locked),
        SrcuSection.OfVcpu("kvm_vcpu_srcu_read_lock(vcpu)", isDropped: false),
    ]);

    private static Row<Machine> Deleting(string label, string text) =>
        ToggledMemslot.UpdateAccessPage.Rows.Single(row => row.Label == label) with { Text = text, Source = "virt/kvm/kvm_main.c, v6.3; 2008fab34530" };

    /// <summary>As before 5.15, with a request of its own name.</summary>
    public static readonly Routine<Machine> ZapAll = Avic.Model.Routine.Of("kvm_mmu_zap_all_fast", Mmu,
        [.. ToggledMemslot.ZapAll.Rows.Select(row => row.Label == "reload" ? row with { Text = "kvm_make_all_cpus_request(kvm, KVM_REQ_MMU_FREE_OBSOLETE_ROOTS)" } : row)]);

    /// <summary>Who finds the slot while it is being deleted tries again; without one the access is MMIO.</summary>
    public static readonly Row<Machine> FaultSlot = Row.Of("slot", "slot->flags & KVM_MEMSLOT_INVALID", x => x.Vm.ApicAccessMemslot switch
    {
        Slot.Present => x.Next,
        Slot.Invalid => x.Return(PageFault.Retry),
        _ => x.Return(PageFault.NoSlot),
    }) with
    { Source = Mmu };

    /// <summary>An MMIO SPTE has reserved bits, which the error code tells.</summary>
    public static readonly Row<Machine>[] Reserved =
    [
        Row.Of("rsvd", "error_code & PFERR_RSVD_MASK", x => (x.Vmcb.ExitInfo1 & Guest.ReservedBits) != 0 ? x.Call("handle_mmio_page_fault") : x.Next, calls: ["handle_mmio_page_fault"], isControl: true) with { Source = Mmu },
        Row.Of("mmio", "r == RET_PF_EMULATE", x => x.Result == (int)PageFault.Emulate ? x.Goto("emulate") : x.Next, to: ["emulate"], isControl: true) with { Source = Mmu },
    ];

    public static readonly Routine<Machine> MmioFault = Avic.Model.Routine.Of("handle_mmio_page_fault", Mmu,
        Row.Of("generation", "check_mmio_spte(vcpu, spte)", x =>
        {
            if (x.Vm.ApicAccessMemslot is not (Slot.Deleted or Slot.Inhibited)) return x.Return(PageFault.Continue);
            (x.Vmcb.ExitInfo1, x.Vmcb.ExitInfo2) = (0, 0); // npf_interception() has read them
            return x.Return(PageFault.Emulate);
        }));

    public static readonly Row<Machine> Result = Row.Of("result", "r == RET_PF_EMULATE", x => x.Result == (int)PageFault.Emulate ? x.Next : x.Return(), isControl: true) with { Source = Mmu };

    public static readonly Row<Machine> Emulate = Row.Of("emulate", "x86_emulate_instruction(vcpu, cr2_or_gpa, emulation_type, insn, insn_len)",
        x => x.Call("x86_emulate_instruction"), calls: ["x86_emulate_instruction"], isControl: true) with
    { Source = Mmu };
}
