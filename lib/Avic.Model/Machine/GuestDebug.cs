using System.Runtime.CompilerServices;

namespace Avic.Model;

/// <summary>What a debugger has asked of a vCPU: <c>vcpu->guest_debug</c>, as far as it goes for interrupts.</summary>
public struct GuestDebug
{
    /// <summary>What is asked.</summary>
    public GuestDebugControl Control;

    /// <summary>True if KVM is to inject no interrupt.</summary>
    public readonly bool BlocksIrqs => (Control & GuestDebugControl.BlockIrq) != 0;
}

/// <summary>Bits of <c>struct kvm_guest_debug</c>'s control.</summary>
[Flags]
public enum GuestDebugControl : uint
{
    /// <summary>None.</summary>
    None,

    /// <summary>KVM_GUESTDBG_BLOCKIRQ: KVM injects no interrupt, so that a debugger can step.</summary>
    BlockIrq = 1 << 20,
}

/// <summary>One for each vCPU, where a VMM debugs.</summary>
[InlineArray(Machine.MostVcpus)]
public struct GuestDebugs
{
    private GuestDebug _first;
}
