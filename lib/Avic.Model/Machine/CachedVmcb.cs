using System.Runtime.CompilerServices;

namespace Avic.Model;

/// <summary>Groups of a VMCB's control fields that software may call clean: unchanged since the last VMRUN.</summary>
/// <remarks>AMD64 APM vol. 2, 15.15.3. Of what the model has. Bit 3, VMCB_INTR, which has the rest of offset 060h, KVM never sets; TLB_CONTROL, EVENTINJ and the interrupt shadow are in no group and always read.</remarks>
[Flags]
public enum CleanBits : uint
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Bit 0, VMCB_INTERCEPTS.</summary>
    Intercepts = 1,

    /// <summary>Bit 2, VMCB_ASID.</summary>
    Asid = 1 << 2,

    /// <summary>Bit 11, VMCB_AVIC: APIC_BAR and the pointers; and bits 30 and 31 of offset 060h, of which the manual does not say whether they are here or in bit 3.</summary>
    Avic = 1 << 11,

    /// <summary>All of these, as <c>vmcb_mark_all_clean()</c> has it.</summary>
    All = Intercepts | Asid | Avic,
}

/// <summary>What a core has of a vCPU's VMCB, where it obeys clean bits; while the guest runs by that, what memory has. Zero in groups that are dirty.</summary>
/// <remarks>
/// AMD64 APM vol. 2, 15.15, VMCB state caching. KVM calls everything dirty before a VMCB is run on another core, so one copy for each vCPU does for
/// those of all cores. Where the backing page and the tables are never changes. None is kept through a run of L2.
/// </remarks>
public record struct CachedVmcb
{
    /// <summary>AVIC APIC_BAR, where guests move their APICs.</summary>
    [Private, Hexadecimal, Term("avic_vapic_bar")]
    public ulong AvicApicBar;

    /// <summary>The ASID.</summary>
    [Private]
    public uint Asid;

    /// <summary>VMCB offset 0C0h in memory: the groups of which software says that nothing has changed.</summary>
    [Private]
    public CleanBits Clean;

    /// <summary>The last index of the physical ID table.</summary>
    [Private]
    public ushort AvicMaxIndex;

    /// <summary>AVIC_ENABLE.</summary>
    [Private]
    public bool AvicEnable;

    /// <summary>X2AVIC_ENABLE.</summary>
    [Private]
    public bool X2AvicEnable;

    /// <summary>The intercept of writes of CR8.</summary>
    [Private]
    public bool InterceptCr8Write;

    /// <summary>The intercept of IRET.</summary>
    [Private]
    public bool InterceptIret;

    /// <summary>The intercept of virtual interrupts.</summary>
    [Private]
    public bool InterceptVintr;

    /// <summary>The intercept of HLT.</summary>
    [Private]
    public bool InterceptHlt;
}

/// <summary>One for each vCPU, where cores obey clean bits.</summary>
[InlineArray(Machine.MostVcpus)]
public struct CachedVmcbs
{
    private CachedVmcb _first;
}
