namespace Avic.Model;

/// <summary>Where a property looks.</summary>
public enum Scope
{
    /// <summary>At every state.</summary>
    State,

    /// <summary>At every row taken, with the state after it and what the row marked.</summary>
    Row,

    /// <summary>At states where nothing is bound to happen any more.</summary>
    Rest,
}

/// <summary>A predicate on a state and the row that led to it. The engine's row is empty at the initial state.</summary>
public delegate bool Holds<TState>(ref readonly TState state, Engine engine) where TState : unmanaged;

/// <summary>A predicate with a name, so that evidence can say which one failed to hold.</summary>
public abstract unsafe class Term
{
    private protected Term(string name) => Name = name;

    /// <summary>The predicate in words.</summary>
    public string Name { get; }

    /// <summary>Makes a term.</summary>
    public static Term Of<TState>(string name, Holds<TState> holds) where TState : unmanaged => new Typed<TState>(Given.Value(name), Given.Value(holds));

    /// <summary>Makes a term of a lambda with one argument: <c>Term.Of&lt;Lock&gt;("it is taken", x => x.State.Taken != 0)</c>.</summary>
    public static Term Of<TState>(string name, When<TState> when) where TState : unmanaged => new Typed<TState>(Given.Value(name), Context<TState>.Holds(Given.Value(when)));

    /// <summary>Two threads stand at a row, before they take it: of a lock's last row, both are in the critical section.</summary>
    /// <param name="row">As <c>routine.label</c>.</param>
    public static Term TwoAt(string row) => new Meeting(Given.Value(row));

    internal abstract bool Holds(byte* vector, Engine engine);

    private sealed class Meeting(string row) : Term($"two stand at {row}")
    {
        internal override bool Holds(byte* vector, Engine engine)
        {
            if (!engine.Model.KnownRows.Contains(row)) throw new ModelException($"there is no row '{row}'. {Nearest.To(row, engine.Model.KnownRows)}");
            var there = 0;
            for (var thread = 0; thread < engine.Threads; thread++)
                if (engine.Model.At(vector, thread)?.Id == row) there++;
            return there > 1;
        }
    }

    private sealed class Typed<TState>(string name, Holds<TState> holds) : Term(name) where TState : unmanaged
    {
        internal override bool Holds(byte* vector, Engine engine) => holds(in *(TState*)vector, engine);
    }
}

/// <summary>A named sentence about every run: whenever its premises hold, its terms never (or always) do.</summary>
public sealed partial class Property
{
    private Property(string name, string sentence) => (Name, Sentence) = (name, sentence);

    /// <summary>The property's short name, in lower case with dashes.</summary>
    public string Name { get; }

    /// <summary>What it says.</summary>
    public string Sentence { get; }

    /// <summary>Where it looks.</summary>
    public Scope Scope { get; private init; }

    /// <summary>Rows it looks at, as <c>routine.label</c>; empty for all.</summary>
    public IReadOnlyList<string> Rows { get; private init; } = [];

    /// <summary>Marks of which a row must carry one; 0 for any row.</summary>
    public uint Marks { get; private init; }

    /// <summary>What must hold for the property to say anything.</summary>
    public IReadOnlyList<Term> Premises { get; private init; } = [];

    /// <summary>What then never holds together; or, with <see cref="IsAlways"/>, what then always holds.</summary>
    public IReadOnlyList<Term> Terms { get; private init; } = [];

    /// <summary>True if the terms must all hold, false if they must never hold together.</summary>
    public bool IsAlways { get; private init; }

    /// <summary>True for a goal: it is sought, and reaching it is no fault.</summary>
    public bool IsSometimes { get; private init; }

    /// <summary>True if the terms read nothing that private or covered rows write.</summary>
    public bool IsBlindToFusedRows { get; private init; }

    /// <summary>Automata the property needs beside the model.</summary>
    public IReadOnlyList<Observer> Observers { get; private init; } = [];

    /// <summary>Begins a property.</summary>
    /// <param name="name">Lower case with dashes.</param>
    /// <param name="sentence">What it says, in the terms of the field.</param>
    public static Property Named(string name, string sentence) => new(Given.Value(name), Given.Value(sentence));

    /// <summary>Looks at states where nothing is bound to happen any more.</summary>
    public Property AtRest() => Copy(scope: Scope.Rest);

    /// <summary>Looks only at these rows, named <c>routine.label</c>.</summary>
    public Property At(params string[] rows) => Copy(scope: Scope.Row, rows: Given.Each(rows));

    /// <summary>Looks only at rows that carry one of these marks.</summary>
    public Property On(uint marks) => Copy(scope: Scope.Row, marks: marks);

    /// <summary>Adds premises; without one that held, "safe" says nothing.</summary>
    public Property Whenever(params Term[] premises) => Copy(premises: [.. Premises, .. Given.Each(premises)]);

    /// <summary>The terms never hold together. Without a term: the premises never do.</summary>
    public Property Never(params Term[] terms) => Copy(terms: Given.Each(terms), always: false, sometimes: false);

    /// <summary>The terms always hold.</summary>
    public Property Always(params Term[] terms) => Copy(terms: Given.Each(terms), always: true, sometimes: false);

    /// <summary>A goal: the terms hold together at least once.</summary>
    public Property Sometimes(params Term[] terms) => Copy(terms: Given.Each(terms), always: false, sometimes: true);

    /// <summary>The property needs this automaton.</summary>
    public Property With(Observer observer) => Copy(observer: Given.Value(observer));

    /// <summary>The same property under an assumption: only where it holds, too, is the property broken.</summary>
    public Property If(Term assumption) => IsAlways ? Copy(premises: [.. Premises, Given.Value(assumption)]) : Copy(terms: [Given.Value(assumption), .. Terms]);

    /// <summary>
    /// The author's word that the terms read nothing that private or covered rows write, so that <see cref="Limits.Fuse"/>
    /// may apply. Without it only properties at rest are checked fused.
    /// </summary>
    public Property BlindToFusedRows() => Copy(blind: true);

    private Property Copy(Scope? scope = null, string[]? rows = null, uint? marks = null, Term[]? premises = null, Term[]? terms = null,
        bool? always = null, bool? sometimes = null, Observer? observer = null, bool? blind = null) => new(Name, Sentence)
        {
            Scope = scope ?? Scope,
            Rows = rows ?? Rows,
            Marks = marks ?? Marks,
            Premises = premises ?? Premises,
            Terms = terms ?? Terms,
            IsAlways = always ?? IsAlways,
            IsSometimes = sometimes ?? IsSometimes,
            IsBlindToFusedRows = blind ?? IsBlindToFusedRows,
            Observers = observer is null ? Observers : [.. Observers, observer],
        };

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Sentence}";
}
