using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Avic.Cells;

namespace Avic.Tool;

/// <summary>How the engine left a cell.</summary>
internal enum CellEnd
{
    Done,
    TimedOut,
    Died,
}

/// <summary>The process that runs one notebook's cells, seen from outside.</summary>
internal sealed class EngineProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    // A child process of a cell may outlive the engine and hold its pipes open.
    private static readonly TimeSpan PipesOutliveProcess = TimeSpan.FromMilliseconds(300);
    private const int LinesOfLastWords = 20;

    private readonly Process _process;
    private readonly Lock _sending = new();
    private readonly Channel<Message> _messages = Channel.CreateUnbounded<Message>(new() { SingleReader = true });
    private readonly ConcurrentDictionary<int, TaskCompletionSource<Message>> _asked = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;
    private readonly Task _listening;
    private readonly Task _over;
    private readonly List<string> _lastWords = [];
    private readonly Action<string> _note;
    private int _questions;

    private EngineProcess(Process process, Action<string> note)
    {
        _process = process;
        _note = note;
        _reading = Task.Run(Read);
        _listening = Task.Run(Listen);
        _over = Task.Run(End);
    }

    /// <summary>Starts at once; the compiler warms up while the caller does something else.</summary>
    /// <param name="prepare">Last changes to how the process is started: its limits, its environment.</param>
    public static EngineProcess Start(string folder, Action<string> note, Action<ProcessStartInfo>? prepare = null)
    {
        var tool = AppContext.BaseDirectory;
        var start = new ProcessStartInfo(Platform.Dotnet)
        {
            ArgumentList = { "exec", Path.Combine(tool, "engine", "avic-cells.dll"), tool },
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardErrorEncoding = new UTF8Encoding(false),
        };
        prepare?.Invoke(start);
        return new EngineProcess(Process.Start(start)!, note);
    }

    /// <summary>False when the engine ended or did not answer before it was ready.</summary>
    public async Task<bool> Ready(CancellationToken cancel)
    {
        try
        {
            await Task.WhenAny(_ready.Task, _over).WaitAsync(StartTimeout, cancel);
        }
        catch (TimeoutException)
        {
            Kill();
        }
        return _ready.Task.IsCompleted;
    }

    /// <summary>Runs a cell; what it says meanwhile goes to <paramref name="said"/>, in order.</summary>
    /// <param name="seal">A secret without which a message is not the cell's end.</param>
    public async Task<CellEnd> Run(int cell, string code, Action<Message> said, TimeSpan timeout, CancellationToken cancel, string? seal = null) =>
        Send(new Execute(cell, code, seal)) ? await Until(m => m is Done done && done.Cell == cell && done.Seal == seal, said, timeout, cancel) : CellEnd.Died;

    /// <summary>False when nobody is there to hear it.</summary>
    public bool Send(Message message)
    {
        var line = MessageJson.Line(message);
        try
        {
            lock (_sending)
            {
                _process.StandardInput.BaseStream.Write(line);
                _process.StandardInput.BaseStream.Flush();
            }
            return true;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Puts a question, whose number is given to it, and waits for the answer; null if the engine ended.</summary>
    public async Task<TReply?> Ask<TReply>(Func<int, Message> question, CancellationToken cancel) where TReply : Message, IReply
    {
        var number = Interlocked.Increment(ref _questions);
        var reply = _asked[number] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            if (!Send(question(number)))
                return null;
            await Task.WhenAny(reply.Task, _over).WaitAsync(cancel);
            return reply.Task.IsCompleted ? await reply.Task as TReply : null;
        }
        finally
        {
            _asked.TryRemove(number, out _);
        }
    }

    /// <summary>What a dead engine left: its exit code and the first line it wrote to the standard error.</summary>
    public async Task<string> Epitaph()
    {
        await _over;
        lock (_lastWords)
            return $"exit code {_process.ExitCode}{(_lastWords is [var first, ..] ? $": {first}" : "")}";
    }

    /// <summary>Ends the process and those it started.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // it had ended, and was disposed of
        }
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await _over;
        _process.Dispose();
    }

    private async Task<CellEnd> Until(Func<Message, bool> last, Action<Message> said, TimeSpan timeout, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(timeout);
        try
        {
            await foreach (var message in _messages.Reader.ReadAllAsync(limit.Token))
            {
                if (last(message))
                    return CellEnd.Done;
                if (message is Note { Text: var text })
                    _note(text);
                if (message is not Note { IsOfCell: false })
                    said(message);
            }
            return CellEnd.Died;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            Kill();
            return CellEnd.TimedOut;
        }
    }

    // Answers go to whoever asked, at once; the rest waits its turn.
    private async Task Read()
    {
        try
        {
            await foreach (var message in new MessageReader(_process.StandardOutput.BaseStream).ReadAll())
                if (message is Ready)
                    _ready.TrySetResult();
                else if (message is not IReply { Request: var number })
                    _messages.Writer.TryWrite(message);
                else if (_asked.TryGetValue(number, out var asker))
                    asker.TrySetResult(message);
            _messages.Writer.TryComplete();
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidDataException)
        {
            // A cell wrote into the pipe what looked like the beginning of a message: from here on nobody knows what is true.
            lock (_lastWords)
                _lastWords.Insert(0, "a cell wrote into the engine's own messages");
            Kill();
            _messages.Writer.TryComplete();
        }
        catch (Exception e)
        {
            _messages.Writer.TryComplete(e is IOException or ObjectDisposedException ? null : e);
        }
    }

    // What cells write to Console.Error arrives as messages; this is the runtime's own voice, or a child process's.
    private async Task Listen()
    {
        try
        {
            while (await _process.StandardError.ReadLineAsync() is { } line)
                lock (_lastWords)
                    if (line.Length > 0 && _lastWords.Count < LinesOfLastWords)
                        _lastWords.Add(line);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // the pipe was closed from this side
        }
    }

    private async Task End()
    {
        await _process.WaitForExitAsync();
        await Task.WhenAny(Task.WhenAll(_reading, _listening), Task.Delay(PipesOutliveProcess));
        _messages.Writer.TryComplete();
    }
}
