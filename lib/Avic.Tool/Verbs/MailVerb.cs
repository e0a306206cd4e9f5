using System.CommandLine;
using System.Text;
using Avic.Model;

namespace Avic.Tool;

/// <summary><c>avic mail</c>: the diagrams of a mail, judged.</summary>
internal static class MailVerb
{
    private const long LargestMail = 16 << 20;

    private const string About = """
        Finds the two-column diagrams in a mail as it stands, quoted and cut by replies, and says of each whether a kernel
        can do that: with the whole schedule, or at which line it cannot, why, and what the nearest possible run is.

        Example:
          avic mail thread.txt
          avic mail thread.txt --kernel V5_15 --kernel V5_15.VcpuStatus
          avic mail thread.txt --programs 2,1W32W33,+4-4+4   the drawing leaves out what came before

        Exit code: 0 answered, whatever the answer, 2 the file could not be read.
        """;

    public static Command Create()
    {
        Argument<string> file = new("FILE") { Description = "A text file: a mail, or only a diagram." };
        Option<string[]> kernels = new("--kernel") { Description = "A kernel by name; may be given again. By default 5.15 and the proposal of October 2021.", HelpName = "NAME", AllowMultipleArgumentsPerToken = true };
        Option<string?> programs = new("--programs") { Description = "What the actors run, as for check; otherwise the least that the drawing tells.", HelpName = "TEXT" };
        var command = new Command("mail", About) { file, kernels, programs };
        command.Answers((parsed, output, limits) =>
        {
            var path = parsed.GetValue(file)!;
            string text;
            try
            {
                if (Directory.Exists(path)) throw new ModelException($"{path} is a folder; name a file.");
                if (!File.Exists(path)) throw new ModelException($"{path}: {NotebookPaths.Missing(path)}");
                if (new FileInfo(path).Length > LargestMail) throw new ModelException($"{path} has more than {LargestMail >> 20} MB; no mail is that long.");
                text = Text(path, File.ReadAllBytes(path));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ModelException($"{path} could not be read: {e.Message}");
            }
            IReadOnlyList<Linux> asked = parsed.GetValue(kernels) is { Length: > 0 } names ? [.. names.Select(Linux.Parse)] : [Linux.V5_15, Linux.VcpuStatus];
            output.Write(MailReport.Of(text, asked, limits with { MaxStates = 3_000_000 }, parsed.GetValue(programs)));
            return CommandLine.Ok;
        });
        return command;
    }

    private static string Text(string path, byte[] bytes)
    {
        // A byte order mark says what it is; a mail without one is UTF-8, or its letters are anybody's guess.
        using var reader = new StreamReader(new MemoryStream(bytes), new UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            var text = reader.ReadToEnd();
            return text.Contains('\0') ? throw new ModelException($"{path}: no text; name a mail, or a diagram in a text file") : text;
        }
        catch (DecoderFallbackException)
        {
            throw new ModelException($"{path}:{DibFile.LineOfBrokenUtf8(bytes)}: not UTF-8 text; if it is a mail in an older encoding: iconv -f latin1 -t utf8");
        }
    }
}
