using Xunit.Abstractions;

[assembly: TestCollectionOrderer("Avic.Model.Tests.LongestFirst", "Avic.Model.Tests")]

namespace Avic.Model.Tests;

/// <summary>The classes that take longest are begun first: one of them at the end would have a core to itself, and the other nothing to do.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long = [nameof(RowAudits), nameof(Judgements), nameof(Fusing), nameof(HybridAvic), nameof(TheMuseum), nameof(JudgedMails), nameof(AssignedDevices), nameof(Nmis), nameof(IpiTargets)];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => Long.TakeWhile(name => !collection.DisplayName.EndsWith("." + name, StringComparison.Ordinal)).Count());
}
