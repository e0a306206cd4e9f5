using System.CommandLine;
using Avic.Model;

namespace Avic.Tool;

/// <summary><c>avic list</c>: the names that the other verbs take.</summary>
internal static class ListVerb
{
    private const string About = """
        Lists what there is to choose from: kernels, properties, reasons; with a kernel's name its functions, rows and reasons;
        with two the rows that differ.

        Example:
          avic list
          avic list V5_15
          avic list V5_15 V5_16
        """;

    public static Command Create()
    {
        Argument<string?> kernel = new("KERNEL") { Description = "List this kernel's functions and rows.", Arity = ArgumentArity.ZeroOrOne };
        Argument<string?> other = new("OTHER") { Description = "List the rows that this kernel has differently.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("list", About) { kernel, other };
        command.Answers((parsed, output, _) =>
        {
            if (parsed.GetValue(kernel) is { } left && parsed.GetValue(other) is { } right)
            {
                output.Write(Linux.Diff(Linux.Parse(left), Linux.Parse(right)).ToText());
                return CommandLine.Ok;
            }
            if (parsed.GetValue(kernel) is { } name)
            {
                var asked = Linux.Parse(name);
                output.WriteLine($"{asked.Name}   {asked.StandsFor}\n");
                foreach (var routine in asked.Functions)
                {
                    output.WriteLine($"{routine.Name}   {routine.Source}");
                    foreach (var row in routine.Rows) output.WriteLine($"  {row.Label,-14} {row.Text}");
                }
                output.WriteLine("\nReasons to keep AVIC off, with their bits here:");
                foreach (var reason in asked.Reasons.OrderBy(known => asked.NumberOf(known.Reason))) output.WriteLine($"  {asked.NumberOf(reason.Reason),2}  {reason.KernelName,-20} set {reason.SetBy}; cleared {reason.ClearedBy}");
                return CommandLine.Ok;
            }
            output.WriteLine("Kernels:");
            foreach (var known in Linux.Known) output.WriteLine($"  {known.Name,-22} {known.StandsFor}");
            output.WriteLine("\nProperties and goals:");
            foreach (var property in Property.Known) output.WriteLine($"  {property.Name,-36} {property.Sentence}");
            output.WriteLine("\nReasons to keep AVIC off, as in --programs 2,1W32,+4-4:");
            foreach (var reason in Enum.GetValues<Reason>()) output.WriteLine($"  {(int)reason,2}  {reason}");
            output.WriteLine("\nPrograms: vCPUs (2; 2t with host ticks), then for a vCPU its number and W32 (write), R0 (read), I (IRQ window); for a VMM thread +4 (set) and -4 (clear).");
            return CommandLine.Ok;
        });
        return command;
    }
}
