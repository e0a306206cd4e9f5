using System.Text;

namespace Avic.Cells;

/// <summary>
/// The one place where everything a cell writes or shows goes out, in the order in which it happened.
/// </summary>
/// <remarks>
/// Text is gathered and sent as one message when something else follows it, when it grows large, or after
/// <see cref="Delay"/>: a loop of single-character writes must not become one message each, and what a cell wrote must be
/// with the front before a time limit ends the process.
/// </remarks>
internal sealed class Outbox
{
    private const int Large = 32 * 1024;
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(50);

    private readonly Lock _gate = new();
    private readonly Stream _pipe;
    private readonly StringBuilder _text = new();
    private readonly Timer _timer;
    private string _stream = "stdout";

    public Outbox(Stream pipe)
    {
        _pipe = pipe;
        _timer = new Timer(_ => Flush(), null, Timeout.Infinite, Timeout.Infinite);
    }

    public void Send(Message message)
    {
        lock (_gate)
        {
            Flush();
            _pipe.Write(MessageJson.Line(message));
            _pipe.Flush();
        }
    }

    public void Write(string stream, ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
            return;
        lock (_gate)
        {
            if (stream != _stream)
                Flush();
            if (_text.Length == 0)
                _timer.Change(Delay, Timeout.InfiniteTimeSpan);
            _stream = stream;
            _text.Append(text);
            if (_text.Length >= Large)
                Flush();
        }
    }

    public void Flush()
    {
        lock (_gate)
        {
            if (_text.Length == 0)
                return;
            var text = _text.ToString();
            _text.Clear();
            _pipe.Write(MessageJson.Line(new Written(_stream, text)));
            _pipe.Flush();
        }
    }
}
