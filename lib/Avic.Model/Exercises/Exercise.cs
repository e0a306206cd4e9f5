using System.Collections.Concurrent;
using System.Globalization;

namespace Avic.Model;

/// <summary>Exercises that look at what an answer does to the model, never at how it is written.</summary>
/// <example><code>
/// var boom = Exercise.Reach(Scenario.Parse(Linux.VcpuStatus, "1,0W32,+4"), Property.ApicAccessIsNeverLost);
/// boom.Check(() => ["vcpu0*9", "vmm0*3"])
/// </code></example>
public static partial class Exercise
{
    /// <summary>How a sentence writes a number of things.</summary>
    private static string Count(long number, string one) => string.Create(CultureInfo.InvariantCulture, $"{number} {one}{(number == 1 ? "" : "s")}");

    // What a student gave, where a sentence quotes it: it may be of any length.
    private static string Quoted(string given) => given.Length <= 60 ? $"'{given}'" : $"'{given[..60]}…'";

    private static Answer Wrong(string reason, string hint = "", Trace? trace = null, int? distance = null) => new(false, reason) { Hint = hint, Trace = trace, Distance = distance };

    private static Answer Right(string reason, Trace? trace = null, int? distance = null) => new(true, reason) { Trace = trace, Distance = distance };
}

/// <summary>Something that is asked, and how an answer to it is judged.</summary>
/// <typeparam name="T">What an answer is.</typeparam>
public sealed class Exercise<T> where T : class
{
    /// <summary>Long enough for every check of the kit on a slow machine, and shorter than a cell of <c>avic grade</c> may take.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(15);

    // What is still at it is not asked again: each time would cost as long, and one more thread that never ends.
    private static readonly ConcurrentDictionary<Func<T?>, Loop> Endless = [];

    private sealed record Loop(Thread Thread, Answer Answer);

    private readonly Func<T, Answer> _judge;

    internal Exercise(string asks, Func<T, Answer> judge) => (Asks, _judge) = (asks, judge);

    /// <summary>What is asked, in one sentence.</summary>
    public string Asks { get; }

    /// <summary>The run that it is about, to be looked at; null if it is about none.</summary>
    public Trace? Shown { get; internal init; }

    /// <summary>
    /// Judges an answer. One that is null, throws or never ends is not right, and nothing worse: it is asked on a thread of its own. A thread
    /// that loops cannot be ended, so it goes on until the notebook's kernel is restarted.
    /// </summary>
    /// <param name="answer">The answer, made when it is asked for: <c>() => Linux.VcpuStatus.With(…)</c>.</param>
    /// <param name="within">The longest it may take, 15 s by default.</param>
    public Answer Check(Func<T?> answer, TimeSpan? within = null)
    {
        ArgumentNullException.ThrowIfNull(answer);
        if (Endless.TryGetValue(answer, out var known) && known.Thread.IsAlive) return known.Answer;
        Answer? judged = null;
        var longest = within ?? Longest;
        var thread = new Thread(() => judged = Judge(answer)) { IsBackground = true };
        thread.Start();
        if (thread.Join(longest)) return judged!;
        var endless = new Answer(false, string.Create(CultureInfo.InvariantCulture, $"It did not come to an end within {longest.TotalSeconds:0.#} s: something in it loops for ever."))
        { Hint = "It is still at it; restart the notebook's kernel before you go on." };
        Endless[answer] = new(thread, endless);
        return endless;
    }

    // Whatever a student's code throws is an answer that is not right, never an end of the notebook.
    private Answer Judge(Func<T?> answer)
    {
        try
        {
            return answer() is { } given ? _judge(given) : new(false, "It is null: there is no answer yet.") { Hint = Asks };
        }
        catch (NotImplementedException)
        {
            return new(false, "There is no answer yet.") { Hint = Asks };
        }
        catch (ModelException e)
        {
            return new(false, e.Message);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return new(false, $"It ends with {e.GetType().Name}: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Asks;
}
