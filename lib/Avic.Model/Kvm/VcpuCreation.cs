namespace Avic.Model;

/// <summary>A VMM creates a vCPU while others run: it begins with AVIC on or off, and nobody can make a request of it before it is online.</summary>
/// <remarks>Up to 5.14 it is put on line in the same order. Its local APIC is as an operating system leaves it, not at its reset values.</remarks>
internal static class VcpuCreation
{
    private const string X86 = "arch/x86/kvm/x86.c kvm_arch_vcpu_create(), v5.15.85", Svm = "arch/x86/kvm/svm/avic.c, v5.15", Kvm = "virt/kvm/kvm_main.c, v5.15", Mend = "423ecfea77dd (v5.18, and stable 5.15)";

    /// <summary>The word is read when the vCPU is for nobody else there yet; up to 5.17.</summary>
    public static readonly Row<Machine> ByWord = Row.Of("lapic", "kvm_apicv_activated(vcpu->kvm): vcpu->arch.apicv_active = true",
        x => Done(x, x.Vm.ApicvInhibitReasons == 0 ? CreationState.ApicvActive : CreationState.None)) with
    { Source = "arch/x86/kvm/x86.c kvm_arch_vcpu_create(), v5.16" };

    /// <summary>Since 5.18 the flag is set whatever the word says, and the vCPU asks itself to follow it.</summary>
    public static readonly Row<Machine> Pended = Pend($"arch/x86/kvm/x86.c, v5.18; {Mend}");

    public static readonly Routine<Machine> Create = Routine.Of("kvm_vm_ioctl_create_vcpu", Kvm,
        Pend($"{X86}; {Mend}"),
        Row.Of("entry", "WRITE_ONCE(*entry, new_entry)", x =>
        {
            x.Store(ref x.PhysicalIdTable[x.Local.Index], PhysicalIdTable.Entry(x.Local.Index, x.Local.Index, running: false));
            return x.Next;
        }) with
        { Source = Svm + " avic_init_backing_page()" },
        Row.Of("vmcb", "kvm_vcpu_apicv_active(vcpu) && kvm_apicv_activated(svm->vcpu.kvm)",
            x => Done(x, Is(x, x.Local.Index, CreationState.ApicvActive) && x.Vm.ApicvInhibitReasons == 0 ? CreationState.AvicEnabled : CreationState.None)) with
        { Source = Svm + " avic_init_vmcb()" },
        Row.Of("online", "atomic_inc(&kvm->online_vcpus)", x => Done(x, CreationState.Online), Order.Locked),
        Row.Of("thread", "pthread_create()", x => Done(x, CreationState.Started), Order.Locked) with
        { Source = "a VMM's, as QEMU's qemu_thread_create()" });

    /// <summary>Since 7.0 the VMCB goes with the vCPU's own flag.</summary>
    public static readonly Row<Machine> OwnFlag = Row.Of("vmcb", "kvm_vcpu_apicv_active(&svm->vcpu)",
        x => Done(x, Is(x, x.Local.Index, CreationState.ApicvActive) ? CreationState.AvicEnabled : CreationState.None)) with
    { Source = "arch/x86/kvm/svm/avic.c avic_init_vmcb(), v7.0; 3989a6d036c8" };

    /// <summary>Where the thread of a vCPU begins that is not there yet.</summary>
    public static readonly Routine<Machine> Thread = Routine.Of("kvm_vcpu_thread", "a VMM's, as QEMU's kvm-accel-ops.c; virt/kvm/kvm_main.c and arch/x86/kvm/x86.c, v5.15",
        // Flag and VMCB are nobody's but the thread's: as they were made they are found here.
        Row.Of("started", "ioctl(KVM_RUN)", x =>
        {
            if (!Is(x, x.Me, CreationState.Started)) return x.Wait;
            x.Store(ref x.Vcpu.ApicvActive, Is(x, x.Me, CreationState.ApicvActive));
            x.Store(ref x.Vcpu.IrrPending, x.Vcpu.ApicvActive);
            x.Vmcb.AvicEnable = Is(x, x.Me, CreationState.AvicEnabled);
            ApicMetadata.CountIsr(x);
            return x.Next;
        }),
        Row.Of("load", "vcpu_load(vcpu): avic_vcpu_load(vcpu, cpu)", x =>
        {
            if (x.Vcpu.ApicvActive) Scheduling.Load(x, x.Vcpu.Core);
            return x.Next;
        }),
        SrcuSection.OfVcpu("vcpu->srcu_idx = srcu_read_lock(&vcpu->kvm->srcu)", isDropped: false),
        Row.Of("run", "vcpu_run(vcpu)", x => x.Call("vcpu_run"), calls: ["vcpu_run"], isControl: true));

    /// <summary>The kernel where a VMM creates vCPUs: requests are made of those that are online.</summary>
    public static Code<Machine> Woven(Code<Machine> kernel) => VmIoctl.With(kernel, Create.Name)
        .Edit(Requests.MakeAllCpus.Name, requests => requests.With("each", Row.Of("each", "kvm_for_each_vcpu(i, vcpu, kvm)", x =>
        {
            if (x.Local.Index + 1 == x.Local.Value) x.Local.Index++;
            return x.Local.Index < x.VcpuCount && Is(x, x.Local.Index, CreationState.Online) ? x.Next : x.Goto("ipi");
        }, to: ["ipi"], preemptOff: true) with
        { Source = Kvm }));

    private static Row<Machine> Pend(string source) => Row.Of("lapic", "vcpu->arch.apicv_active = true, kvm_make_request(KVM_REQ_APICV_UPDATE, vcpu)", x =>
    {
        x.SetBits(ref x.VcpuOf(x.Local.Index).Requests, Request.ApicvUpdate);
        return Done(x, CreationState.ApicvActive);
    }, Order.Locked) with
    { Source = source };

    private static Flow Done(Context x, CreationState what)
    {
        ref var state = ref x.CreationOf(x.Local.Index).State;
        x.Store(ref state, state | what);
        return x.Next;
    }

    private static bool Is(Context x, int vcpu, CreationState what) => (x.CreationOf(vcpu).State & what) != 0;
}
