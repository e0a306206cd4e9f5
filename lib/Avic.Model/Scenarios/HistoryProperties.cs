namespace Avic.Model;

/// <summary>What bugs of former kernels broke, where no property of the present ones says it.</summary>
public sealed partial class Property
{
    /// <summary>A loss while the word changes may be an instant's; one after that, with AVIC off, is for good.</summary>
    public static readonly Property NoAccessLostAfterInhibit =
        Named("no-access-lost-after-inhibit", "Once every thread of the VMM has ended and AVIC is inhibited, no guest access reaches the page behind the memslot.")
            .On((uint)(Mark.Accelerated | Mark.Emulated | Mark.Lost))
            .Whenever(Is("every VMM thread has ended", x => x.HostIsDone), Is("AVIC is inhibited", x => x.Vm.ApicvInhibitReasons != 0))
            .Never(Is("the access reaches the scratch page", x => x.Marks.HasFlag(Mark.Lost)));

    /// <summary>The host's own APIC is in x2APIC mode, as it is where there is x2AVIC.</summary>
    public static readonly Property HostApicIsOutOfReach =
        Named("host-apic-is-out-of-reach", "No guest access by MSR reaches the local APIC of the core itself.")
            .At("guest.insn")
            .Never(Is("it does", x => x.Marks.HasFlag(Mark.Escaped)));

    /// <summary>Architecture: x2APIC mode has MSRs, and its frame is a frame like any other.</summary>
    public static readonly Property NoApicPageInX2ApicMode =
        Named("no-apic-page-in-x2apic-mode", "In x2APIC mode no guest access to the APIC's page reaches an APIC.")
            .At("guest.insn")
            .Whenever(Is("a guest in x2APIC mode accesses the page", x => x.Marks.HasFlag(Mark.PageInX2) || x.Msrs.IsX2 && x.Vmcb.ExitInfo2 >> 12 == 0xfee00))
            .Never(Is("the access reaches the virtual APIC page", x => x.Marks.HasFlag(Mark.PageInX2)));

    /// <summary>What lockdep complains of: the memslots may be freed under whoever reads them without.</summary>
    public static readonly Property MemslotsReadUnderSrcu =
        Named("memslots-read-under-srcu", "Who zaps a range reads the memslots, and holds SRCU or slots_lock meanwhile.")
            .At("kvm_zap_gfn_range.zap")
            .Never(Is("the thread holds neither", x => !SrcuSection.IsHeldBy(x)));

    /// <summary>What irr_pending is for: a search is spared only where it would find nothing.</summary>
    public static readonly Property IrrPendingMissesNothing =
        Named("irr-pending-misses-nothing", "When nothing is bound to happen, a vector in IRR is never hidden by irr_pending.")
            .AtRest()
            .Whenever(Is("an interrupt was handled or is waiting", AnyInterrupt))
            .Never(Is("IRR holds a vector, and irr_pending is false", x => AnyVcpu(x, (x, v) => x.ApicPageOf(v).Irr.Highest >= 0 && !x.VcpuOf(v).IrrPending)));

    /// <summary>Architecture: an IPI goes to all that it names, whoever else it names.</summary>
    public static readonly Property IpiReachesItsTargets =
        Named("ipi-reaches-its-targets", "When nothing is bound to happen, every vCPU that an IPI of a guest's program names has or had its vector.")
            .AtRest()
            .Whenever(Is("an IPI was sent", x => SentIpi.Any(x, missedOnly: false)))
            .Never(Is("a vCPU that it names never had it", x => SentIpi.Any(x, missedOnly: true)));

    /// <summary>Whoever gives the APICs their ids back may have AVIC back.</summary>
    public static readonly Property IdInhibitEnds =
        Named("id-inhibit-ends", "When nothing is bound to happen and each APIC id is its vCPU's number, no APIC id inhibits AVIC.")
            .AtRest()
            .Whenever(Is("each APIC id is its vCPU's number", x => !AnyIdDiffers(x)))
            .Never(Is("AVIC is inhibited for an id", x => x.IsInhibitedFor(Reason.ApicIdModified)));

    /// <summary>AVIC finds a vCPU's page at its number: an APIC with another id would never have its IPIs.</summary>
    public static readonly Property OtherIdsInhibit =
        Named("other-ids-inhibit", "When nothing is bound to happen and an APIC id is not its vCPU's number, AVIC is inhibited for that.")
            .AtRest()
            .Whenever(Is("an id that the kernel minds is not its vCPU's number", x => x.Knows(Reason.ApicIdModified) && AnyIdDiffers(x)))
            .Never(Is("AVIC is not inhibited for an id", x => !x.IsInhibitedFor(Reason.ApicIdModified)));

    /// <summary>Who looks a logical destination up finds whoever has it.</summary>
    public static readonly Property LogicalTableIsKept =
        Named("logical-table-is-kept", "When nothing is bound to happen, the logical ID table has each vCPU with AVIC on at the place of its logical id.")
            .AtRest()
            .Whenever(Is("a vCPU with AVIC on has a logical id that the table has a place for", x => IdTableUpdates.AnyPlace(x, missing: false)))
            .Never(Is("it is not there", x => IdTableUpdates.AnyPlace(x, missing: true)));

    /// <summary>Where AVIC is off a doorbell is lost, so nobody may be told to ring one.</summary>
    public static readonly Property IsRunningOnlyWithAvicOn =
        Named("is-running-only-with-avic-on", "At VMRUN with AVIC off the vCPU's entry of the physical ID table does not say IsRunning.")
            .At("svm_vcpu_run.vmrun")
            .Whenever(Is("AVIC is off", x => !x.Vcpu.ApicvActive))
            .Never(Is("AVIC is off, and its entry says IsRunning", x => !x.Vcpu.ApicvActive && InterruptDelivery.IsRunning(x, x.Me)));

    /// <summary>With AVIC on the core keeps V_TPR and the page together; an exit is a waste, and where KVM keeps them apart worse.</summary>
    public static readonly Property Cr8WriteStaysInGuest =
        Named("cr8-write-stays-in-guest", "A write of CR8 leaves the guest only while AVIC is off.")
            .At("cr8_write_interception.tpr")
            .Never(Is("AVIC is on", x => x.Vcpu.ApicvActive));

    /// <summary>A goal: who follows an inhibit also follows its end.</summary>
    public static readonly Property AvicComesBack =
        Named("avic-comes-back", "An APIC access is accelerated on a vCPU that has had AVIC off.")
            .With(WasOff.Observer).On((uint)Mark.Accelerated).Sometimes(Is("the vCPU has had AVIC off", x => (x.Seen<byte>("was_off") >> x.Actor & 1) != 0));

    /// <summary>What 5.15 made of HYPERV.</summary>
    public static readonly Property AutoEoiInhibits =
        Named("auto-eoi-inhibits", "When nothing is bound to happen, AVIC is kept off for Hyper-V exactly if a vCPU uses AutoEOI.")
            .AtRest().Whenever(Is("a guest has a SynIC", x => x.Programs.HasSynic)).Never(Is("the word and the vCPUs differ", x => x.IsInhibitedFor(Reason.Hyperv) != AnyVcpu(x, (x, v) => x.SynicOf(v).AutoEoi != 0)));

    /// <summary>What the scan of all vCPUs is for.</summary>
    public static readonly Property BlockIrqInhibits =
        Named("blockirq-inhibits", "When nothing is bound to happen, AVIC is kept off for a debugger exactly if a vCPU has its interrupts blocked.")
            .AtRest().Whenever(Is("a VMM debugs", x => x.Programs.HasGuestDebug)).Never(Is("the word and the vCPUs differ", x => x.IsInhibitedFor(Reason.BlockIrq) != AnyVcpu(x, (x, v) => x.GuestDebugOf(v).BlocksIrqs)));

    /// <summary>What a debugger relies on: with AVIC on the core would deliver.</summary>
    public static readonly Property AvicIsOffWhileBlocked =
        Named("avic-is-off-while-blocked", "A vCPU whose interrupts a debugger has blocked does not run with AVIC on.")
            .At("svm_vcpu_run.vmrun").Whenever(Is("its interrupts are blocked", x => x.Programs.HasGuestDebug && x.GuestDebug.BlocksIrqs)).Never(Is("AVIC is on, and they are", x => x.Programs.HasGuestDebug && x.GuestDebug.BlocksIrqs && x.Vmcb.AvicEnable));

    /// <summary>What must hold where a VMM debugs, beside the others.</summary>
    public static readonly IReadOnlyList<Property> OfDebuggers = [BlockIrqInhibits, AvicIsOffWhileBlocked];

    /// <summary>What the inhibit is for.</summary>
    public static readonly Property AutoEoiLeavesNothing =
        Named("auto-eoi-leaves-nothing", "When nothing is bound to happen, no vector with AutoEOI is left in service.")
            .AtRest().Whenever(Is("a vCPU uses AutoEOI", x => x.Programs.HasSynic && AnyVcpu(x, (x, v) => x.SynicOf(v).AutoEoi != 0))).Never(Is("one is", x => AnyVcpu(x, (x, v) => x.SynicOf(v).AutoEoi is not 0 and var vector && x.ApicPageOf(v).Isr.Contains((int)vector))));

    /// <summary>Details that must hold of every scenario, beside <see cref="All"/>. Many give no occasion for them.</summary>
    public static IReadOnlyList<Property> OfDetails => field ??=
    [
        EntryNeverFails, NoAccessLostAfterInhibit, HostApicIsOutOfReach, NoApicPageInX2ApicMode, MemslotsReadUnderSrcu, IrrPendingMissesNothing, IpiReachesItsTargets, IdInhibitEnds,
        OtherIdsInhibit, LogicalTableIsKept, IsRunningOnlyWithAvicOn, Cr8WriteStaysInGuest, AutoEoiLeavesNothing, NothingMappedAfterInhibit, NoAccessLostWhileActivated,
    ];

    private static bool AnyIdDiffers(Context x) => AnyVcpu(x, (x, v) => !x.MsrsOf(v).IsX2 && x.ApicPageOf(v).PhysicalId != v);

    private static bool AnyInterrupt(Context x) => AnyVcpu(x, (x, v) => x.ApicPageOf(v).Irr.Highest >= 0 || x.HasHandled(v));
}
