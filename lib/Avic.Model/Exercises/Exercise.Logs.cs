using System.Globalization;

namespace Avic.Model;

public static partial class Exercise
{
    /// <summary>Say which reasons the numbers of a log stand for.</summary>
    /// <param name="log">The log. Numbers are those of the kernel that ran.</param>
    /// <returns>Answers are the reasons in the order in which each appears first.</returns>
    public static Exercise<Reason[]> NameReasons(InhibitLog log)
    {
        var asked = Given.Value(log).Reasons;
        return new($"Give the reasons of the log '{log.Name}', each once, in the order in which they appear first.", reasons =>
        {
            if (reasons.Length != asked.Count) return Wrong($"There are {Count(reasons.Length, "reason")}; the log has {Count(asked.Count, "different number")}.");
            List<int> wrong = [.. Enumerable.Range(0, asked.Count).Where(i => reasons[i] != asked[i])];
            if (wrong.Count == 0) return Right($"{string.Join(", ", asked)}: so {log.Kernel.Name} numbers them.");
            var (given, number) = (reasons[wrong[0]], log.Kernel.NumberOf(asked[wrong[0]]));
            var elsewhere = Linux.History.FirstOrDefault(kernel => kernel.Reasons.Any(known => known.Reason == given && kernel.NumberOf(given) == number));
            return Wrong($"Number {number} is not {given} on {log.Kernel.Name}{(elsewhere is null ? "" : $", as it is on {elsewhere.Name}")}; {asked.Count - wrong.Count} of {Count(asked.Count, "reason")} are right.",
                "The numbers changed from version to version: the kernel's own are kernel.NumberOf(Reason.…).");
        });
    }

    /// <summary>Say for how long AVIC was off, each time that it came back.</summary>
    /// <param name="log">The log.</param>
    /// <returns>Answers are microseconds, one number for each time.</returns>
    public static Exercise<long[]> TimeOff(InhibitLog log)
    {
        var times = Given.Value(log).TimesOff;
        return new($"Give for how many microseconds AVIC was off, each time that it came back on in the log '{log.Name}'.", given =>
        {
            for (var i = 0; i < Math.Min(given.Length, times.Count); i++)
            {
                var (off, on) = times[i];
                if (given[i] != on.Microseconds - off.Microseconds)
                    return Wrong($"The {Ordinal(i + 1)} time was not {Count(given[i], "microsecond")}; {Count(i, "time")} before it {(i == 1 ? "is" : "are")} right.",
                        $"It begins with line {off.Number}. It ends with the line after which the word is 0.");
            }
            if (given.Length > times.Count && log.Lines.FirstOrDefault(line => !line.IsSet && line.Inhibits != 0) is { } kept)
                return Wrong($"AVIC came back {Count(times.Count, "time")}, not {given.Length}.", $"Line {kept.Number} clears a reason, and the word is still 0x{kept.Inhibits.ToString("x", CultureInfo.InvariantCulture)}: AVIC stays off.");
            return given.Length == times.Count ? Right($"AVIC was off {Count(times.Count, "time")}, for {string.Join(", ", given)} microseconds{(log.Left.Count > 0 ? ", and then for good" : "")}.")
                : Wrong($"AVIC came back {Count(times.Count, "time")}, not {given.Length}.", "It is off from a line that makes the word other than 0 to the one that makes it 0 again.");
        });
    }

    /// <summary>Say on which kernel AVIC would have come back: the first that clears every reason which the log leaves set.</summary>
    /// <param name="log">A log that ends with AVIC off.</param>
    public static Exercise<Linux> ComesBack(InhibitLog log)
    {
        var left = Given.Value(log).Left;
        if (left.Count == 0) throw new ModelException($"The log '{log.Name}' ends with AVIC on: there is nothing to come back from.");
        var kernels = Linux.History.SkipWhile(kernel => kernel != log.Kernel).ToList();
        var first = kernels.FirstOrDefault(kernel => !left.Any(reason => IsSticky(reason, kernel)))
            ?? throw new ModelException($"No kernel clears what the log '{log.Name}' leaves set.");
        return new($"Give the first kernel, from {log.Kernel.Name} on, that clears what the log '{log.Name}' leaves set.", kernel =>
        {
            if (!kernels.Contains(kernel)) return Wrong($"{kernel.Name} is none of {string.Join(", ", kernels.Select(known => known.Name))}.");
            if (kernel == first) return Right($"{string.Join(" and ", left)} is never cleared before {first.Name}: {string.Join("; ", left.Select(reason => Known(reason).ClearedBy))}.");
            if (kernels.IndexOf(kernel) > kernels.IndexOf(first)) return Wrong($"{kernel.Name} clears it, and an older kernel does already.");
            var sticky = left.First(reason => IsSticky(reason, kernel));
            return Wrong($"On {kernel.Name} {sticky} is never cleared, whatever the guest does afterwards.", $"It is set {Known(sticky).SetBy}. Ask data/inhibit-reasons.csv, or InhibitReason.All, since when that can end.");
        });
    }

    private static InhibitReason Known(Reason reason) => InhibitReason.All.Single(known => known.Reason == reason);

    // "yes", "no", or the last version on which it was.
    private static bool IsSticky(Reason reason, Linux kernel)
    {
        const string until = "until ";
        var sticky = Known(reason).Sticky;
        return sticky.StartsWith(until, StringComparison.Ordinal) ? Version.Parse(kernel.Name[1..].Replace('_', '.')) <= Version.Parse(sticky[until.Length..]) : sticky == "yes";
    }

    private static string Ordinal(int number) => number switch { 1 => "first", 2 => "second", 3 => "third", _ => string.Create(CultureInfo.InvariantCulture, $"{number}th") };
}
