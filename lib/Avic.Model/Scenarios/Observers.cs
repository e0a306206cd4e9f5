using System.Runtime.CompilerServices;

namespace Avic.Model;

/// <summary>A byte for each vCPU.</summary>
[InlineArray(Machine.MostVcpus)]
public struct ByteForEachVcpu
{
    private byte _first;
}

/// <summary>What a requester has asked for, and what it has been promised.</summary>
internal struct OwingSeen
{
    /// <summary>For each requester, the vCPUs whose request it has set and which have not served it yet.</summary>
    public ByteForEachThread Asked;

    /// <summary>The vCPUs that owe a requester whose wait is over.</summary>
    public byte Owing;
}

/// <summary>Which vCPUs owe a requester the service of a request that it has waited for.</summary>
internal static class Owing
{
    public static readonly Observer Observer = Observer.Of<Machine, OwingSeen>("owing", Watch);

    public static bool Seen(Context x) => (x.Seen<OwingSeen>("owing").Owing >> x.Actor & 1) != 0;

    private static void Watch(ref OwingSeen seen, ref readonly Machine before, ref readonly Machine after, Engine engine)
    {
        const Request waited = Request.ApicvUpdate | Request.TlbFlush;
        // Also one that finds the bit set already waits until it is served.
        if (engine.Label == "set" && engine.Routine == "kvm_make_all_cpus_request") seen.Asked[engine.Actor] |= (byte)(1 << engine.Locals<Locals>().Index);
        for (var v = 0; v < engine.Instances; v++)
        {
            var (was, now) = (before.Vcpu[v].Requests & waited, after.Vcpu[v].Requests & waited);
            if (now != 0 && (now & ~was) != 0) seen.Asked[engine.Actor] |= (byte)(1 << v);
            if (now != 0) continue;
            seen.Owing &= (byte)~(1 << v);
            for (var requester = 0; requester < engine.Threads; requester++) seen.Asked[requester] &= (byte)~(1 << v);
        }
        if (engine.Label != "wait" || engine.Routine != "kvm_make_all_cpus_request") return;
        seen.Owing |= seen.Asked[engine.Actor];
        seen.Asked[engine.Actor] = 0;
    }
}

/// <summary>For each vCPU, how many more of its accesses took effect on its APIC page than retired.</summary>
internal static class Effects
{
    public static readonly Observer Observer = Observer.Of<Machine, ByteForEachVcpu>("effects", Watch);

    public static bool MatchRetired(Context x)
    {
        var effects = x.Seen<ByteForEachVcpu>("effects");
        // A command that is being sent has taken effect, and retires when it is.
        for (var v = 0; v < x.VcpuCount; v++)
            if (effects[v] != (x.VmcbOf(v).WithinInstruction ? 1 : 0)) return false;
        return true;
    }

    private static void Watch(ref ByteForEachVcpu effects, ref readonly Machine before, ref readonly Machine after, Engine engine)
    {
        if (engine.Actor >= engine.Instances || engine.Routine is "kvm_vcpu_reset" or "kvm_apic_accept_events") return; // INIT and SIPI retire nothing
        var (from, to) = (before.Vmcb[engine.Actor].Rip, after.Vmcb[engine.Actor].Rip);
        var instruction = System.Runtime.CompilerServices.Unsafe.As<Programs>(engine.Data!).Guest[engine.Actor].At(from);
        // An access by MSR that ends in #GP has had all the effect it may have.
        var isByMsr = instruction is { IsMsrAccess: true } && Msrs.IsOfX2Apic(instruction.Offset);
        if (((Mark)engine.Marks & (isByMsr ? Mark.Accelerated | Mark.Emulated | Mark.Refused : Mark.Accelerated | Mark.Emulated)) != 0) effects[engine.Actor]++;
        if (to == from + 1 && (isByMsr || instruction is { IsApicAccess: true } && before.Msrs[engine.Actor].IsApicOf(instruction))) effects[engine.Actor]--;
    }
}

/// <summary>How far the thread that changes the word has come.</summary>
public struct RequestingSeen
{
    /// <summary>Number of the requester that holds apicv_update_lock plus 1, or 0.</summary>
    public byte Holder;

    /// <summary>Its kick has been acknowledged by every core.</summary>
    public bool Acknowledged;

    /// <summary>It has stored a new word.</summary>
    public bool NewWord;

    /// <summary>An inhibit was lifted at some time.</summary>
    public bool Lifted;
}

internal static class Requesting
{
    public static readonly Observer Observer = Observer.Of<Machine, RequestingSeen>("requesting", Watch);

    private static void Watch(ref RequestingSeen seen, ref readonly Machine before, ref readonly Machine after, Engine engine)
    {
        if (engine.Label == "lock" && engine.Routine == "kvm_request_apicv_update") seen.Holder = after.Vm.ApicvUpdateLock.Owner;
        // The zap's own flush waits too, but with mmu_lock held.
        if (engine.Label == "wait" && engine.Routine == "kvm_make_all_cpus_request" && !after.Vm.MmuLock.IsHeldBy(engine.Actor)) seen.Acknowledged = true;
        if (before.Vm.ApicvInhibitReasons != after.Vm.ApicvInhibitReasons)
        {
            seen.NewWord = true;
            seen.Lifted |= after.Vm.ApicvInhibitReasons == 0;
        }
        if (after.Vm.ApicvUpdateLock.Owner == 0 && before.Vm.ApicvUpdateLock.Owner != 0) seen = new() { Lifted = seen.Lifted };
    }
}

/// <summary>Whether a fault ever mapped the page while its own vCPU had an update pending.</summary>
internal static class MappedWhilePending
{
    public static readonly Observer Observer = Observer.Of<Machine, byte>("mapped_while_pending", Watch);

    private static void Watch(ref byte seen, ref readonly Machine before, ref readonly Machine after, Engine engine)
    {
        if (engine.Label == "map" && engine.Routine == "direct_page_fault" && engine.Actor < engine.Instances
            && (after.Vcpu[engine.Actor].Requests & Request.ApicvUpdate) != 0) seen = 1;
    }
}

/// <summary>Which vCPUs have ever followed an inhibit: a bit each.</summary>
internal static class WasOff
{
    public static readonly Observer Observer = Observer.Of<Machine, byte>("was_off", Watch);

    private static void Watch(ref byte seen, ref readonly Machine before, ref readonly Machine after, Engine engine)
    {
        for (var v = 0; v < engine.Instances; v++)
            if (!after.Vcpu[v].ApicvActive) seen |= (byte)(1 << v);
    }
}
