namespace Avic.Model.Tests;

/// <summary>Where the manual is silent, and what depends on it.</summary>
public class Readings
{
    private static Outcome On(string programs, Hardware hardware, Property property) => Scenario.Parse(Linux.V5_15, programs).On(hardware).Check(property).Outcome;

    [Fact]
    public void Probe()
    {
        foreach (var programs in new[] { "1,0W64W0,+4-4,d0:31.", "2,0w310=1000000.w300=4031.,1h", "2h,0w310=1000000.w300=4031.,1h", "1,0zv31.w300=c041.sw0b0=0.", "2,0w300=c4031.,1h" })
            Console.WriteLine(Scenario.Parse(Linux.V5_15, programs).UnderEveryReading(Property.OfInterrupts, new() { MaxStates = 2_000_000 }).ToText());
        Console.WriteLine(Scenario.Parse(Linux.V5_15, "2,0w310=1000000.w300=4031.,1h").On(Hardware.Erratum1235).Check(Property.InterruptIsNotStranded).ToText());
    }
}
