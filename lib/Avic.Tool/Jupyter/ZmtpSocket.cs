using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Avic.Tool;

/// <summary>A bound socket: takes connections, reads each in a loop of its own, and hands every message to one receiver.</summary>
/// <remarks>
/// There are no routing ids as in ZeroMQ's ROUTER: a reply goes to the connection its request came from. While the receiver
/// is busy a connection is not read, so a flood of requests waits in its sender's buffers, not in our memory.
/// </remarks>
internal sealed class ZmtpSocket : IAsyncDisposable
{
    private const int MostConnections = 64;

    private readonly Socket _listener;
    private readonly string _type;
    private readonly DropCount _drops;
    private readonly Func<ZmtpConnection, byte[][], CancellationToken, ValueTask> _received;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<Task, byte> _serving = [];
    private readonly ConcurrentDictionary<ZmtpConnection, byte> _connections = [];
    private readonly Task _accepting;

    /// <param name="port">Zero for any that is free.</param>
    /// <exception cref="SocketException">The port is taken.</exception>
    public ZmtpSocket(IPAddress address, int port, string type, DropCount drops, Func<ZmtpConnection, byte[][], CancellationToken, ValueTask> received)
    {
        (_type, _drops, _received) = (type, drops, received);
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listener.Bind(new IPEndPoint(address, port));
            _listener.Listen();
        }
        catch
        {
            _listener.Dispose();
            throw;
        }
        _accepting = Task.Run(Accept);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public IEnumerable<ZmtpConnection> Connections => _connections.Keys;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_serving.Keys);
        _end.Dispose();
    }

    private async Task Accept()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_end.Token);
                if (_serving.Count >= MostConnections)
                {
                    _drops.Add("connection over the limit");
                    socket.Dispose();
                    continue;
                }
                var serving = Serve(socket);
                _serving[serving] = 0;
                _ = serving.ContinueWith(task => _serving.TryRemove(task, out _), TaskScheduler.Default);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // a peer that went before it was taken, or our own end
            }
        }
    }

    private async Task Serve(Socket socket)
    {
        using var closed = socket;   // of a peer that is refused, behind the count
        try
        {
            await using var peer = await ZmtpConnection.Open(socket, _type, [], _end.Token);
            _connections[peer] = 0;
            try
            {
                while (await peer.Receive(_end.Token) is { } frames)
                    await _received(peer, frames, _end.Token);
            }
            catch (InvalidDataException e)
            {
                _drops.Add(e.Message);   // before the peer sees its end, and asks why
            }
            finally
            {
                _connections.TryRemove(peer, out _);
            }
        }
        catch (InvalidDataException e)
        {
            _drops.Add(e.Message);
        }
        catch (EndOfStreamException)
        {
            _drops.Add("cut short");
        }
        catch (OperationCanceledException) when (!_end.IsCancellationRequested)
        {
            _drops.Add("no handshake in time");
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // the peer is gone, or we are
        }
    }
}
