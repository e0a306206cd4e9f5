namespace Avic.Model;

/// <summary>What a scenario asks for and no rows are written for: refused, with what there is instead.</summary>
internal static class NotModelled
{
    /// <exception cref="ModelException">The kernel's own way of what the programs do is not modelled.</exception>
    public static void Refuse(Linux kernel, Programs programs)
    {
        GuestInstruction[] instructions = [.. programs.Guest.SelectMany(code => code.All)];
        if (!kernel.IsOfV5_15 && (programs.X2Apic || programs.HasTimers || instructions.Any(i => i.IsMsrAccess)) && !instructions.All(IsOfTpr))
            throw new ModelException($"What {kernel.Name} does in x2APIC mode and with timers is not modelled yet; there its guests access TPR only. Use V5_15, or a kernel made from it.");
        if (!kernel.IsOfV5_15 && programs.VcpusMove)
            throw new ModelException($"{kernel.Name} loads and puts vCPUs in ways that are not modelled yet; each of its vCPUs stays on a core of its own. Move them on V5_15, or on a kernel made from it.");
        if (!kernel.IsOfV5_15 && (programs.HasIommu || programs.HasIoApic))
            throw new ModelException($"What {kernel.Name} does for assigned devices and the I/O APIC is not modelled yet. Use V5_15, or a kernel made from it.");
        if (programs.X2Apic && programs.HasIoApic) throw new ModelException("What the I/O APIC sends guests in x2APIC mode is not modelled yet: leave out its lines, or X2Apic().");
        if (programs.VcpusMove && programs.HasTimers) throw new ModelException("What becomes of an armed timer when its vCPU moves is not modelled yet: leave out the timer, or preemption and Cores(…).");
        if (programs.VcpusMove && programs.HasNmi) throw new ModelException("NMIs to vCPUs that move are not modelled yet: leave out the NMIs, or preemption and Cores(…).");
        if (programs.VcpusMove && programs.HasInit) throw new ModelException("INIT and SIPI to vCPUs that move are not modelled yet: leave them out, or preemption and Cores(…).");
        if (programs.HasIommu && programs.HasInit) throw new ModelException("INIT and SIPI beside assigned devices are not modelled yet: leave out one of them.");
        if (programs.Guest[0].Waits) throw new ModelException("vCPU 0 boots the others and does not wait for SIPI: let another one wait.");
        if (!kernel.MovesIds && instructions.Any(i => i.IsWrite && (i.Offset & ~0xf) == (int)Apic.Id))
            throw new ModelException($"{kernel.Name} inhibits AVIC when a guest changes its APIC id, which is not modelled yet. Change ids on V5_15 or an older kernel.");
    }

    private static bool IsOfTpr(GuestInstruction i) => i.IsApicAccess ? i.Offset == (int)Apic.Tpr : i.IsMsrAccess && i.Offset is Msrs.FirstOfX2Apic + ((int)Apic.Tpr >> 4) or Msrs.ApicBaseNumber;
}
