namespace Avic.Model;

/// <summary>
/// AutoEOI of Hyper-V's SynIC: a vector that KVM injects and never puts in service. The core, with AVIC on, would; so AVIC is kept off, since
/// 5.15 for as long as a vCPU uses it.
/// </summary>
/// <remarks>
/// Of the sixteen SINTs one is followed, written by the guest that has it. Who is told of an EOI, synthetic timers and KVM_REQ_SCAN_IOAPIC are left out.
/// </remarks>
internal static class AutoEoi
{
    private const string Source = "arch/x86/kvm/hyperv.c, v5.15";

    // The vector before and the one now: either may have got AutoEOI, or lost it.
    public static readonly Routine<Machine> SetSint = Routine.Of("synic_set_sint", Source,
        Row.Of("set", "atomic64_set(&synic->sint[sint], data)", x =>
        {
            x.Local.Value = (byte)x.Synic.Sint2;
            x.Synic.Sint2 = (uint)x.Instruction!.Value;
            x.Retire();
            return x.Next;
        }, isPrivate: true),
        Row.Of("old", "synic_update_vector(synic, old_vector)", x => x.Call("synic_update_vector", new() { Value = x.Done(ref x.Local.Value) }), calls: ["synic_update_vector"], isControl: true),
        Row.Of("new", "synic_update_vector(synic, vector)", x => x.Call("synic_update_vector", new() { Value = (byte)x.Synic.Sint2 }), calls: ["synic_update_vector"], isControl: true),
        Row.Of("return", "return 0", x => x.Return(), isControl: true));

    private static readonly Row<Machine> Bitmap = Row.Of("bitmap", "__set_bit(vector, synic->auto_eoi_bitmap)", x =>
    {
        var vector = x.Done(ref x.Local.Value);
        ref var synic = ref x.Synic;
        if (vector < 16) return x.Return();
        var used = synic.AutoEoi != 0;
        if (vector == (byte)synic.Sint2 && (synic.Sint2 & (Synic.Masked | Synic.WithAutoEoi)) == Synic.WithAutoEoi) synic.AutoEoi = vector;
        else if (synic.AutoEoi == vector) synic.AutoEoi = 0;
        return used == (synic.AutoEoi != 0) ? x.Return() : x.Next;
    }, isPrivate: true);

    // The vCPU's own bitmap first, without the lock; how many vCPUs use it, and the word, together under it.
    public static readonly Routine<Machine> UpdateVector = Routine.Of("synic_update_vector", Source,
        Bitmap,
        Row.Of("lock", "mutex_lock(&vcpu->kvm->arch.apicv_update_lock)", x => x.Acquire(ref x.Vm.ApicvUpdateLock), Order.Locked),
        Row.Of("count", "auto_eoi_new ? hv->synic_auto_eoi_used++ : hv->synic_auto_eoi_used--", x =>
        {
            ref var used = ref x.HyperV.SynicAutoEoiUsed;
            x.Store(ref used, x.Synic.AutoEoi != 0 ? used + 1 : used - 1);
            return x.Next;
        }),
        Row.Of("inner", "__kvm_request_apicv_update(vcpu->kvm, !hv->synic_auto_eoi_used, APICV_INHIBIT_REASON_HYPERV)",
            x => x.Call("__kvm_request_apicv_update", new() { Reason = Reason.Hyperv, Set = x.HyperV.SynicAutoEoiUsed != 0 }), calls: ["__kvm_request_apicv_update"]),
        Row.Of("unlock", "mutex_unlock(&vcpu->kvm->arch.apicv_update_lock)", x => x.Release(ref x.Vm.ApicvUpdateLock), Order.Locked));

    /// <summary>Up to 5.14 the bitmap is all: AVIC went off for good when the VMM gave the vCPU its SynIC.</summary>
    public static readonly Routine<Machine> UpdateBitmap = Routine.Of("synic_update_vector", "arch/x86/kvm/hyperv.c, v5.10; 0f250a646382 (v5.15)", Bitmap);

    /// <summary>Of Hyper-V's MSRs the one that is followed. A vector below 16 is refused unless it is masked.</summary>
    public static bool Accepts(ulong value) => (byte)value >= 16 || (value & Synic.Masked) != 0;

    /// <summary><c>kvm_hv_synic_auto_eoi_set()</c>.</summary>
    public static bool Has(Context x, int vector) => x.Programs.HasSynic && vector == x.Synic.AutoEoi;

    /// <summary>The kernel where guests have a SynIC.</summary>
    public static Code<Machine> Woven(Code<Machine> code) => code
        .Edit("msr_interception", interception => interception.Map("msr", row => row with { Calls = [.. row.Calls, "synic_set_sint"] }));
}
