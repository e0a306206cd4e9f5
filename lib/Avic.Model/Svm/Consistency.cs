namespace Avic.Model;

/// <summary>What VMRUN looks at before it enters the guest: fields that contradict one another or what is legal make it exit with VMEXIT_INVALID.</summary>
/// <remarks>
/// AMD64 APM vol. 2, 15.5.1 and 15.29, for processors without x2AVIC_EXT. The manual does not name the exit code for bad pointers; VMEXIT_INVALID is what
/// every other check has.
/// </remarks>
internal static class Consistency
{
    // CPUID 8000_0008h EAX[7:0] of the processors that have AVIC.
    private const int PhysicalAddressBits = 48;

    private const int LastIndex = 255, LastX2Index = 511;

    /// <summary>True if VMRUN may enter the guest.</summary>
    public static bool Holds(in Vmcb vmcb) =>
        vmcb.InterceptVmrun
        && vmcb.Asid != 0
        && (vmcb.AvicEnable ? HoldsWithAvic(in vmcb) : !vmcb.X2AvicEnable);

    private static bool HoldsWithAvic(in Vmcb vmcb)
    {
        if (!IsPage(vmcb.AvicBackingPage) || !IsPage(vmcb.AvicPhysicalTable & ~0xffful)) return false;
        if (vmcb.AvicMaxIndex > (vmcb.X2AvicEnable ? LastX2Index : LastIndex)) return false;
        return vmcb.X2AvicEnable || IsPage(vmcb.AvicLogicalTable); // x2AVIC computes logical ids and has no use for the table
    }

    private static bool IsPage(ulong address) => (address & 0xfff) == 0 && address >> PhysicalAddressBits == 0;
}
