namespace Avic.Model;

/// <summary>What the claims of the thread are about, as properties and assumptions.</summary>
public sealed partial class Property
{
    /// <summary>The strict reading of "no vCPU gets back into the guest".</summary>
    public static readonly Property NoEntryUnderLock =
        Named("no-entry-under-lock", "No VMRUN while another thread, the requester, holds apicv_update_lock.")
            .With(Requesting.Observer)
            .At("svm_vcpu_run.vmrun")
            .Never(Is("a requester holds apicv_update_lock", x => x.Requesting.Holder != 0 && x.Requesting.Holder != x.Actor + 1));

    /// <summary>The strict reading of "vCPUs can't see the new value".</summary>
    public static readonly Property NewWordUnseenUnderLock =
        Named("new-word-unseen-under-lock", "No vCPU reads the new word while the requester that stored it holds apicv_update_lock.")
            .With(Requesting.Observer)
            .At("kvm_faultin_pfn.activated", "kvm_vcpu_update_apicv.activate", "svm_vcpu_run.warn")
            .Never(Is("the word read is new and its writer holds the lock", NewWordHeld));

    /// <summary>The same as a goal.</summary>
    public static readonly Property WordIsReadUnderAnothersLock =
        Named("word-is-read-under-anothers-lock", "A vCPU reads the new word while the requester that stored it holds apicv_update_lock.")
            .With(Requesting.Observer)
            .At("kvm_faultin_pfn.activated", "kvm_vcpu_update_apicv.activate", "svm_vcpu_run.warn")
            .Sometimes(Is("the word read is new and its writer holds the lock", NewWordHeld));

    /// <summary>A goal that a wrong MMIO cache entry would need.</summary>
    public static readonly Property MmioAccessIsCached =
        Named("mmio-access-is-cached", "An access to the APIC page is cached as MMIO.")
            .Sometimes(Is("a vCPU's MMIO cache holds the APIC page", x => AnyVcpu(x, (x, v) => x.VcpuOf(v).MmioCache)));

    /// <summary>What zap and sequence together achieve.</summary>
    public static readonly Property NothingMappedAfterInhibit =
        Named("nothing-mapped-after-inhibit", "When an inhibit is complete, nothing is mapped at the APIC's frame.")
            .Whenever(Is("AVIC is inhibited", x => x.Vm.ApicvInhibitReasons != 0), Is("no update and no fault holds a lock", x => x.Vm.ApicvUpdateLock.IsFree && x.Vm.MmuLock.IsFree))
            .Never(Is("the leaf is present", x => x.Vm.Npt == Leaf.Present));

    /// <summary>Its opposite, as a goal.</summary>
    public static readonly Property SomethingStaysMapped =
        Named("something-stays-mapped-after-inhibit", "An inhibit is complete and the APIC's frame is still mapped.")
            .Sometimes(Is("AVIC is inhibited", x => x.Vm.ApicvInhibitReasons != 0), Is("no update and no fault holds a lock", x => x.Vm.ApicvUpdateLock.IsFree && x.Vm.MmuLock.IsFree),
                Is("the leaf is present", x => x.Vm.Npt == Leaf.Present));

    /// <summary>The boom, as a goal.</summary>
    public static readonly Property AccessIsLost =
        Named("access-is-lost", "A guest access reaches the page behind the memslot. ***boom***").On((uint)Mark.Lost).Sometimes(Is("a guest access", _ => true));

    /// <summary>What lifting an inhibit must not do.</summary>
    public static readonly Property NoAccessLostWhileActivated =
        Named("no-access-lost-while-activated", "While the word is zero no access is lost.")
            .On((uint)(Mark.Accelerated | Mark.Emulated | Mark.Lost))
            .Whenever(Is("the word is zero", x => x.Vm.ApicvInhibitReasons == 0))
            .Never(Is("the access reaches the scratch page", x => x.Marks.HasFlag(Mark.Lost)));

    /// <summary>What lifting an inhibit may do.</summary>
    public static readonly Property AccessEmulatedWhileActivated =
        Named("access-emulated-while-activated", "An access is emulated while the word is zero.")
            .On((uint)Mark.Emulated).Sometimes(Is("the word is zero", x => x.Vm.ApicvInhibitReasons == 0));

    /// <summary>What the claims of the thread are about and nothing rests on: strict readings, and goals that should not be reached or need not be.</summary>
    public static readonly IReadOnlyList<Property> OfClaims =
        [NoEntryUnderLock, NewWordUnseenUnderLock, WordIsReadUnderAnothersLock, MmioAccessIsCached, SomethingStaysMapped, AccessIsLost, AccessEmulatedWhileActivated];

    /// <summary>Every property that has a name to be called by.</summary>
    public static IReadOnlyList<Property> Known => field ??=
    [
        .. All, .. OfInterrupts, .. OfNmis, .. OfInit, .. OfNested, .. OfCores, .. OfLines, .. OfPosting, AutoEoiInhibits, .. OfDebuggers, .. OfDetails, .. Goals, AvicComesBack, InterruptIsHandled, ProgramsEnd, .. OfClaims,
    ];

    /// <summary>A property by name.</summary>
    /// <exception cref="ModelException">There is none; the message names the nearest.</exception>
    public static Property ByName(string name) => Known.FirstOrDefault(property => property.Name == name)
        ?? throw new ModelException($"There is no property '{name}'. {Nearest.To(name, Known.Select(p => p.Name))}");

    private static bool NewWordHeld(Context x) => x.Requesting.NewWord && x.Vm.ApicvUpdateLock.Owner != 0 && x.Vm.ApicvUpdateLock.Owner != x.Actor + 1;
}

/// <summary>What a claim may take for granted: a premise that can be added to its property.</summary>
public static class Assumption
{
    // OfRuns: it speaks of whole runs, not of a moment, so that once broken it stays so.
    private static readonly (Term Term, Observer? Needs, bool OfRuns)[] Known =
    [
        (Property.Is("the kick has been acknowledged", x => x.Requesting.Acknowledged), Requesting.Observer, false),
        (Property.Is("the reader takes the lock", x => x.Vm.ApicvUpdateLock.IsHeldBy(x.Actor)), null, false),
        (Property.Is("no update is pending for the faulting vCPU", x => !x.MappedWhilePending), MappedWhilePending.Observer, true),
        (Property.Is("the inhibit is never lifted", x => !x.Requesting.Lifted), Requesting.Observer, true),
    ];

    /// <summary>The property under the assumption.</summary>
    /// <exception cref="ModelException">There is no such assumption.</exception>
    public static Property On(Property property, string assumption)
    {
        var (term, needs, _) = Named(assumption);
        return Watched(property.If(term), needs);
    }

    /// <summary>The same limits, and no run followed beyond where it breaks an assumption about runs: nothing is asked of it there.</summary>
    internal static Limits Within(Limits limits, string assumption) => Named(assumption) is { OfRuns: true } known ? limits with { Within = known.Term } : limits;

    /// <summary>The goal that the assumption is met at all.</summary>
    public static Property IsMet(string assumption)
    {
        var (term, needs, _) = Named(assumption);
        return Watched(Property.Named("assumption-is-met", assumption).Sometimes(term), needs);
    }

    private static Property Watched(Property property, Observer? needs) => needs is null ? property : property.With(needs);

    private static (Term Term, Observer? Needs, bool OfRuns) Named(string assumption) =>
        Array.Find(Known, known => known.Term.Name == assumption) is { Term: not null } known ? known
        : throw new ModelException($"There is no assumption '{assumption}'. {Nearest.To(assumption, Known.Select(k => k.Term.Name))}");
}
