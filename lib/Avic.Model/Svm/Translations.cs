using System.Runtime.CompilerServices;

namespace Avic.Model;

/// <summary>The cached translations of guest frame 0xfee00 that a core keeps by ASID, while vCPUs come and go.</summary>
/// <remarks>
/// AMD64 APM vol. 2, 15.16 (ASIDs) and 15.29: a core finds whatever bears the ASID it runs with, whoever filled it. The entry that a vCPU may
/// use where it runs is in its VMCB's part of the state; it stays behind when the vCPU leaves the core.
/// </remarks>
internal static class Translations
{
    /// <summary>The vCPU leaves the core, and what is cached under its ASID stays.</summary>
    public static void Leave(Context x)
    {
        if (x.Done(ref x.Vmcb.Tlb) is not TlbEntry.None and var entry) Entry(x) = entry == TlbEntry.Avic ? Of(x.Me) : entry;
    }

    /// <summary>VMRUN: what the core has under the ASID is used.</summary>
    public static void Load(Context x)
    {
        if (Entry(x) == TlbEntry.None) return;
        var entry = x.Done(ref Entry(x));
        x.Vmcb.Tlb = entry == Of(x.Me) ? TlbEntry.Avic : entry;
    }

    /// <summary>VMRUN: what TLB_CONTROL says is flushed first. That it is zero afterwards KVM sees to, behind #VMEXIT.</summary>
    public static void Flush(Context x)
    {
        var what = x.Done(ref x.Vmcb.TlbControl);
        if (what != TlbControl.None) x.Vmcb.Tlb = TlbEntry.None;
        if (what != TlbControl.FlushAll) return;
        for (var asid = 1; asid <= Machine.MostVcpus; asid++) x.Store(ref Unsafe.AsRef(in x.Core.Tlb[asid - 1]), TlbEntry.None);
    }

    /// <summary>
    /// An ASID under which the core has nothing. KVM takes the next number, and when there are no more begins anew with everything
    /// flushed; only that is taken from it here: the lowest number that no other vCPU has on this core, and nothing cached under it.
    /// </summary>
    public static void Renew(Context x)
    {
        uint asid = 1;
        while (IsHeld(x, x.Vcpu.Cpu, asid, except: x.Me)) asid++;
        x.Vmcb.Asid = asid;
        Entry(x) = TlbEntry.None;
        Forget(x);
    }

    // What no vCPU's ASID finds is as good as gone: whoever is given the number has nothing under it.
    private static void Forget(Context x)
    {
        for (var core = 0; core < x.CoreCount; core++)
            for (uint asid = 1; asid <= Machine.MostVcpus; asid++)
                if (!IsHeld(x, core, asid)) Unsafe.AsRef(in x.CoreOf(core).Tlb[(int)asid - 1]) = TlbEntry.None;
    }

    /// <summary>An access by a translation that another vCPU filled, with AVIC on: it goes to that one's page, and nothing looks at what it means.</summary>
    public static Flow Misdirected(Context x, GuestInstruction access)
    {
        ref var page = ref x.ApicPageOf(x.Vmcb.Tlb - TlbEntry.AvicOfVcpu0);
        var offset = access.Offset & ~0xf;
        if (offset <= 0x3f0 && access.IsWrite) x.Store(ref page[offset], access.Into(page[offset]));
        else if (offset <= 0x3f0) x.Vmcb.Rax = access.OutOf(page[offset]);
        x.Note(Mark.Misdirected);
        x.Retire();
        return x.Goto("insn");
    }

    private static TlbEntry Of(int vcpu) => TlbEntry.AvicOfVcpu0 + (byte)vcpu;

    // Nobody hands out more ASIDs than the machine keeps entries for.
    private static ref TlbEntry Entry(Context x) => ref Unsafe.AsRef(in x.Core.Tlb[(int)((x.Vmcb.Asid - 1) % Machine.MostVcpus)]);

    private static bool IsHeld(Context x, int core, uint asid, int except = -1)
    {
        for (var vcpu = 0; vcpu < x.VcpuCount; vcpu++)
            if (vcpu != except && x.VcpuOf(vcpu).VmcbCpu == core && x.VmcbOf(vcpu).Asid == asid) return true;
        return false;
    }
}
