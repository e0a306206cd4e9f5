using System.Diagnostics;

namespace Avic.Tool;

/// <summary>Keeps a process and all that it starts within bounds while it runs, and leaves none of them behind. It is no sandbox.</summary>
/// <remarks>
/// A limit of the system holds for each process by itself. This one counts the family: who belongs to it is told by a variable that
/// processes hand on, which also finds those whose parent has ended. Linux only; elsewhere the process tree is ended as far as it is known.
/// </remarks>
internal sealed class Leash : IAsyncDisposable
{
    private const string Mark = "AVIC_GRADING";
    private const int MostProcesses = 64;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly string _family = Guid.NewGuid().ToString("n");
    private readonly long _bytes;
    private readonly TimeSpan _cpu;
    private readonly string _temporary;
    private readonly CancellationTokenSource _over = new();
    private readonly Task _watching;

    public Leash(long bytes, TimeSpan cpu, string temporary)
    {
        (_bytes, _cpu, _temporary) = (bytes, cpu, temporary);
        _watching = Task.Run(Watch);
    }

    /// <summary>Why the family was ended, in words; null while it is within its bounds.</summary>
    public string? Broken { get; private set; }

    /// <summary>Puts a process on the leash before it starts.</summary>
    public void Prepare(ProcessStartInfo start)
    {
        start.Environment[Mark] = _family;
        start.Environment["TMPDIR"] = start.Environment["TMP"] = start.Environment["TEMP"] = _temporary;
        start.Environment["DOTNET_EnableDiagnostics"] = "0";   // no socket by which somebody else could look in
        Platform.Limit(start, _bytes, _cpu);
    }

    /// <summary>Ends the family.</summary>
    public void Break(string why)
    {
        Broken ??= why;
        End();
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _watching;
        End();
        _over.Dispose();
    }

    private async Task Watch()
    {
        // The compiler and the runtime need some beside what a cell allocates; Platform gives one process as much.
        var most = _bytes + _bytes / 2 + (128 << 20);
        while (!_over.IsCancellationRequested)
        {
            var family = Platform.ProcessesWith(Mark, _family);
            if (family.Count > MostProcesses)
                Break($"it started more than {MostProcesses} processes");
            else if (family.Sum(process => process.Bytes) > most)
                Break($"it took more than {_bytes >> 20} MB");
            try
            {
                await Task.Delay(Interval, _over.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    // While some are being ended others may be born; not for ever, as they are ended faster.
    private void End()
    {
        for (var round = 0; round < 100 && Platform.ProcessesWith(Mark, _family) is { Count: > 0 } family; round++)
        {
            foreach (var (id, _) in family)
                try
                {
                    using var process = Process.GetProcessById(id);
                    process.Kill();
                }
                catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
                {
                    // it had ended
                }
            Thread.Sleep(1 + round);
        }
    }
}
