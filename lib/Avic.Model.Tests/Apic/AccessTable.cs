using System.Globalization;

namespace Avic.Model.Tests;

/// <summary>Every slot of the APIC's page, accessed by a guest with AVIC on and with AVIC inhibited, against the manual's table.</summary>
public class AccessTable
{
    // The table said again, from the manual and from lapic.c: slots; a read and a write under AVIC (Allow, aCcelerate, Trap, Fault);
    // what KVM keeps of a write: bits, and bits that are always one; whether KVM gives the value to a read.
    private const string Expected =
        """
        000-010 A A 00000000 00000000 no
        020     A T FF000000 00000000 yes
        030     A F 00000000 00000000 yes
        040-070 A A 00000000 00000000 no
        080     A C 000000FF 00000000 yes
        090     F F 00000000 00000000 yes
        0A0     A F 00000000 00000000 yes
        0B0     A C 00000000 00000000 no
        0C0     A T 00000000 00000000 no
        0D0     A T FF000000 00000000 yes
        0E0     A T F0000000 0FFFFFFF yes
        0F0     A T 000003FF 00000000 yes
        100-270 A F 00000000 00000000 yes
        280     A T 00000000 00000000 yes
        290-2F0 A A 00000000 00000000 no
        300     A C FFFFEFFF 00000000 yes
        310     A A FF000000 00000000 yes
        320     A T 000710FF 00000000 yes
        330-340 A T 000117FF 00000000 yes
        350-360 A T 0001F7FF 00000000 yes
        370     A T 000110FF 00000000 yes
        380     A T FFFFFFFF 00000000 yes
        390     F F 00000000 00000000 yes
        3A0-3D0 A A 00000000 00000000 no
        3E0     A T 0000000B 00000000 yes
        3F0     A A 00000000 00000000 no
        400-FF0 F F 00000000 00000000 no
        """;

    internal sealed record Slot(int Offset, char Read, char Write, uint Kept, uint Ones, bool IsRead)
    {
        public uint AfterKvm(uint before, uint value) => (Kept | Ones) == 0 ? before : value & Kept | Ones;
    }

    private static readonly Slot[] Slots =
    [
        .. from line in Expected.Split('\n')
           let cell = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
           let first = Hex(cell[0][..3])
           let last = cell[0].Length > 3 ? Hex(cell[0][4..]) : first
           from i in Enumerable.Range(0, (last - first >> 4) + 1)
           select new Slot(first + (i << 4), cell[1][0], cell[2][0], (uint)Hex(cell[3]), (uint)Hex(cell[4]), cell[5] == "yes"),
    ];

    // After reset: the manual's values, and KVM's version (16.3.4, and 15.29); the rest is zero.
    [Fact]
    public void After_reset_a_register_is_as_the_manual_says() => Assert.Equal(
        "030=50014 0e0=ffffffff 0f0=ff 320=10000 330=10000 340=10000 350=10000 360=10000 370=10000",
        string.Join(' ', Slots.Where(slot => ApicRegister.At(slot.Offset).Reset != 0).Select(slot => string.Create(CultureInfo.InvariantCulture, $"{slot.Offset:x3}={ApicRegister.At(slot.Offset).Reset:x}"))));

    private static readonly uint[] Patterns = [0xa5a5_a5a5, 0x5a5a_5a5a];

    public static TheoryData<int> Offsets => [.. Slots.Select(slot => slot.Offset)];

    [Fact]
    public void The_table_has_every_slot_once() => Assert.Equal(Enumerable.Range(0, 0x100).Select(slot => slot << 4), Slots.Select(slot => slot.Offset));

    [Theory]
    [MemberData(nameof(Offsets))]
    public void With_avic_on_a_read_is_as_the_table_says(int offset)
    {
        var slot = At(offset);
        var run = new Access($"1,0r80.r{offset:x}.");
        if (slot.Read == 'A')
        {
            Assert.Equal(("guest.insn", Mark.Accelerated), run.At(rip: 1));
            Assert.Equal((2, run.Before.ApicPage[0][offset], run.Page(before: true)), (run.After.Vmcb[0].Rip, run.After.Vmcb[0].Rax, run.Page()));
        }
        else
        {
            run.Faults(offset, isWrite: false);
            Assert.Equal((2, 0u), (run.End.Vmcb[0].Rip, run.End.Vmcb[0].Rax));
        }
    }

    [Theory]
    [MemberData(nameof(Offsets))]
    public void With_avic_on_a_write_is_as_the_table_says(int offset)
    {
        var slot = At(offset);
        foreach (var value in Patterns)
        {
            var run = new Access($"1,0r80.w{offset:x}={value:x}.");
            switch (slot.Write)
            {
                case 'A':
                    Assert.Equal(("guest.insn", Mark.Accelerated), run.At(rip: 1));
                    Assert.Equal((true, 2, value), (run.After.Core[0].InGuest, run.After.Vmcb[0].Rip, run.After.ApicPage[0][offset]));
                    Assert.Equal(value, run.End.ApicPage[0][offset]);
                    break;
                case 'T':
                    Assert.Equal(("guest.insn", Mark.Accelerated), run.At(rip: 1));
                    Assert.Equal((false, 2, value), (run.After.Core[0].InGuest, run.After.Vmcb[0].Rip, run.After.ApicPage[0][offset]));
                    Assert.Equal((1UL << 32 | (uint)offset, 0UL), (run.After.Vmcb[0].ExitInfo1, run.After.Vmcb[0].ExitInfo2));
                    Assert.Contains("avic_unaccelerated_access_interception.write", run.Rows);
                    Assert.DoesNotContain("x86_emulate_instruction.apic", run.Rows);
                    Assert.Equal(slot.AfterKvm(before: value, value), run.End.ApicPage[0][offset]);
                    break;
                case 'F':
                    run.Faults(offset, isWrite: true);
                    Assert.Equal((2, run.Page(before: true)), (run.End.Vmcb[0].Rip, run.PageAtEnd));
                    break;
                default:
                    Assert.Equal(("guest.insn", Mark.Accelerated), run.At(rip: 1));
                    Assert.Equal(2, run.After.Vmcb[0].Rip);
                    Assert.DoesNotContain("avic_unaccelerated_access_interception.offset", run.Rows);
                    Accelerated((Apic)offset, value, run.After);
                    break;
            }
        }
    }

    private static void Accelerated(Apic register, uint value, in Machine after)
    {
        var page = after.ApicPage[0];
        switch (register)
        {
            case Apic.Tpr:
                Assert.Equal((true, value & 0xff, value & 0xff, (byte)(value >> 4 & 0xf)), (after.Core[0].InGuest, page.Tpr, page.Ppr, after.Vmcb[0].VTpr));
                break;
            case Apic.Eoi:
                Assert.Equal((true, -1), (after.Core[0].InGuest, page.Isr.Highest));
                break;
            default: // neither pattern is a fixed interrupt
                Assert.Equal((Apic.IcrLow, false, value), (register, after.Core[0].InGuest, page.IcrLow));
                break;
        }
    }

    [Theory]
    [MemberData(nameof(Offsets))]
    public void With_avic_inhibited_a_read_is_emulated_as_the_table_says(int offset)
    {
        var run = new Access($"1,0r{offset:x}.,+4");
        Assert.Equal(("x86_emulate_instruction.apic", Mark.Emulated), run.At(rip: 0));
        Assert.Equal(At(offset).IsRead ? run.Before.ApicPage[0][offset] : 0, run.After.Vmcb[0].Rax);
        Assert.Equal((1, run.Page(before: true)), (run.End.Vmcb[0].Rip, run.Page()));
    }

    [Theory]
    [MemberData(nameof(Offsets))]
    public void With_avic_inhibited_a_write_is_emulated_as_the_table_says(int offset)
    {
        foreach (var value in Patterns)
        {
            var run = new Access($"1,0w{offset:x}={value:x}.,+4");
            Assert.Equal(("x86_emulate_instruction.apic", Mark.Emulated), run.At(rip: 0) is var (row, marks) ? (row, marks & ~Mark.TimerStarted) : default);
            Assert.Equal((1, false), (run.End.Vmcb[0].Rip, run.Rows.Any(row => row.StartsWith("avic_", StringComparison.Ordinal))));
            if (offset < 0x400) Assert.Equal(At(offset).AfterKvm(run.Before.ApicPage[0][offset], value), run.After.ApicPage[0][offset]);
            else Assert.Equal(run.Page(before: true), run.Page());
        }
    }

    // What is not aligned is not defined; the core is taken to look at the slot alone, and KVM ignores it.
    [Fact]
    public void An_access_beside_a_register_is_never_an_error_of_ours()
    {
        for (var first = 0; first < 0x1000; first += 50)
            foreach (var host in (string[])["", ",+4"])
            {
                var code = string.Concat(Enumerable.Range(first, Math.Min(50, 0x1000 - first)).Select(offset => $"w{offset:x}=a5a5a5a5.r{offset:x}."));
                var program = Scenario.Parse(Linux.V5_15, $"1,0{code}{host}");
                Assert.Equal(program.Programs.Guest[0].Program.Count, new Drive(program).Run().Machine.Vmcb[0].Rip);
            }
    }

    [Theory]
    [InlineData(0x323)]
    [InlineData(0x84)]
    [InlineData(0x301)]
    [InlineData(0x41f)]
    public void Emulation_ignores_a_write_beside_a_register_and_reads_nothing(int offset)
    {
        var run = new Access($"1,0wf0=ff.w{offset:x}=a5a5a5a5.,+4"); // with the APIC disabled an LVT would be masked
        Assert.Equal(("x86_emulate_instruction.apic", Mark.Emulated), run.At(rip: 1));
        Assert.Equal(run.Page(before: true), run.PageAtEnd);
        Assert.Equal(0u, new Access($"1,0r30.r{offset:x}.,+4").End.Vmcb[0].Rax);
    }

    private static Slot At(int offset) => Slots[offset >> 4];

    private static int Hex(string text) => (int)uint.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>The last access of a guest's program, its VMM ahead of it.</summary>
    private sealed class Access
    {
        private readonly Trace _trace;
        private int _step;

        public Access(string programs) => _trace = Scenario.Parse(Linux.V5_15, programs).Run(new VmmFirst());

        public Machine Before => _trace.State<Machine>(_step - 1);

        public Machine After => _trace.State<Machine>(_step);

        public Machine End => _trace.State<Machine>(_trace.Steps.Count);

        public IEnumerable<string> Rows => _trace.Steps.Skip(_step).Select(step => step.Row);

        /// <summary>The step that the access at a place ended in, and what it marked.</summary>
        public (string Row, Mark Marks) At(int rip)
        {
            _step = 1 + Enumerable.Range(0, _trace.Steps.Count).First(i => _trace.State<Machine>(i).Vmcb[0].Rip == rip && _trace.Steps[i].Marks != 0);
            return (_trace.Steps[_step - 1].Row, (Mark)_trace.Steps[_step - 1].Marks & ~Mark.TimerStarted);
        }

        /// <summary>The access leaves the guest before anything has happened, and is emulated.</summary>
        public void Faults(int offset, bool isWrite)
        {
            _step = 1 + Enumerable.Range(0, _trace.Steps.Count).First(i => _trace.State<Machine>(i + 1) is var after && after.Vmcb[0].Rip == 1 && after.Vmcb[0].ExitInfo1 != 0);
            Assert.Equal(((uint)offset | (isWrite ? 1UL << 32 : 0), 0UL), (After.Vmcb[0].ExitInfo1, After.Vmcb[0].ExitInfo2));
            Assert.Equal(("guest.insn", 0u, false, 1, Page(before: true)), (_trace.Steps[_step - 1].Row, _trace.Steps[_step - 1].Marks, After.Core[0].InGuest, After.Vmcb[0].Rip, Page()));
            Assert.Contains("avic_unaccelerated_access_interception.offset", Rows);
            Assert.Contains("x86_emulate_instruction.apic", Rows);
            Assert.DoesNotContain("avic_unaccelerated_access_interception.write", Rows);
        }

        public string Page(bool before = false) => Words((before ? Before : After).ApicPage[0]);

        public string PageAtEnd => Words(End.ApicPage[0]);

        private static string Words(ApicPage page) => string.Join(' ', Enumerable.Range(0, 0x40).Select(slot => page[slot << 4].ToString("x", CultureInfo.InvariantCulture)));
    }

    private sealed class VmmFirst : Schedule
    {
        private Model _model = null!;

        public override void Start(Model model) => _model = model;

        public override Move? Next(IReadOnlyList<Move> enabled) => enabled.Count == 0 ? null
            : enabled.FirstOrDefault(move => _model.Actors[move.Actor].Name.StartsWith("vmm", StringComparison.Ordinal), enabled[0]);
    }
}
