namespace Avic.Model;

/// <summary>The IPIs that the guests' programs have sent so far, and whom the architecture says they reach.</summary>
internal static class SentIpi
{
    /// <summary>True if one was sent; or, of those, if one has missed a vCPU that it names.</summary>
    public static bool Any(Context x, bool missedOnly)
    {
        for (var sender = 0; sender < x.VcpuCount; sender++)
        {
            var program = x.Programs.Guest[sender].Program;
            uint high = 0;
            for (var i = 0; i < program.Count && i < x.VmcbOf(sender).Rip; i++)
            {
                if (program[i] is not { IsWrite: true } write) continue;
                if (write.Offset == (int)Apic.IcrHigh) high = (uint)write.Value;
                if (write.Offset != (int)Apic.IcrLow || new InterruptCommand((uint)write.Value, high) is not { IsFixed: true, Vector: >= 16 } command) continue;
                if (!missedOnly || Missed(x, command, sender)) return true;
            }
        }
        return false;
    }

    private static bool Missed(Context x, InterruptCommand command, int sender)
    {
        for (var v = 0; v < x.VcpuCount; v++)
        {
            ref var page = ref x.ApicPageOf(v);
            if (page.IsEnabled && Lapic.Matches(x, v, command, sender) && !page.Irr.Contains(command.Vector) && !page.Isr.Contains(command.Vector)
                && x.MemoryOf(v).Handled[x.Programs.VectorIndex(command.Vector)] == 0) return true;
        }
        return false;
    }
}
