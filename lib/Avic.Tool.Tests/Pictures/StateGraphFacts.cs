using Avic.Model;
using Avic.Notebook;

namespace Avic.Tool.Tests;

public class StateGraphFacts
{
    [Fact]
    public void Says_how_many_states_there_are_and_which_go_round()
    {
        var graph = new GraphLayout(ReachableGraph.Of(Lasso(ends: true))!);
        // 0 → 1 → 2 → 3 → 1, and from 3 out to 4, where it ends.
        Assert.Equal([false, true, true, true, false], graph.InCycle);
        Assert.Equal([1, 1, 1, 1, 1], graph.Levels.Select(level => level.Count));
        Assert.Contains("5 states, 5 edges, 5 levels; 1 at rest, 3 on a cycle", Lasso(ends: true).Graph().ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_violation_is_drawn_with_the_shortest_way_to_it()
    {
        var never = Property.Named("never-three", "Nobody comes to three.").Never(Term.Of<State>("three", (ref readonly _, e) => e.Position(0) == "walk.three"));
        var graph = Lasso(ends: false).Graph(never);
        Assert.Contains("***boom*** 0 → 1 → 2 → 3", graph.ToText(), StringComparison.Ordinal);
        Assert.Contains("***boom*** and the shortest way to it", graph.ToSvg(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_larger_models_levels_are_drawn_with_the_place_of_the_violation()
    {
        var race = Scenario.Parse(Linux.VcpuStatus, "2,1W32,+4");
        var rows = race.Check(Property.ApicAccessIsNeverLost).Counterexample!.Steps.Count;
        var figure = Assert.IsType<Figure>(race.Graph(Property.ApicAccessIsNeverLost));
        Assert.Contains($"***boom*** in {rows} rows", figure.ToSvg(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_larger_models_picture_says_why_it_is_another() =>
        Assert.Contains("more than 300 states, by depth · 24 396 states", Scenario.Parse(Linux.V5_15, "2,1W32,+4").Graph().ToText().ReplaceLineEndings(" "), StringComparison.Ordinal);

    [Fact]
    public void Levels_are_a_figure_of_as_many_points_as_there_are_levels()
    {
        var exploration = Scenario.Parse(Linux.V5_15, "2,1W32,+4").Explore();
        using var figure = System.Text.Json.JsonDocument.Parse(exploration.Levels().ToPlotlyJson());
        Assert.Equal(exploration.LevelSizes, figure.RootElement.GetProperty("data")[0].GetProperty("y").EnumerateArray().Select(y => y.GetInt64()));
    }

    /// <summary>A way in and a ring of three; if it ends, also a way out.</summary>
    public static Model.Model Lasso(bool ends)
    {
        List<Row<State>> rows = [Step("in"), Step("one"), Step("two"), new("three", "goto one", (ref _, _, e) => e.Goto("one")) { To = ["one"] }];
        if (ends) rows.Add(Step("three"));
        return new ModelBuilder<State>("lasso", new Code<State>(new Routine<State>("walk", "test", [.. rows])), default).Thread("walker", "walk").Build();

        static Row<State> Step(string label) => new(label, label, (ref _, _, _) => Flow.Next);
    }

    public struct State
    {
        public byte Unused;
    }
}
