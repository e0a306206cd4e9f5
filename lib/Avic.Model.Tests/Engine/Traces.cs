using Avic.Examples;

namespace Avic.Model.Tests;

public class Traces
{
    private static readonly Trace Run = Trace.Record(ToyLock.Broken, Schedule.By("p0", "p1", "p0", "p1", "p0"), 10, "a title");

    [Fact]
    public void Text_is_a_line_a_row_with_what_changed() =>
        Assert.Equal(
            """
               1  p0  process.look
               2  p1  process.look
               3  p0  process.take    taken: 0 → 1
               4  p1  process.take
               5  p0  process.leave    taken: 1 → 0

            """, Run.ToText());

    [Fact]
    public void Csv_has_every_field_at_every_step() =>
        Assert.Equal(
            """
            step,actor,row,taken
            0,,,0
            1,p0,process.look,0
            2,p1,process.look,0
            3,p0,process.take,1
            4,p1,process.take,1
            5,p0,process.leave,0

            """, Run.ToCsv());

    [Fact]
    public void Series_has_the_start_and_the_value_after_each_row()
    {
        var (steps, values) = Run.Series("taken");
        Assert.Equal([0, 1, 2, 3, 4, 5], steps);
        Assert.Equal([0, 0, 0, 1, 1, 0], values);
    }

    [Fact]
    public void Changes_name_the_fields_and_their_values()
    {
        Assert.Equal([new Change("taken", "0", "1")], Run.Changes(3));
        Assert.Empty(Run.Changes(4));
    }

    [Fact]
    public void State_value_and_stack_are_those_after_so_many_rows()
    {
        Assert.Equal((0, 1), (Run.State<ToyLock.Memory>(0).Taken, Run.State<ToyLock.Memory>(3).Taken));
        Assert.Equal((1L, "1"), (Run.Value("taken", 4), Run.Show("taken", 4)));
        Assert.Equal(["process.leave"], Run.Stack(3, Run.Model.Actors[0]));
    }

    [Fact]
    public void A_state_of_another_type_is_refused() =>
        Assert.Equal("Machine is not the state type of toy-lock.", Assert.Throws<ModelException>(() => Run.State<Machine>(0)).Message);

    [Fact]
    public void A_step_knows_its_row_and_where_it_comes_from()
    {
        var step = Run.Steps[2];
        Assert.Equal((3, "p0", "process", "take", "process.take", "taken = 1;", "a student's notebook", 0u),
            (step.Number, step.Actor.Name, step.Routine, step.Label, step.Row, step.Text, step.Source, step.Marks));
    }

    [Fact]
    public void Enums_and_locks_show_by_the_kernels_names()
    {
        var run = Scenario.Parse(Linux.V5_15, "1,0W32").Run(Schedule.RoundRobin, 40);
        Assert.Equal(
            """
               1  vcpu0  vcpu_enter_guest.pending
               2  vcpu0  vcpu_enter_guest.event
               3  vcpu0  vcpu_enter_guest.irq_off    core0.irqs_off: 0 → 1
               4  vcpu0  vcpu_enter_guest.mode    vcpu0.mode: Outside → InGuest

            """, string.Concat(run.ToText().Split('\n').Take(4).Select(line => line + "\n")));
        Assert.Contains("npt[0xfee00]: NotPresent → Present", run.ToText());
        Assert.Equal("0 32", $"{run.Value("vcpu0.tpr", 0)} {run.Value("vcpu0.tpr", run.Steps.Count)}");
    }

    [Fact]
    public void Control_rows_are_listed_with_the_step_they_are_part_of()
    {
        var run = Scenario.On(Linux.V5_15, 1).Run(Schedule.RoundRobin, 6);
        Assert.Equal(["vcpu_enter_guest.pending_event", "vcpu_enter_guest.window"], run.Steps[1].Control);
        Assert.Equal(["vcpu_enter_guest.mb"], run.Steps[3].Control);
    }

    [Fact]
    public void A_thread_that_ended_stands_nowhere()
    {
        var run = Scenario.Parse(Linux.V5_15, "1,").Run(Schedule.RoundRobin, 3);
        Assert.Empty(run.Stack(0, run.Model.ActorNamed("vmm0")));
    }
}
