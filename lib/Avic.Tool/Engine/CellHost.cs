using Avic.Cells;

namespace Avic.Tool;

/// <summary>
/// An engine that lives as long as somebody works in a notebook: cells one after the other, questions in between, interrupts,
/// and a fresh process where the old one could not be stopped. What `avic jupyter` and `avic serve` stand on.
/// </summary>
internal sealed class CellHost(string folder, Action<string> note) : IAsyncDisposable
{
    /// <summary>How long an interrupted cell may take to end by itself before its process is ended.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    private EngineProcess _engine = EngineProcess.Start(folder, note);

    /// <summary>False when the engine ended before it was ready.</summary>
    public Task<bool> Ready(CancellationToken cancel) => _engine.Ready(cancel);

    /// <summary>
    /// Runs a cell to its end; what it says meanwhile goes to <paramref name="said"/>, in order. If the process is lost,
    /// the last thing said is a <see cref="Failed"/> which tells what was lost, and a fresh engine is ready afterwards.
    /// </summary>
    public Task<CellEnd> Run(int cell, string code, Action<Message> said, CancellationToken cancel) =>
        throw new NotImplementedException();

    /// <summary>Asks the cell at hand to end; after <see cref="Patience"/> its process is ended. Does nothing between cells.</summary>
    public void Interrupt() => throw new NotImplementedException();

    /// <summary>A line for the cell that asked; null for the end of the input.</summary>
    public void Answer(string? text) => throw new NotImplementedException();

    /// <summary>A fresh process; all variables are gone.</summary>
    public Task Restart(CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Puts a <see cref="Cells.Complete"/>, <see cref="Inspect"/> or <see cref="IsWhole"/>; null if the engine was lost.</summary>
    public Task<TReply?> Ask<TReply>(Func<int, Message> question, CancellationToken cancel) where TReply : Message, IReply =>
        throw new NotImplementedException();

    public ValueTask DisposeAsync() => _engine.DisposeAsync();
}
