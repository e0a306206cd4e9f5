using System.Text;

namespace Avic.Cells;

/// <summary>What Console.Out and Console.Error are while cells run.</summary>
internal sealed class CellConsole : TextWriter
{
    private readonly Outbox _outbox;
    private readonly string _stream;

    public CellConsole(Outbox outbox, string stream)
    {
        _outbox = outbox;
        _stream = stream;
        CoreNewLine = ['\n'];   // the same outputs on every operating system
    }

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value) => _outbox.Write(_stream, [value]);

    public override void Write(string? value) => _outbox.Write(_stream, value);

    public override void Write(char[] buffer, int index, int count) => _outbox.Write(_stream, buffer.AsSpan(index, count));

    public override void Write(ReadOnlySpan<char> buffer) => _outbox.Write(_stream, buffer);

    public override void WriteLine(string? value) => _outbox.Write(_stream, value + "\n");

    public override void WriteLine(ReadOnlySpan<char> buffer) => _outbox.Write(_stream, $"{buffer}\n");
}
