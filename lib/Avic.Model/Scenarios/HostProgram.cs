namespace Avic.Model;

/// <summary>What a VMM thread calls, in order.</summary>
public sealed class HostProgram : IContinued
{
    private bool _continued;

    internal HostProgram(IReadOnlyList<HostCall> calls) => Calls = calls;

    internal IReadOnlyList<HostCall> Calls { get; }

    /// <summary>Sets a reason to keep AVIC off.</summary>
    public HostProgram SetInhibit(Reason reason) => Then(new InhibitCall(Known(reason), Set: true));

    /// <summary>Clears a reason to keep AVIC off.</summary>
    public HostProgram ClearInhibit(Reason reason) => Then(new InhibitCall(Known(reason), Set: false));

    /// <summary>Takes a vCPU's thread off its core, as a thread of higher priority does that wakes there; it comes back later. Nothing if it has no core.</summary>
    public HostProgram Preempt(int vcpu) => Then(new PreemptCall(vcpu));

    /// <summary>Moves a vCPU's thread to a core, which it may no longer leave: <c>sched_setaffinity()</c>, as <c>taskset</c> calls it.</summary>
    public HostProgram Migrate(int vcpu, int core) => Then(new MigrateCall(vcpu, core));

    /// <summary>
    /// Has a vCPU's thread call KVM_SET_LAPIC, as after a reset or a migration: all registers of its local APIC are replaced, by those that
    /// an operating system has left but for what is said. The VMM's thread takes it out of KVM_RUN by a signal, and waits.
    /// </summary>
    /// <param name="vcpu">Which.</param>
    /// <param name="page">What is to be otherwise: <c>page => page.With(Apic.Tpr, 0x20).Requested(0x31)</c>.</param>
    public HostProgram SetLapic(int vcpu, Func<LapicPage, LapicPage> page)
    {
        ArgumentNullException.ThrowIfNull(page);
        return Then(new LapicCall(vcpu, Given.Back(page(new()), nameof(page), "page => page.With(Apic.Tpr, 0x20)")));
    }

    /// <summary>Has a vCPU's thread call KVM_GET_LAPIC: for that it leaves KVM_RUN. What the VMM does with the registers is not followed.</summary>
    public HostProgram GetLapic(int vcpu) => Then(new LapicCall(vcpu, Page: null));

    /// <summary>
    /// Has a vCPU's thread call KVM_SET_NESTED_STATE, as after a migration of a guest whose guest runs: the vCPU goes on in L2, as if its guest had
    /// executed the first VMRUN of its program. The VMM's thread takes it out of KVM_RUN by a signal, and waits.
    /// </summary>
    public HostProgram SetNestedState(int vcpu) => Then(new NestedStateCall(vcpu));

    /// <summary>
    /// Creates a vCPU and a thread that runs it; it was not there before. vCPU 0 is there from the start, and those that are created come last, in
    /// order, by one thread of the VMM.
    /// </summary>
    public HostProgram CreateVcpu(int vcpu) => Then(new CreateCall(vcpu));

    /// <summary>
    /// Has a vCPU's thread call KVM_SET_GUEST_DEBUG: with KVM_GUESTDBG_BLOCKIRQ KVM injects no interrupts, which a debugger asks for before it steps.
    /// Since 5.15; and since 5.16 AVIC is kept off for as long as a vCPU has it.
    /// </summary>
    public HostProgram SetGuestDebug(int vcpu, bool blockIrq) => Then(new GuestDebugCall(vcpu, blockIrq));

    /// <summary>
    /// Sends an assigned device's interrupt elsewhere (KVM_SET_GSI_ROUTING), as a VMM does when its guest has written the device's MSI-X table. The device's
    /// program keeps the name that it began with.
    /// </summary>
    /// <param name="irte">Which: 0 to 3, the devices' different interrupts in the order in which their programs name them.</param>
    /// <param name="to">The guest physical APIC id, 0 to 254; 255 is everybody, and cannot be posted.</param>
    /// <param name="vector">16 to 255.</param>
    public HostProgram Route(int irte, int to, int vector) => Then(new RouteCall(RouteCall.Known(irte), new(DeviceProgram.Destination(to), IoApicProgram.Vector(vector))));

    bool IContinued.IsContinued => _continued;

    private HostProgram Then(HostCall call)
    {
        _continued = true;
        return new([.. Calls, call]);
    }

    private static Reason Known(Reason reason) => Enum.IsDefined(reason) ? reason
        : throw new ModelException($"There is no reason {(int)reason}. There are: {string.Join(", ", Enum.GetNames<Reason>())}.");
}
