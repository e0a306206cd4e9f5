using System.Threading.Channels;

namespace Avic.Cells;

/// <summary>What Console.In is while cells run: the front is asked for each line.</summary>
internal sealed class CellInput(Outbox outbox, CellTurns turns) : TextReader
{
    private readonly Channel<Answer> _answers = Channel.CreateUnbounded<Answer>();
    private readonly Lock _reading = new();
    private string _line = "";
    private int _at;

    public void Answered(Answer answer) => _answers.Writer.TryWrite(answer);

    public override int Peek()
    {
        lock (_reading)
            return Has() ? _line[_at] : -1;
    }

    public override int Read()
    {
        lock (_reading)
            return Has() ? _line[_at++] : -1;
    }

    public override int Read(char[] buffer, int index, int count)
    {
        lock (_reading)
        {
            if (count == 0 || !Has())
                return 0;
            count = Math.Min(count, _line.Length - _at);
            _line.CopyTo(_at, buffer, index, count);
            _at += count;
            return count;
        }
    }

    public override string? ReadLine()
    {
        lock (_reading)
        {
            if (!Has())
                return null;
            var line = _line[_at..^1];
            _at = _line.Length;
            return line;
        }
    }

    // A cell that is interrupted while it waits for a line is thrown out of the waiting.
    private bool Has()
    {
        if (_at < _line.Length)
            return true;
        if (turns.Current is not { } turn)
            return false;   // a thread that outlived its cell: nobody would know what is asked
        while (_answers.Reader.TryRead(out _))
        {
            // meant for a question that was interrupted
        }
        outbox.Send(new Asked("", IsSecret: false));
        var answer = _answers.Reader.ReadAsync(turn.End).AsTask().GetAwaiter().GetResult();
        if (answer.IsRefused)
            throw new NotSupportedException("the cell asked for a line, and nobody can be asked here (allow_stdin is false)");
        if (answer.Text is not { } text)
            return false;
        (_line, _at) = (text + "\n", 0);
        return true;
    }
}
