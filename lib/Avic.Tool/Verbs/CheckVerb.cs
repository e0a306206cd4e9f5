using System.CommandLine;
using Avic.Model;

namespace Avic.Tool;

/// <summary><c>avic check</c>: a kernel and programs under every schedule.</summary>
internal static class CheckVerb
{
    private static readonly string About = $"""
        Checks a kernel under every schedule and prints the verdict; a counterexample is printed as a mail block.

        Kernels: {string.Join(", ", Linux.Known.Select(kernel => kernel.Name))}; with ~function.-label a row is dropped,
        with ~function.one<>other two neighbours are exchanged.

        Example:
          avic check V5_15.VcpuStatus
          avic check 'V5_15~kvm_zap_gfn_range.-seq' --programs 2,1W32,+4-4 --property apic-access-is-never-lost

        Exit code: 0 every property holds, 1 one does not or is unknown, 2 the question makes no sense, 130 interrupted.
        Names to choose from: avic list
        """;

    public static Command Create()
    {
        Argument<string> kernel = new("KERNEL") { Description = "A kernel by name." };
        var programs = ModelVerb.Programs("2,1W32,+4-4+4");
        var states = ModelVerb.States();
        Option<string?> property = new("--property") { Description = "One property by name; otherwise all that must hold of such programs.", HelpName = "NAME" };
        var command = new Command("check", About) { kernel, programs, property, states };
        command.Answers((parsed, output, limits) =>
        {
            var scenario = Scenario.Parse(Linux.Parse(parsed.GetValue(kernel)!), parsed.GetValue(programs)!);
            IReadOnlyList<Property> asked = parsed.GetValue(property) is { } name ? [Property.ByName(name)] : scenario.MustHold;
            var verdicts = scenario.Check(asked, limits with { MaxStates = parsed.GetValue(states) });
            foreach (var verdict in verdicts) output.Write(asked.Count == 1 ? verdict.ToText() : verdict.Line + "\n");
            if (verdicts.FirstOrDefault(v => v.Outcome == Outcome.Violated) is { } broken) output.Write("\n" + broken.Counterexample!.Mail());
            return verdicts.All(verdict => verdict.Holds) ? CommandLine.Ok : CommandLine.Failed;
        });
        return command;
    }
}
