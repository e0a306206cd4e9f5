namespace Avic.Model;

public sealed partial class Linux
{
    /// <summary>
    /// Linux 5.6, the first that changes its mind at run time (8df14af42f00): a word without a lock, the memslot toggled at
    /// every edge, a request to every vCPU.
    /// </summary>
    /// <remarks>
    /// Not read from a 5.6 tree: it is 5.7 without what later changes say they added, among them the reason X2APIC.
    /// </remarks>
    public static Linux V5_6 => field ??= V5_7_Rc.From
        .With("svm_enable_irq_window", "arm", Row.Of("arm", "svm_set_vintr(svm)", x =>
        {
            IrqWindow.SetVintr(x, ref x.Vmcb);
            return x.Next;
        }) with
        { Source = "arch/x86/kvm/svm.c, v5.6; the warning came with 64b5bd270426 (v5.7)" })
        .As("V5_6", "5.6: a word without a lock, the memslot toggled, a request to every vCPU (reconstructed)", numbering: "5.6");
}
