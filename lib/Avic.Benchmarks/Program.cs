using System.Diagnostics;
using System.Globalization;
using Avic.Model;
using Avic.Textbook;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var threads = args.Contains("-1") ? 1 : 2;
if (args.Contains("textbook")) { Show("peterson.4", Peterson.Of(4)); Show("peterson.4", Peterson.Of(4)); }
if (args.Contains("anderson")) Show("anderson.6", Anderson.Of(6));
foreach (var (v, t, a) in new[] { (2, 1, 1), (2, 2, 1), (2, 3, 1), (2, 3, 2), (3, 1, 1) })
    Show($"race {v}x{t}x{a}", Race(v, t, a).Model);
if (args.Contains("big")) Show("race 3x2x1", Race(3, 2, 1).Model);
if (args.Contains("all"))
    foreach (var verdict in Race(2, 3, 1).Check([.. Property.All, .. Property.Goals])) Console.WriteLine(verdict);
return 0;

static Scenario Race(int vcpus, int toggles, int accesses)
{
    var scenario = Scenario.On(Linux.V5_15, vcpus).Host(h =>
    {
        for (var i = 0; i < toggles; i++) h = i % 2 == 0 ? h.SetInhibit(Reason.PitReinject) : h.ClearInhibit(Reason.PitReinject);
        return h;
    });
    for (var v = 1; v < vcpus; v++)
        scenario = scenario.Guest(v, g =>
        {
            for (var i = 0; i < accesses; i++) g = g.Write(Apic.Tpr, 0x20 + i);
            return g;
        });
    return scenario;
}

void Show(string name, Model model)
{
    foreach (var fuse in new[] { false, true })
    {
        var counts = Explorer.Explore(model, new() { Threads = threads, Fuse = fuse });
        var cost = counts.Cost;
        Console.WriteLine($"{name,-12} fuse {fuse,-5} {counts.States,12:#,0} states {counts.Edges,12:#,0} edges {counts.Levels} levels {cost.Elapsed.TotalSeconds:0.00} s {cost.StatesPerSecond / 1e6:0.00} M/s {cost.BytesPerState:0.0} B/state {model.VectorSize} B vector rests {counts.RestStates} complete {counts.Complete} {counts.Stopped}");
    }
}
