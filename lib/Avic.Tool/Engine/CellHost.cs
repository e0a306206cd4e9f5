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

    private const string Gone = "all variables are gone; run the cells above again";

    private readonly Lock _gate = new();
    private EngineProcess _engine = EngineProcess.Start(folder, note);
    private Turn? _atHand;

    /// <summary>False when the engine ended before it was ready.</summary>
    public Task<bool> Ready(CancellationToken cancel) => Engine.Ready(cancel);

    /// <summary>Opens the next cell's turn: from now on an interrupt is meant for it, though it may have to wait for its engine.</summary>
    public Turn Open()
    {
        lock (_gate)
            return _atHand = new Turn(this);
    }

    /// <summary>Runs a cell in a turn of its own.</summary>
    public async Task<CellEnd> Run(int cell, string code, Action<Message> said, CancellationToken cancel)
    {
        using var turn = Open();
        return await Run(turn, cell, code, said, cancel);
    }

    /// <summary>
    /// Runs a cell to its end; what it says meanwhile goes to <paramref name="said"/>, in order. If the process is lost,
    /// the last thing said is a <see cref="Failed"/> which tells what was lost; a fresh engine starts
    /// meanwhile, and only the next cell waits for it.
    /// </summary>
    /// <remarks>Cancelling gives the cell up, and its process with it.</remarks>
    public async Task<CellEnd> Run(Turn turn, int cell, string code, Action<Message> said, CancellationToken cancel)
    {
        var engine = Engine;
        using var givenUp = cancel.Register(engine.Kill);
        using var outOfPatience = turn.Patience.Token.Register(engine.Kill);
        CellEnd end;
        try
        {
            end = await Run(turn, engine, cell, code, said);
        }
        finally
        {
            Close(turn);
        }
        if (end == CellEnd.Done)
            return end;
        var first = Replace(engine);
        cancel.ThrowIfCancellationRequested();
        var (name, what) = !first ? ("Restarted", "the engine was restarted while the cell ran")
            : turn.Patience.IsCancellationRequested ? ("Interrupted", "the cell did not stop when it was interrupted, so its process was ended")
            : ("EngineEnded", $"the engine ended ({await engine.Epitaph()})");
        said(new Failed(name, $"{what}; {Gone}", [$"{name}: {what}; {Gone}"]));
        await engine.DisposeAsync();
        return end;
    }

    private async Task<CellEnd> Run(Turn turn, EngineProcess engine, int cell, string code, Action<Message> said)
    {
        if (!await engine.Ready(CancellationToken.None))
            return CellEnd.Died;
        Task<CellEnd> running;
        lock (_gate)
        {
            if (turn.IsInterrupted)
            {
                said(new Failed("Interrupted", "interrupted before it began", ["Interrupted: interrupted before it began"]));
                return CellEnd.Done;
            }
            turn.HasBegun = true;
            running = engine.Run(cell, code, said, Timeout.InfiniteTimeSpan, CancellationToken.None);   // has sent the cell when it returns
        }
        return await running;
    }

    /// <summary>Asks the cell at hand to end; after <see cref="Patience"/> its process is ended. Does nothing between cells.</summary>
    public void Interrupt()
    {
        lock (_gate)
        {
            if (_atHand is not { IsInterrupted: false } turn)
                return;   // a second interrupt must not begin the waiting anew
            turn.IsInterrupted = true;
            if (!turn.HasBegun)
                return;
            _engine.Send(new Interrupt());
            turn.Patience.CancelAfter(Patience);
        }
    }

    /// <summary>A line for the cell that asked; null for the end of the input.</summary>
    public void Answer(string? text) => Engine.Send(new Answer(text));

    /// <summary>Nobody can be asked: the cell that asked is told so by an exception.</summary>
    public void Refuse() => Engine.Send(new Answer(null, IsRefused: true));

    /// <summary>A fresh process; all variables are gone.</summary>
    public async Task Restart(CancellationToken cancel)
    {
        var old = Engine;
        Replace(old);
        await old.DisposeAsync();
        await Ready(cancel);
    }

    /// <summary>Puts a <see cref="Cells.Complete"/>, <see cref="Inspect"/> or <see cref="IsWhole"/>; null if the engine was lost.</summary>
    public Task<TReply?> Ask<TReply>(Func<int, Message> question, CancellationToken cancel) where TReply : Message, IReply =>
        Engine.Ask<TReply>(question, cancel);

    public ValueTask DisposeAsync() => Engine.DisposeAsync();

    private EngineProcess Engine
    {
        get
        {
            lock (_gate)
                return _engine;
        }
    }

    private void Close(Turn turn)
    {
        lock (_gate)
            if (ReferenceEquals(_atHand, turn))
                _atHand = null;
    }

    // Of those who saw an engine go, the first puts a new one in its place.
    private bool Replace(EngineProcess gone)
    {
        lock (_gate)
        {
            if (!ReferenceEquals(_engine, gone))
                return false;
            _engine = EngineProcess.Start(folder, note);
            return true;
        }
    }

    /// <summary>One cell's time at the engine.</summary>
    internal sealed class Turn(CellHost host) : IDisposable
    {
        public CancellationTokenSource Patience { get; } = new();

        public bool HasBegun { get; set; }

        public bool IsInterrupted { get; set; }

        public void Dispose()
        {
            host.Close(this);
            Patience.Dispose();
        }
    }
}
