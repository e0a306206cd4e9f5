using System.Reflection;

namespace Avic.Cells;

/// <summary>Hears how far Avic.Model is, and tells it when the cell should end.</summary>
/// <remarks>
/// The engine never refers to that library: it runs whichever copy a cell names. So the one member is found by its name, and made
/// of types that both sides have from .NET.
/// </remarks>
internal sealed class LongWorkListener(CellTurns turns, Outbox outbox)
{
    // What is over in a moment needs no words.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.2);

    private readonly Lock _gate = new();
    private CellTurn? _turn;
    private TimeSpan _next;

    public void ListenTo(Assembly library)
    {
        if (library.GetType("Avic.Model.LongWork")?.GetProperty("Listener", BindingFlags.Public | BindingFlags.Static) is { } listener
            && listener.PropertyType == typeof(Func<string, double?, CancellationToken>))
            listener.SetValue(null, (Func<string, double?, CancellationToken>)Hear);
    }

    private CancellationToken Hear(string line, double? part)
    {
        if (turns.Current is not { } turn)
            return CancellationToken.None;   // a thread that outlived its cell
        if (line.Length > 0 && IsTime(turn))
            outbox.Send(new Progressed(line, part));
        return turn.End;
    }

    private bool IsTime(CellTurn turn)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(_turn, turn))
                (_turn, _next) = (turn, Silence);
            if (turn.Elapsed < _next)
                return false;
            _next = turn.Elapsed + Pause;
            return true;
        }
    }
}
