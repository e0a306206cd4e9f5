namespace Avic.Model;

/// <summary>The two exits of AVIC: an IPI that the core could not complete, and an access that it does not accelerate.</summary>
internal static class AvicExits
{
    private const string Source = "arch/x86/kvm/svm/avic.c, v5.15";

    public static readonly Routine<Machine> IncompleteIpi = Routine.Of("avic_incomplete_ipi_interception", Source,
        // An invalid target is ignored, and an invalid vector has no name yet.
        Id(emulated: Ipi.Incomplete.InvalidType),
        Row.Of("kick", "avic_kick_target_vcpus(vcpu->kvm, apic, icrl, icrh)",
            x => x.Call("avic_kick_target_vcpus", new() { Word = x.Local.Word, MmuSeq = x.Local.Index }), calls: ["avic_kick_target_vcpus"], isControl: true),
        Row.Of("kicked", "return 1", x => x.Return(), isControl: true),
        // As if the guest had written both halves now: the page holds what KVM keeps of them.
        Row.Of("emulate", "kvm_lapic_reg_write(apic, APIC_ICR, icrl)", x =>
        {
            if (!x.Msrs.IsX2) x.Store(ref x.ApicPage.IcrHigh, (uint)x.Local.Index << 24);
            return Lapic.Write(x, (int)Apic.IcrLow, x.Local.Word);
        }, calls: Lapic.Calls));

    /// <summary>Since 6.3 an invalid target is emulated, too: one of them has kept the core from setting IRR of any.</summary>
    public static readonly Row<Machine> IdOf6_3 = Id(Ipi.Incomplete.InvalidType, Ipi.Incomplete.InvalidTarget) with { Source = "arch/x86/kvm/svm/avic.c, v6.3; 5aede752a839" };

    private static Row<Machine> Id(params Ipi.Incomplete[] emulated) => Row.Of("id", "id = svm->vmcb->control.exit_info_2 >> 32", x =>
    {
        var (info1, info2) = (x.Done(ref x.Vmcb.ExitInfo1), x.Done(ref x.Vmcb.ExitInfo2));
        (x.Local.Word, x.Local.Index) = ((uint)info1, (byte)(info1 >> 56));
        var id = (Ipi.Incomplete)(info2 >> 32);
        if (emulated.Contains(id)) return x.Goto("emulate");
        if (id == Ipi.Incomplete.NotRunning) return x.Next;
        if (id == Ipi.Incomplete.InvalidBackingPage) x.Note(Mark.Warned);
        return x.Return();
    }, to: ["emulate"]);

    // The core has set every IRR bit: whoever does not run must be woken to look at it.
    public static readonly Routine<Machine> KickTargets = Routine.Of("avic_kick_target_vcpus", Source,
        Row.Of("each", "kvm_for_each_vcpu(i, vcpu, kvm)", x => x.Local.Index < x.VcpuCount ? x.Next : x.Return(), isControl: true),
        Row.Of("match", "kvm_apic_match_dest(vcpu, source, icrl & APIC_SHORT_MASK, dest, icrl & APIC_DEST_MASK)", x =>
        {
            if (Lapic.Matches(x, x.Local.Index, Lapic.Sent(x, x.Local.MmuSeq), x.Me)) return x.Next;
            x.Local.Index++;
            return x.Goto("each");
        }, to: ["each"]),
        Row.Of("running", "!avic_vcpu_is_running(vcpu)", x =>
        {
            if (!InterruptDelivery.IsRunning(x, x.Local.Index)) return x.Next;
            x.Local.Index++;
            return x.Goto("each");
        }, to: ["each"]),
        Row.Of("wake", "kvm_vcpu_wake_up(vcpu)", x =>
        {
            InterruptDelivery.WakeUp(x, x.Local.Index++);
            return x.Goto("each");
        }, Order.Locked, to: ["each"]));

    public static readonly Routine<Machine> Unaccelerated = Routine.Of("avic_unaccelerated_access_interception", Source,
        Row.Of("offset", "offset = svm->vmcb->control.exit_info_1 & AVIC_UNACCEL_ACCESS_OFFSET_MASK", x =>
        {
            var info = x.Done(ref x.Vmcb.ExitInfo1);
            x.Vmcb.ExitInfo2 = 0;
            x.Local.Word = (uint)info & 0xff0;
            if (!ApicRegister.At((int)x.Local.Word).KvmTrap) return x.Goto("emulate");
            if ((info & 1UL << 32) == 0) x.Note(Mark.Warned); // a read does not trap
            return x.Next;
        }, to: ["emulate"]),
        Row.Of("ids", "avic_unaccel_trap_write(svm)", x => (Apic)x.Local.Word switch
        {
            Apic.Id => x.Call("avic_handle_apic_id_update"),
            Apic.Ldr => x.Call("avic_handle_ldr_update"),
            Apic.Dfr => x.Call("avic_handle_dfr_update"),
            _ => x.Next,
        }, calls: ["avic_handle_apic_id_update", "avic_handle_ldr_update", "avic_handle_dfr_update"], isControl: true),
        Row.Of("write", "kvm_apic_write_nodecode(vcpu, offset)", x => Lapic.Write(x, (int)x.Local.Word, x.ApicPage[(int)x.Local.Word]), Order.Locked, calls: Lapic.Calls),
        Row.Of("written", "return ret", x => x.Return(), isControl: true),
        Row.Of("emulate", "kvm_emulate_instruction(vcpu, 0)", x => x.Call("x86_emulate_instruction"), calls: ["x86_emulate_instruction"], isControl: true));
}
