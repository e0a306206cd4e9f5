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
        Validators = { result => { if (result.GetValueOrDefault<long>() < 1) result.AddError("--states: give a number above 0."); } },
    };

    public static Option<string> Programs(string otherwise) => new("--programs")
    {
        Description = "vCPUs, then what guests and VMM threads do: 2,1W32,+4-4 is two vCPUs, vCPU 1 writes 32 to its TPR, a VMM thread sets and clears reason 4.",
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
            Progress = progress =>
            {
                told = true;
                configuration.Error.Write(string.Create(CultureInfo.InvariantCulture,
                    $"\r{progress.States:#,0} states, level {progress.Level}, {progress.Waiting:#,0} to expand, {progress.Elapsed.TotalSeconds:0.0} s  "));
            },
        };
        try
        {
            return Task.FromResult(work(parsed, configuration.Output, limits));
        }
        catch (ModelException e)
        {
            configuration.Error.WriteLine($"avic: {e.Message}");
            return Task.FromResult(CommandLine.Unusable);
        }
        catch (OperationCanceledException)
        {
            return Task.FromResult(CommandLine.Interrupted);
        }
        finally
        {
            if (told) configuration.Error.WriteLine();
        }
    });
}
