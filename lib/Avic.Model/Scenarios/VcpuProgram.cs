namespace Avic.Model;

/// <summary>What a vCPU's own thread does between runs of its guest.</summary>
public sealed class VcpuProgram : IContinued
{
    private bool _continued;

    internal VcpuProgram(int windows) => IrqWindows = windows;

    internal int IrqWindows { get; }

    /// <summary>Opens an IRQ window: inhibits AVIC for it, and lifts the inhibit when the guest can take the interrupt.</summary>
    public VcpuProgram IrqWindow()
    {
        _continued = true;
        return IrqWindows < 50 ? new(IrqWindows + 1) : throw new ModelException("A vCPU asks for up to 50 IRQ windows.");
    }

    bool IContinued.IsContinued => _continued;
}
