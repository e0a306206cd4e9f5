namespace Avic.Tool.Tests;

/// <summary>Facts about processes that somebody waits for with a limit: beside other tests, two cores may keep them from it.</summary>
[CollectionDefinition(nameof(WithoutCompany), DisableParallelization = true)]
public sealed class WithoutCompany;
