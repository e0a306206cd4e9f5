using System.CommandLine;

namespace Avic.Tool;

/// <summary><c>avic vscode</c>: the VS Code extension as a file to install.</summary>
internal static class VscodeVerb
{
    private const string About = """
        Packs the VS Code extension that runs C# notebooks with this command, and says how to install it.

        Example:
          avic vscode
          avic vscode --out /somewhere/else
        """;

    public static Command Create()
    {
        Option<string> to = new("--out") { Description = "The folder for the .vsix file.", HelpName = "DIR", DefaultValueFactory = _ => "artifacts" };
        var command = new Command("vscode", About) { to };
        command.SetAction(parsed =>
        {
            var package = ExtensionPackage.OfThisTool();
            var path = Path.Combine(parsed.GetValue(to)!, package.FileName);
            try
            {
                OutFolder.Try(parsed.GetValue(to)!, "--out");
                Directory.CreateDirectory(parsed.GetValue(to)!);
                AtomicFile.Write(path, package.Bytes());
            }
            catch (NotebookException e)
            {
                parsed.InvocationConfiguration.Error.WriteLine($"avic: {e.Message}");
                return CommandLine.Unusable;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                parsed.InvocationConfiguration.Error.WriteLine($"avic: {path} could not be written: {e.Message} Name another folder with --out.");
                return CommandLine.Unusable;
            }
            parsed.InvocationConfiguration.Output.WriteLine($"{path}\nTo install it: code --install-extension \"{path}\"");
            return CommandLine.Ok;
        });
        return command;
    }
}
