using System.Runtime.CompilerServices;

namespace Avic.Model;

/// <summary>What a guest's code keeps in memory: where its interrupted code goes on, and how often each vector was handled.</summary>
public struct GuestMemory
{
    /// <summary>How often each of the scenario's vectors was handled, in the order of <see cref="Programs.Vectors"/>.</summary>
    public HandledCounts Handled;

    /// <summary>Where the code interrupted goes on, outermost first.</summary>
    [Private]
    public ReturnStack Return;

    /// <summary>Handlers that have not returned.</summary>
    [Private]
    public byte Depth;

    /// <summary>A bit for each of them: it has interrupted code that took no interrupts, as an NMI does.</summary>
    [Private]
    public byte InterruptsWereOff;

    /// <summary>Instructions that ended in #GP; the guest's handler goes on behind them.</summary>
    public ushort GeneralProtections;

    /// <summary>What was interrupted does not go on.</summary>
    public void Unwind() => (Return, Depth, InterruptsWereOff) = (default, 0, 0);

    /// <summary>Handlers that may be within one another.</summary>
    public const int DeepestHandlers = 8;

    /// <summary>Vectors that a scenario may use.</summary>
    public const int MostVectors = 8;
}

/// <summary>A counter for each vector of the scenario.</summary>
[InlineArray(GuestMemory.MostVectors)]
public struct HandledCounts
{
    private ushort _first;
}

/// <summary>Places in the guest's code.</summary>
[InlineArray(GuestMemory.DeepestHandlers)]
public struct ReturnStack
{
    private byte _first;
}
