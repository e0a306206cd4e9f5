using System.Globalization;
using System.Text;

namespace Avic.Model;

/// <summary>What the guests can tell of a run when nothing is bound to happen any more: how far they came, what they handled, what their registers hold.</summary>
/// <remarks>
/// Whether AVIC was on is not among it, nor what KVM keeps for itself. PPR is left out: KVM works it out anew when it is read. So are
/// the command register, of which KVM and the core keep different bits, and the timer's.
/// </remarks>
internal static class GuestOutcome
{
    private static readonly Apic[] Compared = [Apic.Id, Apic.Tpr, Apic.Ldr, Apic.Dfr, Apic.Svr];

    /// <summary>The outcome on one line, a part for each vCPU.</summary>
    public static string Of(Context x)
    {
        var text = new StringBuilder();
        for (var v = 0; v < x.VcpuCount; v++)
        {
            var (vmcb, page) = (x.VmcbOf(v), x.ApicPageOf(v));
            if (v > 0) text.Append("; ");
            text.Append(CultureInfo.InvariantCulture, $"vcpu{v} at instruction {vmcb.Rip}{(vmcb.Halted || x.IsAsleep(v) ? ", halted" : "")}{(vmcb.InterruptFlag ? "" : ", interrupts off")}");
            for (var i = 0; i < x.Programs.Vectors.Count; i++)
                if (x.MemoryOf(v).Handled[i] is > 0 and var times) text.Append(CultureInfo.InvariantCulture, $", {x.Programs.Vectors[i]:x2}h handled {times}×");
            Vectors(text, "waiting", page.Irr, x.Programs);
            Vectors(text, "in service", page.Isr, x.Programs);
            text.Append(CultureInfo.InvariantCulture, $", CR8 {vmcb.VTpr:x}, EAX {vmcb.Rax:x}");
            foreach (var register in Compared)
                text.Append(CultureInfo.InvariantCulture, $", {register} {page[(int)register]:x}");
        }
        return text.ToString();
    }

    private static void Vectors(StringBuilder text, string what, VectorSet set, Programs programs)
    {
        foreach (var vector in programs.Vectors)
            if (set.Contains(vector)) text.Append(CultureInfo.InvariantCulture, $", {vector:x2}h {what}");
    }
}
