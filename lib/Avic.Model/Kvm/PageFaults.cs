namespace Avic.Model;

/// <summary>What the page-fault path decided (RET_PF_*).</summary>
public enum PageFault
{
    /// <summary>Go on: the frame is resolved.</summary>
    Continue = 0,

    /// <summary>RET_PF_RETRY: enter the guest again and let it fault again.</summary>
    Retry = 1,

    /// <summary>RET_PF_EMULATE: emulate the instruction.</summary>
    Emulate = 2,

    /// <summary>RET_PF_FIXED: the leaf is in place.</summary>
    Fixed = 3,

    /// <summary>No memslot holds the frame (KVM_PFN_NOSLOT).</summary>
    NoSlot = 4,
}

/// <summary>A nested page fault on guest frame 0xfee00, the only frame the model follows.</summary>
internal static class PageFaults
{
    private const string Source = "arch/x86/kvm/mmu/mmu.c, v5.15";

    public static readonly Routine<Machine> Handle = Routine.Of("kvm_mmu_page_fault", Source,
        Row.Of("fault", "r = kvm_mmu_do_page_fault(vcpu, cr2_or_gpa, error_code, false)", x => x.Call("direct_page_fault"), calls: ["direct_page_fault"], isControl: true),
        Row.Of("result", "r == RET_PF_EMULATE", x => x.Result == (int)PageFault.Emulate ? x.Call("x86_emulate_instruction") : x.Next, calls: ["x86_emulate_instruction"], isControl: true));

    // The sequence is sampled before the inhibit word is read; the writer stores the word before it bumps the sequence.
    // A stale word therefore comes with a stale sequence, and the fault is retried.
    public static readonly Routine<Machine> Direct = Routine.Of("direct_page_fault", Source,
        Row.Of("seq", "mmu_seq = vcpu->kvm->mmu_notifier_seq", x =>
        {
            (x.Vmcb.ExitInfo1, x.Vmcb.ExitInfo2) = (0, 0); // npf_interception() has read them
            x.Local.MmuSeq = x.Vm.MmuNotifierSeq;
            return x.Next;
        }),
        Row.Of("faultin", "kvm_faultin_pfn(vcpu, prefault, gfn, gpa, &pfn, &hva, write, &map_writable, &r)",
            x => x.Call("kvm_faultin_pfn"), calls: ["kvm_faultin_pfn"], isControl: true),
        Row.Of("abnormal", "handle_abnormal_pfn(vcpu, gpa, gfn, pfn, ACC_ALL, &r)", x =>
        {
            var outcome = (PageFault)x.Result;
            if (outcome is not (PageFault.Continue or PageFault.NoSlot)) return x.Return(outcome);
            x.Local.Value = (byte)outcome;
            if (outcome == PageFault.NoSlot) x.Vcpu.MmioCache = true; // vcpu_cache_mmio_info()
            return x.Next;
        }, isPrivate: true),
        Row.Of("lock", "read_lock(&vcpu->kvm->mmu_lock)", x => x.AcquireRead(ref x.Vm.MmuLock), Order.Locked),
        // The sequence changes under mmu_lock only. The count says nothing here: its range is kept in frame numbers and compared
        // with host addresses, so it never covers this fault (mended by 6d3085e4d89a).
        Row.Of("stale", "!is_noslot_pfn(pfn) && mmu_notifier_retry_hva(vcpu->kvm, mmu_seq, hva)", x =>
        {
            var seq = x.Done(ref x.Local.MmuSeq);
            var stale = x.Local.Value != (byte)PageFault.NoSlot && x.Vm.MmuNotifierSeq != seq;
            if (!stale) return x.Next;
            x.Note(Mark.Retried);
            x.Local.Value = (byte)PageFault.Retry;
            return x.Goto("unlock");
        }, to: ["unlock"], isCovered: true),
        // Without a slot the leaf becomes an MMIO SPTE, and the access is emulated.
        Row.Of("map", "r = kvm_tdp_mmu_map(vcpu, gpa, error_code, map_writable, max_level, pfn, prefault)", Map, Order.Locked),
        Row.Of("unlock", "read_unlock(&vcpu->kvm->mmu_lock)", x => x.ReleaseRead(ref x.Vm.MmuLock), Order.Locked),
        Row.Of("return", "return r", x => x.Return(x.Local.Value), isControl: true))
        .Alias("kvm_tdp_mmu_page_fault");

    /// <summary>Installs the leaf, whichever function of whichever MMU does it.</summary>
    public static Flow Map(Context x)
    {
        var mmio = x.Local.Value == (byte)PageFault.NoSlot;
        x.Store(ref x.Vm.Npt, mmio ? Leaf.Mmio : Leaf.Present);
        x.Local.Value = (byte)(mmio ? PageFault.Emulate : PageFault.Fixed);
        return x.Next;
    }

    /// <summary>Resolves the frame of a fault; leaves the APIC access page to the emulator while AVIC is inhibited.</summary>
    public static readonly Routine<Machine> Faultin = Routine.Of("kvm_faultin_pfn", Source,
        Row.Of("slot", "slot = kvm_vcpu_gfn_to_memslot(vcpu, gfn)", x => x.Vm.ApicAccessMemslot == Slot.Present ? x.Next : x.Return(PageFault.NoSlot)),
        Row.Of("activated", "!kvm_apicv_activated(vcpu->kvm)", x => x.Vm.ApicvInhibitReasons == 0 ? x.Next : x.Return(PageFault.Emulate)),
        // Resolving the host page may sleep; the page behind the slot is anonymous memory and never changes.
        Row.Of("resolve", "__gfn_to_pfn_memslot(slot, gfn, false, NULL, write, writable, hva)", x => x.Return(PageFault.Continue), isControl: true))
        .Alias("try_async_pf", "kvm_mmu_faultin_pfn");
}
