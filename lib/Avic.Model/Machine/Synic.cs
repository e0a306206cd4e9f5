using System.Runtime.CompilerServices;

namespace Avic.Model;

/// <summary>Hyper-V's interrupt controller of one vCPU, as far as AutoEOI goes.</summary>
public struct Synic
{
    /// <summary>HV_X64_MSR_SINT2: vector in 7:0, masked in bit 16, AutoEOI in bit 17.</summary>
    [Private, Hexadecimal]
    public uint Sint2;

    /// <summary><c>synic-&gt;auto_eoi_bitmap</c>, which one SINT sets one bit of: its vector, or 0.</summary>
    [Private]
    public uint AutoEoi;

    /// <summary>HV_X64_MSR_SINT2.</summary>
    public const int Sint2Number = 0x4000_0092;

    /// <summary>HV_SYNIC_SINT_MASKED.</summary>
    public const uint Masked = 1 << 16;

    /// <summary>HV_SYNIC_SINT_AUTO_EOI.</summary>
    public const uint WithAutoEoi = 1 << 17;
}

/// <summary>What KVM keeps of Hyper-V for the whole VM.</summary>
public struct HyperV
{
    /// <summary><c>hv-&gt;synic_auto_eoi_used</c>: vCPUs that use AutoEOI. Since 5.15.</summary>
    public ulong SynicAutoEoiUsed;
}

/// <summary>One for each vCPU, where a guest has a SynIC.</summary>
[InlineArray(Machine.MostVcpus)]
public struct SynicsOfVcpus
{
    private Synic _first;
}

/// <summary>One, where a guest has a SynIC.</summary>
[InlineArray(1)]
public struct HyperVs
{
    private HyperV _first;
}
