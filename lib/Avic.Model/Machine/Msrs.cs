namespace Avic.Model;

/// <summary>The guest's MSRs that KVM keeps for a vCPU's local APIC beside its page.</summary>
public struct Msrs
{
    /// <summary>MSR 1Bh, IA32_APIC_BASE: the page's address in 51:12, enable in bit 11, x2APIC mode in bit 10, boot CPU in bit 8.</summary>
    [Hexadecimal, Term("ia32_apic_base")]
    public ulong ApicBase;

    /// <summary>MSR 6E0h, IA32_TSC_DEADLINE: when the timer is to expire; 0 if it is not, or in another mode.</summary>
    [Private, Hexadecimal, Term("ia32_tsc_deadline")]
    public ulong TscDeadline;

    /// <summary>The mode that the APIC is in.</summary>
    public readonly ApicMode Mode => ModeOf(ApicBase);

    /// <summary>True in x2APIC mode.</summary>
    public readonly bool IsX2 => Mode == ApicMode.X2Apic;

    /// <summary>True unless the APIC is disabled.</summary>
    public readonly bool IsApicOn => (ApicBase & (ulong)ApicMode.XApic) != 0;

    /// <summary>True if the APIC's page is where it is at reset.</summary>
    public readonly bool IsAtDefault => PageOf(ApicBase) == DefaultPage;

    /// <summary>True if the page that a guest accesses is its APIC's: it has one, in the page that IA32_APIC_BASE names.</summary>
    internal readonly bool IsApicOf(GuestInstruction access) => Mode == ApicMode.XApic && (access.AtBase || IsAtDefault);

    /// <summary>IA32_APIC_BASE.</summary>
    public const int ApicBaseNumber = 0x1b;

    /// <summary>IA32_TSC_DEADLINE.</summary>
    public const int TscDeadlineNumber = 0x6e0;

    /// <summary>The first of the 256 MSRs of x2APIC mode.</summary>
    public const int FirstOfX2Apic = 0x800;

    /// <summary>Where the APIC's page is at reset.</summary>
    public const ulong DefaultPage = 0xfee0_0000;

    /// <summary>Bit 8 of IA32_APIC_BASE: this vCPU booted the others.</summary>
    public const ulong BootCpu = 1 << 8;

    /// <summary>IA32_APIC_BASE of a vCPU whose APIC is at its default address.</summary>
    public static ulong Base(ApicMode mode, int vcpu) => DefaultPage | (ulong)mode | (vcpu == 0 ? BootCpu : 0);

    /// <summary>The page that a value of IA32_APIC_BASE names.</summary>
    public static ulong PageOf(ulong value) => value & ~0xffful;

    /// <summary>The mode that a value of IA32_APIC_BASE asks for.</summary>
    public static ApicMode ModeOf(ulong value) => (ApicMode)(value & (ulong)ApicMode.X2Apic);

    /// <summary>True for an MSR that is a register of the local APIC in x2APIC mode, or reserved for one.</summary>
    public static bool IsOfX2Apic(int msr) => msr >> 8 == FirstOfX2Apic >> 8;
}

/// <summary>The modes of a local APIC: bits 11 and 10 of IA32_APIC_BASE.</summary>
/// <remarks>AMD64 APM vol. 2, 16.9.</remarks>
public enum ApicMode
{
    /// <summary>No APIC: neither page nor MSRs.</summary>
    Disabled = 0,

    /// <summary>x2APIC without the enable: WRMSR refuses it.</summary>
    Invalid = 0x400,

    /// <summary>xAPIC: registers in a page.</summary>
    XApic = 0x800,

    /// <summary>x2APIC: registers as MSRs.</summary>
    X2Apic = 0xc00,
}
