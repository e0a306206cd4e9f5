using System.Globalization;
using System.Text;

namespace Avic.Model;

/// <summary>A row that two kernels have differently, or that one of them lacks.</summary>
/// <param name="Function">The function, by its identity.</param>
/// <param name="Label">The row.</param>
/// <param name="Left">What the left kernel says there, or empty.</param>
/// <param name="Right">What the right one says, or empty.</param>
/// <param name="Source">Where the right one's row comes from; the left one's, if there is none.</param>
public sealed record RowDiff(string Function, string Label, string Left, string Right, string Source);

/// <summary>Two kernels beside each other: the rows that differ.</summary>
[TypeFormatterSource(typeof(DisplayFormatters), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed class KernelDiff : IDisplayed
{
    private readonly (string Left, string Right) _names;

    internal KernelDiff(Linux left, Linux right)
    {
        _names = (left.Name, right.Name);
        var (lefts, rights) = (left.Functions.ToDictionary(routine => routine.Name), right.Functions.ToDictionary(routine => routine.Name));
        Rows =
        [
            .. lefts.Keys.Union(rights.Keys).SelectMany(function => Differing(function, lefts.GetValueOrDefault(function), rights.GetValueOrDefault(function))),
            .. from reason in InhibitReason.All
               let bits = (Left: Bit(left, reason), Right: Bit(right, reason))
               where bits.Left != bits.Right
               select new RowDiff("enum kvm_apicv_inhibit", reason.KernelName, bits.Left, bits.Right, reason.Source),
        ];
    }

    /// <summary>The rows that differ, function by function, and the reasons whose bits do.</summary>
    public IReadOnlyList<RowDiff> Rows { get; }

    /// <summary>A line for each row: what the one says, what the other, and where the latter comes from.</summary>
    public string ToText()
    {
        var text = new StringBuilder($"{_names.Left} | {_names.Right}\n");
        if (Rows.Count == 0) return text.Append("no row differs\n").ToString();
        var (label, left) = (Rows.Max(row => row.Label.Length), Math.Min(70, Rows.Max(row => row.Left.Length)));
        foreach (var function in Rows.GroupBy(row => row.Function))
        {
            text.Append('\n').Append(function.Key).Append('\n');
            foreach (var row in function)
                text.Append("  ").Append(row.Label.PadRight(label)).Append("  ").Append(row.Left.PadRight(left)).Append(" | ").Append(row.Right).Append(row.Right == "" ? "" : "   ").Append('(').Append(row.Source).Append(")\n");
        }
        return text.ToString();
    }

    /// <summary>A plain table.</summary>
    public string ToHtml()
    {
        var html = new StringBuilder($"<table><thead><tr><th>function</th><th>row</th><th>{Html.Encode(_names.Left)}</th><th>{Html.Encode(_names.Right)}</th><th>source</th></tr></thead><tbody>\n");
        foreach (var row in Rows)
            html.Append("<tr>").AppendJoin("", new[] { row.Function, row.Label, row.Left, row.Right, row.Source }.Select(cell => $"<td>{Html.Encode(cell)}</td>")).Append("</tr>\n");
        return html.Append("</tbody></table>").Append(Rows.Count == 0 ? "<p>No row differs.</p>" : "").ToString();
    }

    /// <inheritdoc/>
    public override string ToString() => ToText();

    // Rows are matched by label, as many in order as can be: one that has moved is gone here and new there.
    private static IEnumerable<RowDiff> Differing(string function, Routine<Machine>? left, Routine<Machine>? right)
    {
        IReadOnlyList<Row<Machine>> a = left?.Rows ?? [], b = right?.Rows ?? [];
        var longest = new int[a.Count + 1, b.Count + 1];
        for (var i = a.Count - 1; i >= 0; i--)
            for (var k = b.Count - 1; k >= 0; k--)
                longest[i, k] = a[i].Label == b[k].Label ? longest[i + 1, k + 1] + 1 : Math.Max(longest[i + 1, k], longest[i, k + 1]);
        for (int i = 0, k = 0; i < a.Count || k < b.Count;)
        {
            if (i < a.Count && k < b.Count && a[i].Label == b[k].Label)
            {
                if (Said(a[i]) != Said(b[k]) || a[i].Effect != b[k].Effect || a[i].Undisturbed != b[k].Undisturbed) yield return new(function, a[i].Label, Said(a[i], b[k]), Said(b[k], a[i]), b[k].Source ?? right!.Source);
                (i, k) = (i + 1, k + 1);
            }
            else if (k == b.Count || i < a.Count && longest[i + 1, k] >= longest[i, k + 1])
            {
                yield return new(function, a[i].Label, Said(a[i]), "", a[i].Source ?? left!.Source);
                i++;
            }
            else
            {
                yield return new(function, b[k].Label, "", Said(b[k]), b[k].Source ?? right!.Source);
                k++;
            }
        }
    }

    private static string Bit(Linux kernel, InhibitReason reason) =>
        kernel.Reasons.Contains(reason) ? kernel.NumberOf(reason.Reason).ToString(CultureInfo.InvariantCulture) : "";

    // An emptied row says nothing.
    private static string Said(Row<Machine> row) => row.Dropped ? "" : row.Text;

    // That preemption is off is no row of its own.
    private static string Said(Row<Machine> row, Row<Machine> other) => row.Undisturbed && !other.Undisturbed ? $"{Said(row)} [preemption off]" : Said(row);
}

public sealed partial class Linux
{
    /// <summary>The functions that a vCPU's thread, an ioctl, a device, the scheduler or what a guest may do reaches, callers first.</summary>
    public IReadOnlyList<Routine<Machine>> Functions => field ??= Reached();

    // Where what every scenario has begins, and behind it what only some have: rows that are woven into a kernel call it there alone.
    private static readonly string[] Roots =
    [
        "vcpu_run", "kvm_vm_ioctl",
        "kvm_arch_vcpu_ioctl_run", "schedule", "pre_svm_run", "run_on_cpu", "kvm_vcpu_ioctl", "kvm_vm_ioctl_create_vcpu", "kvm_vcpu_thread",
        "irqfd_inject", "kvm_ioapic_set_irq", "io_interception", "kvm_irq_routing_update", "amd_iommu_int_thread", "avic_update_iommu_vcpu_affinity", "svm_refresh_apicv_exec_ctrl",
        "kvm_arch_vcpu_ioctl_set_guest_debug", "synic_set_sint", "kvm_apic_accept_events", "kvm_vcpu_reset", "kvm_inject_nmi", "process_nmi", "iret_interception", "db_interception",
        "svm_complete_interrupts", "disable_nmi_singlestep", "hrtimer", "kvm_ioapic_update_eoi", "nested_svm_vmrun", "nested_svm_vmexit", "svm_set_nested_state",
    ];

    /// <summary>Two kernels beside each other: the rows that differ.</summary>
    public static KernelDiff Diff(Linux left, Linux right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return new(left, right);
    }

    private List<Routine<Machine>> Reached()
    {
        List<Routine<Machine>> reached = [];
        var done = 0;
        foreach (var root in Roots)
        {
            Reach(root);
            for (; done < reached.Count; done++)
                foreach (var callee in reached[done].Rows.SelectMany(row => row.Calls)) Reach(callee);
        }
        return reached;

        // What the kernel lacks is the hardware's.
        void Reach(string name)
        {
            if (Code.Routines.FirstOrDefault(routine => routine.Name == name || routine.Aliases.Contains(name)) is { } routine && !reached.Contains(routine)) reached.Add(routine);
        }
    }
}
