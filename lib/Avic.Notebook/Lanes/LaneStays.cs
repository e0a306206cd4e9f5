using Avic.Model;

namespace Avic.Notebook;

/// <summary>Where a vCPU is, as its lane shows it.</summary>
internal enum Side
{
    Guest,
    Host,

    /// <summary>Preempted, or not yet begun: another thread has its core.</summary>
    Waits,

    /// <summary>Off the scheduler's queue, until something wakes it.</summary>
    Sleeps,
}

/// <summary>A vCPU's stay on a core.</summary>
/// <param name="Core">Number of the core.</param>
/// <param name="Vcpu">Number of the vCPU.</param>
/// <param name="From">Rows taken when it came.</param>
/// <param name="To">Rows taken when it left; one more than there are if it never did.</param>
internal sealed record LaneStay(int Core, int Vcpu, int From, int To);

/// <summary>Which core each vCPU is on, from row to row: read from the fields <c>vcpu0.core</c> and <c>core0.in_guest</c>.</summary>
internal sealed class LaneStays
{
    private readonly Dictionary<int, long[]> _coreOf = [], _inGuest = [];

    public LaneStays(Trace trace)
    {
        var fields = trace.Model.Layout.Fields.Select(field => field.Name).ToHashSet();
        for (var core = 0; fields.Contains($"core{core}.in_guest"); core++) _inGuest[core] = trace.Series($"core{core}.in_guest").Values;
        foreach (var actor in trace.Model.Actors.Where(actor => actor.IsThread && actor.Name == $"vcpu{actor.Index}" && fields.Contains($"{actor.Name}.int_ctl.avic_enable")))
            if (fields.Contains($"{actor.Name}.core")) _coreOf[actor.Index] = trace.Series($"{actor.Name}.core").Values;
            else if (_inGuest.ContainsKey(actor.Index)) _coreOf[actor.Index] = [.. Enumerable.Repeat((long)actor.Index, trace.Steps.Count + 1)];
        Move = _coreOf.Any(vcpu => vcpu.Value.Any(core => core != vcpu.Key));
        if (Move) All = [.. _coreOf.SelectMany(vcpu => Of(vcpu.Key, vcpu.Value)).OrderBy(stay => stay.From)];
    }

    /// <summary>True unless vCPU n is on core n all the time.</summary>
    public bool Move { get; }

    /// <summary>Every stay where vCPUs move.</summary>
    public IReadOnlyList<LaneStay> All { get; } = [];

    public bool IsVcpu(int number) => _coreOf.ContainsKey(number);

    public bool IsCore(int number) => _inGuest.ContainsKey(number);

    /// <summary>The core a vCPU is on after so many rows; below 0 if it is on none.</summary>
    public int CoreOf(int vcpu, int rows) => (int)_coreOf[vcpu][rows];

    /// <summary>The vCPU that is on a core after so many rows; -1 if none is.</summary>
    public int VcpuOn(int core, int rows) => All.FirstOrDefault(stay => stay.Core == core && stay.From <= rows && rows < stay.To)?.Vcpu ?? -1;

    /// <summary>Where a vCPU is after so many rows.</summary>
    public Side Of(int vcpu, int rows) => CoreOf(vcpu, rows) switch
    {
        >= 0 and var core => _inGuest[core][rows] != 0 ? Side.Guest : Side.Host,
        -1 => Side.Waits,
        _ => Side.Sleeps,
    };

    private static IEnumerable<LaneStay> Of(int vcpu, long[] cores)
    {
        for (int i = 0, next; i < cores.Length; i = next)
        {
            next = i + 1;
            while (next < cores.Length && cores[next] == cores[i]) next++;
            if (cores[i] >= 0) yield return new((int)cores[i], vcpu, i, next);
        }
    }
}
