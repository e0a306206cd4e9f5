namespace Avic.Model;

/// <summary>Where a scenario begins: an operating system has booted in the guests, and every vCPU is about to enter its own.</summary>
internal static class Boot
{
    public static Machine Of(Linux kernel, Hardware hardware, Programs programs)
    {
        Machine machine = default;
        machine.Vm.ApicAccessMemslot = Slot.Present;
        var vcpus = programs.Guest.Count;
        Reason[] reasons = [.. Inhibits(kernel, programs)];
        for (var v = 0; v < vcpus; v++)
        {
            Load(ref machine, v, programs.Cores);
            machine.Vmcb[v].InterceptHlt = !programs.HltInGuest;
            if (programs.Created.Contains(v))
            {
                (machine.PhysicalIdTable[v], machine.Vcpu[v].SrcuDropped) = (0, true);
                continue;
            }
            if (programs.Created.Count > 0) machine.Creation[v].State = CreationState.Online | CreationState.Started;
            if (programs.X2Apic) LoadInX2(ref machine, v);
            if (reasons.Length > 0) LoadInhibited(kernel, reasons, ref machine, v);
            else LoadActive(kernel, hardware, ref machine, v, programs.X2Apic);
            machine.Vcpu[v].IsrCount = (byte)(machine.Vcpu[v].ApicvActive ? 1 : 0);
            machine.Vcpu[v].IrqWindows = (byte)programs.IrqWindows[v];
            if (programs.Guest[v].Waits) LeaveInWait(ref machine, v, programs.X2Apic);
        }
        for (var v = 0; programs.MovesApic && v < vcpus; v++) machine.MovedApic[v].AvicApicBar = Msrs.DefaultPage;
        for (var v = 0; programs.HasSynic && v < vcpus; v++) machine.Synic[v].Sint2 = Synic.Masked;
        for (var irte = 0; irte < programs.Irtes.Count; irte++) (machine.Irte[irte], machine.Irqfd[irte]) = Assigned(kernel, programs, irte, reasons.Length == 0);
        if (programs.HasIommu) (machine.Iommu[0].GaLength, machine.Iommu[0].Status) = ((ushort)programs.GaLog, IommuStatus.GaLogRun);
        return machine;
    }

    // As INIT has left it: no program yet, interrupts off, the APIC at its reset values but for what its mode fixes.
    private static void LeaveInWait(ref Machine machine, int vcpu, bool isX2)
    {
        (machine.Vcpu[vcpu].MpState, machine.Vmcb[vcpu].InterruptFlag) = (MpState.InitReceived, false);
        machine.ApicPage[vcpu].Svr = ApicRegister.At((int)Apic.Svr).Reset;
        (machine.Vcpu[vcpu].LogicalId, machine.LogicalIdTable[vcpu]) = (0, 0);
        if (!isX2) machine.ApicPage[vcpu].Ldr = 0;
    }

    // As svm_update_pi_irte() and the vCPU's last load have left it. What goes to several vCPUs, or to none, cannot be posted, nor can it with AVIC off.
    // Only since 6.17 a vCPU's list has those that are remapped for that, too.
    private static (Irte, Irqfd) Assigned(Linux kernel, Programs programs, int irte, bool isActive)
    {
        var vcpu = programs.PostedTo(irte);
        var (low, high) = vcpu < 0 || !isActive ? (Irte.Remapped, PostedInterrupts.HostVector(irte))
            : (Irte.Guest(Irte.TagOf(vcpu)) & ~(kernel.LogsForSleepersOnly ? Irte.GaLogIntr : 0) | Irte.On(vcpu % programs.Cores, runs: vcpu < programs.Cores), Irte.GuestHigh(vcpu, programs.Irtes[irte].Vector));
        var (to, vector) = programs.Irtes[irte];
        var isListed = vcpu >= 0 && (isActive || kernel.LogsForSleepersOnly);
        return (new() { Low = low, High = high, CachedLow = low, CachedHigh = high },
            isListed ? new() { Destination = to, Vector = vector, GaVcpu = (byte)vcpu, GaVector = vector, List = (byte)(vcpu + 1) } : new() { Destination = to, Vector = vector });
    }

    // As an operating system has left it: APIC on, flat logical ids, interrupts on, the vCPU loaded on its core if it has one.
    private static void Load(ref Machine machine, int vcpu, int cores)
    {
        var core = vcpu < cores ? vcpu : Avic.Model.Vcpu.WaitsForCore;
        machine.ApicPage[vcpu] = Page(vcpu);
        machine.PhysicalIdTable[vcpu] = PhysicalIdTable.Entry(vcpu, vcpu % cores, running: core >= 0);
        machine.LogicalIdTable[vcpu] = LogicalIdTable.Valid | (uint)vcpu;
        ref var vmcb = ref machine.Vmcb[vcpu];
        (vmcb.AvicBackingPage, vmcb.AvicLogicalTable, vmcb.AvicPhysicalTable) = (PhysicalIdTable.BackingPage(vcpu), LogicalIdTable.Address, PhysicalIdTable.Address | 0xff);
        (vmcb.InterruptFlag, vmcb.InterceptVmrun, vmcb.Asid) = (true, true, 1); // each core numbers its own
        machine.Vcpu[vcpu].AvicIsRunning = true;
        (machine.Vcpu[vcpu].Core, machine.Vcpu[vcpu].Cpu, machine.Vcpu[vcpu].Affinity) = ((sbyte)core, (byte)(vcpu % cores), -1);
        machine.Vcpu[vcpu].VmcbCpu = core >= 0 ? (byte)core : byte.MaxValue;
        machine.Vcpu[vcpu].LogicalId = (byte)(1 << vcpu);
        machine.Msrs[vcpu].ApicBase = Msrs.Base(ApicMode.XApic, vcpu);
    }

    /// <summary>A vCPU's APIC as an operating system has left it, in xAPIC mode.</summary>
    public static ApicPage Page(int vcpu)
    {
        ApicPage page = default;
        foreach (var register in ApicRegister.All.Where(register => register.Offset < 0x400)) page[register.Offset] = register.Reset;
        (page.Id, page.Ldr, page.Svr) = ((uint)vcpu << 24, 1u << 24 + vcpu, 0x1ff);
        return page;
    }

    // What the VMM offers inhibits AVIC for good, before a vCPU first runs.
    private static IEnumerable<Reason> Inhibits(Linux kernel, Programs programs)
    {
        if (programs.X2Apic && kernel.Reasons.Any(known => known.Reason == Reason.X2Apic)) yield return Reason.X2Apic; // svm_vcpu_after_set_cpuid()
        if (programs.HasNested && !kernel.HasReasonsOfVcpus) yield return Reason.Nested; // svm_vcpu_after_set_cpuid()
        if (programs.HasSynic && kernel.TogglesMemslot) yield return Reason.Hyperv; // kvm_hv_activate_synic()
    }

    private static void LoadInhibited(Linux kernel, Reason[] reasons, ref Machine machine, int vcpu)
    {
        foreach (var reason in reasons) machine.Vm.ApicvInhibitReasons |= 1u << kernel.NumberOf(reason);
        machine.PhysicalIdTable[vcpu] = PhysicalIdTable.Entry(vcpu, core: vcpu, running: false);
        if (kernel.TogglesMemslot) machine.Vm.ApicAccessMemslot = Slot.Deleted;
    }

    // In x2APIC mode x2AVIC is on, or AVIC without: since 6.3 the switch to that mode leaves a request behind, by which the vCPU gives
    // the APIC's page up where there is no x2AVIC.
    private static void LoadActive(Linux kernel, Hardware hardware, ref Machine machine, int vcpu, bool isX2)
    {
        (machine.Vcpu[vcpu].ApicvActive, machine.Vcpu[vcpu].IrrPending) = (true, true);
        VirtualApicMode.Set(ref machine.Vmcb[vcpu], isActive: true, isX2 && hardware.HasX2Avic);
        if (isX2 && !hardware.HasX2Avic && kernel.InhibitsApicAccessPage) machine.Vcpu[vcpu].Requests = Request.ApicvUpdate;
    }

    private static void LoadInX2(ref Machine machine, int vcpu)
    {
        ref var page = ref machine.ApicPage[vcpu];
        (page.Id, page.Ldr, machine.Msrs[vcpu].ApicBase) = ((uint)vcpu, ApicPage.X2LogicalId((uint)vcpu), Msrs.Base(ApicMode.X2Apic, vcpu));
        (machine.Vcpu[vcpu].LogicalId, machine.LogicalIdTable[vcpu]) = (0, 0);
    }
}
