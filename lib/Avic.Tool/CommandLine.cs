using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Text;
using Avic.Model;

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
    {
        TourVerb.Create(),
        CheckVerb.Create(),
        ReplayVerb.Create(),
        AblateVerb.Create(),
        MailVerb.Create(),
        ListVerb.Create(),
        MuseumVerb.Create(),
        RunVerb.Create(),
        PublishVerb.Create(),
        JupyterVerb.Create(),
        ServeVerb.Create(),
        VscodeVerb.Create(),
        ReleaseVerb.Create(),
        GradeVerb.Create(),
    };

    public static async Task<int> Run(string[] args, TextWriter output, TextWriter error)
    {
        if (ReferenceEquals(output, Console.Out) && Console.IsOutputRedirected)
            Console.OutputEncoding = new UTF8Encoding(false);
        error = new Unfailing(error);
        var root = Verbs();
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new VerbsHelp((HelpAction)help.Action!);
        var parsed = root.Parse(args switch
        {
            ["help", not "help" and var verb, ..] => [verb, "--help"],
            ["help", ..] or [] => ["--help"],
            _ => args,
        });
        string[] wrong = [.. Unknown(parsed) is { } word ? [word] : parsed.Errors.Select(Said)];
        if (wrong.Length > 0)
        {
            foreach (var line in wrong)
                error.WriteLine($"avic: {line}");
            error.WriteLine($"Try: avic {Words(parsed.CommandResult)}--help");
            return Unusable;
        }
        try
        {
            var exit = await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });
            return args.Length == 0 ? Unusable : exit;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"avic: {e.Message}");   // a full disk behind a redirected output, say
            return Unusable;
        }
    }

    // The parser's own sentence does not name the argument.
    private static string Said(ParseError error) => error.SymbolResult is ArgumentResult { Tokens.Count: 0, Argument: var missing } ? $"{missing.Name} is missing. {missing.Description}" : error.Message;

    private static string Words(CommandResult command) =>
        command.Parent is CommandResult above ? $"{Words(above)}{command.Command.Name} " : "";

    // The parser takes a misspelt verb or option for an argument, and complains about that.
    private static string? Unknown(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (command is RootCommand && parsed.UnmatchedTokens is [var verb, ..] && !verb.StartsWith('-'))
            return $"there is no verb '{verb}'{DidYouMean(verb, command.Subcommands.Select(c => c.Name))} There are: {string.Join(", ", command.Subcommands.Select(c => c.Name))}.";
        if (parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash))
            return null;
        var words = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value);
        return words.Concat(parsed.UnmatchedTokens).FirstOrDefault(word => word is ['-', not (>= '0' and <= '9'), ..] && !File.Exists(word)) is { } option
            ? $"there is no option '{option}'{DidYouMean(option, command.Options.Select(o => o.Name).Append("--help"))}"
            : null;
    }

    private static string DidYouMean(string word, IEnumerable<string> known) =>
        Nearest.Like(word, known) is { } near ? $". Did you mean '{near}'?" : ".";

    /// <summary>Where there is nobody to tell (a closed or full error stream), work goes on untold.</summary>
    private sealed class Unfailing(TextWriter to) : TextWriter
    {
        public override Encoding Encoding => to.Encoding;

        public override void Write(char value) => Write([value], 0, 1);

        public override void Write(string? value) => Write((value ?? "").ToCharArray());

        public override void WriteLine(string? value) => Write(value + NewLine);

        public override void Write(char[] buffer, int index, int count)
        {
            try
            {
                to.Write(buffer, index, count);
            }
            catch (IOException)
            {
            }
        }
    }

    /// <summary>The help of `avic` alone: a line a verb. A verb's own help says all.</summary>
    private sealed class VerbsHelp(HelpAction ofVerb) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;   // `avic run --help` needs no notebook

        public override int Invoke(ParseResult parsed)
        {
            if (parsed.CommandResult.Command is not RootCommand root)
                return ofVerb.Invoke(parsed);
            var output = parsed.InvocationConfiguration.Output;
            output.WriteLine($"{root.Description}\n\nUsage: avic VERB …\n");
            foreach (var verb in root.Subcommands)
                output.WriteLine($"  {verb.Name,-9} {FirstSentence(verb.Description!)}");
            output.WriteLine($"""

                Example:
                  avic tour
                  avic help check

                avic VERB --help tells more of a verb, with an example; avic --version tells the version.
                Exit code: {Ok} all well, {Failed} the answer is no, {Unusable} wrong usage or an unusable file, {Interrupted} interrupted.
                """);
            return Ok;
        }

        private static string FirstSentence(string text)
        {
            var line = text.ReplaceLineEndings(" ");
            return line[..(line.AsSpan().IndexOfAny(".:;") is var end && end < 0 ? line.Length : end)];
        }
    }
}
