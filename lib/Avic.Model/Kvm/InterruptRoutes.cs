namespace Avic.Model;

/// <summary>A VMM sends an assigned device's interrupt elsewhere: KVM's routing table, the IOMMU's entry, and the list of the vCPU that it is posted to.</summary>
/// <remarks>
/// All of it is under irqfds.lock, which is no row: one thread of the VMM changes routes. With it each vCPU's ir_list_lock comes to matter,
/// which its own thread takes to tell the IOMMU where it runs; until 6.5 for that alone, since then for its entry of the physical ID table, too.
/// </remarks>
internal static class InterruptRoutes
{
    private const string Svm = "arch/x86/kvm/svm/avic.c, v5.15", Driver = "drivers/iommu/amd/iommu.c amd_ir_set_vcpu_affinity(), v5.15", Svm6_17 = "arch/x86/kvm/svm/avic.c, v6.17; c3d591c91f9c, f965255dc503, 6df262f915ab",
        Driver6_17 = "drivers/iommu/amd/iommu.c, v6.17", Held = "arch/x86/kvm/svm/avic.c, v6.6; 4c08e737f056";

    /// <summary>The VMM's call.</summary>
    public static Flow Call(Context x, RouteCall call) => x.Call(Routing.Name, new() { Index = (byte)call.Irte, Word = call.Route.Destination, Value = call.Route.Vector });

    /// <summary>Called with the entry.</summary>
    public static readonly Routine<Machine> Delete = Routine.Of("svm_ir_list_del", Svm,
        Row.Of("lock", "spin_lock_irqsave(&svm->ir_list_lock, flags)", x =>
        {
            if (x.IrqfdOf(x.Local.Index).List is not (> 0 and var list)) return x.Return();
            ref var ofList = ref x.IrListOf(list - 1).Lock;
            if (!ofList.IsFree) return x.Wait;
            x.Local.Value = list;
            return x.Acquire(ref ofList);
        }, Order.Locked, preemptOff: true),
        Row.Of("del", "list_del(&cur->node)", x =>
        {
            x.Store(ref x.IrqfdOf(x.Local.Index).List, (byte)0);
            return x.Next;
        }),
        Unlock("unlock", x => x.Local.Value - 1));

    public static readonly Routine<Machine> Add = Routine.Of("svm_ir_list_add", Svm,
        Unlist("prev", "pi->prev_ga_tag != 0: svm_ir_list_del(prev_svm, pi)"),
        Lock("lock", "spin_lock_irqsave(&svm->ir_list_lock, flags)", x => x.Local.Value - 1),
        ListAdd,
        Unlock("unlock", x => x.Local.Value - 1));

    /// <summary>Called with the entry; <see cref="Locals.Value"/> is the vCPU plus 1.</summary>
    public static readonly Routine<Machine> Update = Routine.Of("svm_update_pi_irte", Svm,
        Row.Of("active", "!get_pi_vcpu_info(kvm, e, &vcpu_info, &svm) && set && kvm_vcpu_apicv_active(&svm->vcpu)", x =>
        {
            var vcpu = Target(x);
            if (vcpu < 0 || !x.VcpuOf(vcpu).ApicvActive) return x.Goto("remap");
            x.Local.Value = (byte)(vcpu + 1);
            return x.Next;
        }, to: ["remap"]),
        Activate("!entry->lo.fields_vapic.guest_mode: entry->lo.fields_vapic.guest_mode = 1", isKept: true) with { Source = Driver + ", amd_iommu_activate_guest_mode()" },
        PostedInterrupts.Flush, PostedInterrupts.Wait,
        Row.Of("list", "svm_ir_list_add(svm, &pi)", x => x.Call(Add.Name, new() { Index = x.Local.Index, Value = x.Local.Value }), calls: ["svm_ir_list_add"], isControl: true),
        Row.Of("listed", "srcu_read_unlock(&kvm->irq_srcu, idx)", x => x.Return(), isControl: true),
        Deactivate("unlist"),
        PostedInterrupts.Flush with { Label = "flush_remapped" }, PostedInterrupts.Wait with { Label = "wait_remapped" },
        Unlist("unlist", "pi.prev_ga_tag: svm_ir_list_del(to_svm(vcpu), &pi)"),
        Row.Of("return", "return ret", x => x.Return(), isControl: true)).Alias("avic_pi_update_irte");

    public static readonly Routine<Machine> Routing = Routine.Of("kvm_irq_routing_update", "virt/kvm/eventfd.c, v5.15",
        // Whom the interrupt reaches while it is remapped.
        Row.Of("entry", "irqfd_update(kvm, irqfd)", x =>
        {
            ref var irqfd = ref x.IrqfdOf(x.Local.Index);
            x.Store(ref irqfd.Destination, (byte)x.Done(ref x.Local.Word));
            x.Store(ref irqfd.Vector, x.Done(ref x.Local.Value));
            return x.Next;
        }),
        Row.Of("irte", "kvm_arch_update_irqfd_routing(kvm, producer->irq, gsi, 1)", x => x.Call(Update.Name, new() { Index = x.Local.Index }), calls: ["svm_update_pi_irte"], isControl: true),
        Row.Of("return", "return", x => x.Return(), isControl: true));

    /// <summary>Since 6.4 an entry in guest mode is written again.</summary>
    public static readonly Row<Machine> ActivateAgain = Activate("amd_iommu_activate_guest_mode(ir_data)", isKept: false) with { Source = PostedInterrupts.Again };

    /// <summary>Since 6.6: the vCPU's entry of the physical ID table does not change while its list is locked.</summary>
    public static readonly Row<Machine> Running = Row.Of("entry", "entry & AVIC_PHYSICAL_ID_ENTRY_IS_RUNNING_MASK: amd_iommu_update_ga(cpu, true, pi->ir_data)", x =>
    {
        ref var low = ref x.IrteOf(x.Local.Index).Low;
        if ((low & Irte.GuestMode) != 0 && IdTableUpdates.RunsOn(x, x.Local.Value - 1) is >= 0 and var core) x.Store(ref low, low & ~Irte.Destination | Irte.On(core, runs: true));
        return x.Next;
    }) with
    { Source = "arch/x86/kvm/svm/avic.c, v6.8; f3cebc75e742 (v6.6)" };

    /// <summary>Since 6.17 the entry is written under the lock, with what the vCPU's own says, and it is on the list though AVIC be off. Whether it is, is read before.</summary>
    public static readonly Routine<Machine> UpdateUnderLock = Routine.Of("svm_update_pi_irte", Svm6_17,
        Unlist("unlist", "svm_ir_list_del(irqfd)"),
        Targeted(".is_guest_mode = kvm_vcpu_apicv_active(vcpu)", (x, vcpu) => x.Local.Set = x.VcpuOf(vcpu).ApicvActive),
        Lock("lock", "guard(raw_spinlock_irqsave)(&svm->ir_list_lock)", x => x.Local.Value - 1),
        Write("irq_set_vcpu_affinity(host_irq, &pi_data)", x =>
        {
            Keep(x);
            return x.Done(ref x.Local.Set);
        }),
        PostedInterrupts.Flush with { Source = Driver6_17 }, PostedInterrupts.Wait with { Source = Driver6_17 },
        ListAdd,
        Unlock("unlock", x => x.Local.Value - 1),
        Row.Of("listed", "return 0", x => x.Return(), isControl: true),
        Deactivate("return") with { Text = "irq_set_vcpu_affinity(host_irq, NULL)", Source = Driver6_17 },
        PostedInterrupts.Flush with { Label = "flush_remapped", Source = Driver6_17 }, PostedInterrupts.Wait with { Label = "wait_remapped", Source = Driver6_17 },
        Row.Of("return", "return", x => x.Return(), isControl: true)).Alias("avic_pi_update_irte");

    /// <summary>The sketch of December 2025: what the driver keeps is not of the vCPU's list, and goes before the lock.</summary>
    public static readonly Row<Machine> KeepUnlocked = Targeted("irq_set_vcpu_affinity(host_irq, &pi_data)", (x, _) => Keep(x)) with { Source = Sketch };

    /// <summary>Of the same sketch: whether AVIC is on is read under the lock.</summary>
    public static readonly Row<Machine> WriteAsActive =
        Write("kvm_vcpu_apicv_active(vcpu): amd_iommu_activate_guest_mode(ir_data, cpu, ga_log_intr)", x => x.VcpuOf(x.Local.Value - 1).ApicvActive) with { Source = Sketch };

    private const string Sketch = "aUmdSb3d7Z5REMLk@google.com";

    /// <summary>The kernel where routes change: who walks a vCPU's list locks it.</summary>
    public static Code<Machine> Woven(Code<Machine> kernel)
    {
        var atOnce = PostedInterrupts.AtOnce(kernel);
        var around = atOnce || kernel[Add.Name].Labels.Contains(Running.Label);
        kernel = VmIoctl.With(kernel, Routing.Name).Edit(InterruptRemapping.Device.Name, device => device.With("host", Host))
            .Edit(PostedInterrupts.UpdateAffinity.Name, walk => around ? walk.With("each", Each("is_run")) : Locked(walk, "is_run"))
            .Edit(PostedInterrupts.SetMode.Name, walk => atOnce ? walk.With("each", Each("mode")) : Locked(walk, "mode"));
        return !around ? kernel : kernel
            .Edit("kvm_vcpu_block", block => block.Before("put_irtes", Hold("hold")).After("blocking", LetGo("let_go", logs: atOnce))
                .Before("unblocking", Hold("hold_again")).After("load_irtes", LetGo("let_go_again")))
            .Edit("kvm_vcpu_update_apicv", update => update.Before("put_irtes", Hold("hold")))
            .Edit(PostedInterrupts.Refresh.Name, refresh => refresh.After(atOnce ? "mode" : "load", LetGo("let_go")));
    }

    // What is remapped comes to KVM's handler, which asks the routing table.
    private static readonly Row<Machine> Host = Row.Of("host", "vfio_msihandler(irq, arg): irqfd_wakeup(wait, mode, sync, key)", x => x.IrqfdOf(InterruptRemapping.Number(x)) is var irqfd
        ? x.Call("kvm_irq_delivery_to_apic", new() { Word = irqfd.Vector, Index = irqfd.Destination }) : x.Next, calls: ["kvm_irq_delivery_to_apic"]) with
    { Source = "virt/kvm/eventfd.c, v5.15" };

    private delegate int Whose(Context x);

    private static Row<Machine> Lock(string label, string text, Whose whose) => Row.Of(label, text, x => x.Acquire(ref x.IrListOf(whose(x)).Lock), Order.Locked, preemptOff: true);

    private static Row<Machine> Unlock(string label, Whose whose) => Row.Of(label, "spin_unlock_irqrestore(&svm->ir_list_lock, flags)", x => x.Release(ref x.IrListOf(whose(x)).Lock), Order.Locked, preemptOff: true);

    // Around a walk alone.
    private static Routine<Machine> Locked(Routine<Machine> walk, string row) => walk
        .Before("each", Lock("lock", "spin_lock_irqsave(&svm->ir_list_lock, flags)", x => x.Me) with { Source = Svm })
        .With("each", Each(row, end: "unlock"))
        .After("next", Unlock("unlock", x => x.Me) with { Source = Svm });

    private static Row<Machine> Each(string row, string? end = null) => Row.Of("each", "list_for_each_entry(ir, &svm->ir_list, node)", x =>
    {
        while (x.Local.Index < x.Programs.Irtes.Count && x.IrqfdOf(x.Local.Index).List != x.Me + 1) x.Local.Index++;
        return x.Local.Index < x.Programs.Irtes.Count ? x.Goto(row) : end is null ? x.Return() : x.Goto(end);
    }, to: end is null ? [row] : [row, end], preemptOff: true) with
    { Source = Svm };

    // Around the walk and the vCPU's entry: avic_vcpu_load() and avic_vcpu_put(). What else stands between the two rows is the thread's own.
    private static Row<Machine> Hold(string label) => Row.Of(label, "spin_lock_irqsave(&svm->ir_list_lock, flags)", x => x.Acquire(ref x.IrListOf(x.Me).Lock), Order.Locked) with { Source = Held };

    private static Row<Machine> LetGo(string label, bool logs = false) => Row.Of(label, "spin_unlock_irqrestore(&svm->ir_list_lock, flags)", x =>
    {
        x.Store(ref x.IrListOf(x.Me).GaLogIntr, logs && x.Vcpu.ApicvActive);
        return x.Release(ref x.IrListOf(x.Me).Lock);
    }, Order.Locked) with
    { Source = Held };

    private delegate void Then(Context x, int vcpu);

    private static Row<Machine> Targeted(string text, Then then) => Row.Of("active", text, x =>
    {
        var vcpu = Target(x);
        if (vcpu < 0) return x.Goto("remap");
        x.Local.Value = (byte)(vcpu + 1);
        then(x, vcpu);
        return x.Next;
    }, to: ["remap"]);

    private static Row<Machine> ListAdd => Row.Of("add", "list_add(&ir->node, &svm->ir_list)", x =>
    {
        x.Store(ref x.IrqfdOf(x.Local.Index).List, x.Local.Value);
        return x.Next;
    }, preemptOff: true);

    private static Row<Machine> Unlist(string label, string text) => Row.Of(label, text, x => x.Call(Delete.Name, new() { Index = x.Local.Index }), calls: ["svm_ir_list_del"], isControl: true);

    private static Row<Machine> Activate(string text, bool isKept) => Row.Of("guest", text, x =>
    {
        Keep(x);
        if (isKept && x.IrteOf(x.Local.Index).IsPosted) return x.Goto("list");
        PostedInterrupts.Post(x, x.Local.Index);
        return x.Next;
    }, Order.Locked, to: ["list"]);

    // Under the vCPU's lock, with what its own entry says.
    private static Row<Machine> Write(string text, When isActive) => Row.Of("guest", text, x =>
    {
        var vcpu = x.Local.Value - 1;
        ref var low = ref x.IrteOf(x.Local.Index).Low;
        if (!isActive(x)) return (low & Irte.GuestMode) == 0 ? x.Goto("add") : PostedInterrupts.Remap(x, x.Local.Index);
        PostedInterrupts.Post(x, x.Local.Index);
        x.Store(ref low, IdTableUpdates.RunsOn(x, vcpu) is >= 0 and var core ? PostedInterrupts.Running(low, core) : x.IrListOf(vcpu).GaLogIntr ? low : low & ~Irte.GaLogIntr);
        return x.Next;
    }, Order.Locked, to: ["add"], preemptOff: true);

    private static void Keep(Context x)
    {
        ref var irqfd = ref x.IrqfdOf(x.Local.Index);
        x.Store(ref irqfd.GaVcpu, (byte)(x.Local.Value - 1));
        x.Store(ref irqfd.GaVector, irqfd.Vector);
    }

    private static Row<Machine> Deactivate(string otherwise) => Row.Of("remap", "irq_set_vcpu_affinity(host_irq, &pi)",
        x => !x.IrteOf(x.Local.Index).IsPosted ? x.Goto(otherwise) : PostedInterrupts.Remap(x, x.Local.Index), Order.Locked, to: [otherwise]) with
    { Source = Driver + ", amd_iommu_deactivate_guest_mode()" };

    // The vCPU that it can be posted to, or -1.
    private static int Target(Context x) => x.IrqfdOf(x.Local.Index).Destination is var to && to < x.VcpuCount ? to : -1;
}
