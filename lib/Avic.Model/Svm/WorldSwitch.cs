namespace Avic.Model;

/// <summary>VMRUN and #VMEXIT: their parts, which are one step, or, for who doubts that it comes to the same, one each.</summary>
/// <remarks>
/// AMD64 APM vol. 2, 15.5.1 (VMRUN), 15.6 (#VMEXIT) and 15.29. On its way the core takes no interrupt; a doorbell makes it look at IRR.
/// </remarks>
internal static class WorldSwitch
{
    /// <summary>True while a core that is the guest's is not yet, or no longer, at its instructions.</summary>
    public static bool IsUnderWay(Context x, int vcpu) => x.Programs.Hardware.SwitchesInSteps && x.PositionOf(vcpu).StartsWith("svm_vcpu_run.vm", StringComparison.Ordinal);

    /// <summary>The consistency checks.</summary>
    public static bool IsRefused(Context x)
    {
        if (Consistency.Holds(in x.Vmcb)) return false;
        x.Vmcb.ExitCode = Exit.Invalid;
        return true;
    }

    /// <summary>What the core has cached under the ASID, as TLB_CONTROL lets it.</summary>
    public static void TakeTlb(Context x)
    {
        Translations.Load(x);
        Translations.Flush(x);
    }

    /// <summary>The core is the guest's.</summary>
    public static void ToGuest(Context x) => x.Store(ref x.Core.InGuest, true);

    /// <summary>With AVIC on it looks at IRR.</summary>
    public static void Look(Context x)
    {
        if (x.Vmcb.AvicEnable) Interrupts.Evaluate(x);
    }

    /// <summary>EVENTINJ is delivered, and the guest goes on.</summary>
    public static Flow Begin(Context x)
    {
        if (x.Done(ref x.Vmcb.EventInjection) is not 0 and var vector) Interrupts.Dispatch(x, vector);
        return x.Call("guest");
    }

    public static Routine<Machine> InSteps(Routine<Machine> run) => run
        .With("vmrun",
            Row.Of("vmrun", "VMRUN: consistency checks", x => IsRefused(x) ? x.Goto("from_cr8") : x.Next, to: ["from_cr8"]) with { Source = Entry },
            Part("vmrun_tlb", "VMRUN: TLB_CONTROL", TakeTlb, Entry),
            Part("vmrun_guest", "VMRUN: the core is the guest's", ToGuest, Entry),
            Part("vmrun_irr", "VMRUN: evaluate IRR", Look, "AMD64 APM vol. 2, 15.29, read otherwise"),
            Row.Of("vmrun_event", "VMRUN: EVENTINJ", Begin, calls: ["guest"]) with { Source = Entry })
        .Before("from_cr8",
            Part("vmexit", "#VMEXIT: the guest's state into the VMCB", x => x.Save(x.Me), Left),
            Part("vmexit_host", "#VMEXIT: the core is the host's", x => x.ToHost(x.Me), Left));

    private static Row<Machine> Part(string label, string text, Act change, string source) => Row.Of(label, text, x =>
    {
        change(x);
        return x.Next;
    }) with
    { Source = source };

    private const string Entry = "AMD64 APM vol. 2, 15.5.1, read otherwise", Left = "AMD64 APM vol. 2, 15.6, read otherwise";
}
