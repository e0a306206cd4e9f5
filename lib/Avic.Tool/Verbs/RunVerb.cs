using System.CommandLine;
using System.Globalization;

namespace Avic.Tool;

/// <summary><c>avic run</c>: notebooks run from the first cell to the last, their outputs saved.</summary>
internal static class RunVerb
{
    private const string About = """
        Runs notebooks, each in a fresh process, and saves their outputs in place.

        Example:
          avic run notebooks                       every notebook below a folder
          avic run 00-start-here.ipynb --out copy a copy with outputs; the original stays
          avic run notebooks --verify              are the saved outputs what the cells give today?

        Exit code: 0 all well, 1 a cell failed or an output differs, 2 a file or an option is wrong.
        """;

    public static Command Create()
    {
        Argument<string[]> notebooks = new("NOTEBOOK") { Description = "Notebooks (.ipynb), or folders of them.", Arity = ArgumentArity.OneOrMore };
        Option<string?> to = new("--out") { Description = "Save to this folder instead of in place.", HelpName = "DIR" };
        Option<double> timeout = new("--timeout") { Description = "The longest one cell may take.", HelpName = "SECONDS", DefaultValueFactory = _ => 600 };
        Option<bool> keepGoing = new("--keep-going") { Description = "Go on with the next cell after an error." };
        Option<bool> verify = new("--verify") { Description = "Compare with the saved outputs, print what differs, write nothing." };
        timeout.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !(double.TryParse(text, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= 1_000_000))
                result.AddError($"--timeout: '{text}' is no number of seconds above 0.");
        });

        var command = new Command("run", About) { notebooks, to, timeout, keepGoing, verify };
        command.Validators.Add(result =>
        {
            if (result.GetValue(verify) && result.GetValue(to) is not null)
                result.AddError("--verify writes nothing, so --out has no meaning beside it.");
        });
        command.SetAction((parsed, cancel) => new NotebookRun(
            new RunSettings(TimeSpan.FromSeconds(parsed.GetValue(timeout)), parsed.GetValue(keepGoing), parsed.GetValue(verify), parsed.GetValue(to)),
            parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error).All(parsed.GetValue(notebooks)!, cancel));
        return command;
    }
}
