namespace Avic.Model.Tests;

/// <summary>A guest's instructions in blocks and traces: named as what they do, and read again.</summary>
public class Instructions
{
    private static readonly Scenario Ipi = Scenario.Parse(Linux.V5_15, "2,0w310=1000000.w300=4031.,1hv31.wb0=0.,+4");

    private static readonly Scenario Every = Scenario.Parse(Linux.V5_15, "1,0zc2.gsW32R0r81.h");

    public static TheoryData<string> Mails => [.. Enumerable.Range(0, 12).Select(seed => Ipi.Run(Schedule.Seed(seed), 160).Mail(everyRow: seed % 2 == 0)),
        Every.Run(Schedule.Seed(1), 150).Mail(), Scenario.Parse(Linux.V5_15, "1,0h,d0:31.").Run(Schedule.Seed(3), 120).Mail(everyRow: true)];

    [Fact]
    public void Are_told_by_name()
    {
        var told = Every.Run(Schedule.Seed(1), 400).Steps.Where(step => step.Row == "guest.insn").Select(step => step.Text).Distinct().ToList();
        Assert.Equal(["cli", "write CR8", "read CR8", "sti", "walk, fill the TLB", "write TPR through the TLB entry", "read TPR through the TLB entry", "read APIC 081h through the TLB entry", "hlt"], told);
    }

    [Fact]
    public void An_ipi_and_its_handler_are_told_by_register()
    {
        var told = Scenario.Parse(Linux.V5_15, "2,0w310=1000000.w300=4031.,1hv31.wb0=0.").Run(Schedule.RoundRobin).Steps.Select(step => step.Text).ToHashSet();
        Assert.Superset(new HashSet<string> { "write ICR high through the TLB entry", "write ICR low through the TLB entry", "hlt", "write EOI through the TLB entry", "iret" }, told);
    }

    [Fact]
    public void A_move_on_a_map_is_told_as_in_a_trace()
    {
        var trace = Every.Run(Schedule.Seed(1), 120);
        using var map = StateMap.Around(trace.Token, Property.NoDeadlock, 200, CancellationToken.None);
        var on = Enumerable.Range(0, map.Run).Select(state => map.Moves(state)).SelectMany(moves => moves).Where(move => move.Row == "guest.insn").Select(move => move.Text).ToHashSet();
        Assert.Superset(trace.Steps.Where(step => step.Row == "guest.insn").Select(step => step.Text.StartsWith("walk", StringComparison.Ordinal) ? "walk, fill the TLB" : step.Text).ToHashSet(), on);
    }

    [Theory]
    [MemberData(nameof(Mails))]
    public void Are_understood_when_a_block_is_read_again(string mail)
    {
        var diagram = Assert.Single(MailDiagram.Parse(mail));
        Assert.Empty(diagram.Unmapped);
        Assert.DoesNotContain(diagram.Lines, line => line.Kind == MailLineKind.Remark && line.Text.StartsWith("- ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_block_with_instructions_is_feasible_as_drawn()
    {
        var judgement = Assert.Single(MailDiagram.Parse(Ipi.Check(Property.InterruptIsNotStranded).Counterexample.Mail())).Judge(Linux.V5_15);
        Assert.True(judgement.Outcome == MailOutcome.Feasible && judgement.LeftOut.Count == 0, judgement.ToText());
    }

    [Fact]
    public void A_diagram_without_programs_is_cast_with_the_instructions_that_it_names()
    {
        const string Drawn = "vCPU0    vmm0\n- sti\n- hlt\n         set inhibit PitReinject\n";
        Assert.Equal(MailOutcome.Feasible, Assert.Single(MailDiagram.Parse(Drawn)).Judge(Linux.V5_15).Outcome);
    }

    [Theory]
    [InlineData("1,0sh,+4", MailOutcome.Feasible)]
    [InlineData("1,0hs,+4", MailOutcome.Infeasible)]
    [InlineData("1,0zh,+4", MailOutcome.Infeasible)]
    public void An_instruction_comes_only_where_the_guest_executes_it(string programs, MailOutcome outcome) =>
        Assert.Equal(outcome, Assert.Single(MailDiagram.Parse("vCPU0    vmm0\n- sti\n- hlt\n         set inhibit PitReinject\n")).Running(programs).Judge(Linux.V5_15).Outcome);
}
