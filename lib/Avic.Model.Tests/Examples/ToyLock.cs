using Avic.Model;

namespace Avic.Examples;

/// <summary>A student's first model, whole: two processes and a lock of one byte.</summary>
/// <remarks>
/// The state is a struct, a row is one atomic step, and a label is where a process stands before that row. Testing the byte in one
/// row and setting it in the next is broken: both may test before either sets. One row that exchanges is the fix.
/// </remarks>
public static class ToyLock
{
    /// <summary>What the two share.</summary>
    public struct Memory
    {
        public byte Taken;
    }

    /// <summary>Look, then take: two rows, so somebody may come between.</summary>
    public static Model.Model Broken { get; } = Of("toy-lock",
        new("look", "while (taken);", (ref m, _, _) => m.Taken == 0 ? Flow.Next : Flow.Wait),
        new("take", "taken = 1;", (ref m, _, _) =>
        {
            m.Taken = 1;
            return Flow.Next;
        }));

    /// <summary>Look and take in one row, as xchg does.</summary>
    public static Model.Model Fixed { get; } = Of("toy-lock-xchg",
        new Row<Memory>("take", "while (xchg(&taken, 1));", (ref m, _, _) =>
        {
            if (m.Taken != 0) return Flow.Wait;
            m.Taken = 1;
            return Flow.Next;
        })
        { Order = Order.Locked });

    /// <summary>A process stands at "leave" exactly while it is in its critical section.</summary>
    public static Property Exclusion { get; } = Property.Named("mutual-exclusion", "Never two in the critical section.")
        .Never(Term.Of<Memory>("both are in the critical section", (ref readonly _, e) => e.Position(0) == "process.leave" && e.Position(1) == "process.leave"));

    private static Model.Model Of(string name, params Row<Memory>[] enter)
    {
        var process = new Routine<Memory>("process", "a student's notebook",
        [
            .. enter,
            new("leave", "taken = 0;", (ref m, _, e) =>
            {
                m.Taken = 0;
                return e.Goto(enter[0].Label);
            }) { To = [enter[0].Label] },
        ]);
        return new ModelBuilder<Memory>(name, new(process), default).Thread("p0", "process").Thread("p1", "process").Build();
    }
}
