using System.CommandLine;
using System.Text;

namespace Avic.Tool;

/// <summary>The `avic` command: its verbs, and what all of them share.</summary>
internal static class CommandLine
{
    /// <summary>Everything asked for was done.</summary>
    public const int Ok = 0;

    /// <summary>It was done, and the answer is no: a cell failed, an output differs.</summary>
    public const int Failed = 1;

    /// <summary>It could not be done: wrong usage, an unreadable file.</summary>
    public const int Unusable = 2;

    /// <summary>What shells report after Ctrl-C.</summary>
    public const int Interrupted = 130;

    // One line a verb, one file a verb.
    private static RootCommand Verbs() => new("The AVIC exploration kit.")
        { TourVerb.Create(), CheckVerb.Create(), ReplayVerb.Create(), AblateVerb.Create(), MailVerb.Create(), ListVerb.Create(), RunVerb.Create(), ServeVerb.Create(), VscodeVerb.Create() };

    public static async Task<int> Run(string[] args, TextWriter output, TextWriter error)
    {
        if (ReferenceEquals(output, Console.Out) && Console.IsOutputRedirected)
            Console.OutputEncoding = new UTF8Encoding(false);
        var parsed = Verbs().Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var wrong in parsed.Errors)
                error.WriteLine($"avic: {wrong.Message}");
            error.WriteLine($"Try: avic {(parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ")}--help");
            return Unusable;
        }
        return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });
    }
}
