namespace Avic.Model;

/// <summary>A reading of the AMD manual: the routines of the hardware.</summary>
public sealed class Hardware
{
    private Hardware(string name, Code<Machine> code) => (Name, Code) = (name, code);

    /// <summary>The reading's name.</summary>
    public string Name { get; }

    /// <summary>The routines.</summary>
    public Code<Machine> Code { get; }

    /// <summary>The manual as KVM's authors read it.</summary>
    public static readonly Hardware Default = new("default", new(Guest.Routine, Ipi.Routine, CoreInterrupts.Unit));
}
