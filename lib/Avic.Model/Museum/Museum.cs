using System.Text;

namespace Avic.Model;

/// <summary>The bugs of the inhibit machinery, each found by the explorer in a kernel that has it and gone in one that has not.</summary>
public static partial class Museum
{
    /// <summary>The exhibits, in order of their numbers.</summary>
    public static IReadOnlyList<Exhibit> Exhibits => field ??=
    [
        new("1", "The vCPU's own status in the fault path", "20211009010135.4031460-2-seanjc@google.com", "October 2021, not merged",
            Linux.VcpuStatus, Linux.V5_15, "1,0W32,+4", Property.ApicAccessIsNeverLost, 54, "kvm_faultin_pfn.-activated", "word, flag, request, sequence, leaf, mmu_lock",
            "A vCPU leaves the guest for a fault on the APIC's page and is delayed. Meanwhile AVIC is inhibited from start to end: the request stays pending, the word is stored, the zap finds nothing. "
            + "The fault then samples a fresh sequence, trusts the flag that the vCPU has not yet followed the word with, and maps a page that no zap will remove."),
        new("2", "The word stored before the kick", "20211009010135.4031460-3-seanjc@google.com", "October 2021, withdrawn",
            Linux.WordBeforeKick, Linux.V5_15, "1,+4", Property.EntryCheckNeverFires, 10, "__kvm_request_apicv_update.kick<>store", "word, flag, mode, the window with interrupts off",
            "A vCPU has made its last check of requests and is about to enter the guest. The word changes before anybody is kicked. "
            + "The sanity check before VMRUN finds word and flag apart and warns, although the kick would have settled it."),
        new("3a", "A memslot made before the vCPUs know", "b0a1637f64b0, 36222b117e36", "August 2021, v5.15",
            Linux.V5_14, Linux.V5_15, "1,0W32,+4-4", Property.ApicAccessIsNeverLost, 81, "kvm_request_apicv_update.-lock", "word, memslot, VMCB, leaf, SRCU",
            "The memslot is made anew when the inhibit ends, and the vCPUs are asked to switch AVIC on only afterwards. In between a vCPU that still runs with AVIC off touches the page, and the fault maps what is behind the slot. "
            + "The access goes there and is lost."),
        new("3b", "Two requesters, one memslot", "b0a1637f64b0", "August 2021, v5.15",
            Linux.V5_14, Linux.V5_15, "1,0W32,+4-4,+1", Property.NoAccessLostAfterInhibit, 101, "kvm_request_apicv_update.-lock", "word, memslot, two VMM threads",
            "Changing the word and toggling the memslot are two steps that nothing holds together. One thread lifts the last inhibit, another sets one, and the slot is toggled in the other order. "
            + "AVIC stays inhibited with the slot in place, and every access is lost from then on."),
        new("4a", "Waiting for oneself under SRCU", "36222b117e36, 73143035c214", "August 2021, v5.15",
            Linux.V5_14.Edited("svm_enable_irq_window.-srcu_unlock"), Linux.V5_14, "1,0I", Property.NoDeadlock, 9, "svm_enable_irq_window.-srcu_unlock", "SRCU readers, slots_lock",
            "Deleting a memslot waits until every reader of the memslots has left. A vCPU's thread is such a reader everywhere outside the guest, so one that asks for an IRQ window would wait for itself. "
            + "Kernels before 5.15 drop SRCU around the request, which is the row that this edit takes away; since 5.15 the slot stays and nobody waits."),
        new("4b", "A zap that faults cannot see", "edb298c663fc", "August 2021, v5.15 (in the same series)",
            Linux.V5_15.Edited("kvm_zap_gfn_range.-seq"), Linux.V5_15, "1,0W32,+4", Property.ApicAccessIsNeverLost, 54, "kvm_zap_gfn_range.-seq", "sequence, leaf, mmu_lock",
            "A fault has looked at the word and waits for mmu_lock. The zap of an inhibit comes first, removes nothing and leaves the sequence as it was. "
            + "The fault finds its snapshot fresh and maps the page, with AVIC going off."),
        new("4d", "IsRunning left behind when AVIC goes off", "df7e4827c549", "August 2021, v5.15",
            Linux.V5_14, Linux.V5_15, "1,+4", Property.IsRunningOnlyWithAvicOn, 50, "kvm_vcpu_update_apicv.-refresh", "flag, physical id table, VMCB",
            "A vCPU follows an inhibit and switches AVIC off in its VMCB, but its entry of the physical id table still says that it runs. "
            + "Who believes the entry rings a doorbell, and a core whose guest has AVIC off does not hear it. "
            + "Since 5.15 the vCPU is unloaded when AVIC goes off, and loaded when it comes back."),
        new("6", "A zap reads the memslots without SRCU", "074c00800719", "November 2022, v6.1",
            Linux.V5_19, Linux.V6_1, "1,+4", Property.MemslotsReadUnderSrcu, 10, "__kvm_request_apicv_update.-srcu_lock", "SRCU readers",
            "An inhibit zaps, and the zap walks the memslots. A vCPU's thread holds SRCU there, but the thread of an ioctl need not. "
            + "Another ioctl may replace and free the memslots under it."),
        new("7a", "V_IRQ armed while the flag says AVIC", "7d611233b016", "May 2020, v5.7",
            Linux.V5_7_Rc, Linux.V5_7, "1,0I", Property.WindowCheckNeverFires, 28, "kvm_request_apicv_update.-except", "V_IRQ, the vCPU's own request",
            "A vCPU that needs an IRQ window inhibits AVIC and arms V_IRQ at once. Its own request is served only before the next VMRUN, so the flag still says AVIC and the check warns. "
            + "The mend updated the asking vCPU on the spot, which df63202fe52b took back in 5.15."),
        new("7b", "The same after another's inhibit", "f1577ab21442", "July 2021, v5.14",
            Linux.V5_7, Linux.V5_14, "1,0I,+4", Property.WindowCheckNeverFires, 10, null, "V_IRQ, word, flag, the vCPU's own request",
            "Another thread has set a reason already, and this vCPU has not served the request yet. Its own reason changes nothing of the word's being zero or not, so nothing updates it on the spot, and the check of the flag warns. "
            + "The check asks the word since: whoever has a request pending serves it before VMRUN."),
        new("8", "Delivery reads the flag before IRR is set", "66fa226c131f, 30811174f0a8", "February 2022, v5.17",
            Linux.V5_17_Rc, Linux.V5_17, "1,+4,d0:31.", Property.InterruptIsNotStranded, 42, "svm_complete_interrupt_delivery.-active", "flag, IRR, mode, KVM_REQ_EVENT, doorbell",
            "A sender reads that the target has AVIC on. Before it has set IRR the target leaves the guest, follows an inhibit, looks at an empty IRR and enters again with AVIC off. "
            + "The vector then comes with a doorbell that nobody hears, and waits for an exit that need not come."),
        new("9a", "Preempted while following the word", "b652de1e3dfb, 66c768d30e64", "March 2022, v5.18, and June 2022, v5.19",
            Linux.V5_15, Linux.PreemptOff, "1p,+4", Property.IsRunningOnlyWhileLoaded, 23, null, "the thread's core, the entry's IsRunning, the flag",
            "A vCPU follows an inhibit: it has cleared its flag and not yet IsRunning in its entry. It is preempted there, and what KVM does then, it does only for vCPUs whose flag is set. "
            + "The entry goes on saying that the vCPU runs, and who sends it an interrupt rings a core that runs another."),
        new("9b", "Preempted on the way out of sleep", "7cfc5c653b07", "November 2021, v5.16, and stable 5.15",
            Linux.V5_14, Linux.V5_15, "1c2m,0h,d0:31.", Property.IsRunningOnlyWhileLoaded, 36, null, "the thread's core, the entry's core and IsRunning",
            "A vCPU wakes, reads the core that it is on, and is to be loaded there. It is preempted before its entry is written, and comes back on another core, for which it is loaded at once. "
            + "Then the old core is written over the new one, and from there on who sends it an interrupt rings a core that it has left."),
        new("9c", "Asleep with AVIC on", "18869f26df1a", "June 2022, v5.19",
            Linux.V5_18, Linux.V5_19, "2,0h,1w310=0.w300=4031.,p0", Property.InterruptIsNotStranded, 74, null, "the thread's core, the entry's IsRunning, the wait, IRR",
            "A vCPU that goes to sleep has cleared IsRunning, and is preempted before its wait says so. When it comes back on its core it looks like one that runs, and IsRunning is set again. "
            + "It finds IRR empty and sleeps; an IPI that came in between found IsRunning and woke nobody."),
        new("11a", "irr_pending cleared over a vector", "755c2bf87860", "February 2022, v5.17",
            Linux.V5_16, Linux.V5_17_Rc, "1,+4,d0:31.", Property.IrrPendingMissesNothing, 43, null, "IRR, irr_pending, flag",
            "A vCPU that switches AVIC off searches its IRR, finds nothing, and is about to say so in irr_pending. A sender sets a vector and the flag in between. "
            + "The flag is cleared over it, and no later look finds the vector, however often it is asked for."),
        new("11b", "irr_pending hides a restored vector", "d3ddef46f22e", "November 2024, v6.13 or v6.12",
            Linux.V6_8, Linux.V6_17, "1,0w300=44031.,+4L0:210=20000.", Property.IrrPendingMissesNothing, 134, "kvm_apic_update_apicv.-pending", "IRR, irr_pending, flag, KVM_SET_LAPIC",
            "AVIC is inhibited, the last vector of IRR has been injected, and irr_pending is false. The VMM restores a page of registers whose IRR holds a vector, and KVM leaves irr_pending as it is. "
            + "No look at IRR is made, and the vector waits until another comes."),
        new("14", "One bad destination loses an IPI to all", "5aede752a839", "January 2023, v6.3",
            Linux.V6_1, Linux.V6_3, "2,0w310=a000000.w300=4831.", Property.IpiReachesItsTargets, 59, "avic_incomplete_ipi_interception.-emulate", "both id tables, IRR, the exit's id",
            "A guest sends an IPI to a set of logical destinations, one of which nobody has. The core looks all of them up before it sets any IRR, and leaves the guest at the first that is not valid. "
            + "KVM took that for a guest's mistake and did nothing, so that the valid targets never had it."),
        new("16a", "A device's interrupts posted to nobody", "f3cebc75e742, 4c08e737f056", "August 2023, v6.6",
            Linux.V6_3, Linux.V6_8, "1,R0=0:42.,aff:41.", Property.IrtesFollowTheVcpu, 30, "svm_ir_list_add.-entry", "the entry's IsRun and destination, the vCPU's list, its entry of the physical ID table, ir_list_lock",
            "A device's interrupt is sent to one vCPU, and its entry becomes one of guest mode, with IsRun clear and no destination. The vCPU runs and has been loaded long since, so nobody tells the entry where. "
            + "From there on each of the device's interrupts goes to the GA log, which wakes a vCPU that does not sleep, and waits for an exit that need not come."),
        new("16b", "After an inhibit, posted to nobody", "5f3d06b1648e", "June 2025, v6.17",
            Linux.V6_8, Linux.V6_17, "1,+4-4,a0:41.", Property.InterruptIsNotStranded, 101, null, "the entry's mode, IsRun and destination, the GA log",
            "AVIC comes back after an inhibit: the vCPU is loaded while the entries of its devices are remapped still, which therefore learn nothing of it. Then they are posted again, as entries of a vCPU that does not run. "
            + "A device's interrupt is put into IRR and told to the GA log, which wakes nobody, for the vCPU is in its guest."),
        new("17", "x2APIC's MSRs left open (CVE-2023-5090)", "b65235f6e102", "August 2023, v6.6",
            Linux.V6_3, Linux.V6_8, "1x,0m1b=fee00100.m808=20.", Property.HostApicIsOutOfReach, 56, null, "APIC's mode, MSR permissions, VMCB",
            "A guest in x2APIC mode has the APIC's MSRs without an exit, since x2AVIC answers for them. It leaves the mode, and KVM switches x2AVIC off. "
            + "It intercepts the MSRs again only for a vCPU that is in x2APIC mode, which this one no longer is: what the guest now writes goes to the core's own APIC."),
        new("18", "L2 restored with AVIC on", "24f7d36b824b", "March 2026, v7.0, and stable releases", Linux.V6_17, Linux.V7_0, "1,0n()e,n0", Property.L2RunsWithoutAvic, 21, "svm_set_nested_state.-update",
            "guest mode, vmcb01, flag, the vCPU's own request, KVM_SET_NESTED_STATE",
            "A VMM restores a vCPU whose guest was running a guest of its own. Entering L2 by VMRUN asks the vCPU to follow its reason to keep AVIC off, entering it by KVM_SET_NESTED_STATE does not. "
            + "L2 runs with the flag set and IsRunning in the vCPU's entry, and who sends L1 an interrupt rings a core that does not listen."),
        new("20", "An APIC in memory in x2APIC mode", "2008fab34530", "January 2023, v6.3",
            Linux.V6_1, Linux.V6_3, "1x,0r20.", Property.NoApicPageInX2ApicMode, 32, "kvm_vcpu_update_apicv.-inhibit_page", "APIC's mode, memslot, leaf, VMCB; a processor without x2AVIC",
            "A processor has AVIC and not x2AVIC, and since 6.0 AVIC stays on there for a guest in x2APIC mode, for the sake of its doorbells. The guest reads APIC ID in memory, where that mode has no APIC, and the core answers from the virtual APIC page. "
            + "Since 6.3 the first vCPU in that mode deletes the page's memslot for good, and such an access is emulated: nobody is there.")
        { Hardware = Hardware.WithoutX2Avic },
        new("21", "An IPI of x2APIC mode that wakes nobody", "da3fb46d226a", "January 2023, v6.3",
            Linux.V6_1, Linux.V6_3, "2x,0m830=200004831.,1h", Property.InterruptIsNotStranded, 49, null, "APIC's mode, the sender's command, the wait, IRR",
            "A guest sends an IPI to a logical destination of x2APIC mode, whose vCPU sleeps. The core sets IRR and leaves the rest to KVM, which looks for the target in the upper half of the destination, where the cluster is. "
            + "For the first cluster that half is empty, so there seems to be nobody to wake."),
        new("22a", "An inhibit that outlives its reason", "d471bd853d38, 3743c2f02517", "January 2023, v6.3",
            Linux.V6_1, Linux.V6_3, "1,0w20=1000000.w20=0.", Property.IdInhibitEnds, 92, "kvm_mmu_page_fault.-recalculate", "APIC ids, word",
            "A guest writes its APIC id and writes the old one back, as Linux did once to see whether there is an APIC. The first write inhibits AVIC for the whole VM, and until 6.2 nothing clears that. "
            + "Since 6.3 the reason is found anew whenever an id changes."),
        new("22c", "Two vCPUs with one logical id", "9a364857ab4f", "January 2023, v6.3",
            Linux.V6_1, Linux.V6_3, "2,0wd0=2000000.w310=2000000.w300=4831.", Property.IpiReachesItsTargets, 72, "kvm_recalculate_apic_map.-logical", "logical ID table, LDR of each vCPU, IRR",
            "Two vCPUs call themselves by the same logical id, which the architecture allows. AVIC's table has one place for it, and who came last has that. "
            + "An IPI to this id reaches one of the two, until 6.3 inhibits AVIC for it."),
        new("24a", "An IRQ window that L2 leaves open", "7b402ec851cb", "January 2026, v7.0",
            Linux.V6_17, Linux.V7_0, "1,0IzN()e", Property.IrqWindowInhibitEnds, 105, null, "guest mode, V_IRQ of both VMCBs, word, the interrupt that waits",
            "A guest has interrupts off and one waits, so AVIC is inhibited for a window. Before it opens the guest runs L2, to which it leaves its interrupts, and KVM injects this one there without a window. "
            + "The inhibit ends with the exit of a window, which does not come: AVIC stays off for the whole VM."),
        new("24b", "Two IRQ windows, one bit", "6563ddadd169, 7b402ec851cb", "January 2026, v7.0",
            Linux.V6_17, Linux.V7_0, "2,0I,1I", Property.NoDeadlock, 116, "kvm_inc_or_dec_irq_window_inhibit.-count", "V_IRQ of each vCPU, word, counter",
            "Two vCPUs wait for an IRQ window and share one bit. The window of the first opens and clears it, which switches AVIC on for both. "
            + "The second has armed a V_IRQ that the hardware now ignores, and its interrupt waits for an exit that need not come."),
        new("25a", "V_TPR over a TPR that software wrote", "d02e48830e3f", "September 2025, v6.17",
            Linux.V6_8, Linux.V6_17, "1,0W32,+4-4", Property.TprIsCr8, 58, "svm_vcpu_run.-to_cr8", "V_TPR, the page's TPR, flag, word",
            "An access to TPR faults while AVIC is inhibited and is emulated, so the page has the new value. The inhibit is lifted before the vCPU has followed it, and with its flag still set the entry does not load V_TPR. "
            + "The core masks interrupts by the old value, and at the next exit that is copied over the new one."),
        new("25b", "A vector masked by a stale V_TPR", "d02e48830e3f", "September 2025, v6.17",
            Linux.V6_8, Linux.V6_17, "1,0c5.w300=44031.c0.,+4-4", Property.InterruptIsNotStranded, 115, "svm_vcpu_run.-to_cr8", "V_TPR, the page's TPR, CR8 intercept, IRR",
            "While AVIC is off a vector waits behind CR8, and writes of CR8 are intercepted. AVIC comes back with the intercept in place, and the guest lowers CR8: KVM writes the page, and neither entry nor exit brings that to V_TPR. "
            + "The core goes on masking the vector; Windows hung so."),
        new("25c", "CR8 writes that exit with AVIC on", "87d0f901a9bd", "March 2026, v7.0",
            Linux.V6_17, Linux.V7_0, "1,0c5.w300=44031.c0.,+4-4", Property.Cr8WriteStaysInGuest, 111, "kvm_vcpu_update_apicv.-intercept", "CR8 intercept, flag, IRR",
            "The intercept of CR8 writes is looked after only while AVIC is off. One that was set when AVIC came back stays for as long as AVIC is on. "
            + "Since 6.17 it costs no interrupt any more, only an exit at every write."),
        new("25d", "V_TPR over a TPR that the VMM restored", "d02e48830e3f", "September 2025, v6.17",
            Linux.V6_8, Linux.V6_17, "1,L0:80=20.", Property.TprIsCr8, 47, "svm_vcpu_run.-to_cr8", "V_TPR, the page's TPR, KVM_SET_LAPIC",
            "A VMM restores a guest's registers after a migration, with AVIC on. KVM_SET_LAPIC writes TPR into the page, and the entry does not load V_TPR. "
            + "The core masks interrupts by the old value, and the next exit puts that into the page, too."),
        new("28", "A SynIC keeps AVIC off for good", "0f250a646382", "August 2021, v5.15",
            Linux.V5_14, Linux.V5_15, "1,0m40000092=20031.m40000092=10000.", Property.AutoEoiInhibits, 43, null, "AutoEOI of each vCPU, their number, word",
            "SynIC is Hyper-V's interrupt controller, and one of its sources, a SINT, may have AutoEOI: such a vector must not be put in service, which the core does and KVM can leave. Up to 5.14 AVIC is off from when the VMM gives a vCPU its SynIC, before the run that is shown. "
            + "The guest here uses AutoEOI and stops, and AVIC stays off; 5.15 counts the vCPUs that use it, and has AVIC off while there are any."),
        new("30", "A logical id that the table cannot hold", "1ba59a445467", "January 2023, v6.3",
            Linux.V6_1, Linux.V6_3, "1,0we0=fffffff.wd0=11000000.wd0=f1000000.wd0=11000000.", Property.LogicalTableIsKept, 100, "avic_handle_ldr_update.-insert", "logical ID table, cached LDR, DFR",
            "A guest writes a logical id that the table has no place for, and then its old one again. The first write takes the entry away and leaves KVM's copy of LDR as it was, the second finds the copy equal and does nothing. "
            + "The entry stays away, and IPIs to this id find nobody."),
        new("34", "An id that changes as the map is made", "44d527170731", "June 2020, v5.8 (in its release candidates)",
            Linux.V6_3.Edited("kvm_recalculate_apic_map.progress<>scan"), Linux.V6_3, "2,0wd0=1000000.,1w20=5000000.", Property.OtherIdsInhibit, 93, "kvm_recalculate_apic_map.progress<>scan", "APIC map's state, apic_map_lock, ids",
            "A vCPU reads all ids to make the map of them, and another changes its own meanwhile and calls the map dirty. If the first then takes the map for clean, as a release candidate of 5.8 did, the change is in no map. "
            + "That kernel had no inhibits for ids; here it is 6.3 with two rows exchanged, whose AVIC stays on for an id that it cannot find."),
        // The number is our own. The commit tells of vCPUs that are created while AVIC is inhibited; of INIT, which this exploration found, no report is known.
        new("39", "INIT between an inhibit and its end", "3989a6d036c8", "February 2026, v7.0",
            Linux.V6_17, Linux.V7_0, "1,0w300=44500.,+4-4", Property.FlagAndVmcbAgreeAtVmrun, 142, null, "INIT, word, flag, VMCB",
            "INIT makes a vCPU's VMCB anew, with AVIC on if the word is zero. An inhibit has set the word, so AVIC goes off there; it ends before the vCPU has served its request, which then finds the flag as it should be and changes nothing. "
            + "The flag says AVIC and the VMCB does not, for good: nobody injects what the core no longer delivers."),
        // The number is our own.
        new("41", "A vector that KVM thinks is in service", "97a71c444a14", "January 2023, v6.3, and stable releases",
            Linux.V6_1, Linux.V6_3, "1,0w300=44041.zw300=44031.sh,+4-4", Property.InterruptIsNotStranded, 123, "kvm_apic_update_apicv.-cache", "ISR, isr_count, highest_isr_cache, IRR",
            "While AVIC is off KVM injects 41h and remembers it as the highest in service. AVIC comes on before the handler's EOI, which is the core's then, and KVM's memory stays. "
            + "The guest sends itself 31h with interrupts off, and halts as it lets them in: KVM looks whether anything is requested above 41h, finds nothing, and the vCPU sleeps."),
        new("42", "An interrupt that stays where it was", "ed8a2f4ddef2", "May 2023, v6.4, and stable releases",
            Linux.V6_3, Linux.V6_8, "1,R0=0:42.,a0:41.", Property.IrtesFollowTheRoute, 48, null, "the entry, KVM's routing table, what the driver keeps of the entry",
            "A guest gives a device's interrupt another vector, or another vCPU. The driver writes down the new ones, and leaves an entry alone that is in guest mode already: the device's interrupts come as before. "
            + "The entry is on the new vCPU's list all the same, which tells it where that one runs, so that the old vCPU's doorbells ring there."),
        new("43", "Posted before it is said where", "c3d591c91f9c, f965255dc503", "June 2025, v6.17",
            Linux.V6_8, Linux.V6_17, "1,R0=0:42.,aff:41.", Property.InterruptIsNotStranded, 31, null, "the entry's mode, IsRun and destination, IRR, the GA log",
            "The mend of 16a writes the entry twice: first for guest mode, and then, under the vCPU's lock, where the vCPU runs. The device sends in between. "
            + "Its interrupt is in IRR and in the GA log, the vCPU is in its guest, and that the entry names its core from now on comes too late for this one."),
        new("46", "Interrupts that a debugger has blocked", "cae72dcc3b21", "November 2021, v5.16",
            Linux.V5_15, Linux.V5_16, "1,b0,d0:31.", Property.AvicIsOffWhileBlocked, 24, "kvm_arch_vcpu_ioctl_set_guest_debug.-inhibit", "guest_debug, word, VMCB, KVM_SET_GUEST_DEBUG",
            "A debugger asks that a vCPU be given no interrupts while it steps, and KVM injects none. With AVIC on nobody injects, the core delivers. "
            + "Since 5.16 AVIC is kept off for as long as some vCPU has its interrupts blocked."),
        new("47", "A scan without the lock", "dc6cf3403e29c0296926e3bd8f0d4e87b67f4600.1738595289.git.naveen@kernel.org", "February 2025, not merged",
            Linux.ScanUnlocked, Linux.V6_8, "2,u0,b1", Property.BlockIrqInhibits, 93, "kvm_arch_vcpu_guestdbg_update_apicv_inhibit.-lock", "guest_debug of all vCPUs, word, KVM_SET_GUEST_DEBUG",
            "Whether AVIC is kept off for a debugger is found by looking at all vCPUs, and the proposal takes the lock for the word alone. One vCPU has looked and found nobody; meanwhile another has its interrupts blocked, looks, and inhibits. "
            + "The first one then lifts that inhibit, for what it has seen."),
        new("48", "A vCPU that nobody asks", "423ecfea77dd", "April 2022, v5.18, and stable releases",
            Linux.V5_17, Linux.V5_18, "2,C1,+4", Property.EntryCheckNeverFires, 24, null, "online_vcpus, word, flag, the vCPU's own request, KVM_CREATE_VCPU",
            "A VMM creates a vCPU, which begins with AVIC on, as the word says. Before it counts among the vCPUs another thread inhibits AVIC, and makes requests of those that do. "
            + "The new one has not been told: the check before VMRUN warns, and the guest runs with AVIC on."),
        new("49", "A VMCB from the middle of an inhibit", "3989a6d036c8", "February 2026, v7.0",
            Linux.V6_17, Linux.V7_0, "2,C1,+4-4", Property.FlagAndVmcbAgreeAtVmrun, 52, "kvm_vm_ioctl_create_vcpu.-vmcb", "online_vcpus, word, flag, VMCB, KVM_CREATE_VCPU",
            "A vCPU is created while AVIC is inhibited: its flag says on, for it has still to follow the word, and its VMCB says off, as the word does. The inhibit ends before the vCPU first looks. "
            + "It finds its flag as it should be and changes nothing, and runs without AVIC for good."),
    ];

    /// <summary>An exhibit by its number, or all that share one.</summary>
    /// <exception cref="ModelException">There is none; the message says why, if that is known.</exception>
    public static IReadOnlyList<Exhibit> Find(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        id = id.Trim().ToLowerInvariant();
        Exhibit[] found = [.. Exhibits.Where(exhibit => exhibit.Id == id || exhibit.Id.TrimEnd(Letters) == id)];
        if (found.Length > 0) return found;
        throw new ModelException(Elsewhere.FirstOrDefault(bug => bug.Id == id || bug.Id.TrimEnd(Letters) == id) is { } bug
            ? $"Number {bug.Id} ({bug.Title}) has no exhibit: {bug.Why}."
            : $"There is no exhibit '{id}'. Numbers have gaps; there are: {string.Join(", ", Exhibits.Select(exhibit => exhibit.Id))}.");
    }

    /// <summary>A line for each bug: the exhibits with their kernels, then those without one and why.</summary>
    public static string ToText()
    {
        var text = new StringBuilder();
        var (id, title) = (4, Exhibits.Max(exhibit => exhibit.Title.Length) + 2);
        foreach (var exhibit in Exhibits) text.Append(exhibit.Id.PadRight(id)).Append(exhibit.Title.PadRight(title)).Append($"{exhibit.Broken.Name} → {exhibit.Mended.Name}, {exhibit.Rows} rows\n");
        text.Append("\nWithout an exhibit:\n");
        foreach (var bug in Elsewhere) text.Append(bug.Id.PadRight(id)).Append(bug.Title).Append(": ").Append(bug.Why).Append('\n');
        return text.ToString();
    }

    private static readonly char[] Letters = ['a', 'b', 'c', 'd', 'e'];
}
