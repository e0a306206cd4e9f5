using System.Globalization;
using Avic.Model;
using Avic.Textbook;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Explorer.Explore(Peterson.Of(3));
foreach (var threads in new[] { 1, 2 })
{
    Show("peterson.4", Peterson.Of(4), threads);
    if (args.Contains("anderson")) Show("anderson.6", Anderson.Of(6), threads);
}
return 0;

static void Show(string name, Model model, int threads)
{
    var counts = Explorer.Explore(model, new() { Threads = threads });
    var cost = counts.Cost;
    Console.WriteLine($"{name,-12} {threads} thread(s) {counts.States,12:#,0} states {counts.Edges,12:#,0} edges {counts.Levels} levels {cost.Elapsed.TotalSeconds:0.00} s {cost.StatesPerSecond / 1e6:0.00} M/s {cost.BytesPerState:0.0} B/state");
}
