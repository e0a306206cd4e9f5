namespace Avic.Tool.Tests;

public sealed class MuseumFacts
{
    [Fact]
    public async Task The_list_has_bugs_with_an_exhibit_and_bugs_without()
    {
        var said = await Workplace.Avic("museum");
        Assert.Equal(CommandLine.Ok, said.Exit);
        Assert.Contains("V6_17 → V7_0, 116 rows", said.Output, StringComparison.Ordinal);
        Assert.Contains("27  A posted-interrupt descriptor left unread: is a matter of VMX", said.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exhibit_is_told_and_shown()
    {
        var said = await Workplace.Avic("museum", "7a");
        Assert.Equal(CommandLine.Ok, said.Exit);
        Assert.Contains("broken: VIOLATED window-check-never-fires in 28 rows (shortest)", said.Output, StringComparison.Ordinal);
        Assert.Contains("mended: SAFE window-check-never-fires", said.Output, StringComparison.Ordinal);
        Assert.Contains("- svm_set_vintr(svm)", said.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("avic: Number 19 (A refresh lost at the exit of a nested guest) has no exhibit: is a matter of VMX, which is not modelled.", "museum", "19")]
    [InlineData("avic: There is no exhibit 'seed'.", "museum", "seed")]
    [InlineData("avic: --matrix shows every exhibit: leave '3a' out.", "museum", "3a", "--matrix")]
    [InlineData("avic: There is no kernel 'V5_1'.", "list", "V5_15", "V5_1")]
    public async Task What_cannot_be_shown_is_told_on_one_line(string told, params string[] args)
    {
        var said = await Workplace.Avic(args);
        Assert.Equal(CommandLine.Unusable, said.Exit);
        Assert.StartsWith(told, said.Error, StringComparison.Ordinal);
        Assert.Single(said.Error.Trim().Split('\n'));
    }

    [Fact]
    public async Task Two_kernels_are_set_beside_each_other()
    {
        var said = await Workplace.Avic("list", "V5_16", "V5_17");
        Assert.Equal(CommandLine.Ok, said.Exit);
        Assert.Contains("smp_store_release(&vcpu->mode, IN_GUEST_MODE)", said.Output, StringComparison.Ordinal);
    }
}
