using System.Globalization;

namespace Avic.Model.Tests;

/// <summary>Every MSR from 800h to 8FFh, read and written under x2AVIC, and while KVM emulates x2APIC mode.</summary>
public class X2AccessTable
{
    // The table said again, from the chapter on x2APIC, AVIC's own, and lapic.c: MSRs; a read and a write under x2AVIC (Allow, aCcelerate, Trap,
    // Fault, #Gp); the bits that a write may set; what KVM keeps of a write; whether KVM reads and writes it.
    private const string Expected =
        """
        800-801 G G 00000000 00000000 no  no
        802-803 A G 00000000 00000000 yes no
        804-807 G G 00000000 00000000 no  no
        808     A C 000000FF 000000FF yes yes
        809     G G 00000000 00000000 no  no
        80A     A G 00000000 00000000 yes no
        80B     G C 00000000 00000000 no  yes
        80C     G G 00000000 00000000 no  no
        80D     A G 00000000 00000000 yes no
        80E     G G 00000000 00000000 no  no
        80F     A T 000003FF 000003FF yes yes
        810-827 A G 00000000 00000000 yes no
        828     A T 00000000 00000000 yes yes
        829-82F G G 00000000 00000000 no  no
        830     A C 000CCFFF FFFFEFFF yes yes
        831     G G 00000000 00000000 no  no
        832     A T 000310FF 000710FF yes yes
        833-834 A T 000117FF 000117FF yes yes
        835-836 A T 0001F7FF 0001F7FF yes yes
        837     A T 000110FF 000110FF yes yes
        838     A T FFFFFFFF FFFFFFFF yes yes
        839     F G 00000000 00000000 yes no
        83A-83D G G 00000000 00000000 no  no
        83E     A T 0000000B 0000000B yes yes
        83F     G C 000000FF 00000000 no  yes
        840-842 F F FFFFFFFF 00000000 no  no
        843-847 G G 00000000 00000000 no  no
        848-853 F F FFFFFFFF 00000000 no  no
        854-8FF G G 00000000 00000000 no  no
        """;

    private sealed record Row(int Msr, char Read, char Write, uint Bits, uint Kept, bool IsRead, bool IsWritten)
    {
        public int Offset => (Msr & 0xff) << 4;

        public ulong AllBits => Bits | (Msr == Icr ? 0xffff_ffff_0000_0000 : 0);
    }

    private const int Eoi = 0x80b, Icr = 0x830, SelfIpi = 0x83f, Esr = 0x828;

    private static readonly Row[] Rows =
    [
        .. from line in Expected.Split('\n')
           let cell = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
           let first = (int)Hex(cell[0][..3])
           let last = cell[0].Length > 3 ? (int)Hex(cell[0][4..]) : first
           from msr in Enumerable.Range(first, last - first + 1)
           select new Row(msr, cell[1][0], cell[2][0], Hex(cell[3]), Hex(cell[4]), cell[5] == "yes", cell[6] == "yes"),
    ];

    private static readonly uint[] Patterns = [0xa5a5_a5a5, 0x5a5a_5a5a];

    public static TheoryData<int> Numbers => [.. Rows.Select(row => row.Msr)];

    [Fact]
    public void The_table_has_every_msr_once() => Assert.Equal(Enumerable.Range(0x800, 0x100), Rows.Select(row => row.Msr));

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Under_x2avic_a_read_is_as_the_table_says(int msr)
    {
        var row = At(msr);
        var run = new Access(X2Avic.Open, $"1x,0q{msr:x}.");
        switch (row.Read)
        {
            case 'A':
                Assert.Equal((0, Mark.Accelerated, 0), (run.Exits, run.Marks, run.Refused));
                Assert.Equal((run.Initial[row.Offset], msr == Icr ? run.Initial.IcrHigh : 0), (run.End.Vmcb[0].Rax, run.End.Vmcb[0].Rdx));
                break;
            case 'G':
                Assert.Equal((0, Mark.Refused, 1), (run.Exits, run.Marks, run.Refused));
                break;
            default:
                Assert.Equal((1, (ulong)row.Offset), (run.Exits, run.Info1));
                Assert.Contains("x86_emulate_instruction.apic", run.Rows);
                Assert.Equal(row.IsRead ? 0 : 1, run.Refused);
                break;
        }
        Assert.Equal((1, run.Words(run.Initial)), (run.End.Vmcb[0].Rip, run.Words(run.Page)));
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Under_x2avic_a_write_is_as_the_table_says(int msr)
    {
        var row = At(msr);
        foreach (var pattern in Patterns)
        {
            var value = pattern & row.Bits;
            var run = new Access(X2Avic.Open, $"1x,0m{msr:x}={value:x}.");
            switch (row.Write)
            {
                case 'G':
                    Assert.Equal((0, Mark.Refused, 1, run.Words(run.Initial)), (run.Exits, run.Marks, run.Refused, run.Words(run.Page)));
                    break;
                case 'T':
                    Assert.Equal((1, 1UL << 32 | (uint)row.Offset, Mark.Accelerated, 0), (run.Exits, run.Info1, run.Marks & ~Mark.TimerStarted, run.Refused));
                    Assert.Contains("avic_unaccelerated_access_interception.write", run.Rows);
                    if (msr != Esr) Assert.Equal(value & row.Kept | (IsLvt(msr) ? run.Page[row.Offset] & 0x10000 : 0), run.Page[row.Offset]);
                    break;
                case 'F':
                    Assert.Equal((1, 1UL << 32 | (uint)row.Offset, 1), (run.Exits, run.Info1, run.Refused));
                    break;
                default:
                    Assert.Equal(0, run.Refused);
                    if (msr == Icr) Assert.Equal((1, value, 0u), (run.Exits, run.Page.IcrLow, run.Page.IcrHigh)); // neither pattern is a fixed interrupt
                    else Assert.Equal(0, run.Exits);
                    if (msr == SelfIpi) Assert.Equal((1, 0u), (run.End.Memory[0].Handled[0], run.Page.SelfIpi));
                    if (row.Kept == 0xff) Assert.Equal((value, value, (byte)(value >> 4)), (run.Page.Tpr, run.Page.Ppr, run.End.Vmcb[0].VTpr));
                    break;
            }
            Assert.Equal(1, run.End.Vmcb[0].Rip);
        }
    }

    // One program a register: each bit alone that a write may not set.
    [Theory]
    [MemberData(nameof(Numbers))]
    public void Under_x2avic_a_reserved_bit_is_refused_before_anything_else(int msr)
    {
        var row = At(msr);
        if (row.Write == 'F') return; // AVIC's table has them all leave the guest
        ulong[] reserved = [.. Enumerable.Range(0, 64).Select(bit => 1UL << bit).Where(bit => (bit & row.AllBits) == 0)];
        var run = new Access(X2Avic.Open, "1x,0" + string.Concat(reserved.Select(value => $"m{msr:x}={value:x}.")));
        Assert.Equal((reserved.Length, reserved.Length, 0, run.Words(run.Initial)), (run.Refused, run.End.Vmcb[0].Rip, run.Exits, run.Words(run.Page)));
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void What_is_intercepted_leaves_the_guest_whatever_else_would_become_of_it(int msr)
    {
        foreach (var access in (string[])[$"q{msr:x}.", $"m{msr:x}={ulong.MaxValue:x}."])
        {
            var run = new Access(X2Avic.Intercepted, $"1x,0{access}");
            Assert.Equal((IsHandled(msr, access) ? 2 : 1, access[0] == 'm' ? 1UL : 0), (run.Exits, run.Info1));
            Assert.Contains("msr_interception.msr", run.Rows);
        }
    }

    // What KVM lists, and of the arrays the first word only.
    [Theory]
    [MemberData(nameof(Numbers))]
    public void Kvms_own_map_opens_what_it_lists(int msr)
    {
        int[] open = [0x802, 0x803, 0x808, 0x809, 0x80a, 0x80b, 0x80c, 0x80d, 0x80e, 0x80f, 0x810, 0x818, 0x820, 0x828, 0x830, 0x831, 0x833, 0x834, 0x835, 0x836, 0x837, 0x838, 0x839, 0x83e];
        var run = new Access(X2Avic.AsKvm, $"1x,0q{msr:x}.");
        Assert.Equal(!open.Contains(msr), run.Rows.Contains("msr_interception.msr"));
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Emulated_a_read_is_as_the_table_says(int msr)
    {
        var row = At(msr);
        var run = new Access(Linux.V5_15, $"1x,0q{msr:x}.");
        Assert.Equal((1, 0UL, row.IsRead ? 0 : 1, row.IsRead ? Mark.Emulated : Mark.Refused), (run.Exits, run.Info1, run.Refused, run.Marks));
        if (row.IsRead) Assert.Equal(run.Initial[row.Offset], run.End.Vmcb[0].Rax);
        Assert.Equal((1, run.Words(run.Initial)), (run.End.Vmcb[0].Rip, run.Words(run.Page)));
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Emulated_a_write_is_as_the_table_says(int msr)
    {
        var row = At(msr);
        foreach (var pattern in Patterns)
        {
            var run = new Access(Linux.V5_15, $"1x,0m{msr:x}={pattern:x}.");
            var isTaken = row.IsWritten && msr != Esr; // which takes zero alone
            Assert.Equal((IsHandled(msr, "m") ? 2 : 1, 1UL, isTaken ? 0 : 1, 1), (run.Exits, run.Info1, run.Refused, run.End.Vmcb[0].Rip));
            if (row.Kept != 0) Assert.Equal(pattern & row.Kept | (IsLvt(msr) ? run.Page[row.Offset] & 0x10000 : 0), run.Page[row.Offset]);
            if (!isTaken) Assert.Equal(run.Words(run.Initial), run.Words(run.Page));
            if (msr == SelfIpi) Assert.Equal((1, 0u), (run.End.Memory[0].Handled[0], run.Page.SelfIpi));
        }
    }

    [Fact]
    public void Emulated_esr_takes_zero() => Assert.Equal(0, new Access(Linux.V5_15, "1x,0m828=0.").Refused);

    [Fact]
    public void All_of_icr_is_written_and_read_at_once()
    {
        foreach (var kernel in (Linux[])[Linux.V5_15, X2Avic.Open])
        {
            var run = new Access(kernel, "1x,0m830=1234567800044031.q830.");
            Assert.Equal((0x44031u, 0x12345678u), (run.Page.IcrLow, run.Page.IcrHigh));
            Assert.Equal((0x44031u, 0x12345678u, 1), (run.End.Vmcb[0].Rax, run.End.Vmcb[0].Rdx, run.End.Memory[0].Handled[0]));
        }
    }

    [Theory]
    [InlineData("q802.")]
    [InlineData("m808=20.")]
    [InlineData("m830=44031.")]
    public void In_xapic_mode_there_are_no_such_msrs(string access)
    {
        var run = new Access(Linux.V5_15, $"1,0{access}");
        Assert.Equal((1, run.Words(run.Initial)), (run.Refused, run.Words(run.Page)));
    }

    // The handler's EOI leaves the guest, too.
    private static bool IsHandled(int msr, string access) => msr == SelfIpi && access[0] == 'm';

    private static bool IsLvt(int msr) => msr is >= 0x832 and <= 0x837;

    private static Row At(int msr) => Rows[msr - 0x800];

    private static uint Hex(string text) => uint.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>A guest's program, run to its end.</summary>
    private sealed class Access
    {
        private readonly Trace _trace;

        public Access(Linux kernel, string programs)
        {
            _trace = Scenario.Parse(kernel, programs).Run(Schedule.RoundRobin, 5_000);
            var left = Enumerable.Range(1, _trace.Steps.Count).Where(i => _trace.State<Machine>(i - 1).Core[0].InGuest && !_trace.State<Machine>(i).Core[0].InGuest).ToList();
            Exits = left.Count;
            if (left.Count > 0) Info1 = _trace.State<Machine>(left[0]).Vmcb[0].ExitInfo1;
        }

        public int Exits { get; }

        public ulong Info1 { get; }

        public Mark Marks => (Mark)_trace.Steps.Aggregate(0u, (marks, step) => marks | step.Marks) & ~(Mark.Handled | Mark.Warned | Mark.TimerStarted);

        public Machine End => _trace.State<Machine>(_trace.Steps.Count);

        public ApicPage Page => End.ApicPage[0];

        public ApicPage Initial => _trace.State<Machine>(0).ApicPage[0];

        public int Refused => End.Memory[0].GeneralProtections;

        public IEnumerable<string> Rows => _trace.Steps.Select(step => step.Row);

        public string Words(ApicPage page) => string.Join(' ', Enumerable.Range(0, 0x40).Select(slot => page[slot << 4].ToString("x", CultureInfo.InvariantCulture)));
    }
}
