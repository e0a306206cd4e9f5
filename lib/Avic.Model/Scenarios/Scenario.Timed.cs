namespace Avic.Model;

public sealed partial class Scenario
{
    /// <summary>Runs it by the clock: rows take what they cost, and whoever is done first is next.</summary>
    /// <param name="costs">What rows cost: <see cref="Costs.Known"/>, or some of it changed.</param>
    /// <param name="seed">The same seed draws the same costs everywhere.</param>
    /// <param name="longest">Rows after which to stop.</param>
    public TimedRun Run(Costs costs, int seed = 1, int longest = 10_000)
    {
        ArgumentNullException.ThrowIfNull(costs);
        return TimedRun.Record(Model, costs, seed, longest, Bounds, NameOf);
    }

    /// <summary>Runs it many times by the clock, with seeds from 1, and asks each run.</summary>
    /// <param name="costs">What rows cost.</param>
    /// <param name="ask">What is wanted of a run, in nanoseconds: <c>run => run.Calls("__kvm_request_apicv_update").Select(call => call.Nanoseconds)</c>.</param>
    /// <param name="runs">How many.</param>
    /// <returns>All answers, run by run.</returns>
    /// <exception cref="OperationCanceledException">It was interrupted.</exception>
    public double[] Measure(Costs costs, Func<TimedRun, IEnumerable<double>> ask, int runs = 100)
    {
        ArgumentNullException.ThrowIfNull(costs);
        ArgumentNullException.ThrowIfNull(ask);
        if (runs < 1) throw new ModelException($"{runs} runs are none to ask.");
        List<double> answers = [];
        for (var seed = 1; seed <= runs; seed++)
        {
            if (seed % 16 == 1) LongWork.Tell($"run {seed} of {runs}", (seed - 1) / (double)runs).ThrowIfCancellationRequested();
            answers.AddRange(Given.Back(ask(Run(costs, seed)), nameof(ask), "run => [run.End]"));
        }
        return [.. answers];
    }

    private string NameOf(string function) => Hardware.Under(Kernel.Code)[function].Name;
}
