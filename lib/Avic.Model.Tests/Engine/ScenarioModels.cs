namespace Avic.Model.Tests;

internal static class ScenarioModels
{
    /// <summary>The scenario's model with the observers that the properties need, as its own check links it.</summary>
    public static Model Watched(this Scenario scenario, IReadOnlyList<Property> properties) =>
        scenario.Build(properties.SelectMany(property => property.Observers));
}
