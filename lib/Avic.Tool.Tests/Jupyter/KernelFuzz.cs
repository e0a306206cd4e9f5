using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Avic.Tool.Tests;

/// <summary>Rubbish on every socket: the kernel lives, runs nothing of it, counts what it dropped, and answers whoever speaks properly.</summary>
public sealed class KernelFuzz
{
    [Fact]
    public Task A_little_rubbish_on_every_socket() => Fuzz(seed: 1, rounds: 15);

    [LongFact]
    public Task Much_rubbish_on_every_socket() => Fuzz(seed: 2, rounds: 1500);

    [Fact]
    public Task Some_signed_nonsense_on_shell_and_control() => FuzzSigned(seed: 3, rounds: 150);

    [LongFact]
    public Task Much_signed_nonsense_on_shell_and_control() => FuzzSigned(seed: 4, rounds: 5000);

    // A right signature opens every door but one: what is odd behind it is refused or dropped, and the loops go on.
    private static async Task FuzzSigned(int seed, int rounds)
    {
        await using var client = await KernelClient.Start();
        var random = new Random(seed);
        string[] hostile = ["null", "0", "-1", "1e99", "[]", "{}", "\"\"", "\"\\ud800\"", "true", "\"execute_request\"", "99999999999", "{\"\\udc00\":\"1\"}"];
        await using var shell = await KernelClient.Dial(client.Kernel.Ports.Shell, "DEALER", "fuzz"u8.ToArray());
        await using var control = await KernelClient.Dial(client.Kernel.Ports.Control, "DEALER", "fuzz"u8.ToArray());
        var (last, id) = client.Encode("kernel_info_request", []);
        var (lastOfControl, idOfControl) = client.Encode("kernel_info_request", []);
        var answered = Task.WhenAll(Answered(shell, id), Answered(control, idOfControl));
        shell.Send(KernelClient.Signed("""{"msg_type":null}"""u8.ToArray(), "{}"u8.ToArray()));
        for (var round = 0; round < rounds; round++)
        {
            var (type, content) = Requests[random.Next(Requests.Length)];
            var header = Encoding.UTF8.GetBytes($$"""{"msg_id":"{{round}}","msg_type":"{{type}}","session":"s"}""");
            var odd = KernelClient.Signed(random.Next(4) == 0 ? Mutations.Of(header, hostile, random) : header, Mutations.Of(Encoding.UTF8.GetBytes(content), hostile, random));
            (random.Next(4) == 0 ? control : shell).Send(odd);
        }

        shell.Send(last);
        control.Send(lastOfControl);
        await answered.WaitAsync(KernelClient.Long);
        Assert.Equal("ok", (await client.Run("\"alive\"")).Reply.Text("status"));
        Assert.False(client.Running.IsCompleted);
        Assert.NotEqual(0, client.Kernel.Drops.Of("malformed message"));
    }

    // Reads on until a socket has answered this request, and so all before it.
    private static async Task Answered(ZmtpConnection peer, string id)
    {
        while (await peer.Receive(CancellationToken.None) is { } frames)
            if (frames.Any(f => Encoding.UTF8.GetString(f).Contains(id, StringComparison.Ordinal)))
                return;
        throw new EndOfStreamException();
    }

    // All but shutdown, which would be obeyed.
    private static readonly (string Type, string Content)[] Requests =
    [
        ("execute_request", """{"code":"1 + 1","silent":false,"store_history":true,"user_expressions":{"a":"1"},"allow_stdin":true,"stop_on_error":false}"""),
        ("execute_request", """{"code":"display(1);","silent":true,"user_expressions":{"a":"\"\\\"\\\\ud800\\\"\".DisplayAs(\"application/json\")"},"allow_stdin":false,"stop_on_error":true}"""),
        ("complete_request", """{"code":"Console.Wr","cursor_pos":10}"""),
        ("inspect_request", """{"code":"Console.WriteLine","cursor_pos":12,"detail_level":0}"""),
        ("is_complete_request", """{"code":"if (true) {"}"""),
        ("history_request", """{"output":true,"raw":true,"hist_access_type":"range","session":0,"start":0,"stop":9,"n":3,"pattern":"*","unique":false}"""),
        ("comm_info_request", """{"target_name":"t"}"""),
        ("comm_open", """{"comm_id":"c","target_name":"t","data":{}}"""),
        ("interrupt_request", "{}"),
        ("kernel_info_request", "{}"),
    ];

    private static async Task Fuzz(int seed, int rounds)
    {
        await using var client = await KernelClient.Start();
        var before = (await client.Run("1")).Reply["execution_count"].GetInt32();
        var ports = client.Kernel.Ports;
        var random = new Random(seed);
        for (var round = 0; round < rounds; round++)
            foreach (var port in new[] { ports.Shell, ports.Iopub, ports.Stdin, ports.Control, ports.Heartbeat })
                await Throw(port, Rubbish(random, client));

        // Whatever is still being read has been, once somebody who connected later was answered on each socket.
        var (reply, told) = await client.Run("\"alive\"");
        Assert.Equal(before + 1, reply["execution_count"].GetInt32());
        Assert.EndsWith(" alive", told[^1].ToString());
        Assert.Equal("ok", (await client.Ask("kernel_info_request", [], control: true)).Reply.Text("status"));
        await using var heart = await KernelClient.Dial(ports.Heartbeat, "REQ", []);
        heart.Send(Zmtp.Message([[], "still"u8.ToArray()]));
        Assert.Equal("still"u8.ToArray(), (await heart.Receive(CancellationToken.None))![1]);
        Assert.False(File.Exists(Path.Combine(client.Folder, "ran")));
        // Most rounds break something that can be told at once; what is merely odd, such as a topic nobody heard of, is none.
        Assert.InRange(client.Kernel.Drops.Total, rounds * 5 / 2, rounds * 5 * 10);
    }

    // What a client would send that opens a connection and signs a cell, with something wrong in it.
    private static byte[] Rubbish(Random random, KernelClient client)
    {
        var cell = client.Encode("execute_request", KernelClient.Cell("File.WriteAllText(\"ran\", \"\");")).Bytes;
        byte[] handshake = [.. Zmtp.Greeting(), .. Zmtp.Ready("DEALER", "fuzz"u8.ToArray())];
        switch (random.Next(7))
        {
            case 0:
                return Bytes(random, random.Next(1, 2000));
            case 1:
                return [.. Zmtp.Greeting(), .. Bytes(random, random.Next(1, 300))];
            case 2:
                return [.. handshake, .. Bytes(random, random.Next(1, 2000))];
            case 3:
                return [.. handshake, .. cell[..random.Next(1, cell.Length)]];
            case 4:
                // In the signed part: any flip there must be noticed by the signature.
                Flip(random, cell, 3, cell.Length);
                return [.. handshake, .. cell];
            case 5:
                byte[] all = [.. handshake, .. cell[..^1]];
                Flip(random, all, 0, handshake.Length);
                return all;
            default:
                // A claim of up to 2^63 bytes.
                return [.. handshake, Zmtp.Long, (byte)random.Next(128), .. Bytes(random, 40)];
        }
    }

    private static void Flip(Random random, byte[] bytes, int from, int to)
    {
        for (var flips = random.Next(1, 4); flips > 0; flips--)
            bytes[random.Next(from, to)] ^= (byte)(1 << random.Next(8));
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    // Ends its side and waits until the kernel has ended the other, or has answered what was no rubbish to it.
    private static async Task Throw(int port, byte[] rubbish)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        try
        {
            await socket.SendAsync(rubbish);
            socket.Shutdown(SocketShutdown.Send);
            var answer = new byte[1024];
            while (await socket.ReceiveAsync(answer).WaitAsync(KernelClient.Long) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // the kernel hung up at the first wrong byte
        }
    }
}
