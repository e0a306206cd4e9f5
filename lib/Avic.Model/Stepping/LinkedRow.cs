namespace Avic.Model;

/// <summary>A row with its names resolved to numbers: what the engine steps.</summary>
internal abstract unsafe class LinkedRow
{
    public required ushort Index { get; init; }
    public required int RoutineIndex { get; init; }
    public required string RoutineName { get; init; }
    public required string Label { get; init; }
    public required string Text { get; init; }
    public required string Source { get; init; }
    public required string[] To { get; init; }
    public required string[] Calls { get; init; }
    public string[] Injects { get; init; } = [];
    public Order Order { get; init; }
    public bool May { get; init; }
    public bool Private { get; init; }
    public bool Covered { get; init; }
    public bool CoveredAtTimes { get; init; }
    public bool Control { get; init; }
    public bool Dropped { get; init; }
    public bool Undisturbed { get; init; }

    /// <summary>True if the engine is told of every part of the state the row is given; otherwise it may have written anywhere.</summary>
    public bool TellsItsParts { get; init; }

    /// <summary>True for the end of a routine, which is no step: a frame that reaches it returns.</summary>
    public bool IsEnd { get; init; }

    /// <summary>How many alternatives stand at this label, from this row on.</summary>
    public int Alternatives { get; set; } = 1;

    public ushort Next { get; set; }
    public ushort[] ToRows { get; set; } = [];
    public ushort[] CalleeRows { get; set; } = [];
    public int[] CalleeRoutines { get; set; } = [];
    public ushort[] InjectedRows { get; set; } = [];

    public abstract Flow Invoke(byte* vector, int actor, Engine engine);

    /// <summary>Whether the row may run together with the one before it, here and now; the engine has its frame.</summary>
    public bool CanFuse(byte* vector, int actor, Engine engine) =>
        !May && Alternatives == 1 && (Private || Covered || CoveredAtTimes && IsCovered(vector, actor, engine));

    private protected abstract bool IsCovered(byte* vector, int actor, Engine engine);

    /// <summary>Made once: properties compare it at every step.</summary>
    public string Id => field ??= $"{RoutineName}.{Label}";

    public override string ToString() => Id;
}

/// <summary>What an effect belongs to that reaches the state only through references which <see cref="Engine.Touch"/> is told of.</summary>
/// <remarks>Looked for at the effect itself: one that merely calls such an effect, and may write beside it, does not count.</remarks>
internal interface ITellsItsParts;

internal sealed unsafe class LinkedRow<TState>(Effect<TState> effect, Stands<TState>? covered = null) : LinkedRow where TState : unmanaged
{
    public override Flow Invoke(byte* vector, int actor, Engine engine) => effect(ref *(TState*)vector, actor, engine);

    private protected override bool IsCovered(byte* vector, int actor, Engine engine) => covered!(ref *(TState*)vector, actor, engine);
}
