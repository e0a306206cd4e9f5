using System.Text.Json.Nodes;

namespace Avic.Tool.Tests;

/// <summary>The auditor of pages.</summary>
internal static class Axe
{
    private const string Run = """
        (async () => {
          for (const fold of document.querySelectorAll('details')) fold.open = true;
          const found = await axe.run(document, { resultTypes: ['violations', 'passes'] });
          return JSON.stringify({ passes: found.passes.length, violations: found.violations.map(rule => `${rule.id}: ${rule.nodes[0].target.join(' ')} (${rule.nodes.length}) ${rule.nodes[0].failureSummary}`) });
        })()
        """;

    private static readonly Lazy<string> Script = new(() => File.ReadAllText(NpmPackage.File("axe-core@4.14.1", "axe.min.js")));

    /// <summary>What it finds wrong with the page, all of it unfolded.</summary>
    /// <param name="fewest">Rules that must have found something to look at, or the audit is none.</param>
    public static async Task<string[]> Audit(Tab tab, int fewest = 15)
    {
        await tab.Evaluate(Script.Value);
        var found = JsonNode.Parse((await tab.Evaluate(Run))!.GetValue<string>())!;
        Assert.InRange(found["passes"]!.GetValue<int>(), fewest, 200);
        return [.. found["violations"]!.AsArray().Select(violation => violation!.GetValue<string>())];
    }
}
