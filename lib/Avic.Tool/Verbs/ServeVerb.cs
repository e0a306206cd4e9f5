using System.CommandLine;

namespace Avic.Tool;

/// <summary><c>avic serve</c>: engines for an editor, over the standard input and output.</summary>
internal static class ServeVerb
{
    private const string About = """
        Runs cells for an editor: requests and answers are JSON, one object a line, on the standard input and output.
        The VS Code extension starts it; lib/Avic.Tool/Serve/EditorServer.cs describes the lines. Ends, whatever it is at, when the input ends.

        Example:
          { printf '%s\n' '{"id":1,"type":"open","session":"a","folder":"."}' \
            '{"id":2,"type":"execute","session":"a","cell":1,"code":"6 * 7"}'; cat; } | avic serve

        Exit code: 0 the input ended, 130 interrupted.
        """;

    public static Command Create()
    {
        var command = new Command("serve", About);
        command.SetAction(async (_, cancel) =>
        {
            try
            {
                await new EditorServer(Console.OpenStandardInput(), Console.OpenStandardOutput()).Run(cancel);
                return CommandLine.Ok;
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return CommandLine.Interrupted;
            }
        });
        return command;
    }
}
