using System.CommandLine;
using Avic.Model;

namespace Avic.Tool;

/// <summary><c>avic ablate</c>: which row is load-bearing.</summary>
internal static class AblateVerb
{
    private const string About = """
        Drops every row of a kernel and exchanges all neighbours, one edit at a time, and checks every property on each.
        A number is the length of the shortest witness.

        Example:
          avic ablate
          avic ablate V5_15 --programs 2,1W32,+4-4 --states 1000000
        """;

    public static Command Create()
    {
        Argument<string> kernel = new("KERNEL") { Description = "A kernel by name.", DefaultValueFactory = _ => Linux.V5_15.Name };
        var programs = ModelVerb.Programs("1,0W32W33I,+4-4");
        var states = ModelVerb.States();
        states.DefaultValueFactory = _ => 1_000_000;
        var command = new Command("ablate", About) { kernel, programs, states };
        command.Answers((parsed, output, limits) =>
        {
            var scenario = Scenario.Parse(Linux.Parse(parsed.GetValue(kernel)!), parsed.GetValue(programs)!);
            var matrix = scenario.Ablate(limits: limits with { MaxStates = parsed.GetValue(states), Progress = null });
            output.Write(matrix.ToText());
            return CommandLine.Ok;
        });
        return command;
    }
}
