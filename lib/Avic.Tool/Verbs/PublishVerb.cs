using System.CommandLine;

namespace Avic.Tool;

/// <summary><c>avic publish</c>: notebooks with their outputs as a static site.</summary>
internal static class PublishVerb
{
    private const string About = """
        Makes a static site of notebooks as they were last run: an index, and a page for each. It runs no cell; what has no
        outputs is published without them. Behind the numbers of an ablation are pages of the runs they count. The pages need no server, no
        script and no network.

        Texts (.md) in a folder of notebooks are pages too. Its README.md is the page the site opens with, beside the picture
        that a cell tagged front-page ends with. Every page leads to its glossary.md, whose headings are terms, and to its sources.md.

        Example:
          avic run notebooks && avic publish notebooks        then open artifacts/site/index.html
          avic publish 00-start-here.ipynb --out site --title "AVIC, week 1"

        Exit code: 0 published, 2 a file or an option is wrong; then nothing was written.
        """;

    public static Command Create()
    {
        Argument<string[]> notebooks = new("NOTEBOOK") { Description = "Notebooks (.ipynb), or folders of them.", Arity = ArgumentArity.OneOrMore };
        Option<string> to = new("--out") { Description = "The site's folder.", HelpName = "DIR", DefaultValueFactory = _ => "artifacts/site" };
        Option<string?> title = new("--title") { Description = "What the site is called. [default: the title of its README.md, or Notebooks]", HelpName = "TEXT" };
        var command = new Command("publish", About) { notebooks, to, title };
        command.Validators.Add(result =>
        {
            if (result.GetResult(title) is { Implicit: false } && string.IsNullOrWhiteSpace(result.GetValue(title)))
                result.AddError("--title: a site needs a title.");
        });
        // On a thread of its own: Ctrl-C is listened for only once the action has returned its task.
        command.SetAction((parsed, cancel) => Task.Run(() =>
            Publish(parsed.GetValue(notebooks)!, parsed.GetValue(to)!, parsed.GetValue(title), parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, cancel)));
        return command;
    }

    private static int Publish(string[] notebooks, string folder, string? title, TextWriter output, TextWriter error, CancellationToken cancel)
    {
        try
        {
            new Site(title is null ? null : PageText.Clean(title), folder, error).Publish(notebooks, cancel);
            output.WriteLine($"Open {Path.Combine(Path.GetFullPath(folder), "index.html")}");
            return CommandLine.Ok;
        }
        catch (NotebookException e)
        {
            error.WriteLine($"avic: {e.Message}");
            return CommandLine.Unusable;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"avic: {e.Message.ReplaceLineEndings(" ")}");
            return CommandLine.Unusable;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("avic: interrupted; a site half written has no index, and the next avic publish completes it");
            return CommandLine.Interrupted;
        }
    }
}
