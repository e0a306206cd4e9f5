using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;

namespace Avic.Tool;

/// <summary>What everybody connected may see: outputs and status. A PUB socket, so nobody can make it wait.</summary>
internal sealed class Iopub : IAsyncDisposable
{
    private const int MostTopics = 100;

    private readonly WireSession _session;
    private readonly DropCount _drops;
    private readonly ZmtpSocket _socket;
    private readonly ConditionalWeakTable<ZmtpConnection, List<byte[]>> _topics = [];

    public Iopub(IPAddress address, int port, WireSession session, DropCount drops)
    {
        (_session, _drops) = (session, drops);
        _socket = new ZmtpSocket(address, port, "PUB", drops, Subscribe);
    }

    public int Port => _socket.Port;

    public void Publish(byte[]? parent, string type, JsonObject content)
    {
        var topic = Encoding.ASCII.GetBytes($"kernel.{_session.Id}.{type}");
        var message = _session.Write([topic], type, parent, content);
        foreach (var peer in _socket.Connections)
            if (Wants(peer, topic) && !peer.Send(message))
                _drops.Add("output for a client that does not read");
    }

    public ValueTask DisposeAsync() => _socket.DisposeAsync();

    // 1 and a prefix subscribes, 0 and the same prefix ends that.
    private ValueTask Subscribe(ZmtpConnection peer, byte[][] frames, CancellationToken cancel)
    {
        var topics = _topics.GetOrCreateValue(peer);
        lock (topics)
            if (frames is [[1, .. var prefix]] && topics.Count < MostTopics)
                topics.Add(prefix);
            else if (frames is [[0, .. var ended]] && topics.FindIndex(t => t.AsSpan().SequenceEqual(ended)) is >= 0 and var at)
                topics.RemoveAt(at);
            else
                _drops.Add("malformed subscription");
        return ValueTask.CompletedTask;
    }

    private bool Wants(ZmtpConnection peer, byte[] topic)
    {
        if (!_topics.TryGetValue(peer, out var topics))
            return false;
        lock (topics)
            return topics.Any(t => topic.AsSpan().StartsWith(t));
    }
}
