namespace Avic.Model;

/// <summary>Whether a predicate of a drawn line holds.</summary>
/// <param name="machine">The state at that place; for an event, after its row.</param>
/// <param name="vcpu">The vCPU the line is about.</param>
/// <param name="actor">Who took the row; -1 where no row is meant.</param>
internal delegate bool MailHolds(ref readonly Machine machine, int vcpu, int actor);

/// <summary>What a phrase of a drawn line means: rows, or a predicate, or both.</summary>
/// <param name="Pattern">A regular expression over the line, without regard to case; no lookaround, so that its time is linear.</param>
/// <param name="Kind">Event, assertion or pause.</param>
/// <param name="Meaning">The predicate in words; <c>{v}</c> stands for the vCPU.</param>
internal sealed record MailPhrase(string Pattern, MailLineKind Kind, string Meaning = "")
{
    /// <summary>Any of these rows, as <c>routine.label</c>.</summary>
    public string[] Rows { get; init; } = [];

    /// <summary>How the row's text begins, where alternatives share a label.</summary>
    public string RowText { get; init; } = "";

    /// <summary>How what the row told of itself begins, word by word; empty if nothing is asked.</summary>
    public string Told { get; init; } = "";

    /// <summary>Whether the row just taken told that.</summary>
    public bool IsToldBy(Engine engine) => Told == "" || engine.Told is { } told
        && told.StartsWith(Told, StringComparison.OrdinalIgnoreCase) && (told.Length == Told.Length || told[Told.Length] == ' ');

    /// <summary>What holds: at the line's place, or right after the row of an event.</summary>
    public MailHolds? Holds { get; init; }

    /// <summary>Marks of which the row carries one; 0 if none is needed.</summary>
    public Mark Marks { get; init; }

    /// <summary>The line is a call that sets (true) or clears (false) a reason to keep AVIC off.</summary>
    public bool? Sets { get; init; }

    /// <summary>What comes of the row just taken, whoever took it: it is often drawn between the columns.</summary>
    public bool IsOutcome { get; init; }
}

/// <summary>How kernel engineers put it, and what it is in rows: the whole vocabulary of drawn lines.</summary>
/// <remarks>The first pattern that fits counts. New wordings are new lines here.</remarks>
internal static class MailTable
{
    /// <summary>The routine whose call is one toggle.</summary>
    public const string Request = "kvm_request_apicv_update";

    /// <summary>Rows that change nothing shared and yet decide: told in every block.</summary>
    public static readonly HashSet<string> AlwaysTold =
    [
        "svm_vcpu_run.vmrun", "guest.insn", "direct_page_fault.seq", "kvm_faultin_pfn.activated", "direct_page_fault.stale", "svm_enable_irq_window.inhibit",
        "svm_update_pi_irte.active", "kvm_vm_ioctl_create_vcpu.vmcb", "kvm_arch_vcpu_guestdbg_update_apicv_inhibit.scan", "core.preempt", "core.turn", "core.slice",
    ];

    /// <summary>Rows round VMRUN that are shared but seldom the point.</summary>
    public static readonly HashSet<string> Bookkeeping =
    [
        "vcpu_enter_guest.irq_off", "vcpu_enter_guest.mode", "vcpu_enter_guest.outside", "vcpu_enter_guest.irq_on",
        "vcpu_enter_guest.cancel", "vcpu_enter_guest.cancel_irq_on", "vcpu_enter_guest.event", "kvm_vcpu_update_apicv.event", "core.ack",
    ];

    private const string Avic = @"(?:the )?(?:avic|apicv)\b";
    private const string Of = @"(?:the )?(?:v?cpu ?#?\d+(?:'s)?|local|own|its)\s+";
    private const string There = @"(?:on|for|of)\s+(?:this |its |the )?v?cpu";
    private const string On = @"(?:re-?)?(?:enabl|activat)\w*|un-?inhibit\w*|turn\w* on";
    private const string Off = @"disabl\w*|de-?activat\w*|inhibit\w*|turn\w* off";
    private const string Word = @"(?:global|vm-?wide|inhibit(?:ion)? (?:word|reasons?|state|bit)|apicv_inhibit_reasons|avic state)";
    private const string Update = @"(?:kvm_req_apicv_update|apicv update request|update request)";
    private const string Which = @"(?:$| (?:reason|pit|hyper|nested|irq|x2apic|disable)\w*)";
    private const string Leaf = @"(?:sptes?|leaf|mapping|npt entry|apic (?:access )?pages?)";

    public static readonly IReadOnlyList<MailPhrase> Phrases =
    [
        // Outcomes.
        new(@"\bboom\b|\b(?:lost|ends? up in the scratch page|goes to the scratch page)\b", MailLineKind.Event, "an access reaches the scratch page")
            { Rows = ["guest.insn"], Marks = Mark.Lost, IsOutcome = true },
        new(@"^\*+ ?entry-check-never-fires ?\*+$", MailLineKind.Event) { Rows = ["svm_vcpu_run.warn"], Marks = Mark.Warned, IsOutcome = true },
        new(@"^\*+ ?locks-in-order ?\*+$", MailLineKind.Event) { Marks = Mark.BadOrder, IsOutcome = true },
        new(@"^\*+ ?locks-released-by-holder ?\*+$", MailLineKind.Event) { Marks = Mark.BadRelease, IsOutcome = true },
        new(@"\bwarn(?:ing|_on\w*)?\b.*\b(?:fires?|triggers?|splat)\b", MailLineKind.Event) { Rows = ["svm_vcpu_run.warn"], Marks = Mark.Warned, IsOutcome = true },

        // Pauses.
        new(@"^[.…:|\s]+$|\b(?:stuck|stalled|stalls|blocked|preempted|delayed|sleeps|sleeping|scheduled out|held up|nothing happens|waits for a while)\b", MailLineKind.Pause),

        // The vCPU's own flag, as an event.
        new($@"\b(?:{Off})\s+(?:{Of}{Avic}|{Avic}\s+{There})|apicv_active\s*=\s*(?:false|0)\b", MailLineKind.Event, "apicv_active = 0")
            { Rows = ["kvm_vcpu_update_apicv.active"], Holds = (ref readonly m, v, _) => !m.Vcpu[v].ApicvActive },
        new($@"\b(?:{On})\s+(?:{Of}{Avic}|{Avic}\s+{There})|apicv_active\s*=\s*(?:true|1)\b", MailLineKind.Event, "apicv_active = 1")
            { Rows = ["kvm_vcpu_update_apicv.active"], Holds = (ref readonly m, v, _) => m.Vcpu[v].ApicvActive },

        // Predicates. A test that the code makes is the row that makes it.
        new(@"kvm_apicv_activated(?:\(.*\))?\s*(?:==?|is|returns|reads)\s*(?:true|1)\b", MailLineKind.Assertion, "kvm_apicv_activated() == true")
            { Rows = ["kvm_faultin_pfn.activated"], Holds = (ref readonly m, _, _) => m.Vm.ApicvInhibitReasons == 0 },
        new(@"kvm_apicv_activated(?:\(.*\))?\s*(?:==?|is|returns|reads)\s*(?:false|0)\b", MailLineKind.Assertion, "kvm_apicv_activated() == false")
            { Rows = ["kvm_faultin_pfn.activated"], Holds = (ref readonly m, _, _) => m.Vm.ApicvInhibitReasons != 0 },
        new(@"mmio cache\b.*\b(?:has|holds|contains|gets|bad|stale|wrong)\b|\bmmio[_ ]cache\w*\s*==?\s*(?:1|true)", MailLineKind.Assertion, "vcpu{v}.mmio_cache == 1")
            { Holds = (ref readonly m, v, _) => m.Vcpu[v].MmioCache },
        new(@"apicv_inhibit_reasons\s*(?:==|is)\s*(?:0|zero)\b", MailLineKind.Assertion, "apicv_inhibit_reasons == 0") { Holds = (ref readonly m, _, _) => m.Vm.ApicvInhibitReasons == 0 },
        new(@"apicv_inhibit_reasons\s*(?:!=|is not)\s*(?:0|zero)\b", MailLineKind.Assertion, "apicv_inhibit_reasons != 0") { Holds = (ref readonly m, _, _) => m.Vm.ApicvInhibitReasons != 0 },
        new($@"\b(?:no|not?|without) (?:an? )?{Leaf}|{Leaf}\s+(?:is |are )?(?:still )?(?:absent|gone|not present|zapped|missing)\b", MailLineKind.Assertion, "npt[0xfee00] is not present")
            { Holds = (ref readonly m, _, _) => m.Vm.Npt == global::Avic.Model.Leaf.NotPresent },
        new($@"{Leaf}\s+(?:is |are )?(?:still |now )?(?:present|populated|installed|mapped|in place)\b", MailLineKind.Assertion, "npt[0xfee00] is present")
            { Holds = (ref readonly m, _, _) => m.Vm.Npt == global::Avic.Model.Leaf.Present },
        new($@"{Update}\s+(?:is )?(?:still )?pending\b", MailLineKind.Assertion, "vcpu{v} has KVM_REQ_APICV_UPDATE pending") { Holds = (ref readonly m, v, _) => m.Vcpu[v].Requests.HasFlag(global::Avic.Model.Request.ApicvUpdate) },
        new($@"{Avic}\s+(?:is |was )?(?:(?:now|still|already) )*(?:enabled|active|activated|on)\b|^(?:(?:now|still|already) )*enabled {Avic}|apicv_active\s*==\s*(?:true|1)\b", MailLineKind.Assertion, "vcpu{v}.apicv_active == 1")
            { Holds = (ref readonly m, v, _) => m.Vcpu[v].ApicvActive },
        new($@"{Avic}\s+(?:is |was )?(?:(?:now|still|already) )*(?:disabled|inactive|deactivated|inhibited|off)\b|^(?:(?:now|still|already) )*disabled {Avic}|apicv_active\s*==\s*(?:false|0)\b", MailLineKind.Assertion, "vcpu{v}.apicv_active == 0")
            { Holds = (ref readonly m, v, _) => !m.Vcpu[v].ApicvActive },

        // The writer: a whole call, or a part of it.
        new($@"\b(?:{On})\s+{Avic}|\bclear\w* (?:the )?inhibit{Which}|{Request}\(.*\btrue\b", MailLineKind.Event) { Sets = false },
        new($@"\b(?:{Off})\s+{Avic}|\bset\w* (?:the )?inhibit{Which}|{Request}\(.*\bfalse\b", MailLineKind.Event) { Sets = true },
        new(@"\b(?:acquire|take|grab|get|mutex_lock|lock)\w*\b.*\bapicv_update_lock", MailLineKind.Event) { Rows = ["kvm_request_apicv_update.lock", "kvm_vcpu_update_apicv.lock"] },
        new(@"\b(?:release|drop|mutex_unlock|unlock)\w*\b.*\bapicv_update_lock", MailLineKind.Event) { Rows = ["kvm_request_apicv_update.unlock", "kvm_vcpu_update_apicv.unlock"] },
        new(@"\b(?:acquire|take|grab|get|write_lock|read_lock|lock)\w*\b.*\bmmu_lock", MailLineKind.Event) { Rows = ["kvm_zap_gfn_range.lock", "direct_page_fault.lock"] },
        new(@"\b(?:release|drop|write_unlock|read_unlock|unlock)\w*\b.*\bmmu_lock", MailLineKind.Event) { Rows = ["kvm_zap_gfn_range.unlock", "direct_page_fault.unlock"] },
        new($@"\b(?:raise|make|send|set|post)\w*\b.*\b{Update}", MailLineKind.Event)
            { Rows = ["kvm_make_all_cpus_request.set"], Holds = (ref readonly m, _, actor) => m.Vm.MmuLock.Owner != actor + 1 }, // not the TLB flush of a zap
        new($@"\b(?:handle|service|serve|process|consume)\w*\b.*\b{Update}|kvm_vcpu_update_apicv", MailLineKind.Event) { Rows = ["kvm_vcpu_update_apicv.lock"] },
        new($@"\b(?:set|store|update|write)\w*\b.*\b{Word}\b.*\b(?:disable\w*|inhibit\w*|non-?zero|off)\b", MailLineKind.Event, "the word is not 0")
            { Rows = ["__kvm_request_apicv_update.store", "__kvm_request_apicv_update.same"], Holds = (ref readonly m, _, _) => m.Vm.ApicvInhibitReasons != 0 },
        new($@"\b(?:set|store|update|write|clear)\w*\b.*\b{Word}\b.*\b(?:enable\w*|zero|on)\b|\b(?:clear|zero)\w*\b.*\b{Word}", MailLineKind.Event, "the word is 0")
            { Rows = ["__kvm_request_apicv_update.store", "__kvm_request_apicv_update.same"], Holds = (ref readonly m, _, _) => m.Vm.ApicvInhibitReasons == 0 },
        new($@"\b(?:set|store|update|write)\w*\b.*\b{Word}", MailLineKind.Event) { Rows = ["__kvm_request_apicv_update.store", "__kvm_request_apicv_update.same"] },
        new(@"\bzap\w*\b", MailLineKind.Event) { Rows = ["kvm_zap_gfn_range.zap"] },
        new(@"\b(?:bump|increment|elevate)\w*\b.*\bmmu_notifier_seq|mmu_notifier_seq\s*(?:\+\+|\+= ?1)", MailLineKind.Event) { Rows = ["kvm_zap_gfn_range.seq"] },
        new(@"\b(?:bump|increment|elevate)\w*\b.*\bmmu_notifier_count|mmu_notifier_count\s*(?:\+\+|\+= ?1)", MailLineKind.Event) { Rows = ["kvm_zap_gfn_range.begin"] },
        new(@"\b(?:is|gets) kicked\b|#?vmexit\b.*\bintr\b", MailLineKind.Event) { Rows = ["core.intr"] },
        new(@"\b(?:kicks?|sends? (?:an? )?ipis?)\b", MailLineKind.Event) { Rows = ["kvm_make_all_cpus_request.mode", "kvm_make_all_cpus_request.ipi"] },

        // The guest and the fault path.
        new(@"\bvm-?run\b|\bvm[- ]?ent(?:ers?|ry)\b|\b(?:re-?)?enters? (?:the )?guest\b|\bresumes? (?:the )?guest\b|\bback (?:in)?to (?:the )?guest\b", MailLineKind.Event) { Rows = ["svm_vcpu_run.vmrun"] },
        new(@"#?\bnp[ft]\b|\bnested page fault\b|\bept[ _]violation\b|\bpage[ -]?faults? on\b|\bfaults on\b", MailLineKind.Event, "the walk ends in #NPF")
            { Rows = ["guest.insn"], RowText = "walk", Holds = (ref readonly m, v, _) => !MailBlock.IsInGuest(in m, v) },
        new(@"\b(?:start|begin|run|enter|reach)\w*\b.*\bpage[ -]?fault (?:code|path|handler)|\bsamples?\b.*seq|\bdirect_page_fault\b|\bkvm_mmu_page_fault\b", MailLineKind.Event) { Rows = ["direct_page_fault.seq"] },
        new($@"\b(?:populate|install|map|create|instal|fill)s?\b.*\b{Leaf}", MailLineKind.Event) { Rows = ["direct_page_fault.map"] },
        new(@"\b(?:handle|treat)\w*\b.*\bmmio\b|\bemulat\w+\b|\bret_pf_emulate\b", MailLineKind.Event) { Rows = ["x86_emulate_instruction.apic"] },
        new(@"\bret_pf_retry\b|\bretr(?:y|ies|ied)\b.*\bfault\b|\bfault\b.*\bretr(?:y|ies|ied)\b|\b(?:seq|snapshot)\w* (?:is )?stale\b", MailLineKind.Event) { Rows = ["direct_page_fault.stale"], Marks = Mark.Retried },
        new(@"\baccelerated\b", MailLineKind.Event) { Rows = ["guest.insn"], Marks = Mark.Accelerated },
        new(@"\b(?:access|read|write|touch)\w*\b.*\b(?:apic|tpr|eoi|icr)\b", MailLineKind.Event)
            { Rows = ["guest.insn", "x86_emulate_instruction.apic"], Marks = Mark.Accelerated | Mark.Lost | Mark.Emulated },
    ];
}
