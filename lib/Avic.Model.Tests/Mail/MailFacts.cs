namespace Avic.Model.Tests;

/// <summary>What the mail tests share: the kernel of the proposal, the fixtures, the race.</summary>
internal static class MailFacts
{
    public static string Fixture(string name)
    {
        using var stream = typeof(Linux).Assembly.GetManifestResourceStream($"data/mail/{name}.txt")
            ?? throw new InvalidOperationException($"No fixture {name}: {string.Join(", ", typeof(Linux).Assembly.GetManifestResourceNames())}");
        return new StreamReader(stream).ReadToEnd();
    }

    public static MailDiagram Only(string fixture) => Assert.Single(MailDiagram.Parse(Fixture(fixture)));

    public static Scenario Race(Linux kernel) => Scenario.On(kernel)
        .Guest(1, g => g.Write(Apic.Tpr, 0x20))
        .Host(h => h.SetInhibit(Reason.PitReinject).ClearInhibit(Reason.PitReinject).SetInhibit(Reason.PitReinject));

    public static Trace Boom() => Race(Linux.VcpuStatus).Check(Property.ApicAccessIsNeverLost).Counterexample!;

    // The token alone may be longer than a line.
    public static void IsMail(string block)
    {
        var lines = block.TrimEnd('\n').Split('\n');
        Assert.All(lines[..^1], line => Assert.True(line.Length <= 78, line));
        Assert.All(lines, line => Assert.Equal(line.TrimEnd(), line));
        Assert.DoesNotContain('\t', block);
    }
}
