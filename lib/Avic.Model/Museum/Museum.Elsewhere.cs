namespace Avic.Model;

public static partial class Museum
{
    private const string Vmx = "is a matter of VMX, which is not modelled";

    /// <summary>Bugs that have no exhibit, and why. Numbers have gaps.</summary>
    public static IReadOnlyList<Unexhibited> Elsewhere => field ??=
    [
        new("4c", "A flush given an end for a length", "2822da446640", "only flushes more than it must: a matter of speed"),
        new("10", "Doorbell or wake-up: whom IsRunning is asked of", "31f251d4ddfa, 202470d536b2, e422b8896948, 935a7333958e",
            "strands nothing while each vCPU keeps its core: who blocks clears IsRunning before it looks at IRR. Dropping kvm_vcpu_block.-blocking of 5.15 shows what that order is for"),
        new("19", "A refresh lost at the exit of a nested guest", "297631388309, b2849bec936b", Vmx),
        new("22b", "APIC ids beyond eight bits, and of APICs that are off", "a58a66afc464, f651a0089548, ef40757743b4", "needs vCPU ids above 255, or KVM_SET_LAPIC of an APIC in another mode, which are not modelled"),
        new("22d", "An LDR written again after DFR has changed", "none known", "is so in every kernel read, 6.16 among them: a test shows it"),
        new("26", "The APIC access page moved by the host", "e649b3f0188f", Vmx),
        new("27", "A posted-interrupt descriptor left unread", "37c4dbf337c5, 78311a514099, 7e1901f6c86c", Vmx),
        new("29", "Two threads make the first vCPU's memslot", "30510387a5e4", "needs the first vCPU's creation, and is older than 5.6"),
        new("32", "A host's APIC id wider than its field", "4a204f789587", "is a matter of a field's width; nothing races"),
        new("33", "A vCPU's id wider than the GA log's tag", "5999715922c5", "needs more vCPUs than the model keeps entries for"),
        new("35", "L2 touches L1's APIC page", "5bd74f6eec73", "L2 is kept from the APIC's page by every kernel, which a test shows; what went wrong was other internal memslots, and the model has no other"),
        new("36", "GA-log notifications outside of blocking", "b9e53f9ff4a8, b03500f03ea0", "is a matter of speed; since 6.17 rows say when GALogIntr is set"),
        new("38", "Hazards that are accepted", "none", "each is a question to a present kernel, not a bug of a former one; those of 7.0's counter are tests"),
        // The numbers are our own.
        new("40", "INIT within an IRQ window leaves its inhibit behind", "none known", "is so in 5.15 and in 7.0: V_IRQ is gone and the reason stays, until another window or, in 7.0, another injected interrupt; a test shows it"),
        new("44", "AVIC's state read before the list is locked", "none known", "is so in every kernel read, 6.18 among them: a route changes while AVIC goes off, and the entry is posted with AVIC off. A sketch of December 2025 (Linux.ListLockIsLeaf), meant against a deadlock, reads it under the lock; a test shows both"),
        new("45", "An entry off its list and still posted", "none known", "is so since 6.17, which takes the entry off the list before it writes it: the vCPU that had it goes to sleep in between, and the entry says that it runs; a test shows it"),
        new("50", "An entry that its former vCPU still writes", "none known", "is so from 6.4 to 6.16, which write the entry for its new vCPU while the former has it on its list: that one is loaded, and writes its own core into it. Where the new vCPU sleeps nobody writes it again, and doorbells ring elsewhere; a test shows it"),
    ];
}
