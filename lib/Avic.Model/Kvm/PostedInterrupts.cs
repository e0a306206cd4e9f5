namespace Avic.Model;

/// <summary>Keeping the IOMMU's entries of a vCPU as the vCPU is: where it runs, whether it runs, and whether interrupts are posted to it at all.</summary>
/// <remarks>
/// Where no route changes (<see cref="InterruptRoutes"/>) the entries of a vCPU (its <c>ir_list</c>) are changed by its own thread alone, and the locks
/// around them are no rows; but they are spinlocks, under which no thread is preempted. Each change is followed by an invalidation, and a wait for it.
/// </remarks>
internal static class PostedInterrupts
{
    private const string Avic = "arch/x86/kvm/svm/avic.c, v5.15", Iommu = "drivers/iommu/amd/iommu.c, v5.15";

    /// <summary>Called with <see cref="Locals.Set"/> for IsRun, and in <see cref="Locals.Value"/> the core plus 1, or 0 to leave it.</summary>
    public static readonly Routine<Machine> UpdateAffinity = Routine.Of("avic_update_iommu_vcpu_affinity", Avic,
        Each(row: "is_run"),
        // The IOMMU looks at the destination only with IsRun, so their stores are one.
        Row.Of("is_run", "amd_iommu_update_ga(cpu, r, ir->data)", x =>
        {
            ref var low = ref x.IrteOf(x.Local.Index).Low;
            if ((low & Irte.GuestMode) == 0) return x.Goto("next");
            x.Store(ref low, x.Local.Value == 0 ? low & ~Irte.IsRun | (x.Local.Set ? Irte.IsRun : 0) : low & ~(Irte.Destination | Irte.IsRun) | Irte.On(x.Local.Value - 1, x.Local.Set));
            return x.Next;
        }, to: ["next"], preemptOff: true),
        Flush, Wait, Next);

    /// <summary>
    /// Since 6.17 a vCPU's interrupts go to the GA log only while it blocks, which the call says in <see cref="Locals.Targets"/>: whoever was preempted looks at
    /// IRR when it comes back.
    /// </summary>
    public static readonly Row<Machine> IsRunOrBlocks = Row.Of("is_run", "amd_iommu_update_ga(ir->data, cpu, ga_log_intr)", x =>
    {
        ref var low = ref x.IrteOf(x.Local.Index).Low;
        if ((low & Irte.GuestMode) == 0) return x.Goto("next");
        var rest = low & ~(Irte.IsRun | Irte.GaLogIntr);
        x.Store(ref low, x.Local.Set ? Running(rest, x.Local.Value - 1) : rest | (x.Local.Targets != 0 ? Irte.GaLogIntr : 0));
        return x.Next;
    }, to: ["next"], preemptOff: true) with
    { Source = $"{V6_17Iommu}: amd_iommu_update_ga()" };

    /// <summary>Since 6.17 an entry that is posted again says at once where the vCPU runs.</summary>
    public static readonly Row<Machine> ModeAndIsRun = Row.Of("mode", "amd_iommu_activate_guest_mode(data, cpu, ga_log_intr)", x =>
    {
        ref var low = ref x.IrteOf(x.Local.Index).Low;
        if (!x.Local.Set) return (low & Irte.GuestMode) == 0 ? x.Goto("next") : Remap(x, x.Local.Index);
        Post(x, x.Local.Index);
        x.Store(ref low, Running(low, x.Local.Value - 1));
        return x.Next;
    }, Order.Locked, to: ["next"], preemptOff: true) with
    { Source = $"{V6_17Iommu}: amd_iommu_activate_guest_mode(), amd_iommu_deactivate_guest_mode()" };

    private const string V6_17Iommu = "drivers/iommu/amd/iommu.c, v6.17";

    /// <summary>An entry of a vCPU that is loaded on a core.</summary>
    public static ulong Running(ulong low, int core) => low & ~(Irte.Destination | Irte.GaLogIntr) | Irte.On(core, runs: true);

    /// <summary>Called with <see cref="Locals.Set"/> to post interrupts, without it to remap them.</summary>
    public static readonly Routine<Machine> SetMode = Routine.Of("svm_set_pi_irte_mode", Avic,
        Each(row: "mode"),
        Mode(isKept: true) with { Source = $"{Iommu}: amd_iommu_activate_guest_mode(), amd_iommu_deactivate_guest_mode()" },
        Flush, Wait, Next);

    /// <summary>Since 6.4 an entry in guest mode is written again.</summary>
    public static readonly Row<Machine> ModeAgain = Mode(isKept: false) with { Source = Again };

    /// <summary>Where an entry in guest mode is written again.</summary>
    public const string Again = "drivers/iommu/amd/iommu.c amd_iommu_activate_guest_mode(), v6.8; ed8a2f4ddef2 (v6.4)";

    private static Row<Machine> Mode(bool isKept) => Row.Of("mode", "cmpxchg_double(&entry->lo.val, &entry->hi.val, …)", x =>
    {
        var isGuest = x.IrteOf(x.Local.Index).IsPosted;
        if (!x.Local.Set) return isGuest ? Remap(x, x.Local.Index) : x.Goto("next");
        if (isGuest && isKept) return x.Goto("next");
        Post(x, x.Local.Index);
        return x.Next;
    }, Order.Locked, to: ["next"], preemptOff: true);

    /// <summary>The part of it that is about devices. 5.15 says where the vCPU runs first, when there is nobody yet to be told.</summary>
    public static readonly Routine<Machine> Refresh = Routine.Of("svm_refresh_apicv_exec_ctrl", Avic,
        Row.Of("load", "avic_vcpu_load(vcpu, vcpu->cpu)", x => x.Vcpu.ApicvActive ? Load(x, x.Done(ref x.Local.Value) is not 0 and var read ? read - 1 : x.Vcpu.Core) : x.Next, calls: [UpdateAffinity.Name], isControl: true),
        Row.Of("mode", "svm_set_pi_irte_mode(vcpu, activated)", x => x.Call(SetMode.Name, new() { Set = x.Vcpu.ApicvActive }), calls: [SetMode.Name], isControl: true),
        Row.Of("return", "return", x => x.Return(), isControl: true));

    /// <summary>The same since 6.17: all that goes with the flag is one walk of the list, in which the table's entry is written, too.</summary>
    public static readonly Routine<Machine> RefreshAtOnce = Routine.Of("svm_refresh_apicv_exec_ctrl", "arch/x86/kvm/svm/avic.c, v6.17",
        Row.Of("mode", "__avic_vcpu_load(vcpu, vcpu->cpu, AVIC_ACTIVATE)",
            x => x.Vcpu.ApicvActive ? x.Call(SetMode.Name, new() { Set = true, Value = (byte)(x.Vcpu.Cpu + 1) }) : x.Next, calls: [SetMode.Name], isControl: true),
        Row.Of("return", "return", x => x.Return(), isControl: true));

    /// <summary>A row that tells the IOMMU that the vCPU of the thread is loaded on its core, or put; where its AVIC is on.</summary>
    /// <param name="unlessBlocking">True if one that blocks is not loaded, since 5.17.</param>
    private static Row<Machine> Load(bool unlessBlocking) => Row.Of("load_irtes", "avic_update_iommu_vcpu_affinity(vcpu, h_physical_id, svm->avic_is_running)", x =>
        {
            var core = x.Done(ref x.Local.Index) is not 0 and var read ? read - 1 : x.Vcpu.Core;
            return x.Vcpu.ApicvActive && (x.Vcpu.AvicIsRunning || !unlessBlocking) ? Load(x, core) : x.Next;
        }, calls: [UpdateAffinity.Name], isControl: true) with
    { Source = Avic };

    /// <inheritdoc cref="Load(bool)"/>
    private static Row<Machine> Put(bool blocking) => Row.Of("put_irtes", "avic_update_iommu_vcpu_affinity(vcpu, -1, 0)",
        x => !x.Vcpu.ApicvActive || x.Programs.VcpusMove && !InterruptDelivery.IsRunning(x, x.Me) ? x.Next : x.Call(UpdateAffinity.Name, new() { Targets = blocking ? (byte)1 : (byte)0 }),
        calls: [UpdateAffinity.Name], isControl: true) with
    { Source = Avic };

    // A change of IsRunning: the entry of the IPIs' table goes first when a vCPU is loaded, that of the IOMMU when it is put.
    private static readonly (string Routine, string Label, bool Running)[] Changes = [("kvm_vcpu_block", "blocking", false), ("kvm_vcpu_block", "unblocking", true)];

    private static readonly (string Routine, string Label, bool Running)[] Moves =
        [("schedule", "out", false), ("schedule", "in", true), ("kvm_arch_vcpu_ioctl_run", "load", true)];

    /// <summary>The kernel with assigned devices: who keeps IsRunning also keeps IsRun.</summary>
    public static Code<Machine> Woven(Code<Machine> code, bool vcpusMove)
    {
        var unlessBlocking = code["schedule"].Rows.Any(row => row.Text == Scheduling.InUnlessBlocking.Text);
        code = (vcpusMove ? Changes.Concat(Moves) : Changes).Aggregate(code, (woven, change) => woven.Edit(change.Routine, routine => change.Running
                ? routine.After(change.Label, Load(unlessBlocking)) : routine.Before(change.Label, Put(blocking: change.Routine == "kvm_vcpu_block"))))
            .Edit("kvm_vcpu_update_apicv", update => Scheduling.Follows(update) ? update.Before("refresh", PutOfUpdate(AtOnce(code))) : update)
            .Edit("kvm_vcpu_update_apicv", update => update
                .After("refresh", Row.Of("irtes", "svm_set_pi_irte_mode(vcpu, activated)", x => x.Call(Refresh.Name, new() { Value = x.Done(ref x.Local.Index) }),
                    calls: [Refresh.Name], isControl: true) with
                { Source = Avic }));
        return vcpusMove ? Preempted(code) : code;
    }

    /// <summary>True since 6.17.</summary>
    public static bool AtOnce(Code<Machine> code) => code[Refresh.Name].Source == RefreshAtOnce.Source;

    // Before the table's entry, as whenever a vCPU is put; and where that is one walk, to be remapped at once.
    private static Row<Machine> PutOfUpdate(bool atOnce) => Row.Of("put_irtes", "avic_vcpu_put(vcpu)",
        x => x.Vcpu.ApicvActive || !x.Vcpu.AvicIsRunning ? x.Next : x.Call(atOnce ? SetMode.Name : UpdateAffinity.Name), calls: [UpdateAffinity.Name, SetMode.Name], isControl: true) with
    { Source = Avic };

    // Where a thread may be preempted between the two tables, and where it may not: avic_set_running() is within get_cpu() and put_cpu()
    // since 5.15, svm_refresh_apicv_exec_ctrl() is not; nothing is, before.
    private static Code<Machine> Preempted(Code<Machine> code)
    {
        var isOff = code["kvm_vcpu_update_apicv"].Rows.First(row => row.Label == "refresh").Undisturbed;
        var isOffInBlock = code["kvm_vcpu_block"].Rows.All(row => row.Label != "stop");
        code = code.Edit("schedule", schedule => schedule.Map("put_irtes", row => row with { Control = false, Undisturbed = true }))
            .Edit("kvm_vcpu_block", block => block.Map("put_irtes", row => row with { Control = false }).Map("blocking", row => row with { Undisturbed = isOffInBlock }));
        return code[Refresh.Name].Rows.Any(row => row.Label == "load")
            ? code.Edit(Refresh.Name, refresh => refresh.Map("load", row => row with { Control = false, Undisturbed = isOff })) : code;
    }

    /// <summary>The high half of an entry that is remapped: a vector of the host.</summary>
    public static ulong HostVector(int irte) => 0x22 + (ulong)irte;

    private static Flow Load(Context x, int core) => x.Call(UpdateAffinity.Name, new() { Set = x.Vcpu.AvicIsRunning, Value = (byte)(core + 1) });

    /// <summary>An entry in guest mode, as the driver's data has it: both halves at once; where the vCPU runs it says to nobody until it is told.</summary>
    public static void Post(Context x, int number)
    {
        ref var irte = ref x.IrteOf(number);
        ref var irqfd = ref x.IrqfdOf(number);
        x.Store(ref irte.Low, Irte.Guest(Irte.TagOf(irqfd.GaVcpu)));
        x.Store(ref irte.High, Irte.GuestHigh(irqfd.GaVcpu, irqfd.GaVector));
    }

    /// <summary>An entry that is remapped to a vector of the host.</summary>
    public static Flow Remap(Context x, int number)
    {
        x.Store(ref x.IrteOf(number).Low, Irte.Remapped);
        x.Store(ref x.IrteOf(number).High, HostVector(number));
        return x.Next;
    }

    // Those that are posted to this vCPU, or were before they were remapped.
    private static Row<Machine> Each(string row) => Row.Of("each", "list_for_each_entry(ir, &svm->ir_list, node)", x =>
    {
        while (x.Local.Index < x.Programs.Irtes.Count && x.Programs.PostedTo(x.Local.Index) != x.Me) x.Local.Index++;
        return x.Local.Index < x.Programs.Irtes.Count ? x.Goto(row) : x.Return();
    }, to: [row], isControl: true);

    /// <summary>The IOMMU is to forget what it has of the entry.</summary>
    public static Row<Machine> Flush => Row.Of("flush", "iommu_flush_irt(iommu, devid)", x =>
    {
        x.Store(ref x.Iommu.Commands, x.Iommu.Commands | 1u << x.Actor);
        return x.Next;
    }, Order.Locked, preemptOff: true) with
    { Source = Iommu };

    /// <summary>Until it has.</summary>
    public static Row<Machine> Wait => Row.Of("wait", "iommu_completion_wait(iommu)", x => (x.Iommu.Commands >> x.Actor & 1) != 0 ? x.Wait : x.Next, preemptOff: true) with { Source = Iommu };

    private static Row<Machine> Next => Row.Of("next", "the next entry", x =>
    {
        x.Local.Index++;
        return x.Goto("each");
    }, to: ["each"], isControl: true);
}
