namespace Avic.Model;

/// <summary>The SRCU read section around the zap: an ioctl's thread may have none, and the zap reads the memslots.</summary>
internal static class SrcuSection
{
    private const string Source = "arch/x86/kvm/x86.c, v6.1; 074c00800719";

    // Without an inhibit nothing is zapped, and nothing entered.
    public static readonly Row<Machine> Lock = Row.Of("srcu_lock", "idx = srcu_read_lock(&kvm->srcu)", x =>
    {
        if (x.Local.Word == 0) return x.Goto("out");
        x.Store(ref x.Vm.SrcuReaders, (ushort)(x.Vm.SrcuReaders | 1 << x.Actor));
        return x.Next;
    }, to: ["out"]) with
    { Source = Source };

    public static readonly Row<Machine> Unlock = Row.Of("srcu_unlock", "srcu_read_unlock(&kvm->srcu, idx)", x =>
    {
        x.Store(ref x.Vm.SrcuReaders, (ushort)(x.Vm.SrcuReaders & ~(1 << x.Actor)));
        return x.Next;
    }) with
    { Source = Source };

    /// <summary>A vCPU's thread gives its section up, or enters one again.</summary>
    public static Row<Machine> OfVcpu(string text, bool isDropped) => Row.Of(isDropped ? "srcu_unlock" : "srcu_lock", text, x =>
    {
        x.Store(ref x.Vcpu.SrcuDropped, isDropped);
        return x.Next;
    });

    /// <summary>True if whoever deletes a memslot must wait for the actor.</summary>
    public static bool IsReader(Context x, int actor) => (x.Vm.SrcuReaders >> actor & 1) != 0
        || actor < x.VcpuCount && x.VcpuOf(actor) is { Mode: Mode.Outside, SrcuDropped: false, Sleeping: false };

    /// <summary>True if the actor may read the memslots: a vCPU's thread holds SRCU outside the guest unless it has dropped it.</summary>
    public static bool IsHeldBy(Context x) => (x.Vm.SrcuReaders >> x.Actor & 1) != 0 || x.Vm.SlotsLock.IsHeldBy(x.Actor)
        || x.IsVcpu && x.Vcpu.Mode == Mode.Outside && !x.Vcpu.SrcuDropped;
}
