using Avic.Model;
using Avic.Textbook;

namespace Avic.Model.Tests;

public class ExploringWithin
{
    [Fact]
    public void Only_states_that_keep_the_term_are_entered()
    {
        var model = Peterson.Of(3);
        var all = Explorer.Explore(model);
        var some = Explorer.Explore(model, new() { Within = Term.Of("process 2 rests", (ref readonly Peterson.Filter s, Engine _) => s.Pos[2] == 0) });
        Assert.Equal(all.States, Explorer.Explore(model, new() { Within = Term.Of("any", (ref readonly Peterson.Filter _, Engine _) => true) }).States);
        Assert.True(some.Complete);
        Assert.InRange(some.States, 1, all.States - 1);
    }
}
