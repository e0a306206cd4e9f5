namespace Avic.Model;

/// <summary>A set of routines that call one another by name: what is linked into a model, and what edits are made to.</summary>
public sealed class Code<TState> where TState : unmanaged
{
    private readonly Dictionary<string, Routine<TState>> _routines = new(StringComparer.Ordinal);

    /// <summary>Gathers routines.</summary>
    /// <exception cref="ModelException">Two routines bear the same name.</exception>
    public Code(params IEnumerable<Routine<TState>> routines)
    {
        foreach (var routine in Given.Each(routines))
            if (!_routines.TryAdd(routine.Name, routine))
                throw new ModelException($"Two routines are called {routine.Name}: names are identities.");
    }

    /// <summary>The routines, in the order given.</summary>
    public IEnumerable<Routine<TState>> Routines => _routines.Values;

    /// <summary>A routine by its name, or by a name it bears in another version.</summary>
    /// <exception cref="ModelException">There is none; the message names the nearest.</exception>
    public Routine<TState> this[string name] =>
        _routines.TryGetValue(Given.Value(name), out var routine) ? routine
        : _routines.Values.FirstOrDefault(r => r.Aliases.Contains(name))
        ?? throw new ModelException($"There is no routine '{name}'. {Nearest.To(name, _routines.Values.SelectMany(r => r.Aliases.Prepend(r.Name)))}");

    /// <summary>Changes one routine; every caller sees the change.</summary>
    public Code<TState> Edit(string name, Func<Routine<TState>, Routine<TState>> edit)
    {
        ArgumentNullException.ThrowIfNull(edit);
        var old = this[name];
        return new(_routines.Values.Select(r => ReferenceEquals(r, old) ? Given.Back(edit(old), nameof(edit), "routine => routine.Without(\"zap\")") : r));
    }

    /// <summary>Adds routines, or replaces those of the same name.</summary>
    public Code<TState> With(params Routine<TState>[] routines)
    {
        var given = Given.Each(routines);
        return new(_routines.Values.Select(r => given.FirstOrDefault(n => n.Name == r.Name) ?? r).Concat(given.Where(n => !_routines.ContainsKey(n.Name))));
    }
}
