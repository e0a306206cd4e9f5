using System.CommandLine;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Avic.Model;

namespace Avic.Tool;

/// <summary><c>avic jupyter</c>: a kernel for Jupyter, and its place among Jupyter's kernels.</summary>
internal static class JupyterVerb
{
    private const string About = """
        A C# kernel for Jupyter, without Python or packages of its own. Jupyter starts it; install it once.

        Example:
          avic jupyter install                     a kernel "C# (avic)" in this user's Jupyter
          avic jupyter install --as .net-csharp    also for notebooks made in Polyglot Notebooks
          avic jupyter list                        what is installed, and from where
        """;

    public static Command Create()
    {
        Argument<string?> file = new("CONNECTION_FILE") { Description = "What Jupyter passes: ports and key.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("jupyter", About) { file, Install(), List(), Uninstall() };
        // Not an asynchronous action: that would end the program at Ctrl-C, and a kernel's Ctrl-C ends the cell.
        command.SetAction(parsed =>
        {
            var error = parsed.InvocationConfiguration.Error;
            if (parsed.GetValue(file) is { } slip && !File.Exists(slip) && Nearest.Like(slip, command.Subcommands.Select(verb => verb.Name)) is { } meant)
            {
                error.WriteLine($"avic: there is no verb 'jupyter {slip}' and no such file. Did you mean 'jupyter {meant}'?");
                return CommandLine.Unusable;
            }
            if (parsed.GetValue(file) is { } path)
                return Serve(path, error).GetAwaiter().GetResult();
            error.WriteLine("avic: Jupyter starts this verb, with a connection file; to let it know of this kernel: avic jupyter install");
            return CommandLine.Unusable;
        });
        return command;
    }

    private static async Task<int> Serve(string path, TextWriter error)
    {
        var log = TextWriter.Synchronized(error);
        try
        {
            var connection = KernelConnection.Read(path);
            var host = new CellHost(Environment.CurrentDirectory, log.WriteLine);
            var drops = new DropCount(text => log.WriteLine($"avic: {text}"));
            await using var kernel = Bind(connection, host, drops);
            using var inUse = KernelFiles.MarkInUse(AppContext.BaseDirectory);
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => { signal.Cancel = true; kernel.Interrupt(); });
            using var end = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => { signal.Cancel = true; kernel.Stop(); });
            _ = EndWithParent(kernel);
            await kernel.Run();
            if (drops.ToString() is { } dropped)
                log.WriteLine($"avic: {dropped}");
            return CommandLine.Ok;
        }
        catch (NotebookException e)
        {
            log.WriteLine($"avic: {e.Message}");
            return CommandLine.Unusable;
        }
        catch (SocketException e)
        {
            log.WriteLine($"avic: {path}: its ports cannot be had ({e.Message}); start the kernel again");
            return CommandLine.Unusable;
        }
    }

    private static JupyterKernel Bind(KernelConnection connection, CellHost host, DropCount drops)
    {
        try
        {
            return new JupyterKernel(connection, host, drops);
        }
        catch
        {
            host.DisposeAsync().AsTask().Wait();
            throw;
        }
    }

    // A Jupyter that was killed asks nobody to shut down. On Windows the number is a handle, and not ours to look at.
    private static async Task EndWithParent(JupyterKernel kernel)
    {
        if (OperatingSystem.IsWindows() || !int.TryParse(Environment.GetEnvironmentVariable("JPY_PARENT_PID"), out var id))
            return;
        try
        {
            using var parent = Process.GetProcessById(id);
            await parent.WaitForExitAsync();
        }
        catch (ArgumentException)
        {
            // it has ended already
        }
        kernel.Stop();
    }

    private static Command Install()
    {
        Option<bool> user = new("--user") { Description = "Into this user's Jupyter folder (the default)." };
        Option<string?> prefix = new("--prefix") { Description = "Into the Jupyter installed here, such as a virtual environment.", HelpName = "DIR" };
        Option<string> name = NameOption();
        Option<string> title = new("--name") { Description = "What menus call it.", HelpName = "TITLE", DefaultValueFactory = _ => "C# (avic)" };
        Option<bool> force = new("--force") { Description = "Take the place of another maker's kernel of that name." };
        var command = new Command("install", "Copies this tool to a folder of its own and tells Jupyter of it.") { user, prefix, name, title, force };
        command.Validators.Add(result =>
        {
            if (result.GetValue(user) && result.GetValue(prefix) is not null)
                result.AddError("--user and --prefix are two places; give one.");
        });
        return Answering(command, (parsed, say) => KernelSpec.Install(
            KernelPlace.Of(parsed.GetValue(prefix)), parsed.GetValue(name)!, parsed.GetValue(title)!, parsed.GetValue(force), say));
    }

    private static Command List()
    {
        Option<string?> prefix = PrefixOption();
        return Answering(new Command("list", "The kernels of this kind that Jupyter knows.") { prefix },
            (parsed, say) => KernelSpec.List(KernelPlace.Of(parsed.GetValue(prefix)), say));
    }

    private static Command Uninstall()
    {
        Option<string?> prefix = PrefixOption();
        Option<string> name = NameOption();
        return Answering(new Command("uninstall", "Takes the kernel out of Jupyter, and its files away if nothing uses them.") { prefix, name },
            (parsed, say) => KernelSpec.Uninstall(KernelPlace.Of(parsed.GetValue(prefix)), parsed.GetValue(name)!, say));
    }

    private static Option<string?> PrefixOption() => new("--prefix") { Description = "In the Jupyter installed here.", HelpName = "DIR" };

    private static Option<string> NameOption() =>
        new("--as") { Description = "The name that notebooks ask for.", HelpName = "NAME", DefaultValueFactory = _ => "avic" };

    private static Command Answering(Command command, Action<ParseResult, Action<string>> answer)
    {
        command.SetAction(parsed =>
        {
            try
            {
                answer(parsed, parsed.InvocationConfiguration.Output.WriteLine);
                return CommandLine.Ok;
            }
            catch (Exception e) when (e is NotebookException or IOException or UnauthorizedAccessException)
            {
                parsed.InvocationConfiguration.Error.WriteLine($"avic: {e.Message}");
                return CommandLine.Unusable;
            }
        });
        return command;
    }
}
