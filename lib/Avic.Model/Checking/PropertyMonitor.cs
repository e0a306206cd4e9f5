namespace Avic.Model;

/// <summary>Where in the search something was seen: the state it was seen from, in search order, the move taken there, and how many private rows were fused to it by then.</summary>
internal readonly record struct Spot(int Level, long Order, uint State, Move? Move, int Fused = 0) : IComparable<Spot>
{
    public int CompareTo(Spot other) => Level != other.Level ? Level.CompareTo(other.Level) : Order.CompareTo(other.Order);
}

/// <summary>How close a run came: so many conditions held together, and one that did not.</summary>
internal readonly record struct Miss(int Holding, Spot At, string Missing);

/// <summary>Evaluates one property along one worker's edges; keeps the first hit, the nearest miss and what ever held.</summary>
internal sealed unsafe class PropertyMonitor
{
    private readonly bool[]? _rows;
    private readonly Term[] _wanted, _always;

    public PropertyMonitor(Property property, Model model)
    {
        Property = property;
        foreach (var row in property.Rows)
            if (!model.KnownRows.Contains(row))
                throw new ModelException($"The property {property.Name} looks at {row}, which {model.Name} lacks. {Nearest.To(row, model.KnownRows)}");
        if (property.Rows.Count > 0) _rows = [.. model.Rows.Select(row => !row.Dropped && property.Rows.Contains(row.Id))];
        _wanted = property.IsAlways ? [.. property.Premises] : [.. property.Premises, .. property.Terms];
        _always = property.IsAlways ? [.. property.Terms] : [];
        Held = new bool[_wanted.Length];
        if (!SaysSomething) throw new ModelException($"The property {property.Name} says nothing: give it a term with Never, Always or Sometimes.");
    }

    /// <summary>True if the property says anything at all.</summary>
    private bool SaysSomething => _wanted.Length + _always.Length > 0 || Property.Marks != 0 || _rows is not null;

    public Property Property { get; }

    /// <summary>How often the property looked: at states, rows or rests in its scope.</summary>
    public long Looks { get; private set; }

    /// <summary>Which of the premises and terms ever held.</summary>
    public bool[] Held { get; }

    /// <summary>How often all premises held together.</summary>
    public long Premised { get; private set; }

    public Spot? Hit { get; private set; }

    /// <summary>Gathers every hit, where somebody wants more than the first.</summary>
    public List<Spot>? Hits { get; set; }

    public Miss? Closest { get; private set; }

    public IEnumerable<string> NeverHeld => _wanted.Where((_, i) => !Held[i]).Select(term => term.Name);

    public bool Applies(LinkedRow row, ReadOnlySpan<LinkedRow> control, uint marks)
    {
        if (Property.Marks != 0 && (Property.Marks & marks) == 0) return false;
        if (_rows is null || _rows[row.Index]) return true;
        foreach (var part in control)
            if (_rows[part.Index]) return true;
        return false;
    }

    /// <summary>Looks at where a run stands.</summary>
    /// <exception cref="ModelException">It wrote to what it looked at.</exception>
    public void Look(Stepper stepper, Spot spot)
    {
        stepper.Keep();
        Look(stepper.Work, stepper.Engine, spot);
        if (!stepper.IsKept) throw new ModelException($"The property {Property.Name} writes to the state it looks at: compare with ==, not =.");
    }

    private void Look(byte* vector, Engine engine, Spot spot)
    {
        Looks++;
        var holding = 0;
        string? missing = null;
        for (var i = 0; i < _wanted.Length; i++)
        {
            if (Holds(_wanted[i], vector, engine))
            {
                Held[i] = true;
                holding++;
            }
            else missing ??= _wanted[i].Name;
            if (i == Property.Premises.Count - 1 && missing is null) Premised++;
        }
        if (Property.Premises.Count == 0) Premised++;
        if (_always.Length > 0)
        {
            var kept = true;
            foreach (var term in _always) kept &= Holds(term, vector, engine);
            if (kept) missing ??= $"not ({string.Join(" and ", _always.Select(term => term.Name))})";
            else holding++;
        }
        if (missing is null)
        {
            Hit ??= spot;
            Hits?.Add(spot);
        }
        else if (holding > (Closest?.Holding ?? 0)) Closest = new(holding, spot, missing);
    }

    private bool Holds(Term term, byte* vector, Engine engine)
    {
        try { return term.Holds(vector, engine); }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new ModelException($"The property {Property.Name}, where it asks whether {term.Name}: {e.Message}", e);
        }
    }

    /// <summary>Begins to count anew, after a merge.</summary>
    public void Forget()
    {
        Looks = Premised = 0;
        Array.Clear(Held);
        (Hit, Closest) = (null, null);
    }

    /// <summary>Adds what another worker saw.</summary>
    public void Merge(PropertyMonitor other)
    {
        Looks += other.Looks;
        Premised += other.Premised;
        for (var i = 0; i < Held.Length; i++) Held[i] |= other.Held[i];
        if (other.Hit is { } hit && (Hit is not { } mine || hit.CompareTo(mine) < 0)) Hit = hit;
        if (other.Closest is { } miss && (Closest is not { } near || miss.Holding > near.Holding
            || (miss.Holding == near.Holding && miss.At.CompareTo(near.At) < 0))) Closest = miss;
    }
}
