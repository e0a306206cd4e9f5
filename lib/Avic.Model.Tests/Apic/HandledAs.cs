namespace Avic.Model.Tests;

/// <summary>How often each vCPU handles the one vector there is, whatever the interleaving.</summary>
internal static class HandledAs
{
    public static Property Of(params int[] expected) => Property.Named("expected", "At rest each vCPU has handled the vector as often as expected.").AtRest().Never(Property.Is("one has not", x =>
    {
        for (var vcpu = 0; vcpu < x.VcpuCount; vcpu++)
            if (x.MemoryOf(vcpu).Handled[0] != expected[vcpu]) return true;
        return false;
    }));
}
