using System.Collections.Concurrent;

namespace Avic.Cells;

/// <summary>The cells waiting to run, and the wish to end the one at hand.</summary>
/// <remarks>A cell's turn begins when it is read from the pipe, not when it starts to run: an interrupt that follows it closely is meant for it.</remarks>
internal sealed class CellTurns : IDisposable
{
    private readonly BlockingCollection<(Execute Cell, CancellationTokenSource Turn)> _waiting = [];
    private volatile CancellationTokenSource? _current;

    /// <summary>Cancelled when the cell at hand is to end; null between cells.</summary>
    public CancellationToken? Current => _current?.Token;

    public void Add(Execute cell)
    {
        var turn = new CancellationTokenSource();
        _current = turn;
        _waiting.Add((cell, turn));
    }

    // Whoever listens is called on the thread pool: nothing of a cell may hold up the messages.
    public void Interrupt() => _current?.CancelAsync();

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
