namespace Avic.Model.Tests;

/// <summary>Programs are values: a word whose result is thrown away would be lost without a word.</summary>
public class DroppedWords
{
    private static readonly Scenario Race = Scenario.On(Linux.V5_15);

    [Fact]
    public void What_a_lambda_made_and_did_not_give_back_is_refused()
    {
        Refused(() => Race.Host(h =>
        {
            h.SetInhibit(Reason.PitReinject);
            return h;
        }));
        Refused(() => Race.Host(h =>
        {
            var set = h.SetInhibit(Reason.PitReinject);
            set.ClearInhibit(Reason.PitReinject);
            return set;
        }));
        Refused(() => Race.Guest(1, g =>
        {
            for (var i = 0; i < 3; i++) g.Write(Apic.Tpr, i);
            return g;
        }));
        Refused(() => Race.Guest(1, g => g.On(0x31, h =>
        {
            h.Eoi();
            return h;
        })));
        Refused(() => Race.Guest(1, g =>
        {
            g.OnNmi(h => h.Eoi());
            return g;
        }));
        Refused(() => Race.Device(d =>
        {
            d.Msi(to: 1, vector: 0x31);
            return d;
        }));
        Refused(() => Race.IoApic(io =>
        {
            io.Level(pin: 1, to: 0, vector: 0x41);
            return io;
        }));
        Refused(() => Race.Vcpu(0, v =>
        {
            v.IrqWindow();
            return v;
        }));
    }

    [Fact]
    public void What_is_kept_in_a_variable_is_there()
    {
        var scenario = Race.Guest(1, g =>
        {
            for (var i = 0; i < 3; i++) g = g.Write(Apic.Tpr, i);
            return g;
        });
        Assert.Equal("2,1W0W1W2", scenario.Programs.ToString());
    }

    [Fact]
    public void A_lambda_that_says_nothing_makes_nothing() => Assert.Equal(Race.Programs.ToString(), Race.Guest(1, g => g).Programs.ToString());

    [Fact]
    public void A_lambda_that_speaks_to_another_program_is_refused()
    {
        AnotherIs(() => Race.Guest(1, g => g.Vmrun(l2 => g)));
        AnotherIs(() => Race.Guest(1, g => g.Write(Apic.Tpr, 1).Vmrun(l2 => g.Vmmcall())));
        AnotherIs(() => Race.Guest(1, g => g.On(0x31, h => g.Eoi())));
        AnotherIs(() => Race.Guest(1, g => g.OnSipi(s => g.Cli())));
        AnotherIs(() => Race.Guest(1, g => g.Repeat(2, x => g.Cli())));
        AnotherIs(() => Race.Device(d => d.Repeat(2, x => d.Msi(to: 1, vector: 0x31))));
        Assert.Equal("2,1zz", Race.Guest(1, g => g.Repeat(2, x => x.Cli())).Programs.ToString());
    }

    private static void AnotherIs(Func<object> of) => Assert.Contains("gave back another program than it was handed", Assert.Throws<ModelException>(of).Message, StringComparison.Ordinal);

    private static void Refused(Func<object> of) => Assert.Contains("made more than it gave back", Assert.Throws<ModelException>(of).Message, StringComparison.Ordinal);
}
