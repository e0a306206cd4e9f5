using System.Runtime.CompilerServices;

namespace Avic.Model;

/// <summary>A byte for each vCPU.</summary>
[InlineArray(Machine.MostVcpus)]
public struct ByteForEachVcpu
{
    private byte _first;
}

/// <summary>Which vCPUs owe a requester the service of a request that it has waited for.</summary>
internal static class Owing
{
    public static readonly Observer Observer = Observer.Of<Machine, byte>("owing", Watch);

    public static bool Seen(Context x) => (x.Seen<byte>("owing") >> x.Actor & 1) != 0;

    private static void Watch(ref byte owing, ref readonly Machine before, ref readonly Machine after, Engine engine)
    {
        var returned = engine.Label == "wait" && engine.Routine == "kvm_make_all_cpus_request";
        for (var v = 0; v < engine.Instances; v++)
        {
            var pending = (after.Vcpu[v].Requests & (Request.ApicvUpdate | Request.TlbFlush)) != 0;
            if (!pending) owing &= (byte)~(1 << v);
            else if (returned) owing |= (byte)(1 << v);
        }
    }
}

/// <summary>How often each vCPU's accesses took effect on its APIC page.</summary>
internal static class Effects
{
    public static readonly Observer Observer = Observer.Of<Machine, ByteForEachVcpu>("effects", Watch);

    public static bool MatchRetired(Context x)
    {
        var effects = x.Seen<ByteForEachVcpu>("effects");
        for (var v = 0; v < x.VcpuCount; v++)
            if (effects[v] != x.VmcbOf(v).Rip) return false;
        return true;
    }

    private static void Watch(ref ByteForEachVcpu effects, ref readonly Machine before, ref readonly Machine after, Engine engine)
    {
        if (((Mark)engine.Marks & (Mark.Accelerated | Mark.Emulated)) != 0) effects[engine.Actor]++;
    }
}
