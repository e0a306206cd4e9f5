namespace Avic.Model;

public sealed partial class Scenario
{
    /// <summary>The properties that must hold of it: those of every scenario, and those that its programs call for. What looks at rows that its kernel has not got is left out.</summary>
    public IReadOnlyList<Property> MustHold =>
    [
        .. Property.All.Concat(Programs.Interrupts ? Property.OfInterrupts : []).Concat(Programs.HasNmi ? Property.OfNmis : []).Concat(Programs.HasInit ? Property.OfInit : [])
            .Concat(Programs.HasNested ? Property.OfNested : []).Concat(Programs.VcpusMove ? Property.OfCores : []).Concat(Programs.HasIoApic ? Property.OfLines : [])
            .Concat(Programs.HasIommu ? Property.OfPosting : []).Concat(Programs.HasSynic ? [Property.AutoEoiInhibits] : []).Concat(Programs.HasGuestDebug ? Property.OfDebuggers : [])
            .Where(Kernel.HasRowsOf),
    ];
}
