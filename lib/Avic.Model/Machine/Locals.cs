namespace Avic.Model;

/// <summary>The locals and arguments of a running kernel function: one type for all, so that frames are alike.</summary>
public struct Locals
{
    /// <summary>The inhibit word about to be stored.</summary>
    public uint Word;

    /// <summary>The sequence number sampled when a fault began.</summary>
    public ushort MmuSeq;

    /// <summary>Loop index.</summary>
    public byte Index;

    /// <summary>The request being made.</summary>
    public Request Request;

    /// <summary>Cores still to be sent an IPI, a bit each.</summary>
    public byte Targets;

    /// <summary>The inhibit reason, a bit number.</summary>
    public Reason Reason;

    /// <summary>True to set the reason, false to clear it; of an interrupt, true if it is level triggered.</summary>
    public bool Set;

    /// <summary>Whatever the function computed for its own later use.</summary>
    public byte Value;
}

/// <summary>
/// Why AVIC is inhibited. The bit it has in the word differs between versions (<see cref="Linux.NumberOf"/>); the numbers
/// here are the kit's own, in programs such as <c>+4-4</c>: those of 5.15 to 5.18, then in order of appearance.
/// </summary>
public enum Reason : byte
{
    /// <summary>Switched off by the module parameter.</summary>
    Disable = 0,

    /// <summary>Hyper-V AutoEOI is in use.</summary>
    Hyperv = 1,

    /// <summary>The guest may run guests.</summary>
    Nested = 2,

    /// <summary>An IRQ window is open for an ExtINT.</summary>
    IrqWindow = 3,

    /// <summary>The PIT re-injects ticks and needs to see EOIs.</summary>
    PitReinject = 4,

    /// <summary>The guest is in x2APIC mode on hardware without x2AVIC; until 5.19.</summary>
    X2Apic = 5,

    /// <summary>A debugger blocks interrupts of a vCPU; since 5.16.</summary>
    BlockIrq = 6,

    /// <summary>There is no in-kernel local APIC yet; since 5.16.</summary>
    Absent = 7,

    /// <summary>The guest's memory is encrypted; since 5.18.</summary>
    Sev = 8,

    /// <summary>An xAPIC id is not the vCPU's; since 5.19.</summary>
    ApicIdModified = 9,

    /// <summary>An APIC was moved from its default address; since 5.19.</summary>
    ApicBaseModified = 10,

    /// <summary>Two vCPUs share a physical id; since 6.3.</summary>
    PhysicalIdAliased = 11,

    /// <summary>Logical ids do not name one vCPU each; since 6.3.</summary>
    LogicalIdAliased = 12,

    /// <summary>A vCPU's id is beyond what the hardware can address; since 6.17.</summary>
    PhysicalIdTooBig = 13,
}
