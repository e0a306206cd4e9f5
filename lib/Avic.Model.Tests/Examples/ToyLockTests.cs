using Avic.Examples;
using Xunit.Abstractions;

namespace Avic.Model.Tests;

public class ToyLockTests(ITestOutputHelper output)
{
    [Fact]
    public void Look_then_take_lets_both_in_after_four_rows()
    {
        var verdict = Explorer.Check(ToyLock.Broken, ToyLock.Exclusion, bounds: "2 processes");
        output.WriteLine(verdict.Line);
        output.WriteLine(verdict.Counterexample!.ToText());
        Assert.Equal("VIOLATED mutual-exclusion in 4 rows (shortest) · 2 processes", verdict.Line);
        Assert.Equal(
            """
               1  p0  process.look
               2  p1  process.look
               3  p0  process.take    taken: 0 → 1
               4  p1  process.take

            """, verdict.Counterexample.ToText());
    }

    [Fact]
    public void A_verdict_without_bounds_names_none()
    {
        Assert.Equal("VIOLATED mutual-exclusion in 4 rows (shortest)", Explorer.Check(ToyLock.Broken, ToyLock.Exclusion).Line);
        Assert.Equal("SAFE mutual-exclusion · 3 states · every row fired", Explorer.Check(ToyLock.Fixed, ToyLock.Exclusion).Line);
        Assert.Equal("UNKNOWN mutual-exclusion (level budget 1 reached at depth 2) · 3 states", Explorer.Check(ToyLock.Fixed, ToyLock.Exclusion, new() { MaxLevels = 1 }).Line);
    }

    [Fact]
    public void An_atomic_exchange_is_safe()
    {
        var verdict = Explorer.Check(ToyLock.Fixed, ToyLock.Exclusion, bounds: "2 processes");
        output.WriteLine(verdict.Line);
        Assert.Equal("SAFE mutual-exclusion up to 2 processes · 3 states · every row fired", verdict.Line);
    }
}
