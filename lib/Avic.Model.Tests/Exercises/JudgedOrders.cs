namespace Avic.Model.Tests;

/// <summary>Six rows in an order that loses an interrupt.</summary>
public class JudgedOrders
{
    private static readonly Scenario Sleeping = Scenario.On(Linux.V5_15, vcpus: 2).Guest(0, g => g.SendIpi(to: 1, vector: 0x31)).Guest(1, g => g.On(0x31, h => h.Eoi()).Hlt());

    private static readonly Exercise<string> Lost = Order(Sleeping.On(Hardware.Erratum1235), "stale");

    private static Exercise<string> Order(Scenario scenario, string reads) => Exercise.Order(scenario, Property.InterruptIsNotStranded,
        ('A', "vcpu0", $"avic_ipi.{reads}"), ('B', "vcpu0", "avic_ipi.irr"), ('C', "vcpu0", "avic_ipi.doorbell"),
        ('D', "vcpu1", "kvm_vcpu_block.blocking"), ('E', "vcpu1", "kvm_vcpu_block.check"), ('F', "core1", "core.doorbell"));

    [Theory]
    [InlineData("ADEBCF")]
    [InlineData(" a, d e b,c f ")]
    public void The_order_that_loses_it_is_right_and_its_run_is_the_scenarios_own(string order)
    {
        var right = Lost.Check(() => order);
        Assert.Equal((true, "In this order interrupt-is-not-stranded is broken in 59 rows."), (right.IsRight, right.Reason));
        Assert.True(EndsStranded(right.Trace!.Token));
    }

    [Fact]
    public void Of_the_orders_that_keep_each_sides_own_it_is_the_only_one()
    {
        string[] possible = [.. Orders("ABCDEF").Where(order => Keeps(order, "ABCF") && Keeps(order, "DE"))];
        Assert.Equal(15, possible.Length);
        Assert.Equal(["ADEBCF"], possible.Where(order => Lost.Check(() => order).IsRight));

        static bool Keeps(string order, string own) => string.Concat(order.Where(own.Contains)) == own;
    }

    [Fact]
    public void An_order_that_loses_nothing_is_shown_to_its_end()
    {
        var wrong = Lost.Check(() => "ABCDEF");
        Assert.Equal("The rows can come in this order, and interrupt-is-not-stranded is kept: 63 rows, and nothing is bound to happen any more.", wrong.Reason);
        Assert.Equal("An order that breaks it is 4 exchanges of neighbours away.", wrong.Hint);
        Assert.Equal(63, wrong.Trace!.Steps.Count);
    }

    [Theory]
    [InlineData("DEABCF", "after DEAB the next cannot be C.", 2)]
    [InlineData("CABDEF", "C cannot be the first.", 6)]
    [InlineData("FCBEDA", "F cannot be the first.", 15)]
    public void An_order_that_no_run_has_hears_where_it_stops(string order, string where, int away)
    {
        var wrong = Lost.Check(() => order);
        Assert.Equal("No run takes the rows in this order: " + where, wrong.Reason);
        Assert.Equal($"An order that breaks it is {away} exchanges of neighbours away.", wrong.Hint);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ADEBC")]
    [InlineData("ADEBCFF")]
    [InlineData("AAAAAA")]
    [InlineData("GDEBCF")]
    public void What_is_no_order_is_told(string order) => Assert.Equal($"'{order}' is no order of ABCDEF: each letter comes once.", Lost.Check(() => order).Reason);

    [Fact]
    public void A_very_long_answer_is_not_repeated() => Assert.True(Lost.Check(() => new string('A', 1_000_000)).Reason.Length < 200);

    [Fact]
    public void Where_the_hardware_reads_last_no_order_loses_it() =>
        Assert.Equal("No order of ABCDEF breaks interrupt-is-not-stranded.", Assert.Throws<ModelException>(() => Order(Sleeping, "running")).Message);

    [Fact]
    public void Rows_actors_and_letters_that_are_none_are_named()
    {
        Assert.StartsWith("There is no row 'avic_ipi.stale'.", Assert.Throws<ModelException>(() => Order(Sleeping, "stale")).Message);
        Assert.StartsWith("There is no actor 'vcpu7'.", Told(('A', "vcpu7", "avic_ipi.irr"), ('B', "vcpu0", "avic_ipi.irr")));
        Assert.StartsWith("Each row has a letter of its own, not AA.", Told(('A', "vcpu0", "avic_ipi.irr"), ('a', "vcpu0", "avic_ipi.doorbell")));
        Assert.StartsWith("An order is asked of 2 to 8 rows, not 1.", Told(('A', "vcpu0", "avic_ipi.irr")));

        static string Told(params (char, string, string)[] steps) => Assert.Throws<ModelException>(() => Exercise.Order(Sleeping, Property.InterruptIsNotStranded, steps)).Message;
    }

    private static bool EndsStranded(string token)
    {
        var scenario = Scenario.Of(token);
        return scenario.Replay(token, Property.InterruptIsNotStranded).Violation is not null;
    }

    private static IEnumerable<string> Orders(string letters) =>
        letters.Length == 0 ? [""] : letters.SelectMany((letter, i) => Orders(letters.Remove(i, 1)).Select(rest => letter + rest));
}
