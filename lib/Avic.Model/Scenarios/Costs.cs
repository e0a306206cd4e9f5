using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Avic.Model;

/// <summary>What a row takes, in nanoseconds: from the least to the most, and most likely something about what is typical.</summary>
/// <param name="Row">As <c>function.label</c>, of alternatives <c>function.label#2</c>; <c>plain</c>, <c>locked</c>, <c>barrier</c> for rows of that order without a cost of their own; <c>vmm</c> for what a VMM does before its first call.</param>
/// <param name="Least">The least, 0 or more.</param>
/// <param name="Typical">What is likeliest.</param>
/// <param name="Most">The most.</param>
/// <param name="Kind">How well it is known: <c>measured</c>, <c>derived</c> of what was measured, <c>assumed</c>, or <c>given</c> in a cell.</param>
/// <param name="Source">Who measured it on what, or why it is assumed.</param>
public sealed record RowCost(string Row, double Least, double Typical, double Most, string Kind, string Source)
{
    // A triangle's: the field's own histograms are skewed like that, and nothing finer is known.
    internal double At(double chance)
    {
        var wide = Most - Least;
        if (wide <= 0) return Least;
        var peak = (Typical - Least) / wide;
        return chance < peak ? Least + Math.Sqrt(chance * wide * (Typical - Least)) : Most - Math.Sqrt((1 - chance) * wide * (Most - Typical));
    }
}

/// <summary>What rows cost, for runs by the clock.</summary>
/// <remarks>
/// Published measurements are few, and of different machines. Believe orders of magnitude and comparisons that stay as they are when a cost
/// is doubled: <see cref="With(string, double)"/> tries that. A row that may happen but need not (a host tick) happens only where it has a cost; the local
/// APIC's timer expires when its count is up, at KVM's one nanosecond a bus cycle, and who reads the count finds what is left, rounded up to quarters.
/// </remarks>
/// <example><code>
/// var run = scenario.Run(Costs.Known, seed: 1);
/// run.Calls("__kvm_request_apicv_update")
/// </code></example>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed class Costs : Pace, IDisplayed
{
    private readonly Dictionary<string, RowCost> _of;

    private Costs(IEnumerable<RowCost> rows)
    {
        Rows = [.. rows];
        _of = Rows.ToDictionary(cost => cost.Row);
    }

    /// <summary>Those of data/costs.csv, each with its source.</summary>
    public static Costs Known => field ??= new(Csv.Named(Data.Text("costs.csv"), "costs.csv")
        .Select(line => new RowCost(line["row"], Number(line["least"]), Number(line["typical"]), Number(line["most"]), line["kind"], line["source"])));

    /// <summary>The costs.</summary>
    public IReadOnlyList<RowCost> Rows { get; }

    /// <summary>The cost of a row, by name.</summary>
    /// <exception cref="ModelException">It has none of its own; the message names the nearest that do.</exception>
    public RowCost this[string row] => _of.TryGetValue(Given.Value(row), out var cost) ? cost
        : throw new ModelException($"'{row}' has no cost of its own: it costs what rows of its order do. {Nearest.To(row, _of.Keys)}");

    /// <summary>The same, but for one row.</summary>
    /// <param name="row">As <c>function.label</c>.</param>
    /// <param name="least">In nanoseconds.</param>
    /// <param name="typical">In nanoseconds.</param>
    /// <param name="most">In nanoseconds.</param>
    /// <exception cref="ModelException">No kernel has such a row, or the numbers are not in order.</exception>
    public Costs With(string row, double least, double typical, double most)
    {
        if (!_of.ContainsKey(Given.Value(row)) && !AllRows.Contains(row.Split('#')[0])) throw new ModelException($"No kernel has a row '{row}'. {Nearest.To(row, AllRows.Concat(_of.Keys))}");
        if (!(least >= 0 && least <= typical && typical <= most && double.IsFinite(most)))
            throw new ModelException(string.Create(CultureInfo.InvariantCulture, $"A cost is least ≤ typical ≤ most, in nanoseconds from 0, not {least}, {typical}, {most}."));
        return new(Rows.Where(cost => cost.Row != row).Append(new(row, least, typical, most, "given", "")));
    }

    /// <summary>The same, always the same for a row.</summary>
    public Costs With(string row, double nanoseconds) => With(row, nanoseconds, nanoseconds, nanoseconds);

    /// <summary>A line for each cost.</summary>
    public string ToText()
    {
        var wide = Rows.Max(cost => cost.Row.Length);
        var text = new StringBuilder($"{"ns".PadRight(wide)}   least typical    most\n");
        foreach (var cost in Rows) text.Append(CultureInfo.InvariantCulture, $"{cost.Row.PadRight(wide)} {cost.Least,7} {cost.Typical,7} {cost.Most,7}  {cost.Kind}\n");
        return text.ToString();
    }

    /// <summary>The same as a table, with the sources.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder("<table><thead><tr><th>row</th><th>least, ns</th><th>typical</th><th>most</th><th></th><th>source</th></tr></thead><tbody>\n");
        foreach (var cost in Rows)
            html.Append(CultureInfo.InvariantCulture, $"<tr><td><code>{Html.Encode(cost.Row)}</code></td><td>{cost.Least}</td><td>{cost.Typical}</td><td>{cost.Most}</td><td>{Html.Encode(cost.Kind)}</td><td>{Html.Encode(cost.Source)}</td></tr>\n");
        return html.Append("</tbody></table>").ToString();
    }

    /// <inheritdoc/>
    public override string ToString() => ToText();

    internal override double? Takes(Begun begun, Stepper stepper)
    {
        var row = begun.Row;
        if (row.Dropped) return 0;
        if (row.Id == LapicTimer.Expiry) return Expiry(begun, stepper);
        var name = begun.Alternative == 0 ? row.Id : string.Create(CultureInfo.InvariantCulture, $"{row.Id}#{begun.Alternative + 1}");
        return _of.TryGetValue(name, out var cost) ? cost.At(begun.Chance) : row.May ? null : _of[OrderOf(row)].At(begun.Chance);
    }

    // An armed timer that is set again stays armed; its vCPU's own thread sets it.
    internal override bool IsBegunAnew(LinkedRow row, int actor, (int Actor, uint Marks) taken, Stepper stepper) =>
        row.Id == LapicTimer.Expiry && ((Mark)taken.Marks & Mark.TimerStarted) != 0 && taken.Actor == At(stepper, actor).Me;

    internal override bool Reads(LinkedRow row, int actor, LinkedRow begun, int by, Stepper stepper) =>
        begun.Id == LapicTimer.Expiry && stepper.Model.Actors[actor].IsThread && At(stepper, by).Me == actor && At(stepper, actor).Instruction?.Read == (int)Apic.TimerCurrentCount;

    internal override int Holds(LinkedRow row, int actor, Stepper stepper)
    {
        if (row.Id is not ("hrtimer.callback" or "core.ack" or "core.resched")) return -1;
        var x = At(stepper, actor);
        return row.Id == "hrtimer.callback" ? x.Me : x.VcpuOn(x.Me);
    }

    private static unsafe Context At(Stepper stepper, int actor) => new(ref Unsafe.AsRef<Machine>(stepper.Before), actor, stepper.Engine);

    internal override double Before(Actor actor, double chance) => actor.Routine == "kvm_vm_ioctl" ? _of["vmm"].At(chance) : 0;

    private static string OrderOf(LinkedRow row) => row.Order switch { Order.Locked => "locked", Order.Barrier => "barrier", _ => "plain" };

    // arch/x86/kvm/lapic.h, v5.15: APIC_BUS_CYCLE_NS is 1; since 6.11 a VMM may set another. A deadline is in ticks of a TSC that begins with the run and has a nanosecond too.
    private static double Expiry(Begun begun, Stepper stepper)
    {
        var x = At(stepper, begun.Actor);
        if (x.VcpuOf(x.Me).TimerMode == TimerMode.TscDeadline) return Math.Max(0, x.MsrsOf(x.Me).TscDeadline - begun.Now);
        ref var page = ref x.ApicPageOf(x.Me);
        var code = (int)page.DivideConfiguration & 3 | (int)page.DivideConfiguration >> 1 & 4;
        return (double)page.TimerInitialCount * (1 << (code + 1 & 7));
    }

    private static HashSet<string> AllRows => field ??=
        [.. Linux.Known.SelectMany(kernel => Hardware.Default.Under(kernel.Code).Routines).SelectMany(routine => routine.Rows.Select(row => $"{routine.Name}.{row.Label}"))];

    private static double Number(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
}
