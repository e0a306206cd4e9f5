using Avic.Model;

namespace Avic.Model.Tests;

/// <summary>Ways to be told SAFE wrongly that were once open.</summary>
public class Attacks
{
    private static readonly Scenario Lossy = Scenario.Parse(Linux.VcpuStatus, "2,1W32,+4");

    public struct Two
    {
        public byte A, B, Open, Seen;
    }

    [Fact]
    public void A_property_that_writes_is_refused_by_name()
    {
        var writes = Property.Named("writes", "").Never(Property.Is("w", x => (x.Vm.ApicvInhibitReasons = 5) == 7));
        Assert.Contains("writes to the state it looks at", Assert.Throws<ModelException>(() => Lossy.Check([Property.ApicAccessIsNeverLost, writes])).Message);
    }

    [Fact]
    public void Fusing_is_off_for_a_property_that_may_see_what_is_fused()
    {
        // p1 and p2 are private by their author's word, yet "never both" sees the state between them.
        var code = new Code<Two>(
            new Routine<Two>("a", "test", [
                new("open", "open = 1", (ref s, _, _) => { s.Open = 1; return Flow.Next; }),
                new("p1", "a = 1", (ref s, _, _) => { s.A = 1; return Flow.Next; }) { Private = true },
                new("p2", "a = 0", (ref s, _, _) => { s.A = 0; return Flow.Next; }) { Private = true }]),
            new Routine<Two>("b", "test", [
                new("b", "b = 1", (ref s, _, _) =>
                {
                    if (s.Open == 0) return Flow.Wait;
                    s.B = 1;
                    return Flow.Next;
                })]));
        var model = new ModelBuilder<Two>("fence", code, default).Thread("a", "a").Thread("b", "b").Build();
        var both = Property.Named("never-both", "").Never(Term.Of<Two>("both", (ref readonly s, _) => s.A == 1 && s.B == 1));
        Assert.Equal((Outcome.Violated, 3), (Explorer.Check(model, both, new() { Fuse = true }) is var v ? v.Outcome : default, v.Counterexample!.Steps.Count));
    }

    [Fact]
    public void A_private_row_that_chooses_is_refused_where_it_is_fused()
    {
        var code = new Code<Two>(new Routine<Two>("a", "test", [
            new("open", "open = 1", (ref s, _, _) => { s.Open = 1; return Flow.Next; }),
            new("p", "choose", (ref s, _, e) => { s.A = (byte)e.Choose(2); return Flow.Next; }) { Private = true }]));
        var model = new ModelBuilder<Two>("choice", code, default).Thread("a", "a").Build();
        Assert.Contains("waits or chooses", Assert.Throws<ModelException>(() => Explorer.Explore(model, new() { Fuse = true })).Message);
    }

    [Fact]
    public void A_vmm_threads_own_vcpu_is_refused_in_words() =>
        Assert.Contains("actor 2 is no vCPU", Assert.Throws<ModelException>(() => Lossy.Check(
            Property.Named("own", "").At("__kvm_request_apicv_update.store").Never(Property.Is("its flag", x => x.Vcpu.ApicvActive)))).Message);

    [Fact]
    public void A_write_past_the_vcpus_in_use_is_refused() =>
        Assert.Contains("writes to an element that is not in use", Assert.Throws<ModelException>(() => Lossy.On(Linux.V5_15.With("kvm_zap_gfn_range", "begin", x =>
        {
            x.VcpuOf(3).ApicvActive = true;
            return x.Next;
        })).Explore()).Message);

    [Fact]
    public void Nothing_to_look_at_is_called_vacuous_in_the_line() =>
        Assert.EndsWith("vacuous", Scenario.On(Linux.V5_15, 1).Check(Property.WindowCheckNeverFires).Line);

    [Fact]
    public void A_property_without_a_term_says_nothing() =>
        Assert.Contains("says nothing", Assert.Throws<ModelException>(() => Lossy.Check(Property.Named("p", ""))).Message);

    [Fact]
    public void Never_after_always_is_never() =>
        Assert.False(Property.Named("p", "").Always(Property.Is("a", _ => true)).Never(Property.Is("b", _ => true)).IsAlways);

    [Theory]
    [InlineData("3,1W32,+4")]
    [InlineData("2,1W32,+4,+1")]
    public void A_token_found_with_observers_replays_without(string programs)
    {
        var verdict = Scenario.Parse(Linux.VcpuStatus, programs).Check([Property.ApicAccessIsNeverLost, Property.EveryAccessTakesEffectOnce])[0];
        Assert.Equal(verdict.Counterexample!.Steps.Count, Scenario.Of(verdict.Counterexample.Token).Replay(verdict.Counterexample.Token).Steps.Count);
    }

    [Fact]
    public void Stored_before_the_zap_is_what_keeps_the_word_and_the_sequence_in_order() =>
        Assert.Equal(Outcome.Violated, Scenario.Parse(Linux.V5_15.Swap("__kvm_request_apicv_update", "store", "zap"), "2,1W32,+4").Check(Property.ApicAccessIsNeverLost).Outcome);
}
