namespace Avic.Model;

/// <summary>What must hold of NMIs.</summary>
public sealed partial class Property
{
    /// <summary>What requests, kicks and windows are for.</summary>
    public static readonly Property NmiIsNotStranded =
        Named("nmi-is-not-stranded", "When nothing is bound to happen, no NMI is waiting, whatever the guest does.")
            .AtRest()
            .Whenever(Is("an NMI was handled or is waiting", x => x.Programs.HasNmi && AnyVcpu(x, (x, v) => NmiWaits(x, v) || x.MemoryOf(v).Handled[x.Programs.VectorIndex(Nmi.Vector)] > 0)))
            .Never(Is("an NMI is waiting", x => AnyVcpu(x, NmiWaits)));

    /// <summary>Architecture: from an NMI to the handler's IRET.</summary>
    public static readonly Property NmiIsNotNested =
        Named("nmi-is-not-nested", "The handler of an NMI is not interrupted by another NMI.")
            .On((uint)Mark.Handled)
            .Never(Is("it is", x => x.Programs.HasNmi && AnyVcpu(x, NmisAreNested)));

    /// <summary>What must hold of NMIs, beside <see cref="All"/>, in scenarios that send some.</summary>
    public static readonly IReadOnlyList<Property> OfNmis = [NmiIsNotStranded, NmiIsNotNested];

    private static bool NmiWaits(Context x, int vcpu) => x.VcpuOf(vcpu).NmiQueued > 0 || x.VcpuOf(vcpu).NmiPending > 0;

    private static bool NmisAreNested(Context x, int vcpu)
    {
        var (code, memory) = (x.Programs.Guest[vcpu], x.MemoryOf(vcpu));
        var handlers = code.IsOfNmi(x.VmcbOf(vcpu).Rip) ? 1 : 0;
        for (var depth = 0; depth < memory.Depth; depth++) handlers += code.IsOfNmi(memory.Return[depth]) ? 1 : 0;
        return handlers > 1;
    }
}
