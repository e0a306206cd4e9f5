using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Avic.Model;

/// <summary>
/// The virtual APIC page of one vCPU: a 32-bit word for each 16-byte slot from 000h to 3F0h, which KVM and AVIC share.
/// What a guest's access to a register does is in <see cref="ApicRegister"/>, not here.
/// </summary>
/// <remarks>AMD64 APM vol. 2, 15.29 and 16.3. Slots without a register are plain memory to AVIC.</remarks>
public struct ApicPage
{
    /// <summary>000h and 010h: no registers.</summary>
    public Slots2 Slot000;

    /// <summary>020h: APIC ID; bits 31:24 in xAPIC mode, all in x2APIC mode.</summary>
    [Hexadecimal]
    public uint Id;

    /// <summary>030h: version, and the number of LVT entries less one in bits 23:16.</summary>
    [Private, Hexadecimal]
    public uint Version;

    /// <summary>040h to 070h: no registers.</summary>
    public Slots4 Slot040;

    /// <summary>080h: task priority, 0 to 255; its upper half is CR8.</summary>
    [Private]
    public uint Tpr;

    /// <summary>090h: arbitration priority; AVIC never keeps it.</summary>
    [Private]
    public uint Apr;

    /// <summary>0A0h: processor priority, kept on each change of TPR and ISR.</summary>
    [Private]
    public uint Ppr;

    /// <summary>0B0h: end of interrupt, write only.</summary>
    [Private]
    public uint Eoi;

    /// <summary>0C0h: remote read.</summary>
    [Private]
    public uint RemoteRead;

    /// <summary>0D0h: logical destination; bits 31:24.</summary>
    [Hexadecimal]
    public uint Ldr;

    /// <summary>0E0h: destination format; flat if bits 31:28 are all ones, cluster if all zero.</summary>
    [Hexadecimal]
    public uint Dfr;

    /// <summary>0F0h: spurious vector, and the software enable in bit 8.</summary>
    [Hexadecimal]
    public uint Svr;

    /// <summary>100h to 170h: vectors in service.</summary>
    [Private, Hexadecimal]
    public VectorSet Isr;

    /// <summary>180h to 1F0h: vectors that came level triggered.</summary>
    [Hexadecimal]
    public VectorSet Tmr;

    /// <summary>200h to 270h: vectors requested. Others set bits; only the vCPU's own core or thread takes them.</summary>
    [Hexadecimal, Signal(Signal.Interrupt)]
    public VectorSet Irr;

    /// <summary>280h: error status.</summary>
    [Private, Hexadecimal]
    public uint Esr;

    /// <summary>290h to 2E0h: no registers.</summary>
    public Slots6 Slot290;

    /// <summary>2F0h: corrected machine checks; AMD guests have none.</summary>
    [Private]
    public uint LvtCmci;

    /// <summary>300h: interrupt command, the half whose write sends.</summary>
    [Private, Hexadecimal]
    public uint IcrLow;

    /// <summary>310h: interrupt command, the destination in bits 31:24.</summary>
    [Private, Hexadecimal]
    public uint IcrHigh;

    /// <summary>320h: the timer's vector, mask and mode.</summary>
    [Private, Hexadecimal]
    public uint LvtTimer;

    /// <summary>330h: thermal sensor.</summary>
    [Private, Hexadecimal]
    public uint LvtThermal;

    /// <summary>340h: performance counters.</summary>
    [Private, Hexadecimal]
    public uint LvtPerformance;

    /// <summary>350h: LINT0.</summary>
    [Private, Hexadecimal]
    public uint LvtLint0;

    /// <summary>360h: LINT1.</summary>
    [Private, Hexadecimal]
    public uint LvtLint1;

    /// <summary>370h: APIC errors.</summary>
    [Private, Hexadecimal]
    public uint LvtError;

    /// <summary>380h: the timer's initial count.</summary>
    [Private]
    public uint TimerInitialCount;

    /// <summary>390h: the timer's current count; never in the page, KVM computes it.</summary>
    [Private]
    public uint TimerCurrentCount;

    /// <summary>3A0h to 3D0h: no registers.</summary>
    public Slots4 Slot3A0;

    /// <summary>3E0h: the timer's divider.</summary>
    [Private]
    public uint DivideConfiguration;

    /// <summary>3F0h: self-IPI in x2APIC mode, which keeps nothing here; plain memory to xAVIC.</summary>
    [Private]
    public uint SelfIpi;

    /// <summary>The word at an offset.</summary>
    /// <param name="offset">000h to 3F0h, a multiple of 10h.</param>
    [UnscopedRef]
    public ref uint this[int offset] => ref offset is >= 0 and <= 0x3f0 && (offset & 0xf) == 0
        ? ref Unsafe.Add(ref Unsafe.As<ApicPage, uint>(ref this), offset >> 4)
        : ref Refuse(offset);

    private static ref uint Refuse(int offset) => throw new ModelException($"the APIC page keeps a word each 10h bytes from 000h to 3f0h, none at {offset:x}h");

    /// <summary>The APIC id of xAPIC mode.</summary>
    public readonly byte PhysicalId => (byte)(Id >> 24);

    /// <summary>The logical id: a bit of eight in flat format, a cluster and a bit of four otherwise.</summary>
    public readonly byte LogicalId => (byte)(Ldr >> 24);

    /// <summary>The logical id that x2APIC mode computes from an id: the cluster of sixteen in 31:16, a bit in 15:0.</summary>
    /// <remarks>AMD64 APM vol. 2, 16.11.</remarks>
    public static uint X2LogicalId(uint id) => id >> 4 << 16 | 1u << (int)(id & 0xf);

    /// <summary>True if logical ids are flat.</summary>
    public readonly bool IsFlat => InterruptCommand.IsFlat(Dfr);

    /// <summary>True if software has the APIC on: SVR bit 8.</summary>
    public readonly bool IsEnabled => (Svr & 1 << 8) != 0;

    /// <summary>Highest priority class, of the task or of the highest vector in service; what is requested must be above it.</summary>
    /// <remarks>AMD64 APM vol. 2, 16.6.4.</remarks>
    public readonly byte ProcessorPriority => PriorityWith(Isr.Highest);

    /// <summary>The same for who takes another vector for the highest in service; -1 for none.</summary>
    internal readonly byte PriorityWith(int inService)
    {
        var vector = Math.Max(inService, 0);
        return (byte)((Tpr & 0xf0) >= (vector & 0xf0) ? Tpr : (uint)vector & 0xf0);
    }

    /// <summary>The highest requested vector that is above the processor's priority, or -1.</summary>
    public readonly int Deliverable => DeliverableAbove(Tpr);

    /// <summary>The highest requested vector of a class above the task's and above the highest in service, or -1.</summary>
    /// <param name="tpr">The task's priority, 0 to 255.</param>
    public readonly int DeliverableAbove(uint tpr) => DeliverableAbove(tpr, Isr.Highest);

    /// <inheritdoc cref="DeliverableAbove(uint)"/>
    internal readonly int DeliverableAbove(uint tpr, int inService) => Irr.Highest is >= 0 and var vector && vector >> 4 > Math.Max((int)tpr >> 4, inService >> 4) ? vector : -1;
}

/// <summary>Two words.</summary>
[InlineArray(2)]
public struct Slots2
{
    private uint _first;
}

/// <summary>Four words.</summary>
[InlineArray(4)]
public struct Slots4
{
    private uint _first;
}

/// <summary>Six words.</summary>
[InlineArray(6)]
public struct Slots6
{
    private uint _first;
}

/// <summary>A bit for each of 256 vectors, in eight words.</summary>
[InlineArray(8)]
public struct VectorSet
{
    private uint _first;

    /// <summary>The highest vector in it, or -1.</summary>
    public readonly int Highest
    {
        get
        {
            for (var word = 7; word >= 0; word--)
                if (this[word] != 0) return word * 32 + 31 - BitOperations.LeadingZeroCount(this[word]);
            return -1;
        }
    }

    /// <summary>True if the vector is in it.</summary>
    public readonly bool Contains(int vector) => (this[vector >> 5] >> (vector & 31) & 1) != 0;
}
