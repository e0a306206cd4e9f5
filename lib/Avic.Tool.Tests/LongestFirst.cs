using Xunit.Abstractions;

[assembly: TestCollectionOrderer("Avic.Tool.Tests.LongestFirst", "Avic.Tool.Tests")]

namespace Avic.Tool.Tests;

/// <summary>The classes that take longest are begun first: one of them at the end would have a core to itself, and the other nothing to do.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long = [nameof(WrongAnswers), nameof(JupyterFacts), nameof(ExerciseNotebookFacts), nameof(RunFacts), nameof(GradeAttacks)];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => Long.TakeWhile(name => !collection.DisplayName.EndsWith("." + name, StringComparison.Ordinal)).Count());
}
