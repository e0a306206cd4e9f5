using System.Text.RegularExpressions;

namespace Avic.Tool.Tests;

/// <summary>What the README tells to type is typed here, in its order, and what it shows is so.</summary>
public sealed class ReadmeFacts : IDisposable
{
    private static readonly Document Page = Document.Of("README.md");

    private readonly Workplace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public async Task Its_commands_do_what_they_are_for_and_its_cells_run()
    {
        _place.Notebook("notebooks/readme.ipynb", [.. Page.BlocksOf("csharp")]);
        var tour = "";

        await Page.Type(_place, (line, said) => tour = line.EndsWith(" tour", StringComparison.Ordinal) ? said : tour);

        Assert.Contains("***boom***", tour);
        Assert.StartsWith("SAFE", Shown(1));
        Assert.StartsWith("VIOLATED interrupt-is-not-stranded", Shown(2));
        Assert.StartsWith("VIOLATED flag-and-vmcb-agree-at-vmrun", Shown(3));
        Assert.StartsWith("VIOLATED auto-eoi-inhibits", Shown(4));
        Assert.StartsWith("VIOLATED tpr-is-cr8", Shown(5));
        Assert.StartsWith("VIOLATED no-apic-page-in-x2apic-mode", Shown(7));
        Assert.StartsWith("VIOLATED", Shown(10));
    }

    [Fact]
    public void Its_table_of_programs_is_one_of_programs()
    {
        var table = Regex.Match(Page.Text.ReplaceLineEndings("\n"), @"\| part \| what it is \|\n\|---\|---\|\n((?:\|.*\n)+)").Groups[1].Value;
        string[] parts = [.. table.Split('\n', StringSplitOptions.RemoveEmptyEntries).SelectMany(row => Regex.Matches(row.StartsWith("| `2,…`", StringComparison.Ordinal) ? row : row.Split(" | ")[0], "`([^`]+)`")).Select(part => part.Groups[1].Value).Where(part => !part.Contains('…'))];
        Assert.Equal(30, parts.Length);
        // What is of the number of vCPUs is a beginning, the others come behind one.
        foreach (var part in parts)
        {
            var text = Regex.IsMatch(part, "^2[cpmthx]") ? part + ",0W32" : "2," + part;
            Assert.NotNull(Avic.Model.Scenario.Parse(Avic.Model.Linux.V5_15, text).Model);
        }
    }

    /// <summary>The kit itself says whether a kernel can do what is drawn there.</summary>
    [Fact]
    public async Task The_race_at_its_top_is_one_that_the_proposal_can_run_and_the_kernel_cannot()
    {
        File.WriteAllText(_place.Path("race.txt"), Assert.Single(Page.BlocksOf("text")));
        var rows = Regex.Match(Page.Text, @"prints all (\d+) rows of it").Groups[1].Value;

        var said = (await Workplace.Avic("mail", _place.Path("race.txt"))).Output.ReplaceLineEndings("\n");

        Assert.DoesNotContain("NOT UNDERSTOOD", said);
        Assert.Contains("\nINFEASIBLE as drawn, at line ", said);
        Assert.Contains($"\nOn V5_15.VcpuStatus, as drawn:\nFEASIBLE as drawn, {rows} rows ", said);
    }

    private string Shown(int cell) => string.Concat(_place.Outputs("notebooks/readme.ipynb", cell)[0]!["data"]!["text/plain"]!.AsArray().Select(line => line!.GetValue<string>()));
}
