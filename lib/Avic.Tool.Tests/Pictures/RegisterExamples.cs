using Avic.Model;
using Avic.Notebook;

namespace Avic.Tool.Tests;

/// <summary>Registers bit by bit, and vectors: of every kind, and those that are hard to paint.</summary>
internal static class RegisterExamples
{
    public static readonly IReadOnlyDictionary<string, Func<Picture>> All = new Dictionary<string, Func<Picture>>
    {
        ["bits of VMCB interrupt control"] = () => BitField.VmcbInterruptControl(0x8100_0002).Caption("AVIC is on, and the guest's task priority is 2."),
        ["bits of a physical ID table entry"] = () => BitField.PhysicalIdEntry(0xc000_0012_3456_7003),
        ["bits of a physical ID table entry, reserved ones set"] = () => BitField.PhysicalIdEntry(0xe010_0012_3456_7003),
        ["bits of a logical ID table entry"] = () => BitField.LogicalIdEntry(0x8000_0002),
        ["bits of an IRTE"] = () => BitField.Irte(0x0100_0007_0000_03c5, 0x0000_0012_3456_7031),
        ["bits of an IRTE, remapped"] = () => BitField.Irte(0x0000_0000_0000_0301, 0x0000_0000_0000_0031),
        ["bits of an ICR"] = () => BitField.Icr(0x000c_40fd, 0),
        ["bits of my own"] = () => BitField.Of("ticket lock", 32, 0x0005_0003, ("owner", 31..16, "who may enter"), ("next", 15..0, "who asked last")).Caption("Two tickets wait."),
        ["bits of one"] = () => BitField.Of("flag", 1, 1, ("F", 0)),
        ["bits of none"] = () => BitField.Of("", 9, 0),
        ["bits, all 128"] = () => BitField.Of("all ones", 128, UInt128.MaxValue, ("high", 127..64), ("low", 63..0)),
        ["bits, each a field"] = () => BitField.Of("flags", 64, 0xaaaa_5555_ffff_0000, [.. Enumerable.Range(0, 64).Select(bit => new Bits($"FLAG_{bit}", bit, bit))]),
        ["bits, hostile"] = () => BitField.Of(Examples.Hostile, 40, 0x80_0000_0001, (Examples.Hostile, 39..20, Examples.Hostile), ("\ud800\u0000\u202e", 3, "]]>")).Caption(Examples.Hostile),
        ["bits, endless names"] = () => BitField.Of(Examples.Long, 64, 7, (Examples.Long, 63..20, Examples.Long), (new string('W', 10_000), 3, new string('W', 10_000)), ("", 1)).Caption(Examples.Long),
        ["vectors of three registers"] = () => VectorMap.Of("IRR", 0x31, 0x61, 0xec).Add("ISR", 0x61).Add("TMR", 0x31, 0x41).Title("vCPU 1 before its EOI"),
        ["vectors of two registers"] = () => VectorMap.Of("IRR", new uint[] { 0, 0x8000_0001, 0, 0, 0, 0, 0, 1 }).Add("ISR", []),
        ["vectors of one register"] = () => VectorMap.Of("IRR", [0x20, 0x31, 0x61, 0xec, 0xfd]),
        ["vectors, all of them"] = () => VectorMap.Of("IRR", Enumerable.Range(0, 256)).Add("ISR", Enumerable.Range(0, 256)).Add("TMR", Enumerable.Range(0, 256)),
        ["vectors, hostile"] = () => VectorMap.Of(Examples.Hostile, [0x31]).Add(Examples.Long, []).Add("]]>", [0xff]).Title(Examples.Hostile),
        ["vectors over time"] = () => VectorMap.OverTime(Steps()).Title("Two devices and an IPI"),
        ["vectors over time, one register"] = () => VectorMap.OverTime([VectorMap.Of("IRR", [0x31])]),
        ["vectors over time, none"] = () => VectorMap.OverTime([VectorMap.Of("IRR", []), VectorMap.Of("IRR", [])]),
        ["vectors over time, all of them"] = () => VectorMap.OverTime(Enumerable.Range(0, 512).Select(step => VectorMap.Of("IRR", [step % 256]).Add("ISR", [(step + 77) % 256]))),
        ["vectors over a long time"] = () => VectorMap.OverTime(Enumerable.Range(0, 20_000).Select(step => VectorMap.Of("IRR", step % 3 == 0 ? [0x31] : []).Add("ISR", step > 9_000 ? [0x31, 0x41] : [0x41]))),
        ["vectors over time, hostile"] = () => VectorMap.OverTime([VectorMap.Of(Examples.Hostile, [1]).Add(Examples.Long, [2]).Add("", [1])]).Title(Examples.Long),
    };

    /// <summary>Interrupts arrive in IRR, are accepted into ISR by priority, and leave at EOI; 0x31 is level-triggered.</summary>
    public static IEnumerable<VectorMap> Steps()
    {
        (int[] Irr, int[] Isr, int[] Tmr)[] steps =
        [
            ([], [], [0x31]), ([0x31], [], [0x31]), ([], [0x31], [0x31]), ([0x61], [0x31], [0x31]), ([], [0x31, 0x61], [0x31]), ([0xec], [0x31, 0x61], [0x31]), ([], [0x31, 0x61, 0xec], [0x31]),
            ([0x61], [0x31, 0x61], [0x31]), ([0x61], [0x31], [0x31]), ([], [0x31, 0x61], [0x31]), ([], [0x31], [0x31]), ([], [], [0x31]), ([], [], []),
        ];
        return steps.Select(step => VectorMap.Of("IRR", step.Irr).Add("ISR", step.Isr).Add("TMR", step.Tmr));
    }
}
