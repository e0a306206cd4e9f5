using FsCheck;
using FsCheck.Fluent;

namespace Avic.Model.Tests;

/// <summary>Accesses of the APIC's page that are not of four bytes at a register's address.</summary>
public class OddAccesses
{
    private static readonly Hardware Faults = Hardware.With(Reading.OddAccessFaults), Plain = Hardware.With(Reading.OddAccessPlain);

    // Behind these the guest's accesses are KVM's to answer, AVIC on or off: its APIC is elsewhere.
    private const string Moved = "m1b=fed40900.b";

    // LDR is A5000000h; AVIC answers, or KVM does.
    [Theory]
    [InlineData("rd3:1.", 0xa5)]
    [InlineData("rd2:1.", 0)]
    [InlineData("rd2:2.", 0xa500)]
    [InlineData("rd0:2.", 0)]
    public void A_part_of_a_register_is_read_alike_by_KVM_and_under_every_reading(string read, uint value) =>
        Assert.All(Scenario.Parse(Linux.V5_15, $"1,0wd0=a5000000.{read},+4").UnderEveryReading(AtTheEnd(2, x => x.VmcbOf(0).Rax == value)).Rows,
            row => Assert.True(row.Cells[0].Verdict is { Outcome: Outcome.Safe, Premised: > 0 }, $"{row.Hardware}: {row.Cells[0].Verdict?.Line}"));

    // TPR is 20h.
    [Theory]
    [InlineData("r80:8.")]
    [InlineData("r82:4.")]
    [InlineData("r83:2.")]
    [InlineData("r84:1.")]
    public void KVM_reads_nothing_that_goes_beyond_a_register(string read) => Holds("default", $"1,0W32r30.{Moved}{read}", 4, x => x.VmcbOf(0).Rax == 0);

    [Theory]
    [InlineData("r80:8.", 0x20)]
    [InlineData("r82:4.", 0x20)]
    [InlineData("r84:1.", 0)]
    public void AVIC_by_default_reads_the_register_whose_bytes_they_are(string read, uint value) => Holds("default", $"1,0W32r30.{read}", 3, x => x.VmcbOf(0).Rax == value);

    [Theory]
    [InlineData("default", 0x40, 4)]
    [InlineData("odd-access-faults", 0x20, 2)]
    [InlineData("odd-access-plain", 0x40, 2)]
    public void A_byte_of_TPR_is_a_write_of_it_or_none_or_one_of_memory(string hardware, uint tpr, byte cr8) =>
        Holds(hardware, "1,0W32w80:1=40.", 2, x => x.ApicPageOf(0).Tpr == tpr && x.VmcbOf(0).VTpr == cr8);

    [Theory]
    [InlineData("w80:1=40.")]
    [InlineData("w80:2=40.")]
    [InlineData("w80:8=40.")]
    [InlineData("w81=40.")]
    public void KVM_ignores_every_write_but_of_four_bytes_at_a_register(string write) => Holds("default", $"1,0W32{Moved}{write}", 3, x => x.ApicPageOf(0).Tpr == 0x20);

    // A register that nobody has written is no reason to look at everybody's ids. The change of the base is one.
    [Theory]
    [InlineData("w20=1000000.", 2)]
    [InlineData("w20:1=1.", 1)]
    [InlineData("w20:8=1000000.", 1)]
    public void KVM_looks_at_ids_again_only_where_one_was_written(string write, int looks) =>
        Assert.Equal(looks, Scenario.Parse(Linux.V6_8, $"1,0{Moved}{write}").Run(Schedule.Seed(1)).Steps.Count(step => step.Row == "kvm_recalculate_apic_map.lock"));

    /// <summary>
    /// KVM tells traps from faults by the register alone: a write that has not been done it takes for one that has, and
    /// the guest comes back to it for ever. Nobody has seen such hardware.
    /// </summary>
    [Theory]
    [InlineData("default", Outcome.Reached)]
    [InlineData("odd-access-faults", Outcome.NeverReached)]
    [InlineData("odd-access-plain", Outcome.Reached)]
    public void A_byte_of_an_LVT_that_faults_is_written_for_ever(string hardware, Outcome ends) =>
        Assert.Equal(ends, Scenario.Parse(Linux.V5_15, "1,0w350:1=31.").On(Hardware.Parse(hardware)).Check(
            Property.Named("ends", "The guest passes.").At("svm_vcpu_run.vmrun", "guest.insn").Sometimes(Property.Is("it has", x => x.VmcbOf(0).Rip == 1))).Outcome);

    [Fact]
    public void A_part_of_an_IPIs_command_is_refused_in_a_sentence() =>
        Assert.StartsWith("A write of a part of ICR", Assert.Throws<ModelException>(() => Scenario.Parse(Linux.V5_15, "1,0w301:1=5.").Run(Schedule.Seed(1))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_program_says_the_number_of_bytes() =>
        Assert.Equal("1,0w80:1=ff.rd3:1.w85:8=ffffffffffffffff.", Scenario.On(Linux.V5_15, vcpus: 1)
            .Guest(0, g => g.Write(Apic.Tpr, 0xff, bytes: 1).Read((Apic)0xd3, bytes: 1).Write((Apic)0x85, ulong.MaxValue, bytes: 8)).Programs.ToString());

    [Theory]
    [InlineData("1,0w80:3=1.", "an access has 1, 2, 4 or 8 bytes")]
    [InlineData("1,0w80:1=100.", "a hexadecimal number up to ff")]
    [InlineData("1,0r80:10.", "an access has 1, 2, 4 or 8 bytes")]
    [InlineData("1,0rffd:4.", "an access ends in the APIC's page")]
    [InlineData("1,0r80:.", "a hexadecimal number up to ff")]
    public void A_size_that_there_is_not_is_refused(string programs, string why) =>
        Assert.Contains(why, Assert.Throws<ModelException>(() => Programs.Parse(programs)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_value_that_has_more_bytes_is_refused() =>
        Assert.Equal("1 bytes take 0 to ffh, not 100h.", Assert.Throws<ModelException>(() => Scenario.On(Linux.V5_15, vcpus: 1).Guest(0, g => g.Write(Apic.Tpr, 0x100, bytes: 1))).Message);

    /// <summary>Whatever a guest accesses, it is the machine's to answer: nothing throws.</summary>
    [Fact]
    public void Any_access_anywhere_is_answered_on_every_kernel_and_under_every_reading()
    {
        var accesses =
            from offset in Gen.Choose(0, 0xfff)
            from bytes in Gen.Elements(1, 2, 4, 8)
            from value in Gen.Choose(0, 0xff)
            from isWrite in Gen.Elements(true, false)
            from kernel in Gen.Elements(Linux.Known.ToArray())
            from hardware in Gen.Elements([Hardware.Default, Faults, Plain, Hardware.With(Hardware.Readings)])
            from toggles in Gen.Elements("", ",+4", ",+4-4")
            where offset + bytes <= 0x1000 && !(isWrite && bytes < 4 && (offset & ~0x1f) == 0x300) && (offset & ~0xf) is not 0x300
            select (Programs: $"1,0{(isWrite ? $"w{offset:x}:{bytes}={value:x}." : $"r{offset:x}:{bytes}.")}{toggles}", kernel, hardware);
        Prop.ForAll(accesses.ToArbitrary(), access =>
        {
            var exploration = Scenario.Parse(access.kernel, access.Programs).On(access.hardware).Explore(new() { MaxStates = 20_000, Threads = 1, Progress = _ => { } });
            Assert.True(exploration.States > 10, access.ToString());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(400).WithReplay(1, 1));
    }

    private static void Holds(string hardware, string programs, int instructions, When when)
    {
        var verdict = Scenario.Parse(Linux.V5_15, programs).On(Hardware.Parse(hardware)).Check(AtTheEnd(instructions, when));
        Assert.True(verdict is { Outcome: Outcome.Safe, Premised: > 0 }, verdict.ToText() + verdict.Counterexample?.ToText());
    }

    private static Property AtTheEnd(int instructions, When when) => Property.Named("as-said", "At the end of its program it is as said.").AtRest()
        .Whenever(Property.Is("the program has ended", x => x.VmcbOf(0).Rip == instructions)).Never(Property.Is("it is not", x => !when(x)));
}
