using System.CommandLine;
using Avic.Model;

namespace Avic.Tool;

/// <summary><c>avic museum</c>: the bugs of former kernels, found again.</summary>
internal static class MuseumVerb
{
    private const string About = """
        The bugs of former kernels: a list, or one of them found again and shown as a mail block.

        Example:
          avic museum
          avic museum 3a
          avic museum --matrix          which kernel has which bug

        Of one: its story; the shortest run on the broken kernel, as a mail block; what the mended kernel does of the same
        programs; with which one edit of the mended kernel the bug comes "back", if there is one; and what of the machine it "needs".

        Exit code: 0 the broken kernel has it and the mended one has not, 1 it is otherwise, 2 there is no such exhibit.
        """;

    public static Command Create()
    {
        Argument<string?> id = new("N") { Description = "Number of an exhibit.", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> matrix = new("--matrix") { Description = "Explore every exhibit on every kernel." };
        var command = new Command("museum", About) { id, matrix };
        command.Answers((parsed, output, limits) =>
        {
            if (parsed.GetValue(matrix))
            {
                if (parsed.GetValue(id) is { } one) throw new ModelException($"--matrix shows every exhibit: leave '{one}' out.");
                output.Write(MuseumMatrix.Of(limits: limits with { MaxStates = 1_000_000 }).ToText());
                return CommandLine.Ok;
            }
            if (parsed.GetValue(id) is not { } number)
            {
                output.Write(Museum.ToText());
                return CommandLine.Ok;
            }
            var verdicts = Museum.Find(number).Select(exhibit => exhibit.Judge(limits)).ToList();
            output.Write(string.Join("\n\n", verdicts.Select(verdict => verdict.ToText())));
            return verdicts.All(verdict => verdict.IsAsHistorySays) ? CommandLine.Ok : CommandLine.Failed;
        });
        return command;
    }
}
