using System.Globalization;

namespace Avic.Model;

/// <summary>A virtual interrupt that L1 gives L2 by vmcb12: V_IRQ, which L2 takes once, when IF and its TPR let it.</summary>
/// <param name="Vector">V_INTR_VECTOR, 16 to 255. No APIC knows of it: a handler that is not written ends without EOI.</param>
/// <param name="Priority">V_INTR_PRIO, 0 to 15: it waits for a V_TPR below.</param>
/// <param name="IgnoresTpr">V_IGN_TPR: it does not.</param>
/// <param name="IsIntercepted">VINTR is intercepted: where L2 would take it, it ends.</param>
/// <remarks>AMD64 APM vol. 2, 15.21.4.</remarks>
public sealed record VirtualInterrupt(int Vector, int Priority = 15, bool IgnoresTpr = false, bool IsIntercepted = false)
{
    /// <summary>The same, if it can be.</summary>
    /// <exception cref="ModelException">The vector or the priority is none.</exception>
    internal VirtualInterrupt Checked() =>
        Vector is < 16 or > 255 ? throw new ModelException(string.Create(CultureInfo.InvariantCulture, $"A virtual interrupt has a vector from 16 to 255, not {Vector}."))
        : Priority is < 0 or > 15 ? throw new ModelException(string.Create(CultureInfo.InvariantCulture, $"V_INTR_PRIO is from 0 to 15, not {Priority}."))
        : this;

    /// <summary>As scenarios write it: <c>31:f</c>, with <c>!</c> if it ignores the TPR, and <c>i</c> if it is intercepted.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Vector:x}:{Priority:x}{(IgnoresTpr ? "!" : "")}{(IsIntercepted ? "i" : "")}");
}
