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

/// <summary>Why AVIC is inhibited: a bit number of the word. The numbers are those of 5.15.</summary>
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

    /// <summary>The guest is in x2APIC mode on hardware without x2AVIC.</summary>
    X2Apic = 5,
}
