namespace Avic.Model.Tests;

/// <summary>isr_count and highest_isr_cache: what KVM remembers of ISR, with AVIC on, off, and changing.</summary>
public class IsrCaches
{
    // 41h is injected and in service, or ended by the core, as AVIC changes; 31h waits for it.
    private const string Programs = "1,0w300=44041.zw300=44031.sh,+4-4";

    /// <summary>True if a kernel of history remembers across a change of AVIC: until 97a71c444a14 (v6.3).</summary>
    internal static bool Remembers(string kernel) => Versions.IsBefore(kernel, Linux.V6_3);

    private static int InService(Context x)
    {
        var count = 0;
        for (var vector = 16; vector < 256; vector++) count += x.ApicPage.Isr.Contains(vector) ? 1 : 0;
        return count;
    }

    private static readonly Property Counted = Property.Named("counted", "At VMRUN with AVIC off isr_count is what ISR holds, with AVIC on 1.").At("svm_vcpu_run.vmrun")
        .Never(Property.Is("it is not", x => x.Vcpu.IsrCount != (x.Vcpu.ApicvActive ? 1 : InService(x))));

    private static readonly Property Remembered = Property.Named("remembered", "At VMRUN, and where it goes to sleep, the vector that is remembered is the highest in service.").At("svm_vcpu_run.vmrun", "kvm_vcpu_block.runnable")
        .Whenever(Property.Is("one is remembered", x => x.Vcpu.HighestIsrCache != 0)).Never(Property.Is("it is not", x => x.Vcpu.HighestIsrCache != x.ApicPage.Isr.Highest));

    public static TheoryData<string> Kernels => [.. Linux.History.Select(kernel => kernel.Name)];

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Vectors_are_counted_on_every_kernel(string kernel)
    {
        foreach (var programs in (string[])[Programs, "1,0h,+4-4,d0:31.", "1,0w300=44041.v41.w300=44031.,+4-4"])
        {
            var verdict = Scenario.Parse(Linux.Parse(kernel), programs).Check(Counted);
            Assert.True(verdict.Outcome == Outcome.Safe && verdict.Premised > 0, verdict.ToText());
        }
    }

    // 97a71c444a14.
    [Theory]
    [MemberData(nameof(Kernels))]
    public void Until_6_2_a_vector_is_remembered_that_the_core_has_ended(string kernel)
    {
        var verdict = Scenario.Parse(Linux.Parse(kernel), Programs).Check(Remembered);
        Assert.Equal(Remembers(kernel) ? Outcome.Violated : Outcome.Safe, verdict.Outcome);
        Assert.True(verdict.Outcome == Outcome.Violated || verdict.Premised > 0, verdict.ToText());
    }

    [Fact]
    public void With_avic_off_throughout_memory_and_register_agree()
    {
        var verdict = Scenario.Parse(Linux.V5_15, "1,0w300=44031.v31.w300=44041.swb0=0.,+4").Check(Remembered);
        Assert.True(verdict.Outcome == Outcome.Safe && verdict.Premised > 0, verdict.ToText());
    }

    [Fact]
    public void A_page_that_the_VMM_sets_is_counted()
    {
        var verdict = Scenario.Parse(Linux.V5_15, "1,0h,+4L0:110=20000.,d0:31.").Check(Counted);
        Assert.True(verdict.Outcome == Outcome.Safe && verdict.Premised > 0, verdict.ToText());
    }
}
