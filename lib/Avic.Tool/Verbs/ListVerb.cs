using System.CommandLine;
using Avic.Model;

namespace Avic.Tool;

/// <summary><c>avic list</c>: the names that the other verbs take.</summary>
internal static class ListVerb
{
    private const string About = """
        Lists what there is to choose from: kernels, properties, reasons; with a kernel's name its functions and rows.

        Example:
          avic list
          avic list V5_15
        """;

    public static Command Create()
    {
        Argument<string?> kernel = new("KERNEL") { Description = "List this kernel's functions and rows.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("list", About) { kernel };
        command.Answers((parsed, output, _) =>
        {
            if (parsed.GetValue(kernel) is { } name)
            {
                foreach (var routine in Linux.Parse(name).Code.Routines)
                {
                    output.WriteLine($"{routine.Name}   {routine.Source}");
                    foreach (var row in routine.Rows) output.WriteLine($"  {row.Label,-14} {row.Text}");
                }
                return CommandLine.Ok;
            }
            output.WriteLine("Kernels:");
            foreach (var known in Linux.Known) output.WriteLine($"  {known.Name}");
            output.WriteLine("\nProperties and goals:");
            foreach (var property in Property.Known) output.WriteLine($"  {property.Name,-36} {property.Sentence}");
            output.WriteLine("\nReasons to keep AVIC off, as in --programs 2,1W32,+4-4:");
            foreach (var reason in Enum.GetValues<Reason>()) output.WriteLine($"  {(int)reason}  {reason}");
            output.WriteLine("\nPrograms: vCPUs (2; 2t with host ticks), then for a vCPU its number and W32 (write), R0 (read), I (IRQ window); for a VMM thread +4 (set) and -4 (clear).");
            return CommandLine.Ok;
        });
        return command;
    }
}
