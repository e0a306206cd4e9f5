namespace Avic.Model;

/// <summary>Before VMRUN on another core than last time: an ASID of that core's own numbering.</summary>
internal static class PreSvmRun
{
    // A core's generation changes when its numbers run out, which is left out: see Translations.Renew.
    public static readonly Routine<Machine> Routine = Avic.Model.Routine.Of("pre_svm_run", "arch/x86/kvm/svm/svm.c, v5.15",
        Row.Of("cpu", "svm->current_vmcb->cpu != vcpu->cpu", x =>
        {
            if (x.Vcpu.VmcbCpu == x.Vcpu.Cpu && !x.Vcpu.AsidIsOld) return x.Return();
            (x.Vcpu.VmcbCpu, x.Vcpu.AsidIsOld) = (x.Vcpu.Cpu, true); // asid_generation = 0
            x.MarkDirty(CleanBits.All);
            return x.Next;
        }, isPrivate: true),
        Row.Of("asid", "new_asid(svm, sd)", x =>
        {
            Translations.Renew(x);
            x.MarkDirty(CleanBits.Asid);
            x.Vcpu.AsidIsOld = false;
            return x.Return();
        }));

    public static readonly Row<Machine> Call = Row.Of("pre", "pre_svm_run(vcpu)", x => x.Call("pre_svm_run"), calls: ["pre_svm_run"], isControl: true);
}
