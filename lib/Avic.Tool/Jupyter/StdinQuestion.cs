using System.Text.Json.Nodes;
using Avic.Cells;

namespace Avic.Tool;

/// <summary>The line that a cell reads from the person at the client. There is at most one such cell, so at most one question.</summary>
internal sealed class StdinQuestion(CellHost host, WireSession session, Func<IEnumerable<ZmtpConnection>> clients)
{
    private int _isOpen;

    /// <summary>Asks the client that sent the cell; false if it cannot be asked.</summary>
    public bool Ask(WireMessage cell, Asked asked)
    {
        if (Client(cell.Peer) is not { } client)
            return false;
        _isOpen = 1;
        client.Send(session.Write(cell.Route, "input_request", cell.Header, new() { ["prompt"] = asked.Prompt, ["password"] = asked.IsSecret }));
        return true;
    }

    /// <summary>A line for the cell that waits for one. With no question open it goes nowhere.</summary>
    public void Answer(string line)
    {
        if (Interlocked.Exchange(ref _isOpen, 0) == 1)
            host.Answer(line);
    }

    /// <summary>Nobody waits any more: an answer that comes now must not reach the next cell.</summary>
    public void Forget() => _isOpen = 0;

    // A client gives its sockets one identity. One that gives none can be told only if it is alone.
    private ZmtpConnection? Client(ZmtpConnection peer)
    {
        var all = clients().ToList();
        return all.Find(c => c.Identity.Length > 0 && c.Identity.AsSpan().SequenceEqual(peer.Identity)) ?? (all is [var only] ? only : null);
    }
}
