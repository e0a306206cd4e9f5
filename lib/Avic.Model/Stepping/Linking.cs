using System.Runtime.InteropServices;
using System.Text;

namespace Avic.Model;

/// <summary>What is linked into a <see cref="Model"/>: code, an initial state, actors and observers.</summary>
/// <param name="name">What the code is called; tokens carry it.</param>
/// <param name="code">The routines.</param>
/// <param name="initial">The initial state.</param>
public sealed class ModelBuilder<TState>(string name, Code<TState> code, TState initial) where TState : unmanaged
{
    internal readonly List<(string Name, string Routine, byte[] Arguments)> Threads = [];
    internal readonly List<(string Name, string Routine)> Units = [];
    internal readonly List<Observer> Observers = [];
    internal readonly Dictionary<string, int> Counts = [];

    internal string Name => name;
    internal Code<TState> Code => code;
    internal TState Initial => initial;

    /// <summary>The one type of locals that all frames share: unmanaged, 16 bytes at most.</summary>
    public Type? Locals { get; init; }

    /// <summary>What rows may look up but never change: programs, tables. Its text is part of the model's fingerprint.</summary>
    public object? Data { get; init; }

    /// <summary>Adds a thread that starts at a routine.</summary>
    public ModelBuilder<TState> Thread(string thread, string routine)
    {
        Threads.Add((Given.Value(thread), Given.Value(routine), []));
        return this;
    }

    /// <summary>Adds a thread that starts at a routine with arguments in its locals.</summary>
    public ModelBuilder<TState> Thread<T>(string thread, string routine, T arguments) where T : unmanaged
    {
        Threads.Add((Given.Value(thread), Given.Value(routine), MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in arguments)).ToArray()));
        return this;
    }

    /// <summary>Adds a unit that offers the rows of a routine.</summary>
    public ModelBuilder<TState> Unit(string unit, string routine)
    {
        Units.Add((Given.Value(unit), Given.Value(routine)));
        return this;
    }

    /// <summary>Adds an observer.</summary>
    public ModelBuilder<TState> Watched(Observer observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        if (Observers.Find(known => known.Name == observer.Name) is { } other && other != observer)
            throw new ModelException($"Two observers are called '{observer.Name}': names are how properties find them.");
        if (!Observers.Contains(observer)) Observers.Add(observer);
        return this;
    }

    /// <summary>Says how many elements of an <see cref="EachAttribute"/> array are in use.</summary>
    public ModelBuilder<TState> Count(string each, int count)
    {
        Counts[Given.Value(each)] = count;
        return this;
    }

    /// <summary>Links it.</summary>
    /// <exception cref="ModelException">A label or callee dangles, a struct has padding, there is no actor, a stack is too deep.</exception>
    public Model Build() => Model.Link(this);
}

public sealed unsafe partial class Model
{
    /// <summary>Frames a thread's stack may hold.</summary>
    public const int DeepestStack = 10;

    internal static Model Link<TState>(ModelBuilder<TState> from) where TState : unmanaged
    {
        if (from.Threads.Count + from.Units.Count is 0 or > 64)
            throw new ModelException($"{from.Name} has {from.Threads.Count + from.Units.Count} actors; a model has 1 to 64.");
        if (from.Locals is not null) Layout.Refuse(from.Locals);
        var localsSize = from.Locals is null ? 0 : (Layout.SizeOf(from.Locals) + 1) & ~1;
        if (localsSize > 16) throw new ModelException($"{from.Locals!.Name} has {localsSize} bytes; locals have 16 at most, for every frame of every state carries them.");

        var actors = from.Threads.Select(t => (t.Name, t.Routine, true)).Concat(from.Units.Select(u => (u.Name, u.Routine, false)))
            .Select((a, i) => new Actor(i, a.Name, a.Item3, a.Routine)).ToList();
        if (actors.GroupBy(a => a.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ModelException($"Two actors are called '{twice.Key}'.");
        var model = new Model(from.Name, new(typeof(TState), from.Counts), actors, localsSize) { StateSize = sizeof(TState), Instances = from.Counts.Values.FirstOrDefault(), Data = from.Data };
        model.KnownRows = [.. from.Code.Routines.SelectMany(routine => routine.Rows.Select(row => $"{routine.Name}.{row.Label}"))];
        var starts = model.LinkRows(from.Code, actors);
        model.Place(from, starts);
        model.Initial = Stepper.Settle(model);
        return model;
    }

    private Dictionary<string, int> LinkRows<TState>(Code<TState> code, List<Actor> actors) where TState : unmanaged
    {
        // Only what the actors can reach is linked, callers before callees.
        List<Routine<TState>> reached = [];
        Dictionary<string, int> numbers = new(StringComparer.Ordinal);
        void Reach(string name, string because)
        {
            if (numbers.ContainsKey(name)) return;
            Routine<TState> routine;
            try { routine = code[name]; }
            catch (ModelException missing) { throw new ModelException($"{because}: {missing.Message}"); }
            if (!numbers.TryGetValue(routine.Name, out var number))
            {
                number = numbers[routine.Name] = reached.Count;
                reached.Add(routine);
                foreach (var row in routine.Rows)
                {
                    foreach (var callee in row.Calls) Reach(callee, $"{routine.Name}.{row.Label} calls '{callee}'");
                    foreach (var injected in row.Injects) Reach(injected, $"{routine.Name}.{row.Label} injects '{injected}'");
                }
            }
            numbers[name] = number;
        }
        foreach (var actor in actors) Reach(actor.Routine, $"{actor.Name} starts at '{actor.Routine}'");

        List<LinkedRow> rows = [new LinkedRow<TState>((ref _, _, _) => Flow.Wait)
            { Index = 0, RoutineIndex = -1, RoutineName = "", Label = "none", Text = "", Source = "", To = [], Calls = [] }];
        Dictionary<(int, string), ushort> labels = [];
        var firsts = new ushort[reached.Count];
        for (var r = 0; r < reached.Count; r++)
        {
            var routine = reached[r];
            firsts[r] = (ushort)rows.Count;
            foreach (var row in routine.Rows)
            {
                if (rows.Count >= ushort.MaxValue) throw new ModelException("More than 65 534 rows.");
                labels.TryAdd((r, row.Label), (ushort)rows.Count);
                rows.Add(new LinkedRow<TState>(row.Effect, row.CoveredWhen)
                {
                    Index = (ushort)rows.Count,
                    RoutineIndex = r,
                    RoutineName = routine.Name,
                    Label = row.Label,
                    Text = row.Text,
                    Source = row.Source ?? routine.Source,
                    To = [.. row.To],
                    Calls = [.. row.Calls],
                    Injects = [.. row.Injects],
                    Order = row.Order,
                    May = row.May,
                    Private = row.Private,
                    Covered = row.Covered,
                    CoveredAtTimes = row.CoveredWhen is not null,
                    Control = row.Control,
                    Dropped = row.Dropped,
                    TellsItsParts = row.Effect.Target is ITellsItsParts && row.Effect.GetInvocationList().Length == 1,
                    Undisturbed = row.Undisturbed,
                });
            }
            rows.Add(new LinkedRow<TState>((ref _, _, _) => Flow.Wait)
            {
                Index = (ushort)rows.Count,
                RoutineIndex = r,
                RoutineName = routine.Name,
                Label = "end",
                Text = "",
                Source = routine.Source,
                To = [],
                Calls = [],
                IsEnd = true,
            });
        }
        foreach (var row in rows.Skip(1).Where(row => !row.IsEnd))
        {
            var next = row.Index + 1;
            while (!rows[next].IsEnd && rows[next].Label == row.Label) next++;
            row.Next = (ushort)next;
            row.Alternatives = next - row.Index;
            if (row.Alternatives > 1 && Enumerable.Range(row.Index, row.Alternatives).Any(i => rows[i].Control))
                throw new ModelException($"{row.Id} is a control row and has alternatives: a control row is no step, so there is nothing to choose between. Make it a step, or its label its own.");
            row.ToRows = [.. row.To.Select(label => labels.TryGetValue((row.RoutineIndex, label), out var at) ? at
                : throw new ModelException($"{row.Id} jumps to '{label}', which {row.RoutineName} lacks. {Nearest.To(label, reached[row.RoutineIndex].Labels)}"))];
            row.CalleeRoutines = [.. row.Calls.Select(callee => numbers[callee])];
            row.CalleeRows = [.. row.CalleeRoutines.Select(r => firsts[r])];
            row.InjectedRows = [.. row.Injects.Select(injected => firsts[numbers[injected]])];
        }
        Rows = [.. rows];
        var calls = reached.Select((routine, r) => rows.Where(row => row.RoutineIndex == r).SelectMany(row => row.CalleeRoutines).Distinct().ToArray()).ToArray();
        var deepest = new int[reached.Count];
        int Depth(int routine, int above)
        {
            if (above >= DeepestStack) return above; // recursion: the running stack is checked
            if (deepest[routine] == 0)
                deepest[routine] = 1 + calls[routine].Select(callee => Depth(callee, above + 1)).DefaultIfEmpty(0).Max();
            return deepest[routine];
        }
        Injects = rows.Any(row => row.Injects.Length > 0);
        // What a unit injects comes on top of whatever a thread is in.
        var injected = rows.SelectMany(row => row.Injects).Distinct().Select(name => Depth(numbers[name], 0)).DefaultIfEmpty(0).Max();
        Depths = [.. actors.Where(a => a.IsThread).Select(a => Math.Min(DeepestStack, Depth(numbers[a.Routine], 0) + injected))];
        UnitRows = [.. actors.Select(a => a.IsThread ? Array.Empty<LinkedRow>() : [.. rows.Where(row => row.RoutineIndex == numbers[a.Routine] && !row.IsEnd)])];
        return actors.Where(a => a.IsThread).ToDictionary(a => a.Name, a => (int)firsts[numbers[a.Routine]]);
    }

    // The state's struct, then a stack for each thread, then the observers.
    private void Place<TState>(ModelBuilder<TState> from, Dictionary<string, int> starts) where TState : unmanaged
    {
        var size = StateSize;
        Stacks = new int[from.Threads.Count];
        OwnBlocks = new ulong[Actors.Count];
        for (var t = 0; t < Stacks.Length; t++)
        {
            size = (size + 1) & ~1;
            Stacks[t] = size;
            var bytes = Engine.StackHead + Depths[t] * FrameSize;
            Layout.Add(new($"stack of {from.Threads[t].Name}", size, bytes, t) { IsStack = true }, null, "", shared: false);
            OwnBlocks[t] = Blocks.Of(size, bytes);
            size += bytes;
        }
        var observersFrom = size;
        Observers = new Observer[from.Observers.Count];
        for (var o = 0; o < Observers.Length; o++)
        {
            size = (size + 7) & ~7;
            var observer = Observers[o] = from.Observers[o].At(size);
            Layout.Add(new(observer.Name, size, observer.Size, -1), observer.SeenType, observer.Name, shared: true);
            for (var actor = 0; actor < OwnBlocks.Length; actor++) OwnBlocks[actor] |= Blocks.Of(size, observer.Size);
            size += observer.Size;
        }
        VectorSize = (size + Blocks.Size - 1) & -Blocks.Size;

        IsStored = new bool[VectorSize];
        foreach (var component in Layout.Components) Array.Fill(IsStored, true, component.Offset, component.Size);
        Initial = new byte[VectorSize];
        var initial = from.Initial;
        MemoryMarshal.AsBytes(new ReadOnlySpan<TState>(in initial)).CopyTo(Initial);
        for (var t = 0; t < Stacks.Length; t++)
        {
            var stack = Initial.AsSpan(Stacks[t]);
            stack[0] = 1;
            BitConverter.TryWriteBytes(stack[Engine.StackHead..], (ushort)starts[from.Threads[t].Name]);
            var arguments = from.Threads[t].Arguments;
            if (arguments.Length > LocalsSize)
                throw new ModelException($"{from.Threads[t].Name} is given {arguments.Length} bytes of arguments; the model's locals have {LocalsSize}.");
            arguments.CopyTo(stack[(Engine.StackHead + Engine.FrameHead)..]);
        }
        var identity = new StringBuilder(Name).Append(Data);
        foreach (var row in Rows) identity.Append('|').Append(row.Id).Append(row.Text).Append(row.Dropped).Append(row.May);
        foreach (var actor in Actors) identity.Append('|').Append(actor.Name).Append(actor.Routine);
        var hash = 14695981039346656037UL;
        // Of the state what the scenario has: a part of the machine that it leaves out may come to be without any token's growing old.
        foreach (var b in (byte[])[.. Encoding.UTF8.GetBytes(identity.ToString()), .. Initial.Where((_, at) => at < observersFrom && IsStored[at])]) hash = (hash ^ b) * 1099511628211UL;
        Fingerprint = (hash >> 48).ToString("x4", System.Globalization.CultureInfo.InvariantCulture);
    }
}
