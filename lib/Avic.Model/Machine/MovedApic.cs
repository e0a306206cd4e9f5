using System.Runtime.CompilerServices;

namespace Avic.Model;

/// <summary>What there is more of a vCPU whose guest moves its local APIC.</summary>
public struct MovedApic
{
    /// <summary>VMCB offset 098h, AVIC APIC_BAR: the frame whose accesses AVIC takes. It is the default one where no guest moves its APIC, and in every KVM since 5.15.</summary>
    [Private, Hexadecimal, Term("avic_vapic_bar")]
    public ulong AvicApicBar;

    /// <summary>Bits 51:12 are the address.</summary>
    public const ulong BarMask = 0xf_ffff_ffff_f000;
}

/// <summary>One for each vCPU, where a guest moves its local APIC.</summary>
[InlineArray(Machine.MostVcpus)]
public struct MovedApics
{
    private MovedApic _first;
}
