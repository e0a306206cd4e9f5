using System.Runtime.CompilerServices;

namespace Avic.Model;

/// <summary>An entry of the IOMMU's interrupt remapping table, and the copy of it that the IOMMU works with.</summary>
/// <remarks>AMD I/O Virtualization Technology specification, 2.2.5; struct irte_ga, drivers/iommu/amd/amd_iommu_types.h, v5.15. The bits are in data/bit-fields.csv.</remarks>
public struct Irte
{
    /// <summary>The low half in memory.</summary>
    [Hexadecimal]
    public ulong Low;

    /// <summary>The high half in memory.</summary>
    [Hexadecimal]
    public ulong High;

    /// <summary>The low half as the IOMMU has it.</summary>
    [Hexadecimal]
    public ulong CachedLow;

    /// <summary>The high half as the IOMMU has it.</summary>
    [Hexadecimal]
    public ulong CachedHigh;

    /// <summary>Entries that the machine keeps.</summary>
    public const int Most = 4;

    /// <summary>Bit 0: the entry is valid.</summary>
    public const ulong Valid = 1;

    /// <summary>Bit 2: with IsRun clear, append to the GA log.</summary>
    public const ulong GaLogIntr = 1 << 2;

    /// <summary>Bit 6: the vCPU is loaded on the destination.</summary>
    public const ulong IsRun = 1 << 6;

    /// <summary>Bit 7: posted to a virtual APIC page.</summary>
    public const ulong GuestMode = 1 << 7;

    /// <summary>Bits 31:8: the core's APIC id, as far as it goes; those of the machine's cores are small.</summary>
    public const ulong Destination = 0xffff_ff00;

    /// <summary>True if its interrupts are posted, and not remapped.</summary>
    public readonly bool IsPosted => (Low & GuestMode) != 0;

    /// <summary>The core that it says its vCPU runs on, or -1 if it says that it does not run.</summary>
    public readonly int RunsOn => (Low & IsRun) != 0 ? (int)(Low & Destination) >> 8 : -1;

    /// <summary>Where it says that its vCPU is, or was.</summary>
    public static ulong On(int core, bool runs) => (ulong)core << 8 | (runs ? IsRun : 0);

    /// <summary>What the low half is in guest mode, before anybody has said where the vCPU is.</summary>
    public static ulong Guest(uint tag) => (ulong)tag << 32 | GuestMode | GaLogIntr | Valid;

    /// <summary>What the high half is in guest mode.</summary>
    public static ulong GuestHigh(int vcpu, byte vector) => PhysicalIdTable.BackingPage(vcpu) | vector;

    /// <summary>What the low half is when the interrupt is remapped to a vector of the host, on core 0.</summary>
    public const ulong Remapped = Valid;

    /// <summary>The tag by which KVM knows a vCPU of a VM again: 24 bits of one, 8 of the other.</summary>
    public static uint TagOf(int vcpu) => 1 << 8 | (uint)vcpu;
}

/// <summary>What KVM and the IOMMU's driver keep of an assigned device's interrupt.</summary>
public struct Irqfd
{
    /// <summary>Where KVM's routing table sends it (<c>irqfd->irq_entry</c>): a guest physical APIC id.</summary>
    public byte Destination;

    /// <summary>The vector that the routing table gives it.</summary>
    public byte Vector;

    /// <summary>What the driver writes into the entry for guest mode: the vCPU's number, for <c>ir_data->ga_root_ptr</c> and <c>ga_tag</c>.</summary>
    [Term("ir_data.ga_vcpu")]
    public byte GaVcpu;

    /// <summary>The same: <c>ir_data->ga_vector</c>.</summary>
    [Term("ir_data.ga_vector")]
    public byte GaVector;

    /// <summary>The vCPU plus 1 whose <c>ir_list</c> has it; 0 for none.</summary>
    [Term("ir_list")]
    public byte List;
}

/// <summary>The rest of the IOMMU: its GA log and its command queue.</summary>
public struct Iommu
{
    /// <summary>A bit for each thread that waits for its INVALIDATE_INTERRUPT_TABLE to be completed.</summary>
    public uint Commands;

    /// <summary>MMIO 2040h: the next entry for software to read.</summary>
    public uint GaHead;

    /// <summary>MMIO 2048h: the next entry for the IOMMU to write.</summary>
    public uint GaTail;

    /// <summary>MMIO 2020h, as far as the GA log goes.</summary>
    public IommuStatus Status;

    /// <summary>MMIO 00E0h bits 59:56, here as a number: entries that the log has.</summary>
    public ushort GaLength;
}

/// <summary>IOMMU status, MMIO 2020h: the bits of the GA log.</summary>
[Flags]
public enum IommuStatus : ushort
{
    /// <summary>None.</summary>
    None,

    /// <summary>Bit 8: the log is being written.</summary>
    GaLogRun = 1,

    /// <summary>Bit 9: an entry found no room, and the log is written no longer.</summary>
    GaLogOverflow = 2,

    /// <summary>Bit 10: an entry was written; interrupts the host.</summary>
    GaLogInt = 4,
}

/// <summary>An entry of the GA log has 64 bits: the type in 63:60, the device in 47:32, the tag in 31:0. Here it has eight, what these machines tell apart.</summary>
/// <remarks>Bit 7 is the type: the guest was not running; 6:4 are the device; 3:0 the vCPU that the tag names.</remarks>
public static class GaLogEntry
{
    /// <summary>An entry by device and tag.</summary>
    public static byte Of(int device, int tag) => (byte)(0x80 | device << 4 | tag & 0xf);

    /// <summary>The vCPU that an entry names.</summary>
    public static byte VcpuOf(byte entry) => (byte)(entry & 0xf);
}

/// <summary>A ring; how many entries it has the scenario says.</summary>
[InlineArray(Most / GaLogPart.Entries)]
public struct GaLog
{
    /// <summary>As many as the driver's.</summary>
    public const int Most = 512;

    /// <summary>As many as a scenario has if it does not say: enough for a few devices.</summary>
    public const int Usual = 4;

    private GaLogPart _first;

    /// <summary>Parts that hold so many entries.</summary>
    internal static int Parts(int entries) => (entries + GaLogPart.Entries - 1) / GaLogPart.Entries;
}

/// <summary>Entries that are stored together.</summary>
[InlineArray(Entries)]
public struct GaLogPart
{
    /// <summary>So many.</summary>
    public const int Entries = 64;

    private byte _first;
}

/// <summary>The entries that assigned devices use.</summary>
[InlineArray(Irte.Most)]
public struct Irtes
{
    private Irte _first;
}

/// <summary>The interrupts of assigned devices.</summary>
[InlineArray(Irte.Most)]
public struct Irqfds
{
    private Irqfd _first;
}

/// <summary>What guards a vCPU's list of entries.</summary>
public struct IrList
{
    /// <summary><c>ir_list_lock</c>.</summary>
    public KernelLock Lock;

    /// <summary>Under the lock, since 6.17: whether an entry is to be logged, as the vCPU blocks (a bit of <c>avic_physical_id_entry</c> that no hardware sees).</summary>
    public bool GaLogIntr;
}

/// <summary>One for each vCPU.</summary>
[InlineArray(Machine.MostVcpus)]
public struct IrLists
{
    private IrList _first;
}

/// <summary>One at most.</summary>
[InlineArray(1)]
public struct Iommus
{
    private Iommu _first;
}
