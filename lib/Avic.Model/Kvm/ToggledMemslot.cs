namespace Avic.Model;

/// <summary>The inhibit and fault paths up to 5.14: every edge deletes or creates the APIC access page's memslot.</summary>
internal static class ToggledMemslot
{
    private const string X86 = "arch/x86/kvm/x86.c, v5.14";
    private const string AvicC = "arch/x86/kvm/svm/avic.c, v5.14";
    private const string Mmu = "arch/x86/kvm/mmu/mmu.c, v5.14";

    // Nothing holds 1 to 3 together: two requesters interleave at will.
    public static readonly Routine<Machine> Request = Routine.Of("kvm_request_apicv_update", X86,
        Row.Of("old", "old = READ_ONCE(kvm->arch.apicv_inhibit_reasons)", x =>
        {
            var (old, bit) = (x.Vm.ApicvInhibitReasons, x.BitOf(x.Local.Reason));
            x.Local.Word = old;
            return (x.Local.Set ? old | bit : old & ~bit) == old ? x.Return() : x.Next;
        }),
        Row.Of("cmpxchg", "cmpxchg(&kvm->arch.apicv_inhibit_reasons, expected, new)", x =>
        {
            var (old, bit) = (x.Local.Word, x.BitOf(x.Local.Reason));
            if (x.Vm.ApicvInhibitReasons != old) return x.Goto("old");
            var word = x.Local.Set ? old | bit : old & ~bit;
            x.Store(ref x.Vm.ApicvInhibitReasons, word);
            if ((old != 0) == (word != 0)) return x.Return();
            x.Local = new() { Set = word == 0 };
            return x.Next;
        }, Order.Locked, to: ["old"]),
        Row.Of("memslot", "kvm_x86_pre_update_apicv_exec_ctrl(kvm, activate)",
            x => x.Call("avic_update_access_page", new() { Set = x.Done(ref x.Local).Set }), calls: ["avic_update_access_page"], isControl: true),
        Row.Of("request", "kvm_make_all_cpus_request_except(kvm, KVM_REQ_APICV_UPDATE, except)",
            x => x.Call("kvm_make_all_cpus_request", new() { Request = Avic.Model.Request.ApicvUpdate, Value = x.IsVcpu ? (byte)(x.Actor + 1) : (byte)0 }),
            calls: ["kvm_make_all_cpus_request"], isControl: true),
        Row.Of("except", "kvm_vcpu_update_apicv(except)", x => x.IsVcpu ? x.Call("kvm_vcpu_update_apicv") : x.Next, calls: ["kvm_vcpu_update_apicv"], isControl: true))
        .Alias("kvm_set_or_clear_apicv_inhibit");

    public static readonly Routine<Machine> UpdateAccessPage = Routine.Of("avic_update_access_page", AvicC,
        Row.Of("lock", "mutex_lock(&kvm->slots_lock)", x => x.Acquire(ref x.Vm.SlotsLock), Order.Locked),
        Row.Of("done", "kvm->arch.apic_access_page_done == activate", x =>
            (x.Vm.ApicAccessMemslot == Slot.Present) == x.Local.Set ? x.Goto("unlock") : x.Local.Set ? x.Goto("publish") : x.Next, to: ["publish", "unlock"], isCovered: true),
        // Deleting takes two memslot arrays, each waited for until no reader of the one before is left: one that calls the slot
        // invalid, so that nobody maps it again while the MMU drops what is mapped, and one without it.
        Row.Of("invalid", "slot->flags |= KVM_MEMSLOT_INVALID; install_new_memslots(kvm, as_id, slots)", x => Publish(x, Slot.Invalid)),
        Row.Of("grace", "synchronize_srcu_expedited(&kvm->srcu)", x => WaitForReaders(x, "grace"), to: ["grace"]),
        Row.Of("shadow", "kvm_arch_flush_shadow_memslot(kvm, slot)", x => x.Call("kvm_mmu_zap_all_fast"), calls: ["kvm_mmu_zap_all_fast"], isControl: true),
        Row.Of("publish", "slots = install_new_memslots(kvm, as_id, slots)", x => Publish(x, x.Local.Set ? Slot.Present : Slot.Deleted)),
        Row.Of("srcu", "synchronize_srcu_expedited(&kvm->srcu)", x => WaitForReaders(x, "srcu"), to: ["srcu"]),
        Row.Of("unlock", "mutex_unlock(&kvm->slots_lock)", x => x.Release(ref x.Vm.SlotsLock), Order.Locked));

    private static Flow Publish(Context x, Slot slot)
    {
        x.Store(ref x.Vm.ApicAccessMemslot, slot);
        x.Local.Targets = (byte)((1 << x.VcpuCount) - 1 | x.Vm.SrcuReaders);
        return x.Next;
    }

    // Each vCPU's thread holds SRCU from #VMEXIT to entry, but while it sleeps; since 6.1 a VMM's thread does around its zap. Each is waited
    // for until it has once been seen without.
    private static Flow WaitForReaders(Context x, string again)
    {
        if (x.Local.Targets == 0) return x.Next;
        if (SrcuSection.IsReader(x, System.Numerics.BitOperations.TrailingZeroCount(x.Local.Targets))) return x.Wait;
        x.Local.Targets &= (byte)(x.Local.Targets - 1);
        return x.Goto(again);
    }

    public static readonly Routine<Machine> ZapAll = Routine.Of("kvm_mmu_zap_all_fast", Mmu,
        Row.Of("lock", "write_lock(&kvm->mmu_lock)", x => x.Acquire(ref x.Vm.MmuLock), Order.Locked),
        // Roots become obsolete at once: for whoever loads one again the leaf is gone. Freeing the pages comes later and is not seen.
        Row.Of("obsolete", "kvm->arch.mmu_valid_gen = kvm->arch.mmu_valid_gen ? 0 : 1", x =>
        {
            x.Store(ref x.Vm.Npt, Leaf.NotPresent);
            return x.Next;
        }, Order.Locked),
        Row.Of("reload", "kvm_reload_remote_mmus(kvm)",
            x => x.Call("kvm_make_all_cpus_request", new() { Request = Avic.Model.Request.TlbFlush }), calls: ["kvm_make_all_cpus_request"], isControl: true),
        Row.Of("unlock", "write_unlock(&kvm->mmu_lock)", x => x.Release(ref x.Vm.MmuLock), Order.Locked));

    public static readonly Routine<Machine> Update = Routine.Of("kvm_vcpu_update_apicv", X86,
        Row.Of("active", "vcpu->arch.apicv_active = kvm_apicv_activated(vcpu->kvm)", x =>
        {
            x.Store(ref x.Vcpu.ApicvActive, x.Vm.ApicvInhibitReasons == 0);
            return x.Next;
        }),
        ApicMetadata.Follow,
        ApicvInhibit.Update.Rows.Single(row => row.Label == "restore"),
        // IsRunning stays as it was: nothing loads or unloads AVIC when it goes on or off (df7e4827c549, v5.15).
        Row.Of("refresh", "kvm_x86_refresh_apicv_exec_ctrl(vcpu)", x =>
        {
            x.Vmcb.AvicEnable = x.Vcpu.ApicvActive;
            x.MarkDirty(CleanBits.Avic);
            return x.Next;
        }, isPrivate: true))
        .Alias("__kvm_vcpu_update_apicv");

    // An MMIO SPTE or a cached MMIO access counts while its generation is current: while the slot is still gone.
    public static readonly Routine<Machine> HandleFault = Routine.Of("kvm_mmu_page_fault", Mmu,
        Row.Of("rsvd", "error_code & PFERR_RSVD_MASK", x => x.Vm.Npt == Leaf.Mmio ? x.Call("handle_mmio_page_fault") : x.Next, calls: ["handle_mmio_page_fault"]),
        Row.Of("mmio", "r == RET_PF_EMULATE", x => x.Result == (int)PageFault.Emulate ? x.Goto("emulate") : x.Next, to: ["emulate"], isControl: true),
        PageFaults.Handle.Rows.Single(row => row.Label == "fault"),
        Row.Of("result", "r == RET_PF_EMULATE", x => x.Result == (int)PageFault.Emulate ? x.Next : x.Return(), isControl: true),
        Row.Of("emulate", "x86_emulate_instruction(vcpu, cr2_or_gpa, emulation_type, insn, insn_len)",
            x => x.Call("x86_emulate_instruction"), calls: ["x86_emulate_instruction"], isControl: true));

    public static readonly Routine<Machine> MmioFault = Routine.Of("handle_mmio_page_fault", Mmu,
        Row.Of("generation", "check_mmio_spte(vcpu, spte)", x => x.Return(x.Vm.ApicAccessMemslot == Slot.Deleted ? PageFault.Emulate : PageFault.Continue)));

    public static readonly Routine<Machine> Faultin = Routine.Of("kvm_faultin_pfn", Mmu,
        Row.Of("slot", "slot->flags & KVM_MEMSLOT_INVALID", x => x.Return(x.Vm.ApicAccessMemslot switch
        {
            Slot.Present => PageFault.Continue,
            Slot.Invalid => PageFault.Retry,
            _ => PageFault.NoSlot,
        })))
        .Alias("try_async_pf", "kvm_mmu_faultin_pfn");

    // The check asks the flag, so the vCPU that opens the window must have followed its own inhibit already.
    public static readonly Row<Machine> Arm = Row.Of("arm", "svm_set_vintr(svm)", x =>
    {
        if (x.Vcpu.ApicvActive) x.Note(Mark.Warned); // WARN_ON(kvm_vcpu_apicv_active(&svm->vcpu))
        IrqWindow.SetVintr(x, ref x.Vmcb);
        return x.Next;
    }) with
    { Source = "arch/x86/kvm/svm/svm.c, v5.7; it asks the word since f1577ab21442 (v5.14)" };

    /// <summary>By default 5.14 has no TDP MMU: faults take mmu_lock to write.</summary>
    public static Routine<Machine> WriteLocked(Routine<Machine> direct) => direct
        .With("lock", Row.Of("lock", "write_lock(&vcpu->kvm->mmu_lock)", x => x.Acquire(ref x.Vm.MmuLock), Order.Locked))
        .With("map", Row.Of("map", "r = __direct_map(vcpu, gpa, error_code, map_writable, max_level, pfn, prefault, is_tdp)", PageFaults.Map, Order.Locked))
        .With("unlock", Row.Of("unlock", "write_unlock(&vcpu->kvm->mmu_lock)", x => x.Release(ref x.Vm.MmuLock), Order.Locked));

    /// <summary>Callers must not hold SRCU while the memslots change: they drop it around the request.</summary>
    public static Func<Routine<Machine>, Routine<Machine>> DropSrcu(string label) => routine => routine
        .Before(label, SrcuSection.OfVcpu("srcu_read_unlock(&vcpu->kvm->srcu, vcpu->srcu_idx)", isDropped: true) with
        { Source = "arch/x86/kvm/svm/svm.c svm_toggle_avic_for_irq_window(), v5.14" })
        .After(label, SrcuSection.OfVcpu("vcpu->srcu_idx = srcu_read_lock(&vcpu->kvm->srcu)", isDropped: false) with
        { Source = "arch/x86/kvm/svm/svm.c svm_toggle_avic_for_irq_window(), v5.14" });
}
