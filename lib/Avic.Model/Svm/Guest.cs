namespace Avic.Model;

/// <summary>Why the core left the guest.</summary>
public enum Exit
{
    /// <summary>VMEXIT_INTR (060h): a physical interrupt.</summary>
    Interrupt = 1,

    /// <summary>VMEXIT_VINTR (064h): the guest can take a virtual interrupt.</summary>
    VirtualInterrupt = 2,

    /// <summary>VMEXIT_NPF (400h): a nested page fault.</summary>
    NestedPageFault = 3,
}

/// <summary>Guest mode: the guest's program, one retired instruction a row, and the nested walk for the APIC page.</summary>
/// <remarks>
/// An access is one retired instruction, however often it faults and is retried. The decision "vAPIC access or plain
/// memory" is made by the walk and remembered in the TLB entry; a later change of the AVIC bit does not purge it.
/// AMD64 APM vol. 2, 15.29 (AVIC) and 15.25 (nested paging); TLB behaviour after kernel commits 0ccf3e7cb95a, a9e18aa3263f.
/// </remarks>
internal static class Guest
{
    public static readonly Routine<Machine> Routine = Avic.Model.Routine.Of("guest", "AMD64 APM vol. 2, 15.29",
        // Translation and access are one row: an interrupt is taken before the instruction or after it, never within.
        Row.Of("insn", "access through the TLB entry", x =>
        {
            if (!More(x) || x.Vmcb.Tlb == TlbEntry.None) return x.Wait;
            var access = x.Programs.Guest[x.Me][x.Vmcb.Rip++];
            if (x.Vmcb.Tlb == TlbEntry.Avic) access.OnApicPage(x, Mark.Accelerated);
            else access.OnScratchPage(x);
            return x.Goto("insn");
        }, to: ["insn"]),
        Row.Of("insn", "walk, fill the TLB", x => More(x) && x.Vmcb.Tlb == TlbEntry.None ? Walk(x) : x.Wait, to: ["insn"]),
        // The core may have dropped the entry by itself; worth a step only where a fresh walk differs.
        Row.Of("insn", "walk again", x => More(x) && x.Vmcb.Tlb != TlbEntry.None && x.Vmcb.Tlb != Translation(x) ? Walk(x) : x.Wait, to: ["insn"], may: true),
        // Under AVIC the core ignores V_IRQ, so the window opens unseen.
        Row.Of("insn", "V_IRQ: interrupt window", x => x.Vmcb.VIrq && !x.Vmcb.AvicEnable ? x.Exit(Exit.VirtualInterrupt) : x.Wait));

    private static bool More(Context x) => x.Vmcb.Rip < x.Programs.Guest[x.Me].Count;

    private static Flow Walk(Context x)
    {
        var found = Translation(x);
        x.Vmcb.Tlb = found;
        return found == TlbEntry.None ? x.Exit(Exit.NestedPageFault) : x.Goto("insn");
    }

    private static TlbEntry Translation(Context x) =>
        x.Vm.Npt != Leaf.Present ? TlbEntry.None : x.Vmcb.AvicEnable ? TlbEntry.Avic : TlbEntry.Plain;
}

/// <summary>One guest instruction that reads or writes the local APIC's page.</summary>
/// <param name="Register">Which register.</param>
/// <param name="IsWrite">True for a write.</param>
/// <param name="Value">What it writes.</param>
public sealed record GuestAccess(Apic Register, bool IsWrite, byte Value)
{
    internal void OnApicPage(Context x, Mark how)
    {
        if (IsWrite) x.Store(ref x.ApicPage.Tpr, Value);
        x.Note(how);
    }

    internal void OnScratchPage(Context x)
    {
        if (IsWrite) x.Store(ref x.Vm.ScratchPage, Value);
        x.Note(Mark.Lost);
    }
}

/// <summary>A register of the local APIC, by its offset in the page. So far those whose accesses AVIC accelerates both ways.</summary>
public enum Apic
{
    /// <summary>
    /// Task priority. Its copy in the VMCB (V_TPR), and KVM's copying between the two at entry and exit, are not modelled yet:
    /// an access counts when it reaches the APIC page. (In 5.15 that copying can undo an emulated write; d02e48830e3f.)
    /// </summary>
    Tpr = 0x80,
}
