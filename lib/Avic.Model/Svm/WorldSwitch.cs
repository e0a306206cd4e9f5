namespace Avic.Model;

/// <summary>VMRUN and #VMEXIT step by step, for who doubts that they come to one each.</summary>
/// <remarks>
/// AMD64 APM vol. 2, 15.5.1 (VMRUN), 15.6 (#VMEXIT) and 15.29. On its way the core takes no interrupt; a doorbell makes it look at IRR.
/// </remarks>
internal static class WorldSwitch
{
    /// <summary>True while a core that is the guest's is not yet, or no longer, at its instructions.</summary>
    public static bool IsUnderWay(Context x, int vcpu) => x.Programs.SwitchesInSteps && x.PositionOf(vcpu).StartsWith("svm_vcpu_run.vm", StringComparison.Ordinal);

    public static Routine<Machine> InSteps(Routine<Machine> run) => run
        .With("vmrun",
            Row.Of("vmrun", "VMRUN: consistency checks", x =>
            {
                if (Consistency.Holds(in x.Vmcb)) return x.Next;
                x.Vmcb.ExitCode = Exit.Invalid;
                return x.Goto("from_cr8");
            }, to: ["from_cr8"]) with
            { Source = Entry },
            Row.Of("vmrun_tlb", "VMRUN: TLB_CONTROL", x =>
            {
                Translations.Load(x);
                Translations.Flush(x);
                return x.Next;
            }) with
            { Source = Entry },
            Row.Of("vmrun_guest", "VMRUN: the core is the guest's", x =>
            {
                x.Store(ref x.Core.InGuest, true);
                return x.Next;
            }) with
            { Source = Entry },
            Row.Of("vmrun_irr", "VMRUN: evaluate IRR", x =>
            {
                if (x.Vmcb.AvicEnable) Interrupts.Evaluate(x);
                return x.Next;
            }) with
            { Source = "AMD64 APM vol. 2, 15.29, read otherwise" },
            Row.Of("vmrun_event", "VMRUN: EVENTINJ", x =>
            {
                if (x.Done(ref x.Vmcb.EventInjection) is not 0 and var vector) Interrupts.Dispatch(x, vector);
                return x.Call("guest");
            }, calls: ["guest"]) with
            { Source = Entry })
        .Before("from_cr8",
            Row.Of("vmexit", "#VMEXIT: the guest's state into the VMCB", x =>
            {
                x.Save(x.Me);
                return x.Next;
            }) with
            { Source = Left },
            Row.Of("vmexit_host", "#VMEXIT: the core is the host's", x =>
            {
                x.Store(ref x.Vmcb.VirtualInterruptPending, false); // a doorbell may have come since
                x.Store(ref x.Core.InGuest, false);
                return x.Next;
            }) with
            { Source = Left });

    private const string Entry = "AMD64 APM vol. 2, 15.5.1, read otherwise", Left = "AMD64 APM vol. 2, 15.6, read otherwise";
}
