using System.Runtime.CompilerServices;
using Avic.Model;
using Avic.Notebook;

namespace Avic.Tool.Tests;

public class RegisterFacts
{
    [Fact]
    public void A_physical_ID_table_entry_in_letters() =>
        Assert.Equal("""
            physical ID table entry = 0xc000001234567003
            eight bytes for each guest physical APIC ID
            63       V             1          the entry is valid
            62       IR            1          IsRunning: the vCPU is scheduled on the
                                              core below; not that it is in guest mode
            51:12    BACKING_PAGE  0x1234567  host-physical frame of the vCPU's virtual
                                              APIC page
            11:0     HOST_APIC_ID  0x3        the core's physical APIC ID, where
                                              doorbells go; means nothing unless IR is
                                              set
            AMD64 APM vol. 2, 15.29; arch/x86/kvm/svm/avic.c, v6.19

            """, BitField.PhysicalIdEntry(0xc000_0012_3456_7003).ToText());

    [Fact]
    public void Every_register_of_the_manuals_is_painted_with_its_texts_apart()
    {
        foreach (var layout in BitLayout.Known)
            foreach (var value in (UInt128[])[0, layout.Checked(UInt128.MaxValue >> 128 - layout.Width), ~layout.Reserved & UInt128.MaxValue >> 128 - layout.Width])
                EveryPicture.KeepsApart(BitField.Of(layout, value));
    }

    [Fact]
    public void Any_division_of_any_register_is_painted_with_its_texts_apart()
    {
        var random = new Random(8);
        for (var round = 0; round < 300; round++)
        {
            var width = random.Next(1, 129);
            List<Bits> fields = [];
            for (var low = random.Next(4); low < width; low += random.Next(1, 5) == 1 ? random.Next(1, 9) : 0)
            {
                var high = Math.Min(low + random.Next(0, random.Next(1, 40)), width - 1);
                fields.Add(new($"{new string("VMi_1"[random.Next(5)], random.Next(1, 25))}{low}", high, low, new('m', random.Next(0, 80))));
                low = high + 1;
            }
            EveryPicture.KeepsApart(BitField.Of("r", width, new UInt128((ulong)random.NextInt64(), (ulong)random.NextInt64()) >> 128 - width, [.. fields]));
        }
    }

    [Fact]
    public void Every_field_stands_in_the_picture_by_name_and_number()
    {
        var svg = BitField.Irte(0x0100_0007_0000_03c5, 0x0000_0012_3456_7031).ToSvg();
        Assert.All((string[])[">GA_ROOT_PTR</text>", ">115:76</text>", ">0x1234567</text>", ">GA_TAG</text>", ">0x1000007</text>", ">127</text>", ">VECTOR</text>", ">0x31</text>"],
            text => Assert.Contains(text, svg, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0x81, "IRTE")]
    [InlineData(0x01, "IRTE, remapped")]
    public void Bit_7_of_an_IRTE_says_which_form_it_has(ulong low, string form) =>
        Assert.StartsWith($"{form} = 0x", BitField.Irte(low, 0).ToText(), StringComparison.Ordinal);

    [Fact]
    public void The_halves_of_an_ICR_are_those_of_the_APICs_page() =>
        Assert.StartsWith("ICR = 0x05000000000c40fd", BitField.Icr(0x000c_40fd, 0x0500_0000).ToText(), StringComparison.Ordinal);

    [Fact]
    public void Reserved_bits_that_are_set_are_said()
    {
        Assert.Contains("reserved bits are set: 0x2010000000000000", BitField.PhysicalIdEntry(0xe010_0000_0000_0000).ToText(), StringComparison.Ordinal);
        Assert.DoesNotContain("are set", BitField.PhysicalIdEntry(0xc000_0000_0000_0000).ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_bits_are_errors_that_say_what_is_wrong()
    {
        Says("0x100 is too large for flags, which has 8 bits.", () => BitField.Of("flags", 8, 0x100));
        Says("'b' (bits 5:2) and 'a' (bits 3:0) of flags overlap.", () => BitField.Of("flags", 8, 0, ("a", 3..0), ("b", 5..2)));
        Says("'a' of flags has bits 8; the register has bits 7:0.", () => BitField.Of("flags", 8, 0, ("a", 8)));
        Says("'a' of flags goes from bit 3 up to 7: the high bit comes first, 7..3.", () => BitField.Of("flags", 8, 0, ("a", 3..7)));
        Says("'a' of flags has bits -1; the register has bits 7:0.", () => BitField.Of("flags", 8, 0, ("a", -1)));
        Says("Bits are counted from 0, high to low: 51..12, not ^1.", () => BitField.Of("flags", 8, 0, ("a", ^1..0)));
        Says("'a' of flags has 65 bits; a field has 64 at most. Make two of it.", () => BitField.Of("flags", 128, 0, ("a", 64..0)));
        Says("flags has two fields called 'a'.", () => BitField.Of("flags", 8, 0, ("a", 0), ("a", 1)));
        Says("'flags' cannot have 0 bits: 1 to 128.", () => BitField.Of("flags", 0, 0));
        Says("Did you mean 'physical ID table entry'?", () => BitField.Of("physical ID table enty", 0));
    }

    [Fact]
    public void Words_and_vectors_make_the_same_map() =>
        Assert.Equal(VectorMap.Of("IRR", [0x20, 0x3f, 0xe0]).ToSvg(), VectorMap.Of("IRR", new uint[] { 0, 0x8000_0001, 0, 0, 0, 0, 0, 1 }).ToSvg());

    [Fact]
    public void A_map_in_letters_has_a_line_for_each_priority_class()
    {
        var lines = VectorMap.Of("IRR", [0x31, 0xec]).Add("ISR", [0x61]).ToText().Split('\n');
        Assert.Equal("     IRR               ISR", lines[0]);
        Assert.Equal("0x3_ .#..............  ................", lines[5]);
        Assert.Equal("0x6_ ................  .#..............", lines[8]);
        Assert.Equal(["IRR: 0x31, 0xec · highest 0xec", "ISR: 0x61", ""], lines[18..]);
    }

    [Fact]
    public void Vectors_over_time_in_letters() =>
        Assert.Equal("""
            0x31 IRR |.#...........
                 ISR |..#########..
                 TMR |############.
            0x61 IRR |...#...##....
                 ISR |....####.#...
            0xec IRR |.....#.......
                 ISR |......#......
                     +-------------
                      0          12 steps

            """, VectorMap.OverTime(RegisterExamples.Steps()).ToText());

    [Fact]
    public void Bad_vectors_are_errors_that_say_what_is_wrong()
    {
        Says("IRR: 256 is no vector; they go from 0 to 255.", () => VectorMap.Of("IRR", [256]));
        Says("ISR: -1 is no vector", () => VectorMap.Of("IRR", [1]).Add("ISR", [-1]));
        Says("IRR has eight words of 32 vectors, not 7.", () => VectorMap.Of("IRR", new uint[7]));
        Says("A map tells 3 registers apart; d would be one more.", () => VectorMap.Of("a", []).Add("b", []).Add("c", []).Add("d", []));
        Says("There are no steps", () => VectorMap.OverTime([]));
        Says("Step 1 has ISR, the first step IRR", () => VectorMap.OverTime([VectorMap.Of("IRR", []), VectorMap.Of("ISR", [])]));
    }

    public struct Apic
    {
        public uint Tpr;
        public Words Irr;
    }

    [InlineArray(8)]
    public struct Words
    {
        private uint _first;
    }

    [Fact]
    public void Vectors_of_a_trace_are_read_from_an_array_of_256_bits_in_its_state()
    {
        var code = new Code<Apic>(new Routine<Apic>("device", "", [
            new("post", "irr |= 1 << 1", (ref s, _, _) => { s.Irr[1] |= 1u << 17; return Flow.Next; }),
            new("post7", "irr |= 1 << 31", (ref s, _, _) => { s.Irr[7] |= 1u << 31; return Flow.Next; }),
            new("take", "irr &= ~1", (ref s, _, _) => { s.Irr[1] = 0; return Flow.Next; })]));
        var model = new ModelBuilder<Apic>("Apic", code, default).Thread("device0", "device").Build();
        var trace = Trace.Replay(model, [new(0, 0, 0), new(0, 0, 0), new(0, 0, 0)]);
        Assert.Equal("""
            0x31 irr |.##.
            0xff irr |..##
                     +----
                      0  3 steps

            """, trace.Vectors("irr").ToText());
        Says("The state has no field 'isr[0]'. Did you mean 'irr[0]'?", () => trace.Vectors("isr"));
        Says("Vectors of which registers?", () => trace.Vectors());
        Says("'tpr' is no array of 256 bits", () => trace.Vectors("tpr"));
    }

    private static void Says(string words, Func<object> make) => Assert.Contains(words, Assert.Throws<ModelException>(make).Message, StringComparison.Ordinal);
}
