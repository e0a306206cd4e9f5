using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Avic.Tool.Tests;

/// <summary>ZMTP and the sockets below the kernel. That ZeroMQ itself agrees is for Jupyter's own client to say.</summary>
public sealed class ZmtpFacts
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(3_000_000)]
    public async Task A_message_comes_out_as_it_went_in(int size)
    {
        await using var echo = Echo(out _);
        await using var client = await KernelClient.Dial(echo.Port, "DEALER", []);
        byte[][] frames = [[], [.. Enumerable.Range(0, size).Select(i => (byte)i)], "end"u8.ToArray()];

        client.Send(Zmtp.Message(frames));

        Assert.Equal(frames, await client.Receive(CancellationToken.None));
    }

    [Fact]
    public async Task A_message_over_the_limit_ends_its_connection_and_no_other()
    {
        await using var echo = Echo(out var drops);
        await using var good = await KernelClient.Dial(echo.Port, "DEALER", []);
        await using var greedy = await KernelClient.Dial(echo.Port, "DEALER", []);

        greedy.Send(Zmtp.Message([new byte[ZmtpConnection.LargestMessage + 1]]));
        Assert.Null(await Last(greedy));
        good.Send(Zmtp.Message([[7]]));

        Assert.Equal([[7]], (await good.Receive(CancellationToken.None))!);
        Assert.Equal(1, drops.Of("a message over the limit"));
    }

    [Fact]
    public async Task A_subscriber_that_never_reads_loses_messages_and_holds_nobody_up()
    {
        var drops = new DropCount(_ => { });
        await using var iopub = new Iopub(IPAddress.Loopback, 0, new WireSession([]), drops);
        await using var deaf = await KernelClient.Dial(iopub.Port, "SUB", []);
        await using var good = await KernelClient.Dial(iopub.Port, "SUB", []);
        foreach (var client in new[] { deaf, good })
            client.Send(Zmtp.Message([[1]]));
        var heard = Task.Run(async () =>
        {
            for (var count = 0; ; count++)
                if ((await good.Receive(CancellationToken.None))![^1].AsSpan().IndexOf("the end"u8) >= 0)
                    return count;
        });
        var megabyte = new string('x', 1 << 20);

        while (drops.Of("output for a client that does not read") == 0)
        {
            iopub.Publish(null, "stream", new() { ["text"] = megabyte });
            await Task.Yield();
        }
        while (!heard.IsCompleted)
        {
            iopub.Publish(null, "stream", new() { ["text"] = "the end" });
            await Task.WhenAny(heard, Task.Delay(1));
        }

        Assert.InRange(await heard, 1, int.MaxValue);
    }

    [Fact]
    public async Task A_subscriber_hears_only_what_it_asked_for()
    {
        var session = new WireSession([]);
        await using var iopub = new Iopub(IPAddress.Loopback, 0, session, new DropCount(_ => { }));
        await using var client = await KernelClient.Dial(iopub.Port, "SUB", []);
        client.Send(Zmtp.Message([[1, .. System.Text.Encoding.ASCII.GetBytes($"kernel.{session.Id}.status")]]));
        var first = client.Receive(CancellationToken.None);

        while (!first.IsCompleted)
        {
            iopub.Publish(null, "stream", []);
            iopub.Publish(null, "status", []);
            await Task.WhenAny(first, Task.Delay(1));
        }

        Assert.EndsWith(".status", System.Text.Encoding.ASCII.GetString((await first)![0]));
    }

    [Fact]
    public async Task A_peer_that_speaks_http_is_hung_up_on()
    {
        await using var echo = Echo(out var drops);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, echo.Port);
        await socket.SendAsync("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: a browser that was told to come here\r\n\r\n"u8.ToArray());

        await using var stream = new NetworkStream(socket);
        try
        {
            await stream.CopyToAsync(Stream.Null).WaitAsync(KernelClient.Long);
        }
        catch (IOException)
        {
            // what we had sent was thrown away unread
        }
        Assert.Equal(1, drops.Of("not ZMTP"));
    }

    [Fact]
    public void A_signature_covers_every_part()
    {
        var session = new WireSession("key"u8.ToArray());
        var other = new WireSession("kez"u8.ToArray());
        var frames = Split(session.Write([[9]], "x_request", null, new() { ["a"] = "ü" }));
        Assert.Equal("ü", session.Read(null!, frames).Text("a"));
        Assert.Equal("repeated message", Assert.Throws<InvalidDataException>(() => session.Read(null!, frames)).Message);
        Assert.Equal("wrong signature", Assert.Throws<InvalidDataException>(() => other.Read(null!, frames)).Message);
        for (var part = 3; part < frames.Length; part++)
        {
            var forged = frames.ToArray();
            forged[part] = [.. forged[part], (byte)' '];
            Assert.Equal("wrong signature", Assert.Throws<InvalidDataException>(() => session.Read(null!, forged)).Message);
        }
        Assert.Equal("malformed message", Assert.Throws<InvalidDataException>(() => session.Read(null!, frames[2..])).Message);
    }

    [Theory]
    [InlineData("a🙂b", 0, 0)]
    [InlineData("a🙂b", 1, 1)]
    [InlineData("a🙂b", 2, 3)]
    [InlineData("a🙂b", 3, 4)]
    [InlineData("\ud83dx", 1, 1)]
    [InlineData("\ud83dx", 2, 2)]
    public void A_place_in_code_points_is_one_in_units(string text, int points, int units)
    {
        Assert.Equal(units, CodePoints.ToUnits(text, points));
        Assert.Equal(points, CodePoints.FromUnits(text, units));
    }

    [Theory]
    [InlineData("abc", 99, 3)]
    [InlineData("abc", -1, 0)]
    public void A_place_outside_is_the_nearest_inside(string text, int points, int units) => Assert.Equal(units, CodePoints.ToUnits(text, points));

    // A connection that is ended with something unread is reset.
    private static async Task<byte[][]?> Last(ZmtpConnection from)
    {
        try
        {
            return await from.Receive(CancellationToken.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static ZmtpSocket Echo(out DropCount drops) => new(IPAddress.Loopback, 0, "ROUTER", drops = new DropCount(_ => { }), (peer, frames, _) =>
    {
        peer.Send(Zmtp.Message(frames));
        return ValueTask.CompletedTask;
    });

    private static byte[][] Split(byte[] message)
    {
        List<byte[]> frames = [];
        for (var at = 0; at < message.Length;)
        {
            Assert.True((message[at] & Zmtp.Long) == 0);
            frames.Add(message[(at + 2)..(at + 2 + message[at + 1])]);
            at += 2 + message[at + 1];
        }
        return [.. frames];
    }
}
