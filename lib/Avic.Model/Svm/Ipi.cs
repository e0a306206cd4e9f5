using System.Numerics;

namespace Avic.Model;

/// <summary>An IPI by AVIC: what the core does, memory access by memory access, between the guest's write of ICR and its retirement.</summary>
/// <remarks>
/// AMD64 APM vol. 2, 15.29. All entries are looked up before the first IRR bit is set; each target's IRR bit is set before
/// its IsRunning is read, which is what KVM's blocking relies on (erratum 1235 breaks it).
/// </remarks>
internal static class Ipi
{
    /// <summary>Why an IPI could not be completed: EXITINFO2 bits 63:32.</summary>
    public enum Incomplete
    {
        InvalidType = 0,
        NotRunning = 1,
        InvalidTarget = 2,
        InvalidBackingPage = 3,
        InvalidVector = 4,
    }

    /// <summary>Decodes the command; the write is in the page already, but for a write of the self-IPI register, which is a command of its own.</summary>
    public static Flow Begin(Context x, uint icr)
    {
        var command = new InterruptCommand(icr, x.ApicPage.IcrHigh, x.Vmcb.X2AvicEnable);
        if (!command.IsFixed || command.IsLevel) return Exit(x, icr, Incomplete.InvalidType, 0);
        if (command.Vector < 16) return Exit(x, icr, Incomplete.InvalidVector, 0);
        x.Store(ref x.Vmcb.WithinInstruction, true);
        return x.Call("avic_ipi", new() { Word = icr });
    }

    private static readonly Row<Machine> SetIrr = Row.Of("irr", "set IRR of the target", x =>
    {
        var target = PhysicalIdTable.VcpuOf(x.PhysicalIdTable[Target(x)], x.VcpuCount);
        x.Add(ref x.ApicPageOf(target).Irr, Command(x).Vector);
        return x.Next;
    }, Order.Locked);

    public static readonly Routine<Machine> Routine = Avic.Model.Routine.Of("avic_ipi", "AMD64 APM vol. 2, 15.29, IPI virtualisation",
        Row.Of("decode", "destination shorthand", x =>
        {
            var command = Command(x);
            if (command.Shorthand == Shorthand.Self) return x.Goto("self");
            if (command.IsBroadcast)
            {
                x.Local.Targets = Entries(x, except: command.Shorthand == Shorthand.AllButSelf ? command.IsX2 ? x.ApicPage.Id : x.ApicPage.PhysicalId : uint.MaxValue);
                return x.Goto("physical");
            }
            if (command.IsLogical) return x.Next;
            if (!IsIndex(x, command.Destination)) return Invalid(x, command.Destination);
            x.Local.Targets = (byte)(1 << (int)command.Destination);
            return x.Goto("physical");
        }, to: ["self", "physical", "invalid"], isPrivate: true),
        Row.Of("logical", "logical ID table entry", x =>
        {
            if (x.Vmcb.X2AvicEnable) return Computed(x);
            var (index, left) = Command(x).LogicalIndex(x.ApicPage.Dfr, x.Local.Index);
            if (index >= LogicalIdTable.Size) return Invalid(x, (uint)index);
            if (left != 0)
            {
                var entry = x.LogicalIdTable[index];
                if ((entry & LogicalIdTable.Valid) == 0) return Invalid(x, (uint)index);
                if (!IsIndex(x, entry & 0xff)) return Invalid(x, entry & 0xff);
                x.Local.Targets |= (byte)(1 << (int)(entry & 0xff));
                x.Local.Index = (byte)left;
                return x.Goto("logical");
            }
            x.Local.Index = 0;
            return x.Next;
        }, to: ["logical", "invalid"]),
        // One entry a row. A broadcast passes over entries that are not valid.
        Row.Of("physical", "physical ID table entry: V, backing page", x =>
        {
            var looked = x.Local.Targets & ~x.Local.Value;
            if (looked == 0)
            {
                x.Local.Value = 0;
                return x.Local.Targets == 0 ? x.Goto("end") : x.Next;
            }
            var id = BitOperations.TrailingZeroCount(looked);
            var entry = x.PhysicalIdTable[id];
            if ((entry & PhysicalIdTable.Valid) == 0)
            {
                if (!Command(x).IsBroadcast) return Invalid(x, (uint)id);
                x.Local.Targets &= (byte)~(1 << id);
                return x.Goto("physical");
            }
            if (PhysicalIdTable.VcpuOf(entry, x.VcpuCount) < 0)
            {
                (x.Local.Word, x.Local.Index) = ((uint)id, 0);
                return x.Goto("page");
            }
            x.Local.Value |= (byte)(1 << id);
            return x.Goto("physical");
        }, to: ["physical", "invalid", "page", "end"]),
        SetIrr,
        Row.Of("running", "IsRunning of the target", x =>
        {
            var entry = x.PhysicalIdTable[Target(x)];
            if ((entry & PhysicalIdTable.IsRunning) != 0)
            {
                x.Local.Index = (byte)PhysicalIdTable.CoreOf(entry);
                return x.Next;
            }
            PassOver(x);
            return x.Goto("more");
        }, to: ["more"]),
        // A doorbell to one's own core is taken at once.
        Row.Of("doorbell", "doorbell to the core of the entry", x =>
        {
            x.Local.Targets &= (byte)(x.Local.Targets - 1);
            var core = x.Done(ref x.Local.Index);
            if (core == x.Vcpu.Core) Interrupts.Evaluate(x);
            else x.Store(ref x.CoreOf(core).Doorbell, true);
            return x.Next;
        }),
        Row.Of("more", "the next target", x => x.Goto(x.Local.Targets != 0 ? "irr" : "end"), to: ["irr", "end"], isControl: true),
        Row.Of("self", "set the core's own IRR, evaluate", x =>
        {
            x.Add(ref x.ApicPage.Irr, Command(x).Vector);
            Interrupts.Evaluate(x);
            return x.Next;
        }, Order.Locked),
        Row.Of("end", "retire", x => End(x, BitOperations.TrailingZeroCount((uint)x.Local.Value))),
        Row.Of("invalid", "#VMEXIT(AVIC_INCOMPLETE_IPI): invalid target", x => Left(x, Incomplete.InvalidTarget, x.Local.Word)),
        Row.Of("page", "#VMEXIT(AVIC_INCOMPLETE_IPI): invalid backing page", x => Left(x, Incomplete.InvalidBackingPage, x.Local.Word)));

    // The target has its IRR bit, and the exit will say that it did not run.
    private static void PassOver(Context x)
    {
        var id = Target(x);
        x.Local.Value |= (byte)(1 << id);
        x.Local.Targets &= (byte)~(1 << id);
    }

    /// <summary>The instruction retires; with an exit if a target did not run.</summary>
    public static Flow End(Context x, int index)
    {
        if (x.Local.Value != 0) return Left(x, Incomplete.NotRunning, (uint)index);
        x.Store(ref x.Vmcb.WithinInstruction, false);
        x.Retire();
        return x.Return(Retired);
    }

    /// <summary>What the IPI returns if the guest goes on.</summary>
    public const int Retired = 0;

    private static Flow Left(Context x, Incomplete id, uint index)
    {
        x.Store(ref x.Vmcb.WithinInstruction, false);
        Exit(x, x.ApicPage.IcrLow, id, index);
        return x.Return(Retired + 1);
    }

    public const string Erratum1235Source = "Revision Guide for AMD Family 17h, erratum 1235";

    /// <summary>Erratum 1235: for each target IsRunning is read first, and what it said holds after the IRR bit is set, too.</summary>
    public static Routine<Machine> StaleIsRunning(Routine<Machine> ipi) => ipi
        .With("irr", Row.Of("stale", "IsRunning of the target", x =>
        {
            var entry = x.PhysicalIdTable[Target(x)];
            x.Local.Set = (entry & PhysicalIdTable.IsRunning) != 0;
            if (x.Local.Set) x.Local.Index = (byte)PhysicalIdTable.CoreOf(entry);
            return x.Next;
        }) with
        { Source = Erratum1235Source })
        .With("running", SetIrr, Row.Of("running", "IsRunning as it was", x =>
        {
            if (x.Done(ref x.Local.Set)) return x.Next;
            PassOver(x);
            return x.Goto("more");
        }, to: ["more"], isControl: true) with
        { Source = Erratum1235Source })
        .With("more", Row.Of("more", "the next target", x => x.Goto(x.Local.Targets != 0 ? "stale" : "end"), to: ["stale", "end"], isControl: true));

    private static InterruptCommand Command(Context x) => new(x.Local.Word, x.ApicPage.IcrHigh, x.Vmcb.X2AvicEnable);

    // x2AVIC asks no table for whom a logical id is: all bits in one step, as no memory is read.
    private static Flow Computed(Context x)
    {
        for (var (id, left) = Command(x).X2LogicalId(0); left != 0; (id, left) = Command(x).X2LogicalId(left))
        {
            if (!IsIndex(x, id)) return Invalid(x, id);
            x.Local.Targets |= (byte)(1 << (int)id);
        }
        return x.Next;
    }

    private static int Target(Context x) => BitOperations.TrailingZeroCount((uint)x.Local.Targets);

    // The exit names the entry that was not valid, of whichever table.
    private static Flow Invalid(Context x, uint index)
    {
        (x.Local.Word, x.Local.Index) = (index & 0xfff, 0);
        return x.Goto("invalid");
    }

    // What lies beyond the machine's table reads as not valid, and is no target either.
    private static bool IsIndex(Context x, uint id) => id < PhysicalIdTable.Size && id <= (uint)x.Vmcb.AvicMaxIndex;

    private static byte Entries(Context x, uint except) =>
        (byte)((1 << Math.Min(PhysicalIdTable.Size, x.Vmcb.AvicMaxIndex + 1)) - 1 & ~(except < PhysicalIdTable.Size ? 1 << (int)except : 0));

    // A trap: the write has retired.
    private static Flow Exit(Context x, uint icr, Incomplete id, uint index)
    {
        x.Retire();
        x.Vmcb.ExitInfo1 = (ulong)x.ApicPage.IcrHigh << 32 | icr;
        x.Vmcb.ExitInfo2 = (ulong)id << 32 | index;
        return x.Exit(Avic.Model.Exit.IncompleteIpi);
    }
}
