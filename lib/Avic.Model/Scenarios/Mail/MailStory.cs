namespace Avic.Model;

/// <summary>The smallest thing a line asks for: a row, something that holds, an outcome, or a pause.</summary>
internal sealed class MailAtom
{
    public required int Line { get; init; }
    public required MailAtomKind Kind { get; init; }
    public required bool[] Rows { get; init; }
    public ulong Actors { get; init; }
    public int Vcpu { get; init; }
    public MailHolds? Predicate { get; init; }
    public uint Marks { get; init; }
    public required MailPhrase Phrase { get; init; }
    public (int Actor, int Call)? Call { get; init; }

    /// <summary>True if the row just taken, which is one of <see cref="Rows"/>, is what the line says.</summary>
    public bool Fits(ref readonly Machine after, Engine engine, ref ByteForEachThread started, ref ByteForEachThread finished)
    {
        var actor = engine.Actor;
        if ((Actors >> actor & 1) == 0 || (Marks != 0 && (Marks & engine.Marks) == 0) || !Phrase.IsToldBy(engine)) return false;
        // The row that ends a call is still of it.
        if (Call is var (caller, call) && (actor != caller || started[caller] != call + 1 || finished[caller] > call + 1)) return false;
        return Predicate?.Invoke(in after, Vcpu, actor) ?? true;
    }

    /// <summary>True if it needs no row of its own here. The engine is that of the row just taken, null at the beginning.</summary>
    public bool Holds(ref readonly Machine state, Engine? engine) => Kind switch
    {
        MailAtomKind.Pause => true,
        MailAtomKind.Outcome => engine is not null && (engine.Marks & Marks) != 0,
        _ => Predicate!(in state, Vcpu, -1),
    };
}

internal enum MailAtomKind { Row, State, Outcome, Pause }

/// <summary>A position in a diagram.</summary>
internal sealed class MailNode(int index)
{
    public int Index => index;
    public List<(MailAtom Atom, int Target)> Rows { get; } = [];
    public List<(MailAtom Atom, int Target)> Stills { get; } = [];
    public List<int> Skips { get; } = [];
    public List<int> SkipLines { get; } = [];

    /// <summary>Actors that a pause stops here.</summary>
    public ulong Paused { get; set; }

    /// <summary>Lines done before it.</summary>
    public int Done { get; set; }

    /// <summary>Lines that may come next, one for each column at most.</summary>
    public List<int> Next { get; } = [];

    /// <summary>Calls that lines from here on still wait for; whether for their first row.</summary>
    public List<(int Actor, int Call, bool Begins)> Calls { get; } = [];
}

/// <summary>A diagram as positions and what leads from one to the next. Lines that stand side by side have no order.</summary>
internal sealed class MailStory
{
    private const int MostNodes = MailPositions.Words * 64 / 2;

    private readonly List<MailNode> _nodes = [];
    private readonly Dictionary<string, int> _known = [];
    private readonly List<List<List<MailAtom>>> _groups = []; // group, column, atom
    private readonly int _columns;
    private readonly MailCast _cast;
    private readonly ushort _first, _last;

    /// <summary>Lays a diagram out for a cast.</summary>
    /// <exception cref="ModelException">It has more positions than are followed.</exception>
    public MailStory(IReadOnlyList<MailLine> judged, MailCast cast, Model model)
    {
        (Lines, _cast) = (judged, cast);
        var request = model.Rows.Where(row => row.RoutineName == MailTable.Request && row is { IsEnd: false, Control: false }).ToList();
        (_first, _last) = request.Count == 0 ? ((ushort)0, (ushort)0) : (request[0].Index, request[^1].Index);
        _columns = judged.Count == 0 ? 0 : judged.Max(line => line.Column) + 1;
        for (var i = 0; i < judged.Count;)
        {
            var number = judged[i].Number;
            List<List<MailAtom>> group = [.. Enumerable.Range(0, _columns).Select(_ => new List<MailAtom>())];
            for (; i < judged.Count && judged[i].Number == number; i++) group[judged[i].Column].AddRange(AtomsOf(i, model));
            _groups.Add(group);
        }
        Grow();
    }

    public IReadOnlyList<MailLine> Lines { get; }
    public IReadOnlyList<MailNode> Nodes => _nodes;
    public int Start => 0;
    public int End { get; private set; }

    /// <summary>Counts the calls of a thread; true if the row begins or ends one.</summary>
    public bool Count(Engine engine, ref ByteForEachThread started, ref ByteForEachThread finished)
    {
        var row = engine.Row.Index;
        if (row == 0 || (row != _first && row != _last) || engine.Actor >= 8) return false;
        if (row == _first) started[engine.Actor]++;
        else finished[engine.Actor]++;
        return true;
    }

    private IEnumerable<MailAtom> AtomsOf(int index, Model model)
    {
        var line = Lines[index];
        var phrase = line.Phrase!;
        MailAtom Atom(MailAtomKind kind, Func<LinkedRow, bool> rows) => new()
        {
            Line = index,
            Kind = kind,
            Rows = [.. model.Rows.Select(row => row is { Index: > 0, IsEnd: false } && rows(row))],
            Actors = phrase.IsOutcome ? ulong.MaxValue : _cast.ActorsOf(line.Column) | 1UL << _cast.VcpuOf(line),
            Vcpu = _cast.VcpuOf(line),
            Predicate = phrase.Holds,
            Marks = (uint)phrase.Marks,
            Phrase = phrase,
            Call = line.Rows.All(row => row.StartsWith("kvm_vcpu_update_apicv", StringComparison.Ordinal)) && !line.IsSpan ? null : CallOf(line),
        };
        return line switch
        {
            { Kind: MailLineKind.Pause } => [Atom(MailAtomKind.Pause, _ => false)],
            { IsSpan: true } => [Atom(MailAtomKind.Row, row => row.Index == _first), Atom(MailAtomKind.Row, row => row.Index == _last)],
            _ when phrase.IsOutcome => [Atom(MailAtomKind.Outcome, _ => false)],
            { Rows.Count: > 0 } => [Atom(MailAtomKind.Row, row => line.Rows.Contains(row.Id) && row.Text.StartsWith(phrase.RowText, StringComparison.Ordinal))],
            _ => [Atom(MailAtomKind.State, _ => false)],
        };
    }

    // Only what the call itself does is bound to it; a request that its own vCPU serves comes later.
    private (int, int)? CallOf(MailLine line) =>
        line.IsSpan || line.Rows.All(row => row.Split('.')[0] is MailTable.Request or "__kvm_request_apicv_update" or "kvm_make_all_cpus_request" or "kvm_zap_gfn_range")
            ? _cast.CallOf(line.Toggle) : null;

    private void Grow()
    {
        Queue<(int Group, int[] At, ulong Paused, int Index)> open = new();
        int NodeOf(int group, int[] at, ulong paused)
        {
            while (group < _groups.Count && Done(group, at)) (group, at) = (group + 1, new int[_columns]);
            var key = $"{group}/{string.Join(',', at)}/{paused}";
            if (_known.TryGetValue(key, out var known)) return known;
            if (_nodes.Count == MostNodes) throw new ModelException($"The diagram has more than {MostNodes} positions; judge it in parts, or leave out lines side by side.");
            _nodes.Add(new(_nodes.Count));
            open.Enqueue((group, at, paused, _nodes.Count - 1));
            return _known[key] = _nodes.Count - 1;
        }
        NodeOf(0, new int[_columns], 0);
        while (open.TryDequeue(out var place))
        {
            var (group, at, paused, index) = place;
            var node = _nodes[index];
            if (group == _groups.Count)
            {
                End = index; // one only: behind the last line no pause is remembered
                continue;
            }
            for (var column = 0; column < _columns; column++)
            {
                var atoms = _groups[group][column];
                var ready = at[column] < atoms.Count;
                if ((paused >> column & 1) != 0 && !(ready && atoms[at[column]].Kind != MailAtomKind.Pause)) node.Paused |= _cast.ThreadsOf(column);
                if (!ready) continue;
                var atom = atoms[at[column]];
                node.Next.Add(atom.Line);
                var done = at.ToArray();
                done[column]++;
                var isPause = atom.Kind == MailAtomKind.Pause;
                var target = NodeOf(group, done, Ends(group, done) ? 0 : isPause ? paused | 1UL << column : paused & ~(1UL << column));
                (atom.Kind == MailAtomKind.Row ? node.Rows : node.Stills).Add((atom, target));
                if (at[column] > 0 && atoms[at[column] - 1].Line == atom.Line) continue; // the rest of a line begun
                var skipped = at.ToArray();
                skipped[column] += atoms.Count(other => other.Line == atom.Line);
                node.SkipLines.Add(atom.Line);
                node.Skips.Add(NodeOf(group, skipped, Ends(group, skipped) ? 0 : paused));
            }
            Describe(node, group, at);
        }
    }

    private bool Done(int group, int[] at) => _groups[group].Select((atoms, column) => at[column] >= atoms.Count).All(done => done);

    // Behind the last line no pause matters.
    private bool Ends(int group, int[] at) => group == _groups.Count - 1 && Done(group, at);

    private void Describe(MailNode node, int group, int[] at)
    {
        HashSet<int> left = [];
        for (var g = group; g < _groups.Count; g++)
            for (var column = 0; column < _columns; column++)
                for (var a = g == group ? at[column] : 0; a < _groups[g][column].Count; a++)
                {
                    var atom = _groups[g][column][a];
                    if (!left.Add(atom.Line) || atom.Call is not var (actor, call)) continue;
                    node.Calls.Add((actor, call, Begins: atom.Rows[_first]));
                }
        node.Done = Lines.Count - left.Count;
    }
}
