using System.Diagnostics;
using System.Text;
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
    private const int LinesOfLastWords = 20;

    private readonly Process _process;
    private readonly Channel<Message> _messages = Channel.CreateUnbounded<Message>(new() { SingleReader = true, SingleWriter = true });
    private readonly Task _reading;
    private readonly Task _listening;
    private readonly List<string> _lastWords = [];
    private readonly Action<string> _note;

    private EngineProcess(Process process, Action<string> note)
    {
        _process = process;
        _note = note;
        _reading = Task.Run(Read);
        _listening = Task.Run(Listen);
    }

    /// <summary>Starts at once; the compiler warms up while the caller does something else.</summary>
    public static EngineProcess Start(string folder, Action<string> note)
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
        return new EngineProcess(Process.Start(start)!, note);
    }

    /// <summary>False when the engine ended or did not answer before it was ready.</summary>
    public async Task<bool> Ready(CancellationToken cancel) =>
        await Until(m => m is Ready, _ => { }, StartTimeout, cancel) == CellEnd.Done;

    /// <summary>Runs a cell; what it says meanwhile goes to <paramref name="said"/>, in order.</summary>
    public async Task<CellEnd> Run(int cell, string code, Action<Message> said, TimeSpan timeout, CancellationToken cancel)
    {
        try
        {
            await _process.StandardInput.BaseStream.WriteAsync(MessageJson.Line(new Execute(cell, code)), cancel);
            await _process.StandardInput.BaseStream.FlushAsync(cancel);
        }
        catch (IOException)
        {
            return CellEnd.Died;
        }
        return await Until(m => m is Done done && done.Cell == cell, said, timeout, cancel);
    }

    /// <summary>What a dead engine left: its exit code and the first line it wrote to the standard error.</summary>
    public async Task<string> Epitaph()
    {
        await _process.WaitForExitAsync();
        await _listening;
        return $"exit code {_process.ExitCode}{(_lastWords is [var first, ..] ? $": {first}" : "")}";
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await Task.WhenAll(_reading, _listening, _process.WaitForExitAsync());
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
                else
                    said(message);
            }
            return CellEnd.Died;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            _process.Kill(entireProcessTree: true);
            return CellEnd.TimedOut;
        }
    }

    private async Task Read()
    {
        try
        {
            await foreach (var message in new MessageReader(_process.StandardOutput.BaseStream).ReadAll())
                _messages.Writer.TryWrite(message);
            _messages.Writer.Complete();
        }
        catch (Exception e)
        {
            _messages.Writer.Complete(e is IOException ? null : e);
        }
    }

    // What cells write to Console.Error arrives as messages; this is the runtime's own voice, or a child process's.
    private async Task Listen()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
            if (line.Length > 0 && _lastWords.Count < LinesOfLastWords)
                _lastWords.Add(line);
    }
}
