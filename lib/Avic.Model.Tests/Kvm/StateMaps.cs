namespace Avic.Model.Tests;

/// <summary>The states around a run, against the graph that another explorer makes.</summary>
public class StateMaps
{
    private const int Enough = 1_000_000;

    private static Scenario Race(Linux kernel, string programs = "2,1W32,+4") => Scenario.Parse(kernel, programs);

    private static StateMap Around(Scenario scenario, Property property, int most = Enough) =>
        StateMap.Around(scenario.Check(property).Counterexample!.Token, property, most, CancellationToken.None);

    [Fact]
    public void Every_state_has_the_moves_that_the_graph_of_the_model_has()
    {
        var race = Race(Linux.VcpuStatus);
        using var map = Around(race, Property.ApicAccessIsNeverLost);
        var graph = ReachableGraph.Of(race.Model, Enough)!;
        var edges = graph.Edges.ToLookup(edge => edge.From);
        Dictionary<int, int> same = new() { [0] = 0 };
        Queue<int> waiting = new([0]);
        var ends = 0;
        while (waiting.TryDequeue(out var state))
        {
            var moves = map.Moves(state);
            Assert.Equal(edges[same[state]].Select(edge => (edge.Actor.Index, edge.Row)), moves.Select(move => ((int)move.Move.Actor, move.Row)));
            foreach (var (move, edge) in moves.Zip(edges[same[state]]))
                if (move.End is not null)
                    ends++;
                else if (same.TryAdd(move.To, edge.To))
                    waiting.Enqueue(move.To);
                else
                    Assert.Equal(same[move.To], edge.To);
        }
        Assert.True(map.IsWhole);
        Assert.Equal(map.States, same.Count);
        Assert.Equal(map.States, same.Values.Distinct().Count());
        Assert.NotEqual(0, ends);
    }

    /// <summary>Only true distances make each one more than the least of those that a move leads to.</summary>
    [Theory]
    [InlineData("V5_15.VcpuStatus", "1,0W32,+4-4", "apic-access-is-never-lost")]
    [InlineData("V5_15.WordBeforeKick", "1,0W32,+4-4", "entry-check-never-fires")]
    [InlineData("V5_15~vcpu_enter_guest.-mode", "2,1W32,+4", "waited-request-is-served-first")]
    [InlineData("V5_15~kvm_request_apicv_update.-unlock", "1,0W32,+4-4", "no-deadlock")]
    [InlineData("V5_15", "1,0W32,+4-4", "access-is-accelerated")]
    public void Distances_are_exact_where_the_map_is_whole(string kernel, string programs, string name)
    {
        var (race, property) = (Race(Linux.Parse(kernel), programs), Property.ByName(name));
        var run = race.Check(property).Counterexample!;
        using var map = Around(race, property);
        Assert.True(map.IsWhole);
        Assert.Equal(run.Steps.Count, map.Distance(0));
        Assert.Equal(run.Steps.Count, map.Run);
        for (var state = 0; state < map.States; state++)
        {
            var next = map.Moves(state).Select(move => move.To < 0 ? 0 : map.Distance(move.To)).Where(distance => distance >= 0).DefaultIfEmpty(-2).Min();
            Assert.Equal(map.IsEnd(state) ? 0 : next + 1, map.Distance(state));
        }
    }

    [Fact]
    public void States_are_numbered_by_their_rows_off_the_run()
    {
        using var map = Around(Race(Linux.VcpuStatus), Property.ApicAccessIsNeverLost);
        var rows = new int[map.States];
        Array.Fill(rows, int.MaxValue, map.Within[0], map.States - map.Within[0]);
        for (var state = 0; state < map.States; state++)
            foreach (var move in map.Moves(state).Where(move => move.To >= 0))
                rows[move.To] = Math.Min(rows[move.To], rows[state] + 1);
        Assert.Equal(56, map.Within[0]);
        for (var radius = 0; radius < map.Within.Count; radius++)
            Assert.Equal(map.Within[radius], rows.Count(off => off <= radius));
    }

    [Fact]
    public void A_map_that_was_not_finished_says_so_and_never_puts_the_boom_too_near()
    {
        var race = Race(Linux.VcpuStatus);
        using var whole = Around(race, Property.ApicAccessIsNeverLost);
        using var part = Around(race, Property.ApicAccessIsNeverLost, 5000);
        Assert.False(part.IsWhole);
        Assert.InRange(part.States, 5000, 5010);
        Assert.Equal(56, part.Distance(0));
        for (var state = 0; state < part.States; state++)
            Assert.True(part.Distance(state) < 0 || part.Distance(state) >= whole.Distance(state));
        Assert.Contains(Enumerable.Range(0, part.States), state => part.Distance(state) < 0 && whole.Distance(state) >= 0);
    }

    [Fact]
    public void A_move_names_what_it_changes()
    {
        using var map = Around(Race(Linux.VcpuStatus), Property.ApicAccessIsNeverLost);
        var move = map.Moves(0)[2];
        Assert.Equal("kvm_request_apicv_update.lock", move.Row);
        Assert.Equal([("apicv_update_lock.owner", "3"), ("vmm0 stands at", "__kvm_request_apicv_update.edge")], move.Changes.Select(change => (map.Fields[change.Field], change.Value)));
    }

    [Theory]
    [InlineData("V5_15/1,0W32:0000:a", "made by other rows")]
    [InlineData("V9_9/1,0W32:0000:a", "There is no kernel")]
    [InlineData("V5_15~kvm_faultin_pfn.activated'/1,0W32:0000:a", "made by code")]
    public void What_is_no_token_has_no_map(string token, string why) =>
        Assert.Contains(why, Assert.Throws<ModelException>(() => StateMap.Around(token, Property.ApicAccessIsNeverLost, Enough, CancellationToken.None)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("ax1001", "up to 1000")]
    [InlineData("a_9", "cannot take that row now")]
    public void What_cannot_be_walked_has_no_map(string moves, string why)
    {
        var token = Race(Linux.V5_15).Run(Schedule.Seed(1), 0).Token + moves;
        Assert.Contains(why, Assert.Throws<ModelException>(() => StateMap.Around(token, Property.ApicAccessIsNeverLost, Enough, CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Exploring_can_be_cancelled() => Assert.Throws<OperationCanceledException>(() =>
        StateMap.Around(Race(Linux.V5_15).Run(Schedule.Seed(1), 3).Token, Property.ApicAccessIsNeverLost, Enough, new CancellationToken(canceled: true)));
}
