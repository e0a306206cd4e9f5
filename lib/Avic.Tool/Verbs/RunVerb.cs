using System.CommandLine;
using System.Globalization;

namespace Avic.Tool;

/// <summary><c>avic run</c>: notebooks run from the first cell to the last, their outputs saved.</summary>
internal static class RunVerb
{
    private const string About = """
        Runs notebooks, each in a fresh process, and saves their outputs in place: only outputs and execution counts change, every other byte
        stays. A text notebook (x.dib) holds no outputs; its run is saved as x.ipynb beside it.

        Example:
          avic run notebooks                       every notebook below a folder
          avic run 'notebooks/0*.ipynb'            * and ? in a name, ** for any folders
          avic run 00-start-here.ipynb --out copy  a copy with outputs; the original stays
          avic run notebooks --verify              are the saved outputs what the cells give today?

        An error ends its notebook, which is saved as far as it came; the next notebook runs. Interrupted (Ctrl-C) or killed, the notebook
        at hand stays as it was, never half new and half old; those before it are saved.

        Of a folder or a pattern, student copies of exercises that are not solved yet are skipped.

        Tags of a cell:
          skip-run   it is not run and keeps its outputs
          volatile   --verify compares only the kinds of its outputs, their MIME types and streams, in order: what they say may differ,
                     but an error where none was is a difference
          remove-output   it is run, and what it shows is not saved; an error is
          raises-exception   its error is what it shows: it is saved, and the cells after it run
        Metadata of a notebook:
          "avic": {"requires": ["Plotly.NET", "spin"]}   programs and NuGet packages without which it is skipped;
                     a word that no program has and that has a dot or a capital is a package, as is "nuget: Name, Version"

        Exit code: 0 all well, 1 a cell failed or an output differs, 2 a file or an option is wrong, 130 interrupted.
        """;

    public static Command Create()
    {
        Argument<string[]> notebooks = new("NOTEBOOK") { Description = "Notebooks (.ipynb, .dib), folders of them, or names with wildcards.", Arity = ArgumentArity.OneOrMore };
        Option<string?> to = new("--out") { Description = "Save to this folder instead of in place.", HelpName = "DIR" };
        Option<double> timeout = new("--timeout") { Description = "The longest one cell may take.", HelpName = "SECONDS", DefaultValueFactory = _ => 600 };
        Option<bool> keepGoing = new("--keep-going") { Description = "Go on with the next cell after an error." };
        Option<bool> verify = new("--verify") { Description = "Compare with the saved outputs, print what differs, write nothing." };
        timeout.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && !(double.TryParse(text, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and <= 1_000_000))
                result.AddError($"--timeout: '{text}' is no number of seconds above 0.");
        });

        to.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && string.IsNullOrWhiteSpace(text))
                result.AddError("--out: names no folder.");
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
