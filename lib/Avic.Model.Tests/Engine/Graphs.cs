using Avic.Examples;
using Avic.Textbook;

namespace Avic.Model.Tests;

public class Graphs
{
    [Fact]
    public void A_small_models_graph_has_the_states_and_edges_of_an_exploration()
    {
        foreach (var model in new[] { ToyLock.Broken, ToyLock.Fixed, Peterson.Of(2), Scenario.Parse(Linux.V5_15, "1,0W32").Model })
        {
            var (graph, explored) = (ReachableGraph.Of(model, 1000)!, Explorer.Explore(model));
            Assert.Equal((explored.States, explored.Edges, explored.RestStates), (graph.States.Count, graph.Edges.Count, graph.States.Count(state => state.IsAtRest)));
            Assert.Equal(explored.LevelSizes, graph.States.CountBy(state => state.Level).OrderBy(level => level.Key).Select(level => (long)level.Value));
        }
    }

    [Fact]
    public void A_model_of_more_states_than_asked_for_has_none() => Assert.Null(ReachableGraph.Of(ToyLock.Broken, 12));

    [Fact]
    public void A_model_of_just_as_many_has_one() => Assert.NotNull(ReachableGraph.Of(ToyLock.Broken, 13));

    [Fact]
    public void A_counterexample_is_a_path_in_it()
    {
        var violation = Explorer.Check(ToyLock.Broken, ToyLock.Exclusion).Counterexample!;
        var graph = ReachableGraph.Of(ToyLock.Broken)!;
        var path = graph.Path(violation);
        Assert.Equal(violation.Steps.Count + 1, path.Count);
        Assert.All(path.Zip(path.Skip(1)), step => Assert.Contains(graph.Edges, edge => (edge.From, edge.To) == step));
    }

    [Fact]
    public void A_trace_of_another_model_is_refused()
    {
        var violation = Explorer.Check(ToyLock.Broken, ToyLock.Exclusion).Counterexample!;
        Assert.Contains("another model", Assert.Throws<ModelException>(() => ReachableGraph.Of(ToyLock.Fixed)!.Path(violation)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exploration_that_stops_counts_the_level_it_had_begun()
    {
        var stopped = Explorer.Explore(Peterson.Of(3), new() { MaxLevels = 10 });
        Assert.Equal((stopped.States, 11), (stopped.LevelSizes.Sum(), stopped.LevelSizes.Count));
    }
}
