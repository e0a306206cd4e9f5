namespace Avic.Model;

/// <summary>What KVM keeps for the whole VM.</summary>
public struct Vm
{
    /// <summary>A bit for each reason to keep AVIC off; zero means activated. Read by the fault path without a lock.</summary>
    public uint ApicvInhibitReasons;

    /// <summary>Grows with every invalidation of guest frames, under <see cref="MmuLock"/>.</summary>
    public ushort MmuNotifierSeq;

    /// <summary>vCPUs that wait for an IRQ window, since 7.0; the word's bit for it is a cache of "not zero".</summary>
    public short ApicvNrIrqWindowReq;

    /// <summary>A bit for each actor that the inhibit path itself has put into an SRCU read section; since 6.1.</summary>
    public ushort SrcuReaders;

    /// <summary>Whether the map of APIC ids is as the APICs' registers are; since 5.8, looked at since 6.3, when inhibits follow from the map.</summary>
    public ApicMapState ApicMapDirty;

    /// <summary>Serialises making the map of APIC ids; taken outside <see cref="ApicvUpdateLock"/>.</summary>
    public KernelLock ApicMapLock;

    /// <summary>Serialises changes of the word and their servicing; 5.15 and later.</summary>
    public KernelLock ApicvUpdateLock;

    /// <summary>Guards the nested page tables.</summary>
    public KernelLock MmuLock;

    /// <summary>Guards the memslots; taken on the inhibit path before 5.15, and since 6.3 by a vCPU that follows its APIC's mode.</summary>
    public KernelLock SlotsLock;

    /// <summary>Invalidations in progress. Until 6.0 no fault on the APIC's frame heeds it; see direct_page_fault.stale.</summary>
    public sbyte MmuNotifierCount;

    /// <summary>The leaf of the nested page table that maps guest frame 0xfee00.</summary>
    [Term("npt[0xfee00]")]
    public Leaf Npt;

    /// <summary>The memslot of the APIC access page: whether guest frame 0xfee00 has memory behind it.</summary>
    public Slot ApicAccessMemslot;

    /// <summary>What a guest wrote last into the memory behind the slot: bytes that no APIC reads.</summary>
    public byte ScratchPage;
}

/// <summary><c>kvm->arch.apic_map_dirty</c>.</summary>
public enum ApicMapState : ushort
{
    /// <summary>CLEAN.</summary>
    Clean,

    /// <summary>UPDATE_IN_PROGRESS: it is being made; who changes an id meanwhile says dirty, and it is made again.</summary>
    UpdateInProgress,

    /// <summary>DIRTY.</summary>
    Dirty,
}

/// <summary>A leaf of the nested page table.</summary>
public enum Leaf : byte
{
    /// <summary>Nothing is mapped: the walk ends in #NPF.</summary>
    NotPresent,

    /// <summary>The page behind the memslot.</summary>
    Present,

    /// <summary>An MMIO SPTE: reserved bits make the walk end in #NPF with RSVD set.</summary>
    Mmio,
}

/// <summary>Whether the APIC access page's memslot exists.</summary>
public enum Slot : byte
{
    /// <summary>It does not: accesses are MMIO.</summary>
    Deleted,

    /// <summary>It does.</summary>
    Present,

    /// <summary>It is being deleted (KVM_MEMSLOT_INVALID); before 5.15, and since 6.3.</summary>
    Invalid,

    /// <summary>It does not and never will again: <c>apic_access_memslot_inhibited</c> instead of <c>apic_access_memslot_enabled</c>; since 6.3.</summary>
    Inhibited,
}

/// <summary>A sleeping lock, spinlock or rwlock: who writes, who reads.</summary>
public struct KernelLock
{
    /// <summary>Number of the owning actor plus 1; 0 if nobody writes.</summary>
    public byte Owner;

    /// <summary>A bit for each actor that reads.</summary>
    public byte Readers;

    /// <summary>True if nobody holds it.</summary>
    public readonly bool IsFree => Owner == 0 && Readers == 0;

    /// <summary>True if the actor holds it, to read or to write.</summary>
    public readonly bool IsHeldBy(int actor) => Owner == actor + 1 || (Readers >> actor & 1) != 0;
}
