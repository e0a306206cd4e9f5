using System.Numerics;

namespace Avic.Model;

/// <summary>
/// APIC ids and AVIC: its tables have room for ids that are each vCPU's own number and for logical ids that nobody shares. Since 5.19 other
/// ids inhibit AVIC; since 6.3 that follows from making the map of APIC ids anew, and ends when the ids allow it again.
/// </summary>
/// <remarks>
/// Who is reached by way of the map is read from the registers here (kvm_irq_delivery_to_apic), so the map itself is not kept: where it cannot
/// be made KVM looks at every APIC, and comes to the same.
/// </remarks>
internal static class ApicMap
{
    private const string Updated = "arch/x86/kvm/lapic.c, v5.19; 3743c2f02517", AfterSet = "arch/x86/kvm/lapic.c, v6.1; ef40757743b4", Map = "arch/x86/kvm/lapic.c, v6.3, as read in 6.16; 5063c41bebac, 9a364857ab4f, d471bd853d38";

    /// <summary><c>kvm_lapic_xapic_id_updated()</c>, of 5.19 to 6.2: the reason is set at the first id that is not the vCPU's, and never cleared.</summary>
    private static Row<Machine> IdUpdated(string label, When concerns, string source) => Row.Of(label, "kvm_lapic_xapic_id_updated(apic)", x =>
        concerns(x) && x.ApicPage.PhysicalId != x.Me ? x.Call("kvm_request_apicv_update", new() { Reason = Reason.ApicIdModified, Set = true }) : x.Next,
        calls: ["kvm_request_apicv_update"], isControl: true) with
    { Source = source };

    /// <summary>After the write of a register that the core has put into the page already.</summary>
    public static readonly Row<Machine> IdTrapped = IdUpdated("id", x => x.Local.Word == (uint)Apic.Id, Updated);

    /// <summary>After a write that was emulated: its caller looks, which keeps stacks shallow.</summary>
    public static readonly Row<Machine> IdEmulated = IdUpdated("id", x => Emulated(x) == (int)Apic.Id, Updated);

    /// <summary>Until 6.0 the id that is there is looked at, not the one that is coming, and by KVM_GET_LAPIC, too.</summary>
    public static readonly Row<Machine> IdFixedUp = IdUpdated("fixup", _ => true, Updated + " kvm_apic_state_fixup()");

    public static readonly Row<Machine> IdSet = IdUpdated("id", _ => true, AfterSet);

    /// <summary>An access that was not emulated has written nothing.</summary>
    public static readonly Row<Machine> Result = Row.Of("result", "r == RET_PF_EMULATE", x => x.Result == (int)PageFault.Emulate ? x.Call("x86_emulate_instruction") : x.Return(),
        calls: ["x86_emulate_instruction"], isControl: true) with
    { Source = "arch/x86/kvm/mmu/mmu.c, v5.19" };

    /// <summary>Entries no longer move: a trapped write of the id has no table to keep.</summary>
    public static readonly Row<Machine> Ids = Row.Of("ids", "avic_unaccel_trap_write(vcpu)", x => (Apic)x.Local.Word switch
    {
        Apic.Ldr => x.Call("avic_handle_ldr_update"),
        Apic.Dfr => x.Call("avic_handle_dfr_update"),
        _ => x.Next,
    }, calls: ["avic_handle_ldr_update", "avic_handle_dfr_update"], isControl: true) with
    { Source = "arch/x86/kvm/svm/avic.c, v5.19; f5f9089f76dd" };

    /// <summary>Since 6.3, at the end of a write that was trapped.</summary>
    public static readonly Row<Machine>[] Trapped = Changed(x => (int)x.Local.Word, "written");

    /// <summary>Since 6.3, at the end of a write that was emulated.</summary>
    public static readonly Row<Machine>[] AfterEmulation = Changed(Emulated, null);

    /// <summary>Since 6.3, at the end of a write of IA32_APIC_BASE that was not refused, which may switch the APIC on or off.</summary>
    public static readonly Row<Machine>[] BaseSet =
    [
        Row.Of("concerns", "kvm_set_apic_base(vcpu, msr_info)", x => HasSetBase(x) ? x.Next : x.Return(), isControl: true) with { Source = Map },
        Dirty,
        Recalculate,
    ];

    /// <summary>Since 6.3, at the end of the APIC's reset.</summary>
    public static readonly Row<Machine> AfterReset = Recalculate with { Text = "kvm_recalculate_apic_map(vcpu->kvm)" };

    /// <summary>Since 6.3, when KVM_SET_LAPIC has replaced the registers.</summary>
    public static readonly Row<Machine>[] Replaced = [Dirty, Recalculate];

    public static readonly Routine<Machine> Routine = Avic.Model.Routine.Of("kvm_recalculate_apic_map", Map,
        Row.Of("check", "atomic_read_acquire(&kvm->arch.apic_map_dirty) == CLEAN", x => x.Vm.ApicMapDirty == ApicMapState.Clean ? x.Return() : x.Next),
        Row.Of("lock", "mutex_lock(&kvm->arch.apic_map_lock)", x => x.Acquire(ref x.Vm.ApicMapLock), Order.Locked),
        // From here on whoever changes an id makes it dirty again.
        Row.Of("progress", "atomic_cmpxchg_acquire(&kvm->arch.apic_map_dirty, DIRTY, UPDATE_IN_PROGRESS) == CLEAN", x =>
        {
            if (x.Vm.ApicMapDirty == ApicMapState.Clean) return x.Goto("unlock");
            x.Store(ref x.Vm.ApicMapDirty, ApicMapState.UpdateInProgress);
            return x.Next;
        }, Order.Locked, to: ["unlock"]),
        // All vCPUs at one instant: who changes an id meanwhile makes the map dirty after that, and it is made once more.
        Row.Of("scan", "kvm_recalculate_phys_map(new, vcpu, &xapic_id_mismatch), kvm_recalculate_logical_map(new, vcpu)", x =>
        {
            x.Local.Value = (byte)Scan(x);
            return x.Next;
        }),
        // Three times the lock, in this order: from an alias to a mismatch the word passes through zero.
        Inhibit("physical", "!new ? kvm_set_apicv_inhibit(kvm, PHYSICAL_ID_ALIASED) : kvm_clear_apicv_inhibit(kvm, PHYSICAL_ID_ALIASED)", Reason.PhysicalIdAliased, Finding.PhysicalAlias),
        Inhibit("logical", "!new || new->logical_mode == MAP_DISABLED ? kvm_set_apicv_inhibit(kvm, LOGICAL_ID_ALIASED) : kvm_clear_apicv_inhibit(kvm, LOGICAL_ID_ALIASED)",
            Reason.LogicalIdAliased, Finding.LogicalAlias),
        Inhibit("modified", "xapic_id_mismatch ? kvm_set_apicv_inhibit(kvm, APIC_ID_MODIFIED) : kvm_clear_apicv_inhibit(kvm, APIC_ID_MODIFIED)", Reason.ApicIdModified, Finding.Mismatch),
        Row.Of("clean", "atomic_cmpxchg_release(&kvm->arch.apic_map_dirty, UPDATE_IN_PROGRESS, CLEAN)", x =>
        {
            x.Local.Value = 0;
            if (x.Vm.ApicMapDirty == ApicMapState.UpdateInProgress) x.Store(ref x.Vm.ApicMapDirty, ApicMapState.Clean);
            return x.Next;
        }, Order.Locked),
        Row.Of("unlock", "mutex_unlock(&kvm->arch.apic_map_lock)", x => x.Release(ref x.Vm.ApicMapLock), Order.Locked));

    [Flags]
    private enum Finding : byte
    {
        PhysicalAlias = 1,
        LogicalAlias = 2,
        Mismatch = 4,
    }

    private static Row<Machine> Inhibit(string label, string text, Reason reason, Finding why) => Row.Of(label, text,
        x => x.Call("kvm_request_apicv_update", new() { Reason = reason, Set = ((Finding)x.Local.Value & why) != 0 }), calls: ["kvm_request_apicv_update"], isControl: true);

    /// <summary>Since 6.3, when a register that the map is made of has been written.</summary>
    /// <param name="label">The row's label.</param>
    /// <param name="unless">Where the register was not written.</param>
    public static Row<Machine> Dirtied(string label, When? unless = null) => Row.Of(label, "atomic_set_release(&kvm->arch.apic_map_dirty, DIRTY)", x =>
    {
        if (unless is null || !unless(x)) x.Store(ref x.Vm.ApicMapDirty, ApicMapState.Dirty);
        return x.Next;
    }) with
    { Source = Map };

    private static Row<Machine> Dirty => Dirtied("dirty");

    private static Row<Machine> Recalculate => Row.Of("recalculate", "kvm_recalculate_apic_map(apic->vcpu->kvm)", x => x.Call("kvm_recalculate_apic_map"),
        calls: ["kvm_recalculate_apic_map"], isControl: true) with
    { Source = Map };

    // SVR and IA32_APIC_BASE make it dirty only where they switch the APIC on or off; here always, and the same map comes of it.
    private static Row<Machine>[] Changed(Register written, string? otherwise) =>
    [
        Row.Of("concerns", "case APIC_ID, APIC_LDR, APIC_DFR, APIC_SPIV", x =>
            (Apic)written(x) is Apic.Id or Apic.Ldr or Apic.Dfr or Apic.Svr ? x.Next : otherwise is null ? x.Return() : x.Goto(otherwise),
            to: otherwise is null ? [] : [otherwise], isControl: true) with { Source = Map },
        Dirty,
        Recalculate,
    ];

    // Like kvm_recalculate_phys_map() it ends at the first vCPU whose physical id is taken: without a map there is no logical one either.
    private static Finding Scan(Context x)
    {
        Finding found = 0;
        LogicalMode? mode = null;
        Span<bool> physical = stackalloc bool[256], logical = stackalloc bool[256];
        for (var v = 0; v < x.VcpuCount; v++)
        {
            if (!x.MsrsOf(v).IsApicOn) continue;
            ref var page = ref x.ApicPageOf(v);
            var isX2 = x.MsrsOf(v).IsX2;
            var id = isX2 ? v : page.PhysicalId;
            if (id != v) found |= Finding.Mismatch;
            if (physical[id]) return found | Finding.PhysicalAlias | Finding.LogicalAlias;
            physical[id] = true;
            if (!page.IsEnabled || page.Ldr == 0) continue;
            var own = isX2 ? LogicalMode.X2Apic : page.IsFlat ? LogicalMode.Flat : LogicalMode.Cluster;
            if ((mode ??= own) != own) found |= Finding.LogicalAlias;
            if (isX2) continue;
            var bits = own == LogicalMode.Flat ? page.LogicalId : page.LogicalId & 0xf;
            if (bits == 0) continue;
            if (!BitOperations.IsPow2(bits) || logical[page.LogicalId]) found |= Finding.LogicalAlias;
            logical[page.LogicalId] = true;
        }
        return found;
    }

    private enum LogicalMode
    {
        Flat,
        Cluster,
        X2Apic,
    }

    private delegate int Register(Context x);

    private static bool HasSetBase(Context x) =>
        x.Retired is { Operation: GuestOperation.Wrmsr, Offset: Msrs.ApicBaseNumber } write && x.Msrs.ApicBase == write.Value;

    // The instruction that was emulated has retired; of one that is no access of a register KVM has written nothing.
    private static int Emulated(Context x) =>
        x.Retired is { IsWrite: true, IsOdd: false } write && x.Msrs.IsApicOf(write) ? write.Offset : -1;
}
