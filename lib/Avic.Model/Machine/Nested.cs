using System.Runtime.CompilerServices;

namespace Avic.Model;

/// <summary>What KVM and the processor keep of one vCPU whose guest, L1, runs a guest of its own, L2.</summary>
/// <remarks>
/// While L2 runs, <see cref="Machine.Vmcb"/> is vmcb02, as <c>svm-&gt;vmcb</c> is, with L2's registers. The VMCB that L1 gave, vmcb12, is in its
/// program: <see cref="GuestInstruction.L2"/>.
/// </remarks>
public struct Nested
{
    /// <summary><c>is_guest_mode()</c>, HF_GUEST_MASK: the vCPU runs L2.</summary>
    [Private]
    public bool GuestMode;

    /// <summary><c>svm-&gt;nested.nested_run_pending</c>: L1 has executed VMRUN, and L2 was not entered yet.</summary>
    [Private]
    public bool RunPending;

    /// <summary>vmcb12 intercepts no INTR and has V_INTR_MASKING clear: L1's interrupts are L2's. False if it has both set.</summary>
    [Private]
    public bool SharesInterrupts;

    /// <summary>V_GIF of vmcb01 is clear, as #VMEXIT leaves it until STGI: L1 takes no interrupts.</summary>
    [Private, Term("v_gif_is_clear")]
    public bool GifIsClear;
}

/// <summary>One for each vCPU, where a guest runs guests.</summary>
[InlineArray(Machine.MostVcpus)]
public struct NestedOfVcpus
{
    private Nested _first;
}
