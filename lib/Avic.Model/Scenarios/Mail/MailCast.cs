namespace Avic.Model;

/// <summary>Who acts in a diagram: its columns as actors of a scenario that makes the calls and accesses it draws.</summary>
/// <remarks>
/// A vCPU's column is its thread, its core, and the VMM thread that toggles in it; or the vCPU's own thread toggles, by IRQ
/// windows. Where a diagram leaves that open, each way is a cast of its own.
/// </remarks>
internal sealed class MailCast
{
    private static readonly Reason[] Reasons = [Reason.PitReinject, Reason.Hyperv, Reason.Nested, Reason.X2Apic];
    private static readonly string[] FaultPath = ["guest", "direct_page_fault", "kvm_faultin_pfn", "x86_emulate_instruction", "kvm_mmu_page_fault"];

    private readonly IReadOnlyList<MailColumn> _columns;
    private readonly IReadOnlyList<MailLine> _lines;
    private readonly int[] _vcpu, _thread;
    private readonly bool[] _own;
    private readonly List<InhibitCall>[] _host;
    private readonly List<InhibitCall> _extra = [];
    private readonly Dictionary<MailToggle, (int Actor, int Call)> _calls = [];
    private int _vcpus;

    private MailCast(IReadOnlyList<MailColumn> columns, IReadOnlyList<MailLine> lines, bool[] own)
    {
        (_columns, _lines, _own) = (columns, lines, own);
        (_vcpu, _thread) = (new int[columns.Count], new int[columns.Count]);
        _host = [.. columns.Select(_ => new List<InhibitCall>())];
        Scenario = null!;
    }

    public Scenario Scenario { get; private set; }

    /// <summary>How the cast reads what the diagram leaves open.</summary>
    public string Reading { get; private set; } = "";

    /// <summary>All ways to cast a diagram on a kernel, the plainest first.</summary>
    /// <exception cref="ModelException">It needs more vCPUs or threads than the machine has.</exception>
    public static List<MailCast> Of(MailSketch sketch, IReadOnlyList<MailLine> lines, Linux kernel)
    {
        if (sketch.Programs is { } programs)
        {
            if (new MailCast(sketch.Columns, lines, new bool[sketch.Columns.Count]).Follow(programs, kernel) is { } known) return [known];
            if (sketch.ProgramsAreGiven)
                throw new ModelException($"The programs {programs} do not fit the diagram: its columns are {string.Join(", ", sketch.Columns.Select(column => column.Name))}, and every inhibit that a column sets or clears must be a call of its thread, in that order.");
        }
        List<MailCast> casts = [];
        bool?[] choice = [.. sketch.Columns.Select((column, c) => MayOwn(column, lines, c))];
        for (var bits = 0; bits < 1 << choice.Length; bits++)
        {
            var own = choice.Select((open, c) => (bits >> c & 1) != 0).ToArray();
            if (own.Where((mine, c) => choice[c] is { } must ? mine != must : false).Any()) continue;
            casts.Add(new MailCast(sketch.Columns, lines, own).Invent(kernel));
        }
        return casts;
    }

    // True: the vCPU's own thread must toggle; false: it cannot; null: either.
    private static bool? MayOwn(MailColumn column, IReadOnlyList<MailLine> lines, int c)
    {
        if (column.Vcpu is null) return false;
        if (lines.Any(line => line.Column == c && line.Rows.Contains("svm_enable_irq_window.inhibit"))) return true;
        var toggles = TogglesOf(lines).Where(toggle => toggle.Column == c).ToList();
        return toggles.Count == 0 || toggles.Where((toggle, i) => toggle.Sets != (i % 2 == 0)).Any() ? false : null;
    }

    private static IEnumerable<MailToggle> TogglesOf(IReadOnlyList<MailLine> lines) => lines.Where(line => line.Toggle is not null).Select(line => line.Toggle!).Distinct();

    /// <summary>The vCPU a line is about.</summary>
    public int VcpuOf(MailLine line)
    {
        if (line.Subject is { } named)
        {
            var column = _columns.ToList().FindIndex(known => known.Vcpu == named);
            if (column >= 0) return _vcpu[column];
            if (named < _vcpus) return named;
        }
        return Math.Max(0, _vcpu[line.Column]);
    }

    /// <summary>The threads of a column, which a pause stops; with its core, which goes on acknowledging.</summary>
    public ulong ThreadsOf(int column) => (_vcpu[column] >= 0 ? 1UL << _vcpu[column] : 0) | (_thread[column] >= 0 ? 1UL << (_vcpus + _thread[column]) : 0);

    public ulong ActorsOf(int column) => ThreadsOf(column) | (_vcpu[column] >= 0 ? 1UL << (_vcpus + Scenario.Programs.Host.Count + Scenario.Programs.Devices.Count + _vcpu[column]) : 0);

    public (int Actor, int Call)? CallOf(MailToggle? toggle) => toggle is not null && _calls.TryGetValue(toggle, out var call) ? call : null;

    private void NumberVcpus(int? known)
    {
        int[] numbers = [.. _columns.Where(column => column.Vcpu is not null).Select(column => column.Vcpu!.Value).Order()];
        var asWritten = known is not null || numbers.Length == 0 || numbers[^1] <= 1 || numbers[^1] == numbers.Length - 1;
        _vcpus = known ?? (asWritten ? numbers.DefaultIfEmpty(0).Max() + 1 : numbers.Length);
        if (_vcpus > Machine.MostVcpus) throw new ModelException($"The diagram has {_vcpus} vCPUs; a scenario has up to {Machine.MostVcpus}. Leave out the columns that do nothing but wait.");
        for (var c = 0; c < _columns.Count; c++)
        {
            _vcpu[c] = _columns[c].Vcpu is { } number ? asWritten ? number : Array.IndexOf(numbers, number) : -1;
            _thread[c] = -1;
        }
    }

    // The block says which programs it ran, or a reader does. Toggles in a vCPU's column are its own if it asks for IRQ windows,
    // and otherwise those of the next VMM thread that has no column.
    private MailCast? Follow(Programs programs, Linux kernel)
    {
        NumberVcpus(programs.Guest.Count);
        Queue<int> free = new(Enumerable.Range(0, programs.Host.Count).Except(_columns.Select(column => column.Vmm ?? -1)));
        List<MailToggle> toggles = [.. TogglesOf(_lines)];
        for (var c = 0; c < _columns.Count; c++)
        {
            if (_vcpu[c] >= _vcpus || _columns[c].Vmm >= programs.Host.Count || _columns[c].Device >= programs.Devices.Count) return null;
            var own = _vcpu[c] >= 0 && programs.IrqWindows[_vcpu[c]] > 0;
            if (_columns[c].Vmm is { } vmm) _thread[c] = vmm;
            else if (_columns[c].Device is { } device) _thread[c] = programs.Host.Count + device;
            else if (!own && toggles.Any(toggle => toggle.Column == c) && !free.TryDequeue(out _thread[c])) return null;
            var call = 0;
            foreach (var toggle in toggles.Where(toggle => toggle.Column == c))
            {
                if (_thread[c] >= 0 && (_columns[c].Device is not null || call >= programs.Host[_thread[c]].Count || programs.Host[_thread[c]][call] is not InhibitCall made || made.Set != toggle.Sets)) return null;
                _calls[toggle] = (_thread[c] >= 0 ? _vcpus + _thread[c] : _vcpu[c], call++);
            }
        }
        Scenario = Scenario.Parse(kernel, programs.ToString());
        Reading = "programs as named";
        return this;
    }

    private MailCast Invent(Linux kernel)
    {
        NumberVcpus(null);
        var windows = new int[_vcpus];
        Toggles(windows);
        var scenario = Scenario.On(kernel, _vcpus);
        for (var c = 0; c < _columns.Count; c++)
        {
            if (_vcpu[c] >= 0)
                scenario = scenario.Guest(_vcpu[c], g => Instructions(c).Aggregate(Enumerable.Range(0, Accesses(c)).Aggregate(g, (program, i) => program.Write(Apic.Tpr, 0x20 + i)), Then));
            if (_vcpu[c] >= 0 && windows[_vcpu[c]] is var n and > 0)
                scenario = scenario.Vcpu(_vcpu[c], v => Enumerable.Range(0, n).Aggregate(v, (program, _) => program.IrqWindow()));
        }
        foreach (var calls in _host.Append(_extra).Where(calls => calls.Count > 0))
            scenario = scenario.Host(h => calls.Aggregate(h, (program, call) => call.Set ? program.SetInhibit(call.Reason) : program.ClearInhibit(call.Reason)));
        Scenario = scenario;
        return this;
    }

    // Those that are named and take no operand that the line leaves out.
    private IEnumerable<string> Instructions(int c) =>
        _lines.Where(line => line.Column == c && line.IsJudged).Select(line => line.Phrase!.Told).Where(told => told != "" && !told.EndsWith(GuestInstruction.ThroughTlb, StringComparison.OrdinalIgnoreCase));

    private static GuestProgram Then(GuestProgram program, string told) => told.ToLowerInvariant() switch
    {
        "hlt" => program.Hlt(),
        "sti" => program.Sti(),
        "cli" => program.Cli(),
        "write cr8" => program.WriteCr8(2),
        "read cr8" => program.ReadCr8(),
        _ => program, // IRET is at the end of every handler
    };

    // One access is drawn by any number of lines about its fault; each line in which it retires is one more.
    private int Accesses(int c)
    {
        var lines = _lines.Where(line => line.Column == c && line.IsJudged && !Instructions(c).Contains(line.Phrase!.Told) && line.Rows.Any(row => FaultPath.Contains(row.Split('.')[0]))).ToList();
        var retires = lines.Count(line => line.Phrase is { IsOutcome: false } && (line.Rows.Contains("x86_emulate_instruction.apic") || (line.Rows.Contains("guest.insn") && line.Phrase.RowText is "" or "access through the TLB entry")));
        var faults = lines.Count(line => line.Phrase!.RowText == "walk");
        return lines.Count == 0 ? 0 : Math.Min(4, Math.Max(1, Math.Max(retires, faults)));
    }

    private void Toggles(int[] windows)
    {
        List<(Reason Reason, int Column)> active = [];
        var ownCalls = new int[_columns.Count];
        List<MailToggle> toggles = [.. TogglesOf(_lines)];
        // A story that begins with AVIC off, or by switching it on, has a call before it.
        var before = toggles is [{ Sets: false }, ..] || _lines.TakeWhile(line => line.Toggle is null)
            .Any(line => line.Kind == MailLineKind.Assertion && line.Meaning.Contains("apicv_active == 0", StringComparison.Ordinal));
        if (before)
        {
            active.Add((Reasons[0], -1));
            (toggles.Count > 0 && !_own[toggles[0].Column] ? _host[toggles[0].Column] : _extra).Add(new(Reasons[0], Set: true));
        }
        foreach (var toggle in toggles)
        {
            if (_own[toggle.Column])
            {
                if (toggle.Sets) windows[_vcpu[toggle.Column]]++;
                _calls[toggle] = (_vcpu[toggle.Column], ownCalls[toggle.Column]++);
                continue;
            }
            // What is cleared is what the column set last, or else what anybody set last.
            var mine = active.FindLastIndex(held => held.Column == toggle.Column);
            var at = mine >= 0 ? mine : active.Count - 1;
            var reason = toggle.Sets ? Reasons.FirstOrDefault(free => active.All(held => held.Reason != free), Reasons[^1]) : at >= 0 ? active[at].Reason : Reasons[0];
            if (toggle.Sets) active.Add((reason, toggle.Column));
            else if (at >= 0) active.RemoveAt(at);
            _calls[toggle] = (-1 - toggle.Column, _host[toggle.Column].Count);
            _host[toggle.Column].Add(new(reason, toggle.Sets));
        }
        List<string> reading = before ? ["AVIC is disabled first"] : [];
        for (int c = 0, thread = 0; c < _columns.Count; c++)
        {
            if (_vcpu[c] >= 0)
                windows[_vcpu[c]] = Math.Max(windows[_vcpu[c]], _lines.Count(line => line.Column == c && line.Rows.Contains("svm_enable_irq_window.inhibit")));
            if (_host[c].Count > 0) _thread[c] = thread++;
            if (_own[c] && windows[_vcpu[c]] > 0) reading.Add($"{_columns[c].Name}'s own thread toggles (IRQ windows)");
            else if (_thread[c] >= 0) reading.Add(_columns[c].Vmm is null ? $"a VMM thread toggles in {_columns[c].Name}'s column" : $"{_columns[c].Name} toggles");
        }
        foreach (var (toggle, (actor, call)) in _calls.ToList())
            if (actor < 0) _calls[toggle] = (_vcpus + _thread[-1 - actor], call);
        Reading = string.Join(", ", reading);
    }
}
