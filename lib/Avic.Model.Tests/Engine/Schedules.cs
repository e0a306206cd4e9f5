using Avic.Examples;
using Avic.Textbook;
using FsCheck.Fluent;

namespace Avic.Model.Tests;

public class Schedules
{
    private static readonly Scenario Race = Scenario.Parse(Linux.V5_15, "2,1W32,+4-4");

    [Fact]
    public void Any_moves_survive_being_written_as_a_token_and_read_back()
    {
        var model = Race.Model;
        var move =
            from actor in Gen.Choose(0, model.Actors.Count - 1)
            from alternative in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(0, 255)))
            from choice in Gen.Frequency((3, Gen.Constant(0)), (1, Gen.Choose(0, 255)))
            from times in Gen.Frequency((3, Gen.Constant(1)), (1, Gen.Choose(1, 40)))
            select Enumerable.Repeat(new Move((byte)actor, (byte)alternative, (byte)choice), times);
        foreach (var moves in move.ListOf().Sample(300, new FsCheck.Rnd(5), 30))
        {
            Move[] all = [.. moves.SelectMany(m => m)];
            Assert.Equal(all, Schedule.Moves(model, Schedule.TokenOf(model, all)));
        }
    }

    [Fact]
    public void Any_random_run_is_replayed_by_its_token()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var run = Race.Run(Schedule.Seed(seed), 300);
            var again = Race.Run(Schedule.Parse(run.Token));
            Assert.Equal(run.ToText(), again.ToText());
            Assert.True(run.Bytes(run.Steps.Count).SequenceEqual(again.Bytes(again.Steps.Count)));
        }
    }

    [Fact]
    public void A_seed_picks_the_same_rows_everywhere() =>
        Assert.Equal("peterson3:f709:bcacacbac_1acba_1ax3", Trace.Record(Peterson.Of(3), Schedule.Seed(7), 16, "").Token);

    [Fact]
    public void Garbage_is_refused_or_harmless()
    {
        var model = Race.Model;
        var good = Race.Run(Schedule.Seed(1), 60).Token;
        var any = Gen.Elements([.. "abcdefxyzZ_.:*0123456789 é€\0\n|-+"]);
        var edit = from at in Gen.Choose(0, good.Length - 1) from c in any from kind in Gen.Choose(0, 2) select (at, c, kind);
        var mutant = edit.ListOf(3).Select(edits => edits.Aggregate(good, (text, e) => e.at >= text.Length ? text + e.c
            : e.kind switch { 0 => text.Remove(e.at, 1), 1 => text.Insert(e.at, e.c.ToString()), _ => text[..e.at] + e.c + text[(e.at + 1)..] }));
        var noise = any.ArrayOf().Select(chars => new string(chars));
        var prefixed = noise.Select(text => $"{model.Name}:{model.Fingerprint}:{text}");
        var (refused, played) = (0, 0);
        foreach (var token in Gen.OneOf(mutant, noise, prefixed).Sample(1_500, new FsCheck.Rnd(6), 20))
        {
            try
            {
                Race.Run(Schedule.Parse(token), 100);
                played++;
            }
            catch (ModelException)
            {
                refused++;
            }
        }
        Assert.True(refused > 500 && played > 0, $"{refused} refused, {played} played");
    }

    [Theory]
    [InlineData("", "'' is no schedule: a token reads V5_15/2,1W32,+4-4:")]
    [InlineData("V5_15:abc", "'V5_15:abc' is no schedule")]
    [InlineData("*:Q", "character 1, 'Q', names no actor: this model has abcde")]
    [InlineData("*:ax", "no number from 0 to 1000000 after its character 2, 'x'")]
    [InlineData("*:ax9999999", "no number from 0 to 1000000")]
    [InlineData("*:a_256", "no number from 0 to 255 after its character 2, '_'")]
    [InlineData("*:ax1000000a", "more than 1000000 rows")]
    [InlineData("*:c_9", "Row 1 of the schedule: vmm0 cannot take that row now (it stands at kvm_request_apicv_update.lock, which has 1 rows). Possible: vcpu0 vcpu_enter_guest.pending")]
    [InlineData("*:a.1", "Row 1 of the schedule: vcpu0 cannot take that row now")]
    [InlineData("*:ad", "Row 2 of the schedule: core0 cannot take that row now")]
    public void A_bad_token_is_told_what_a_good_one_is(string token, string told)
    {
        token = token.Replace("*", $"{Race.Model.Name}:{Race.Model.Fingerprint}");
        Assert.Contains(told, Assert.Throws<ModelException>(() => Race.Run(Schedule.Parse(token))).Message);
    }

    [Fact]
    public void A_token_of_another_kernel_is_refused_by_name()
    {
        var edited = Race.On(Linux.V5_15.Without("kvm_faultin_pfn", "activated"));
        var refusal = Assert.Throws<ModelException>(() => edited.Run(Schedule.Parse(Race.Run(Schedule.Seed(1), 9).Token)));
        Assert.Equal("The schedule was made on V5_15/2,1W32,+4-4; this is V5_15~kvm_faultin_pfn.-activated/2,1W32,+4-4.", refusal.Message);
    }

    [Theory]
    [InlineData("2,1W33,+4-4")]
    [InlineData("2,1R32,+4-4")]
    [InlineData("2,1W32,+4")]
    [InlineData("2,1IW32,+4-4")]
    [InlineData("2,0W32,+4-4")]
    [InlineData("3,1W32,+4-4")]
    public void A_token_of_other_programs_is_refused_by_name(string programs)
    {
        var other = Scenario.Parse(Linux.V5_15, programs);
        var refusal = Assert.Throws<ModelException>(() => other.Run(Schedule.Parse(Race.Run(Schedule.Seed(1), 9).Token)));
        Assert.Equal($"The schedule was made on V5_15/2,1W32,+4-4; this is V5_15/{programs}.", refusal.Message);
    }

    [Fact]
    public void A_token_of_other_rows_under_the_same_name_is_refused_by_fingerprint()
    {
        var other = Race.On(Linux.V5_15.Without("kvm_faultin_pfn", "activated").Named("V5_15"));
        var refusal = Assert.Throws<ModelException>(() => other.Run(Schedule.Parse(Race.Run(Schedule.Seed(1), 9).Token)));
        Assert.Contains($"made by other rows, actors or programs ({Race.Model.Fingerprint}; these are {other.Model.Fingerprint})", refusal.Message);
    }

    [Fact]
    public void A_models_name_may_hold_a_colon()
    {
        var kernel = Linux.V5_15.Named("RFC v2: check the vCPU's own flag");
        var run = Race.On(kernel).Run(Schedule.Seed(1), 30);
        Assert.Equal(run.ToText(), Race.On(kernel).Run(Schedule.Parse(run.Token)).ToText());
    }

    [Fact]
    public void By_hand_actors_take_the_rows_named() =>
        Assert.Equal("p0 p1 p0 p1", string.Join(' ', Trace.Record(ToyLock.Broken, Schedule.By("p0", "p1", "p0*1", "p1"), 10, "").Steps.Select(step => step.Actor.Name)));

    [Theory]
    [InlineData("p9", "There is no actor 'p9'. Did you mean 'p0'? It has: p0, p1.")]
    [InlineData("p0*", "'p0*' is no turn: write an actor's name, or name*3 for three rows.")]
    [InlineData("p0*-1", "'p0*-1' is no turn")]
    [InlineData("p0*3*3", "'p0*3*3' is no turn")]
    public void By_hand_an_unknown_actor_is_told_the_nearest(string turn, string told) =>
        Assert.Contains(told, Assert.Throws<ModelException>(() => Trace.Record(ToyLock.Broken, Schedule.By(turn), 10, "")).Message);

    [Fact]
    public void By_hand_an_actor_that_cannot_move_is_told_who_can() =>
        Assert.Equal("p1 cannot move now. Able to: p0.", Assert.Throws<ModelException>(() => Trace.Record(ToyLock.Broken, Schedule.By("p0*2", "p1"), 10, "")).Message);

    [Fact]
    public void Round_robin_gives_each_actor_a_row_in_turn() =>
        Assert.Equal("p0 p1 p0 p1 p0 p1", string.Join(' ', Trace.Record(ToyLock.Broken, Schedule.RoundRobin, 6, "").Steps.Select(step => step.Actor.Name)));
}
