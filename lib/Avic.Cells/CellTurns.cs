using System.Collections.Concurrent;
using System.Diagnostics;

namespace Avic.Cells;

/// <summary>The cells waiting to run, and the wish to end the one at hand.</summary>
/// <remarks>A cell's turn begins when it is read from the pipe, not when it starts to run: an interrupt that follows it closely is meant for it.</remarks>
internal sealed class CellTurns : IDisposable
{
    private readonly BlockingCollection<(Execute Cell, CellTurn Turn)> _waiting = [];
    private volatile CellTurn? _current;

    /// <summary>The cell at hand; null between cells.</summary>
    public CellTurn? Current => _current;

    public void Add(Execute cell)
    {
        var turn = new CellTurn();
        _current = turn;
        _waiting.Add((cell, turn));
    }

    public void Interrupt() => _current?.Interrupt();

    /// <summary>Runs the cells as they come; never ends.</summary>
    public async Task Each(Func<Execute, Task> run)
    {
        foreach (var (cell, turn) in _waiting.GetConsumingEnumerable())
        {
            await run(cell);
            Interlocked.CompareExchange(ref _current, null, turn);
        }
    }

    public void Dispose() => _waiting.Dispose();
}

/// <summary>One cell's time.</summary>
internal sealed class CellTurn
{
    private readonly CancellationTokenSource _end = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public CancellationToken End => _end.Token;

    public bool IsInterrupted => _end.IsCancellationRequested;

    public TimeSpan Elapsed => _clock.Elapsed;

    // Whoever listens is called on the thread pool: nothing of a cell may hold up the messages.
    public void Interrupt() => _end.CancelAsync();
}
