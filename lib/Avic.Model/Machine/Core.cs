using System.Runtime.CompilerServices;

namespace Avic.Model;

/// <summary>A core, as far as kicks, doorbells and cached translations go. Which thread it runs, the thread knows: <see cref="Vcpu.Core"/>.</summary>
public struct Core
{
    /// <summary>Function calls sent to this core and not yet acknowledged: a bit for each requesting actor.</summary>
    [Signal(Signal.Call)]
    public ushort PendingCalls;

    /// <summary>The core runs guest code.</summary>
    public bool InGuest;

    /// <summary>The host runs with interrupts disabled.</summary>
    public bool IrqsOff;

    /// <summary>A reschedule IPI is on its way: it takes the core out of its guest, and nobody waits for it.</summary>
    [Signal(Signal.Kick)]
    public bool Reschedule;

    /// <summary>An AVIC doorbell is on its way.</summary>
    [Signal(Signal.Doorbell)]
    public bool Doorbell;

    /// <summary>
    /// The cached translations of guest frame 0xfee00 under the ASIDs of vCPUs that are not on this core now; that of the one that is, is
    /// <see cref="Vmcb.Tlb"/>.
    /// </summary>
    [Private, Term("tlb[0xfee00].asid")]
    public TlbOfCore Tlb;
}

/// <summary>An entry for each address space identifier, from 1.</summary>
[InlineArray(Machine.MostVcpus)]
public struct TlbOfCore
{
    private TlbEntry _first;
}
