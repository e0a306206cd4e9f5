namespace Avic.Model;

/// <summary>The routines of the hardware, under one reading of the manual where it is silent.</summary>
/// <example><code>
/// scenario.On(Hardware.With(Reading.DoorbellKept, Reading.VTprLoaded)).Check(Property.InterruptIsNotStranded)
/// </code></example>
public sealed class Hardware
{
    private static readonly Code<Machine> Plain = new(Guest.Routine, Ipi.Routine, CoreInterrupts.Unit, HostScheduler.Reschedule, HostScheduler.SetAffinity, InterruptRemapping.Device, InterruptRemapping.Unit);

    private Hardware(IReadOnlyList<Reading> chosen) =>
        (Chosen, HasX2Avic, SwitchesInSteps, CachesVmcb) = (chosen, !chosen.Contains(Reading.WithoutX2Avic), chosen.Contains(Reading.VmrunInSteps), chosen.Contains(Reading.CleanFieldsCached));

    /// <summary>The manual as KVM's authors read it.</summary>
    public static readonly Hardware Default = new([]);

    /// <summary>Processors of family 17h: the IPI of AVIC may act on an IsRunning that it read before it set the target's IRR bit.</summary>
    public static readonly Hardware Erratum1235 = new([Reading.Erratum1235]);

    /// <summary>
    /// Processors that have AVIC and not x2AVIC. From 6.0 on KVM leaves AVIC on for a guest in x2APIC mode there, too ("hybrid"): accesses by
    /// MSR are intercepted and emulated, while doorbells and posted interrupts go on. Until 5.19 it makes no difference.
    /// </summary>
    public static readonly Hardware WithoutX2Avic = new([Reading.WithoutX2Avic]);

    /// <summary>Where the manual is silent or says two things, the readings other than the default's.</summary>
    public static IReadOnlyList<Reading> Readings { get; } =
        [Reading.DoorbellKept, Reading.IrrSeen, Reading.VmrunInSteps, Reading.VTprLoaded, Reading.CleanFieldsCached, Reading.EoiFaults, Reading.EoiCleared, Reading.OddAccessFaults, Reading.OddAccessPlain, Reading.HighestIndex, Reading.DoorbellLostInHlt, Reading.IrteCached, Reading.GaLogIntrCached];

    /// <summary>How it differs from <see cref="Default"/>, in the order of <see cref="Readings"/>.</summary>
    public IReadOnlyList<Reading> Chosen { get; }

    /// <summary>The names of what it differs in, joined by +; <c>default</c> if it does not.</summary>
    public string Name => IsDefault ? "default" : string.Join('+', Chosen.Select(reading => reading.Name));

    /// <summary>The processor, with the manual read as KVM's authors do.</summary>
    internal Hardware Processor => With([.. Chosen.Except(Readings)]);

    internal bool IsDefault => Chosen.Count == 0;

    /// <summary>True if AVIC answers for registers by MSR in x2APIC mode.</summary>
    public bool HasX2Avic { get; }

    /// <summary>True if VMRUN and #VMEXIT are more than one step each.</summary>
    internal bool SwitchesInSteps { get; }

    /// <summary>True if cores obey clean bits.</summary>
    internal bool CachesVmcb { get; }

    /// <summary>The default hardware, but for some readings.</summary>
    public static Hardware With(params IReadOnlyList<Reading> readings)
    {
        ArgumentNullException.ThrowIfNull(readings);
        return readings.Aggregate(Default, (hardware, reading) => hardware.And(reading));
    }

    /// <summary>This hardware, but for one reading more; of two that answer the same question, the later.</summary>
    public Hardware And(Reading reading)
    {
        ArgumentNullException.ThrowIfNull(reading);
        Reading[] chosen = [.. Chosen.Where(other => other.Question != reading.Question), reading];
        return new([.. Known.Where(chosen.Contains)]);
    }

    /// <summary>Hardware by its name.</summary>
    /// <exception cref="ModelException">There is no such reading, or two answer the same question.</exception>
    public static Hardware Parse(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name == Default.Name) return Default;
        var hardware = With([.. name.Split('+').Select(part => Known.FirstOrDefault(reading => reading.Name == part)
            ?? throw new ModelException($"There is no reading '{part}'. {Nearest.To(part, Known.Select(reading => reading.Name))}"))]);
        return hardware.Name == name ? hardware : throw new ModelException($"'{name}' is no hardware: its readings, each question's once and in order, are {hardware.Name}.");
    }

    /// <summary>The routines. A reading of what VMRUN does is an edit of the kernel's row for it, and is not here.</summary>
    public Code<Machine> Code => Edited(Plain, here: true);

    /// <summary>A kernel's routines and these.</summary>
    internal Code<Machine> Under(Code<Machine> kernel) => Edited(kernel.With([.. Code.Routines]), here: false);

    private Code<Machine> Edited(Code<Machine> code, bool here) =>
        Chosen.Where(reading => Plain.Routines.Any(routine => routine.Name == reading.Routine) == here).Aggregate(code, (edited, reading) => edited.Edit(reading.Routine, reading.Edit));

    private static IEnumerable<Reading> Known => [.. Readings, Reading.Erratum1235, Reading.WithoutX2Avic];

    /// <inheritdoc/>
    public override string ToString() => Name;
}
