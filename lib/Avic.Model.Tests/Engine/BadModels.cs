using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Avic.Model.Tests;

/// <summary>What cannot be a model is refused when it is built, with the remedy.</summary>
public unsafe class BadModels
{
    private static readonly Dictionary<string, int> None = [];

    public struct Padded
    {
        public byte Small;
        public uint Large;
        public ushort Middle;
    }

    public struct Outer
    {
        public uint Before;
        public Padded Inner;
    }

    public struct WithPointer
    {
        public int* Where;
    }

    public struct WithHandle
    {
        public nint Where;
    }

    public struct WithFloat
    {
        public float Where;
    }

    public struct WithDouble
    {
        public double Where;
    }

    public struct WithDecimal
    {
        public decimal Where;
    }

    public struct WithText
    {
        public string Where;
    }

    public struct Nothing;

    [StructLayout(LayoutKind.Explicit)]
    public struct Overlaid
    {
        [FieldOffset(0)]
        public byte One;
        [FieldOffset(0)]
        public byte Two;
    }

    [StructLayout(LayoutKind.Auto)]
    public struct Shuffled
    {
        public byte A, B, C, D;
        public uint Large;
    }

    public struct Large
    {
        public ulong A, B, C;
    }

    public struct Byte
    {
        public byte Value;
    }

    [InlineArray(4)]
    public struct Four
    {
        private Byte _first;
    }

    public struct Machines
    {
        [Each("cpu")]
        public Four Cpu;
    }

    public struct EachOfOne
    {
        [Each("cpu")]
        public Byte Cpu;
    }

    [Fact]
    public void Padding_is_refused_with_the_reordered_struct() =>
        Refused("Padded has 5 bytes of padding, whose content is undefined. Order its fields by size and fill the end with 1 bytes of your own: "
            + "struct Padded { UInt32 Large; UInt16 Middle; Byte Small; }", () => new Layout(typeof(Padded), None));

    [Fact]
    public void Padding_inside_is_refused_by_the_inner_structs_name() =>
        Refused("Padded has 5 bytes of padding", () => new Layout(typeof(Outer), None));

    [Fact]
    public void A_pointer_is_refused_in_favour_of_an_index()
    {
        Refused("a pointer has no meaning from one run to the next; store an index instead", () => new Layout(typeof(WithPointer), None));
        Refused("a pointer has no meaning from one run to the next; store an index instead", () => new Layout(typeof(WithHandle), None));
    }

    [Fact]
    public void A_floating_point_number_is_refused_in_favour_of_an_integer()
    {
        Refused("Single: floating point numbers are equal in ways bytes are not; store an integer in a smaller unit", () => new Layout(typeof(WithFloat), None));
        Refused("store an integer in a smaller unit", () => new Layout(typeof(WithDouble), None));
        Refused("store an integer in a smaller unit", () => new Layout(typeof(WithDecimal), None));
    }

    [Fact]
    public void A_class_is_refused()
    {
        Refused("String is a class; a state is one unmanaged struct", () => new Layout(typeof(WithText), None));
        Refused("String is a class; a state is one unmanaged struct", () => new Layout(typeof(string), None));
    }

    [Fact]
    public void An_explicit_layout_is_refused() =>
        Refused("Overlaid has an explicit layout; fields that overlap have no name of their own", () => new Layout(typeof(Overlaid), None));

    [Fact]
    public void A_layout_the_runtime_may_reorder_is_refused() =>
        Refused("Shuffled has an automatic layout", () => new Layout(typeof(Shuffled), None));

    [Fact]
    public void A_state_without_fields_is_refused() =>
        Refused("Nothing has no fields", () => new Layout(typeof(Nothing), None));

    [Fact]
    public void An_observer_with_padding_is_refused()
    {
        var observer = Observer.Of<Byte, Padded>("seen", (ref _, ref readonly _, ref readonly _, _) => { });
        Refused("Padded has 5 bytes of padding", () => One().Watched(observer).Build());
    }

    [Fact]
    public void The_number_of_elements_in_use_must_fit()
    {
        Refused("The model needs a number of 'cpu' from 0 to 4, as Machines.Cpu holds them", () => new Layout(typeof(Machines), None));
        Refused("from 0 to 4", () => new Layout(typeof(Machines), new Dictionary<string, int> { ["cpu"] = 5 }));
        Refused("EachOfOne.Cpu has [Each] but is no inline array", () => new Layout(typeof(EachOfOne), new Dictionary<string, int> { ["cpu"] = 1 }));
    }

    [Fact]
    public void More_than_16_bytes_of_locals_are_refused() =>
        Refused("Large has 24 bytes; locals have 16 at most", () => One(typeof(Large)).Build());

    [Theory]
    [InlineData(typeof(Padded), "Padded has 5 bytes of padding")]
    [InlineData(typeof(WithDouble), "store an integer in a smaller unit")]
    [InlineData(typeof(WithText), "String is a class")]
    [InlineData(typeof(Overlaid), "explicit layout")]
    public void Locals_are_as_strictly_read_as_the_state(Type locals, string told) => Refused(told, () => One(locals).Build());

    [Fact]
    public void Arguments_larger_than_the_locals_are_refused() =>
        Refused("t is given 8 bytes of arguments; the model's locals have 2", () => new ModelBuilder<Byte>("m", Code(Row("a")), default) { Locals = typeof(Byte) }.Thread("t", "r", 1L).Build());

    [Fact]
    public void A_model_without_actors_is_refused() =>
        Refused("m has 0 actors; a model has 1 to 64", () => new ModelBuilder<Byte>("m", Code(Row("a")), default).Build());

    [Fact]
    public void A_model_of_65_actors_is_refused()
    {
        var model = One();
        for (var i = 1; i < 65; i++) model.Unit($"u{i}", "r");
        Refused("m has 65 actors; a model has 1 to 64", () => model.Build());
    }

    [Fact]
    public void Two_actors_of_one_name_are_refused() => Refused("Two actors are called 't'", () => One().Unit("t", "r").Build());

    [Fact]
    public void Two_routines_of_one_name_are_refused() =>
        Refused("Two routines are called r: names are identities", () => new Code<Byte>(new("r", "s", [Row("a")]), new("r", "s", [Row("a")])));

    [Fact]
    public void A_routine_without_rows_is_refused() => Refused("Routine r has no rows: give it at least one", () => Code());

    [Fact]
    public void A_label_in_two_places_is_refused() =>
        Refused("Routine r has the label 'a' in two places: alternatives must stand together", () => Code(Row("a"), Row("b"), Row("a")));

    [Fact]
    public void A_dangling_label_is_told_the_nearest() =>
        Refused("r.look jumps to 'tok', which r lacks. Did you mean 'took'? It has: look, took.",
            () => One(rows: [Row("look") with { To = ["tok"] }, Row("took")]).Build());

    [Fact]
    public void A_dangling_callee_is_told_the_nearest()
    {
        var code = new Code<Byte>(new("r", "s", [Row("a") with { Calls = ["zap_gfn_range"] }]), new("kvm_zap_gfn_range", "s", [Row("a")]), new("other_routine", "s", [Row("a")]));
        Refused("r.a calls 'zap_gfn_range': There is no routine 'zap_gfn_range'. Did you mean 'kvm_zap_gfn_range'?", () => new ModelBuilder<Byte>("m", code, default).Thread("t", "r").Build());
    }

    [Fact]
    public void An_actor_of_no_routine_is_told_the_nearest() =>
        Refused("t starts at 'process': There is no routine 'process'. Did you mean 'proces'?",
            () => new ModelBuilder<Byte>("m", new(new Routine<Byte>("proces", "s", [Row("a")])), default).Thread("t", "process").Build());

    [Fact]
    public void A_control_row_among_alternatives_is_refused() =>
        Refused("r.a is a control row and has alternatives", () => One(rows: [Row("b"), Row("a") with { Control = true }, Row("a")]).Build());

    [Fact]
    public void Control_rows_in_a_circle_are_refused() =>
        Refused("they go round in a circle", () => One(rows: [new("a", "", (ref _, _, e) => e.Goto("a")) { To = ["a"], Control = true }]).Build());

    [Fact]
    public void A_control_row_that_waits_at_the_start_is_refused() =>
        Refused("r.a (s), taken by t: a control row neither waits nor chooses", () => One(rows: [new("a", "", (ref _, _, _) => Flow.Wait) { Control = true }]).Build());

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(-1)]
    public void A_scenario_has_1_to_4_vcpus(int vcpus)
    {
        Refused($"A scenario has 1 to 4 vCPUs, not {vcpus}", () => Scenario.On(Linux.V5_15, vcpus));
        if (vcpus >= 0) Refused($"A scenario has 1 to 4 vCPUs, not {vcpus}", () => Scenario.Parse(Linux.V5_15, $"{vcpus}"));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-1)]
    public void An_unknown_vcpu_is_told_which_there_are(int vcpu)
    {
        Refused($"There is no vCPU {vcpu}: the scenario has vCPUs 0 to 1", () => Scenario.On(Linux.V5_15).Guest(vcpu, g => g));
        Refused($"There is no vCPU {vcpu}: the scenario has vCPUs 0 to 1", () => Scenario.On(Linux.V5_15).Vcpu(vcpu, v => v));
    }

    [Theory]
    [InlineData("2,+4,+4,+4,+4,+4", "up to 4 VMM threads")]
    [InlineData("x", "the number of vCPUs comes first")]
    [InlineData("2,2W1", "there are vCPUs 0 to 1")]
    [InlineData("2,1W256", "a number from 0 to 255 follows 'W'")]
    [InlineData("2,1X1", "'X' is none of W R I")]
    [InlineData("2,+77", "no such reason")]
    [InlineData("2,4", "'4' is none of + -")]
    public void A_scenario_on_one_line_is_told_what_is_wrong(string programs, string told) => Refused(told, () => Scenario.Parse(Linux.V5_15, programs));

    [Fact]
    public void A_fifth_vmm_thread_is_refused()
    {
        var four = Scenario.Parse(Linux.V5_15, "1,,,,");
        Refused("A scenario has up to 4 VMM threads", () => four.Host(h => h));
    }

    private static Row<Byte> Row(string label) => new(label, "text", (ref _, _, _) => Flow.Next);

    private static Code<Byte> Code(params Row<Byte>[] rows) => new(new Routine<Byte>("r", "s", rows));

    private static ModelBuilder<Byte> One(Type? locals = null, Row<Byte>[]? rows = null) =>
        new ModelBuilder<Byte>("m", Code(rows ?? [Row("a")]), default) { Locals = locals }.Thread("t", "r");

    private static void Refused(string told, Func<object> build) =>
        Assert.Contains(told, Assert.Throws<ModelException>(() => { build(); }).Message);
}
