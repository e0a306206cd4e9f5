using System.Runtime.CompilerServices;

namespace Avic.Model;

/// <summary>AVIC's physical ID table: an entry for each guest physical APIC id, read by the core that sends an IPI.</summary>
/// <remarks>AMD64 APM vol. 2, 15.29; the entries' bits are in data/bit-fields.csv.</remarks>
[InlineArray(Size)]
public struct PhysicalIdTable
{
    /// <summary>Entries the machine keeps; what lies beyond reads as not valid.</summary>
    public const int Size = 8;

    /// <summary>Bit 63, V.</summary>
    public const ulong Valid = 1UL << 63;

    /// <summary>Bit 62, IsRunning: the vCPU is loaded on the core that the entry names. It need not be in guest mode.</summary>
    public const ulong IsRunning = 1UL << 62;

    private ulong _first;

    /// <summary>The entry of a vCPU on a core: its backing page in 51:12, the core's APIC id in 11:0.</summary>
    public static ulong Entry(int vcpu, int core, bool running) => Loaded(Valid | BackingPage(vcpu), core, running);

    /// <summary>The entry with its vCPU on a core, running or not.</summary>
    public static ulong Loaded(ulong entry, int core, bool running) => entry & ~(IsRunning | 0xfff) | (running ? IsRunning : 0) | (uint)core;

    /// <summary>The host physical address of a vCPU's APIC page. The model keeps no other host memory.</summary>
    public static ulong BackingPage(int vcpu) => FirstFrame + (ulong)vcpu << 12;

    /// <summary>The vCPU whose APIC page an entry points to, or -1 if it points elsewhere.</summary>
    public static int VcpuOf(ulong entry, int vcpus)
    {
        var frame = (entry >> 12 & 0xff_ffff_ffff) - FirstFrame;
        return frame < (ulong)vcpus ? (int)frame : -1;
    }

    /// <summary>The core that an entry with IsRunning names.</summary>
    public static int CoreOf(ulong entry) => (int)(entry & 0xfff);

    private const ulong FirstFrame = 0x1000;

    /// <summary>Where the table lies in host memory.</summary>
    public const ulong Address = FirstFrame - 1 << 12;
}

/// <summary>AVIC's logical ID table: for each logical destination, the guest physical APIC id that has it.</summary>
/// <remarks>Flat: index is the bit, 0 to 7. Cluster: index is four times the cluster (0 to 14) plus the bit. xAPIC only.</remarks>
[InlineArray(Size)]
public struct LogicalIdTable
{
    /// <summary>Entries: fifteen clusters of four.</summary>
    public const int Size = 60;

    /// <summary>Bit 31, V.</summary>
    public const uint Valid = 1u << 31;

    /// <summary>Where the table lies in host memory.</summary>
    public const ulong Address = PhysicalIdTable.Address - 0x1000;

    private uint _first;
}
