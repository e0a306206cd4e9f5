namespace Avic.Model;

/// <summary>A core, as far as kicks and doorbells go.</summary>
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
}
