using Avic.Model;

namespace Avic.Notebook;

/// <summary>One lane: a thread and the core it runs on; where vCPUs move, a core has one of its own.</summary>
/// <param name="Name">The thread's name.</param>
/// <param name="Vcpu">Number of its vCPU, or -1.</param>
/// <param name="Left">Left edge.</param>
/// <param name="Slots">Locks it ever holds at once.</param>
internal sealed record Lane(string Name, int Vcpu, double Left, int Slots)
{
    public const double Half = 17, Slot = 12, Gap = 9;

    /// <summary>Number of the core whose own lane it is, or -1.</summary>
    public int Core { get; init; } = -1;

    public bool HasGuest => Vcpu >= 0;

    public double Right => Left + (HasGuest ? 2 * Half : Half) + (Slots > 0 ? 2 + Slots * Slot : 0);

    /// <summary>Middle of the side the actor is on: the guest's left, the host's right.</summary>
    public double Middle(bool inGuest) => Left + (HasGuest && !inGuest ? 1.5 : 0.5) * Half;

    public double SlotLeft(int slot) => Left + (HasGuest ? 2 * Half : Half) + 2 + slot * Slot;
}

/// <summary>The lanes of a trace and who is drawn in which: a unit in the lane of the vCPU of the same number, while vCPUs stay where they are.</summary>
internal sealed class LaneColumns
{
    private readonly int[] _laneOf;

    public LaneColumns(Trace trace, IReadOnlyList<LockHold> holds, double left)
    {
        var actors = trace.Model.Actors;
        Stays = new(trace);
        _laneOf = new int[actors.Count];
        List<Lane> lanes = [];
        foreach (var actor in actors)
        {
            var host = actor.IsThread || Stays.Move ? -1 : lanes.FindIndex(lane => lane.Vcpu >= 0 && actor.Name == $"core{lane.Vcpu}");
            _laneOf[actor.Index] = host >= 0 ? host : lanes.Count;
            if (host >= 0) continue;
            var vcpu = Stays.IsVcpu(actor.Index) && (Stays.Move || Stays.IsCore(actor.Index)) ? actor.Index : -1;
            var core = Stays.Move && !actor.IsThread ? Stays.All.Select(stay => stay.Core).FirstOrDefault(core => actor.Name == $"core{core}", -1) : -1;
            var slots = Slots(holds.Where(hold => hold.Actor == actor.Index)).Values.Select(slot => slot + 1).DefaultIfEmpty(core >= 0 ? 1 : 0).Max();
            lanes.Add(new(actor.Name, vcpu, left, slots) { Core = core });
            left = lanes[^1].Right + Lane.Gap;
        }
        All = lanes;
    }

    public IReadOnlyList<Lane> All { get; }

    /// <summary>Where the vCPUs are.</summary>
    public LaneStays Stays { get; }

    public double Right => All[^1].Right;

    public Lane this[Actor actor] => All[_laneOf[actor.Index]];

    /// <summary>Gives each hold of one actor the leftmost place that is free.</summary>
    public static Dictionary<LockHold, int> Slots(IEnumerable<LockHold> holds)
    {
        Dictionary<LockHold, int> slots = [];
        List<int> busyUntil = [];
        foreach (var hold in holds)
        {
            var slot = busyUntil.FindIndex(until => until < hold.From);
            if (slot < 0)
            {
                slot = busyUntil.Count;
                busyUntil.Add(0);
            }
            busyUntil[slot] = hold.To;
            slots[hold] = slot;
        }
        return slots;
    }
}
