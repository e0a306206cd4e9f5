namespace Avic.Model;

/// <summary>What a row did that properties and pictures look for.</summary>
[Flags]
public enum Mark : uint
{
    /// <summary>A guest access reached the virtual APIC page without an exit.</summary>
    Accelerated = 1,

    /// <summary>KVM emulated a guest access.</summary>
    Emulated = 2,

    /// <summary>A guest access reached the page behind the memslot: it is lost. ***boom***</summary>
    Lost = 4,

    /// <summary>A fault found its snapshot stale and is retried.</summary>
    Retried = 8,

    /// <summary>A WARN_ON fired.</summary>
    Warned = 16,

    /// <summary>A lock was released by one who does not hold it.</summary>
    BadRelease = 32,

    /// <summary>A lock was taken against the documented order.</summary>
    BadOrder = 64,

    /// <summary>The guest began to handle an interrupt.</summary>
    Handled = 128,

    /// <summary>A guest access reached the APIC page of another vCPU.</summary>
    Misdirected = 256,

    /// <summary>A WARN_ON fired: the vCPU is to be marked as running, and is marked already.</summary>
    LoadedTwice = 512,

    /// <summary>A guest's instruction ended in #GP.</summary>
    Refused = 1024,

    /// <summary>A guest's access by MSR reached the local APIC of the core itself, which is the host's.</summary>
    Escaped = 2048,

    /// <summary>The local APIC's timer was started, or started again.</summary>
    TimerStarted = 4096,

    /// <summary>A guest in x2APIC mode reached the virtual APIC page by a memory access, which finds no APIC in that mode.</summary>
    PageInX2 = 8192,
}
