namespace Avic.Model;

/// <summary>What one actor leaves in the state for another.</summary>
public enum Signal
{
    /// <summary>Bits for a thread to serve when it comes by; it clears them.</summary>
    Request,

    /// <summary>An IPI that takes a core out of its guest: a bit for each sender, who waits until the core has cleared it.</summary>
    Call,

    /// <summary>An IPI that takes a core out of its guest, and nobody waits for it.</summary>
    Kick,

    /// <summary>A vector for a guest, which takes it out again when it accepts it.</summary>
    Interrupt,

    /// <summary>Tells a core to look for such vectors.</summary>
    Doorbell,
}

/// <summary>
/// A field, or the fields inside it, whose bits others set and its own instance's actor takes: pictures draw an arrow from
/// the row that sets a bit to the row that takes it. The actor bears the instance's name, as <c>vcpu1</c> does for <c>vcpu1.requests</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class SignalAttribute(Signal kind) : Attribute
{
    /// <summary>What is left there.</summary>
    public Signal Kind => kind;
}
