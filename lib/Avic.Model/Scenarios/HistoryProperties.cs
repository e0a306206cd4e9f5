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

    /// <summary>What lockdep complains of: the memslots may be freed under whoever reads them without.</summary>
    public static readonly Property MemslotsReadUnderSrcu =
        Named("memslots-read-under-srcu", "Who zaps a range reads the memslots, and holds SRCU or slots_lock meanwhile.")
            .At("kvm_zap_gfn_range.zap")
            .Never(Is("the thread holds neither", x => !SrcuSection.IsHeldBy(x)));
}
