namespace Avic.Model.Tests;

public class NullArguments
{
    private static readonly Scenario Race = Scenario.On(Linux.V5_15);

    [Fact]
    public void Each_is_named()
    {
        Named("kernel", () => Scenario.On(null!, 2));
        Named("kernel", () => Race.On((Linux)null!));
        Named("hardware", () => Race.On((Hardware)null!));
        Named("property", () => Race.UnderEveryReading((Property)null!));
        Named("name", () => Hardware.Parse(null!));
        Named("program", () => Race.Guest(1, null!));
        Named("program", () => Race.Host(null!));
        Named("program", () => Race.Vcpu(1, null!));
        Named("property", () => Race.Check((Property)null!));
        Named("properties", () => Race.Check((IReadOnlyList<Property>)null!));
        Named("properties", () => Race.Check([Property.ApicAccessIsNeverLost, null!]));
        Named("properties", () => Race.Ablate([null!]));
        Named("schedule", () => Race.Run((Schedule)null!));
        Named("token", () => Race.Replay(null!));
        Named("token", () => Scenario.Of(null!));
        Named("programs", () => Scenario.Parse(Linux.V5_15, null!));
        Named("kernel", () => Scenario.Parse(null!, "2"));
        Named("token", () => Schedule.Parse(null!));
        Named("actors", () => Schedule.By("vcpu0", null!));
        Named("name", () => Linux.Parse(null!));
        Named("mail", () => MailDiagram.Parse(null!));
        Named("kernels", () => MailReport.Of("", null!));
        Named("left", () => Race.Compare(null!, Linux.V5_15));
        Named("right", () => Race.Compare(Linux.V5_15, null!));
        Named("model", () => Explorer.Explore(null!));

        static void Named(string argument, Action asks) => Assert.Equal(argument, Assert.Throws<ArgumentNullException>(asks).ParamName);
    }

    [Fact]
    public void One_among_others_is_named_where_it_is_given()
    {
        Assert.Equal("premises", Assert.Throws<ArgumentNullException>(() => Property.ApicAccessIsNeverLost.Whenever(null!, null!)).ParamName);
        Assert.Equal("rows", Assert.Throws<ArgumentNullException>(() => Linux.V5_15.Before("kvm_zap_gfn_range", "seq", [null!])).ParamName);
    }

    [Fact]
    public void A_lambda_that_gives_back_null_is_told_what_it_gives_back()
    {
        Teaches("g => g.Write(Apic.Tpr, 0x20)", () => Race.Guest(1, _ => null!));
        Teaches("h => h.SetInhibit(Reason.PitReinject)", () => Race.Host(_ => null!));
        Teaches("v => v.IrqWindow()", () => Race.Vcpu(1, _ => null!));
        Teaches("d => d.Msi(to: 1, vector: 0x31)", () => Race.Device(_ => null!));
        Teaches("g => g.Read(Apic.Tpr)", () => Race.Guest(1, g => g.Repeat(2, _ => null!)));
        Teaches("h => h.Eoi()", () => Race.Guest(1, g => g.On(0x31, _ => null!)));

        static void Teaches(string example, Action asks) => Assert.EndsWith(example + ".", Assert.Throws<ModelException>(asks).Message);
    }

    [Fact]
    public void A_name_that_is_null_is_a_name_that_there_is_not()
    {
        Assert.StartsWith("The state has no field ''. It has ", Assert.Throws<ModelException>(() => Race.Run(Schedule.Seed(1), 5).Series(null!)).Message);
        Assert.StartsWith("There is no property ''. It has ", Assert.Throws<ModelException>(() => Property.ByName(null!)).Message);
    }
}
