using System.CommandLine;
using System.Globalization;
using Avic.Model;

namespace Avic.Tool;

/// <summary>What the verbs that ask the model share: bounds, a progress line, Ctrl-C, and errors on one line.</summary>
internal static class ModelVerb
{
    public static Option<long> States() => new("--states")
    {
        Description = "States after which to answer 'unknown'.",
        HelpName = "N",
        DefaultValueFactory = _ => 50_000_000,
        Validators =
        {
            result =>
            {
                if (result.Tokens is [{ Value: var text }] && !(long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var states) && states is > 0 and <= 3_500_000_000))
                    result.AddError($"--states: '{text}' is no number from 1 to 3500000000.");
            },
        },
    };

    public static Option<string> Programs(string otherwise) => new("--programs")
    {
        Description = "vCPUs, then what guests and VMM threads do: 2,1W32,+4-4 is two vCPUs, vCPU 1 writes 32 to its TPR, a VMM thread sets and clears reason 4. 2c1: on one core; 2p: the host preempts; 2m: and migrates, too; a thread p1 preempts vCPU 1, m1c0 moves it to core 0.",
        HelpName = "TEXT",
        DefaultValueFactory = _ => otherwise,
    };

    /// <summary>Does the work; what the model refuses becomes one line and exit code 2.</summary>
    public static void Answers(this Command command, Func<ParseResult, TextWriter, Limits, int> work) => command.SetAction((parsed, cancel) =>
    {
        var configuration = parsed.InvocationConfiguration;
        var told = false;
        var limits = new Limits
        {
            Cancel = cancel,
            // A terminal is told; a log would only fill up.
            Progress = Console.IsErrorRedirected ? null : progress =>
            {
                told = true;
                configuration.Error.Write(string.Create(CultureInfo.InvariantCulture,
                    $"\r{progress}, {progress.Elapsed.TotalSeconds:0.0} s  "));
            },
        };
        // On a thread of its own: Ctrl-C is listened for only once the action has returned its task.
        return Task.Run(() =>
        {
            try
            {
                var code = work(parsed, configuration.Output, limits);
                return cancel.IsCancellationRequested ? CommandLine.Interrupted : code;
            }
            catch (Exception e) when (e is ModelException or NotebookException)
            {
                configuration.Error.WriteLine($"avic: {e.Message}");
                return CommandLine.Unusable;
            }
            finally
            {
                if (told) configuration.Error.WriteLine();
            }
        }, CancellationToken.None);
    });
}
