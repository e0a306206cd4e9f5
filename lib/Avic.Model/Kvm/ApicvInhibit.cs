namespace Avic.Model;

/// <summary>Changing the VM's word of reasons to keep AVIC off, and each vCPU's following it.</summary>
internal static class ApicvInhibit
{
    private const string Source = "arch/x86/kvm/x86.c, v5.15";

    public static readonly Routine<Machine> Request = Routine.Of("kvm_request_apicv_update", Source,
        Row.Of("lock", "mutex_lock(&kvm->arch.apicv_update_lock)", x => x.Acquire(ref x.Vm.ApicvUpdateLock), Order.Locked),
        Row.Of("inner", "__kvm_request_apicv_update(kvm, activate, bit)", x =>
        {
            var asked = x.Done(ref x.Local);
            return x.Call("__kvm_request_apicv_update", new() { Reason = asked.Reason, Set = asked.Set });
        }, calls: ["__kvm_request_apicv_update"], isControl: true),
        Row.Of("unlock", "mutex_unlock(&kvm->arch.apicv_update_lock)", x => x.Release(ref x.Vm.ApicvUpdateLock), Order.Locked))
        .Alias("kvm_set_or_clear_apicv_inhibit");

    // Kick first, store after: no vCPU that the entry check looks at can then hold a flag older than the word.
    public static readonly Routine<Machine> Inner = Routine.Of("__kvm_request_apicv_update", Source,
        Row.Of("edge", "!!old != !!new", x =>
        {
            var (old, bit) = (x.Vm.ApicvInhibitReasons, x.BitOf(x.Local.Reason));
            var word = x.Local.Set ? old | bit : old & ~bit;
            x.Local = new() { Word = word };
            return (old != 0) != (word != 0) ? x.Next : x.Goto("same");
        }, to: ["same"], isCovered: true),
        Row.Of("kick", "kvm_make_all_cpus_request(kvm, KVM_REQ_APICV_UPDATE)",
            x => x.Call("kvm_make_all_cpus_request", new() { Request = Avic.Model.Request.ApicvUpdate }), calls: ["kvm_make_all_cpus_request"], isControl: true),
        Row.Of("store", "kvm->arch.apicv_inhibit_reasons = new", x =>
        {
            x.Store(ref x.Vm.ApicvInhibitReasons, x.Local.Word);
            return x.Next;
        }),
        Row.Of("zap", "kvm_zap_gfn_range(kvm, gfn, gfn + 1)", x => x.Local.Word != 0 ? x.Call("kvm_zap_gfn_range") : x.Next,
            calls: ["kvm_zap_gfn_range"], isControl: true),
        Row.Of("out", "return", x => x.Return(), isControl: true),
        Row.Of("same", "kvm->arch.apicv_inhibit_reasons = new", x =>
        {
            x.Store(ref x.Vm.ApicvInhibitReasons, x.Local.Word);
            return x.Next;
        }))
        .Alias("__kvm_set_or_clear_apicv_inhibit");

    /// <summary>The look at the vCPU's own request to follow the word, wherever it is taken.</summary>
    public static Row<Machine> CheckUpdate(string label) => Row.Of(label, "kvm_check_request(KVM_REQ_APICV_UPDATE, vcpu)",
        x => x.CheckRequest(Avic.Model.Request.ApicvUpdate) ? x.Call("kvm_vcpu_update_apicv") : x.Next, Order.Locked, calls: ["kvm_vcpu_update_apicv"]);

    /// <summary>What the vCPU's own flag is to be; most often it is so already.</summary>
    public static Row<Machine> Activate(string text, When activate) => Row.Of("activate", $"activate = {text}", x =>
    {
        var on = activate(x);
        if (x.Vcpu.ApicvActive == on) return x.Goto("unlock");
        x.Local.Value = on ? (byte)1 : (byte)0;
        return x.Next;
    }, to: ["unlock"], isCovered: true);

    /// <summary>The check before VMRUN that flag and word agree.</summary>
    public static Row<Machine> Warn(string text, When warns) => Row.Of("warn", $"WARN_ON_ONCE({text})", x =>
    {
        if (warns(x)) x.Note(Mark.Warned);
        return x.Next;
    });

    /// <summary>What a thread of the VMM asks for.</summary>
    public static Flow Call(Context x, InhibitCall call) => x.Call("kvm_request_apicv_update", new() { Reason = call.Reason, Set = call.Set });

    /// <summary>svm_refresh_apicv_exec_ctrl(): the VMCB is read at the next VMRUN only; IsRunning is what senders of interrupts see.</summary>
    public static Row<Machine> Refresh() => Row.Of("refresh", "kvm_x86_refresh_apicv_exec_ctrl(vcpu)", x =>
    {
        x.Vmcb01.AvicEnable = x.Vcpu.ApicvActive;
        x.MarkDirty(CleanBits.Avic);
        Scheduling.Follow(x);
        return x.Next;
    }, coveredWhen: x => !x.Programs.Interrupts);

    /// <summary>kvm_vcpu_update_apicv, which since 6.3 is a wrapper around the function that does this.</summary>
    public static readonly Routine<Machine> Update = Routine.Of("kvm_vcpu_update_apicv", Source,
        Row.Of("lock", "mutex_lock(&vcpu->kvm->arch.apicv_update_lock)", x => x.Acquire(ref x.Vm.ApicvUpdateLock), Order.Locked),
        Activate("kvm_apicv_activated(vcpu->kvm)", x => x.Vm.ApicvInhibitReasons == 0),
        // Senders of interrupts look at it without the lock.
        Row.Of("active", "vcpu->arch.apicv_active = activate", x =>
        {
            x.Store(ref x.Vcpu.ApicvActive, x.Done(ref x.Local.Value) != 0);
            return x.Next;
        }, coveredWhen: x => !x.Programs.Interrupts),
        ApicMetadata.Follow,
        Row.Of("restore", "avic_post_state_restore(vcpu)", x => x.Vcpu.ApicvActive && IdTableUpdates.AreStale(x) ? x.Call("avic_post_state_restore") : x.Next,
            calls: ["avic_post_state_restore"], isControl: true),
        Refresh(),
        Row.Of("event", "kvm_make_request(KVM_REQ_EVENT, vcpu)", x =>
        {
            if (!x.Vcpu.ApicvActive) x.SetBits(ref x.Vcpu.Requests, Avic.Model.Request.Event);
            return x.Next;
        }, Order.Locked, isCovered: true),
        Row.Of("unlock", "mutex_unlock(&vcpu->kvm->arch.apicv_update_lock)", x => x.Release(ref x.Vm.ApicvUpdateLock), Order.Locked))
        .Alias("__kvm_vcpu_update_apicv");
}
