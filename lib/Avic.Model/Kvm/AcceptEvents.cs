namespace Avic.Model;

/// <summary>INIT and SIPI: bits that a sender leaves for the vCPU's thread, which resets the vCPU and its APIC, waits, and begins where SIPI says.</summary>
/// <remarks>
/// arch/x86/kvm/lapic.c and x86.c, v5.15. Not followed: other registers than the model has, what firmware does with the vCPU that boots the others (it
/// idles), and INIT while it is blocked (SMM, GIF). Later kernels test and clear each bit at once; 5.15 looks at both first.
/// </remarks>
internal static class AcceptEvents
{
    private const string X86 = "arch/x86/kvm/x86.c, v5.15", Svm = "arch/x86/kvm/svm/svm.c and avic.c, v5.15";

    public static readonly Routine<Machine> Accept = Routine.Of("kvm_apic_accept_events", Lapic.Source,
        Row.Of("pending", "pe = smp_load_acquire(&apic->pending_events)", x =>
        {
            x.Local.Value = (byte)x.Vcpu.PendingEvents;
            return x.Local.Value == 0 ? x.Return() : x.Next;
        }),
        Row.Of("is_init", "test_bit(KVM_APIC_INIT, &pe)", x => Has(x, ApicEvents.Init) ? x.Next : x.Goto("is_sipi"), to: ["is_sipi"], isControl: true),
        Row.Of("init", "clear_bit(KVM_APIC_INIT, &apic->pending_events)", x =>
        {
            x.Store(ref x.Vcpu.PendingEvents, x.Vcpu.PendingEvents & ~ApicEvents.Init);
            return x.Call("kvm_vcpu_reset");
        }, Order.Locked, calls: ["kvm_vcpu_reset"]),
        Row.Of("state", "vcpu->arch.mp_state = kvm_vcpu_is_bsp(apic->vcpu) ? KVM_MP_STATE_RUNNABLE : KVM_MP_STATE_INIT_RECEIVED", x =>
        {
            x.Vcpu.MpState = (x.Msrs.ApicBase & Msrs.BootCpu) != 0 ? MpState.Runnable : MpState.InitReceived;
            return x.Next;
        }),
        Row.Of("is_sipi", "test_bit(KVM_APIC_SIPI, &pe)", x => Has(x, ApicEvents.Sipi) ? x.Next : x.Return(), isControl: true),
        Row.Of("sipi", "clear_bit(KVM_APIC_SIPI, &apic->pending_events)", x =>
        {
            x.Store(ref x.Vcpu.PendingEvents, x.Vcpu.PendingEvents & ~ApicEvents.Sipi);
            return x.Vcpu.MpState == MpState.InitReceived ? x.Next : x.Return();
        }, Order.Locked),
        Row.Of("begin", "kvm_vcpu_deliver_sipi_vector(vcpu, apic->sipi_vector)", x =>
        {
            (x.Vmcb.CodeSegment, x.Vmcb.Rip) = (x.Vcpu.SipiVector, x.Programs.Guest[x.Me].Begins);
            x.Vcpu.MpState = MpState.Runnable;
            return x.Next;
        }));

    private static bool Has(Context x, ApicEvents which) => ((ApicEvents)x.Local.Value & which) != 0;

    public static readonly Routine<Machine> Reset = Routine.Of("kvm_vcpu_reset", X86,
        Row.Of("lapic", "kvm_lapic_reset(vcpu, init_event)", x => x.Call("kvm_lapic_reset"), calls: ["kvm_lapic_reset"], isControl: true),
        // With it nmi_pending, HF_NMI_MASK and what was queued to be injected, which only this thread looks at.
        Row.Of("nmi", "atomic_set(&vcpu->arch.nmi_queued, 0)", x =>
        {
            x.Store(ref x.Vcpu.NmiQueued, (byte)0);
            (x.Vcpu.NmiPending, x.Vcpu.NmiMasked, x.Vcpu.NmiIretRip, x.Vmcb.EventInjection) = (0, false, 0, 0);
            return x.Next;
        }, Order.Locked),
        Requests.Event("event"),
        // The guest's registers. A new ASID, and KVM_REQ_TLB_FLUSH_GUEST, come to this: what was cached is not used again.
        Row.Of("vmcb", "init_vmcb(vcpu)", x =>
        {
            ref var vmcb = ref x.Vmcb;
            (vmcb.Rip, vmcb.CodeSegment, vmcb.InterruptFlag, vmcb.SingleStep) = (x.Programs.Guest[x.Me].Idles, 0, false, SingleStep.Off);
            (vmcb.Rax, vmcb.Rdx, vmcb.VTpr, vmcb.TlbControl) = (0, 0, 0, TlbControl.FlushAsid);
            IrqWindow.ClearVintr(x, ref vmcb);
            x.MarkDirty(CleanBits.All);
            if (!x.Vcpu.ApicvActive) vmcb.InterceptCr8Write = true;
            x.Memory.Unwind();
            return x.Next;
        }, isPrivate: true) with
        { Source = Svm },
        Row.Of("avic", "kvm_vcpu_apicv_active(vcpu) && kvm_apicv_activated(svm->vcpu.kvm)", x =>
        {
            x.Vmcb.AvicEnable = x.Vcpu.ApicvActive && x.Vm.ApicvInhibitReasons == 0;
            return x.Next;
        }) with
        { Source = "arch/x86/kvm/svm/avic.c avic_init_vmcb(), v5.15" });

    /// <summary>Since 6.0 it brings x2AVIC and the MSRs that go with the mode, too: INIT leaves the mode as it is.</summary>
    /// <param name="mended">As of <see cref="VirtualApicMode.Refresh"/>.</param>
    public static Row<Machine> Word(bool mended) => Row.Of("avic", "kvm_vcpu_apicv_active(vcpu) && kvm_apicv_activated(svm->vcpu.kvm)", x =>
    {
        VirtualApicMode.Set(x, ref x.Vmcb, x.Vcpu.ApicvActive && x.Vm.ApicvInhibitReasons == 0, mended);
        return x.Next;
    }) with
    { Source = mended ? "arch/x86/kvm/svm/avic.c avic_init_vmcb(), v6.8; b65235f6e102 (v6.6)" : "arch/x86/kvm/svm/avic.c avic_init_vmcb(), v6.1; 4d1d7942e36a" };

    /// <summary>Since 7.0 the vCPU's own flag decides: the word may have changed, and change back before the vCPU follows it.</summary>
    public static readonly Row<Machine> OwnFlag = Row.Of("avic", "kvm_vcpu_apicv_active(&svm->vcpu)", x =>
    {
        VirtualApicMode.Set(x, ref x.Vmcb, x.Vcpu.ApicvActive);
        return x.Next;
    }, isPrivate: true) with
    { Source = "arch/x86/kvm/svm/avic.c avic_init_vmcb(), v7.0; 3989a6d036c8" };

    private static readonly Apic[] Own =
    [
        Apic.LvtTimer, Apic.LvtThermal, Apic.LvtPerformance, Apic.LvtLint0, Apic.LvtLint1, Apic.LvtError,
        Apic.Tpr, Apic.Esr, Apic.IcrLow, Apic.IcrHigh, Apic.DivideConfiguration, Apic.TimerInitialCount,
    ];

    // By INIT: the mode, the base and the id stay. Others look at DFR and LDR by way of the map of APIC ids, which is made anew at the end:
    // since 6.3 that is followed, by the caller, which keeps stacks shallow.
    public static readonly Routine<Machine> LapicReset = Routine.Of("kvm_lapic_reset", Lapic.Source,
        Row.Of("timer", "hrtimer_cancel(&apic->lapic_timer.timer)", x =>
        {
            if (x.Vcpu.Timer != TimerState.Off) x.Store(ref x.Vcpu.Timer, TimerState.Off);
            (x.Vcpu.TimerMode, x.Msrs.TscDeadline) = (TimerMode.OneShot, 0);
            return x.Next;
        }),
        // Registers that nobody else looks at: LVTs masked, the others zero.
        Row.Of("registers", "kvm_lapic_set_reg(apic, APIC_LVTT + 0x10 * i, APIC_LVT_MASKED)", x =>
        {
            foreach (var register in Own) x.Store(ref x.ApicPage[(int)register], ApicRegister.At((int)register).Reset);
            x.Vcpu.HighestIsrCache = 0;
            return x.Next;
        }, isPrivate: true),
        Shared(Apic.Dfr, "kvm_apic_set_dfr(apic, 0xffffffffU)"),
        Shared(Apic.Svr, "apic_set_spiv(apic, 0xff)"),
        Shared(Apic.Ldr, "kvm_apic_set_ldr(apic, 0)", unless: x => x.Msrs.IsX2),
        // A word at a time, of those that the scenario's vectors are in; others may set bits before and behind. ISR is the vCPU's own.
        Words("irr", "kvm_lapic_set_reg(apic, APIC_IRR + 0x10 * i, 0)", x =>
        {
            x.Store(ref x.ApicPage.Isr[x.Local.Index], 0u);
            x.Store(ref x.ApicPage.Irr[x.Local.Index], 0u);
        }),
        Words("tmr", "kvm_lapic_set_reg(apic, APIC_TMR + 0x10 * i, 0)", x => x.Store(ref x.ApicPage.Tmr[x.Local.Index], 0u)),
        ApicMetadata.Follow,
        Row.Of("ppr", "apic_update_ppr(apic)", x =>
        {
            Lapic.PriorityChanged(x);
            return x.Next;
        }),
        Row.Of("restore", "avic_post_state_restore(vcpu)", x => x.Vcpu.ApicvActive && IdTableUpdates.AreStale(x) ? x.Call("avic_post_state_restore") : x.Next,
            calls: ["avic_post_state_restore"], isControl: true),
        Row.Of("return", "vcpu->arch.apic_attention = 0", x => x.Return(), isControl: true));

    private static Row<Machine> Shared(Apic register, string text, When? unless = null) => Row.Of(register.ToString().ToLowerInvariant(), text, x =>
    {
        if (unless is null || !unless(x)) x.Store(ref x.ApicPage[(int)register], ApicRegister.At((int)register).Reset);
        return x.Next;
    });

    private static Row<Machine> Words(string label, string text, Act clear) => Row.Of(label, text, x =>
    {
        if (MoveToUsed(x)) clear(x);
        x.Local.Index++;
        if (MoveToUsed(x)) return x.Goto(label);
        x.Local.Index = 0;
        return x.Next;
    }, to: [label]);

    private static bool MoveToUsed(Context x)
    {
        while (x.Local.Index < 8 && !IsUsed(x, x.Local.Index)) x.Local.Index++;
        return x.Local.Index < 8;
    }

    private static bool IsUsed(Context x, int word)
    {
        foreach (var vector in x.Programs.Vectors)
            if (vector >> 5 == word) return true;
        return false;
    }

    /// <summary>The kernel with INIT and SIPI: what brings them, and where the vCPU's thread looks for them.</summary>
    public static Code<Machine> Woven(Code<Machine> code) => code
        .Edit("__apic_accept_irq", accept => accept
            .Before("enabled",
                Row.Of("is_init", "case APIC_DM_INIT", x => x.Local.Word == InterruptCommand.Init ? x.Goto("init") : x.Next, to: ["init"], isControl: true),
                Row.Of("is_startup", "case APIC_DM_STARTUP", x => x.Local.Word == InterruptCommand.Startup ? x.Goto("startup") : x.Next, to: ["startup"], isControl: true))
            .After("return",
                // A SIPI that was pending is pending no more.
                Row.Of("init", "apic->pending_events = (1UL << KVM_APIC_INIT)", x =>
                {
                    x.Store(ref x.VcpuOf(x.Local.Index).PendingEvents, ApicEvents.Init);
                    return x.Goto("tell");
                }, to: ["tell"]) with
                { Source = Lapic.Source },
                Row.Of("startup", "apic->sipi_vector = vector", x =>
                {
                    x.Store(ref x.VcpuOf(x.Local.Index).SipiVector, x.Local.Value);
                    return x.Next;
                }) with
                { Source = Lapic.Source },
                Row.Of("sipi", "set_bit(KVM_APIC_SIPI, &apic->pending_events)", x =>
                {
                    ref var pending = ref x.VcpuOf(x.Local.Index).PendingEvents;
                    x.Store(ref pending, pending | ApicEvents.Sipi);
                    return x.Next;
                }, Order.Locked) with
                { Source = Lapic.Source },
                Requests.EventOf("tell") with { Source = Lapic.Source },
                Row.Of("tell_kick", "kvm_vcpu_kick(vcpu)", x => x.Call("kvm_vcpu_kick", new() { Index = x.Local.Index }), calls: ["kvm_vcpu_kick"], isControl: true) with { Source = Lapic.Source },
                Row.Of("told", "return result", x => x.Return(), isControl: true) with { Source = Lapic.Source }))
        .Edit("vcpu_enter_guest", enter => enter
            .Before("pending_event",
                Row.Of("accept", "kvm_apic_accept_events(vcpu)", x => x.Local.Value != 0 ? x.Call("kvm_apic_accept_events") : x.Next, calls: ["kvm_apic_accept_events"], isControl: true) with { Source = X86 },
                Row.Of("received", "vcpu->arch.mp_state == KVM_MP_STATE_INIT_RECEIVED", x => x.Local.Value != 0 && x.Vcpu.MpState == MpState.InitReceived ? x.Return() : x.Next, isControl: true) with { Source = X86 }))
        .Edit("kvm_vcpu_block", block => block
            .With("unhalt",
                Row.Of("unhalt", "kvm_apic_accept_events(vcpu)", x => x.Local.Value == 0 ? x.Call("kvm_apic_accept_events") : x.Next, calls: ["kvm_apic_accept_events"], isControl: true) with { Source = X86 })
            .After("unhalt", Row.Of("mp_state", "vcpu->arch.mp_state = KVM_MP_STATE_RUNNABLE", x =>
            {
                if (x.Done(ref x.Local.Value) == 0 && x.Vcpu.MpState == MpState.Halted) x.Vcpu.MpState = MpState.Runnable;
                return x.Next;
            }, isPrivate: true) with
            { Source = X86 + " vcpu_block()" }));
}
