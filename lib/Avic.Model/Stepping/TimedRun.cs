using System.Globalization;
using System.Text;

namespace Avic.Model;

/// <summary>A stretch of a run.</summary>
/// <param name="Actor">Whose.</param>
/// <param name="What">A function, or the text of the row that it ends with.</param>
/// <param name="Begin">In nanoseconds from the beginning of the run.</param>
/// <param name="End">In nanoseconds from the beginning of the run.</param>
public sealed record Duration(string Actor, string What, double Begin, double End)
{
    /// <summary>How long it is.</summary>
    public double Nanoseconds => End - Begin;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Actor} {What}: {Nanoseconds:0} ns, from {Begin:0}");
}

/// <summary>A run by the clock: rows take their time, each actor on a core of its own, and whoever is done first is next.</summary>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed class TimedRun : IDisplayed
{
    private readonly IReadOnlyList<(double Begin, double End)> _times;
    private readonly Func<string, string> _nameOf;

    private TimedRun(Trace trace, IReadOnlyList<(double, double)> times, Func<string, string> nameOf) => (Trace, _times, _nameOf) = (trace, times, nameOf);

    /// <summary>The rows in the order in which they took effect: for pictures, fields, and a token that takes them again.</summary>
    public Trace Trace { get; }

    /// <summary>When the last row took effect, in nanoseconds.</summary>
    public double End => _times.Count == 0 ? 0 : _times[^1].End;

    internal static TimedRun Record(Model model, Pace pace, int seed, int longest, string title, Func<string, string> nameOf)
    {
        var clock = new Clock(pace, seed);
        var trace = Trace.Record(model, clock, longest, title);
        return new(trace, clock.Times, nameOf);
    }

    /// <summary>The state after so many nanoseconds, as the number of rows that have taken effect by then.</summary>
    public int RowsBy(double nanoseconds) => _times.TakeWhile(time => time.End <= nanoseconds).Count();

    /// <summary>When a row took effect, in nanoseconds from the beginning.</summary>
    /// <param name="row">Its number in the trace, from 1; 0 is the beginning.</param>
    public double At(int row) => row == 0 ? 0 : (uint)row <= (uint)_times.Count ? _times[row - 1].End
        : throw new ModelException($"The run has rows 1 to {_times.Count}, not {row}.");

    /// <summary>Every call of a function, from the beginning of its first row to the end of its last; one that the run did not see end is left out.</summary>
    /// <param name="function">Its name, in any version.</param>
    /// <exception cref="ModelException">The kernel has no such function.</exception>
    public IReadOnlyList<Duration> Calls(string function)
    {
        var name = _nameOf(Given.Value(function));
        List<Duration> calls = [];
        foreach (var actor in Trace.Model.Actors.Where(actor => actor.IsThread))
        {
            double? begin = null;
            foreach (var step in Trace.Steps)
            {
                var (own, before, after) = (step.Actor == actor, Trace.Below(step.Number - 1, actor, name), Trace.Below(step.Number, actor, name));
                if (own && before >= 0) begin ??= _times[step.Number - 1].Begin;
                // In one step the call may end and the next one begin: then rows of its callers have passed in between.
                if (before < 0 || after >= 0 && !(own && Passed(step, before))) continue;
                if (begin is { } begun) calls.Add(new(actor.Name, function, begun, At(step.Number)));
                begin = null;
            }

            bool Passed(TraceStep step, int below) => step.Control.Count > 0 && Trace.Stack(step.Number - 1, actor).Take(below).Select(RoutineOf).Intersect(step.Control.Select(RoutineOf)).Any();
        }
        return calls;
    }

    /// <summary>What passes between the values of a field: each stretch ends with the row that changed it.</summary>
    /// <param name="field">As the state names it: <c>vmcb1.rip</c> of what a guest retires.</param>
    public IReadOnlyList<Duration> Between(string field)
    {
        var (_, values) = Trace.Series(Given.Value(field));
        List<Duration> all = [];
        var begin = 0.0;
        foreach (var step in Trace.Steps)
        {
            if (values[step.Number] == values[step.Number - 1]) continue;
            all.Add(new(step.Actor.Name, step.Text, begin, At(step.Number)));
            begin = At(step.Number);
        }
        return all;
    }

    /// <summary>A field over time: microseconds, and the value from then on.</summary>
    public (double[] Microseconds, long[] Values) Series(string field)
    {
        var (rows, values) = Trace.Series(Given.Value(field));
        return ([.. rows.Select(row => At(row) / 1000)], values);
    }

    private static string RoutineOf(string row) => row[..row.LastIndexOf('.')];

    /// <summary>One line a row: when it took effect, in microseconds, who, which row.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        var wide = Trace.Model.Actors.Max(actor => actor.Name.Length);
        foreach (var step in Trace.Steps)
            text.Append(CultureInfo.InvariantCulture, $"{At(step.Number) / 1000,10:0.000}  {step.Actor.Name.PadRight(wide)}  {step.Row}\n");
        return text.ToString();
    }

    /// <summary>How long it took and its bounds in bold, then a line a row.</summary>
    public string ToHtml() => Html.Of(string.Create(CultureInfo.InvariantCulture, $"{Trace.Steps.Count} rows in {End / 1000:0.000} µs · {Trace.Title}\n{ToText()}"));

    /// <inheritdoc/>
    public override string ToString() => ToText();
}
