using System.Buffers.Binary;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Avic.Tool;

/// <summary>One peer of a socket: its messages in, ours out.</summary>
/// <remarks>
/// Whoever sends never waits: messages queue up here, and one task writes them. A peer that does not read loses what is over
/// <see cref="MostWaiting"/>, and nobody else notices.
/// </remarks>
internal sealed class ZmtpConnection : IAsyncDisposable
{
    /// <summary>The largest message that is taken, all frames together.</summary>
    public const int LargestMessage = 16 << 20;

    /// <summary>How many bytes may wait for a peer that does not read.</summary>
    public const int MostWaiting = 32 << 20;

    private const int MostFrames = 256;
    private const int Chunk = 64 * 1024;
    private const int CostOfWaiting = 128;   // what a waiting message takes besides its bytes
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);

    private readonly NetworkStream _network;
    private readonly BufferedStream _incoming;
    private readonly Channel<byte[]> _outgoing = Channel.CreateUnbounded<byte[]>(new() { SingleReader = true });
    private readonly Task _writing;
    private long _waiting;

    private ZmtpConnection(NetworkStream network, BufferedStream incoming, byte[] identity)
    {
        (_network, _incoming, Identity) = (network, incoming, identity);
        _writing = Task.Run(Write);
    }

    /// <summary>The name the peer gave itself. A Jupyter client gives the same one on shell, control and stdin.</summary>
    public byte[] Identity { get; }

    /// <summary>Greets the peer; both sides do the same. The socket is the connection's then, and until then the caller's to close.</summary>
    /// <exception cref="InvalidDataException">The peer speaks something else.</exception>
    /// <exception cref="IOException">The peer went away.</exception>
    public static async Task<ZmtpConnection> Open(Socket socket, string socketType, byte[] identity, CancellationToken cancel)
    {
        socket.NoDelay = true;
        var network = new NetworkStream(socket, ownsSocket: true);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(HandshakeTimeout);
        await network.WriteAsync(Zmtp.Greeting(), limit.Token);
        var incoming = new BufferedStream(network, Chunk);
        var greeting = new byte[Zmtp.GreetingLength];
        await incoming.ReadExactlyAsync(greeting, limit.Token);
        Zmtp.CheckGreeting(greeting);
        await network.WriteAsync(Zmtp.Ready(socketType, identity), limit.Token);
        if (await Frame(incoming, LargestMessage, limit.Token) is not (Zmtp.Command, var ready))
            throw new InvalidDataException("no READY");
        return new ZmtpConnection(network, incoming, Zmtp.IdentityIn(ready));
    }

    /// <summary>The next message; null when the peer has gone.</summary>
    /// <exception cref="InvalidDataException">What came is no frame: nothing after it can be understood.</exception>
    /// <exception cref="EndOfStreamException">The peer went in the middle of a message.</exception>
    public async Task<byte[][]?> Receive(CancellationToken cancel)
    {
        List<byte[]> frames = [];
        var room = LargestMessage;
        while (await Frame(_incoming, room, cancel) is (var flags, var body))
        {
            if ((flags & Zmtp.Command) != 0)
                continue;   // none of 3.0's commands asks for anything once both are ready
            frames.Add(body);
            room -= body.Length;
            if ((flags & Zmtp.More) == 0)
                return [.. frames];
            if (frames.Count == MostFrames)
                throw new InvalidDataException("too many frames in a message");
        }
        return frames.Count == 0 ? null : throw new EndOfStreamException();
    }

    /// <summary>Queues an encoded message; false if it was dropped, because too much waits already.</summary>
    public bool Send(byte[] message)
    {
        var cost = message.Length + CostOfWaiting;
        // With nothing before it even a huge message goes: a picture larger than the queue must not be lost for its size.
        if (Interlocked.Add(ref _waiting, cost) > MostWaiting && Interlocked.Read(ref _waiting) > cost)
        {
            Interlocked.Add(ref _waiting, -cost);
            return false;
        }
        return _outgoing.Writer.TryWrite(message);
    }

    /// <summary>Writes what waits, if the peer reads it within a second, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        _outgoing.Writer.TryComplete();
        await Task.WhenAny(_writing, Task.Delay(Linger));
        await _network.DisposeAsync();
        await _writing;
    }

    private async Task Write()
    {
        try
        {
            await foreach (var message in _outgoing.Reader.ReadAllAsync())
            {
                await _network.WriteAsync(message);
                Interlocked.Add(ref _waiting, -message.Length - CostOfWaiting);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            _outgoing.Writer.TryComplete();   // gone: the reading side sees it, too
        }
    }

    private static async Task<(byte Flags, byte[] Body)?> Frame(Stream from, int room, CancellationToken cancel)
    {
        var head = new byte[8];
        if (await from.ReadAsync(head.AsMemory(0, 1), cancel) == 0)
            return null;
        var flags = head[0];
        if (flags > (Zmtp.More | Zmtp.Long | Zmtp.Command) || (flags & Zmtp.Command) != 0 && (flags & Zmtp.More) != 0)
            throw new InvalidDataException("impossible flags");
        var isLong = (flags & Zmtp.Long) != 0;
        await from.ReadExactlyAsync(head.AsMemory(0, isLong ? 8 : 1), cancel);
        var length = isLong ? BinaryPrimitives.ReadUInt64BigEndian(head) : head[0];
        if (length > (ulong)room)
            throw new InvalidDataException("a message over the limit");
        return ((byte)(flags & ~Zmtp.Long), await Body(from, (int)length, cancel));
    }

    // A length is a claim: memory is taken as the bytes come.
    private static async Task<byte[]> Body(Stream from, int length, CancellationToken cancel)
    {
        var body = new byte[Math.Min(length, Chunk)];
        for (var read = 0; read < length; read = body.Length)
        {
            if (read > 0)
                Array.Resize(ref body, (int)Math.Min(length, body.Length * 2L));
            await from.ReadExactlyAsync(body.AsMemory(read), cancel);
        }
        return body;
    }
}
