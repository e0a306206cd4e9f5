using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Avic.Benchmarks;

/// <summary>SPIN's verifier on the same textbook model, exact and without partial order reduction, where spin and gcc are installed.</summary>
internal sealed partial class Spin : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("avic-spin").FullName;
    private readonly string _arguments;

    private Spin(string arguments) => _arguments = arguments;

    /// <summary>Compiles the verifier; null if a tool is missing.</summary>
    /// <param name="model">Name of the Promela file.</param>
    /// <param name="n">Processes.</param>
    /// <param name="hashBits">Logarithm of the hash table's size: large enough for all states.</param>
    public static Spin? Compile(string model, int n, int hashBits)
    {
        var spin = new Spin(string.Create(CultureInfo.InvariantCulture, $"-m20000000 -w{hashBits} -n"));
        var source = Path.Combine(AppContext.BaseDirectory, "Promela", $"{model}.pml");
        try
        {
            // -o1 -o2 -o3: no dead-variable resets and no merged statements, so that the states are the published ones.
            spin.Start("spin", $"-o1 -o2 -o3 -DN={n} -a {source}");
            spin.Start("gcc", "-O2 -DNOREDUCE -DSAFETY -DMEMLIM=20000 -o pan pan.c");
            return spin;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            spin.Dispose();
            return null;
        }
    }

    /// <summary>Runs it.</summary>
    /// <exception cref="InvalidOperationException">SPIN did not finish, or counted other states than are published.</exception>
    public (long States, TimeSpan Elapsed, double BytesPerState) Run(long published)
    {
        var clock = Stopwatch.StartNew();
        var output = Start(Path.Combine(_folder, "pan"), _arguments);
        var elapsed = clock.Elapsed;
        var states = (long)Number(StatesStored(), output);
        if (states != published || output.Contains("Search not completed")) throw new InvalidOperationException($"SPIN stored {states} states, not {published}: the times do not compare.");
        // The states and the hash table, as ours counts; the depth-first stack is left out, as our frontier is.
        var megabytes = Number(StateMemory(), output) + Number(TableMemory(), output);
        return (states, elapsed, megabytes * 1_000_000 / states);
    }

    private string Start(string file, string arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments) { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }

    private static double Number(Regex pattern, string text) =>
        pattern.Match(text) is { Success: true } match ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : double.NaN;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [GeneratedRegex(@"([\d.e+]+) states, stored")]
    private static partial Regex StatesStored();

    [GeneratedRegex(@"([\d.]+)\s+actual memory usage for states")]
    private static partial Regex StateMemory();

    [GeneratedRegex(@"([\d.]+)\s+memory used for hash table")]
    private static partial Regex TableMemory();
}
