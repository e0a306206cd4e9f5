using System.Buffers;
using System.Text;

namespace Avic.Cells;

/// <summary>Cuts a pipe into messages and the raw text between them.</summary>
internal sealed class MessageReader(Stream pipe)
{
    // A cell that writes a separator and then no end of line must not fill the reader's memory.
    private const int Longest = 128 << 20;

    private readonly byte[] _chunk = new byte[16 * 1024];
    private readonly ArrayBufferWriter<byte> _message = new();
    private readonly Decoder _decoder = new UTF8Encoding(false).GetDecoder();
    private bool _inMessage;

    /// <summary>Everything until the pipe ends. Raw text comes as <see cref="Written"/> to "stdout".</summary>
    public async IAsyncEnumerable<Message> ReadAll()
    {
        while (await pipe.ReadAsync(_chunk) is var count and > 0)
            foreach (var message in Cut(_chunk.AsMemory(0, count)))
                yield return message;
    }

    private IEnumerable<Message> Cut(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var end = bytes.Span.IndexOf(_inMessage ? (byte)'\n' : (byte)Message.Separator);
            var part = end < 0 ? bytes : bytes[..end];
            bytes = end < 0 ? default : bytes[(end + 1)..];
            if (_inMessage)
            {
                if (_message.WrittenCount + part.Length > Longest)
                    throw new InvalidDataException($"a message is longer than {Longest >> 20} MB");
                _message.Write(part.Span);
            }
            else if (Raw(part.Span) is { Length: > 0 } text)
                yield return new Written("stdout", text);
            if (end < 0)
                yield break;
            if (_inMessage)
            {
                yield return MessageJson.Read(_message.WrittenSpan);
                _message.ResetWrittenCount();
            }
            _inMessage = !_inMessage;
        }
    }

    private string Raw(ReadOnlySpan<byte> bytes)
    {
        var text = new char[_decoder.GetCharCount(bytes, flush: false)];
        _decoder.GetChars(bytes, text, flush: false);
        return new string(text);
    }
}
