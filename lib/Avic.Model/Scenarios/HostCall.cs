namespace Avic.Model;

/// <summary>One thing that a thread of the VMM, or another of the host, does.</summary>
public abstract record HostCall;

/// <summary>One call that sets or clears a reason to keep AVIC off.</summary>
/// <param name="Reason">Which.</param>
/// <param name="Set">True to set it.</param>
public sealed record InhibitCall(Reason Reason, bool Set) : HostCall;

/// <summary>The thread of a vCPU must let another run, for once.</summary>
/// <param name="Vcpu">Which.</param>
public sealed record PreemptCall(int Vcpu) : HostCall;

/// <summary>The thread of a vCPU may run on one core only.</summary>
/// <param name="Vcpu">Which.</param>
/// <param name="Core">The core.</param>
public sealed record MigrateCall(int Vcpu, int Core) : HostCall;

/// <summary>An assigned device's interrupt is to go elsewhere: KVM_SET_GSI_ROUTING.</summary>
/// <param name="Irte">Its place among <see cref="Programs.Irtes"/>.</param>
/// <param name="Route">Where to.</param>
public sealed record RouteCall(int Irte, Msi Route) : HostCall
{
    internal static int Known(int irte) => irte is >= 0 and < Avic.Model.Irte.Most ? irte : throw new ModelException($"Assigned devices have entries 0 to {Avic.Model.Irte.Most - 1}, not {irte}.");
}

/// <summary>The VMM creates a vCPU and its thread: KVM_CREATE_VCPU.</summary>
/// <param name="Vcpu">Which.</param>
public sealed record CreateCall(int Vcpu) : HostCall;

/// <summary>The thread of a vCPU makes a call between two runs; the thread of the VMM that wants it waits.</summary>
/// <param name="Vcpu">Which.</param>
public abstract record VcpuCall(int Vcpu) : HostCall;

/// <summary>The thread of a vCPU calls KVM_SET_LAPIC between two runs, or KVM_GET_LAPIC; the thread of the VMM that wants it waits.</summary>
/// <param name="Vcpu">Which.</param>
/// <param name="Page">The registers to set, or null to get them.</param>
public sealed record LapicCall(int Vcpu, LapicPage? Page) : VcpuCall(Vcpu);

/// <summary>The thread of a vCPU calls KVM_SET_NESTED_STATE between two runs: it goes on in L2.</summary>
/// <param name="Vcpu">Which.</param>
public sealed record NestedStateCall(int Vcpu) : VcpuCall(Vcpu);

/// <summary>The thread of a vCPU calls KVM_SET_GUEST_DEBUG between two runs: from then on KVM injects no interrupt, or does again.</summary>
/// <param name="Vcpu">Which.</param>
/// <param name="BlockIrq">Whether interrupts are to be blocked (KVM_GUESTDBG_BLOCKIRQ).</param>
public sealed record GuestDebugCall(int Vcpu, bool BlockIrq) : VcpuCall(Vcpu);
