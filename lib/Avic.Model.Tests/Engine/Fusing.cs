using Avic.Model;

namespace Avic.Model.Tests;

/// <summary>What fusing assumes, checked on every state: a fused row commutes with everything others do.</summary>
public unsafe class Fusing
{
    public static TheoryData<string, string> Scenarios
    {
        get
        {
            TheoryData<string, string> scenarios = new() { { "V5_15", "2,1W32,+4" }, { "V5_15", "1,0W32I,+4-4,+1" }, { "V5_15.VcpuStatus", "1,0W32W33,+4-4" }, { "V7_0", "2,0I,1I" }, { "V5_16", "2,1W32,+4" }, { "V6_8", "2,1W32,+4" } };
            foreach (var kernel in Linux.Known) scenarios.Add(kernel.Name, "1,0W32I,+4-4");
            return scenarios;
        }
    }

    /// <summary>Interrupts, timers, NMI, INIT and SIPI, calls between two runs, ids that the map is made of, x2APIC mode, and vCPUs that move.</summary>
    public static TheoryData<string, string> Joined => new()
    {
        { "V5_15", "1,0h,+4,d0:31." }, { "V7_0", "1,0h,+4,d0:31." }, { "V5_15", "1,0v2.g,+4,dn0." }, { "V6_17", "1,0w300=44500.,+4" }, { "V5_15", "2,0w310=1000000.w300=469a.,1UW32" },
        { "V6_17", "1,0w300=44031.,+4L0:210=20000." }, { "V6_3", "2,0wd0=2000000." }, { "V7_0", "1x,0m1b=fee00100.m808=20.,+4" }, { "V5_15", "1p,0W7,+4" }, { "V5_15", "1p,0w320=31.w380=1000.,+4" }, { "V6_17", "1p,0W7,+4" }, { "V6_17", "1,0h,+4,a0:41." }, { "V6_8", "1,b0u0,d0:31." }, { "V5_14", "2,C1,+4" }, { "V6_17", "2,1W7,C1,+4-4" }, { "V5_15", "1,R0=0:42.,aff:41." }, { "V6_8", "1,0h,R0=0:42.,aff:41." }, { "V6_17", "1,0h,R0=0:42.,aff:41." }, { "V5_15", "1t,0W7I,+4" },
        { "V5_7", "1,0w320=31.w380=5.h,+4" }, { "V5_15", "1,0w320=31.w380=5.h,+4-4" }, { "V7_0", "1,0w320=31.w380=5.h,+4-4" },
        { "V5_15", "1p,0v2.g,+4,dn0." }, { "V5_17", "1p,0w300=44500.,+4" },
        { "V5_15", "2,0m40000092=20031.m40000092=10000.,1m40000092=20031." }, { "V7_0", "2,0m40000092=20031.m40000092=10000.,1m40000092=20031." },
    };

    [Theory, MemberData(nameof(Scenarios)), MemberData(nameof(Joined))]
    public void A_row_that_may_be_fused_commutes_with_every_move_of_every_other_actor(string kernel, string programs) =>
        Audit(Scenario.Parse(Linux.Parse(kernel), programs).Model);

    private static void Audit(Model model)
    {
        var (stepper, other) = (new Stepper(model), new Stepper(model));
        var met = 0;
        foreach (var state in Reachable(model))
        {
            stepper.Load(state);
            var moves = stepper.Enabled();
            for (byte thread = 0; thread < model.Stacks.Length; thread++)
            {
                stepper.Load(state);
                if (stepper.Fusible(thread) is not { } row) continue;
                var mine = Assert.Single(moves, move => move.Actor == thread); // it neither waits nor chooses
                foreach (var theirs in moves.Where(move => move.Actor != thread))
                {
                    met++;
                    var name = $"{row.Id} of {model.Actors[thread].Name} and {stepper.Offered(theirs.Actor)[theirs.Alternative].Id} of {model.Actors[theirs.Actor].Name}";
                    Assert.True(After(other, state, mine, theirs).AsSpan().SequenceEqual(After(other, state, theirs, mine)), name);
                    other.Load(state);
                    other.Take(theirs);
                    Assert.True(other.Fusible(thread) == row, $"{name}: the second takes the first's reason away");
                }
            }
        }
        Assert.True(met > 0, "no such row ever stood beside another's move");
    }

    [Theory, MemberData(nameof(Scenarios))]
    public void Fused_verdicts_are_those_of_the_whole_and_as_short_in_rows(string kernel, string programs)
    {
        var scenario = Scenario.Parse(Linux.Parse(kernel), programs);
        foreach (var property in Property.All.Concat(Property.Goals).Where(p => p.Observers.Count == 0))
        {
            var (whole, fused) = (scenario.Check(property), scenario.Check(property, new() { Fuse = true }));
            Assert.Equal((whole.Outcome, whole.Counterexample?.Token), (fused.Outcome, fused.Counterexample?.Token));
        }
    }

    [Fact]
    public void A_row_that_is_covered_only_at_times_must_stay_so()
    {
        // "No request is pending" holds until somebody makes one: declared as a reason, the audit finds it out.
        var kernel = Linux.V5_15.With("vcpu_enter_guest", "pending", Row.Of("pending", "a lie",
            x => x.Vcpu.Requests != 0 ? x.Next : x.Goto("event"), to: ["event"], coveredWhen: x => x.Vcpu.Requests == 0));
        var refused = Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Audit(Scenario.Parse(kernel, "2,1W32,+4").Model));
        Assert.Contains("vcpu_enter_guest.pending", refused.Message);
    }

    [Fact]
    public void Fusing_saves_states() =>
        Assert.Equal((24_396L, 11_478L), (Scenario.Parse(Linux.V5_15, "2,1W32,+4").Explore().States, Scenario.Parse(Linux.V5_15, "2,1W32,+4").Explore(new() { Fuse = true }).States));

    [Fact]
    public void An_edited_kernel_is_not_fused_under_any_name()
    {
        var edited = Linux.V5_15.Without("kvm_zap_gfn_range", "seq").Named("mine");
        var scenario = Scenario.Parse(Linux.V5_15, "2,1W32,+4");
        Assert.False(scenario.On(edited).Explore(new() { Fuse = true }).Fused);
        Assert.False(scenario.On(edited).Check(Property.ApicAccessIsNeverLost, new() { Fuse = true }).Exploration.Fused);
        Assert.True(scenario.On(Linux.V5_15.Named("the same")).Explore(new() { Fuse = true }).Fused);
    }

    private static byte[] After(Stepper stepper, byte[] state, Move first, Move second)
    {
        stepper.Load(state);
        stepper.Take(first);
        stepper.Commit();
        stepper.Take(second); // throws if the first has disabled it
        return stepper.After.ToArray();
    }

    private static IEnumerable<byte[]> Reachable(Model model)
    {
        HashSet<string> seen = [Convert.ToBase64String(model.Initial)];
        Queue<byte[]> waiting = new([model.Initial]);
        var stepper = new Stepper(model);
        while (waiting.TryDequeue(out var state))
        {
            yield return state;
            stepper.Load(state);
            foreach (var move in stepper.Enabled())
            {
                stepper.Load(state);
                stepper.Take(move);
                var next = stepper.After.ToArray();
                if (seen.Add(Convert.ToBase64String(next))) waiting.Enqueue(next);
            }
        }
    }
}
