using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Avic.Tool;

/// <summary>A Jupyter kernel: five sockets, a loop for each that asks something, one cell at a time.</summary>
/// <remarks>
/// Shell is one loop that answers a request before it takes the next, a cell as well as a completion: the protocol promises
/// that order, and clients show the kernel as idle after any answer. Control is another such loop, so that an interrupt does
/// not wait for the cell it is meant for. Heartbeat and stdin have nothing to keep in order and are answered where they are
/// read. What the loops share is one field each: whether a cell runs, whether it waits for a line.
/// </remarks>
internal sealed class JupyterKernel : IAsyncDisposable
{
    private const int MostRequestsWaiting = 1000;

    // "Run all" sends every cell at once, but the last of them may still be on the way when the first has failed.
    private static readonly TimeSpan Straggling = TimeSpan.FromMilliseconds(50);

    private readonly CellHost _host;
    private readonly WireSession _session;
    private readonly Channel<WireMessage> _shellRequests = Channel.CreateBounded<WireMessage>(MostRequestsWaiting);
    private readonly Channel<WireMessage> _controlRequests = Channel.CreateBounded<WireMessage>(MostRequestsWaiting);
    private readonly Queue<WireMessage> _passed = [];
    private readonly CancellationTokenSource _end = new();
    private readonly List<IAsyncDisposable> _open = [];
    private readonly ZmtpSocket _shell, _control, _stdin, _heartbeat;
    private readonly Iopub _iopub;
    private readonly StdinQuestion _question;
    private readonly CellExecution _cells;

    /// <summary>Binds the sockets; <paramref name="host"/> is disposed of with the kernel.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">A port is taken.</exception>
    public JupyterKernel(KernelConnection connection, CellHost host, DropCount drops)
    {
        (_host, Drops) = (host, drops);
        _session = new WireSession(connection.Key);
        _question = new StdinQuestion(host, _session, () => _stdin!.Connections);
        _cells = new CellExecution(host, _question, (parent, type, content) => _iopub!.Publish(parent, type, content));
        try
        {
            _open.Add(_iopub = new Iopub(connection.Address, connection.Iopub, _session, drops));
            _open.Add(_heartbeat = Bind(connection.Heartbeat, (peer, frames, _) => Echo(peer, frames)));
            _open.Add(_stdin = Bind(connection.Stdin, (peer, frames, _) => Take(peer, frames, Answered)));
            _open.Add(_control = Bind(connection.Control, (peer, frames, cancel) => Take(peer, frames, m => _controlRequests.Writer.WriteAsync(m, cancel))));
            _open.Add(_shell = Bind(connection.Shell, (peer, frames, cancel) => Take(peer, frames, m => _shellRequests.Writer.WriteAsync(m, cancel))));
        }
        catch
        {
            Task.WaitAll(_open.Select(socket => socket.DisposeAsync().AsTask()));
            throw;
        }

        ZmtpSocket Bind(int port, Func<ZmtpConnection, byte[][], CancellationToken, ValueTask> received) =>
            new(connection.Address, port, "ROUTER", drops, received);
    }

    public DropCount Drops { get; }

    /// <summary>Where it listens.</summary>
    public (int Shell, int Iopub, int Stdin, int Control, int Heartbeat) Ports => (_shell.Port, _iopub.Port, _stdin.Port, _control.Port, _heartbeat.Port);

    /// <summary>Answers until somebody asks it to shut down.</summary>
    public async Task Run()
    {
        try
        {
            await Task.WhenAll(Shell(), Control());
        }
        catch (Exception) when (_end.IsCancellationRequested)
        {
            // as asked; the engine may have been lost in the middle of something
        }
    }

    /// <summary>Interrupts the cell at hand, if there is one.</summary>
    public void Interrupt() => _cells.Interrupt();

    /// <summary>Ends <see cref="Run"/>; the cell at hand is given up.</summary>
    public void Stop() => _end.Cancel();

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _host.DisposeAsync();
        await Task.WhenAll(_open.Select(socket => socket.DisposeAsync().AsTask()));
    }

    private async Task Shell()
    {
        while (true)
        {
            var request = _passed.TryDequeue(out var passed) ? passed : await _shellRequests.Reader.ReadAsync(_end.Token);
            List<WireMessage> aborted = [];
            await Handle(request, async () =>
            {
                var reply = await ShellReply(request);
                if (StopsThoseBehind(request, reply))
                    aborted = await CellsBehind();
                return reply;
            });
            foreach (var cell in aborted)
                await Handle(cell, () => Task.FromResult<JsonObject?>(_cells.Aborted()));
        }
    }

    private async Task Control()
    {
        while (true)
        {
            var request = await _controlRequests.Reader.ReadAsync(_end.Token);
            await Handle(request, () => Task.FromResult<JsonObject?>(ControlReply(request)));
        }
    }

    // Everything a client sees of a request lies between busy and idle. No request can end the kernel.
    private async Task Handle(WireMessage request, Func<Task<JsonObject?>> answer)
    {
        Publish(request, "status", new() { ["execution_state"] = "busy" });
        byte[]? reply;
        try
        {
            reply = await answer() is { } content ? Reply(request, content) : null;
        }
        catch (Exception e) when (!_end.IsCancellationRequested)
        {
            var line = $"{request.Type}: {e.Message}";
            reply = Reply(request, new() { ["status"] = "error", ["ename"] = e.GetType().Name, ["evalue"] = line, ["traceback"] = new JsonArray(line) });
        }
        if (reply is not null && !request.Peer.Send(reply))
            Drops.Add("reply for a client that does not read");
        Publish(request, "status", new() { ["execution_state"] = "idle" });
        if (request.Type == "shutdown_request")
            Stop();
    }

    private async Task<JsonObject?> ShellReply(WireMessage request)
    {
        switch (request.Type)
        {
            case "execute_request":
                return await _cells.Run(request, _end.Token);
            case "complete_request":
                return await KernelAnswers.Complete(request, _host, _end.Token);
            case "inspect_request":
                return await KernelAnswers.Inspect(request, _host, _end.Token);
            case "is_complete_request":
                return await KernelAnswers.IsComplete(request, _host, _end.Token);
            case "history_request":
                return _cells.History.Answer(request);
            case "comm_info_request":
                return KernelAnswers.Comms();
            case "comm_open":
                Publish(request, "comm_close", new() { ["comm_id"] = request.Text("comm_id"), ["data"] = new JsonObject() });
                return null;
            case "comm_msg" or "comm_close":
                return null;
            default:
                return ControlReply(request);
        }
    }

    private JsonObject ControlReply(WireMessage request)
    {
        switch (request.Type)
        {
            case "kernel_info_request":
                return KernelAnswers.Info();
            case "interrupt_request":
                _cells.Interrupt();
                return new() { ["status"] = "ok" };
            case "shutdown_request":
                JsonObject reply = new() { ["status"] = "ok", ["restart"] = request.Flag("restart", false) };
                Publish(request, "shutdown_reply", (JsonObject)reply.DeepClone());
                return reply;
            default:
                throw new NotSupportedException("this kernel does not know that request");
        }
    }

    private bool StopsThoseBehind(WireMessage request, JsonObject? reply) => request.Type == "execute_request"
        && (_cells.WasInterrupted || (string?)reply?["status"] == "error" && request.Flag("stop_on_error", true) && !request.Flag("silent", false));

    private async Task<List<WireMessage>> CellsBehind()
    {
        await Task.Delay(Straggling, _end.Token);
        List<WireMessage> cells = [];
        while (_shellRequests.Reader.TryRead(out var request))
            if (request.Type == "execute_request")
                cells.Add(request);
            else
                _passed.Enqueue(request);
        return cells;
    }

    private async ValueTask Take(ZmtpConnection peer, byte[][] frames, Func<WireMessage, ValueTask> then)
    {
        try
        {
            await then(_session.Read(peer, frames));
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException)
        {
            Drops.Add(e is InvalidDataException ? e.Message : "malformed message");   // text that is no Unicode shows only when it is read
        }
    }

    private ValueTask Answered(WireMessage message)
    {
        if (message.Type == "input_reply")
            _question.Answer(message.Text("value", ""));
        else
            Drops.Add("malformed message");
        return ValueTask.CompletedTask;
    }

    private static ValueTask Echo(ZmtpConnection peer, byte[][] frames)
    {
        peer.Send(Zmtp.Message(frames));
        return ValueTask.CompletedTask;
    }

    private void Publish(WireMessage parent, string type, JsonObject content) => _iopub.Publish(parent.Header, type, content);

    private byte[] Reply(WireMessage request, JsonObject content) => _session.Write(request.Route, ReplyTo(request.Type), request.Header, content);

    private static string ReplyTo(string type) => (type.EndsWith("_request", StringComparison.Ordinal) ? type[..^"_request".Length] : type) + "_reply";
}
