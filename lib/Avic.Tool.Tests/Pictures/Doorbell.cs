using System.Runtime.CompilerServices;
using Avic.Model;

namespace Avic.Tool.Tests;

/// <summary>
/// A small machine for pictures alone: a vCPU in its guest, a VMM thread that takes a lock and kicks it, a core. Its rows
/// never change with the kernel's, so its pictures may be compared byte for byte.
/// </summary>
public static class Doorbell
{
    public struct State
    {
        public ushort Word;
        public Model.KernelLock BigLock;

        [Each("vcpu")]
        public Vcpus Vcpu;

        [Each("core")]
        public Cores Core;
    }

    [InlineArray(1)]
    public struct Vcpus
    {
        private Vcpu _first;
    }

    [InlineArray(1)]
    public struct Cores
    {
        private Core _first;
    }

    public struct Vcpu
    {
        [Term("int_ctl.avic_enable")]
        public bool AvicEnable;
        public Mood Mood;
    }

    public struct Core
    {
        public bool InGuest;
        [Signal(Signal.Call)]
        public byte PendingCalls;
    }

    public enum Mood : byte
    {
        Calm,
        Hurried,
    }

    /// <summary>The machine; its VMM thread, one routine and one label bear whatever name is asked for.</summary>
    public static Model.Model Of(string thread = "vmm0", string routine = "ioctl", string label = "look")
    {
        var code = new Code<State>(
            new Routine<State>("run", "doorbell", [
                Row("enter", "VMRUN", (ref s, _, _) => { s.Core[0].InGuest = true; return Flow.Next; }),
                Row("out", "exit = guest()", (ref s, _, _) => s.Core[0].InGuest ? Flow.Wait : Flow.Next),
                Row("off", "avic = 0", (ref s, _, _) => { s.Vcpu[0].AvicEnable = false; return Flow.Next; }),
                Row("hurry", "mood = HURRIED", (ref s, _, _) => { s.Vcpu[0].Mood = Mood.Hurried; return Flow.Next; }),
                Row("again", "VMRUN", (ref s, _, _) => { s.Core[0].InGuest = true; return Flow.Next; }),
                Row("boom", "*page = 7", (ref s, _, _) => { s.Word = 7; return Flow.Next; }),
            ]),
            new Routine<State>(routine, "doorbell", [
                Row("lock", "lock(&big_lock)", (ref s, i, _) => { if (!s.BigLock.IsFree) return Flow.Wait; s.BigLock.Owner = (byte)(i + 1); return Flow.Next; }),
                Row(label, "a", (ref _, _, _) => Flow.Next),
                Row("look2", "b", (ref _, _, _) => Flow.Next),
                Row("look3", "c", (ref _, _, _) => Flow.Next),
                Row("word", "word = 3", (ref s, _, _) => { s.Word = 3; return Flow.Next; }),
                Row("ipi", "send_IPI(core)", (ref s, i, _) => { s.Core[0].PendingCalls |= (byte)(1 << i); return Flow.Next; }),
                Row("wait", "csd_lock_wait()", (ref s, _, _) => s.Core[0].PendingCalls != 0 ? Flow.Wait : Flow.Next),
                Row("unlock", "unlock(&big_lock)", (ref s, _, _) => { s.BigLock.Owner = 0; return Flow.Next; }),
            ]),
            new Routine<State>("core", "doorbell", [
                Row("intr", "#VMEXIT(INTR)", (ref s, _, _) => { if (s.Core[0].PendingCalls == 0 || !s.Core[0].InGuest) return Flow.Wait; s.Core[0].InGuest = false; return Flow.Next; }),
                Row("ack", "ack()", (ref s, _, _) => { if (s.Core[0].PendingCalls == 0 || s.Core[0].InGuest) return Flow.Wait; s.Core[0].PendingCalls = 0; return Flow.Next; }),
            ]));
        State initial = default;
        initial.Vcpu[0].AvicEnable = true;
        return new ModelBuilder<State>("Doorbell", code, initial).Thread("vcpu0", "run").Thread(thread, routine).Unit("core0", "core").Count("vcpu", 1).Count("core", 1).Build();
    }

    /// <summary>A run with a kick, a lock, a collapsed stretch and a boom.</summary>
    public static Trace Trace(Model.Model? model = null, string? violation = "page-is-never-touched", string title = "1 vCPU, 1 kick · Doorbell") =>
        Model.Trace.Replay(model ?? Of(), [Vcpu0, Vmm0, Vmm0, Vmm0, Vmm0, Vmm0, Vmm0, OfCore(0), OfCore(1), Vmm0, Vcpu0, Vcpu0, Vcpu0, Vmm0, Vcpu0, Vcpu0], title, violation);

    private static Move Vcpu0 => new(0, 0, 0);

    private static Move Vmm0 => new(1, 0, 0);

    private static Move OfCore(byte row) => new(2, row, 0);

    private static Row<State> Row(string label, string text, Effect<State> effect) => new(label, text, effect);
}
