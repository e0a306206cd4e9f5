using System.Numerics;

namespace Avic.Model;

/// <summary>Since 5.19 the targets of an IPI that the core could not complete are found from the command, without a look at every vCPU.</summary>
/// <remarks>
/// The index that the core gives is not used: its agreement was only warned about (until 6.2), and the tables may have changed since.
/// An APIC id is taken for its vCPU's number: where it is not, AVIC is inhibited.
/// </remarks>
internal static class FastKick
{
    private const string Source = "arch/x86/kvm/svm/avic.c, v5.19; 7223fd2d5338, 603ccef42ce9";
    private const int NotHere = -22; // -EINVAL: the slow path looks at every vCPU

    public static readonly Routine<Machine> Routine = Avic.Model.Routine.Of("avic_kick_target_vcpus_fast", Source,
        Row.Of("dest", "dest = GET_XAPIC_DEST_FIELD(icrh)", x => Find(x, several: false), to: ["entry", "vcpu"]),
        Row.Of("entry", "logid_entry = avic_logical_id_table[logid_index]", x =>
        {
            var index = x.Local.MmuSeq + BitOperations.TrailingZeroCount(x.Local.Targets);
            x.Local.Targets &= (byte)(x.Local.Targets - 1);
            // In x2APIC mode a logical id is computed from the physical one, and so the other way round.
            var entry = x.Msrs.IsX2 ? LogicalIdTable.Valid | (uint)index : index < LogicalIdTable.Size ? x.LogicalIdTable[index] : 0;
            if ((entry & LogicalIdTable.Valid) == 0) return x.Goto("again");
            x.Local.Index = (byte)entry;
            return x.Next;
        }, to: ["again"]),
        Row.Of("vcpu", "target_vcpu = kvm_get_vcpu_by_id(kvm, l1_physical_id)", x => x.Local.Index < x.VcpuCount ? x.Next : x.Goto("again"), to: ["again"], isControl: true),
        ApicMetadata.OfTarget("target_vcpu->arch.apic->irr_pending = true"),
        Row.Of("complete", "svm_complete_interrupt_delivery(target_vcpu, icrl & APIC_MODE_MASK, icrl & APIC_INT_LEVELTRIG, icrl & APIC_VECTOR_MASK)",
            x => x.Call("svm_complete_interrupt_delivery", new() { Index = x.Local.Index }), calls: ["svm_complete_interrupt_delivery"], isControl: true),
        Row.Of("again", "the next bit", x => x.Local.Targets != 0 ? x.Goto("entry") : x.Return(), to: ["entry"], isControl: true));

    /// <summary>Several logical destinations need no slow path since 6.3, and in x2APIC mode they are looked for where they are.</summary>
    public static readonly Row<Machine> Dest = Row.Of("dest", "dest = GET_XAPIC_DEST_FIELD(icrh)", x => Find(x, several: true), to: ["entry", "vcpu"]) with
    { Source = "arch/x86/kvm/svm/avic.c, v6.3; bbfc7aa62a4a, da3fb46d226a" };

    /// <summary>The way into it, before the loop over every vCPU.</summary>
    public static readonly Row<Machine>[] First =
    [
        Row.Of("fast", "avic_kick_target_vcpus_fast(kvm, source, icrl, icrh, index)",
            x => x.Call("avic_kick_target_vcpus_fast", new() { Word = x.Local.Word, MmuSeq = x.Local.MmuSeq }), calls: ["avic_kick_target_vcpus_fast"], isControl: true) with
        { Source = Source },
        Row.Of("found", "return", x => x.Result == 0 ? x.Return() : x.Next, isControl: true) with { Source = Source },
    ];

    // MmuSeq is the destination at first, the place of its cluster in the table then.
    private static Flow Find(Context x, bool several)
    {
        var command = Lapic.Sent(x, x.Local.MmuSeq);
        x.Local = default;
        if (command.Shorthand != Shorthand.None) return x.Return(NotHere);
        if (!command.IsLogical)
        {
            if (command.Destination == InterruptCommand.Everybody(command.IsX2)) return x.Return(NotHere);
            x.Local.Index = (byte)Math.Min(command.Destination, byte.MaxValue); // nobody has an id so high
            return x.Goto("vcpu");
        }
        if (command.IsX2) return FindInX2(x, command.Destination, several);
        var isFlat = x.ApicPage.Dfr == uint.MaxValue;
        var bits = isFlat ? command.Destination : command.Destination & 0xf;
        if (bits == 0) return x.Return();
        if (!several && !BitOperations.IsPow2(bits)) return x.Return(NotHere);
        (x.Local.Targets, x.Local.MmuSeq) = ((byte)bits, (ushort)(isFlat ? 0 : command.Destination >> 4 << 2));
        return x.Next;
    }

    // The bits are the lower half of the destination, and its upper the cluster. Until 6.2 the upper half is taken for the bits, too.
    private static Flow FindInX2(Context x, uint destination, bool mended)
    {
        var (bits, cluster) = (destination & (mended ? 0xffff : 0xffff_0000), destination >> 16 << 4);
        if (bits == 0) return x.Return();
        if (!mended && !BitOperations.IsPow2(bits)) return x.Return(NotHere);
        // Of sixteen vCPUs to a cluster, those that there are.
        if ((bits & (1u << x.VcpuCount) - 1) is var targets && (cluster != 0 || targets == 0)) return x.Return();
        x.Local.Targets = (byte)targets;
        return x.Next;
    }
}
