namespace Avic.Model;

/// <summary>The properties of the inhibit machinery, as sentences.</summary>
public sealed partial class Property
{
    /// <summary>***boom***: a guest access never reaches the memory behind the memslot.</summary>
    public static readonly Property ApicAccessIsNeverLost =
        Named("apic-access-is-never-lost", "A guest access to an enabled local APIC never reaches the page behind the memslot.")
            .On((uint)(Mark.Accelerated | Mark.Emulated | Mark.Lost))
            .Never(Is("the access reaches the scratch page", x => x.Marks.HasFlag(Mark.Lost)))
            .BlindToFusedRows();

    /// <summary>What the remote flush is for: a translation made with AVIC on does not outlive it.</summary>
    public static readonly Property AcceleratedOnlyWithAvicOn =
        Named("accelerated-only-with-avic-on", "A guest access is accelerated only while its VMCB has AVIC on.")
            .On((uint)Mark.Accelerated)
            .Never(Is("the VMCB has AVIC off", x => !x.Vmcb.AvicEnable))
            .BlindToFusedRows();

    /// <summary>The VMM gets what it asked for.</summary>
    public static readonly Property WordIsWhatWasAsked =
        Named("word-is-what-was-asked", "When nothing is bound to happen, the word holds the reasons that were set last.")
            .AtRest()
            .Never(Is("the word differs from what the VMM's threads asked for, in any order of theirs", x => !x.WordMayBeAsked));

    /// <summary>The WARN_ON before VMRUN stays silent.</summary>
    public static readonly Property EntryCheckNeverFires =
        Named("entry-check-never-fires", "The sanity check before VMRUN finds the word and apicv_active in agreement.")
            .At("svm_vcpu_run.warn")
            .Never(Is("the WARN fires", x => x.Marks.HasFlag(Mark.Warned)))
            .BlindToFusedRows();

    /// <summary>The WARN_ON in svm_set_vintr stays silent.</summary>
    public static readonly Property WindowCheckNeverFires =
        Named("window-check-never-fires", "When V_IRQ is armed, AVIC is inhibited.")
            .At("svm_enable_irq_window.arm")
            .Never(Is("the WARN fires", x => x.Marks.HasFlag(Mark.Warned)))
            .BlindToFusedRows();

    /// <summary>What the flag is for: with AVIC in the wrong state nothing runs.</summary>
    public static readonly Property WordAndFlagAgreeAtVmrun =
        Named("word-and-flag-agree-at-vmrun", "At VMRUN the word and apicv_active agree, or an update request is pending.")
            .At("svm_vcpu_run.vmrun")
            .Whenever(Is("the word and apicv_active differ", x => Differ(x, x.Me)))
            .Always(Is("KVM_REQ_APICV_UPDATE is pending", x => x.Vcpu.Requests.HasFlag(Request.ApicvUpdate)))
            .BlindToFusedRows();

    /// <summary>The hardware obeys the VMCB, KVM the flag.</summary>
    public static readonly Property FlagAndVmcbAgreeAtVmrun =
        Named("flag-and-vmcb-agree-at-vmrun", "At VMRUN apicv_active and the AVIC bit of the VMCB agree.")
            .At("svm_vcpu_run.vmrun")
            .Never(Is("apicv_active and the VMCB differ", x => x.Vcpu.ApicvActive != x.Vmcb.AvicEnable))
            .BlindToFusedRows();

    /// <summary>What WAIT means. (A VMRUN with a request pending is legal: the requester has not been answered yet.)</summary>
    public static readonly Property WaitedRequestIsServedFirst =
        Named("waited-request-is-served-first", "Once a WAIT request has returned, no vCPU runs guest code until it has served it.")
            .With(Owing.Observer)
            .At("guest.insn")
            .Never(Is("the vCPU owes the requester", x => Owing.Seen(x)));

    /// <summary>Lock order.</summary>
    public static readonly Property LocksInOrder =
        Named("locks-in-order", "slots_lock is taken outside apicv_update_lock, and that outside mmu_lock; none is taken twice.")
            .Never(Is("a lock is taken against the order", x => x.Marks.HasFlag(Mark.BadOrder)))
            .BlindToFusedRows();

    /// <summary>Lock ownership.</summary>
    public static readonly Property LocksReleasedByHolder =
        Named("locks-released-by-holder", "A lock is released only by the thread that holds it.")
            .Never(Is("a lock not held is released", x => x.Marks.HasFlag(Mark.BadRelease)))
            .BlindToFusedRows();

    /// <summary>Liveness of a kind: everybody gets done.</summary>
    public static readonly Property NoDeadlock =
        Named("no-deadlock", "When nothing is bound to happen, every VMM thread has ended and every vCPU idles in the guest, its IRQ windows served.")
            .AtRest()
            .Never(Is("a thread is stuck", x => x.Stuck));

    /// <summary>Observable correctness of the emulated APIC.</summary>
    public static readonly Property EveryAccessTakesEffectOnce =
        Named("every-access-takes-effect-once", "Every retired APIC access has taken effect on the vCPU's APIC page exactly once.")
            .With(Effects.Observer)
            .Always(Is("effects equal retired accesses", x => Effects.MatchRetired(x)));

    /// <summary>When all is done the flags follow the word.</summary>
    public static readonly Property AllAgreeAtRest =
        Named("all-agree-at-rest", "When nothing is bound to happen, word, apicv_active and VMCB agree on every vCPU, unless it sleeps and has been asked to follow the word.")
            .AtRest()
            .Never(Is("a vCPU is out of step", x => AnyVcpu(x, (x, v) => Differ(x, v) || x.VcpuOf(v).ApicvActive != x.VmcbOf(v).AvicEnable)));

    // Since 6.0 AVIC is off while the vCPU's APIC is disabled, whatever the word says. The request does not wake who sleeps, and is served before VMRUN.
    private static bool Differ(Context x, int vcpu) => x.IsActivated(vcpu) != x.VcpuOf(vcpu).ApicvActive && x.MsrsOf(vcpu).IsApicOn
        && !(x.VcpuOf(vcpu).Sleeping && x.VcpuOf(vcpu).Requests.HasFlag(Request.ApicvUpdate));

    /// <summary>What doorbells, kicks and wake-ups are for.</summary>
    public static readonly Property InterruptIsNotStranded =
        Named("interrupt-is-not-stranded", "When nothing is bound to happen, no guest that takes interrupts, running or asleep, has one waiting.")
            .AtRest()
            .Whenever(Is("an interrupt was handled or is waiting", AnyInterrupt))
            .Never(Is("a vector is waiting", x => AnyVcpu(x, (x, v) => x.TakesInterrupts(v) && x.ApicPageOf(v).Deliverable >= 0)));

    /// <summary>Architecture: what the guest reads as PPR.</summary>
    public static readonly Property PriorityIsKept =
        Named("priority-is-kept", "In the guest PPR is the higher class of TPR and the highest vector in service.")
            .At("guest.insn", "svm_vcpu_run.vmrun")
            .Never(Is("PPR is another", x => x.ApicPage.Ppr != x.ApicPage.ProcessorPriority));

    /// <summary>Architecture: CR8 and TPR are one register.</summary>
    public static readonly Property TprIsCr8 =
        Named("tpr-is-cr8", "In the guest, with AVIC on, CR8 is the upper half of TPR.")
            .At("guest.insn", "svm_vcpu_run.vmrun")
            .Whenever(Is("AVIC is on", x => x.Vmcb.AvicEnable))
            .Never(Is("they differ", x => x.ApicPage.Tpr >> 4 != x.Vmcb.VTpr));

    /// <summary>Architecture: KVM keeps to what VMRUN insists on.</summary>
    public static readonly Property EntryNeverFails =
        Named("entry-never-fails", "VMRUN never refuses the VMCB.")
            .Never(Is("the run ends for it", x => x.Routine == "vcpu_run" && x.Label == "fail"));

    /// <summary>What the table's senders rely on: IPIs and devices ring the core that the entry names.</summary>
    public static readonly Property IsRunningOnlyWhileLoaded =
        Named("is-running-only-while-loaded", "IsRunning of a vCPU's entry says that its thread is on the core which the entry names.")
            .Whenever(Is("a vCPU is off its first core", x => AnyVcpu(x, (x, v) => x.VcpuOf(v).Core != v % x.CoreCount)))
            .Never(Is("an entry says otherwise", x => AnyVcpu(x, (x, v) => IdTableUpdates.EntryOf(x, v) is >= 0 and var index && x.PhysicalIdTable[index] is var entry
                && (entry & PhysicalIdTable.IsRunning) != 0 && PhysicalIdTable.CoreOf(entry) != x.VcpuOf(v).Core)));

    /// <summary>The WARN_ON in avic_vcpu_load stays silent.</summary>
    public static readonly Property LoadCheckNeverFires =
        Named("load-check-never-fires", "When KVM marks a vCPU as running in the physical ID table, it is not marked already.")
            .At("schedule.in", "kvm_vcpu_update_apicv.refresh", "kvm_vcpu_block.unblocking")
            .Never(Is("the WARN fires", x => x.Marks.HasFlag(Mark.LoadedTwice)));

    /// <summary>The same-core rule: what ASIDs are for.</summary>
    public static readonly Property AccessReachesOwnPage =
        Named("access-reaches-own-page", "A guest access never reaches the APIC page of another vCPU.")
            .On((uint)(Mark.Accelerated | Mark.Misdirected))
            .Never(Is("the page is another's", x => x.Marks.HasFlag(Mark.Misdirected)));

    /// <summary>A goal: AVIC does its work.</summary>
    public static readonly Property AccessIsAccelerated =
        Named("access-is-accelerated", "An APIC access is accelerated.").On((uint)Mark.Accelerated).Sometimes(Is("a guest access", _ => true)).BlindToFusedRows();

    /// <summary>A goal: the emulator does its work.</summary>
    public static readonly Property AccessIsEmulated =
        Named("access-is-emulated", "An APIC access is emulated.").On((uint)Mark.Emulated).Sometimes(Is("a guest access", _ => true)).BlindToFusedRows();

    /// <summary>A goal: the sequence count does its work.</summary>
    public static readonly Property FaultIsRetried =
        Named("fault-is-retried", "A fault finds its snapshot stale and is retried.").On((uint)Mark.Retried).Sometimes(Is("a fault", _ => true)).BlindToFusedRows();

    /// <summary>A goal: what is sent arrives. What is lost without a trace strands nobody.</summary>
    public static readonly Property InterruptIsHandled =
        Named("interrupt-is-handled", "A guest handles an interrupt or an NMI.").Sometimes(Is("a vCPU has handled one", x => AnyVcpu(x, (x, v) => x.HasHandled(v))));

    /// <summary>A goal: whatever an instruction needs of KVM it gets in the end.</summary>
    public static readonly Property ProgramsEnd =
        Named("programs-end", "Every guest comes to the end of its program.").Sometimes(Is("every guest idles", x => !AnyVcpu(x, (x, v) => !x.Programs.Guest[v].IsIdleAt(x.VmcbOf(v).Rip))));

    /// <summary>A goal: a row is taken. Its witness is the shortest run that gets there.</summary>
    /// <param name="row">As <c>function.label</c>: <c>"core.doorbell"</c>.</param>
    public static Property Taken(string row) =>
        Named($"{Given.Value(row)} is taken", "The row is taken.").At(row).Sometimes(Is("it is taken", _ => true)).BlindToFusedRows();

    /// <summary>Everything that must hold.</summary>
    public static readonly IReadOnlyList<Property> All =
    [
        ApicAccessIsNeverLost, AcceleratedOnlyWithAvicOn, EntryCheckNeverFires, WindowCheckNeverFires, WordAndFlagAgreeAtVmrun, FlagAndVmcbAgreeAtVmrun, WaitedRequestIsServedFirst,
        LocksInOrder, LocksReleasedByHolder, NoDeadlock, EveryAccessTakesEffectOnce, AllAgreeAtRest, WordIsWhatWasAsked,
    ];

    /// <summary>Everything that should be possible.</summary>
    public static readonly IReadOnlyList<Property> Goals = [AccessIsAccelerated, AccessIsEmulated, FaultIsRetried];

    /// <summary>What must hold of interrupts, beside <see cref="All"/>, in scenarios that send some.</summary>
    public static readonly IReadOnlyList<Property> OfInterrupts = [InterruptIsNotStranded, PriorityIsKept, TprIsCr8];

    /// <summary>What must hold where vCPUs move from core to core, beside the others.</summary>
    public static readonly IReadOnlyList<Property> OfCores = [IsRunningOnlyWhileLoaded, LoadCheckNeverFires, AccessReachesOwnPage];

    /// <summary>A term over the machine, for properties of one's own.</summary>
    public static Term Is(string name, When when)
    {
        ArgumentNullException.ThrowIfNull(when);
        return Term.Of(name, (ref readonly Machine machine, Engine engine) => when(new(ref System.Runtime.CompilerServices.Unsafe.AsRef(in machine), engine.Actor, engine)));
    }

    private delegate bool WhenVcpu(Context x, int vcpu);

    private static bool AnyVcpu(Context x, WhenVcpu when)
    {
        for (var v = 0; v < x.VcpuCount; v++)
            if (when(x, v)) return true;
        return false;
    }
}
