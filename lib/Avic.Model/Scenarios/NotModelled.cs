namespace Avic.Model;

/// <summary>What a scenario asks for and no rows are written for: refused, with what there is instead.</summary>
internal static class NotModelled
{
    private const string BeyondXApic = "x2APIC mode, MSRs (a SynIC's among them), timers, the I/O APIC, assigned devices, NMIs, INIT and vCPUs that move";

    /// <exception cref="ModelException">The kernel's own way of what the programs do is not modelled.</exception>
    public static void Refuse(Linux kernel, Programs programs)
    {
        var isBeyondXApic = programs.X2Apic || programs.HasTimers || programs.HasIoApic || programs.HasIommu || programs.VcpusMove || programs.HasNmi || programs.HasInit
            || programs.Guest.SelectMany(code => code.All).Any(i => i.IsMsrAccess);
        if (!kernel.OffersX2Apic && programs.X2Apic)
            throw new ModelException($"{kernel.Name} hides x2APIC mode from guests where there is AVIC: leave out X2Apic(), or use V5_7 or later, which has a reason to keep AVIC off for it.");
        if (programs.X2Apic && programs.HasIoApic) throw new ModelException("What the I/O APIC sends guests in x2APIC mode is not modelled yet: leave out its lines, or X2Apic().");
        if (programs.VcpuCalls.OfType<LapicCall>().Any() && (programs.HasNested || isBeyondXApic))
            throw new ModelException($"KVM_GET_LAPIC and KVM_SET_LAPIC are not modelled together with L2, {BeyondXApic}: leave out SetLapic(…) and GetLapic(…), or those.");
        if (programs.VcpuCalls.Count > 255) throw new ModelException($"The VMM's threads have vCPUs' threads call up to 255 times, not {programs.VcpuCalls.Count}.");
        if (programs.VcpuCalls.OfType<NestedStateCall>().FirstOrDefault(call => programs.Guest[call.Vcpu].Program.All(i => i.Operation != GuestOperation.Vmrun)) is { } restored)
            throw new ModelException($"vCPU {restored.Vcpu} has no L2 to go on in: give its guest Vmrun(l2 => …).");
        if (programs.HasNested && isBeyondXApic)
            throw new ModelException($"L2 is not modelled together with {BeyondXApic}: leave out Vmrun(…), or those.");
        for (var vcpu = 0; vcpu < programs.Guest.Count; vcpu++)
        {
            var code = programs.Guest[vcpu];
            if (code.VirtualInterrupts.Any() && (programs.IrqWindows[vcpu] > 0 || code.GivesWhileOff))
                throw new ModelException("What becomes of L1's V_IRQ where KVM wants a window of its own is not modelled: leave IRQ windows out, and let interrupts in, Sti(), before VMRUN.");
            if (code.VirtualInterrupts.FirstOrDefault(vector => !code.Handlers.ContainsKey(vector) && programs.Sent.Contains(vector)) is var both and > 0)
                throw new ModelException(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{both:x}h comes by the APIC and as L1's V_IRQ: only one of them wants EOI. Give it a handler, On(0x{both:x}, …), or one of them another vector."));
        }
        if (programs.HasIommu && programs.HasInit) throw new ModelException("INIT and SIPI beside assigned devices are not modelled yet: leave out one of them.");
        if (programs.Calls.OfType<RouteCall>().FirstOrDefault(call => call.Irte >= programs.Irtes.Count) is { } route)
            throw new ModelException(programs.Irtes.Count == 0 ? $"Entry {route.Irte} is to be routed elsewhere, and no device is assigned: add AssignedDevice(d => d.Msi(…)), whose interrupt is entry 0."
                : $"There is no entry {route.Irte} to be routed elsewhere: assigned devices have {(programs.Irtes.Count == 1 ? "entry 0 alone" : $"entries 0 to {programs.Irtes.Count - 1}")}, one for each different interrupt.");
        if (programs.RoutesChange && programs.VcpusMove) throw new ModelException("Routes that change are not modelled together with vCPUs that move yet: leave out Route(…), or preemption and Cores(…).");
        if (programs.Host.Count(calls => calls.Any(call => call is RouteCall)) > 1) throw new ModelException("Routes are changed by one thread of the VMM, as irqfds.lock would have it: leave Route(…) to one.");
        if (programs.Created.Count > 0 && (isBeyondXApic || programs.HasNested || programs.Interrupts || programs.VcpuCalls.Count > 0 || programs.IrqWindows.Any(windows => windows > 0)))
            throw new ModelException($"KVM_CREATE_VCPU is modelled with inhibits and accesses alone, not together with interrupts, L2, IRQ windows, calls of vCPUs' threads, {BeyondXApic}: leave out CreateVcpu(…), or those.");
        if (!programs.Created.SequenceEqual(Enumerable.Range(programs.Guest.Count - programs.Created.Count, programs.Created.Count)) || programs.Created.Count == programs.Guest.Count || programs.Host.Count(calls => calls.Any(call => call is CreateCall)) > 1)
            throw new ModelException($"vCPU 0 is there from the start, and those that are created come last, each once, in order, by one thread of the VMM: of {programs.Guest.Count} that is {Creatable(programs.Guest.Count)}, and not {string.Concat(programs.Created.Select(vcpu => $"C{vcpu}"))}.");
        if (programs.HasGuestDebug && kernel.TogglesMemslot) throw new ModelException($"{kernel.Name} has no KVM_GUESTDBG_BLOCKIRQ, which came with 5.15: leave out SetGuestDebug(…), or use V5_15 or later.");
        if (programs.HasGuestDebug && (programs.HasNested || programs.HasIommu || programs.VcpusMove || programs.HasNmi || programs.HasInit))
            throw new ModelException("KVM_SET_GUEST_DEBUG is not modelled together with L2, assigned devices, NMIs, INIT and vCPUs that move: leave out SetGuestDebug(…), or those.");
        if (programs.HasGuestDebug && programs.Calls.Any(call => call is InhibitCall { Reason: Reason.BlockIrq }))
            throw new ModelException("Where a VMM debugs its vCPUs set and clear the reason BlockIrq, and no thread of the VMM does: leave out SetInhibit(Reason.BlockIrq), or SetGuestDebug(…).");
        if (programs.HasSynic && programs.Calls.Any(call => call is InhibitCall { Reason: Reason.Hyperv }))
            throw new ModelException("Where a guest has a SynIC its vCPUs set and clear the reason Hyperv, and no thread of the VMM does: leave out SetInhibit(Reason.Hyperv), or SetSint(…).");
        if (programs.Guest.SelectMany(code => code.All).Any(i => i is { IsWrite: true, Bytes: < 4 } && (i.Offset & ~0xf) is (int)Apic.IcrLow or (int)Apic.IcrHigh))
            throw new ModelException("A write of a part of ICR is not modelled: write its four bytes, low and high.");
        if (programs.Guest[0].Waits) throw new ModelException("vCPU 0 boots the others and does not wait for SIPI: let another one wait.");
    }

    private static string Creatable(int vcpus) => vcpus == 1 ? "none (say vcpus: 2)"
        : string.Join(" or ", Enumerable.Range(1, vcpus - 1).Select(first => string.Concat(Enumerable.Range(first, vcpus - first).Select(vcpu => $"C{vcpu}"))));
}
