using System.Runtime.InteropServices;

namespace Avic.Model.Tests;

/// <summary>Runs a scenario with its VMM held back until a step, and its guests in phase where a test needs that.</summary>
internal sealed class Drive
{
    private readonly Stepper _stepper;
    private readonly int _vcpus, _threads;
    private int _last = -1;

    public Drive(Scenario scenario)
    {
        _stepper = new(scenario.Model);
        _stepper.Load(scenario.Model.Initial);
        (_vcpus, _threads) = (scenario.Programs.Guest.Count, scenario.Model.Stacks.Length);
    }

    /// <summary>A vCPU in the guest goes no further than here before all others have come as far, and are done with their exits.</summary>
    public IReadOnlyList<int> Barriers { get; init; } = [];

    public Machine Machine => MemoryMarshal.Read<Machine>(_stepper.After);

    public int Steps { get; private set; }

    /// <summary>To the end, the VMM at once from a step on.</summary>
    public Drive Run(int vmmFrom = 0)
    {
        while (Steps < 100_000)
        {
            var moves = _stepper.Enabled().Where(IsAllowed).ToList();
            var vmm = moves.Where(IsVmm).ToList();
            var others = moves.Where(move => !IsVmm(move)).ToList();
            if (moves.Count == 0) return this;
            var next = vmm.Count > 0 && (Steps >= vmmFrom || others.Count == 0) ? vmm[0] : others.FirstOrDefault(move => move.Actor > _last, others[0]);
            _last = next.Actor;
            _stepper.Take(next);
            _stepper.Commit();
            Steps++;
        }
        throw new ModelException("the run does not end");
    }

    /// <summary>Runs with an inhibit that comes at each step of a run in turn, and with one that comes and goes.</summary>
    public static IEnumerable<(Drive Run, string When)> Toggled(Scenario scenario, IReadOnlyList<int>? barriers = null)
    {
        var most = new Drive(scenario) { Barriers = barriers ?? [] }.Run().Steps;
        foreach (var toggled in (Scenario[])[scenario.Host(h => h.SetInhibit(Reason.PitReinject)), scenario.Host(h => h.SetInhibit(Reason.PitReinject).ClearInhibit(Reason.PitReinject))])
            for (var step = 0; step <= most; step++) yield return (new Drive(toggled) { Barriers = barriers ?? [] }.Run(step), $"{toggled.Programs} toggled at step {step} of {most}");
    }

    public int Handled(int vcpu, int vector = 0) => Machine.Memory[vcpu].Handled[vector];

    private bool IsVmm(Move move) => move.Actor >= _vcpus && move.Actor < _threads;

    private bool IsAllowed(Move move)
    {
        var machine = Machine;
        if (move.Actor >= _vcpus || !machine.Core[move.Actor].InGuest || !Barriers.Contains(machine.Vmcb[move.Actor].Rip)) return true;
        for (var vcpu = 0; vcpu < _vcpus; vcpu++)
            if (machine.Vmcb[vcpu].Rip < machine.Vmcb[move.Actor].Rip || !machine.Core[vcpu].InGuest && machine.Vcpu[vcpu].MpState != MpState.Halted) return false;
        return true;
    }
}
