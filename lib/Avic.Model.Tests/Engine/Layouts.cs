using System.Runtime.CompilerServices;

namespace Avic.Model.Tests;

public class Layouts
{
    public enum Colour : sbyte
    {
        Red = -1,
        Green,
        Blue,
    }

    [InlineArray(2)]
    public struct Words
    {
        private ushort _first;
    }

    public struct Cpu
    {
        public Words Fifo;
        [Private]
        public byte OwnCount;
        [Term("cr0.ts")]
        public bool Flag;
    }

    [InlineArray(4)]
    public struct Cpus
    {
        private Cpu _first;
    }

    public struct Global
    {
        public uint InhibitReasons;
        public ushort Spare;
        public Colour Paint;
        public byte X2Apic;
    }

    public struct Board
    {
        public ulong Ticks;
        public Words Ring;
        [Private]
        public ushort Mine;
        public byte Loose;
        public sbyte Delta;
        [Term("")]
        public Global Vm;
        [Each("cpu")]
        public Cpus Cpu;
    }

    private static readonly Layout Two = new(typeof(Board), new Dictionary<string, int> { ["cpu"] = 2 });

    [Fact]
    public void Fields_are_named_in_snake_case_by_term_by_element_and_by_array_index() =>
        Assert.Equal(
            ["ticks", "ring[0]", "ring[1]", "mine", "loose", "delta", "inhibit_reasons", "spare", "paint", "x2_apic",
             "cpu0.fifo[0]", "cpu0.fifo[1]", "cpu0.own_count", "cpu0.cr0.ts", "cpu1.fifo[0]", "cpu1.fifo[1]", "cpu1.own_count", "cpu1.cr0.ts"],
            Two.Fields.Select(field => field.Name));

    [Fact]
    public unsafe void Offsets_and_sizes_are_those_of_the_struct()
    {
        Board board = default;
        board.Delta = -5;
        board.Vm.Paint = Colour.Red;
        board.Cpu[1].Fifo[1] = 0xbeef;
        board.Cpu[1].Flag = true;
        var bytes = new ReadOnlySpan<byte>(&board, sizeof(Board)).ToArray();
        Assert.Equal((sizeof(Board), -5, -1, 0xbeef, 1), (Two.Size, Two["delta"].Read(bytes), Two["paint"].Read(bytes), Two["cpu1.fifo[1]"].Read(bytes), Two["cpu1.cr0.ts"].Read(bytes)));
        Assert.Equal((0, 8), (Two["ticks"].Offset, Two["ticks"].Size));
        Assert.Equal("Red", Two["paint"].Show(bytes));
        Assert.Equal(4, Two.Fields.Count(field => field.Read(bytes) != 0));
    }

    [Fact]
    public void Every_integer_type_is_shown_with_its_sign() =>
        Assert.Equal("255 -1 65535 -1 65535 4294967295 -1 18446744073709551615 -1", string.Join(' ', new Layout(typeof(Integers), new Dictionary<string, int>()).Fields
            .OrderBy(field => field.Size).Select(field => field.Show(Enumerable.Repeat((byte)255, 32).ToArray()))));

    public struct Integers
    {
        public ulong A;
        public long B;
        public uint C;
        public int D;
        public ushort E;
        public short F;
        public char G;
        public byte H;
        public sbyte I;
    }

    [Fact]
    public void Loose_scalars_are_one_component_and_each_struct_or_element_is_its_own() =>
        Assert.Equal(
            [("ticks", 0, 16, -1), ("vm", 16, 8, -1), ("cpu0", 24, 6, 0), ("cpu1", 30, 6, 1)],
            Two.Components.Select(c => (c.Name, c.Offset, c.Size, c.Instance)));

    [Fact]
    public void A_field_knows_its_component_and_who_shares_it()
    {
        Assert.Equal(("ticks", "vm", "cpu1"), (Two.Components[Two["delta"].Component].Name, Two.Components[Two["paint"].Component].Name, Two.Components[Two["cpu1.fifo[0]"].Component].Name));
        Assert.Equal(["mine", "cpu0.own_count", "cpu1.own_count"], Two.Fields.Where(field => !field.Shared).Select(field => field.Name));
    }

    [Fact]
    public void Elements_not_in_use_have_neither_fields_nor_components()
    {
        var none = new Layout(typeof(Board), new Dictionary<string, int> { ["cpu"] = 0 });
        Assert.Equal((2, 10, Two.Size), (none.Components.Count, none.Fields.Count, none.Size));
    }

    [Fact]
    public void A_model_adds_a_stack_for_each_thread_and_each_observer()
    {
        var layout = Scenario.Parse(Linux.V5_15, "2,+4").Watched([Property.WaitedRequestIsServedFirst, Property.EveryAccessTakesEffectOnce]).Layout;
        Assert.Equal(["stack of vcpu0", "stack of vcpu1", "stack of vmm0", "owing", "effects"], layout.Components.Select(c => c.Name).Where(name => name.StartsWith("stack") || name is "owing" or "effects"));
        Assert.Equal(["owing.asked[7]", "owing.owing", "effects[0]", "effects[1]", "effects[2]", "effects[3]"], layout.Fields.TakeLast(6).Select(field => field.Name));
    }

    [Fact]
    public void The_machine_speaks_the_kernels_names()
    {
        var names = Scenario.On(Linux.V5_15).Model.Layout.Fields.Select(field => field.Name).ToHashSet();
        foreach (var name in new[] { "apicv_inhibit_reasons", "mmu_notifier_seq", "npt[0xfee00]", "mmu_lock.owner", "vcpu1.apicv_active", "vcpu0.requests", "vcpu1.int_ctl.avic_enable", "vcpu1.tlb[0xfee00]", "core1.in_guest" })
            Assert.Contains(name, names);
        Assert.DoesNotContain("vcpu2.requests", names);
    }
}
