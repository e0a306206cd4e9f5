using System.CommandLine;
using Avic.Model;

namespace Avic.Tool;

/// <summary><c>avic replay</c>: a schedule's token, taken row by row.</summary>
internal static class ReplayVerb
{
    private const string About = """
        Takes the rows of a schedule's token again and prints them as a mail block.

        Example:
          avic replay 'V5_15.VcpuStatus/2,1W32,+4-4+4:3e8c:bx9b_1bx3cx13bx4cx2bx7cbx14b_1b'
          avic replay --rows TOKEN                 one line a row, with every change
        """;

    public static Command Create()
    {
        Argument<string> token = new("TOKEN") { Description = "As the footer of a mail block gives it." };
        Option<bool> rows = new("--rows") { Description = "One line a row, with every value it changed." };
        var command = new Command("replay", About) { token, rows };
        command.Answers((parsed, output, _) =>
        {
            var text = parsed.GetValue(token)!;
            var trace = Scenario.Of(text).Replay(text);
            output.Write(parsed.GetValue(rows) ? trace.ToText() : trace.Mail());
            return CommandLine.Ok;
        });
        return command;
    }
}
