using System.Numerics;

namespace Avic.Model;

/// <summary>One way in which hardware may differ from <see cref="Hardware.Default"/>: another reading of the manual, an erratum, or what the processor lacks. An edit of a routine's rows.</summary>
public sealed class Reading
{
    private Reading(string name, string question, string otherwise, string sentence, string section, string routine, Func<Routine<Machine>, Routine<Machine>> edit) =>
        (Name, Question, Otherwise, Sentence, Section, Routine, Edit) = (name, question, otherwise, sentence, section, routine, edit);

    internal string Routine { get; }

    internal Func<Routine<Machine>, Routine<Machine>> Edit { get; }

    /// <summary>Its name, as hardware and tokens bear it.</summary>
    public string Name { get; }

    /// <summary>What the manual does not settle. Readings that answer the same question exclude one another.</summary>
    public string Question { get; }

    /// <summary>What <see cref="Hardware.Default"/> does.</summary>
    public string Otherwise { get; }

    /// <summary>What hardware does under this reading.</summary>
    public string Sentence { get; }

    /// <summary>Where the manual should have said.</summary>
    public string Section { get; }

    /// <summary>A doorbell to a core in host mode waits for its next stay in the guest.</summary>
    public static readonly Reading DoorbellKept = new("doorbell-kept", "A doorbell reaches a core in host mode.",
        "It is ignored.", "It is remembered, and the core looks at IRR once it is in a guest again.", "AMD64 APM vol. 2, 15.29, doorbell mechanism",
        "core", core => Around(core, "doorbell", x => x.Core.Doorbell && !x.Core.InGuest, x => x.Wait, "a doorbell waits for the guest"));

    /// <summary>A store to IRR is a reason to look.</summary>
    public static readonly Reading IrrSeen = new("irr-seen", "IRR of a vCPU in the guest is set by a store, without a doorbell.",
        "Its core does not notice.", "Its core notices some time later.", "AMD64 APM vol. 2, 15.29, virtual interrupts",
        "core", core => core.After("doorbell", Row.Of("irr", "IRR has changed: evaluate", x =>
        {
            if (!x.Core.InGuest || !x.Vmcb.AvicEnable || x.Vmcb.VirtualInterruptPending || !Interrupts.AnyDeliverable(x)) return x.Wait;
            Interrupts.Evaluate(x);
            return x.Next;
        }) with
        { Source = "AMD64 APM vol. 2, 15.29, virtual interrupts, read otherwise" }));

    /// <summary>Others see the core between host and guest.</summary>
    public static readonly Reading VmrunInSteps = new("vmrun-in-steps", "Others set IRR, or ring, while a core goes from host to guest or back.",
        "VMRUN and #VMEXIT are one step each.", "They are several, in which the core takes doorbells and no interrupt.", "AMD64 APM vol. 2, 15.29, VMRUN and #VMEXIT",
        "svm_vcpu_run", WorldSwitch.InSteps);

    /// <summary>VMCB state caching, at its boldest.</summary>
    public static readonly Reading CleanFieldsCached = new("clean-fields-cached", "Software calls fields of a VMCB clean, and has changed them.",
        "VMRUN reads them all.", "VMRUN may go by what the core has of them; AVIC's enable bits are of the group of its pointers.", "AMD64 APM vol. 2, 15.29 and 15.15, VMCB state caching",
        "svm_vcpu_run", CleanFields.Obeyed);

    /// <summary>VMRUN brings V_TPR up to date.</summary>
    public static readonly Reading VTprLoaded = new("vtpr-loaded", "VMRUN finds a TPR in the APIC page that V_TPR does not agree with.",
        "The core goes on with V_TPR.", "The core loads V_TPR from the page.", "AMD64 APM vol. 2, 15.29, VMRUN and #VMEXIT",
        "svm_vcpu_run", run => Before(run, "vmrun", x =>
        {
            if (x.Vmcb.AvicEnable) x.Vmcb.VTpr = (byte)(x.ApicPage.Tpr >> 4);
        }, "V_TPR from the page"));

    private const string LevelEoi = "A guest ends a level-triggered interrupt.";

    /// <summary>The EOI of a level-triggered vector exits before it is done.</summary>
    public static readonly Reading EoiFaults = new("eoi-faults", LevelEoi,
        "#VMEXIT after the instruction; the vector is in service still.", "#VMEXIT before the instruction; nothing has been done.", "AMD64 APM vol. 2, 15.29, EOI, and its table of accesses",
        "guest", guest => Around(guest, "insn", VirtualApic.EndsLevel, x => VirtualApic.ExitForEoi(x, x.ApicPage.Isr.Highest), "level EOI faults"));

    /// <summary>The EOI of a level-triggered vector exits after it is done.</summary>
    public static readonly Reading EoiCleared = new("eoi-cleared", LevelEoi,
        "#VMEXIT after the instruction; the vector is in service still.", "#VMEXIT after the instruction; the vector is no longer in service.", "AMD64 APM vol. 2, 15.29, EOI, and its table of accesses",
        "guest", guest => Around(guest, "insn", VirtualApic.EndsLevel, x =>
        {
            var vector = x.ApicPage.Isr.Highest;
            x.Note(Mark.Accelerated);
            x.Retire();
            x.Remove(ref x.ApicPage.Isr, vector);
            Interrupts.PriorityChanged(x);
            return VirtualApic.ExitForEoi(x, vector);
        }, "level EOI has cleared ISR"));

    private const string OddAccess = "A guest reads or writes the APIC's page otherwise than four bytes at a register's address.";
    private const string Accesses = "AMD64 APM vol. 2, 15.29, its table of accesses";
    private const string AsTheRegister = "It is an access of the register whose sixteen bytes it falls into.";

    /// <summary>What is no access of a register leaves the guest.</summary>
    public static readonly Reading OddAccessFaults = new("odd-access-faults", OddAccess,
        AsTheRegister, "#VMEXIT before the instruction, whatever the register.", Accesses,
        "guest", guest => Around(guest, "insn", x => VirtualApic.OddAccess(x) is not null, x =>
        {
            var access = VirtualApic.OddAccess(x)!;
            return VirtualApic.Unaccelerated(x, access.Offset, access.IsWrite);
        }, "odd accesses fault"));

    /// <summary>What is no access of a register is one of memory, but for what AVIC's table lets no guest do.</summary>
    public static readonly Reading OddAccessPlain = new("odd-access-plain", OddAccess,
        AsTheRegister, "It is an access of memory: the page holds the bytes, and nothing else is done; what the table faults on faults.", Accesses,
        "guest", guest => Around(guest, "insn", x => VirtualApic.OddAccess(x) is { } odd && ApicRegister.At(odd.Offset).Avic(odd.IsWrite) != AvicAccess.Fault, x => VirtualApic.InMemory(x, VirtualApic.OddAccess(x)!), "odd accesses are of memory"));

    /// <summary>Which target the exit names.</summary>
    public static readonly Reading HighestIndex = new("highest-index", "An IPI finds several targets that do not run, and the exit has room for one index.",
        "The lowest.", "The highest.", "AMD64 APM vol. 2, 15.29, AVIC_INCOMPLETE_IPI",
        "avic_ipi", ipi => Around(ipi, "end", x => x.Local.Value != 0, x => Ipi.End(x, BitOperations.Log2(x.Local.Value)), "the highest index"));

    /// <summary>A doorbell does not wake a guest that has halted in guest mode.</summary>
    public static readonly Reading DoorbellLostInHlt = new("doorbell-lost-in-hlt", "A doorbell reaches a core whose guest has halted; only where HLT is not intercepted, as in HltInGuest().",
        "The core looks at IRR and wakes.", "The core goes on halting.", "AMD64 APM vol. 2, 15.29, doorbell mechanism",
        "core", core => Around(core, "doorbell", x => x.Core.Doorbell && x.Core.InGuest && x.Vmcb.Halted, x =>
        {
            x.Store(ref x.Core.Doorbell, false);
            return x.Next;
        }, "a doorbell is lost in HLT"));

    private const string Uninvalidated = "Software says in an entry of the IOMMU where a vCPU runs, and invalidates nothing.";

    /// <summary>The IOMMU goes by copies, as drivers up to 6.7 took for granted.</summary>
    public static readonly Reading IrteCached = new("irte-cached", Uninvalidated,
        "The IOMMU reads IsRun, Destination and GALogIntr in memory.", "It may go by copies of all three.", Iommu,
        "iommu_interrupt", device => Instead(device, "running", x => InterruptRemapping.Told(x, InterruptRemapping.Copy(x)), "by its copy"));

    /// <summary>Of GALogIntr the specification does not say that there is no copy; since 6.17 KVM changes it without an invalidation.</summary>
    public static readonly Reading GaLogIntrCached = new("galogintr-cached", Uninvalidated,
        "The IOMMU reads IsRun, Destination and GALogIntr in memory.", "It reads IsRun and Destination in memory, and may go by a copy of GALogIntr.", Iommu,
        "iommu_interrupt", device => Instead(device, "running", x => InterruptRemapping.Told(x, InterruptRemapping.WithCopyOfGaLogIntr(x)), "GALogIntr by its copy"));

    private const string Iommu = "AMD I/O Virtualization Technology specification, 2.2.5, caching of interrupt table entries";

    /// <summary>The order that KVM's blocking rests on, broken: IsRunning first, IRR after.</summary>
    internal static readonly Reading Erratum1235 = new("erratum-1235", "An IPI sets IRR and reads IsRunning while its target goes to sleep.",
        "IRR is set before IsRunning is read.", "IsRunning may be older than the store to IRR.", Ipi.Erratum1235Source,
        "avic_ipi", Ipi.StaleIsRunning);

    /// <summary>No row of the hardware differs: software reads CPUID, and does not ask VMRUN for what there is not.</summary>
    internal static readonly Reading WithoutX2Avic = new("no-x2avic", "A guest is in x2APIC mode.",
        "AVIC answers for its registers by MSR.", "AVIC knows the APIC's page alone.", "AMD64 APM vol. 3, CPUID Fn8000_000A EDX[18]",
        "svm_vcpu_run", run => run);

    internal static Routine<Machine> Before(Routine<Machine> routine, string label, Act first, string words) => Changed(routine, label, words,
        row => (ref machine, actor, engine) =>
        {
            first(new(ref machine, actor, engine));
            return row(ref machine, actor, engine);
        });

    private static Routine<Machine> Instead(Routine<Machine> routine, string label, Step instead, string words) => Around(routine, label, _ => true, instead, words);

    private static Routine<Machine> Around(Routine<Machine> routine, string label, When when, Step instead, string words) => Changed(routine, label, words,
        row => (ref machine, actor, engine) =>
        {
            Context x = new(ref machine, actor, engine);
            return when(x) ? instead(x) : row(ref machine, actor, engine);
        });

    // The first of the alternatives at a label.
    private static Routine<Machine> Changed(Routine<Machine> routine, string label, string words, Func<Effect<Machine>, Effect<Machine>> change)
    {
        Row<Machine>[] rows = [.. routine.Rows.Where(row => row.Label == label)];
        rows[0] = rows[0] with
        {
            Effect = change(rows[0].Effect),
            Text = $"{rows[0].Text} [{words}]",
            Source = $"{rows[0].Source ?? routine.Source}, read otherwise",
            Private = false,
            Covered = false,
            CoveredWhen = null,
        };
        return routine.With(label, rows);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Question} {Sentence}";
}
